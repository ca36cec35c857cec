#!/bin/sh
# orch-run: what is chosen, in which order, how many at once, when it stops, what is retried.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
FAKE=$ROOT/tests/fake

# sh_task CMD ARG..: a task of the agent sh in the project's folder
sh_task() {
	sh_task_cmd=$1
	shift
	orch-add -a sh --command "$sh_task_cmd" --set isolation=none "$@"
}
# order: the ids in the order in which they were claimed
order() { jq -r 'select(.data.event == "claim") | .task' .orch/events.jsonl | tr '\n' ' '; }
# shown ID: what there is to say of a task
shown() { orch-list "$1" -o status,error_class,attempts,retry_at | tr '\t' ' '; }

project
printf 'retry: {jitter: 0}\ngrace: 1s\n' >orch.yml
git add orch.yml && git commit -qm 'Configuration'
ok 'help' orch-run -h
snapshot
refuses 2 'nothing to run is named' orch-run
refuses 2 'two things' orch-run next --ready
refuses 2 'no number' orch-run -j 0 next
refuses 2 'too great a number' orch-run -j 257 next
refuses 2 'no time' orch-run --timeout soon next
refuses 2 'no time at all' orch-run --timeout 0 next
refuses 2 'no command behind --' orch-run next --
exits 1 'an empty project' orch-run next
is "$(cat "$T/out")" '' 'prints nothing'
exits 1 'with --ready' orch-run --ready
ok 'a condition that nothing meets' orch-run @failed
ok '-h behind -- is not ours' sh -c "orch-add 'Echo' >/dev/null && orch-run next -- '$FAKE/ok' -h --version"
is "$(tail -n 2 .orch/runs/1/1/argv | tr '\n' ' ')" '-h --version ' 'but the command gets it'

# Order: priority, then age, then id; what waits comes when it can.
cd "$T/w" && project order && printf 'workers: 1\n' >orch.yml
sh_task true -p low 'low' >/dev/null
sh_task true 'normal' >/dev/null
sh_task true -p urgent -d 1 'urgent, after the low one' >/dev/null
sh_task true -p high 'high' >/dev/null
sh_task 'exit 1' --set max_attempts=1 'fails' >/dev/null
sh_task true -d 5 'after what fails' >/dev/null
orch-add 'new' >/dev/null
snapshot
ok 'a dry run' orch-run -n next
is "$(cat "$T/out")" 4 'prints what would run'
ok 'of all' orch-run -n --ready
is "$(tr '\n' ' ' <"$T/out")" '4 2 5 1 ' 'in order'
untouched 'and touches nothing'
exits 69 'all' orch-run --ready
is "$(order)" '4 2 5 1 3 ' 'run in that order, then what could not before'
is "$(tr '\n' ' ' <"$T/out")" '4 2 1 3 ' 'printed as they are done'
is "$(orch-list -o status | tr '\n' ' ')" 'done done done done failed skipped new ' 'each once'
exits 69 'one that waits for what failed' orch-run 6
like "$(cat "$T/err")" '*task 6: skipped: task 5 is failed*' 'is told why'
exits 1 'nothing else can run' orch-run --ready
exits 75 'a new one without an agent' orch-run 7
like "$(cat "$T/err")" '*task 7*orch-route*' 'is told too'
ok 'with a command it needs none' orch-run 7 -- "$FAKE/ok"
is "$(orch-list 7 -o status,agent,route_reason)" "$(printf 'in_review\tcmd\tcommand line')" 'which is recorded'
exits 1 'one that is in review already' orch-run 7
like "$(cat "$T/err")" '*task 7*in_review*' 'is told: nothing was run'
exits 2 'ids and next' orch-run 7 next
like "$(cat "$T/err")" '*only one of these*' 'says which go not together'
exits 2 'nothing to run' orch-run
like "$(cat "$T/err")" '*say what to run*' 'says what can be said'
exits 69 'one that is failed, --print all' orch-run --print all 5
is "$(cat "$T/out")" '' 'had no attempt'

# At once: as many as -j, workers and slots allow; a place is refilled at once.
cd "$T/w" && project many
printf 'slots: 8\nworkers: 8\n' >orch.yml
mkfifo "$T/ping" "$T/pong"
sh_task "echo ping >$T/ping; read -r x <$T/pong" 'ping' >/dev/null
sh_task "read -r x <$T/ping; echo pong >$T/pong" 'pong' >/dev/null
ok 'two that need each other' orch-run --ready -j 2
is "$(orch-list @done | wc -l)" 2 'run at once'
for i in 1 2 3 4; do
	sh_task "mkdir $T/alone || echo overlap >>$T/overlap; ls / >/dev/null; rmdir $T/alone" "$i" >/dev/null
