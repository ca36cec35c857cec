#!/bin/sh
# A parent goes on exactly once: when it is killed before each durable step of delegating and
# of joining, and when fifty children end at the same instant and whoever runs them is killed.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
unset ORCH_TEST_NOW

# events ID NAME: how often that happened to the task
events() { grep -c "\"task\":$1,.*\"event\":\"$2\"" .orch/events.jsonl; }
# released: nothing of an attempt runs any more
released() { [ -z "$(alive)" ]; }

# ---- a kill before each step ----

mkdir "$T/delegates" && cd "$T/delegates" || exit 1
printf 'tasks: []\n' >tasks.yml
printf 'retry: {base: 0s, jitter: 0}\nisolation: none\nsame_error_limit: 9\nmax_attempts: 9\n' >orch.yml
orch-add -a sh --command 'orch-delegate --add one --add two; echo x >>ran' 'Parent' >/dev/null
cp -a . "$T/joins" && cd "$T/joins" || exit 1
orch-run -q 1 >/dev/null 2>&1
orch-set -q 2 3 command=true >/dev/null && orch-route -q 2 3 >/dev/null && orch-run -q 2 >/dev/null
is "$(orch-list -o status | tr '\n' ' ')" 'blocked done routed ' 'a parent that waits for its last child'

# stride: how many steps from one kill to the next, $by
stride() {
	if [ "${LONG-}" ]; then by=1; elif [ "$V" = asan ]; then by=13; else by=4; fi
}
# kill_each NAME TASK
kill_each() {
	stride
	cd "$T/w" && rm -rf all x && cp -a "$T/$1" all && rm -f "$T/steps"
	ORCH_TEST_STEPS=$T/steps orch-run -C all -q "$2" >/dev/null 2>&1
	steps=$(wc -l <"$T/steps") k=0 wrong=0
	while [ $((k + by)) -le "$steps" ]; do
		k=$((k + by)) tries=0
		cd "$T/w" && rm -rf x && cp -a "$T/$1" x && cd x || exit 1
		ORCH_TEST_CRASH_AT=$k orch-run -q "$2" >/dev/null 2>&1
		wait_for released || exit 1
		# A tick, and all that can run.
		while [ "$(status 1)" != 'done' ] && [ $tries -lt 9 ]; do
			tries=$((tries + 1))
			orch-retry -q --due >/dev/null 2>"$T/err"
			for id in $(orch-list @new -o id); do orch-set -q "$id" agent=sh command=true >/dev/null; done
			orch-route -q @new >/dev/null 2>>"$T/err"
			orch-run -q --ready >/dev/null 2>>"$T/err"
		done
		now="$(orch-list -o title,status | tr '\t\n' ' ;')/$(events 1 delegate)/$(events 1 join)/$(find . -name '*.orch-*')"
		[ "$now" = 'Parent done;one done;two done;/1/1/' ] && continue
		wrong=$((wrong + 1))
		note "killed before step $k, $(sed -n "${k}p" "$T/steps"): $now; $(cat "$T/err")"
	done
	[ "$steps" -gt 40 ] && [ $wrong -eq 0 ]
	result $? "$1: killed before every ${by}th of $steps steps, two children are made and joined once"
}
kill_each delegates 1
kill_each joins 3

# ---- fifty at once ----

# storm WORKERS KEEPERS: every so many'th of these is killed in the instant in which all of
# the fifty may end, and so is who started them
storm() {
	mkdir "$T/storm-$1-$2" && cd "$T/storm-$1-$2" || exit 1
	printf 'tasks: []\n' >tasks.yml
	cat >orch.yml <<-'YML'
		isolation: none
		workers: 64
		agents: {sh: {slots: 64}}
		children: {max: 50}
		retry: {base: 0s, jitter: 0}
		same_error_limit: 9
		max_attempts: 9
	YML
	orch-add -a sh --command 'echo x >>resumed' 'Parent' >/dev/null
	seq 50 | sed 's/.*/{"title":"Child &"}/' >"$T/fifty"
	orch-delegate -q 1 --json "$T/fifty" >"$T/ids"
	rm -f "$T/up" && mkfifo "$T/up" && exec 3<>"$T/up" 4>"$T/gate"
	orch-set -q - "command=echo up >$T/up; flock -s $T/gate true" <"$T/ids" >/dev/null
	orch-route -q - <"$T/ids" >/dev/null
	flock 4
	orch-run -q --ready -j 50 >/dev/null 2>&1 3<&- 4>&- &
	runner=$!
	n=0
	while [ $n -lt 50 ] && read -r _ <&3; do n=$((n + 1)); done
	workers=$(cat "/proc/$runner/task/$runner/children")
	victims=$(for worker in $workers; do echo "$worker $(cat "/proc/$worker/task/$worker/children")"; done |
		awk -v w="$1" -v k="$2" '{ if (NR % w == 0) print $1; if (NR % k == 0) print $2 }')
	flock -u 4
	# shellcheck disable=SC2086 # a list of numbers
	kill -9 $runner $victims 2>/dev/null	# some have ended by then
	wait $runner 2>/dev/null
	wait_for released
	result $? "fifty are up at once, and $(echo "$victims" | wc -w) of who looks after them are killed"
	rounds=0
	while [ "$(status 1)" != 'done' ] && [ $rounds -lt 12 ]; do
		rounds=$((rounds + 1))
		together 4 sh -c 'orch-retry -q --due; orch-delegate -q --join; orch-run -q --ready -j 8' >/dev/null
	done
	is "$(orch-list -o status | sort | uniq -c | tr -s ' ')" ' 51 done' 'all are done in the end'
	is "$(events 1 delegate)/$(events 1 join)/$(events 1 claim)/$(wc -l <resumed)" 1/1/1/1 'the parent went on once'
	is "$(orch-list 1 --json | jq -r '[.history[].status] | join(" ")')" 'blocked routed in_progress done' 'as its history says' ||
		note "$(orch-list 1 --json | jq -c '.history[]')"
	valid 'and all is whole'
}
storm 2 7
storm 5 2
storm 1 100
done_testing
