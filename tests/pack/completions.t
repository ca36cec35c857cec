#!/bin/sh
# The completions, in the shells that they are for: kinds of operands, ids with titles, -C and
# -f on the line, nothing where there is no project; and no title or label is ever obeyed.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
for shell in bash zsh fish; do
	command -v $shell >/dev/null || { result 1 "there is $shell (Debian package $shell)"; done_testing; }
done
ok 'they are made' "$ROOT/completions/generate.sh" "$ORCH_BIN" "$T/c"

# A project of somebody whom nobody trusts.
project "$T/w/p" 2>/dev/null
evil='$(touch evil)`touch evil`'
orch-add -q -l docs -l "a${evil}b" 'Water the plants' >/dev/null
orch-add -q -l 'two words' -l "it's;touch evil" "$evil \${x:=1} %F{red} \"quote: it's & more; touch evil" >/dev/null
jq -cn '{title: "clear \u001b[2Jscreen \u0085\u202e end", labels: ["bad\u001blabel", "back\\slash"]}' | orch-add -q --json - >/dev/null
orch-add -q -a sh --command true 'Ask' >/dev/null
orch-cron add nightly @daily 'Every night' >/dev/null
orch-cron add hourly @hourly 'Every hour' >/dev/null
printf 'version: 1\nname: spring\nmode: all-sequential\nstages:\n  - id: s\n    tasks:\n      - {id: one, title: Planned, prompt: go}\n' >plan.yml
orch-plan -q import plan.yml >/dev/null && rm plan.yml
is "$(orch-list -o id | wc -l)" 5 'there are tasks'
mkdir "$T/w/nowhere" "$T/w/p/sub" && : >"$T/w/p/sub/plan.yml"

