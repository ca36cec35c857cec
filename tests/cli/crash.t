#!/bin/sh
# A kill before each durable step of a command: the file is the old one or the new one
# and whole, the events agree with it, the next command works, backups are whole.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# A template of the project, copied for each kill.
mkdir "$T/first" "$T/later"
printf '# by hand\ntasks:\n  - id: 1   # one\n    title: one\n' >"$T/first/tasks.yml"
cp "$T/first/tasks.yml" "$T/later" && cd "$T/later" && orch-add -a sh --command true 'two' >/dev/null &&
	orch-set 1 body=x >/dev/null || exit 1

# good_backups: the newest three can be read
good_backups() {
	for gen in $(find .orch/backup -name '*.yml' | sort | tail -n 3); do
		orch-list -f "$gen" >/dev/null 2>&1 || return 1
	done
}

# events_agree: numbered without a gap, and one for each task that orch-add made
events_agree() {
	made=$(orch-list created_by=orch-add -o id | sort -n | tr '\n' ' ')
	[ -e .orch/events.jsonl ] || { [ -z "$made" ] && return; }
	# The lines have one form, and jq takes longer to start than all else here.
	told=$(sed -n 's/.*"seq":\([0-9]*\),.*"task":\([0-9]*\),.*"event":"\([a-z_]*\)".*/\1 \2 \3/p' .orch/events.jsonl |
		awk '$1 != NR { print "with a gap" } $3 == "add" { printf "%s ", $2 }')
	[ "$told" = "$made" ]
}

# kill_each NAME TEMPLATE HAPPENED CMD ARG..: HAPPENED is a command that is true if it did
kill_each() {
	name=$1 template=$2 happened=$3
	shift 3
	rm -rf "$T/w/x" && cp -a "$T/$template" "$T/w/x" && cd "$T/w/x" || exit 1
	rm -f "$T/steps"
	ORCH_TEST_STEPS="$T/steps" "$@" >/dev/null 2>&1
	steps=$(wc -l <"$T/steps")
	new=$(cksum <tasks.yml)
	[ "$steps" -gt 8 ] && $happened
	result $? "$name: $steps steps"
	k=0 early=0
	while [ $k -lt "$steps" ]; do
		k=$((k + 1))
		step=$(sed -n "${k}p" "$T/steps")
		cd "$T/w" && rm -rf x && cp -a "$T/$template" x && cd x || exit 1
		old=$(cksum <tasks.yml 2>/dev/null)
		# In a shell of its own, which alone reports the signal.
		sh -c '"$@"; exit $?' sh env ORCH_TEST_CRASH_AT=$k "$@" >"$T/out" 2>"$T/err"
		got=$?
		now=$(cksum <tasks.yml 2>/dev/null)
		why=
		[ $got -eq 137 ] || why="$why; ended with $got"
		[ ! -s "$T/out" ] || why="$why; printed before it was durable"
		case $now in "$old") early=$((early + 1)) ;; "$new") ;; *) why="$why; neither old nor new" ;; esac
		orch-list >/dev/null 2>"$T/err" || why="$why; $(cat "$T/err")"
		# What follows sees the truth and clears up.
		orch-set 1 priority=high >/dev/null 2>"$T/err" || why="$why; next: $(cat "$T/err")"
		[ -z "$(find . -name '*.orch-*')" ] || why="$why; left $(find . -name '*.orch-*' | tr '\n' ' ')"
		[ ! -d .orch/conflicts ] || why="$why; a conflict"
		events_agree || why="$why; events: $told tasks: $made"
		good_backups || why="$why; a backup is not whole"
		case $now in
		"$new") $happened || why="$why; lost by the next command" ;;
		*) ! $happened || why="$why; happened after all" ;;
		esac
		"$@" >/dev/null 2>"$T/err" && $happened || why="$why; again: $(cat "$T/err")"
		[ -z "$why" ]
		result $? "$name: killed before step $k, $step" || note "$why"
	done
	[ $early -gt 0 ] && [ $early -lt "$steps" ]
	result $? "$name: $early of $steps before it happened"
}

added() { grep -q 'title: KILLED' tasks.yml; }
changed() { grep -q 'labels: \[killed\]' tasks.yml; }
kill_each 'the first orch-add' first added orch-add 'KILLED'
kill_each 'a later orch-add' later added orch-add --parent 1 'KILLED'
kill_each 'orch-set' later changed orch-set 1 labels=killed
kill_each 'orch-route' later 'grep -q agent:.cat tasks.yml' orch-route -a cat 2
done_testing
