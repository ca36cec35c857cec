#!/bin/sh
# orch-run with what the real programs wrote, played again: success, limits, logins, errors,
# crashes, and what must become of the task.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
RUNS=$ROOT/tests/data/transcripts REPLAY=$ROOT/build/$V/fake/replay
PATH=$T/bin:$PATH
mkdir "$T/bin"

# plays AGENT FOLDER [-n]: from now on the agent does that, whatever limit it was at
plays() {
	[ ! -e .orch ] || orch-agent reset >/dev/null
	printf '#!/bin/sh\nexec %s %s %s "$@"\n' "$REPLAY" "${3-}" "$RUNS/$1/$2" >"$T/bin/$1"
	chmod +x "$T/bin/$1"
}
shown() { orch-list "$1" -o status,error_class,attempts,retry_at | tr '\t' ' '; }

# The player itself.
plays codex e401.builtin
exits 1 'it ends as the run did' sh -c 'echo a prompt | codex exec --json -'
cmp -s "$T/out" "$RUNS/codex/e401.builtin/stdout" && cmp -s "$T/err" "$RUNS/codex/e401.builtin/stderr"
result $? 'with all that was written'
plays opencode ok.emptystdin
opencode run 2>&1 </dev/null | cmp -s - "$RUNS/opencode/ok.emptystdin/stderr"
result $? 'on the same stream'
plays codex slowtool.yolo.SIGKILL -n
exits 137 'it dies as the run did' sh -c 'codex exec </dev/null; exit $?'
printf '#!/bin/sh\nexec %s %s\n' "$REPLAY" "$T/nothing" >"$T/bin/codex"
exits 125 'a run that is not there is no agent that failed' codex exec

# Each in a task of its own: the status that it must have then, its class, the attempts
# that it used up, when it is due again; and a word of what is told.
project
printf 'retry: {jitter: 0}\ngrace: 1s\nisolation: none\nidle_timeout: 20s\n' >orch.yml
plays opencode ok.router
id=$(orch-add -a opencode 'No model')
exits 69 'opencode without a model' orch-run "$id"
like "$(orch-show "$id")" '*opencode needs a model*agents.opencode.model*' 'is not run'
printf 'agents: {opencode: {model: provider/model}}\n' >>orch.yml
while IFS='|' read -r agent folder how exit want word; do
	case $agent in '#'* | '') continue ;; esac
	timeout=30s
	case $how in stop) timeout=1s how= ;; esac
	plays "$agent" "$folder" "$how"
	id=$(orch-add -a "$agent" --set "timeout=$timeout" "$agent $folder")
	exits "$exit" "$agent $folder $how" orch-run "$id"
	is "$(shown "$id")" "$want" '- the task'
	like "$(orch-show "$id") $(cat "$T/err")" "*$word*" '- and why'