done
ok 'four with -j 1' orch-run --ready -j 1
[ ! -e "$T/overlap" ]
result $? 'run one after the other'
printf 'slots: 1\nworkers: 8\n' >orch.yml
for i in 5 6 7 8; do
	sh_task "mkdir $T/alone || echo overlap >>$T/overlap; ls / >/dev/null; rmdir $T/alone" "$i" >/dev/null
done
ok 'four with one slot' orch-run --ready
[ ! -e "$T/overlap" ]
result $? 'too'
is "$(orch-list @done | wc -l)" 10 'all are done'
printf 'agents: {sh: {enabled: false}}\n' >orch.yml
sh_task true 'disabled' >/dev/null
orch-run next >"$T/out" 2>"$T/err"
is "$(shown 11)" 'routed   ' 'an agent that is not enabled gets nothing'

# Retries: pauses that double, caps that hold, the same error.
cd "$T/w" && project retry && printf 'retry: {jitter: 0}\n' >orch.yml
sh_task 'echo "error $ORCH_ATTEMPT is new: $(printf "%0${ORCH_ATTEMPT#*/}d" 0 | tr 0 x)" >&2; exit ${ORCH_ATTEMPT#*/}' \
	--set max_attempts=3 'Other errors' >/dev/null
sh_task 'echo "error at $$" >&2; exit 9' 'The same error' >/dev/null
exits 75 'both fail' orch-run --ready
is "$(shown 1)" 'routed crashed 1 2026-01-02T03:05:05Z' 'and wait a minute'
is "$(order)" '1 2 ' 'nobody runs them before'
exits 1 'a second call at the same time' orch-run --ready
is "$(order)" '1 2 ' 'does not either'
exits 75 'not even by @routed' orch-run @routed
is "$(order)" '1 2 ' 'which is no name'
like "$(orch-list --explain 1)" '*2026-01-02T03:05:05Z*' 'until when is told'
exits 75 'who names it' orch-run 1
is "$(shown 1)" 'routed crashed 2 2026-01-02T03:06:05Z' 'gets it, and it waits twice as long'
export ORCH_TEST_NOW=2026-01-02T04:00:00Z
exits 69 'later' orch-run --ready
is "$(shown 1)" 'failed crashed 3 ' 'the third of three attempts was the last'
like "$(field 1 reason)" '*3 of 3*' 'it says so'
exits 69 'a failed one is not run again' orch-run 1
exits 69 'the same error a third time' orch-run 2
is "$(shown 2)" 'needs_review crashed 3 ' 'parks the other'
like "$(field 2 reason)" '*three times*' 'and says why'
is "$(find .orch/runs/2 -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')" '1 2 3 lock ' 'every attempt is kept'
# Those that a person has forgiven count no longer: neither used up, nor as the same error.
sed -i 's/^    status: \(failed\|needs_review\)/    status: routed/; s/^    attempts: 3/&\n    retried_after: 3/' tasks.yml
exits 75 'put back by a person' orch-run 1 2
is "$(shown 1)/$(shown 2)" 'routed crashed 4 2026-01-02T04:01:00Z/routed crashed 4 2026-01-02T04:01:00Z' \
	'they begin anew'
orch-run 1 2 >/dev/null 2>&1
exits 69 'until that has been used up too' orch-run 1 2
is "$(shown 1)/$(shown 2)" 'failed crashed 6 /needs_review crashed 6 ' 'and the numbers go on'
export ORCH_TEST_NOW=2026-01-02T03:04:05Z
id=$(sh_task '[ "${ORCH_ATTEMPT#*/}" = 3 ] || exit 1' 'The third time lucky')
for now in 03:10 03:20; do ORCH_TEST_NOW=2026-01-02T$now:00Z orch-run next >/dev/null 2>&1; done
is "$(ORCH_TEST_NOW=2026-01-02T03:30:00Z orch-run next 2>"$T/err")" "$id" 'one that passes at last is done' ||
	note "$(shown "$id")"
id=$(orch-add 'Goes on')
ORCH_RETRY_BASE=60s orch-run "$id" -- sh -c 'printf "{\"status\":\"in_progress\",\"summary\":\"part\"}"' >/dev/null 2>&1
is "$(shown "$id")" 'routed  1 ' 'one that wants to go on is ready at once'
orch-set "$id" max_attempts=2 >/dev/null
exits 69 'and bounded' orch-run "$id" -- sh -c 'printf "{\"status\":\"in_progress\",\"summary\":\"part\"}"'
is "$(status "$id")" failed 'by its attempts'

