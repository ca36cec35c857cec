#!/bin/sh
# Hostile inputs as tables: each ends in a clear refusal, or is accepted with nothing
# harmed, in ten seconds and 768 MiB.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1
# Sanitizers need more room than that.
[ "$V" = asan ] || ulimit -v 786432
export T ROOT V
# shellcheck disable=SC2086 # a list of classes
perl "$ROOT/tests/lib/hostile.pl" ${CLASSES:-yaml:135 json:62 title:58 key:30}
