#!/bin/sh
# A kill before each durable step of a whole run, worker and keeper too: at last it is
# done, was never run twice at once, and the log tells one story.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

watched tmpl 'Crashed'
cd "$T/w" || exit 1
cp -a "$T/tmpl" all
ORCH_TEST_STEPS=$T/steps orch-run -C all next >/dev/null 2>&1
steps=$(wc -l <"$T/steps") k=0 wrong=0
while [ $k -lt "$steps" ]; do
	k=$((k + 1)) tries=0
	rm -rf x "$T/times" && cp -a "$T/tmpl" x && cd x || exit 1
	ORCH_TEST_CRASH_AT=$k orch-run next >/dev/null 2>&1
	let_go
	# Done at last; once more, because that may have been the last thing before the kill.
	while [ $tries -lt 3 ] && { [ $tries -eq 0 ] || [ "$(status 1)" != 'done' ]; }; do
		tries=$((tries + 1))
		ORCH_TEST_NOW=2026-01-02T0$((tries + 3)):30:00Z orch-run next >/dev/null 2>"$T/err"
	done
	orch-set 1 body=x >/dev/null 2>>"$T/err"
	why=
	IFS='	' read -r now attempts <<END
$(orch-list 1 -o status,attempts)
END
	[ "$now" = 'done' ] || why="$why; it is $now"
	[ "$attempts" -le 2 ] && [ "$(wc -l <"$T/times")" -le "$attempts" ] || why="$why; $attempts attempts"
	left=$(find . -name '*.orch-*')
	[ -z "$left" ] || why="$why; left $left"
	# The lines have one form, and jq takes longer to start than all else here.
	story=$(sed 's/.*"seq":\([0-9]*\),.*"topic":"task\.\([a-z_]*\)",.*"event":"[a-z_]*"\(,"from":"\([a-z_]*\)"\)*.*/\1 \2 \4/' \
		.orch/events.jsonl | awk '
		$1 != NR { print "numbers of events" }
		$3 != was { print "a gap in the events: " $0 }
		{ was = $2 }
		END { if (was != "done") print "the last event is not the end" }')
	[ -z "$story" ] || why="$why; $story"
	cd .. || exit 1
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	result 1 "killed before step $k, $(sed -n "${k}p" "$T/steps")"
	note "$why"
	note "$(cat "$T/err")"
done
is "$wrong" 0 "killed before each of $steps steps of a run, it is done in the end"
[ "$steps" -gt 40 ] && [ ! -e "$T/overlap" ]
result $? 'and never ran twice at once'
done_testing
