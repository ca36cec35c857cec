#!/bin/sh
# Limits of agents: who is closed, until when, who takes the work meanwhile, and what a
# person is told.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/agents.sh
. "$ROOT/tests/data/cli/agents.sh"
export ORCH_TEST_NOSYNC=1
BASE='retry: {jitter: 0}
isolation: none
accept: unchecked
router: {agents: [one, two]}'

# fresh NAME [LINE ..]: a project with two agents, and these lines in orch.yml
fresh() {
	at 03:00:00
	mkdir "$T/w/$1" && cd "$T/w/$1" || exit 1
	shift
	printf '%s\n' "$BASE" "$@" >orch.yml
	printf 'tasks: []\n' >tasks.yml
	agent one
	agent two
}
# two_each: tasks 1 and 2 for agent one, 3 for agent two
two_each() {
	task one 'First' >/dev/null
	task one 'Second' >/dev/null
	task two 'Third' >/dev/null
}

# A cooldown until the time that was told.
fresh cooldown
two_each
does one "$(limit 600)"
exits 75 'an agent at its limit' orch-run 1
is "$(shown 1)" 'routed one rate_limited 1 2026-01-02T03:10:00Z' 'the task waits until then'
is "$(state one)" cooling 'and the agent is closed'
exits 75 'another task of that agent' orch-run 2
is "$(cat "$T/err")" "orch-run: warning: task 2: its agent one is cooling until 2026-01-02T03:10:00Z: rate_limited: try again in 600s" 'is told until when'
is "$(field 2 attempts)" - 'and was not started'
ok 'that of another agent' orch-run 3
is "$(status 3)" 'done' 'runs'
exits 75 'all that is ready' orch-run --ready
at 03:09:59
exits 75 'a second before' orch-run 2
at 03:10:00
does one "$(says_done)"
ok 'then it opens by itself' orch-run --ready
is "$(status 1) $(status 2)" 'done done' 'and all is done'
is "$(jq -r 'select(.topic | startswith("agent.")) | .topic + " " + .data.agent' .orch/events.jsonl)" \
	'agent.cooling one' 'the log of events tells of it'
valid 'nothing lies about'
# Without a time it is a pause that doubles, whichever task meets it.
fresh pauses
two_each
does one "echo '{\"type\":\"busy\",\"text\":\"at capacity\"}'; exit 1"
exits 75 'no time is told' orch-run 1
is "$(shown 1)" 'routed one overloaded 1 2026-01-02T03:01:00Z' 'it is a minute'
at 03:01:00
exits 75 'another task meets it again' orch-run 2
is "$(shown 2)" 'routed one overloaded 1 2026-01-02T03:03:00Z' 'it is two'
at 03:03:00
exits 75 'the limit is no attempt that counts' orch-run 1 2
is "$(shown 1)" 'routed one overloaded 2 2026-01-02T03:07:00Z' 'however often'

# Another agent takes it, and nobody twice.
fresh fallback 'agents: {one: {fallback: [nobody, two]}, two: {fallback: [one]}}'
two_each
does one "$(limit 600)"
exits 75 'it may go to another agent' orch-run 1
is "$(shown 1)" 'routed two rate_limited 1 ' 'it is the task of that one now, at once'
is "$(field 1 route_reason)" 'its agent one is cooling until 2026-01-02T03:10:00Z: rate_limited: try again in 600s' 'which says why'
ok 'a task that was not tried yet' orch-run 2
is "$(orch-list 2 -o status,agent,attempts | tr '\t' ' ')" 'done two 1' 'goes there when it is claimed'
does two "$(limit 900)"
exits 75 'that one is at its limit too' orch-run 1
is "$(shown 1)" 'routed two rate_limited 2 2026-01-02T03:15:00Z' 'the task does not go back to who had it'
at 03:10:00
exits 75 'not even when that one is open' orch-run 1
is "$(field 1 agent)" two 'but waits'
ok 'a person may' orch-retry 1
is "$(field 1 tried_agents)" - 'reset that too'
does one "$(says_done)"
ok 'then it goes on' orch-run 1
is "$(shown 1)" 'done one  3 ' 'with the number that it had'
# A failure that counts, counts wherever it happened.
fresh caps 'agents: {one: {fallback: [two]}}' 'max_attempts: 2'
task one 'First' >/dev/null
does one 'exit 3'
exits 75 'a failure' orch-run 1
does one "$(limit 600)"
at 03:01:00
exits 75 'then a limit' orch-run 1
does two 'echo other >&2; exit 4'
exits 69 'the next agent fails' orch-run 1
is "$(shown 1)" 'failed two crashed 3 ' 'that was the second that counts: re-routing gave none back'
like "$(field 1 reason)" '*used up (2 of 2)*' 'and says so'

