#!/bin/sh
# attempts.sh - what attempts cost beside the work that they do; JSON, one object a line
#
#	rate		tasks that do nothing, run by eight workers, with a commit for the claim
#			and one for the end of each: how many in a second
#	overhead	one after the other, beside the same command under flock(1) and
#			timeout(1) from a shell: how many milliseconds more
#	makespan	sleeps of a seeded list on four workers, beside the least that they can
#			take: max(sum / workers, longest)
#
# Medians of five rounds, of the makespan one.  Exit 1 if one is beyond its limit.
# attempts.sh FOLDER: where to work; the commands are on PATH.
set -eu
cd "$1"
rounds=${BENCH_ROUNDS:-5}
status=0

now() { date +%s%N; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# figure NAME UNIT VALUE LIMIT BEYOND: a line; "1" if it is
figure() {
	jq -cn --arg name "$1" --arg unit "$2" --argjson orch "$3" --argjson limit "$4" --argjson beyond "$5" \
		'{name: $name, unit: $unit, orch: $orch, limit: $limit, ok: ($beyond | not)}'
	[ "$5" = false ] || status=1
}
beyond() { awk -v a="$1" -v b="$2" 'BEGIN { print (a > b ? "true" : "false") }'; }

# project COMMAND..: a repository of its own, with a task for each of these
project() {
	rm -rf p && mkdir p && cd p
	git init -q . && git -c user.name=b -c user.email=b@localhost commit -q --allow-empty -m 'First commit'
	orch-init -q >../agents
	printf 'isolation: none\nslots: 8\n' >orch.yml
	jq -Rc '{title: "Task", agent: "sh", command: .}' | orch-add --json - >/dev/null
}
# ran N JOBS: orch-run of the N tasks, in milliseconds
ran() {
	start=$(now)
	orch-run -q --ready -j "$2" >"../out"
	end=$(now)
	cd ..
	[ "$(wc -l <out)" -eq "$1" ] || { echo "attempts: not all tasks are done" >&2; exit 2; }
	echo $(((end - start) / 1000)) | awk '{ print $1 / 1000 }'
}

i=0
while [ $((i += 1)) -le "$rounds" ]; do
	yes true | head -n 200 | { project; ran 200 8; }
done | awk '{ print 200000 / $1 }' | median >rate
figure 'attempts that do nothing, 8 workers' 'tasks/s' "$(cat rate)" 50 "$(beyond 50 "$(cat rate)")"

beside() {
	start=$(now)
	for _ in $(seq "$1"); do flock lock timeout 7200 /bin/sh -c true; done
	echo $((($(now) - start) / 1000)) | awk '{ print $1 / 1000 }'
}
i=0
while [ $((i += 1)) -le "$rounds" ]; do
	orch=$(yes true | head -n 40 | { project; ran 40 1; })
	echo "$orch $(beside 40)"
done | awk '{ print ($1 - $2) / 40 }' | median >overhead
figure 'an attempt beside flock and timeout from a shell' 'ms more' "$(cat overhead)" 15 "$(beyond "$(cat overhead)" 15)"

awk -v seed="${BENCH_SEED:-1}" 'BEGIN { srand(seed); for (i = 0; i < 60; i++) printf "sleep %.3f\n", 0.1 + 0.9 * rand() }' >sleeps
awk '{ sum += $2; if ($2 > most) most = $2 } END { print (sum / 4 > most ? sum / 4 : most) * 1000 }' sleeps >ideal
{ project; ran 60 4; } <sleeps | awk -v ideal="$(cat ideal)" '{ print $1 / ideal }' >makespan
figure 'makespan of mixed sleeps, 4 workers' 'of the ideal' "$(cat makespan)" 1.2 "$(beyond "$(cat makespan)" 1.2)"
exit $status
