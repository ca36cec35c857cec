#!/bin/sh
# make bench: figures as ratios of medians taken in one run, beside what the same
# work costs at least.  They go to build/bench.json, one object a line; exit 1 if
# one is above its limit.
set -eu

build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
out=$build/../bench.json
runs=${BENCH_RUNS:-41}
dir=$(mktemp -d "$build/bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT INT TERM
PATH=$build/bin:$PATH
export HOME="$dir" XDG_CONFIG_HOME="$dir/none" XDG_STATE_HOME="$dir/state"
unset ORCH_DIR ORCH_TASKS ORCH_ATTEMPT ORCH_TEST_NOW ORCH_TEST_NOSYNC || true

cc -O2 -o "$dir/bench" "$here/bench.c"
# shellcheck disable=SC2046
cc -O2 -o "$dir/floor" "$here/floor.c" -Wl,--no-as-needed $(pkg-config --cflags --libs yaml-0.1 jansson)
# shellcheck disable=SC2046
cc -O2 -o "$dir/pass" "$here/pass.c" $(pkg-config --cflags --libs yaml-0.1)

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
measure() {
	"$dir/bench" "$runs" "$@" >"$dir/line" || status=1
	cat "$dir/line" >>"$out"
	jq -r '"\(.name): \(.ratio) of \(.limit) allowed (\(.orch) \(.unit) beside \(.beside))\(if .ok then "" else "  TOO MUCH" end)"' "$dir/line"
}

: >"$out"
project empty
printf 'next_id: 1\ntasks: []\n' >tasks.yml
measure 'start: orch-list beside a program that links the same libraries' 1.5 orch-list -- "$dir/floor"

project thousand
tasks 1000 >tasks.yml
cp tasks.yml "$dir/same.yml"
size=$(stat -c %s tasks.yml)
measure 'add at 1,000 tasks beside libyaml events and a durable replace' 3 \
	orch-add 'One more task of the bench' -- "$dir/pass" "$dir/same.yml"
cp "$dir/same.yml" tasks.yml
# Every other run sets what the one before has unset, so that each one writes.
cat >"$dir/toggle" <<'X'
#!/bin/sh
if [ -e "$0.on" ]; then rm "$0.on"; exec orch-set 500 priority=low; fi
: >"$0.on"; exec orch-set 500 priority=high
X
cat >"$dir/toggle.pass" <<'X'
#!/bin/sh
if [ -e "$0.on" ]; then rm "$0.on"; exec "$1" "$2"; fi
: >"$0.on"; exec "$1" "$2"
X
chmod +x "$dir/toggle" "$dir/toggle.pass"
measure 'set at 1,000 tasks beside libyaml events and a durable replace' 3 \
	"$dir/toggle" -- "$dir/toggle.pass" "$dir/pass" "$dir/same.yml"
measure 'memory of orch-add at 1,000 tasks, per byte of the file' 8 orch-add 'More' -- "$size"
measure 'memory of orch-list at 1,000 tasks, per byte of the file' 8 orch-list -- "$size"
exit $status
