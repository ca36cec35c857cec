#!/bin/sh
# The long forms of the tests, then the promise of README as a table: for each line the
# tests that were run just now, their checks and figures.  Fails if one of them does.
#
#	tests/prove/table.sh BUILD	what they said is in BUILD/prove
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1 out=$1/prove bad=0
export LONG=1 TEST_TIMEOUT=7200
rm -rf "$out" && mkdir -p "$out" || exit 1

tests=$(grep -v '^#' tests/prove/promise.txt | cut -d '|' -f 3 | tr ' ' '\n' | sort -u)
for test in $tests; do
	case $test in
	cli/*) program=tests/$test.t ;;
	*) program=$build/$test ;;
	esac
	printf '%s ...\n' "$test" >&2
	tap=$out/$(echo "$test" | tr / -).tap
	"$program" >"$tap" 2>&1
	echo "# status $?" >>"$tap"
done

# said TEST: "CHECKS FAILED", one failed more if it did not come to its end
said() {
	awk '/^ok / { n++ } /^not ok / { n++; bad++ } /^1\.\./ { plan = substr($0, 4) }
	/^# status / { status = $3 }
	END { if (plan != n || n == 0 || (status != 0 && !bad)) bad++; print n + 0, bad + 0 }' "$1"
}

while IFS='|' read -r number what shown missing; do
	case $number in '#'*) continue ;; esac
	checks=0 failed=0
	for test in $shown; do
		# shellcheck disable=SC2046 # two words
		set -- $(said "$out/$(echo "$test" | tr / -).tap")
		checks=$((checks + $1)) failed=$((failed + $2))
	done
	verdict=holds
	[ "$failed" -eq 0 ] || { verdict=BROKEN bad=1; }
	[ "$checks" -gt 0 ] || verdict='not shown'
	printf '%2d  %-46s %6d checks %3d failed  %s\n' "$number" "$what" "$checks" "$failed" "$verdict"
	for test in $shown; do
		tap=$out/$(echo "$test" | tr / -).tap
		figures=$(sed -n 's/^# figures: //p' "$tap")
		[ -z "$figures" ] || printf '      %s: %s\n' "$test" "$figures"
	done
	[ -z "$missing" ] || printf '      not shown: %s\n' "$missing"
done <tests/prove/promise.txt
exit $bad
