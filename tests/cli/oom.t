#!/bin/sh
# shellcheck disable=SC2154 # inject.sh sets got, now, came, busy and other
# Each allocation of a command fails once, and from then on: it says so and ends with 71,
# or does without; the file is the old one, or the new one and the message tells of it.
# Here every 101st, from another one on for each command, for LONG=1 every seventh, for
# LONG=all each; of commands that have very many every 1,009th, 101st and seventh.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/mutate.sh
. "$ROOT/tests/data/cli/mutate.sh"
# shellcheck source=tests/data/cli/inject.sh
. "$ROOT/tests/data/cli/inject.sh"
#
# libgit2 1.5 recurses without end when there is no memory to say that there is none:
# orch-init and orch-fsck, which ask it, die by SIGSEGV then.  That is not ours to mend.
# Nor is regcomp(3) of glibc 2.36, which frees twice what it could not make: orch-init reads
# all drivers, at its end, and is aborted.
# shellcheck disable=SC2034 # for inject.sh
ALLOC=1

# step N: every how many'th of N allocations
step() {
	if [ "$1" -gt 2000 ]; then
		case ${LONG-} in '') echo 1009 ;; all) echo 7 ;; *) echo 101 ;; esac
	else
		every 7 101 && echo "$STEP"
	fi
}

# oom_each NAME TEMPLATE HAPPENED CMD ARG..
oom_each() {
	name=$1 template=$2 happened=$3
	shift 3
	count_calls "$template" "$@"
	[ "$(wc -l <"$T/calls")" -gt 100 ] && $happened
	result $? "$name: done, with $(wc -l <"$T/calls") allocations"
	turn=$((turn + 1))
	awk -v n="$((turn * 11))" -v step="$(step "$(wc -l <"$T/calls")")" '{ for (i = 0; i < 2; i++) if (n++ % step == 0) print i ? "FROM" : "AT", $1 }' \
		"$T/calls" >"$T/cases"
	wrong=0 came=0
	while read -r how k; do
		fresh "$template"
		inject ENOMEM "INJECT_$how=$k" "$@"
		why=
		[ ! -s "$T/did" ] || came=$((came + 1))
		case $got/$now in
		0/new | 71/old) ;;
		1/*) [ "$1 $2" = 'orch-fsck --fix' ] || why="$why; ended with 1" ;;
		71/other) is_record "$1" || why="$why; neither old nor new" ;;
		139/old) [ "$1/$how" = orch-init/FROM ] || [ "$1/$how" = orch-fsck/FROM ] ||
			why="$why; ended by SIGSEGV" ;;
		134/*) [ "$1/$how" = orch-init/AT ] && grep -q '^free(): ' "$T/err" || why="$why; aborted" ;;
		71/new) may_be_done "$@" || why="$why; done, but 71" ;;
		*) why="$why; ended with $got, the file is $now" ;;
		esac
		[ "$got" -eq 0 ] || [ "$got" -ge 134 ] || grep -q '^orch.*memory' "$T/err" || told "$1" || why="$why; no message"
		goes_on "$@"
		[ -z "$why" ] && continue
		wrong=$((wrong + 1))
		[ "$wrong" -gt 20 ] || note "$how $k$why: $(head -n 1 "$T/err")"
	done <"$T/cases"
	all=$((all + $(wc -l <"$T/cases"))) all_wrong=$((all_wrong + wrong))
	is "$wrong" 0 "$name: without memory $(wc -l <"$T/cases") times, nothing comes to harm"
	is "$came" "$(wc -l <"$T/cases")" "$name: all of them came"
}

all=0 all_wrong=0 turn=0
mutations oom_each
note "figures: $all failed allocations, $all_wrong with a wrong end"
done_testing
