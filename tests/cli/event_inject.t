#!/bin/sh
# shellcheck disable=SC2154 # inject.sh sets got
# Each call that orch-event makes on the files of its project fails once, and from then on:
# it says 0 if and only if the event is told, given or acknowledged, and what follows works.
# Here every ninth case, for LONG=1 each.
TEST_TIMEOUT=900
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/inject.sh
. "$ROOT/tests/data/cli/inject.sh"
every 1 9

log=.orch/events.jsonl
# Told, or not; an event that could be neither synced nor taken back is told of.
# shellcheck disable=SC2317 # by its name
told_it() {
	n=$(grep -c '"topic":"told"' "$log")
	[ "$got/$n" = 0/1 ] || { [ "$got" -ne 0 ] && { [ "$n" -eq 0 ] || grep -q 'may end in' "$T/err"; }; }
}
# Whatever came of it, the group gets the first event until it is acknowledged.
# shellcheck disable=SC2317
gave_it() {
	{ [ "$got" -ne 0 ] || [ "$(jq .seq "$T/out")" = 1 ]; } &&
		[ "$(orch-event follow --group g --once --max 1 | jq .seq)" = 1 ]
}
# shellcheck disable=SC2317
acked_it() {
	next=$(orch-event follow --group k --once --max 1 | jq .seq)
	[ "$got/$next" = 0/2 ] || { [ "$got" -ne 0 ] && { [ "$next" = 1 ] || grep -q sync "$T/err"; }; }
}

# each NAME CHECK CMD ARG..
each() {
	name=$1 check=$2 wrong=0 came=0 cases=0
	shift 2
	count_calls tmpl "$@"
	calls=$(wc -l <"$T/calls") k=0
	while [ $((k += 1)) -le "$calls" ]; do
		for how in EIO/AT EIO/FROM ENOSPC/AT SHORT/AT; do
			turn=$((${turn-0} + 1))
			[ $((turn % STEP)) -eq 0 ] || continue
			cases=$((cases + 1))
			fresh tmpl
			inject "${how%/*}" "INJECT_${how#*/}=$k" "$@"
			why=
			[ ! -s "$T/did" ] || came=$((came + 1))
			[ "$got" -eq 0 ] || [ -s "$T/err" ] || why="$why; no message"
			$check || why="$why; it ended with $got, which is not so"
			orch-event emit after >/dev/null 2>"$T/err" || why="$why; next: $(cat "$T/err")"
			orch-add 'After' >/dev/null 2>"$T/err" || why="$why; next: $(cat "$T/err")"
			[ "$(jq -r .seq $log | tr '\n' ' ')" = "$(seq -s ' ' "$(wc -l <$log)") " ] ||
				why="$why; the log: $(jq .seq $log | tr '\n' ' ')"
			[ -z "$why" ] && continue
			wrong=$((wrong + 1))
			[ "$wrong" -gt 20 ] || note "$how $(sed -n "${k}p" "$T/calls")$why"
		done
	done
	is "$wrong" 0 "$name: each of $cases errors is one that nobody need fear"
	[ "$came" -gt $((cases / 3)) ]
	result $? "$name: $came of them came"
}

mkdir "$T/tmpl" && cd "$T/tmpl" || exit 1
printf 'tasks: []\n' >tasks.yml && printf 'isolation: none\n' >orch.yml
orch-add 'One' >/dev/null
orch-event emit a.b >/dev/null
orch-event follow --group k --once --max 1 >/dev/null
each 'emit' told_it orch-event emit told
each 'follow' gave_it orch-event follow --group g --once --max 1
each 'ack' acked_it orch-event ack --group k 1
done_testing