# A login that is refused.
fresh login 'agents: {two: {fallback: [one]}}'
two_each
does one 'echo log in first >&2; exit 1'
exits 69 'a login is refused' orch-run 1
is "$(status 1) $(state one)" 'needs_review disabled' 'a person must act, for task and agent'
exits 77 'what else it should do' orch-run 2
like "$(cat "$T/err")" "*task 2: its agent one is disabled: auth: *orch-agent probe one*" 'waits, and says for what'
is "$(field 2 attempts)" - 'and is not tried'
does two 'echo no money >&2; exit 1'
exits 69 'one that has no money' orch-run 3
is "$(status 3) $(state two)" 'needs_review disabled' 'is disabled too, and the other is no help'
is "$(orch-agent reset two)" two 'a person opens it'
is "$(state two) $(state one)" 'open disabled' 'and only it'
does one "$(says_done)"
is "$(orch-agent reset)" suite 'or all'
orch-retry 1 >/dev/null
ok 'then it works' orch-run 1 2

# Failures of its own, however many tasks they are of, open its breaker; one attempt tries it.
fresh breaker 'breaker: {failures: 3, cooldown: 5m}' 'agents: {one: {slots: 4}}'
for i in 1 2 3 4; do task one "Task $i" >/dev/null; done
does one 'echo "broken $ORCH_TASK" >&2; exit 3'
exits 75 'two failures' orch-run 1 2
is "$(state one)" open 'are not enough'
exits 75 'the third' orch-run 3
is "$(state one)" tripped 'opens the breaker'
exits 75 'what else it should do' orch-run 4
like "$(cat "$T/err")" '*task 4: its agent one is tripped until 2026-01-02T03:05:00Z: 3 failures in a row, the last: crashed: *broken 3*' 'waits, and says why'
at 03:05:00
mkfifo "$T/go"
does one "echo x >>$T/begun; read -r x <$T/go; exit 3"
orch-run --ready -j 4 >"$T/run" 2>&1 &
wait_for test -s "$T/begun"
exits 75 'while one attempt tries it' orch-run 2
like "$(cat "$T/err")" '*half open: attempt [1-4]/* tries it*' 'no other is begun'
is "$(orch-agent list --json one | jq -r .breaker,.state | tr '\n' ' ')" 'half_open trial ' 'the list shows it'
echo >"$T/go"
wait $!
is "$(wc -l <"$T/begun")" 1 'of four that were ready one has been begun'
is "$(state one)" tripped 'it failed: the breaker is open again'
at 03:10:00
does one "$(says_done)"
ok 'a good one' orch-run 4
is "$(orch-agent list --json one | jq -r .breaker)" closed 'closes it'
ok 'and the rest can go on' orch-run 1 2 3
# What a command of a task ends with says nothing of sh.
for i in 1 2 3 4; do orch-add -a sh --command "exit $i" "Shell $i" >/dev/null; done
exits 75 'four commands fail' orch-run 5 6 7 8
is "$(state sh)" open 'the shell does not'
# One that lost its worker is no trial any more.
at 04:00:00
does one 'echo "broken $ORCH_TASK" >&2; exit 3'
for i in 1 2 3 4; do task one "More $i" >/dev/null; done
exits 75 'it breaks again' orch-run 9 10 11
at 04:05:00
does one "echo x >>$T/begun; exec tail -f /dev/null"
: >"$T/begun"
orch-run 12 >"$T/run" 2>&1 &
worker=$!
wait_for test -s "$T/begun"
keeper=$(keeper_of "$(alive | head -n 1)")
kill -9 $worker
kill -9 "$keeper"
let_go_of() { perl -e 'open L, "+<", ".orch/runs/$ARGV[0]/lock" or exit 1; flock L, 2' "$1"; }
let_go_of 12
wait $worker 2>/dev/null
does one "$(says_done)"
ok 'the trial was killed: the next one tries' orch-run 12
is "$(state one)" open 'and finds it well'

