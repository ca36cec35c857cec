#!/bin/sh
# An agent that has told its result and does not end is ended; one that was cut off goes
# on in its session, and only then.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/up"
exec 3<>"$T/up"

project
printf 'retry: {jitter: 0}\ngrace: 1s\nisolation: none\n' >orch.yml
mkdir -p orch.d/agents
cat >orch.d/agents/talk.yml <<END
id: talk
bin: [$T/talk]
stdin: prompt
format: jsonl
argv:
  run: [anew]
  resume: [again, "{session}"]
perm: {edit: []}
field:
  session: ["type=started : thread"]
  text: ["type=answer : text"]
ok: {exit: [0], need: "type=done"}
END

# talks LINES: what the agent says and does
talks() {
	printf '#!/bin/sh\necho "$*" >>%s/argv\n' "$T" >"$T/talk"
	cat >>"$T/talk" && chmod +x "$T/talk"
}
stop_of() { jq -r .stop ".orch/runs/$1/$2/result.json"; }

talks <<'END'
echo '{"type":"started","thread":"th-1"}'
echo '{"type":"answer","text":"{\"status\":\"done\",\"summary\":\"told\"}"}'
echo '{"type":"done"}'
exec tail -f /dev/null
END
id=$(orch-add -a talk 'Does not end')
ok 'an agent that stays after its result' orch-run "$id"
is "$(orch-list "$id" -o status,summary,session)" "$(printf 'in_review\ttold\tth-1')" 'is taken at its word'
is "$(stop_of "$id" 1)" result 'and was stopped for that'

talks <<'END'
trap '' TERM
echo '{"type":"answer","text":"{\"status\":\"done\",\"summary\":\"told\"}"}'
echo '{"type":"done"}'
while :; do tail -f /dev/null; done
END
id=$(orch-add -a talk 'Does not hear')
ok 'one that does not hear either' orch-run "$id"
is "$(status "$id")/$(stop_of "$id" 1)/$(jq .signal ".orch/runs/$id/1/result.json")" in_review/result/9 'is killed'

talks <<'END'
echo 'done: "type":"done"'
echo '{"type":"answer","text":"\"type\":\"done\""}'
printf '{"type":"done"}'
exec tail -f /dev/null
END
id=$(orch-add -a talk --set idle_timeout=1s 'Only seems to')
exits 75 'words that look like the event, and half a line of it' orch-run "$id"
is "$(stop_of "$id" 1)" idle 'begin no time'

# Cut off: the stream that was kept has the session.
talks <<END
echo '{"type":"started","thread":"th-2"}'
cat >/dev/null
case \$1 in
anew)
	echo up >"$T/up"
	exec tail -f /dev/null
	;;
again) echo '{"type":"answer","text":"{\\"status\\":\\"done\\",\\"summary\\":\\"went on\\"}"}' ;;
esac
echo '{"type":"done"}'
END
id=$(orch-add -a talk 'Cut off')
orch-run "$id" >/dev/null 2>&1 3>&- &
run=$!
read -r up <&3
keeper=$(keeper_of "$(alive | head -n 1)")
worker=$(awk '/^PPid/ { print $2 }' "/proc/$keeper/status")
wait_for grep -q th-2 ".orch/runs/$id/1/stdout"
kill -9 $run "$worker" "$keeper"
wait $run 2>/dev/null
perl -e 'open L, "+<", shift or exit 1; flock L, 2' ".orch/runs/$id/lock"
: >"$T/argv"
ok "all are killed when it is $up: the next call" orch-run next
like "$(orch-list "$id" -o history)" '*attempt 1: orphaned*' 'finds the attempt orphaned'
is "$(cat "$T/argv")" 'again th-2' 'and resumes its session'
is "$(orch-list "$id" -o status,attempts,summary,session)" "$(printf 'in_review\t2\twent on\tth-2')" 'to a good end'

# The keeper alone: the worker settles that at once.
id=$(orch-add -a talk 'Cut off again')
orch-run "$id" >/dev/null 2>&1 3>&- &
run=$!
read -r up <&3
keeper=$(keeper_of "$(alive | head -n 1)")
wait_for grep -q th-2 ".orch/runs/$id/1/stdout"
kill -9 "$keeper"
wait $run
is "$?/$(orch-list "$id" -o status,error_class,session)" "75/$(printf 'routed\torphaned\tth-2')" "the keeper alone is killed, $up"
is "$(alive)" '' 'nothing of it lives'

# A person stops it, or withdraws it: its session and what it has cost stay.
sed -i 's/^field:/&\n  tokens_in: ["type=started : tokens"]/' orch.d/agents/talk.yml
talks <<END
echo '{"type":"started","thread":"th-4","tokens":70}'
echo up >$T/up
exec tail -f /dev/null
END
id=$(orch-add -a talk 'Is stopped')
orch-run "$id" >/dev/null 2>&1 3>&- &
run=$!
read -r up <&3
kill $run
wait $run
is "$?/$(orch-list "$id" -o status,error_class,session),$(field "$id" usage.input_tokens)" "75/$(printf 'routed\tinterrupted\tth-4'),70" 'one that is stopped keeps its session'
: >"$T/argv"
orch-run "$id" >/dev/null 2>&1 3>&- &
run=$!
read -r up <&3
is "$(cat "$T/argv")" 'again th-4' 'and goes on in it'
ok 'one that is withdrawn' orch-cancel "$id"
wait $run
is "$(orch-list "$id" -o status,session),$(field "$id" usage.input_tokens)" "$(printf 'cancelled\tth-4'),140" 'keeps that too'

# What went wrong may be in the session.
talks <<'END'
echo '{"type":"started","thread":"th-3"}'
case $ORCH_ATTEMPT in */1) exit 3 ;; esac
echo '{"type":"answer","text":"{\"status\":\"done\",\"summary\":\"fine\"}"}'
echo '{"type":"done"}'
END
id=$(orch-add -a talk 'Crashes')
exits 75 'an agent that fails' orch-run "$id"
: >"$T/argv"
ok 'is run again' orch-run "$id"
is "$(cat "$T/argv")" anew 'in a new session'

# The name of a session is whatever the agent says; what cannot be one is not lost in silence.
talks <<'END'
case $ORCH_ATTEMPT in
*/1) echo '{"type":"started","thread":"2026/01/th-5.json"}' ;;
*) echo '{"type":"started","thread":"$(touch x) two"}' ;;
esac
echo '{"type":"answer","text":"{\"status\":\"in_progress\",\"summary\":\"half\"}"}'
echo '{"type":"done"}'
END
id=$(orch-add -a talk 'Odd sessions')
exits 75 'a session that is a path' orch-run "$id"
: >"$T/argv"
exits 75 'is gone on in' orch-run "$id"
is "$(cat "$T/argv")/$(field "$id" session)" 'again 2026/01/th-5.json/-' 'as it was told; what is none takes its place'
like "$(field "$id" 'history[-1].note')" "attempt 2: continue*; session left out: '\$(touch x) two' is no name of one" 'and is told'
: >"$T/argv"
exits 75 'then it begins anew' orch-run "$id"
is "$(cat "$T/argv")" anew 'in a new session'
done_testing
