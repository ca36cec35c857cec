#!/bin/sh
# One queue for all callers, and never more at once than there are workers and slots.
# LONG=1 lets many more run.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
words() { tr '\n' ' '; }
claimed() { jq -r 'select(.data.event == "claim") | .task' .orch/events.jsonl | words; }
# agents NAME..: drivers that do what sh does
agents() {
	mkdir -p orch.d/agents
	for name in "$@"; do
		sed "s/^id: .*/id: $name/" "$ORCH_SHARE/agents/sh.yml" >"orch.d/agents/$name.yml"
	done
}
ORCH_SHARE=$ROOT/share/orch

# Random tasks: every caller has the same order.
for seed in 1 2 3; do
	cd "$T/w" && project "order-$seed" && printf 'isolation: none\nworkers: 1\naging_hours: 12\n' >orch.yml
	awk -v seed=$seed 'BEGIN {
		srand(seed)
		split("urgent high normal low", word, " ")
		print "next_id: 41\ntasks:"
		for (i = 1; i <= 40; i++) {
			printf "  - {id: %d, title: T%d, status: %s, agent: sh, command: \"true\"", i, i, rand() < 0.8 ? "routed" : "new"
			if (rand() < 0.9) printf ", priority: %s", word[1 + int(4 * rand())]
			if (rand() < 0.9) printf ", created_at: 2026-01-%02dT%02d:00:00Z", 1 + int(2 * rand()), int(12 * rand())
			if (rand() < 0.2) printf ", depends_on: [%d]", 1 + int(40 * rand())
			if (rand() < 0.1) printf ", retry_at: 2026-01-02T03:04:%02dZ", int(10 * rand())
			print "}"
		}
	}' >tasks.yml
	# Those that wait for themselves.
	orch-list --explain | sed -n 's/	waits for itself.*//p' | while read -r id; do orch-cancel "$id" >/dev/null; done
	ready=$(orch-list --ready -o id | words)
	n=$(echo "$ready" | wc -w)
	[ "$n" -gt 10 ]
	result $? "seed $seed: $n are ready"
	is "$(orch-run -n --ready | words)" "$ready" 'orch-run -n'
	is "$(orch-run -n next)" "${ready%% *}" 'orch-run -n next'
	# shellcheck disable=SC2046 # words
	is "$(orch-run -n $(orch-list --ready -o id | sort -n) | words)" "$ready" 'orch-run -n of all their ids'
	is "$(orch-list --ready --explain | head -n "$n" | cut -f 1 | words)" "$ready" 'orch-list --explain'
	is "$(orch-list --ready --explain | grep -c '	ready: ')" "$n" 'says of each that it is ready'
	is "$(orch-status --json | jq .ready)" "$n" 'orch-status counts them'
	like "$(orch-context next | grep -m 1 "T[0-9]")" "*T${ready%% *}" 'orch-context shows the first'
	is "$(orch-run next)" "${ready%% *}" 'orch-run next runs the first'
	before=$(orch-list --ready -o id | head -n 1)
	is "$(orch-run next)" "$before" 'and then the one that is first then'
	cp -a . ../whole
	orch-run --ready >"$T/out" 2>"$T/err"
	all=$(claimed)
	cd ../whole || exit 1
	while orch-run next >"$T/out" 2>"$T/err"; do :; done
	is "$(claimed)" "$all" "--ready -j 1 runs all as orch-run next again and again ($(echo "$all" | wc -w))"
	rm -r "$T/w/whole"
done

# What cannot be claimed holds up nobody behind it.
cd "$T/w" && project behind && agents busy absent && sed -i 's|^bin:.*|bin: [no-such-program]|' orch.d/agents/absent.yml
printf 'isolation: none\nagents: {busy: {slots: 1}, cat: {enabled: false}}\n' >orch.yml
mkfifo "$T/up" "$T/go"
exec 3<>"$T/up" 4<>"$T/go"
orch-add -a busy -p urgent --command "echo up >$T/up; read -r x <$T/go" 'Runs' >/dev/null
orch-run next >/dev/null 2>&1 &
run=$!
read -r up <&3
for agent in busy absent cat busy; do orch-add -a $agent -p urgent --command true 'Cannot' >/dev/null; done
last=$(orch-add -a sh -p low --command true 'Can')
is "$(orch-run next 2>"$T/err")" "$last" "four that are more urgent cannot start ($up): the fifth does"
exits 69 'then there is none' orch-run --ready
like "$(cat "$T/err")" '*task 2: its agent has no free slot*task 3: *no-such-program*task 4: *not enabled*' 'and each has a reason'
is "$(find .orch/runs -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | words)" '1 6 ' 'and leaves no trace'
echo go >&4
wait $run
is "$(orch-run --ready 2>/dev/null | words)" '2 5 ' 'those that had to wait come when the slot is free'