# Limits: all of these hang until they are stopped; a second or two for all of them.
cd "$T/w" && project limits
printf 'retry: {jitter: 0}\ngrace: 1s\nslots: 16\nworkers: 16\n' >orch.yml
hang='tail -f /dev/null & wait'
slow=$(sh_task "exec $FAKE/slow" --set timeout=1s 'Slow')
idle=$(sh_task "exec $FAKE/slow" --set idle_timeout=1s 'Idle')
deaf=$(sh_task "exec $FAKE/ignores-term" --set timeout=1s 'Ignores TERM')
polite=$(sh_task "trap 'exit 0' TERM; echo; $hang" --set timeout=1s 'Ends well when it is asked to stop')
check=$(sh_task true --set timeout=1s --verify "$hang" 'A check that hangs')
glib=$(sh_task true --set timeout=1s --verify "trap 'exit 0' TERM; $hang" 'A check that hangs and then passes')
chatter=$(sh_task "exec $FAKE/chatter >/dev/null" --set timeout=1s 'Talks to nobody')
exits 75 'seven that hang' orch-run --ready
is "$(shown "$slow")" 'routed timeout 1 2026-01-02T03:05:05Z' 'too long'
is "$(shown "$idle")" 'routed idle 1 2026-01-02T03:05:05Z' 'too silent'
is "$(cat ".orch/runs/$idle/1/stdout")" beginning 'what it said is kept'
is "$(shown "$deaf")" 'routed timeout 1 2026-01-02T03:05:05Z' 'deaf'
is "$(shown "$polite")" 'routed timeout 1 2026-01-02T03:05:05Z' 'stopped, whatever its exit status says'
is "$(shown "$check")" 'routed verify_failed 1 2026-01-02T03:05:05Z' 'a check that does not end has not passed'
is "$(shown "$glib")" 'routed verify_failed 1 2026-01-02T03:05:05Z' 'nor one that ends well only when it is stopped'
is "$(shown "$chatter")" 'routed timeout 1 2026-01-02T03:05:05Z' 'a talker'

# --timeout: for all of it; what is stopped goes back and uses no attempt up.
id=$(sh_task "$hang" --set max_attempts=1 'Long')
exits 124 '--timeout' orch-run --timeout 1s "$id"
is "$(orch-list "$id" -o status,error_class,retry_at)" "$(printf 'routed\tinterrupted\t')" 'stops it, and it is ready again'
exits 69 'its only attempt is still there' sh -c "orch-set $id command='exit 3' >/dev/null; orch-run $id"
is "$(status "$id")" failed 'and is used now'

# SIGTERM, SIGINT and SIGQUIT (a terminal sends the last two).
for sig in TERM INT QUIT; do
	mkfifo "$T/up.$sig"
	one=$(sh_task "echo up >$T/up.$sig; $hang" "Stopped by $sig")
	two=$(sh_task "trap 'exit 0' TERM; echo up >$T/up.$sig; $hang" "Ends well at $sig")
	next=$(sh_task true -d "$one" 'After it')
	perl -e '$SIG{INT} = $SIG{QUIT} = "DEFAULT"; exec @ARGV' orch-run "$one" "$two" "$next" >"$T/out" 2>"$T/err" &
	pid=$!
	exec 3<>"$T/up.$sig"
	read -r up <&3
	read -r up <&3
	exec 3>&-
	kill -"$sig" $pid
	wait $pid
	is "$?/$(cat "$T/out")" 75/ "SIG$sig: $up, then stopped" || note "$(cat "$T/err")"
	is "$(orch-list "$one" -o status,error_class)" "$(printf 'routed\tinterrupted')" 'the task goes back'
	is "$(orch-list "$two" -o status,error_class)" "$(printf 'routed\tinterrupted')" \
		'so does one whose agent then ended well'
	is "$(orch-list "$next" -o status,attempts)" "$(printf 'routed\t')" 'nothing else was begun'
	orch-set "$one" "$two" "$next" -- depends_on=1,2,3 >/dev/null
done
is "$(alive)" '' 'no process of any of them is left'
# Who waits for a task of the same call is not told of: that one is.
mkdir "$T/w/waits" && cd "$T/w/waits" || exit 1
printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml
printf 'tasks:\n' >tasks.yml
add() { printf '  - {id: %s, title: t, status: routed, agent: sh, command: "%s", depends_on: [%s]}\n' "$1" "$2" "$3" >>tasks.yml; }
add 1 false '' && add 2 true 1 && add 3 true 2 && add 4 true 1,2,3 && add 5 true ''
exits 75 'a chain whose first fails' orch-run 1..5
like "$(cat "$T/err")" '*task 1*exit*' 'that is told'
is "$(grep -c 'waits for' "$T/err")/$(cat "$T/out")" 0/5 'and nothing of those that wait for it'
exits 75 'without the first' orch-run 2,3
is "$(cat "$T/err")" 'orch-run: warning: task 2: waits for task 1 (routed)' 'only what waits for another task is told of'
add 6 true 7 && add 7 true 6
exits 75 'a ring' orch-run 6,7
like "$(cat "$T/err")" '*6 -> 7 -> 6*7 -> 6 -> 7*' 'is told all the same'
done_testing
