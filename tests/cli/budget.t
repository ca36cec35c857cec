#!/bin/sh
# Budgets: attempts, time, tokens and cost, of an attempt, a task, a tree, and a day of an
# agent and of all; reserved before the spawn, settled with what it really was.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/agents.sh
. "$ROOT/tests/data/cli/agents.sh"
export ORCH_TEST_NOSYNC=1

# fresh NAME [LINE ..]
fresh() {
	at 03:00:00
	mkdir "$T/w/$1" && cd "$T/w/$1" || exit 1
	shift
	printf '%s\n' 'retry: {jitter: 0}' 'isolation: none' 'accept: unchecked' "$@" >orch.yml
	printf 'tasks: []\n' >tasks.yml
	agent one
	agent two
}
# uses IN OUT USD: a line that tells it
uses() { echo "echo '{\"type\":\"use\",\"in\":$1,\"out\":$2,\"usd\":$3}'"; }
# today AGENT KEY
today() { orch-agent list --json "$1" | jq -c ".today.$2"; }

# Ten that start at once, with room for three.
fresh ten 'slots: 16' 'budget: {attempt: {cost_usd: 0.1}, day: {cost_usd: 0.3}}'
for i in 1 2 3 4 5 6 7 8 9 10; do task one "Task $i" >/dev/null; done
for i in 1 2 3 4 5 6 7 8 9 10; do mkfifo "$T/go.$i"; done
does one "echo \$ORCH_TASK >>$T/begun; read -r x <$T/go.\$ORCH_TASK; $(uses 10 5 0.04); $(says_done)"
: >"$T/begun"
for i in 1 2 3 4 5 6 7 8 9 10; do
	{ orch-run "$i" >/dev/null 2>"$T/err.$i"; echo $? >"$T/end.$i"; } &
done
refused() { [ "$(cat "$T"/end.* 2>/dev/null | grep -c 75)" -eq 7 ]; }
wait_for refused
result $? 'seven of ten that start at once are refused'
three() { [ "$(wc -l <"$T/begun")" -eq 3 ]; }
wait_for three
is "$(orch-list @in_progress -o id)" "$(sort -n "$T/begun")" 'three have started'
like "$(cat "$T"/err.*)" '*spent: 0.00 USD of 0.30 USD of the day used, more is reserved*' 'the others are told why'
exits 75 'while they run there is no room' orch-run --ready
while read -r id; do echo >"$T/go.$id"; done <"$T/begun"
wait
is "$(cat "$T"/end.* | sort | uniq -c | tr -s ' \n' ' ')" ' 3 0 7 75 ' 'those three are done'
is "$(today one cost_usd)/$(today one tokens)" 0.12/45 'what they really used takes the place of what they had reserved'
does one "$(uses 10 5 0.04); $(says_done)"
exits 75 'with what is left' orch-run -j 4 --ready
is "$(orch-list @done -o id | wc -l)" 6 'three more find room, one after the other'
like "$(cat "$T/err")" '*spent until 2026-01-03T00:00:00Z: 0.24 USD of 0.30 USD of the day used*' 'then the day is over'
export ORCH_TEST_NOW=2026-01-03T00:00:00Z
ok 'the next day' orch-run --ready
is "$(orch-list @done -o id | wc -l)" 10 'the rest is done'

# The day of one agent; another one has its own, and may take its work.
fresh agents 'agents: {one: {day: {attempts: 2}, fallback: [two]}, two: {day: {tokens: 100}}}'
for i in 1 2 3; do task one "Task $i" >/dev/null; done
task two 'Other' >/dev/null
does two "$(uses 60 40 0); $(says_done)"
ok 'two attempts are allowed' orch-run 1 2
is "$(orch-agent list one | cut -f 2,5)" "$(printf 'spent\t2/2')" 'then the agent has had its day'
ok 'what else it should do' orch-run 3
is "$(orch-list 3 -o agent,route_reason)" "$(printf 'two\tits agent one is spent until 2026-01-03T00:00:00Z: 2 attempts of 2 attempts of the day of agent one used')" 'another one does'
exits 75 'which has used up its tokens by that' orch-run 4
like "$(cat "$T/err")" '*100 tokens of 100 tokens of the day of agent two used*' 'and says so'
orch-add -a sh --command true 'Shell' >/dev/null
ok 'sh uses neither' orch-run 5

# A task: its own budget before that of orch.yml; only a person gives it back.
fresh tasks 'budget: {task: {cost_usd: 0.375}}' 'max_attempts: 9' 'same_error_limit: 99' 'breaker: {failures: 99}'
task one 'As in orch.yml' >/dev/null
task one --set budget=0.25 'Its own' >/dev/null
task one 'In tokens' >/dev/null && sed -i 's/^    title: In tokens$/&\n    budget: {tokens: 60}/' tasks.yml
task one 'Attempts' >/dev/null && sed -i 's/^    title: Attempts$/&\n    budget: {attempts: 2}/' tasks.yml
does one "$(uses 20 10 0.125); echo bad >&2; exit 3"
exits 75 'an attempt of each' orch-run 1 2 3 4
at 04:00:00 && exits 69 'a second' orch-run 1 2 3 4
is "$(orch-list -o status,reason | tr '\t\n' '  ')" \
	'routed  failed over budget: 0.25 USD of 0.25 USD of the task failed over budget: 60 tokens of 60 tokens of the task failed attempts used up (2 of 2) ' 'three have used up what they may'
