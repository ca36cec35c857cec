#!/bin/sh
# A kill before each durable step of orch-route with a model, in its keeper too: at last the
# task is routed by the answer, which was given once and is paid once.  Here before every
# third step, for LONG=1 before each.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# Its first answer cannot be used, so that there are two calls.
cat >"$T/oracle" <<END
#!/bin/sh
echo x >>"$T/asked"
case \$(cat) in
*'Once more'*) echo '{"type":"end","cost":0.25,"text":"{\"agent\":\"cat\",\"complexity\":\"simple\",\"confidence\":1}"}' ;;
*) echo '{"type":"end","cost":0.25,"text":"cat, I think"}' ;;
esac
END
chmod +x "$T/oracle"
mkdir -p tmpl/orch.d/agents && cd tmpl || exit 1
cat >orch.d/agents/oracle.yml <<END
id: oracle
bin: [$T/oracle]
stdin: prompt
format: jsonl
answer: json
argv: {run: [], router: []}
field: {text: ["type=end : text"], cost_usd: ["type=end : cost"]}
ok: {exit: [0], need: "type=end"}
END
sed 's/^answer: exit/answer: json/' "$ROOT/share/orch/agents/cat.yml" >orch.d/agents/cat.yml
printf 'router: {mode: llm, agent: oracle, agents: [cat]}\n' >orch.yml
printf 'tasks:\n  - {id: 1, title: a task}\n' >tasks.yml
orch-set -q 1 body=x >/dev/null
cd ..

# free: waits until the call that goes on has ended
free() { for l in x/.orch/route/*/lock; do [ ! -e "$l" ] || perl -e 'open L, "+<", shift or exit 1; flock L, 2' "$l"; done; }
# has WORD: in the task file, which is as it was but for what orch-route writes
has() { grep -q "$1" x/tasks.yml; }

cp -a tmpl all
: >"$T/asked"
ORCH_TEST_STEPS=$T/steps orch-route -C all >"$T/out" 2>&1
is "$(cat "$T/out")/$(orch-list -C all 1 -o agent)/$(wc -l <"$T/asked")" 1/cat/2 'the second answer counts'
[ "${LONG-}" ] && by=1 || by=3
steps=$(wc -l <"$T/steps") k=0 wrong=0
while [ $((k + by)) -le "$steps" ]; do
	k=$((k + by)) why='' tries=0
	rm -rf x && cp -a tmpl x && : >"$T/asked"
	ORCH_TEST_CRASH_AT=$k orch-route -C x >/dev/null 2>&1
	free
	# Once more, because that may have been the last thing before the kill.
	while [ $tries -lt 3 ] && { [ $tries -eq 0 ] || ! has 'status: routed'; }; do
		tries=$((tries + 1))
		orch-route -C x >/dev/null 2>"$T/err"
	done
	{ has 'status: routed' && has 'agent: cat'; } || why="$why; not routed"
	[ "$(wc -l <"$T/asked")" -eq 2 ] || why="$why; asked $(wc -l <"$T/asked") times"
	has 'cost_usd: 0.5' || why="$why; paid $(orch-list -C x 1 -o usage)"
	[ "$(grep -c '"task.router"' x/.orch/events.jsonl)" -eq 1 ] || why="$why; not told once"
	# What a kill left at the very end goes with the next call, or by orch-fsck.
	if [ -n "$(find x -name '*.orch-*')" ]; then
		orch-fsck -C x --fix >"$T/fsck" 2>&1
		[ -z "$(find x -name '*.orch-*')" ] || why="$why; left $(find x -name '*.orch-*')"
	fi
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	result 1 "killed before step $k, $(sed -n "${k}p" "$T/steps")"
	note "$why"
	note "$(cat "$T/err")"
done
is "$wrong" 0 "killed before one of $by of $steps steps, the answer counts, once"
[ "$steps" -gt 40 ]
result $? 'which were many'
done_testing
