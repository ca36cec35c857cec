#!/bin/sh
# The long forms of the tests and tests/prove, then the promise of README as a table: for
# each line the tests that were run just now, their checks, seconds and figures.  Fails
# if one of them does, or if one of tests/prove is in no line.
#
#	tests/prove/table.sh BUILD	what they said is in BUILD/prove
#
# LONG=all in the environment runs each case of the tests that draw some of them.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1 out=$1/prove bad=0 begun=$(date +%s)
export LONG="${LONG:-1}" TEST_TIMEOUT=7200 build out
rm -rf "$out" && mkdir -p "$out" || exit 1

tests=$(grep -v '^#' tests/prove/promise.txt | cut -d '|' -f 3 | tr ' ' '\n' | grep . | sort -u)
for test in tests/prove/*.t; do
	test=${test#tests/} test=${test%.t}
	echo "$tests" | grep -qx "$test" || { echo "$test is in no line of promise.txt"; bad=1; }
done

# The longest first, so that none is left alone at the end.
# shellcheck disable=SC2016 # for that shell
{ printf '%s\n' cli/inject cli/frozen cli/oom; echo "$tests" | grep -vx -e cli/inject -e cli/frozen -e cli/oom; } |
	xargs -P "$(nproc)" -I '{}' sh -c '
	test=$1
	case $test in
	cli/* | prove/*) program=tests/$test.t ;;
	*) program=$build/$test ;;
	esac
	printf "%s ...\n" "$test" >&2
	tap=$out/$(echo "$test" | tr / -).tap begun=$(date +%s)
	"$program" >"$tap" 2>&1
	echo "# status $?" >>"$tap"
	echo "# seconds $(($(date +%s) - begun))" >>"$tap"' sh '{}'

# said TEST: "CHECKS FAILED SECONDS", one failed more if it did not come to its end
said() {
	awk '/^ok / { n++ } /^not ok / { n++; bad++ } /^1\.\./ { plan = substr($0, 4) }
	/^# status / { status = $3 }
	/^# seconds / { seconds = $3 }
	END { if (plan != n || n == 0 || (status != 0 && !bad)) bad++; print n + 0, bad + 0, seconds + 0 }' "$1"
}

while IFS='|' read -r number what shown missing; do
	case $number in '#'*) continue ;; esac
	checks=0 failed=0
	for test in $shown; do
		# shellcheck disable=SC2046 # three words
		set -- $(said "$out/$(echo "$test" | tr / -).tap")
		checks=$((checks + $1)) failed=$((failed + $2))
	done
	verdict=holds
	[ "$failed" -eq 0 ] || { verdict=BROKEN bad=1; }
	[ "$checks" -gt 0 ] || verdict='not shown'
	printf '%2d  %-46s %6d checks %3d failed  %s\n' "$number" "$what" "$checks" "$failed" "$verdict"
	for test in $shown; do
		tap=$out/$(echo "$test" | tr / -).tap
		# shellcheck disable=SC2046 # three words
		set -- $(said "$tap")
		figures=$(sed -n 's/^# figures: //p' "$tap")
		[ "$2" -eq 0 ] || printf '      %s: %d of %d FAILED, see %s\n' "$test" "$2" "$1" "$tap"
		[ -z "$figures" ] || printf '      %s: %s (%d s)\n' "$test" "$figures" "$3"
	done
	[ -z "$missing" ] || printf '      not shown: %s\n' "$missing"
done <tests/prove/promise.txt
printf '%d tests in %d s, LONG=%s\n' "$(find "$out" -name '*.tap' | wc -l)" $(($(date +%s) - begun)) "$LONG"
exit $bad