at 06:00:00 && exits 69 'a third of the other' orch-run 1
like "$(field 1 reason)" '*0.38 USD of 0.38 USD*' 'and so has that'
orch-retry 1 >/dev/null
is "$(field 1 retried_usage | jq -c 'del(.seconds)')" '{"input_tokens":60,"output_tokens":30,"cost_usd":0.375,"attempts":3}' 'a person puts it back: what was used counts no longer'
does one "$(uses 20 10 0.125); $(says_done)"
ok 'and it goes on' orch-run 1
is "$(field 1 usage | jq -c .cost_usd)" 0.5 'what it used in all is still told'
# With less than nothing it is not begun.
task one --set budget=0 'Nothing' >/dev/null
exits 69 'a budget of nothing' orch-run 5
like "$(cat "$T/err")" '*task 5: spent: 0.00 USD of 0.00 USD of the task used*' 'starts nothing'
is "$(field 5 attempts)" - 'not once'

# A tree: the task, its parent and all below that.
fresh tree 'budget: {tree: {attempts: 2}}'
task one 'Parent' >/dev/null
task one --parent 1 'Child' >/dev/null
task one --parent 2 'Grandchild' >/dev/null
task one 'Another tree' >/dev/null
ok 'two of a tree' orch-run 3 2
exits 69 'the third' orch-run 1
like "$(cat "$T/err")" '*task 1: spent: 2 attempts of 2 attempts of its tree used*' 'is too much'
ok 'another tree has its own' orch-run 4
is "$(orch-retry 1)" 1 'a person puts it back'
ok 'and with it what the tree has used' orch-run 1

# What has been archived of a tree was used all the same.
# below PARENT TITLE: a task whose parent is archived, which a person has written
below() { printf -- '  - {title: %s, status: routed, agent: one, parent_id: %s}\n' "$2" "$1" >>tasks.yml; }
fresh archived 'budget: {tree: {attempts: 3}}' 'gc: {archive_after: 1h}'
task one 'Parent' >/dev/null
task one --parent 1 'Child' >/dev/null
ok 'two of a tree' orch-run 1 2
at 05:00:00
is "$(orch-gc archive | tr '\n' ' ')" '1 2 ' 'are archived'
printf 'next_id: 3\ntasks:\n' >tasks.yml
below 2 Grandchild
below 1 Child
task one 'Another tree' >/dev/null
ok 'a third' orch-run 3
exits 69 'a fourth' orch-run 4
like "$(cat "$T/err")" '*task 4: spent: 3 attempts of 3 attempts of its tree used*' 'is too much'
ok 'another tree has its own' orch-run 5
is "$(orch-retry 4)" 4 'a person puts it back'
is "$(field 4 retried_usage.archived.attempts)" 2 'and with it what archived tasks have used'
ok 'so it is run' orch-run 4
for title in Fifth Sixth Seventh; do below 1 "$title"; done
orch-set -q 5 body=x >/dev/null
ok 'and two more' orch-run 6 7
exits 69 'but no more' orch-run 8
at 07:00:00
orch-cancel -q 8 >/dev/null
at 09:00:00
is "$(orch-gc archive | tr '\n' ' ')" '3 4 5 6 7 8 ' 'all of it is archived'
printf 'next_id: 9\ntasks:\n' >tasks.yml
below 8 Ninth
exits 69 'what was given back before that' orch-run 9
like "$(cat "$T/err")" '*task 9: spent: 3 attempts of 3 attempts of its tree used*' 'stays given, and no more than that'
echo '- {' >>.orch/archive/2026-01.yml
exits 65 'an archive that cannot be read' orch-run 9
like "$(cat "$T/err")" '*task 9: what its tree has used is not known: *2026-01.yml*' 'may hold too much'

# Time: an attempt gets no more than is left.
fresh time 'budget: {task: {time: 1s}}'
task one 'Slow' >/dev/null
does one 'exec tail -f /dev/null'
exits 69 'the time of a task' orch-run 1
like "$(shown 1) $(field 1 reason)" 'failed one timeout 1 *over budget: * of 1s of the task' 'is shorter than its timeout'

# Not in whole seconds: what is less than half of one counts too, and what is more is not lost.
fresh short 'budget: {task: {time: 1500ms}}'
task one 'Slow' >/dev/null
does one 'exec tail -f /dev/null'
exits 69 'a second and a half' orch-run 1
took=$(jq .ms .orch/runs/1/1/result.json)
[ "$took" -ge 1500 ]
result $? 'is that long'
like "$(field 1 reason)" 'over budget: 1s*ms of 1s500ms of the task' 'and told so'
fresh shorter 'budget: {task: {time: 1ms}, day: {time: 100s}}'
task one 'Quick' >/dev/null
does one 'exec tail -f /dev/null'
exits 69 'what takes some milliseconds' orch-run 1
like "$(field 1 reason)" 'over budget: *ms of 1ms of the task' 'has used them'
is "$(field 1 usage.seconds)/$(today one seconds)" "$(jq '.ms / 1000 | "\(.)/\(.)"' -r .orch/runs/1/1/result.json)" \
	'just as long as it took'
