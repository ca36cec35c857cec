#!/bin/sh
# Task files of up to 64 MiB and more: none needs ten seconds or 768 MiB.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export T ROOT V ORCH_BIN ORCH_TEST_NOSYNC=1
# Sanitizers need more room than that.
[ "$V" = asan ] || export HOSTILE_ROOM=786432
perl "$ROOT/tests/lib/hostile.pl" big:10
