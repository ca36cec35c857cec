#!/bin/sh
# make bench: figures as ratios of medians taken in one run, beside what the same
# work costs at least.  They go to build/bench.json, one object a line; exit 1 if
# one is above its limit.
set -eu

build=$(cd "$1" && pwd)
static=${2-}	# how the small commands are linked
here=$(cd "$(dirname "$0")" && pwd)
out=$build/../bench.json
runs=${BENCH_RUNS:-41}
dir=$(mktemp -d "$build/bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT INT TERM
PATH=$build/bin:$PATH
ORCH_SHARE=$(cd "$here/../../share/orch" && pwd)
export ORCH_SHARE HOME="$dir" XDG_CONFIG_HOME="$dir/none" XDG_STATE_HOME="$dir/state"
unset ORCH_DIR ORCH_TASKS ORCH_ATTEMPT ORCH_TEST_NOW ORCH_TEST_NOSYNC || true

cc -O2 -o "$dir/bench" "$here/bench.c"
# shellcheck disable=SC2046
cc -O2 -o "$dir/floor" "$here/floor.c" -Wl,--no-as-needed $(pkg-config --cflags --libs yaml-0.1 jansson)
# shellcheck disable=SC2046
cc -O2 -o "$dir/pass" "$here/pass.c" $(pkg-config --cflags --libs yaml-0.1)
cc -O2 -o "$dir/replace" "$here/replace.c"
for program in claim events writers; do
	# shellcheck disable=SC2046,SC2086
	cc -O2 -std=c17 -D_GNU_SOURCE -I"$here/../../lib" -o "$dir/$program" "$here/$program.c" "$build/liborch.a" \
		$static $(pkg-config --cflags --libs yaml-0.1 jansson) -lm
done

# N tasks of about 1.4 KB each, as a person and the suite would have written them.
tasks() {
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= 900; i++) text = text "abcdefghi "
		print "next_id: " n + 1 "\ntasks:"
		for (i = 1; i <= n; i++) {
			print "  - id: " i "\n    title: Task number " i " of the bench"
			print "    body: |"
			for (k = 0; k < 10; k++) print "      " substr(text, 1 + 10 * ((i + k) % 10), 79)
			print "    labels: [bench, part-" i % 7 "]\n    priority: normal"
			print "    created_at: 2026-11-21T10:25:00Z\n    updated_at: 2026-11-21T10:25:00Z"
			print "    created_by: orch-add\n    status: " (i % 2 ? "done" : "routed")
			print "    agent: sh\n    route_reason: command\n    attempts: 1\n    command: make part-" i
			print "    verify:\n      - make check\n    summary: built part " i
			print "    history:"
			for (k = 0; k < 3; k++)
				print "      - at: 2026-11-21T10:2" k ":00Z\n        status: routed\n        note: a line of history"
		}
	}'
}

project() {
	mkdir -p "$dir/$1/.orch"
	chmod 700 "$dir/$1/.orch"
	cd "$dir/$1"
}

status=0
tasks 1000 >"$dir/thousand.yml"
measure() {
	"$dir/bench" "$runs" "$@" >"$dir/line" || status=1
	cat "$dir/line" >>"$out"
	jq -r '"\(.name): \(.ratio) of \(.limit) allowed (\(.orch) \(.unit) beside \(.beside))\(if .ok then "" else "  TOO MUCH" end)"' "$dir/line"
}

: >"$out"
project empty
printf 'next_id: 1\ntasks: []\n' >tasks.yml
measure 'start: orch-list beside a program that links the same libraries' 1.5 orch-list -- "$dir/floor"

# The same tasks in a database, in the way that a careful script would use one.
database() {
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= 140; i++) body = body "abcdefghi "
		print "pragma journal_mode = wal; pragma synchronous = full; begin;"
		print "create table task (id integer primary key, title, body, status, updated_at);"
		for (i = 1; i <= n; i++)
			print "insert into task values (" i ", '\''Task number " i "'\'', '\''" body "'\'', '\''" \
				(i % 2 ? "done" : "routed") "'\'', '\''2026-11-21'\'');"
		print "commit;"
	}' | sqlite3 tasks.db >/dev/null
}
claim="pragma synchronous = full; begin immediate; update task set status = 'in_progress', \
updated_at = datetime() where id = (select id from task where status = 'routed' limit 1); commit;"
list='select id, status, title from task'