task one --set budget='{"seconds": 1.25}' 'Its own' >/dev/null
exits 69 'a budget of its own' orch-run 2
like "$(field 2 reason)" 'over budget: 1s*ms of 1s250ms of the task' 'may have decimals too'

# A word that nobody reads is no limit: it is not written, and where a person wrote it, told.
fresh unknown
task one 'Typed' >/dev/null
refuses 2 'orch-set with a key that is none' orch-set 1 budget='{"token":5}'
like "$(cat "$T/err")" "orch-set: task 1: budget: 'token' is not one of attempts tokens seconds cost_usd" 'names those that are'
refuses 2 'the same as JSON' orch-set --json 1 budget='{"tokens":5,"time":60}'
refuses 2 'orch-add' orch-add --set budget='{"tokens":1.5}' 'No half tokens'
like "$(cat "$T/err")" '*budget: tokens: a whole number expected' 'counts are whole'
echo '{"title":"x","budget":{"usd":1}}' >"$T/json"
refuses 65 'a file of tasks' orch-add --json "$T/json"
sed -i 's/^    title: Typed$/&\n    budget: {tokens: 50, usd: 1}/' tasks.yml
ok 'a person wrote one' orch-list 1 -o budget
is "$(cat "$T/out")" '{"tokens":50,"usd":1}' 'the file can be read'
exits 1 'but is not sound' orch-fsck
like "$(cat "$T/out")" "*schema	tasks.yml:4:26	budget: 'usd' is not one of attempts tokens seconds cost_usd*" 'and the place is named'
ok 'it is kept by a change' orch-set 1 body=x
is "$(field 1 budget.usd)" 1 'of another field'
ok 'and mended by one' orch-set 1 budget='{"tokens":50}'
ok 'then all is well' orch-fsck -q

# While it runs: who tells that it has used too much is stopped, and the work is kept.
fresh watched 'budget: {attempt: {tokens: 100}}'
task one 'Greedy' >/dev/null
does one "$(uses 30 30 0); echo kept >kept; $(uses 30 30 0); exec tail -f /dev/null"
exits 69 'more tokens than an attempt may use' orch-run 1
is "$(shown 1)" 'failed one over_budget 1 ' 'it is stopped'
is "$(field 1 reason)" 'over budget: the attempt was stopped' 'with a reason'
is "$(cat kept)" kept 'what it did is there'
is "$(jq -r .stop .orch/runs/1/1/result.json)" over_budget 'the keeper did that'
is "$(today one tokens)" 120 'and all of it counts'
fresh money
task one --set budget=0.1 'Dear' >/dev/null
does one "$(uses 1 1 0.11); exec tail -f /dev/null"
exits 69 'more money than the task may cost' orch-run 1
is "$(shown 1)" 'failed one over_budget 1 ' 'it is stopped too'

# An agent that counts its whole session: only what is more is booked.
fresh session
agent one session
task one 'Long' >/dev/null
going='{"type":"done","text":"{\"status\":\"in_progress\",\"summary\":\"half\"}","session":"s1"}'
does one "$(uses 100 10 0.5); printf '%s\n' '$going'"
exits 75 'the first part' orch-run 1
does one "$(uses 150 15 0.75); echo '{\"session\":\"s1\"}'; $(says_done)"
ok 'the second, in the same session' orch-run 1
is "$(field 1 usage | jq -c '[.input_tokens, .output_tokens, .cost_usd]')" '[150,15,0.75]' 'are together what it told last'
is "$(today one cost_usd)" 0.75 'in the day too'

# One that was killed and told nothing has used what it had reserved.
fresh lost 'budget: {attempt: {cost_usd: 0.5, tokens: 1000}}'
task one 'Lost' >/dev/null
: >"$T/begun"
does one "echo x >>$T/begun; exec tail -f /dev/null"
orch-run 1 >/dev/null 2>&1 &
worker=$!
wait_for test -s "$T/begun"
keeper=$(keeper_of "$(alive | head -n 1)")
kill -9 $worker
kill -9 "$keeper"
perl -e 'open L, "+<", ".orch/runs/1/lock" or exit 1; flock L, 2'
wait $worker 2>/dev/null
ok 'it is put back' orch-retry --due
is "$(today one cost_usd)/$(today one tokens)" 0.5/1000 'its reservation counts as used'
is "$(field 1 usage | jq -c '[.cost_usd, .input_tokens]')" '[0.5,1000]' 'by the task too'
is "$(orch-agent list --json one | jq .slots.used)" 0 'and nothing is reserved any more'
done_testing