done <<'END'
# success: there is an answer, and nothing to check it with
claude|asktool.stream||0|in_review  1 |unchecked
codex|ok||0|in_review  1 |unchecked
opencode|ok.router||0|in_review  1 |unchecked
gemini|ok.stream||0|in_review  1 |unchecked
qwen|ok||0|in_review  1 |made.txt
copilot|ok||0|in_review  1 |made.txt
claude|fenced.stream||0|in_review  1 |stub result
codex|r429_retry=2_fails=1||0|in_review  1 |stub result
codex|failtool.yolo||0|in_review  1 |stub result
# it had ended, but would not go: it was stopped, and that is none of its faults
claude|bgparam|stop|0|in_review  1 |stub result
# limits
claude|r429.maxretries0||75|routed rate_limited 1 2026-01-02T03:05:05Z|per-minute rate limit
claude|made.limit||75|routed rate_limited 1 2026-01-03T03:04:05Z|hit your limit
claude|made.banner||75|routed rate_limited 1 2026-01-03T03:04:05Z|usage limit reached
claude|limit||75|routed rate_limited 1 2026-01-03T03:04:05Z|5-hour limit
codex|limit||75|routed rate_limited 1 2026-01-02T22:02:00Z|try again at 10:02 PM
gemini|limit||75|routed rate_limited 1 2026-01-02T04:04:05Z|retry after 3600s
copilot|limit||75|routed rate_limited 1 2026-01-02T03:05:05Z|Rate limit reached
qwen|throttle|stop|75|routed rate_limited 1 2026-01-02T03:05:05Z|Rate limit reached
codex|ratesse||75|routed rate_limited 1 2026-01-02T03:04:25Z|try again in 20s
codex|r429_retry=3600|stop|75|routed rate_limited 1 2026-01-02T03:05:05Z|429 Too Many Requests
opencode|usage.printlogs|stop|75|routed rate_limited 1 2026-01-02T03:05:05Z|usage limit
gemini|quota.stream|stop|75|routed rate_limited 1 2026-01-02T03:05:05Z|429
# a service that is down
claude|e529.maxretries1||75|routed overloaded 1 2026-01-02T03:05:05Z|529 Overloaded
codex|oversse||75|routed overloaded 1 2026-01-02T03:05:05Z|at capacity
opencode|oversse||75|routed overloaded 1 2026-01-02T03:05:05Z|Overloaded
copilot|overloaded||75|routed overloaded 1 2026-01-02T03:05:05Z|503
qwen|overloaded|stop|75|routed overloaded 1 2026-01-02T03:05:05Z|The server is overloaded
copilot|drop||75|routed overloaded 1 2026-01-02T03:05:05Z|connection closed
gemini|drop.stopped|stop|75|routed overloaded 1 2026-01-02T03:05:05Z|fetch failed
claude|drop.maxretries1||75|routed overloaded 1 2026-01-02T03:05:05Z|Connection dropped
# a login, a quota, a model: a person
claude|ok.nologin||69|needs_review auth 1 |/login
claude|e401.stream|stop|69|needs_review auth 1 |401
codex|e401||69|needs_review auth 1 |401 Unauthorized
opencode|e403||69|needs_review auth 1 |does not have permission
claude|quota||69|needs_review billing 1 |Credit balance
codex|quota||69|needs_review billing 1 |billing details
codex|e404||69|needs_review auth 1 |nosuchmodel
qwen|auth||69|needs_review auth 1 |Incorrect API key
copilot|auth||69|needs_review auth 1 |COPILOT_PROVIDER_API_KEY
qwen|model||69|needs_review auth 1 |this-one
copilot|model||69|needs_review auth 1 |not found on provider
codex|ok.q||69|needs_review auth 1 |unexpected argument
# its own limit of turns or money, a refusal, what is not allowed: a person too
claude|made.max_turns||69|needs_review refused 1 |maximum number of turns
claude|made.max_budget||69|needs_review refused 1 |maximum budget
claude|e400||69|needs_review refused 1 |something malformed
opencode|tool.permask||69|needs_review refused 1 |rejected permission
# once more, with half of the context
claude|ctx.stream||75|routed context_overflow 1 |too long
codex|ctx||75|routed context_overflow 1 |out of room
qwen|context||75|routed context_overflow 1 |maximum context length
copilot|context||75|routed context_overflow 1 |maximum context length
opencode|ctxsse||75|routed context_overflow 1 |context window
# errors and crashes count
claude|maxtok||75|routed invalid_output 1 2026-01-02T03:05:05Z|output token maximum
codex|maxtok||75|routed invalid_output 1 2026-01-02T03:05:05Z|max_output_tokens
codex|refusal||75|routed invalid_output 1 2026-01-02T03:05:05Z|without an answer
qwen|cut||75|routed invalid_output 1 2026-01-02T03:05:05Z|first half
copilot|cut||75|routed invalid_output 1 2026-01-02T03:05:05Z|first half
qwen|empty||75|routed invalid_output 1 2026-01-02T03:05:05Z|empty response
copilot|empty||75|routed invalid_output 1 2026-01-02T03:05:05Z|No response was returned
claude|prose||75|routed invalid_output 1 2026-01-02T03:05:05Z|the moon is full
claude|ok.sysfile||75|routed invalid_output 1 2026-01-02T03:05:05Z|no event
claude|slowtool.SIGKILL|-n|75|routed crashed 1 2026-01-02T03:05:05Z|SIGKILL
claude|slowtool.SIGTERM|-n|75|routed crashed 1 2026-01-02T03:05:05Z|143
codex|slowtool.yolo.SIGTERM|-n|75|routed crashed 1 2026-01-02T03:05:05Z|SIGTERM
opencode|slowtool.SIGHUP|-n|75|routed crashed 1 2026-01-02T03:05:05Z|SIGHUP
# so does one that says nothing until its time is up
claude|hang.stream.killed|stop|75|routed timeout 1 2026-01-02T03:05:05Z|time was up
codex|midhang|stop|75|routed timeout 1 2026-01-02T03:05:05Z|time was up
opencode|r429_retry=3600|stop|75|routed timeout 1 2026-01-02T03:05:05Z|time was up
END