# A file that the suite knows, and the backups that there are after a while.
known() {
	project "$1"
	tasks "$2" >tasks.yml
	"$dir/writers" 1 22 >/dev/null || true
	database "$2"
}

known hundred 100
measure 'claim at 100 tasks beside sqlite3' 0.67 "$dir/claim" -- sqlite3 tasks.db "$claim"
known thousand 1000
measure 'claim at 1,000 tasks beside sqlite3' 1.3 "$dir/claim" -- sqlite3 tasks.db "$claim"
measure 'list at 1,000 tasks beside sqlite3' 0.5 orch-list -- sqlite3 tasks.db "$list"
measure 'claim at 1,000 tasks beside writing, syncing and renaming as many bytes' 2.5 \
	"$dir/claim" -- "$dir/replace" tasks.yml
measure 'add at 1,000 tasks beside libyaml events and a durable replace' 3 \
	orch-add 'One more task of the bench' -- "$dir/pass" "$dir/thousand.yml"
known ten-thousand 10000
measure 'claim at 10,000 tasks beside writing, syncing and renaming as many bytes' 2.5 \
	"$dir/claim" -- "$dir/replace" tasks.yml
size=$(stat -c %s tasks.yml)
measure 'memory of a claim at 10,000 tasks, per byte of the file' 2 "$dir/claim" -- "$size"
measure 'memory of orch-list at 10,000 tasks, per byte of the file' 8 orch-list -- "$size"

known storm 1000
"$dir/writers" 32 100 >"$dir/line" || status=1
cat "$dir/line" >>"$out"
jq -r '"32 writers, 100 edits each: \(.failed) failed, longest wait \(.longest_ms) ms of 1000, Jain \(.jain) of 0.95, \(.commits_per_s) commits a second of 300\(if .ok then "" else "  MISSED" end)"' "$dir/line"

project logged
printf 'tasks: []\n' >tasks.yml
orch-add -a sh --command true 'The first event is of this' >/dev/null
"$dir/events" 100000 "$runs" >"$dir/line" || status=1
cat "$dir/line" >>"$out"
jq -r '"\(.name): \(.counts) \(.unit) of \(.limit) allowed (\(.orch) beside \(.beside))\(if .ok then "" else "  TOO MUCH" end)"' "$dir/line"

# A thousand jobs that come half a year from now; beside it what a script would do that has
# worked out before when each is due.
known scheduled 1000
awk -v month="$(date -d '15 days ago + 6 months' +%-m)" 'BEGIN {
	print "jobs:"
	for (i = 1; i <= 1000; i++)
		printf "  - id: job-%d\n    schedule: \"%d %d %d %d *\"\n    timezone: Europe/Berlin\n    task:\n" \
			"      title: Job %d of {{date}}\n      agent: sh\n      command: make part-%d\n", \
			i, i % 60, i % 24, i % 28 + 1, month, i, i
}' >jobs.yml
orch-cron tick
orch-cron list --json | jq -cs 'map({id, next})' >"$dir/next.json"
measure 'tick at 1,000 jobs and 1,000 tasks, nothing due, beside jq over the times of the jobs' 0.5 \
	orch-cron tick -- jq 'map(select(.next <= "2000"))' "$dir/next.json"
jq -e '.orch <= 10' "$dir/line" >"$dir/answer" || { echo 'this tick takes more than 10 ms'; status=1; }
measure 'the same beside starting true' 8 orch-cron tick -- true

project attempts
"$here/attempts.sh" "$dir/attempts" >"$dir/line" || status=1
cat "$dir/line" >>"$out"
jq -r '"\(.name): \(.orch) \(.unit), limit \(.limit)\(if .ok then "" else "  MISSED" end)"' "$dir/line"
exit $status
