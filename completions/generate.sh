#!/bin/sh
# generate.sh - completions for bash, zsh and fish from the commands' own tables
#
#	completions/generate.sh BINDIR OUTDIR
#
# Every command prints its options with --help-table: "command NAME PURPOSE", then
# for each option its long name, letter, kind, argument and help, separated by tabs.
# Written are OUTDIR/orch.bash, OUTDIR/_orch and OUTDIR/orch.fish; each serves all
# commands, as orch-NAME and as "orch NAME".
set -eu
[ $# -eq 2 ] || { echo 'usage: generate.sh BINDIR OUTDIR' >&2; exit 2; }
bin=$1 out=$2
agents='cat claude codex copilot gemini opencode qwen sh'	# those that come along
# The commands whose first operand is a verb; behind those of orch-agent come agents.
verbs='orch-agent list probe pause drain stop resume reset classify
orch-cron tick list add remove enable disable run install uninstall next check explain
orch-event emit follow latest ack subscriptions'
export verbs
mkdir -p "$out"
tables=$(mktemp)
trap 'rm -f "$tables"' EXIT
for path in "$bin"/orch "$bin"/orch-*; do
	[ ! -x "$path" ] || [ -d "$path" ] || "$path" --help-table
done >"$tables"
grep -q '^command	orch-' "$tables" || { echo "generate.sh: no commands in $bin" >&2; exit 1; }

# verbs[COMMAND] has the verbs of a command, for each of the programs below.
# shellcheck disable=SC2016 # it is awk
read_verbs='BEGIN {
	n = split(ENVIRON["verbs"], list, "\n")
	for (i = 1; i <= n; i++) verbs[substr(list[i], 1, index(list[i], " ") - 1)] = substr(list[i], index(list[i], " ") + 1)
}
'
# The single quote comes in as a variable: the programs stand between two of them.
for_bash() {
	awk -F '\t' -v q="'" -v agents="$agents" "$read_verbs"'
	BEGIN {
		print "# bash completion for orch, made by completions/generate.sh"
		print ""
		print "# _orch_arg COMMAND OPTION: what the argument of an option completes to."
		print "_orch_arg() {"
		print "\tcase $1:$2 in"
	}
	$1 == "command" && NF == 3 { name = $2; names = names " " name; purpose[name] = $3; next }
	{
		options[name] = options[name] " --" $1 ($2 != "-" ? " -" $2 : "")
		if ($3 != "flag" && $4 !~ /^\[/) {
			key = name ":--" $1 ($2 != "-" ? " | " name ":-" $2 : "")
			if ($3 == "word") { set = $4; gsub(/\|/, " ", set); kind = "word " set }
			else kind = $3
			print "\t" key ") echo " q kind q " ;;"
		}
	}
	END {
		print "\tesac"
		print "}"
		print ""
		print "_orch_options() {"
		print "\tcase $1 in"
		n = split(names, list, " ")
		for (i = 1; i <= n; i++)
			print "\t" list[i] ") echo " q substr(options[list[i]], 2) q " ;;"
		print "\tesac"
		print "}"
		print ""
		sub(/^ /, "", names)
		print "_orch_names=" q names q
		print "_orch_shipped=" q agents q
		print "_orch_verbs() {"
		print "\tcase $1 in"
		for (i = 1; i <= n; i++)
			if (list[i] in verbs) print "\t" list[i] ") echo " q verbs[list[i]] q " ;;"
		print "\tesac"
		print "}"
	}' "$tables"
	cat <<'END'

_orch_ids() { orch-list -q -o id 2>/dev/null; }
_orch_values() { orch-list -q -o "$1" all 2>/dev/null | tr ',' '\n' | sort -u; }
_orch_agents() { { _orch_values agent; printf '%s\n' $_orch_shipped; } | sort -u; }

# _orch_kind KIND..: candidates for an argument of that kind.
_orch_kind() {
	case $1 in
	id) compgen -W "$(_orch_ids)" -- "$cur" ;;
	label) compgen -W "$(_orch_values labels)" -- "$cur" ;;
	agent) compgen -W "$(_orch_agents)" -- "$cur" ;;
	file) compgen -f -- "$cur" ;;
	dir) compgen -d -- "$cur" ;;
	word) shift; compgen -W "$*" -- "$cur" ;;
	esac
}

