#!/bin/sh
# Agents that are closed, as orch-list tells it of their tasks: in the words of orch-run.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/agents.sh
. "$ROOT/tests/data/cli/agents.sh"
export ORCH_TEST_NOSYNC=1

# fresh NAME [LINE ..]: tasks 1 and 2 for agent one, 3 for two, and these lines in orch.yml
fresh() {
	at 03:00:00
	mkdir "$T/w/$1" && cd "$T/w/$1" || exit 1
	shift
	printf '%s\n' 'retry: {jitter: 0}' 'isolation: none' 'accept: unchecked' "$@" >orch.yml
	printf 'tasks: []\n' >tasks.yml
	agent one
	agent two
	task one 'First' >/dev/null
	task one 'Second' >/dev/null
	task two 'Third' >/dev/null
}
# same NAME: orch-list says of task 2 what orch-run says, which does not start it
same() {
	snapshot
	is "$(orch-list --ready -o id | tr '\n' ' ')" "${ready-3 }" "$1: what can run"
	like "$(orch-list --explain 2)" "2	$2" "$1: why the other cannot"
	untouched "$1: by looking at it"
	orch-run 2 >"$T/out" 2>"$T/err"
	is "$(cat "$T/err")" "orch-run: warning: task 2: $(orch-list --explain 2 | cut -f 2)" "$1: in the words of orch-run"
	is "$(field 2 attempts)" - 'which does not start it'
}

fresh open
is "$(orch-list --ready -o id | tr '\n' ' ')" '1 2 3 ' 'all are open'
like "$(orch-list --explain 2)" '2	ready: *' 'and ready'

fresh held
orch-cancel -q 1 >/dev/null
orch-agent pause one >/dev/null
same 'a pause' 'its agent one is paused: by hand, until orch-agent resume one'
orch-agent stop one >/dev/null
same 'a stop' 'its agent one is stopped: by hand, until orch-agent resume one'
orch-agent resume one >/dev/null
orch-agent pause >/dev/null
ready='' same 'the suite is paused' 'its agent one is paused: by hand, until orch-agent resume'
orch-agent resume >/dev/null
orch-set -q 2 -- depends_on=3 >/dev/null
orch-agent pause one >/dev/null
is "$(orch-list --explain 2)" '2	waits for task 3 (routed)' 'one that waits for a task says that first'
is "$(orch-list -o id | tr '\n' ' ')" '1 2 3 ' 'the plain list has them all'

fresh cooling
does one "$(limit 600)"
exits 75 'a limit' orch-run 1
same 'cooling' 'its agent one is cooling until 2026-01-02T03:10:00Z: rate_limited: try again in 600s'
at 03:10:00
is "$(orch-list --ready -o id | tr '\n' ' ')" '1 2 3 ' 'when it is over it is open'

fresh disabled
does one 'echo "log in first" >&2; exit 1'
exits 69 'a login that is refused' orch-run 1
same 'disabled' 'its agent one is disabled: auth: *(mended[?] orch-agent probe one)'

fresh tripped 'breaker: {failures: 1, cooldown: 5m}'
does one 'echo bad >&2; exit 3'
exits 75 'a failure of its own' orch-run 1
same 'tripped' 'its agent one is tripped until 2026-01-02T03:05:00Z: 1 failures in a row, the last: *'

fresh spent 'agents: {one: {day: {attempts: 1}}}'
ok 'one attempt' orch-run 1
same 'spent' 'its agent one is spent until 2026-01-03T00:00:00Z: 1 attempts of 1 attempts of the day of agent one used'

fresh day 'budget: {day: {attempts: 1}}'
ok 'one attempt' orch-run 1
ready='' same 'the day of all' 'spent until 2026-01-03T00:00:00Z: 1 attempts of 1 attempts of the day used'

# Who has a stand-in can run.
fresh fallback 'agents: {one: {fallback: [two]}}'
orch-agent pause one >/dev/null
is "$(orch-list --ready -o id | tr '\n' ' ')" '1 2 3 ' 'a fallback that is open takes its work'
ok 'it runs' orch-run 1
is "$(field 1 agent)" two 'there'
orch-agent pause two >/dev/null
ready='' same 'which is closed too' 'its agent one is paused: *'

fresh damaged
orch-agent pause two >/dev/null
echo 'agents: {' >.orch/state/agents.json
ok 'what is known of agents is damaged' orch-list --ready
is "$(cat "$T/out")" '' 'nothing can run'
like "$(orch-list --explain 2)" '2	its agent one is damaged: *orch-agent reset*' 'and why'
ok 'the plain list' orch-list
is "$(wc -l <"$T/out")" 3 'needs nothing of it'
done_testing
