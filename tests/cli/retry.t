#!/bin/sh
# orch-retry: what comes back, from where, with what given back, and what comes with it.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# states: "ID:STATUS .." of all
states() { orch-list -o id,status | tr '\t\n' ': '; }

ok '-h' orch-retry -h
like "$(cat "$T/out")" 'Usage: orch-retry *put parked and ended tasks back*' 'usage, purpose, options'
mkdir p && cd p || exit 1
cat >tasks.yml <<'END'
next_id: 20
tasks:
  - {id: 1, title: new}
  - {id: 2, title: waits, status: routed, agent: sh, command: "true", attempts: 2, retry_at: 2026-01-02T04:00:00Z, last_error: a, error_class: crashed}
  - {id: 3, title: parked, status: needs_review, agent: sh, reason: the same error three times, attempts: 3, last_error: a, error_class: crashed, review_round: 3}
  - {id: 4, title: asks, status: needs_review, agent: sh, question: Which?, needs_help: true, attempts: 1}
  - {id: 5, title: answered, status: needs_review, agent: sh, question: Which?, answer: this, reason: refused, attempts: 2}
  - {id: 6, title: failed, status: failed, agent: sh, reason: attempts used up, attempts: 5, retried_after: 3}
  - {id: 7, title: failed without an agent, status: failed}
  - {id: 8, title: skipped, status: skipped, reason: task 6 is failed, agent: sh, depends_on: [6]}
  - {id: 9, title: done, status: done, agent: sh, attempts: 1, summary: kept}
  - {id: 10, title: cancelled, status: cancelled, reason: why}
  - {id: 11, title: runs, status: in_progress, agent: sh, attempts: 1}
  - {id: 12, title: blocked, status: blocked, agent: sh, children: [1]}
  - {id: 13, title: in review, status: in_review, agent: sh, reason: unchecked}
END
sed -i '/id: 1,/s/}/, parent_id: 12}/' tasks.yml
orch-set 1 body=x >/dev/null

refuses 2 'nothing is named' orch-retry
refuses 2 'no such task' orch-retry 99
export ORCH_ATTEMPT=3/1
refuses 2 'from inside an attempt' orch-retry 3
unset ORCH_ATTEMPT
while read -r id code words; do
	refuses "$code" "task $id" orch-retry "$id"
	like "$(cat "$T/err")" "orch-retry: warning: task $id $words" 'says where it is and what helps'
done <<'END'
1 69 is new,*orch-route
11 75 is in_progress:*
12 69 is blocked:*
13 69 is in_review:*orch-review
END
snapshot
ok 'a dry run' orch-retry -n 3 4
is "$(tr '\n' ' ' <"$T/out")" '3 4 ' 'prints what would be back'
untouched 'and changes nothing'
exits 69 'all' orch-retry all
is "$(tr '\n' ' ' <"$T/out")" '2 3 4 5 6 7 8 9 10 ' 'prints what is back'
is "$(wc -l <"$T/err")" 4 'and tells what is not'
is "$(states)" '1:new 2:routed 3:routed 4:routed 5:routed 6:routed 7:new 8:routed 9:routed 10:new 11:in_progress 12:blocked 13:in_review ' \
	'each is where it should be'
is "$(orch-list retry_at!= -o id)$(orch-list last_error!= -o id)$(orch-list error_class!= -o id)$(orch-list review_round!= -o id)$(orch-list needs_help!= -o id)" '' \
	'pauses, errors and rounds are gone'
is "$(orch-list 2..9 -o id,attempts,retried_after | tr '\t\n' ', ')" '2,2,2 3,3,3 4,1,1 5,2,2 6,5,5 7,, 8,, 9,1,1 ' \
	'attempts are given back, their numbers are not'
is "$(orch-list 3..10 -o reason | tr -d '\n')" '' 'no reason is left'
is "$(orch-list 4,5 -o question,answer)" "$(printf '\t\nWhich?\tthis')" 'an open question goes, one with an answer stays'
is "$(field 9 summary)" kept 'what was done is not forgotten'
is "$(jq -r '[.task, .topic, .data.event, .data.from] | join(" ")' .orch/events.jsonl)" "$(cat <<'END'
2 task.routed retry routed
3 task.routed retry needs_review
4 task.routed retry needs_review
5 task.routed retry needs_review
6 task.routed retry failed
7 task.new retry failed
8 task.routed retry skipped
9 task.routed reopen done
10 task.new reopen cancelled
END
)" 'each is told'
is "$(jq .gen .orch/events.jsonl | uniq | wc -l)" 1 'in one commit'
is "$(orch-list 3,9 --json | jq -r '.history[-1] | "\(.status) \(.note)"')" "$(printf 'routed put back by hand\nrouted reopened by hand')" \
	'and written into its history'
snapshot
ok 'the same again' orch-retry 2..6
is "$(tr '\n' ' ' <"$T/out")" '2 3 4 5 6 ' 'they pass through'
unchanged 'and nothing is written'
exits 69 '--print all' orch-retry --print all 2 13
is "$(tr '\n' ' ' <"$T/out")" '2 13 ' 'prints what was selected'
ok 'a condition that nothing meets' orch-retry @failed
is "$(cat "$T/out")" '' 'is done'