# Workers are the project's, not a caller's.
cd "$T/w" && project global && printf 'isolation: none\nworkers: 2\nslots: 8\n' >orch.yml
for i in 1 2 3 4; do orch-add -a sh --command "echo $i >$T/up; read -r x <$T/go" "$i" >/dev/null; done
orch-run next >/dev/null 2>&1 &
one=$!
read -r up <&3
orch-run --ready >/dev/null 2>&1 &
two=$!
read -r up <&3
exits 75 "$up run: a third" orch-run next
is "$(cat "$T/err")" 'orch-run: warning: 2 attempts run already, in all (workers)' 'is told'
is "$(orch-list @in_progress -o id | words)" '1 2 ' 'and claims nothing'
ok 'who asks for more gets it' orch-run -n -j 3 next
orch-run -j 3 next >"$T/third" 2>&1 &
three=$!
read -r up <&3
is "$up" 3 'with -j 3'
# The scheduler is killed: its attempt goes on, and so does what it holds.
kill -9 $one
wait $one 2>/dev/null
exits 75 'who is left without a scheduler counts' orch-run next
echo go >&4
echo go >&4
echo go >&4
# A place that is free is taken at once: of the two that are left the second needs the fourth.
read -r up <&3
echo go >&4
wait $two $three
is "$(orch-list @done | wc -l)" 4 "all are done, $up the last"
exits 1 'then there is none' orch-run next

# No waves: a place is filled as soon as it is free.  The first three are there at once,
# the first of them ends only when the last has begun, which needs the others' places.
cd "$T/w" && project refill && printf 'isolation: none\nworkers: 3\nslots: 8\n' >orch.yml
mkfifo "$T/last"
orch-add -a sh --command "read -r x <$T/last" 'Long' >/dev/null
for i in 2 3 4 5 6 7; do orch-add -a sh --command true "$i" >/dev/null; done
orch-add -a sh --command "echo x >$T/last" 'Lets the first go' >/dev/null
ok 'one waits for the last' orch-run --ready
[ "$(wc -l <"$T/out")" -eq 8 ] && [ "$(head -n 1 "$T/out")" -ne 1 ]
result $? 'all are done, though one place was never free'

# The real thing: callers by the dozen, each attempt says when it begins and ends.
callers=6 tasks=24
[ "${LONG-0}" = 0 ] || { callers=16 tasks=300; }
cd "$T/w" && project many && agents one two three
printf 'isolation: none\nworkers: 5\nagents: {one: {slots: 1}, two: {slots: 2}, three: {slots: 9}}\n' >orch.yml
awk -v n=$tasks -v file="$T/log" 'BEGIN {
	srand(7)
	split("one two three", agent, " ")
	split("urgent high normal low", priority, " ")
	for (i = 1; i <= n; i++) {
		a = agent[1 + int(3 * rand())]
		printf "{\"title\":\"%d\",\"agent\":\"%s\",\"priority\":\"%s\",", i, a, priority[1 + int(4 * rand())]
		printf "\"command\":\"echo + %s %d >>%s; i=0; while [ $((i += 1)) -lt 60000 ]; do :; done; echo - %s %d >>%s\"}\n", a, i, file, a, i, file
	}
}' | orch-add --json - >/dev/null
i=0
while [ $((i += 1)) -le $callers ]; do
	while orch-run --ready -j 5 >/dev/null 2>&1; [ "$(orch-list @done | wc -l)" -lt $tasks ]; do :; done &
done
wait
is "$(orch-list @done attempts=1 | wc -l)" $tasks "$callers callers: all $tasks are done at the first attempt"
is "$(grep '^+' "$T/log" | sort | uniq -d)$(grep -c '^+' "$T/log")" $tasks 'each was run once'
awk '$1 == "+" { all++; n[$2]++ } $1 == "-" { all--; n[$2]-- }
	{ if (all > most) most = all; for (a in n) if (n[a] > top[a]) top[a] = n[a] }
	END { print most, top["one"] + 0, top["two"] + 0, top["three"] + 0 }' "$T/log" >"$T/most"
read -r most one two three <"$T/most"
[ "$most" -le 5 ] && [ "$one" -le 1 ] && [ "$two" -le 2 ] && [ "$three" -le 5 ]
result $? 'never more than five at once, one of the first agent, two of the second'
note "figures: $tasks attempts by $callers callers, at most $most of 5 at once, $one of 1, $two of 2, $three"
done_testing