_orch_selectors() {
	case $cur in
	@*) compgen -P @ -W 'new routed in_progress blocked in_review needs_review done failed skipped cancelled' -- "${cur#@}" ;;
	+*) compgen -P + -W "$(_orch_values labels)" -- "${cur#+}" ;;
	*) compgen -W "$(_orch_ids) next all - @ +" -- "$cur" ;;
	esac
}

_orch() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[0]##*/} i kind
	COMPREPLY=()
	if [ "$command" = orch ]; then
		for ((i = 1; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			-C | -f | --directory | --file) ((i++)) ;;
			-*) ;;
			*) command=orch-${COMP_WORDS[i]}; break ;;
			esac
		done
	fi
	kind=$(_orch_arg "$command" "$prev")
	if [ -n "$kind" ]; then
		mapfile -t COMPREPLY < <(_orch_kind $kind)
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_orch_options "$command")" -- "$cur")
	elif [ "$command" = orch ]; then
		mapfile -t COMPREPLY < <(compgen -W "help ${_orch_names//orch-/}" -- "$cur")
	else
		case $command in
		orch-add | orch-init | orch-status | orch-fsck) ;;
		orch-agent) mapfile -t COMPREPLY < <(compgen -W "$(_orch_verbs "$command") $(_orch_agents)" -- "$cur") ;;
		*)
			if [ -n "$(_orch_verbs "$command")" ]; then
				mapfile -t COMPREPLY < <(compgen -W "$(_orch_verbs "$command")" -- "$cur")
			else
				mapfile -t COMPREPLY < <(_orch_selectors)
			fi
			;;
		esac
	fi
}
# shellcheck disable=SC2086 # a list of names
complete -F _orch $_orch_names
END
}

