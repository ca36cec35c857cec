#!/bin/sh
# orch-delegate --wait: a barrier that sleeps until the task file says that it is over.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

project
printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml
for title in one two three; do
	orch-add -a sh --command true "$title" >/dev/null
done
orch-add -a sh --command false --set max_attempts=1 'fails' >/dev/null

exits 124 'the time is up' orch-delegate --wait --timeout 10ms 1..3
is "$(cat "$T/out")/$(cat "$T/err")" '/orch-delegate: 3 of 3 tasks have not ended' 'what has not ended is told'
refuses 2 'no task' orch-delegate --wait
refuses 2 'no such task' orch-delegate --wait 99
refuses 2 'a time that is none' orch-delegate --wait --timeout soon 1
ok 'an empty list' orch-delegate --wait - </dev/null

# asleep: it sleeps in a call that no clock will end
asleep() {
	grep -q '^State:	S' "/proc/$pid/status" &&
		[ -n "$(find "/proc/$pid/fd" -lname '*inotify*')" ] &&
		awk '{ exit !($4 == "0xffffffff" || $4 == "0x0") }' "/proc/$pid/syscall"
}
# waits OPTION ..: one in the background, asleep
waits() {
	orch-delegate --wait "$@" >"$T/waited" 2>"$T/told" &
	pid=$!
	wait_for asleep
	result $? "asleep: --wait $*" || note "$(cat "/proc/$pid/syscall" "/proc/$pid/status" "$T/told")"
}
# over STATUS IDS NAME
over() {
	got=0
	wait "$pid" || got=$?
	is "$got $(tr '\n' ' ' <"$T/waited")" "$1 $2" "$3" || note "$(cat "$T/told")"
}

waits 1 2
orch-run -q 1
wait_for asleep
result $? 'one of two has ended: it sleeps on'
touch noise && rm noise
orch-run -q 3
wait_for asleep
result $? 'others do not wake it for long'
orch-run -q 2
over 0 '1 2 ' 'both are done'
ok 'what has ended is not waited for' orch-delegate --wait 1..3
is "$(tr '\n' ' ' <"$T/out")" '1 2 3 ' 'all ids'

orch-add -a sh --command true 'five' >/dev/null
waits 4 5
orch-run -q --ready 2>/dev/null
over 69 '5 ' 'one failed, one is done'
exits 69 'so it stays' orch-delegate --wait 4 5

orch-add -a sh --command true 'six' >/dev/null
waits --any 4 6
orch-run -q 6
over 0 '6 ' '--any: one is done'
exits 69 '--any of those that failed' orch-delegate --wait --any 4

# Withdrawn, archived, removed by a person, behind a link.
orch-add 'seven' >/dev/null && orch-add 'eight' >/dev/null
waits 7
orch-cancel -q 7 >/dev/null
over 69 '' 'withdrawn is not done'
ORCH_TEST_NOW=2027-01-02T03:04:05Z orch-gc -q archive >/dev/null
is "$(orch-list -o id | tr '\n' ' ')" '4 8 ' 'the done ones are archived'
ok 'archived ones' orch-delegate --wait 1 2
is "$(tr '\n' ' ' <"$T/out")" '1 2 ' 'are done'
waits 8
sed -i '/- id: 8$/,$d' tasks.yml
over 69 '' 'one that a person removes does not end'
mkdir real && mv tasks.yml real/ && ln -s real/tasks.yml tasks.yml
id=$(orch-add -a sh --command true 'behind a link')
waits "$id"
orch-run -q "$id"
over 0 "$id " 'a task file behind a link'

# A pipeline, whose end waits for what another process runs.
parent=$(orch-add -a sh --command 'cat parts' 'joins')
orch-delegate "$parent" --add 'a' --add 'b' >ids
orch-set -q - command='echo x >>parts' <ids >/dev/null
orch-route -q - <ids >/dev/null
waits "$parent"
orch-run -q --ready >/dev/null
over 0 "$parent " 'the parent of children that another process runs'
is "$(wc -l <parts)" 2 'each ran'
is "$(ORCH_ATTEMPT=1/1 orch-delegate --wait "$parent")" "$parent" 'inside an attempt one can wait'

# What waits for itself is told, and not waited for.
project ../circles
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: one, status: routed, agent: sh, command: "true", depends_on: [2], plan: p}
  - {id: 2, title: two, status: routed, agent: sh, command: "true", depends_on: [1], plan: p}
  - {id: 3, title: three, status: routed, agent: sh, command: "true"}
  - {id: 4, title: four, status: blocked, children: [5], parent_id: 5}
  - {id: 5, title: five, status: blocked, children: [4], parent_id: 4}
END
exits 65 'a circle' timeout 20 orch-delegate --wait 1 3
is "$(cat "$T/err")" 'orch-delegate: task 1 waits for itself: 1 -> 2 -> 1' 'with the way round'
exits 65 'parents of each other' timeout 20 orch-delegate --wait --any 4 5
is "$(cat "$T/err")" 'orch-delegate: task 4 waits for itself: 4 -> 5 -> 4' 'with the way round'
exits 124 'any: one of them may be done' orch-delegate --wait --any --timeout 10ms 1 3
exits 65 'a plan that is followed' timeout 20 orch-plan follow p
like "$(cat "$T/err")" '*task 1 waits for itself: 1 -> 2 -> 1*' 'with the way round'
exits 65 'joined' orch-delegate --join
is "$(cat "$T/err")" 'orch-delegate: task 4 waits for itself: 4 -> 5 -> 4' 'says which never will be'
exits 65 'the same of one' orch-delegate --join 5
ok 'others are no concern of it' orch-delegate --join 3
is "$(orch-status --json | jq -r '.problems[] | select(.kind == "circle") | "\(.task) \(.reason)"' | tr '\n' ,)" \
	'1 it waits for itself: 1 -> 2 -> 1,4 it waits for itself: 4 -> 5 -> 4,' \
	'orch-status knows them'
like "$(orch-list --explain 4)" '*blocked: 0 of 1 children have ended, waits for itself: 4 -> 5 -> 4' 'the list explains it'
done_testing