# What was skipped comes back with what is to blame, and only then.
mkdir ../chain && cd ../chain || exit 1
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: root, status: cancelled}
  - {id: 2, title: other, status: failed, agent: sh}
  - {id: 3, title: after 1, status: skipped, reason: task 1 is cancelled, depends_on: [1]}
  - {id: 4, title: after 3, status: skipped, reason: task 3 is skipped, depends_on: [3], agent: sh}
  - {id: 5, title: after 4 and 3, status: skipped, reason: task 4 is skipped, depends_on: [4, 3]}
  - {id: 6, title: after 1 and 2, status: skipped, reason: task 1 is cancelled, depends_on: [1, 2]}
  - {id: 7, title: after 6, status: skipped, reason: task 6 is skipped, depends_on: [6]}
  - {id: 8, title: by hand, status: skipped, reason: not needed, depends_on: [1]}
  - {id: 9, title: after one that is archived, status: skipped, reason: task 1 is cancelled, depends_on: [1, 90]}
  - {id: 10, title: a ring, status: skipped, reason: task 11 is skipped, depends_on: [11, 1]}
  - {id: 11, title: a ring, status: skipped, reason: task 10 is skipped, depends_on: [10, 1]}
END
mkdir -p .orch/archive
printf 'tasks:\n  - {id: 90, title: old, status: cancelled}\n' >.orch/archive/2025-12.yml
ok 'a root' orch-retry 1
is "$(tr '\n' ' ' <"$T/out")" '1 3 4 5 ' 'comes back with what depends on it'
is "$(states)" '1:new 2:failed 3:new 4:routed 5:new 6:skipped 7:skipped 8:skipped 9:skipped 10:skipped 11:skipped ' 'and not more'
is "$(orch-list 6 -o reason)" 'task 2 is failed' 'who is to blame now is said'
is "$(orch-list 9 -o reason)" 'task 90 is cancelled' 'an archived one too'
is "$(orch-list 7,8 -o reason | tr '\n' ,)" 'task 6 is skipped,not needed,' 'other reasons stay'
is "$(jq -r 'select(.data.event == "unskip") | "\(.task) \(.data.note)"' .orch/events.jsonl | tr '\n' ,)" \
	'3 task 1 is back,4 task 3 is back,5 task 4 is back,' 'it is told why'
ok 'the other' orch-retry 2
is "$(tr '\n' ' ' <"$T/out")" '2 6 7 ' 'brings back what was left to it'
ok 'one that is skipped, by name' orch-retry 9
is "$(status 9)" new 'is put back although its dependency is not'
mkdir -p ../broken/.orch/archive && cd ../broken || exit 1
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: root, status: cancelled}
  - {id: 2, title: after 1, status: skipped, reason: task 1 is cancelled, depends_on: [1, 90]}
END
orch-set 1 body=x >/dev/null
printf 'nonsense: [\n' >.orch/archive/2025-12.yml
refuses 65 'an archive that cannot be read' orch-retry 1

# It runs again, and its attempts are counted anew.
mkdir ../again && cd ../again && printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml && printf 'tasks: []\n' >tasks.yml || exit 1
orch-add -a sh --command 'test -e flag' --set max_attempts=2 'Find the flag' >/dev/null
orch-run 1 >/dev/null 2>&1
orch-run 1 >/dev/null 2>&1
is "$(orch-list 1 -o status,reason)" "$(printf 'failed\tattempts used up (2 of 2)')" 'used up'
orch-retry 1 >/dev/null
exits 75 'the first of two again' orch-run 1
is "$(orch-list 1 -o status,attempts,retry_at)" "$(printf 'routed\t3\t2026-01-02T03:05:05Z')" 'with the first pause'
touch flag
is "$(orch-retry 1 | orch-run -)" 1 'a routed one need not wait'
is "$(orch-list 1 -o status,attempts)" "$(printf 'done\t4')" 'and is done'
is "$(orch-retry @done | orch-run -)" 1 'reopened: it is run once more'
is "$(find .orch/runs/1 -mindepth 1 -maxdepth 1 -type d | wc -l)" 5 'every attempt has kept its folder'

# --due: what time has brought back, and attempts whose process is gone.
mkdir ../due && cd ../due && printf 'isolation: none\n' >orch.yml || exit 1
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: passed, status: routed, agent: sh, command: "true", attempts: 1, retry_at: 2026-01-02T03:04:05Z}
  - {id: 2, title: to come, status: routed, agent: sh, command: "true", attempts: 1, retry_at: 2026-01-02T03:04:06Z}
  - {id: 3, title: ready anyhow, status: routed, agent: sh, command: "true"}
  - {id: 4, title: passed but waits, status: routed, agent: sh, command: "true", retry_at: 2026-01-02T03:00:00Z, depends_on: [2]}
  - {id: 5, title: failed, status: failed, agent: sh}
  - {id: 6, title: lost, status: in_progress, agent: sh, command: "true", attempts: 1}
  - {id: 7, title: lives, status: in_progress, agent: sh, command: "true", attempts: 1}
END
orch-set 1 body=x >/dev/null
mkdir -p .orch/runs/7
mkfifo "$T/held" "$T/go"
flock .orch/runs/7/lock sh -c 'echo >"$0"; read -r _ <"$1"' "$T/held" "$T/go" &
read -r _ <"$T/held"
refuses 2 '--due and a selector' orch-retry --due 1
snapshot
ok 'a dry run of --due' orch-retry -n --due
is "$(cat "$T/out")" 1 'prints what is due'
untouched 'and changes nothing'
ok '--due' orch-retry --due
is "$(tr '\n' ' ' <"$T/out")" '1 6 ' 'prints what can run again'
is "$(states)" '1:routed 2:routed 3:routed 4:routed 5:failed 6:routed 7:in_progress ' 'what was lost is back, what lives is left alone'
is "$(orch-list 6 -o attempts,retried_after,error_class)" "$(printf '1\t\torphaned')" 'nothing is forgiven'
snapshot
ok 'and again' orch-retry --due
unchanged 'nothing more is written'
is "$(orch-retry --due | orch-run - | sort -n | tr '\n' ' ')" '1 ' 'what is due is run'
echo >"$T/go"
wait
done_testing