# A limit uses no attempt up; what the agent did wrong does.
plays claude made.limit
id=$(orch-add -a claude --set max_attempts=1 'One attempt')
exits 75 'a limit in the only attempt' orch-run "$id"
plays claude maxtok
exits 69 'then an answer that was cut' orch-run "$id"
is "$(shown "$id")" 'failed invalid_output 2 ' 'and no attempt is left'

# One that does not hear TERM gets no longer than its driver says.
printf 'grace: 60s\nisolation: none\n' >orch.yml
plays gemini e500
id=$(orch-add -a gemini --set timeout=1s 'Deaf')
exits 75 'a program that does not hear' orch-run "$id"
is "$(jq '.signal, .ms < 30000' ".orch/runs/$id/1/result.json" | tr '\n' ' ')" '9 true ' 'is killed without a minute of grace'

# What is kept of a success.
plays claude asktool.stream
id=$(orch-add -a claude --verify true 'A check')
ok 'with a check' orch-run "$id"
is "$(shown "$id")" 'done  1 ' 'it is done'
is "$(field "$id" session)" 5eb6e74e-a533-4b90-9d70-d37a1ba95ecd 'its session'
is "$(orch-list "$id" --json | jq -c '.usage | [.input_tokens, .output_tokens, .cost_usd]')" '[1500,34,0.0042]' 'its usage'
like "$(tr '\n' ' ' <".orch/runs/$id/1/argv")" \
	"$T/bin/claude -p --output-format stream-json --verbose --add-dir */out --permission-mode acceptEdits " \
	'the command line that was used'
like "$(tr '\n' ' ' <".orch/runs/$id/1/env")" '*CLAUDE_CODE_MAX_RETRIES *' 'and the names of its environment'
printf 'agents: {codex: {model: gpt-5.1}}\nisolation: none\n' >orch.yml
plays codex ok
id=$(orch-add -a codex 'A price')
ok 'codex tells no cost' orch-run "$id"
is "$(orch-list "$id" --json | jq -c '.usage.cost_usd * 1e7 | round')" 18775 'its price makes one'
is "$(orch-list "$id" --json | jq -c '.usage.estimated_usd == .usage.cost_usd')" true 'and that is an estimate'

plays copilot ok
id=$(orch-add -a copilot 'A usage file')
ok 'copilot tells its tokens in a file' orch-run "$id"
is "$(orch-list "$id" --json | jq -c '.usage | [.input_tokens, .output_tokens, .cost_usd]')" '[3000,68,null]' 'they are read'

# What was stopped on request goes on in its session.
plays claude hang.stream.killed
id=$(orch-add -a claude 'Stopped')
exits 124 'stopped on request' orch-run --timeout 1s "$id"
is "$(shown "$id")" 'routed interrupted 1 ' 'it goes back'
is "$(field "$id" session)" "$(jq -rn 'first(inputs | .session_id // empty)' "$RUNS/claude/hang.stream.killed/stdout")" 'its session is kept'

# Who counts a whole session tells in each run what the ones before told: it is booked once.
cat >"$T/bin/codex" <<END
#!/bin/sh
cat >/dev/null
echo >>$T/calls
n=\$(wc -l <$T/calls) status=in_progress
[ "\$n" -lt 3 ] || status=done
echo '{"type":"thread.started","thread_id":"th-1"}'
echo '{"type":"item.completed","item":{"type":"agent_message","text":"{\\"status\\":\\"'"\$status"'\\",\\"summary\\":\\"x\\"}"}}'
echo '{"type":"turn.completed","usage":{"input_tokens":'"\${n}000"',"cached_input_tokens":0,"output_tokens":'"\${n}0"'}}'
END
id=$(orch-add -a codex 'Three runs')
exits 75 'it wants to go on' orch-run "$id"
exits 75 'twice' orch-run "$id"
ok 'and is ready' orch-run "$id"
is "$(orch-list "$id" --json | jq -c '.usage | [.input_tokens, .output_tokens, (.cost_usd * 1e6 | round)]')" '[3000,30,4050]' \
	'what three runs used is what their session used'
is "$(grep -c th-1 ".orch/runs/$id/1/argv" ".orch/runs/$id/2/argv" ".orch/runs/$id/3/argv" | cut -d: -f2 | tr '\n' ' ')" '0 1 1 ' \
	'that was one session'
done_testing
