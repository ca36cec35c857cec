#!/bin/sh
# Ids and words that select nothing, and a configuration with a slip in it.  Hostile files,
# titles and ids are tables: tests/cli/hostile.t.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

project ids && orch-add -a sh --command true 'One' >/dev/null
snapshot
for id in 99 4294967297 999999999999999999; do
	refuses 2 "no such id: $id" orch-list "$id"
	like "$(cat "$T/err")" "*$id*" 'it is named'
	refuses 2 "no such id: $id, for orch-set" orch-set "$id" priority=low
	refuses 2 "no such id: $id, for orch-run" orch-run "$id"
	refuses 2 "no such id: $id, for orch-context" orch-context "$id"
	refuses 2 "no such id: $id, for orch-route" orch-route "$id"
done
printf '1 x 2' >"$T/in"
for cmd in 'orch-list -' 'orch-set - priority=low' 'orch-route -' 'orch-run -'; do
	snapshot
	got=0
	$cmd <"$T/in" >"$T/out" 2>"$T/err" || got=$?
	is "$got/$(wc -l <"$T/err")" 2/1 "$cmd: a word in standard input that is no id"
	unchanged 'nothing changed'
done

cd "$T/w" && project files
for key in workrs wokers; do
	printf 'tasks: []\n' >tasks.yml
	printf '# mine\n%s: 4\n' "$key" >orch.yml
	refuses 78 "orch.yml: $key" orch-list
	like "$(cat "$T/err")" '*orch.yml:2:*workers*' 'with its line and the nearest key'
done
done_testing
