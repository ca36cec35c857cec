#!/bin/sh
# shellcheck disable=SC2154 # inject.sh sets got, now, came, busy and other
# A command stands still before each of its calls on the files of the project, and in
# the meantime a person saves the task file (by rename, or in place) or another command
# changes it.  Whatever was said to be done, and whatever the person saved, is there in
# the end.  Here before every 31st call, for LONG=1 every fifth, for LONG=all each.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/mutate.sh
. "$ROOT/tests/data/cli/mutate.sh"
# shellcheck source=tests/data/cli/inject.sh
. "$ROOT/tests/data/cli/inject.sh"
every 5 31

person='{ cat tasks.yml 2>/dev/null || echo "tasks: []"; echo "# by a person"; }'
saved() { grep -q '^# by a person$' tasks.yml; }
kept() { saved || grep -rqs '^# by a person$' .orch/conflicts .orch/backup; }
# What an orch-fsck --restore that waited puts back is older than that: it is kept then.
second() {
	grep -q 'title: SECOND' tasks.yml ||
		{ [ "$name" = 'orch-fsck --restore' ] && grep -rqs 'title: SECOND' .orch/backup; }
}

# meet WHO OTHER THERE: at each STEPth call; offset by WHO's number, so that they differ
meet() {
	who=$1 line=$2 there=$3 k=$4
	shift 4
	wrong=0 times=0 stood=0 waited=0
	n=$(wc -l <"$T/calls")
	while [ "$k" -le "$n" ]; do
		fresh "$template"
		frozen "$k" "$line" "$@"
		times=$((times + 1)) stood=$((stood + came)) waited=$((waited + busy)) why=
		# A person who saves all the time is nobody's fault, and nor is a file open in an editor.
		case $got in 0) $happened || why="$why; acknowledged, and lost" ;; *) why="$why; $got" ;; esac
		case $other in 0) $there || why="$why; what $who did is lost" ;; *) why="$why; $who: $other" ;; esac
		orch-list >/dev/null 2>"$T/err" || why="$why; orch-list: $(cat "$T/err")"
		orch-add 'What follows' >/dev/null 2>"$T/err" || why="$why; next: $(cat "$T/err")"
		$there && { [ "$got" -ne 0 ] || $happened; } || why="$why; lost by the next command"
		follows
		k=$((k + STEP))
		[ -z "$why" ] && continue
		wrong=$((wrong + 1))
		[ "$wrong" -gt 10 ] || note "$(sed -n "$((k - STEP))p" "$T/calls")$why $(cat "$T/a.err" "$T/b.err")"
	done
	all=$((all + times)) all_wrong=$((all_wrong + wrong))
	is "$wrong" 0 "$name: $times times still while $who: nothing is lost"
	# The last calls may be fewer, since some depend on what is found.
	[ "$stood" -gt 0 ] && [ "$stood" -ge $((times - 2)) ]
	result $? "$name: and it was so $stood times"
}

# meet_each NAME TEMPLATE HAPPENED CMD ARG..
meet_each() {
	name=$1 template=$2 happened=$3
	shift 3
	count_calls "$template" "$@"
	meet 'a person saves by rename' "$person >../saved; mv ../saved tasks.yml" kept 1 "$@"
	meet 'a person saves in place' "$person >../saved; cat ../saved >tasks.yml" kept 4 "$@"
	# Before orch-init there is no project for another command.
	[ "$template" = none ] && return
	meet 'another adds a task' 'orch-add SECOND' second 7 "$@"
	[ "$waited" -gt 0 ] && [ "$waited" -lt "$times" ]
	result $? "$name: the other had to wait $waited times of $times"
}
all=0 all_wrong=0
mutations meet_each
note "figures: $all meetings, $all_wrong with a loss"
done_testing
