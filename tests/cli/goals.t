#!/bin/sh
# orch-fsck --pipeline: goals that plan, divide, join, and are reviewed and arbitrated arrive,
# all of them, also when whatever runs is killed.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
export TMPDIR="$T/scratch"
mkdir "$TMPDIR" "$T/empty"
cd "$T/empty" || exit 1
GOALS=8
[ -z "${LONG:-}" ] || GOALS=100

# of NAME: that line of the output
of() { sed -n "s/^$1	//p" "$T/out"; }

refuses 2 'no number' orch-fsck --pipeline
refuses 2 'no goals' orch-fsck --pipeline 0
refuses 2 'too many' orch-fsck --pipeline 10001
refuses 2 'and something else' orch-fsck --pipeline 1 --locks
ok "$GOALS goals" orch-fsck --pipeline "$GOALS"
is "$(of goals)/$(of 'done')" "$GOALS/$GOALS" 'all arrive'
is "$(of lost)$(of left)$(of where)" '' 'nothing is lost or left'
is "$(ls -A "$TMPDIR")$(ls -A)" '' 'nor a file'
is "$([ "$(of p50_ms)" -gt 0 ] && [ "$(of p50_ms)" -le "$(of p95_ms)" ] && [ "$(of p95_ms)" -le "$(of max_ms)" ] && [ "$(of max_ms)" -le "$(of ms)" ] && echo ordered)" \
	ordered 'the times are in order'
ok 'one as JSON' orch-fsck --json --pipeline 1
is "$(jq -c '[.schema, .goals, .done, .lost, .left, (.ms >= .max_ms and .max_ms == .p50_ms)]' "$T/out")" '[1,1,1,[],[],true]' 'the same there'

# What is not there is told, not passed over.
mkdir "$T/half"
for program in "$(dirname "$(command -v orch-fsck)")"/orch*; do
	[ "${program##*/}" = orch-review ] || ln "$program" "$T/half" 2>/dev/null || cp "$program" "$T/half"
done
exits 1 'without orch-review' env ORCH_SHARE="$ROOT/share/orch" "$T/half/orch-fsck" --pipeline 1
like "$(of lost)" '*orch-review*' 'the goal is lost, and why'
ok 'the scratch project stays' [ -f "$(of where)/tasks.yml" ]
rm -rf "$(of where)"

# Nor what drives it.
orch-fsck --pipeline 4 >"$T/text" 2>/dev/null &
whole=$!
while ! pkill -9 -P "$whole" -x orch-fsck; do kill -0 "$whole" || break; done
wait "$whole"
is "$?" 1 'its drivers are killed'
like "$(sed -n 's/^lost	//p' "$T/text")" '*goals: their drivers were killed*' 'what they had not told of is lost'
rm -rf "$TMPDIR"/orch-pipeline.*

# Whatever of it runs may be killed at any time, but for the drivers themselves.
# victims: what works in the scratch project, the drivers among it
victims() { find /proc -maxdepth 2 -name cwd -lname "$TMPDIR/orch-pipeline.*" 2>/dev/null | cut -d / -f 3; }
fsck=$(readlink -f "$(command -v orch-fsck)")
orch-fsck --pipeline "$GOALS" >"$T/out" 2>"$T/err" &
whole=$!
killed=0
while kill -0 "$whole" 2>/dev/null; do
	# shellcheck disable=SC2046
	set -- $(victims)
	[ $# -gt 0 ] || continue
	shift $(($(od -An -N2 -tu2 /dev/urandom) % $#))
	[ "$(readlink "/proc/$1/exe" 2>/dev/null)" != "$fsck" ] && kill -9 "$1" 2>/dev/null && killed=$((killed + 1))
done
wait "$whole"
is "$?" 0 'with kills it ends well, too'
is "$(of goals)/$(of 'done')" "$GOALS/$GOALS" 'all arrive'
is "$(of lost)$(of left)" '' 'nothing is lost or left'
note "$killed killed"
ok 'some were killed' [ "$killed" -gt 0 ]
done_testing