# An idle agent takes the work of a busy one, if it may, and if it has not begun.
fresh steal 'agents: {one: {slots: 1}, two: {slots: 1, steal: [one]}}'
task one 'First' >/dev/null
task one 'Second' >/dev/null
task two 'Its own' -p low >/dev/null
rm -f "$T/go" && mkfifo "$T/go"
does one "echo x >>$T/busy; read -r x <$T/go; $(says_done)"
orch-run 1 >"$T/run" 2>&1 &
wait_for test -s "$T/busy"
ok 'the other agent has work of its own' orch-run next
is "$(orch-list -o status,agent | tr '\t\n' '  ')" 'in_progress one routed one done two ' 'and does that first'
ok 'then it is idle' orch-run --ready
is "$(orch-list 2 -o status,agent,attempts,route_reason)" "$(printf 'done\ttwo\t1\tits agent one is busy')" 'and takes what waits for one that is busy'
echo >"$T/go"
wait $!
is "$(status 1)" 'done' 'which goes on'
# Without leave it does not.
fresh nosteal 'agents: {one: {slots: 1}}'
two_each
: >"$T/busy"
does one "echo x >>$T/busy; read -r x <$T/go; $(says_done)"
orch-run 1 >"$T/run" 2>&1 &
wait_for test -s "$T/busy"
exits 75 'nobody may take it' orch-run 2
like "$(cat "$T/err")" '*no free slot*' 'so it waits'
echo >"$T/go"
wait $!

# The harder model, while there is some left of it today.
fresh deep 'agents: {one: {model: plain, deep_model: strong, deep_per_day: 2}}'
does one "echo \"\$*\" >>$T/models; $(says_done)"
for i in 1 2 3; do task one --set complexity=complex "Hard $i" >/dev/null; done
task one --set complexity=simple 'Easy' >/dev/null
task one --set complexity=complex --set agent_model=chosen 'Hard, with a model' >/dev/null
ok 'all of them' orch-run -j 1 --ready
is "$(sed 's/.* -m //' "$T/models" | tr '\n' ' ')" 'strong strong plain plain chosen ' 'two get the harder model'
like "$(orch-agent list one)" '*	deep 2/2	*' 'used and limit are shown'
is "$(orch-list 1 --json | jq -r '.history[] | select(.note).note' | head -n 1)" 'attempt 1, agent one, model strong' 'the task tells which it had'
export ORCH_TEST_NOW=2026-01-03T00:00:00Z
orch-set 3 body=again >/dev/null
orch-retry 3 >/dev/null
ok 'the next day' orch-run 3
is "$(sed -n '$s/.* -m //p' "$T/models")" strong 'there is more'

