#!/bin/sh
# A kill before each durable step of orch-review, in its keepers too: at last the task is
# judged by the verdicts of both, each of which was given once and is paid once.  Here
# before every seventh or third step, for LONG=1 before each.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# The first answer of beta cannot be used; the two are not of one mind, so that there are
# four calls.
mkdir -p tmpl/orch.d/agents && cd tmpl || exit 1
# agent NAME DECISION
agent() {
	cat >"$T/$1" <<-END
		#!/bin/sh
		echo x >>"$T/asked.$1"
		case \$(cat) in
		*'Once more'*) ;;
		*) [ $1 != beta ] || { echo '{"type":"end","cost":0.25,"text":"It is fine"}'; exit; } ;;
		esac
		echo '{"type":"end","cost":0.25,"text":"{\"task\":1,\"attempt\":1,\"decision\":\"$2\",\"confidence\":1,\"findings\":[{\"text\":\"of $1\"}]}"}'
	END
	chmod +x "$T/$1"
	cat >"orch.d/agents/$1.yml" <<-END
		id: $1
		bin: [$T/$1]
		stdin: prompt
		format: jsonl
		answer: json
		argv: {run: [], review: []}
		perm: {read: []}
		field: {text: ["type=end : text"], cost_usd: ["type=end : cost"]}
		ok: {exit: [0], need: "type=end"}
	END
}
agent beta approve
agent gamma request_changes
agent delta approve
printf 'isolation: none\nreview: {reviewers: [beta, gamma], arbiter: delta}\nretry: {jitter: 0}\n' >orch.yml
printf 'tasks:\n  - {id: 1, title: a task, status: routed, agent: sh, command: "true", verify: ["true"]}\n  - {id: 2, title: waits, status: routed, agent: sh, command: "true", depends_on: [1]}\n' >tasks.yml
orch-run -q 1 >/dev/null 2>&1
is "$(orch-list 1 -o status)" in_review 'there is work to judge'
cd ..

