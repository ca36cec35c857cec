#!/bin/sh
# orch-cancel: what can be withdrawn, why, and what is skipped because of it.  What lives
# is in cancel_live.t.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# states: "ID:STATUS .." of all
states() { orch-list -o id,status | tr '\t\n' ': '; }

ok '-h' orch-cancel -h
like "$(cat "$T/out")" 'Usage: orch-cancel *withdraw tasks*--reason*' 'usage, purpose, options'
mkdir p && cd p || exit 1
cat >tasks.yml <<'END'
next_id: 20
tasks:
  - {id: 1, title: new}
  - {id: 2, title: waits, status: routed, agent: sh, command: "true", retry_at: 2026-01-02T04:00:00Z}
  - {id: 3, title: parked, status: needs_review, reason: refused}
  - {id: 4, title: blocked, status: blocked, children: [5]}
  - {id: 5, title: a child, parent_id: 4}
  - {id: 6, title: in review, status: in_review}
  - {id: 7, title: failed, status: failed, reason: attempts used up}
  - {id: 8, title: skipped, status: skipped, reason: task 7 is failed, depends_on: [7]}
  - {id: 9, title: cancelled, status: cancelled, reason: before}
  - {id: 10, title: done, status: done}
  - {id: 11, title: runs, status: in_progress, agent: sh, attempts: 1}
END
orch-set 1 body=x >/dev/null
refuses 2 'nothing is named' orch-cancel
refuses 2 'no such task' orch-cancel 99
refuses 2 'a reason that is no text' orch-cancel --reason "$(printf '\377')" 1
export ORCH_ATTEMPT=3/1
refuses 2 'from inside an attempt' orch-cancel 1
unset ORCH_ATTEMPT
refuses 69 'one that is done' orch-cancel 10
is "$(cat "$T/err")" 'orch-cancel: warning: task 10 is done, there is nothing left to cancel: orch-retry reopens it' 'is told'
snapshot
ok 'a dry run' orch-cancel -n 1..4
is "$(tr '\n' ' ' <"$T/out")" '1 2 3 4 ' 'prints what would be'
untouched 'and changes nothing'
ok 'one, with a reason' orch-cancel --reason "$(printf 'not needed:\n"no"')" 1
is "$(cat "$T/out" "$T/err")" 1 'prints its id'
is "$(orch-list 1 --json | jq -c '[.status, .reason, .history[-1].note]')" '["cancelled","not needed:\n\"no\"","not needed: \"no\""]' \
	'and is withdrawn, the reason is kept'
is "$(jq -c '[.task, .topic, .data.event, .data.from, .data.reason]' .orch/events.jsonl)" \
	'[1,"task.cancelled","cancel","new","not needed:\n\"no\""]' 'and told'
snapshot
ok 'the same again' orch-cancel --reason other 1
is "$(cat "$T/out" "$T/err")" '' 'is so already'
unchanged 'and nothing is written'
exits 69 'all' orch-cancel all
is "$(tr '\n' ' ' <"$T/out")" '2 3 4 5 6 7 8 11 ' 'prints those that are withdrawn now, the one that is said to run last'
is "$(wc -l <"$T/err")" 1 'and tells what is not'
is "$(states)" '1:cancelled 2:cancelled 3:cancelled 4:cancelled 5:cancelled 6:cancelled 7:cancelled 8:cancelled 9:cancelled 10:done 11:cancelled ' \
	'everything else is withdrawn'
is "$(orch-list 1,9 -o reason | tr '\n' ,)" 'not needed:\n"no",before,' 'what was so before keeps its reason'
is "$(field 3 reason)" - 'an old reason is none for this'

# What depends on it is skipped, and comes back.
mkdir ../chain && cd ../chain || exit 1
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: root, status: routed, agent: sh, command: "true"}
  - {id: 2, title: after 1, depends_on: [1]}
  - {id: 3, title: after 2, status: routed, agent: sh, command: "true", depends_on: [2]}
  - {id: 4, title: after 3 and 1, status: blocked, children: [8], depends_on: [3, 1]}
  - {id: 5, title: runs, status: in_progress, agent: sh, attempts: 1, depends_on: [1]}
  - {id: 6, title: parked, status: needs_review, depends_on: [1]}
  - {id: 7, title: after one that is parked, depends_on: [6]}
  - {id: 8, title: a child, parent_id: 4}
  - {id: 9, title: a ring, depends_on: [10, 1]}
  - {id: 10, title: a ring, depends_on: [9]}
END
ok 'a root, aloud' orch-cancel -v 1
is "$(cat "$T/out")" 1 'is withdrawn'
is "$(cat "$T/err")" "$(printf 'orch-cancel: task %s is skipped\n' 2 4 9 3 10)" 'and what waits for it is skipped'
is "$(states)" '1:cancelled 2:skipped 3:skipped 4:skipped 5:in_progress 6:needs_review 7:new 8:new 9:skipped 10:skipped ' \
	'but for what has begun, and children'
is "$(orch-list 2,3,4,10 -o reason | tr '\n' ,)" 'task 1 is cancelled,task 2 is skipped,task 1 is cancelled,task 9 is skipped,' \
	'each knows whom to blame'
is "$(jq -r '[.task, .topic, .data.event, .data.reason] | join(" ")' .orch/events.jsonl | sed -n 's/ $//; 1,2p')" "$(cat <<'END'
1 task.cancelled cancel
2 task.skipped skip task 1 is cancelled
END
)" 'it is told'
is "$(jq .gen .orch/events.jsonl | uniq | wc -l)" 1 'in one commit'
ok 'reopened' orch-retry 1
is "$(states)" '1:routed 2:new 3:routed 4:blocked 5:in_progress 6:needs_review 7:new 8:new 9:skipped 10:skipped ' \
	'all come back but those that blame each other'
ok '--print all' orch-cancel --print all 2
is "$(tr '\n' ' ' <"$T/out")" '2 3 4 ' 'prints what was skipped too'
done_testing