# What a person holds back.
fresh hold
two_each
is "$(orch-agent pause one)" one 'a person pauses an agent'
is "$(orch-agent pause one)" '' 'it is so already'
exits 75 'its work' orch-run 1
like "$(cat "$T/err")" '*its agent one is paused: by hand, until orch-agent resume one*' 'waits'
ok 'that of another does not' orch-run 3
is "$(orch-agent resume one)" one 'resumed'
does one 'exit 3'
exits 75 'it goes on' orch-run 1
at 03:05:00
does one "$(says_done)"
is "$(orch-agent drain one)" one 'drained'
exits 75 'what has not begun' orch-run 2
ok 'what has begun is brought to its end' orch-run 1
orch-agent resume one >/dev/null
is "$(orch-agent stop)" suite 'all is stopped'
exits 69 'then nothing is claimed' orch-run --ready
like "$(cat "$T/err")" '*stopped: by hand*' 'and says so'
is "$(status 2)" routed 'whatever is ready'
ok 'recovery goes on' orch-retry --due
is "$(orch-agent resume)" suite 'until it is resumed'
ok 'then all runs' orch-run --ready
exits 78 'an agent that is not there' orch-agent pause nobody
like "$(cat "$T/err")" "*no agent 'nobody'*" 'is named'
snapshot
is "$(orch-agent -n stop)" suite 'a dry run says what it would do'
unchanged 'and does not'
ORCH_ATTEMPT=1/1 exits 2 'nothing is held back from inside an attempt' orch-agent stop

# The level, since when and why.
fresh levels
two_each
is "$(orch-status --json | jq -c '[.level, .since, .why]')" '["normal",null,null]' 'all is well'
does one "$(limit 600)"
exits 75 'one of two at its limit' orch-run 1
at 03:05:00
is "$(orch-status | sed -n '/^limited/p')" 'limited	since 2026-01-02T03:00:00Z, one: cooling until 2026-01-02T03:10:00Z: rate_limited: try again in 600s' 'is limited'
is "$(orch-status --json | jq -c '[.level, .since, .agents[0].agent]')" '["limited","2026-01-02T03:00:00Z","one"]' 'for programs too, with the agents'
orch-agent stop >/dev/null
like "$(orch-status)" '*halted	since 2026-01-02T03:05:00Z, stopped: by hand*' 'a stop halts'
orch-agent resume >/dev/null
does one 'echo log in first >&2; exit 1'
at 03:10:00
exits 69 'a login that is refused' orch-run 1
like "$(orch-status)" '*
2	routed	its agent one is disabled: auth: *' 'is a problem of each task that waits for it'

# Half of the agents closed: each has half of its slots.
fresh limited 'slots: 4' 'workers: 8'
for i in 1 2 3 4; do task two "Task $i" >/dev/null; done
orch-agent pause one >/dev/null
: >"$T/begun"
mkfifo "$T/go.1" "$T/go.2" "$T/go.3" "$T/go.4"
does two "echo x >>$T/begun; read -r x <$T/go.\$ORCH_TASK; $(says_done)"
orch-run --ready >"$T/run" 2>&1 &
both() { [ "$(wc -l <"$T/begun")" -eq 2 ]; }
wait_for both
exits 75 'a third' orch-run 3
like "$(cat "$T/err")" '*task 3: its agent has no free slot*' 'has to wait, though there are four slots'
is "$(orch-agent list two | cut -f 3)" 2/4 'the list shows how many are used'
for i in 1 2 3 4; do echo >"$T/go.$i"; done
wait
is "$(orch-list @done -o id | wc -l)" 4 'in the end all are done'

# The state is lost: nothing is claimed until a person says so.
fresh damaged 'agents: {one: {fallback: [nobody]}}'
two_each
exits 1 'fsck' orch-fsck
like "$(cat "$T/out")" "*agents.one.fallback*no agent 'nobody'*" 'names a stand-in that is not there'
orch-agent pause two >/dev/null
echo 'agents: {' >.orch/state/agents.json
exits 69 'what is known of the agents is damaged' orch-run 1
like "$(cat "$T/err")" '*its agent one is damaged: *orch-agent reset*kept as *agents.json.damaged*' 'that is told, and what to do'
is "$(cat .orch/state/agents.json.damaged)" 'agents: {' 'the evidence is kept'
exits 1 'fsck' orch-fsck
like "$(cat "$T/out")" '*state/agents.json*it is damaged*orch-agent reset*' 'knows it too'
orch-gc >/dev/null 2>&1
exits 69 'orch-gc keeps what there is' orch-run 1
is "$(orch-agent reset)" suite 'a person begins anew'
ok 'then it runs' orch-run 1
done_testing