# bash LINE [TYPE]: what there is for the end of the line, one after another.
bash() {
	command bash --norc -c '. "$0"; COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=${2:-9} COMP_WORDBREAKS=$'\'' \t\n"\'\''><=;|&(:@'\''
		_orch; printf "%s\n" "${COMPREPLY[@]}"' "$T/c/orch.bash" "$@" 2>&1 | sort | tr '\n' ' ' | sed 's/ $//'
}
# fish LINE: the same, values alone
fish() { all_fish "$1" | cut -f 1 | sort | tr '\n' ' ' | sed 's/ $//'; }
all_fish() { command fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$T/c/orch.fish" "$1" 2>&1; }
both() {
	is "$(bash "$1")" "$2" "bash: $1"
	is "$(fish "$1")" "${3-$2}" "fish: $1"
}
both 'orch-show ' '1 2 3 4 5'
both 'orch-set 1 prior' 'priority='
both 'orch-set 1 priority=' 'high low normal urgent' 'priority=high priority=low priority=normal priority=urgent'
both 'orch-cron remove ' 'hourly nightly'
both 'orch-cron enable n' 'nightly'
both 'orch-cron ch' 'check'
both 'orch-agent pause s' 'sh'
both 'orch-agent pause sh c' 'cat claude codex copilot'
both 'orch-plan follow ' 'spring'
both 'orch-plan run sub/p' 'sub/plan.yml'
both 'orch-list @rou' '@routed'
both 'orch-list @new,rou' '@new,routed'
both 'orch-list +d' '+docs'
both 'orch-list --ready job=h' 'hourly' 'job=hourly'
both 'orch-add --depends ' '1 2 3 4 5'
both 'orch-add -l d' 'docs'
both 'orch-add --print' ''
both 'orch-run --print ' 'all fit'
both 'orch-run --print=a' 'all' '--print=all'
both 'orch-review --reviewers sh,ca' 'sh,cat'
both 'orch-answer ' ''
both 'orch -C . set 1 pri' 'priority='
both 'orch cron run ' 'hourly nightly'
both 'orch help sho' 'show'
both 'orch list add --exp' '--explain'
both 'orch-gc ru' 'runs'
both 'orch-list lab' 'label='
both 'orch-list label=d' 'docs' 'label=docs'
both 'orch-list labels!=d' 'docs' 'labels!=docs'
both 'orch-list label=none,d' 'none,docs' 'label=none,docs'
both 'orch-list status!=rou' 'routed' 'status!=routed'
both 'orch-list agent=s' 'sh' 'agent=sh'
both 'orch-list plan=' 'spring' 'plan=spring'
both 'orch-set 1 status=' ''
schema=$ROOT/share/orch/schema/tasks.json
for field in status priority complexity produces isolation sandbox; do
	words=$(jq -r --arg field $field '[.. | .properties? // empty | .[$field]? // empty | .. | .enum? // empty] | flatten | map(strings) | unique | .[]' "$schema")
	both "orch-list $field=" "$(echo "$words" | tr '\n' ' ' | sed 's/ $//')" "$(echo "$words" | sed "s/^/$field=/" | tr '\n' ' ' | sed 's/ $//')"
done
cd "$T/w/nowhere" || exit 1
both 'orch-show ' ''
both 'orch-show -C ../p ' '1 2 3 4 5'
both 'orch -C ../p show ' '1 2 3 4 5'
both 'orch show --file=../p/tasks.yml ' '1 2 3 4 5'
both 'orch-list -f ../p/tasks.yml +d' '+docs'
cp -R "$T/w/p" "$HOME/my p"
both 'orch-show -C "$HOME/my p" ' ''
is "$(bash 'orch-show -C ~/my\ p ')" '1 2 3 4 5' 'a home'
is "$(bash "orch-show -C '../p' ")" '1 2 3 4 5' 'a folder in quotes'
is "$(bash 'orch-show -C ~/"my p" ')" '1 2 3 4 5' 'both'
both "orch-show -C '$evil' " ''
both "orch-show -C $evil " ''
cd "$T/w/p" || exit 1

# What strangers wrote.
is "$(bash 'orch-list +')" "+a\\\$\\(touch\\ evil\\)\\\`touch\\ evil\\\`b +docs +it\\'s\\;touch\\ evil +two\\ words" 'bash: labels come quoted; what cannot be typed is left out'
is "$(bash 'orch-add -l "')" docs 'in quotes only what needs none'
orch-set -q 1 'labels+=~root' >/dev/null
is "$(bash 'orch-add -l ~')$(bash 'orch-add -l "~')$(bash 'orch-list label=~')" '\~root~root\~root' 'bash: a label is no home'
is "$(fish 'orch-list label="~')" 'label=~root' 'fish: nor'
cp jobs.yml "$T/jobs.yml" && printf '  - {id: "not valid", schedule: "@daily", task: {title: x}}\n' >>jobs.yml
both 'orch-cron run ' 'hourly nightly'
cp "$T/jobs.yml" jobs.yml
is "$(fish 'orch-add -l t')" 'two words' 'fish: it quotes what it inserts'
is "$(fish 'orch-add -l ')" "a${evil}b docs it's;touch evil two words ~root" 'and offers each as it is'
is "$(all_fish 'orch-show 2')" "2	$(orch-list 2 -o title)" 'fish: the title stands beside the id'
is "$(all_fish 'orch-show 3')" '3	clear [2Jscreen  end' 'without what a terminal would obey'
is "$(bash 'orch-show 1' 63)" '1  Water the plants' 'bash: the title too, where readline only lists'
is "$(bash 'orch-show 3' 63 | cat -v)" '3  clear [2Jscreen  end' 'without what a terminal would obey'
is "$(all_fish 'orch-cron run n' | cut -c 1-14)" 'nightly	@daily' 'fish: the schedule beside the job'

# In the shells as a person has them, on a terminal: a zsh drives them.
cat >"$T/drive" <<'END_OF_DRIVE'
# drive PROGRAM..: lines on standard input: "type TEXT" (\t tab, \C-x), "see TEXT"
zmodload zsh/zpty
zpty s "$@"
while IFS= read -r line; do
	case $line in
	type\ *) zpty -n -w s "${(g:ceo:)line#type }" ;;
	see\ *)
		zpty -r -m s out "*${(b)line#see }" || { print -r -- "not seen: ${line#see }: ${(V)out}"; exit 1 }
		print -r -- "seen"
		[[ -z ${DEBUG-} ]] || print -r -- "${(V)out}" >&2 ;;
	esac
