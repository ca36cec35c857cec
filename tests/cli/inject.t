#!/bin/sh
# shellcheck disable=SC2154 # inject.sh sets got, now, came, busy and other
# Each call that a command makes on the files of its project fails once, and from then
# on: with a full disk, with an error, by a signal, or with half of the bytes.  It says 0
# if and only if the change is in the file; the file is the old or the new one to the
# byte; an error has a message; what follows works.  Here every 37th case, from
# another one on for each command, for LONG=1 every third, for LONG=all each.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/mutate.sh
. "$ROOT/tests/data/cli/mutate.sh"
# shellcheck source=tests/data/cli/inject.sh
. "$ROOT/tests/data/cli/inject.sh"
every 3 37
turn=0

# cases CALLS: "ERROR once|on K" for all that is apt
cases() {
	awk -v step="$STEP" -v n="$((turn * 7))" '
	function add(error, how) { if (n++ % step == 0) print error, how, $1 }
	{ add("EIO", "AT"); add("EIO", "FROM") }
	$3 ~ /n/ { add("ENOSPC", "AT"); add("ENOSPC", "FROM") }
	$3 ~ /i/ { add("EINTR", "AT") }
	$3 ~ /s/ { add("SHORT", "AT"); add("SHORT", "FROM") }' "$1"
}

# inject_each NAME TEMPLATE HAPPENED CMD ARG..
inject_each() {
	name=$1 template=$2 happened=$3
	shift 3
	count_calls "$template" "$@"
	$happened
	result $? "$name: done, by $(wc -l <"$T/calls") calls"
	turn=$((turn + 1))
	cases "$T/calls" >"$T/cases"
	wrong=0 came=0
	while read -r error how k; do
		fresh "$template"
		inject "$error" "INJECT_$how=$k" "$@"
		why=
		[ ! -s "$T/did" ] || came=$((came + 1))
		case $now in
		new) [ "$got" -eq 0 ] || may_be_done "$@" || why="$why; done, but $got" ;;
		old) [ "$got" -ne 0 ] || why="$why; 0, but not done" ;;
		*) is_record "$1" || why="$why; neither old nor new" ;;
		esac
		case $error in EINTR | SHORT) [ "$got" -eq 0 ] || why="$why; $got" ;; esac
		[ "$got" -eq 0 ] || told "$1" || why="$why; no message that names anything"
		goes_on "$@"
		[ -z "$why" ] && continue
		wrong=$((wrong + 1))
		[ "$wrong" -gt 20 ] || note "$error $how $(sed -n "${k}p" "$T/calls")$why"
	done <"$T/cases"
	all=$((all + $(wc -l <"$T/cases"))) all_wrong=$((all_wrong + wrong))
	is "$wrong" 0 "$name: each of $(wc -l <"$T/cases") errors is one that nobody need fear"
	is "$came" "$(wc -l <"$T/cases")" "$name: all of them came"
}

is "$(unlisted)" '' 'every command is either tested here or changes nothing'
all=0 all_wrong=0
mutations inject_each
note "figures: $all failed calls, $all_wrong with a wrong end"
done_testing
