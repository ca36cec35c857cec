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
bin=$1 out=$2 here=$(cd "$(dirname "$0")" && pwd)
agents='cat claude codex copilot gemini opencode qwen sh'	# those that come along
# The commands whose first operand is a verb.
verbs='orch-agent list probe pause drain stop resume reset classify
orch-cron tick list add remove enable disable run install uninstall next check explain
orch-event emit follow latest ack subscriptions
orch-plan validate show import run approve follow summary
orch-sync-gh run pull push status link unlink board'
# What operands are, behind the verb: one word for each, "+" says that the last one repeats.
# The kinds are those of _orch_from in body.common; behind a colon come words of a fixed set.
operands='orch-agent * agent+
orch-answer - waiting
orch-cancel - selector+
orch-context - id:next
orch-cron remove,enable,disable,run job
orch-cron next,check,explain schedule
orch-delegate - selector+
orch-gc - word:archive,runs,worktrees,logs+
orch-graph - selector+
orch-hook - word:post-commit,post-merge,pre-push,post-receive
orch-inbox - selector+
orch-land - selector+
orch-list - selector+
orch-plan validate,show,import,run file
orch-plan approve,follow,summary plan
orch-retry - selector+
orch-review - selector+
orch-route - selector+
orch-run - selector+
orch-set - selector setting+
orch-show - id
orch-sync-gh run,pull,push,unlink selector+
orch-sync-gh link id'
fields='title= body= labels+= labels-= priority= agent= agent_model= complexity= depends_on+= depends_on-= parent_id= join=
project= command= verify+= produces= isolation= sandbox= timeout= idle_timeout= max_attempts= selected_skills+= key='
# What tasks are selected by; any field will do, these are worth a key.
filters='status= label= priority= agent= complexity= project= parent_id= tree= job= plan=
reason= error_class='
export verbs operands
mkdir -p "$out"
tables=$(mktemp)
trap 'rm -f "$tables"' EXIT
for path in "$bin"/orch "$bin"/orch-*; do
	[ ! -x "$path" ] || [ -d "$path" ] || "$path" --help-table
done >"$tables"
grep -q '^command	orch-' "$tables" || { echo "generate.sh: no commands in $bin" >&2; exit 1; }

# each_operand() calls arm(COMMAND, NUMBER, FIRST, WORDS) for what the two lists say: an empty
# NUMBER or FIRST is any.
# shellcheck disable=SC2016 # it is awk
read_operands='
function kind(word) { gsub(/[:,]/, " ", word); return word }
function each_operand(  n, i, k, m, list, part, word, v, vs, first, with, last) {
	n = split(ENVIRON["operands"], list, "\n")
	m = split(ENVIRON["verbs"], v, "\n")
	for (i = 1; i <= m; i++) {
		word = substr(v[i], 1, index(v[i], " ") - 1)
		with[word] = 1
		arm(word, 1, "", (word == "orch-agent" ? "agent" : "word") substr(v[i], index(v[i], " ")))
	}
	for (i = 1; i <= n; i++) {
		last = split(list[i], part, " ")
		m = split(part[2], vs, ",")
		for (k = 3; k <= last; k++)
			for (first = 1; first <= m; first++) {
				word = part[k]
				arm(part[1], sub(/[+]$/, "", word) ? "" : k - 2 + (part[1] in with), vs[first] ~ /^[-*]$/ ? "" : vs[first], kind(word))
			}
	}
}
'
# For bash and zsh: _orch_arg COMMAND OPTION prints what its argument is, _orch_operand COMMAND
# NUMBER FIRST what the operand of that number is where the first one is FIRST.
tables_sh() {
	awk -F '\t' -v q="'" "$read_operands"'
	function arm(command, number, first, words) {
		print "\t" command ":" (number == "" ? "*" : number) ":" (first == "" ? "*" : first) ") echo " q words q " ;;"
	}
	BEGIN {
		print ""
		print "_orch_arg() {"
		print "\tcase $1:$2 in"
	}
	$1 == "command" && NF == 3 { name = $2; if (name != "orch") names = names " " substr(name, 6); next }
	$3 != "flag" && $4 !~ /^\[/ {
		if ($3 == "word") { set = $4; gsub(/\|/, " ", set); kind_ = "word " set }
		else kind_ = $3
		print "\t" name ":--" $1 ($2 != "-" ? " | " name ":-" $2 : "") ") echo " q kind_ q " ;;"
	}
	END {
		print "\tesac"
		print "}"
		print ""
		print "_orch_operand() {"
		print "\tcase $1:$2:$3 in"
		print "\torch:*) echo " q "word help" names q " ;;"
		print "\torch-help:1:*) echo " q "word" names q " ;;"
		each_operand()
		print "\tesac"
		print "}"
	}' "$tables"
	printf '\n_orch_shipped=(%s)\n_orch_fields=(%s)\n_orch_filters=(%s)\n' "$agents" "$(echo "$fields" | tr -s '\n ' '  ' | sed "s/[^ ][^ ]*/'&'/g")" \
		"$(echo "$filters" | tr '\n' ' ' | sed "s/[^ ][^ ]*/'&'/g")"
	cat "$here/body.common"
}

# The single quote comes in as a variable: the programs stand between two of them.
for_bash() {
	echo '# bash completion for orch, made by completions/generate.sh'
	tables_sh
	awk -F '\t' -v q="'" '
	$1 == "command" && NF == 3 { name = $2; names = names " " name; next }
	{ options[name] = options[name] " --" $1 ($2 != "-" ? " -" $2 : "") }
	END {
		print ""
		print "_orch_options() {"
		print "\tcase $1 in"
		n = split(names, list, " ")
		for (i = 1; i <= n; i++)
			print "\t" list[i] ") echo " q substr(options[list[i]], 2) q " ;;"
		print "\tesac"
		print "}"
		print ""
		print "_orch_names=" q substr(names, 2) q
	}' "$tables"
	cat "$here/body.bash"
}

for_zsh() {
	awk -F '\t' '$1 == "command" && NF == 3 { names = names " " $2 } END { print "#compdef" names }' "$tables"
	echo '# zsh completion for orch, made by completions/generate.sh'
	tables_sh
	cat "$here/body.zsh"
	awk -F '\t' -v q="'" '
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
		print ""
		print "_orch_command() {"
		print "\tlocal -a _orch_where"
		print "\t_orch_find"
		print "\tcase $1 in"
		n = split(names, list, " ")
		for (i = 1; i <= n; i++) {
			rest = q "*: : _orch_operands " list[i] q
			print "\t" list[i] ")\n\t\t_arguments -s" specs[list[i]] " \\\n\t\t" rest " ;;"
		}
		print "\torch-help) _orch_operands orch-help ;;"
		print "\tesac"
		print "}"
		print ""
		print "if [[ $service != orch ]]; then"
		print "\t_orch_command $service"
		print "\treturn"
		print "fi"
		print "# orch [-C DIR] [-f FILE] NAME ..: the options before the name go behind it."
		print "local at=2 service"
		print "while (( at < CURRENT )) && [[ $words[at] == -* ]]; do"
		print "\t[[ $words[at] != (-[Cf]|--directory|--file) ]] || (( at++ ))"
		print "\t(( at++ ))"
		print "done"
		print "if (( at > CURRENT )) || [[ $at == $CURRENT && $PREFIX == -* ]]; then"
		print "\t_orch_command orch"
		print "elif (( at == CURRENT )); then"
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
		print "\tservice=orch-$words[at]"
		print "\twords=($service \"${(@)words[2,at-1]}\" \"${(@)words[at+1,-1]}\")"
		print "\t(( CURRENT-- ))"
		print "\t_orch_command $service"
		print "fi"
	}' "$tables"
}

