#!/bin/sh
# make demo AGENT=..: what is missing is said, and with an agent all is as it should be.  The
# agent here does what the commands of the tasks say, and talks as claude does.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1
TASKS=$ROOT/examples/demo/tasks.ndjson
demo() { TMPDIR=$T AGENT=$1 "$ROOT/examples/demo/run.sh"; }
mkdir "$T/bin"
PATH=$T/bin:$PATH

exits 2 'an agent that the demonstration does not know' demo gpt
for agent in claude codex opencode; do
	exits 69 "$agent is not installed" demo $agent
	like "$(cat "$T/err")" "run.sh: $agent: it is not on PATH: *" 'is said'
	printf '#!/bin/sh\nexit 1\n' >"$T/bin/$agent"
	chmod +x "$T/bin/$agent"
	exits 69 "$agent has no login, or no model" demo $agent
	like "$(cat "$T/err")" "run.sh: $agent: it * *" 'is said'
done

unset ORCH_TEST_NOW
cat >"$T/bin/claude" <<END
#!/bin/sh
[ "\$1" != auth ] || exit 0
cat >/dev/null
key=\$(orch-list "\$ORCH_TASK" -o key)
jq -r --arg key "\$key" 'select(.key == \$key) | .command' $TASKS | sed 's/head -n [^|]* |/cat |/' >"\$TMPDIR/command"
sh "\$TMPDIR/command" || exit
echo '{"type":"result","is_error":false,"session_id":"s-1","result":"{\"status\":\"done\"}"}'
END
ok 'with an agent it ends as it should' demo claude || note "$(tail -n 20 "$T/out" "$T/err")"
like "$(cat "$T/out")" '*Yes. Look around in *' 'and says so'
is "$(orch-list -C "$(echo "$T"/orch-demo.*/wordcount)" agent=claude -o key,status | tr '\t\n' ' ;')" \
	'fix-words done;man-page done;longest done;licence done;news done;' 'five tasks were its own'
done_testing
