#!/bin/sh
# Hostile answers of agents, surroundings and file systems as tables, like hostile.t.
TEST_TIMEOUT=300	# with sanitizers, on a machine that has other things to do
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export T ROOT V ORCH_BIN ORCH_TEST_NOSYNC=1
# Sanitizers need more room than that.
# shellcheck disable=SC3045 # dash has it
[ "$V" = asan ] || ulimit -v 786432
perl "$ROOT/tests/lib/hostile.pl" json:62 env:21 fs:40