none() { : >"$T/asked.beta" && : >"$T/asked.gamma" && : >"$T/asked.delta"; }
asked() { echo "$(wc -l <"$T/asked.beta")/$(wc -l <"$T/asked.gamma")/$(wc -l <"$T/asked.delta")"; }
# free: waits until the calls that go on have ended
free() { for l in x/.orch/runs/1/1/review/1/*/lock; do [ ! -e "$l" ] || perl -e 'open L, "+<", shift or exit 1; flock L, 2' "$l"; done; }
# has WORD: in the task file, which is as it was but for what orch-review writes
has() { grep -q "$1" x/tasks.yml; }

cp -a tmpl all && none
ORCH_TEST_STEPS=$T/steps orch-review -C all 1 >"$T/out" 2>&1
is "$(cat "$T/out")/$(orch-list -C all 1 -o status)/$(asked)" 1/done/2/1/1 'both are asked, and the arbiter decides'
[ "${LONG-}" ] && by=1 step=1 || by=7 step=3
steps=$(wc -l <"$T/steps") k=0 wrong=0
while [ $((k + by)) -le "$steps" ]; do
	k=$((k + by)) why='' tries=0
	rm -rf x && cp -a tmpl x && none
	ORCH_TEST_CRASH_AT=$k orch-review -C x 1 >/dev/null 2>&1
	free
	# Once more, because that may have been the last thing before the kill.
	while [ $tries -lt 3 ] && { [ $tries -eq 0 ] || ! has 'status: done'; }; do
		tries=$((tries + 1))
		orch-review -C x 1 >/dev/null 2>"$T/err"
	done
	{ has 'status: done' && has 'review_decision: approve'; } || why="$why; not approved"
	[ "$(asked)" = 2/1/1 ] || why="$why; asked $(asked) times"
	has 'cost_usd: 1.0' || why="$why; paid $(orch-list -C x 1 -o usage)"
	[ "$(grep -c '"task.verdict"' x/.orch/events.jsonl)/$(grep -c '"task.review"' x/.orch/events.jsonl)" = 3/1 ] || why="$why; not told once"
	has review_calls && why="$why; calls are left"
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
is "$wrong" 0 "A12: killed before every ${by}th of $steps steps, each verdict counts, once"
[ "$steps" -gt 80 ]
result $? 'which were many'

# Where nothing is decided, what the calls have cost is booked once all the same.
sed -i 's/, arbiter: delta//' tmpl/orch.yml
rm -rf all && cp -a tmpl all && none && rm "$T/steps"
ORCH_TEST_STEPS=$T/steps orch-review -C all 1 >"$T/out" 2>&1
is "$?/$(orch-list -C all 1 -o status)/$(asked)" 69/in_review/2/1/0 'without an arbiter it stays'
steps=$(wc -l <"$T/steps") wrong=0
k=0 by=$((by * 3))
while [ $((k + by)) -le "$steps" ]; do
	k=$((k + by)) why=''
	rm -rf x && cp -a tmpl x && none
	ORCH_TEST_CRASH_AT=$k orch-review -C x 1 >/dev/null 2>&1
	free
	orch-review -C x 1 >/dev/null 2>"$T/err"
	orch-review -C x 1 >/dev/null 2>"$T/err"
	has 'reason: "\?review: the reviewers are equal' || why="$why; $(orch-list -C x 1 -o reason)"
	[ "$(asked)" = 2/1/0 ] || why="$why; asked $(asked) times"
	has 'cost_usd: 0.75' || why="$why; paid $(orch-list -C x 1 -o usage)"
	[ "$(grep -c '"task.verdict"' x/.orch/events.jsonl)" = 2 ] || why="$why; not told once"
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	result 1 "undecided, killed before step $k, $(sed -n "${k}p" "$T/steps")"
	note "$why"
done
is "$wrong" 0 "undecided, killed before every ${by}th of $steps steps: booked once"

# Nor does it matter who is asked by the next one: what was answered is paid.
k=0 wrong=0 unused=0 status=in_review
while [ "$status" = in_review ]; do
	k=$((k + step)) why=''
	rm -rf x && cp -a tmpl x && none
	ORCH_TEST_CRASH_AT=$k orch-review -C x --reviewers beta 1 >/dev/null 2>&1
	free
	status=$(orch-list -C x 1 -o status)
	if [ "$status" != in_review ] || [ ! -e x/.orch/runs/1/1/review/1/beta/verdict.json ]; then continue; fi
	unused=$((unused + 1))
	next='--reviewers=gamma' want=routed/0.75/2
	[ $((unused % 2)) -eq 0 ] || next=--approve want='done/0.5/1'
	orch-review -C x "$next" 1 >/dev/null 2>"$T/err"
	is="$(orch-list -C x 1 -o status)/$(orch-list -C x --json 1 | jq .usage.cost_usd)/$(grep -c '"task.verdict"' x/.orch/events.jsonl)"
	[ "$is" = "$want" ] && continue
	wrong=$((wrong + 1))
	result 1 "killed before step $k"
	note "$is after $next, not $want"
done
is "$wrong" 0 'a verdict that is not used is paid once'
[ "$unused" -gt 4 ]
result $? "which was so $unused times"

# Nor that it says something else by then, or who decides: what was asked and answered is paid.
for how in title approve; do
	k=0 wrong=0 other=0 status=in_review
	[ $how = title ] || k=$((1 - step))	# others than before, if not each is taken
	while [ "$status" = in_review ]; do
		k=$((k + step))
		rm -rf x && cp -a tmpl x && none
		ORCH_TEST_CRASH_AT=$k orch-review -C x --reviewers beta 1 >/dev/null 2>&1
		free
		status=$(orch-list -C x 1 -o status)
		[ "$status" = in_review ] || continue
		before=$(asked)
		case $how in
		title) orch-set -q -C x 1 title='another one' >/dev/null && orch-review -C x --reviewers beta 1 >/dev/null 2>"$T/err" ;;
		approve) orch-review -C x --approve 1 >/dev/null 2>"$T/err" ;;
		esac
		[ "$before" = 0/0/0 ] || other=$((other + 1))
		is="$(orch-list -C x 1 -o status)/$(orch-list -C x --json 1 | jq '.usage.cost_usd // 0')/$(jq -s '[.[] | select(.topic == "task.verdict").data.usage.cost_usd] | add // 0' x/.orch/events.jsonl)"
		paid=$(jq -n "$(wc -l <"$T/asked.beta") * 0.25")
		[ "$is" = "done/$paid/$paid" ] && continue
		wrong=$((wrong + 1))
		result 1 "$how, killed before step $k"
		note "$is, asked $before and then $(asked)"
	done
	is "$wrong" 0 "$how: a question that is another one now is paid once"
	[ "$other" -gt 3 ]
	result $? "which was so $other times"
done
done_testing