for_fish() {
	awk -F '\t' -v q="'" -v agents="$agents" -v fields="$(echo "$fields" | tr '\n' ' ')" -v filters="$(echo "$filters" | tr '\n' ' ')" "$read_operands"'
	function arm(command, number, first, words) {
		print "        case " q command ":" (number == "" ? "*" : number) ":" (first == "" ? "*" : first) q
		print "            echo " q words q
	}
	BEGIN {
		print "# fish completion for orch, made by completions/generate.sh"
		print ""
		print "set -g __orch_shipped " agents
		print "set -g __orch_fields " fields
		print "set -g __orch_filters " filters
		print ""
		print "function __orch_arg"
		print "    switch \"$argv[1]:$argv[2]\""
	}
	$1 == "command" && NF == 3 { name = $2; if (name != "orch") names = names " " substr(name, 6); next }
	$3 != "flag" && $4 !~ /^\[/ {
		print "        case " name ":--" $1 ($2 != "-" ? " " name ":-" $2 : "")
		print "            echo " $3
	}
	END {
		print "    end"
		print "end"
		print ""
		print "function __orch_operand"
		print "    switch \"$argv[1]:$argv[2]:$argv[3]\""
		arm("orch-help", 1, "", "word" names)
		each_operand()
		print "    end"
		print "end"
	}' "$tables"
	cat "$here/body.fish"
	awk -F '\t' -v q="'" '
	function text(s) { gsub(/\\/, "\\\\", s); gsub(q, "\\" q, s); return q s q }
	function options(which,  s) {
		s = which " -l " $1 ($2 != "-" ? " -s " $2 : "") " -d " text($5)
		if ($3 == "id" || $3 == "label" || $3 == "agent") s = s " -x -a \"(__orch_kind " $3 ")\""
		else if ($3 == "file") s = s " -r -F"
		else if ($3 == "dir") s = s " -x -a \"(__fish_complete_directories)\""
		else if ($3 == "word") { set = $4; gsub(/\|/, " ", set); s = s " -x -a " text(set) }
		else if ($3 != "flag" && $4 !~ /^\[/) s = s " -x"
		return s
	}
	BEGIN {
		print ""
		print "complete -c orch -f -n \"not __orch_is orch\" -a \"(__orch_operands)\""
		print "complete -c orch -f -n \"__orch_is orch\" -a help -d " text("list the commands or show a page")
	}
	$1 == "command" && NF == 3 {
		name = $2
		print ""
		if (name == "orch") next
		print "complete -c orch -f -n \"__orch_is orch\" -a " substr(name, 6) " -d " text($3)
		print "complete -c " name " -f -a \"(__orch_operands)\""
		next
	}
	{
		if (name != "orch") print options("complete -c " name)
		print options("complete -c orch -n \"__orch_is " name "\"")
	}' "$tables"
}

for_bash >"$out/orch.bash"
for_zsh >"$out/_orch"
for_fish >"$out/orch.fish"
