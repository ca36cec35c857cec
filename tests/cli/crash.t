#!/bin/sh
# A kill before each durable step of every command that changes tasks: the file is the
# old one or the new one and whole, the events agree with it, the next command works and
# leaves nothing lying about, backups are whole.  Here before every third step, from another
# one on for each command, since all of them commit alike; for LONG=1 before each.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# shellcheck source=tests/data/cli/mutate.sh
. "$ROOT/tests/data/cli/mutate.sh"

# kill_each NAME TEMPLATE HAPPENED CMD ARG..: HAPPENED is a command that is true if it did
kill_each() {
	name=$1 template=$2 happened=$3
	shift 3
	cd "$T/w" && rm -rf x && cp -a "$T/$template" x && cd x || exit 1
	rm -f "$T/steps"
	ORCH_TEST_STEPS="$T/steps" "$@" >/dev/null 2>&1
	steps=$(wc -l <"$T/steps")
	new=$(cksum tasks.yml)
	[ "$steps" -gt 8 ] && $happened
	result $? "$name: $steps steps"
	turn=$((turn + 1)) k=$((turn % by + 1 - by)) early=0 wrong=0 kills=0
	while [ $((k + by)) -le "$steps" ]; do
		k=$((k + by)) kills=$((kills + 1))
		cd "$T/w" && rm -rf x && cp -a "$T/$template" x && cd x || exit 1
		old=$(cksum tasks.yml 2>/dev/null)
		# In a shell of its own, which alone reports the signal.
		sh -c '"$@"; exit $?' sh env ORCH_TEST_CRASH_AT="$k" "$@" >"$T/out" 2>"$T/err"
		got=$?
		now=$(cksum tasks.yml 2>/dev/null)
		why=
		[ "$got" -eq 137 ] || why="$why; ended with $got"
		[ ! -s "$T/out" ] || why="$why; printed before it was durable"
		case $now in "$old") early=$((early + 1)) ;; "$new") ;; *) why="$why; neither old nor new" ;; esac
		if [ -e tasks.yml ]; then
			orch-list >/dev/null 2>"$T/err" || why="$why; $(cat "$T/err")"
			# What follows sees the truth and clears up.
			orch-add 'What follows' >/dev/null 2>"$T/err" || why="$why; next: $(cat "$T/err")"
			# What one of these alone makes, it alone clears up.
			case $1 in orch-init | orch-gc) ;; *) follows ;; esac
			case $now in
			"$new") $happened || [ "$1" = orch-init ] || why="$why; lost by the next command" ;;
			*) ! $happened || why="$why; happened after all" ;;
			esac
		fi
		"$@" >/dev/null 2>"$T/err" && $happened || why="$why; again: $(cat "$T/err")"
		follows
		[ -z "$why" ] && continue
		wrong=$((wrong + 1))
		note "killed before step $k, $(sed -n "${k}p" "$T/steps")$why"
	done
	all=$((all + kills)) all_wrong=$((all_wrong + wrong))
	is "$wrong" 0 "$name: killed before $kills of them, it is done or not, and the next command knows"
	[ "$early" -gt 0 ] && [ "$early" -lt "$kills" ]
	result $? "$name: $early of $kills before it happened"
}

is "$(unlisted)" '' 'every command is either tested here or changes nothing'
[ "${LONG-}" ] && by=1 || by=3
all=0 all_wrong=0 turn=0
mutations kill_each
note "figures: $all kills, $all_wrong with a wrong end"
done_testing