done
zpty -d s
END_OF_DRIVE
cat >"$T/bashrc" <<END
PS1='ready> '; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; . '$T/c/orch.bash'
bind -x '"\C-t": printf "<<%s>>\n" "\$READLINE_LINE"'
END
cat >"$T/in" <<'END'
see ready>
type orch-list @rou\t\C-t
see <<orch-list @routed >>
type \C-uorch-set 1 prio\thigh\C-t
see <<orch-set 1 priority=high>>
type \C-uorch-list +a\t\C-t
see <<orch-list +a\$\(touch\ evil\)\`touch\ evil\`b >>
type \C-uorch-cron remove ni\t\C-t
see <<orch-cron remove nightly >>
type \C-uorch-run --print=f\t\C-t
see <<orch-run --print=fit >>
END
{ cat "$T/in" && printf '%s\n' 'type \C-uorch-add -l ~r\t\C-t' 'see <<orch-add -l \~root >>' 'type \C-uorch-list label=~r\t\C-t' \
	'see <<orch-list label=\~root >>' 'type \C-uorch-show \t\t' 'see Water the plants' 'type \C-uexit\n'; } >"$T/in_bash"
is "$(timeout -k 1 30 zsh -f "$T/drive" "bash --rcfile $T/bashrc -i" <"$T/in_bash" | tr '\n' ' ')" 'seen seen seen seen seen seen seen seen seen ' 'bash at a terminal'
mkdir "$T/z"
cat >"$T/z/.zshrc" <<END
fpath=($T/c \$fpath); autoload -Uz compinit; compinit -u -d $T/z/dump
PS1='ready> ' LISTMAX=0; unsetopt beep; show() { print -r -- "<<\$BUFFER>>" }; zle -N show; bindkey '^T' show
END
cat >>"$T/in" <<'END'
type \C-uorch -C . cron remove ni\t\C-t
see <<orch -C . cron remove nightly >>
type \C-uorch-review --reviewers ca\t\C-t
see <<orch-review --reviewers cat >>
type \C-uorch-list label=~r\t\C-t
see <<orch-list label=\~root >>
type \C-uorch-list label!=d\t\C-t
see <<orch-list label\!=docs >>
type \C-uorch sho\t\C-t
see <<orch show >>
END
cat >>"$T/in" <<'END'
type \C-uorch-show \t\t
see Water the plants
see quote: it's & more; touch evil
see clear [2Jscreen
type \C-uexit\n
END
is "$(ZDOTDIR=$T/z timeout -k 1 30 zsh -f "$T/drive" 'zsh -i' <"$T/in" | tr '\n' ' ')" 'seen seen seen seen seen seen seen seen seen seen seen seen seen seen ' 'zsh at a terminal'
is "$(find "$T" -name 'evil*')" '' 'nothing that strangers wrote was done'

# What the lists of the generator say is so.
list() { sed -n "/^$1='/,/'\$/p" "$ROOT/completions/generate.sh" | sed "s/^$1='//; s/'\$//"; }
list verbs | while read -r command verbs; do
	usage=$("$command" -h | sed -n '/^Usage/,/^$/p')
	for verb in $verbs; do
		echo "$usage" | grep -qwe "$verb" || echo "$command has no verb $verb"
	done
done >"$T/strange"
for command in $(list operands | cut -d ' ' -f 1 | sort -u); do
	[ -x "$ORCH_BIN/$command" ] || echo "there is no $command"
done >>"$T/strange"
jq '[.. | .properties? // empty | keys] | add | unique' "$ROOT/share/orch/schema/tasks.json" >"$T/known"
for field in $({ list fields && list filters; } | tr ' ' '\n' | sed 's/[-+]*=$//' | grep -vx 'tree\|label' | sort -u); do
	grep -q "\"$field\"" "$T/known" || echo "there is no field $field"
done >>"$T/strange"
is "$(cat "$T/strange")" '' 'the verbs, commands and fields that are offered are there'
done_testing
