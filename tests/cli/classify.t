#!/bin/sh
# orch-agent classify: what the end of a run means, on the line and for recorded runs.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
RUNS=$ROOT/tests/data/transcripts

# told FILTER: what jq finds in the last output
told() { jq -rc "$1" "$T/out"; }

project
ok 'help' orch-agent -h
refuses 2 'another verb' orch-agent clasify claude
like "$(cat "$T/err")" "*'clasify'*did you mean 'classify'?*" 'says which was meant'
refuses 2 'a verb from a stranger' orch-agent "$(printf 'x\033[2J')" claude
refuses 2 'no agent' orch-agent classify --exit 0
refuses 2 'two agents' orch-agent classify claude codex --exit 0
refuses 2 'no end' orch-agent classify claude --killed
refuses 2 'no exit status' orch-agent classify claude --exit x
refuses 2 'none that can be' orch-agent classify claude --exit 256
refuses 2 'no signal' orch-agent classify claude --signal SIGNAL
refuses 2 'signal 0' orch-agent classify claude --signal 0
refuses 2 'two ends at once' orch-agent classify claude --exit 0 --signal KILL
like "$(cat "$T/err")" '*--exit and --signal: *' 'both options are named'
refuses 2 'stopped for no reason that we know' orch-agent classify claude --exit 1 --killed=boredom
refuses 2 'one standard input for two' orch-agent classify claude --exit 1 --stdout - --stderr -
refuses 2 'nor for three' orch-agent classify claude --exit 1 --stdout - --usage -
refuses 78 'an agent that is not there' orch-agent classify nobody --exit 0
refuses 71 'a file that is not there' orch-agent classify claude --exit 0 --stdout nothing
truncate -s 9M big
refuses 65 'a file that is too long' orch-agent classify claude --exit 0 --stdout big
rm big
mkdir -p orch.d/agents
printf 'argv: {run: []}\nerror:\n  - class: auth\n    evnt: x\n' >orch.d/agents/mine.yml
refuses 78 'a driver that is not valid' orch-agent classify mine --exit 0
like "$(cat "$T/err")" "*orch.d/agents/mine.yml:4:5: error.0.evnt: unknown key 'evnt' (did you mean 'event'?)" \
	'is told with line and column'

# What it prints.
printf '{"type":"error","error":{"data":{"message":"\\u001b]0;x\\u0007 \\u009b2J","statusCode":429}}}\n' >hostile
snapshot
ok 'one that ended well' orch-agent classify claude --stdout "$RUNS/claude/ok/stdout" --exit 0
is "$(told '[.schema, .agent, .class, .good, .treated_as, .message]')" '[1,"claude","ok",true,null,null]' 'is ok'
is "$(told .session)" 77c47f48-edaf-477d-b846-de5097613327 'its session'
is "$(told '.text | fromjson | .status')" 'done' 'its text'
is "$(told .tokens)" '{"input":1500,"cached":300,"output":34,"reasoning":0,"scope":"run"}' 'its tokens by kind'
is "$(told '[.cost_usd, .cost_scope, .cost_by]')" '[0.0042,"session","agent"]' 'its cost'
ok 'from standard input' sh -c 'orch-agent classify claude --stdout - --exit 0 <"$1"' sh "$RUNS/claude/ok/stdout"
is "$(told .class)" ok 'too'
ok 'a price makes a cost' orch-agent classify codex --model gpt-5.1 --stdout "$RUNS/codex/ok/stdout" --exit 0
is "$(told '[(.cost_usd * 1e7 | round), .cost_scope, .cost_by]')" '[18775,"session","price"]' 'of the session, as its tokens are'
ok 'tokens in a file of their own' orch-agent classify copilot --stdout "$RUNS/copilot/ok/stdout" --usage "$RUNS/copilot/ok/usage" --exit 0
is "$(told .tokens)" '{"input":3000,"cached":600,"output":68,"scope":"session"}' 'are told too'
ok 'one with a limit' orch-agent classify codex --stdout "$RUNS/codex/ratesse/stdout" --exit 1
is "$(told '[.class, .good, .treated_as, .rule, .reset_at]')" \
	'["rate_limited",false,"rate_limited","error.1","2026-01-02T03:04:25Z"]' 'says when it ends'
is "$(told .message)" "$(told .evidence)" 'and by which words'
ok 'one without credit' orch-agent classify claude --stdout "$RUNS/claude/quota/stdout" --exit 1
is "$(told '[.class, .treated_as]')" '["quota","billing"]' 'and what it is treated as'
for signal in KILL SIGKILL 9; do
	ok "killed by $signal" orch-agent classify gemini --signal $signal --stderr "$RUNS/gemini/e529/stderr"
	is "$(told '[.class, .session]')" '["crashed",null]' 'by somebody'
done
ok 'by us' orch-agent classify gemini --signal KILL --stderr "$RUNS/gemini/e529/stderr" --killed=idle
is "$(told '[.class, .rule]')" '["overloaded","evidence.1"]' 'it had said why it waited'
for why in timeout idle output asked; do
	ok "stopped: $why" orch-agent classify gemini --signal KILL --killed=$why
	is "$(told .class)" $why 'and nothing known'
done
ok 'nothing at all' orch-agent classify opencode --exit 0
is "$(told '[.class, .good, .treated_as, .tokens, .cost_usd]')" '["no_result",false,"invalid_output",null,null]' \
	'is no success, and a count that was not told is none'
ok 'what a stranger wrote' orch-agent classify opencode --exit 1 --stdout hostile
is "$(told .class)" rate_limited 'is read'
is "$(LC_ALL=C tr -d '\n -~' <"$T/out" | wc -c)" 0 'and printed as JSON that no terminal obeys' ||
	note "$(od -c "$T/out")"
ok 'sh' orch-agent classify sh --exit 3
is "$(told '[.class, .message]')" '["failed","exit status 3"]' 'by its exit status'
unchanged 'nothing of it changed anything'
ok 'inside an attempt' env ORCH_ATTEMPT=1/1 orch-agent classify sh --exit 0

# Every recorded run: the class is the one that tests/unit/classify.c asks of the library.
for agent in claude codex gemini opencode; do
	awk '/^=== / { name = $2; stopped = "" } /^stopped: / { stopped = $2 }
		/^class: / { print name, $2, stopped }' "$RUNS/$agent.txt" >"$T/$agent"
	while read -r name class stopped; do
		[ -n "$stopped" ] || stopped=$(sed -n 's/^stopped //p' "$RUNS/$agent/$name/how")
		end=$(sed -n 's/^exit /--exit=/p; s/^signal /--signal=/p' "$RUNS/$agent/$name/how")
		got=$(orch-agent classify "$agent" --stdout "$RUNS/$agent/$name/stdout" \
			--stderr "$RUNS/$agent/$name/stderr" "$end" ${stopped:+--killed=$stopped} | jq -r .class)
		[ "$got" = "$class" ] || echo "$name: $got, not $class"
	done <"$T/$agent" >"$T/wrong"
	is "$(cat "$T/wrong")" '' "$agent: $(wc -l <"$T/$agent") ends of recorded runs"
done
done_testing
