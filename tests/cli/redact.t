#!/bin/sh
# What agents, checks and subscribers print is stored, logged and shown without secrets:
# those of the environment, and those that look like one.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# In parts, so that no scanner takes this file for a leak.
VALUE=correct-horse-battery
LOOK=ghp_$(printf 'abcdefghij%s' klmnopqrstuvwxyz0123456789)
export DEPLOY_KEY="$VALUE"
MARK='[redacted]'
ANY='?redacted?'		# the same as a pattern

project
cat >orch.yml <<END
isolation: none
accept: unchecked
grace: 1s
retry: {base: 0s, jitter: 0}
subscriptions:
  - {name: loud, topic: 'said', run: [sh, -c, 'echo cannot use $VALUE >&2; exit 1']}
END

# leaks: the files that are kept and hold one, but for the raw output of attempts
leaks() {
	grep -rlF -e "$VALUE" -e "$LOOK" tasks.yml .orch | grep -v -e 'stdout$' -e 'stderr$' -e '/argv$' \
		-e '/prompt' -e '/backup/' | sort | tr '\n' ' '
}
# answers ID JSON: an attempt that answers so
answers() { orch-run -v "$1" -- printf '%s' "$2" >"$T/out" 2>"$T/err"; }

# ---- an answer ----

id=$(orch-add 'Answers')
answers "$id" "{\"status\":\"done\",\"summary\":\"used $VALUE\",\"accomplished\":[\"$LOOK\"],\"remaining\":[\"x $VALUE\"]}"
is "$?/$(status "$id")" 0/done 'an answer with secrets is an answer'
is "$(field "$id" summary)/$(orch-list "$id" --json | jq -r '.accomplished[0], .remaining[0]' | tr '\n' '|')" \
	"used $MARK/$MARK|x $MARK|" 'without them in the task'
is "$(jq -r .summary ".orch/runs/$id/1/outcome.json")" "used $MARK" 'nor in what the attempt came to'
like "$(orch-list "$id" -o history)" "*used $ANY*" 'nor in its history'
is "$(grep -cF "used $MARK" .orch/events.jsonl)" 1 'nor in what is told of it'
is "$(grep -cF -e "$VALUE" -e "$LOOK" "$T/err" "$T/out" | cut -d: -f2 | tr '\n' ' ')" '0 0 ' 'nor on the terminal'
is "$(grep -cF "$VALUE" ".orch/runs/$id/1/stdout")" 1 'the raw output is kept as evidence'
is "$(stat -c %a ".orch/runs/$id/1" ".orch/runs/$id/1/stdout" | tr '\n' ' ')" '700 600 ' 'which is private'

id=$(orch-add 'Asks')
answers "$id" "{\"status\":\"needs_review\",\"question\":\"is $VALUE right?\"}"
is "$(status "$id")/$(field "$id" question)" "needs_review/is $MARK right?" 'a question'

# ---- failures ----

id=$(orch-add --set max_attempts=1 'Fails')
orch-run "$id" -- sh -c "echo 'token $VALUE refused, $LOOK too' >&2; exit 3" >"$T/out" 2>"$T/err"
is "$(status "$id")" failed 'a failure'
like "$(field "$id" last_error)" "*token $ANY refused, $ANY too*" 'its error'
like "$(cat "$T/err")" "*token $ANY refused*" 'as people see it at once'

id=$(orch-add -a sh --command true --set max_attempts=1 --set verify='echo "key $(cat value)"; false' 'Does not verify')
printf '%s\n' "$VALUE" >value
orch-run "$id" >"$T/out" 2>"$T/err"
is "$(jq -r .verify ".orch/runs/$id/1/outcome.json" | grep -cF "key $MARK")" 1 'what a check printed is kept without it'
is "$(orch-context "$id" | grep -cF "$VALUE")" 0 'and the next prompt has it not'
rm value

# ---- delegations ----

id=$(orch-add 'Delegates')
asked="{\"status\":\"blocked\",\"summary\":\"s\",\"delegations\":[{\"title\":\"Deploy with $VALUE\",\"body\":\"$LOOK\"}]}"
answers "$id" "$asked"
is "$(orch-list parent_id="$id" --json | jq -r '.title, .body' | tr '\n' '|')" "Deploy with $MARK|$MARK|" \
	'a child is asked for without them'
child=$(orch-list parent_id="$id" -o id)
orch-run -q "$child" -- printf '{"status":"done","summary":"did it"}' >/dev/null 2>&1
answers "$id" "$asked"
is "$(orch-list parent_id="$id" -o id)" "$child" 'and not asked for again because of that'

# ---- events, subscribers, the log ----

ok 'an event' orch-event emit said --data "{\"a\":{\"$VALUE\":\"b $LOOK\"}}"
is "$(tail -n 1 .orch/events.jsonl | jq -c .data)" "{\"a\":{\"$MARK\":\"b $MARK\"}}" 'is told without them'
orch-run --ready >"$T/out" 2>"$T/err"
like "$(cat "$T/err")" "*subscription loud: *cannot use $ANY*" 'what a subscriber said on its standard error'
like "$(cat .orch/log/orch.log)" "*subscription loud: *cannot use $ANY*" 'and the log of it'
like "$(orch-event subscriptions --json)" "*cannot use $ANY*" 'and what is kept of it'

exits 2 'an error that names one' orch-show "$VALUE"
is "$(grep -cF "$VALUE" "$T/err")" 0 'does not show it'

is "$(leaks)" '' 'no file that is kept holds one'
done_testing