for_zsh() {
	awk -F '\t' -v q="'" -v agents="$agents" "$read_verbs"'
	function text(s) { gsub(/\\|\[|\]|:/, "\\\\&", s); gsub(q, q "\\" q q, s); return s }
	function action() {
		if ($3 == "id") return ":" $4 ":_orch_ids"
		if ($3 == "label") return ":" $4 ":_orch_labels"
		if ($3 == "agent") return ":" $4 ":_orch_agents"
		if ($3 == "file") return ":" text($4) ":_files"
		if ($3 == "dir") return ":" $4 ":_files -/"
		if ($3 == "word") { set = $4; gsub(/\|/, " ", set); return ":" $1 ":(" set ")" }
		if ($3 == "flag") return ""
		if ($4 ~ /^\[/) return "::" substr($4, 3, length($4) - 3) ": "
		return ":" text($4) ": "
	}
	function given(own_word, same_word) { return $3 == "flag" ? "" : $4 ~ /^\[/ ? same_word : own_word }
	function spec(option) { return "\t\t" q "*" option "[" text($5) "]" action() q }
	$1 == "command" && NF == 3 { name = $2; names = names " " name; purpose[name] = $3; next }
	{
		specs[name] = specs[name] " \\\n" spec("--" $1 given("=", "=-"))
		if ($2 != "-") specs[name] = specs[name] " \\\n" spec("-" $2 given("+", "-"))
	}
	END {
		sub(/^ /, "", names)
		print "#compdef " names
		print "# zsh completion for orch, made by completions/generate.sh"
		print ""
		print "_orch_ids() { local -a l; l=(${(f)\"$(orch-list -q -o id 2>/dev/null)\"}); _describe id l }"
		print "_orch_labels() { local -a l; l=(${(f)\"$(orch-list -q -o labels 2>/dev/null | tr , \"\\n\" | sort -u)\"}); _describe label l }"
		print "_orch_agents() { local -a l; l=(" agents " ${(f)\"$(orch-list -q -o agent 2>/dev/null | sort -u)\"}); _describe agent l }"
		print "_orch_selectors() {"
		print "\tlocal -a l; l=(next all - @new @routed @in_progress @blocked @in_review @needs_review @done @failed @skipped @cancelled)"
		print "\t_describe selector l; _orch_ids"
		print "}"
		print ""
		print "_orch_command() {"
		print "\tcase $1 in"
		n = split(names, list, " ")
		for (i = 1; i <= n; i++) {
			if (list[i] == "orch") continue
			rest = q (list[i] ~ /-(add|init|status|fsck)$/ ? "*: :_files" : "*: :_orch_selectors") q
			if (list[i] in verbs) rest = q "1: :(" verbs[list[i]] ")" q (list[i] == "orch-agent" ? " " q "2: :_orch_agents" q : "")
			print "\t" list[i] ")\n\t\t_arguments -s" specs[list[i]] " \\\n\t\t" rest " ;;"
		}
		print "\tesac"
		print "}"
		print ""
		print "if [[ $service != orch ]]; then"
		print "\t_orch_command $service"
		print "elif (( CURRENT == 2 )); then"
		print "\tlocal -a commands"
		print "\tcommands=("
		for (i = 1; i <= n; i++) {
			if (list[i] == "orch") continue
			print "\t\t" q substr(list[i], 6) ":" text(purpose[list[i]]) q
		}
		print "\t\t" q "help:list the commands or show a page" q
		print "\t)"
		print "\t_describe command commands"
		print "else"
		print "\tlocal service=orch-$words[2]"
		print "\tshift words; (( CURRENT-- ))"
		print "\t_orch_command $service"
		print "fi"
	}' "$tables"
}

for_fish() {
	awk -F '\t' -v q="'" -v agents="$agents" "$read_verbs"'
	function text(s) { gsub(/\\/, "\\\\", s); gsub(q, "\\" q, s); return q s q }
	function options(which,  s) {
		s = which " -l " $1 ($2 != "-" ? " -s " $2 : "") " -d " text($5)
		if ($3 == "id") s = s " -x -a \"(__orch_values id)\""
		else if ($3 == "label") s = s " -x -a \"(__orch_values labels)\""
		else if ($3 == "agent") s = s " -x -a \"" agents " (__orch_values agent)\""
		else if ($3 == "file") s = s " -r -F"
		else if ($3 == "dir") s = s " -x -a \"(__fish_complete_directories)\""
		else if ($3 == "word") { set = $4; gsub(/\|/, " ", set); s = s " -x -a " text(set) }
		else if ($3 != "flag" && $4 !~ /^\[/) s = s " -x"
		return s
	}
	BEGIN {
		print "# fish completion for orch, made by completions/generate.sh"
		print ""
		print "function __orch_values"
		print "    orch-list -q -o $argv[1] 2>/dev/null | string split , | string match -r . | sort -u"
		print "end"
		print ""
		print "set -l selectors \"next all (__orch_values id) @new @routed @in_progress @blocked @in_review @needs_review @done @failed @skipped @cancelled\""
	}
	$1 == "command" && NF == 3 {
		name = $2
		if (name == "orch") {
			print "complete -c orch -f -n __fish_use_subcommand -a help -d " text("list the commands or show a page")
			next
		}
		sub_ = substr(name, 6)
		print ""
		print "complete -c orch -f -n __fish_use_subcommand -a " sub_ " -d " text($3)
		words = name in verbs ? "\"" verbs[name] (name == "orch-agent" ? " " agents " (__orch_values agent)" : "") "\"" : "$selectors"
		if (name !~ /-(add|init|status|fsck)$/) {
			print "complete -c " name " -f -a " words
			print "complete -c orch -f -n \"__fish_seen_subcommand_from " sub_ "\" -a " words
		}
		next
	}
	name == "orch" { print options("complete -c orch -n __fish_use_subcommand"); next }
	{
		print options("complete -c " name)
		print options("complete -c orch -n \"__fish_seen_subcommand_from " sub_ "\"")
	}' "$tables"
}

for_bash >"$out/orch.bash"
for_zsh >"$out/_orch"
for_fish >"$out/orch.fish"
