#!/bin/sh
# Hostile task files, titles and ids as tables: each ends in a clear refusal, or is accepted
# with nothing harmed, in ten seconds and 768 MiB.
TEST_TIMEOUT=300	# with sanitizers, on a machine that has other things to do
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export T ROOT V ORCH_BIN ORCH_TEST_NOSYNC=1
# Sanitizers need more room than that.
# shellcheck disable=SC3045 # dash has it
[ "$V" = asan ] || ulimit -v 786432
perl "$ROOT/tests/lib/hostile.pl" yaml:135 title:58 key:30
