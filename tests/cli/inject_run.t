#!/bin/sh
# shellcheck disable=SC2154 # inject.sh sets got and now
# Each call that orch-run itself makes on the files of the project fails once, and from
# then on.  It says 0 if and only if the task is done in the file, else it has a message;
# the file is whole; later runs bring the task to its end, never twice at once and no
# oftener than is written down.  Here every 31st case, for LONG=1 every third, for LONG=all
# each.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/mutate.sh
. "$ROOT/tests/data/cli/mutate.sh"
# shellcheck source=tests/data/cli/inject.sh
. "$ROOT/tests/data/cli/inject.sh"
every 3 31

finished() { [ "$(status 1)" = 'done' ]; }

watched run 'Injected'
count_calls run orch-run next
finished
result $? "done, by $(wc -l <"$T/calls") calls of its own"
awk -v step="$STEP" '
	function add(error, how) { if (n++ % step == 0) print error, how, $1 }
	{ add("EIO", "AT"); add("EIO", "FROM") }
	$3 ~ /n/ { add("ENOSPC", "AT"); add("ENOSPC", "FROM") }
	$3 ~ /i/ { add("EINTR", "AT") }
	$3 ~ /s/ { add("SHORT", "AT"); add("SHORT", "FROM") }' "$T/calls" >"$T/cases"
wrong=0 came=0
while read -r error how k; do
	rm -f "$T/times"
	touch "$T/times"
	fresh run
	inject "$error" "INJECT_$how=$k" orch-run next
	[ ! -s "$T/did" ] || came=$((came + 1))
	why=
	let_go
	# The keeper may have recorded what its parent could not.
	if finished; then
		[ "$got" -eq 0 ] || [ -s "$T/err" ] || why="$why; $got without a message"
	else
		[ "$got" -ne 0 ] || [ ! -s "$T/out" ] || why="$why; 0, but not done"
		[ "$got" -eq 0 ] || told orch-run || why="$why; no message"
	fi
	orch-list >/dev/null 2>"$T/err2" || why="$why; $(cat "$T/err2")"
	tries=0
	while [ $tries -lt 4 ] && ! finished; do
		tries=$((tries + 1))
		ORCH_TEST_NOW=2026-01-02T0$((tries + 3)):30:00Z orch-run next >/dev/null 2>"$T/err2"
		let_go
	done
	IFS='	' read -r is attempts <<END
$(orch-list 1 -o status,attempts)
END
	[ "$is" = 'done' ] || why="$why; it is $is: $(cat "$T/err2")"
	[ "$(wc -l <"$T/times")" -le "$attempts" ] || why="$why; run $(wc -l <"$T/times") times in $attempts attempts"
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	[ $wrong -gt 20 ] || note "$error $how $(sed -n "${k}p" "$T/calls"): $got$why"
done <"$T/cases"
note "figures: $(wc -l <"$T/cases") failed calls of orch-run, $wrong with a wrong end"
is "$wrong" 0 "each of $(wc -l <"$T/cases") errors: done in the end"
# The last calls depend on how fast the worker was.
[ "$came" -ge $(($(wc -l <"$T/cases") * 9 / 10)) ]
result $? "$came of them came"
[ ! -e "$T/overlap" ]
result $? 'it was never run twice at once'
done_testing
