#!/bin/sh
# orch-set: what it changes, down to the byte, and what it refuses.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"

export ORCH_TEST_NOSYNC=1
project && printf "projects: {web: .}\n" >orch.yml
for i in 1 2 3; do orch-add -l docs "Task $i" >/dev/null; done
ok 'help' orch-set -h
like "$(cat "$T/out")" '*--json-value*' 'on standard output'

ok 'one field of one task' orch-set 1 priority=high
is "$(cat "$T/out" "$T/err")" 1 'the id is printed'
is "$(field 1 priority)/$(field 1 updated_at)" 'high/2026-01-02T03:04:05Z' 'and it is set'
snapshot
ok 'the same again' orch-set 1 priority=high
is "$(cat "$T/out")" '' 'prints nothing'
unchanged 'and writes nothing'
ok 'the same with --print all' orch-set --print all 1 priority=high
is "$(cat "$T/out")" 1 'prints what was selected'
ok 'changes and selectors mixed' orch-set title=Mixed 3 body='a, b = c' +docs timeout=90s
is "$(orch-list 3 -o title,body,timeout)" "$(printf 'Mixed\ta, b = c\t90s')" 'are all made'
ok 'several tasks' orch-set all complexity=simple
is "$(tr '\n' ' ' <"$T/out")" '1 2 3 ' 'in one step'
is "$(find .orch/backup -name "g*" | wc -l)" 6 'which is one generation'
ok 'a list' orch-set 2 labels=a,b,c
is "$(field 2 'labels | tostring')" '["a","b","c"]' 'by commas'
ok 'items' orch-set 2 labels+=d labels-=a labels-=nothing labels+=b
is "$(field 2 'labels | tostring')" '["b","c","d"]' 'come and go'
ok 'a list is unset' orch-set 2 labels=
is "$(field 2 labels)" - 'and gone'
ok 'the last item' orch-set 1 labels-=docs
is "$(field 1 labels)" - 'takes the list with it'
ok 'JSON' orch-set --json-value 2 'verify=["a, b","c"]' 'agent_profile={"role":"x"}' max_attempts=7
is "$(orch-list 2 --json | jq -c '[.verify, .agent_profile.role, .max_attempts]')" \
	'[["a, b","c"],"x",7]' 'is read as such'
ok 'JSON items' orch-set --json-value 2 'labels+="x,y"'
is "$(field 2 'labels | tostring')" '["x,y"]' 'too'
ok 'an agent for a new task' orch-set 2 agent=cat
is "$(orch-list 2 -o status,agent)" "$(printf 'routed\tcat')" 'routes it'
is "$(jq -r 'select(.topic == "task.routed") | .task' .orch/events.jsonl)" 2 'which is told'
ok 'from standard input' sh -c 'orch-list 1,3 -o id | orch-set - project=web'
is "$(tr '\n' ' ' <"$T/out")" '1 3 ' 'by ids'
ok 'NDJSON' sh -c 'orch-list 1,3 --json | orch-set - project='
is "$(tr '\n' ' ' <"$T/out")" '1 3 ' 'too'
snapshot
ok 'an empty standard input' sh -c ': | orch-set - priority=low'
is "$(cat "$T/out" "$T/err")" '' 'is done'
unchanged 'with nothing'
ok 'a condition that nothing meets' orch-set @done priority=low
unchanged 'with nothing either'

snapshot
ok 'a dry run' orch-set -n all priority=low
is "$(tr '\n' ' ' <"$T/out")" '1 2 3 ' 'prints what would change'
untouched 'and changes nothing'

# Refused.
refuses 2 'nothing at all' orch-set
refuses 2 'no selector' orch-set priority=low
refuses 2 'no change' orch-set 1
refuses 2 'no such field' orch-set 1 titel=x
like "$(cat "$T/err")" '*titel*title*' 'the nearest is named'
refuses 2 'a value that it cannot have' orch-set 1 priority=hihg
like "$(cat "$T/err")" '*urgent high normal low*' 'those that it can are named'
refuses 2 'the status' orch-set 1 status=done
like "$(cat "$T/err")" '*orch-route*orch-run*' 'the verbs are named'
for f in id uid created_at updated_at created_by job parent_id children reason route_reason attempts \
	retry_at last_error branch worktree session summary usage question review_decision history gh; do
	refuses 2 "a field of the machine: $f" orch-set 1 "$f=1"
done
refuses 2 'no title' orch-set 1 title=
refuses 2 'a blank title' orch-set 1 'title= '
refuses 2 'a title of two lines' orch-set 1 title='a
b'
refuses 2 'a number that is none' orch-set 1 max_attempts=many
refuses 2 'a number out of bounds' orch-set 1 max_attempts=0
refuses 2 'a time out of bounds' orch-set 1 timeout=999ms
refuses 2 'no item' orch-set 1 labels+=
refuses 2 'an item for what is no list' orch-set 1 title+=x
refuses 2 'bad UTF-8' orch-set 1 title="$(printf '\377')"
refuses 2 'bad UTF-8 in an item' orch-set 1 labels+="$(printf '\377')"
refuses 2 'broken JSON' orch-set --json-value 1 'labels=["a"'
refuses 2 'JSON of the wrong kind' orch-set --json-value 1 'labels="a"'
refuses 2 'JSON null for a title' orch-set --json-value 1 title=null
refuses 2 'a dependency that is not there' orch-set 1 depends_on+=99
refuses 2 'one on itself' orch-set 1 depends_on=1
orch-set 2 depends_on=1 >/dev/null && orch-set 3 depends_on=2 >/dev/null
refuses 2 'a ring' orch-set 1 depends_on+=3
like "$(cat "$T/err")" '*1 -> *3*2*1*' 'its path is printed'
refuses 2 'one of several that is wrong refuses all' orch-set all body=x max_attempts=0
refuses 2 'a key that another task has' orch-set all key=same
orch-set 2 agent= >"$T/out" 2>"$T/err"
is "$(orch-list @routed agent= -o id)" '' 'no task is routed that has no agent'

# Bytes: every case of the table.
cases() {
	awk -v dir="$T/edits" '
	/^# / && !part { next }
	/^=== / { n++; part = ""; print substr($0, 5) >(dir "/" n ".name"); next }
	/^change: / && part == "" { print substr($0, 9) >(dir "/" n ".change"); next }
	/^--- / { part = $2; next }
	part != "" { print >(dir "/" n "." part) }
	' "$ROOT/tests/data/cli/edits.txt"
}
# plain FILE: with what stands for bytes that do not show
plain() { perl -0pe 's/\\r\n/\r\n/g; s/\\b/\xef\xbb\xbf/g; s/\\c\n//g' "$1"; }
mkdir "$T/edits" && cases
n=0
while n=$((n + 1)) && [ -e "$T/edits/$n.name" ]; do
	name=$(cat "$T/edits/$n.name")
	mkdir "$T/w/e$n" && cd "$T/w/e$n" || exit 1
	plain "$T/edits/$n.before" >tasks.yml
	read -r change <"$T/edits/$n.change"
	# shellcheck disable=SC2086 # the words of the change
	ok "$name" orch-set $change
	perl -0pe 's/^ *updated_at: [^\n]*\n//mg; s/, "?updated_at"?: "[^"]*"//g' tasks.yml >"$T/got"
	plain "$T/edits/$n.after" >"$T/want"
	cmp -s "$T/got" "$T/want"
	result $? "$name: only the bytes that are meant" || note "$(diff "$T/want" "$T/got")"
done
[ $n -gt 10 ]
result $? 'there were cases'
done_testing
