#!/bin/sh
# Commands in pipelines, as scripts and people write them: ids in, ids out, status as API.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

project
cat >tasks.json <<'END'
{"key":"a","title":"Make a","command":"echo a >a"}
{"key":"b","title":"Make b","command":"echo b >b","verify":["test -s b"]}
{"key":"c","title":"Cannot","command":"exit 3","max_attempts":1}
{"key":"d","title":"After a","command":"echo d >d","depends_on":["a"]}
{"key":"e","title":"After c","command":"echo e >e","depends_on":["c"]}
END
# The pipe of the design: from a list to work that is done.
got=$(orch-add --json tasks.json | orch-route - | orch-run -j2 - 2>"$T/err" | sort -n | tr '\n' ' ')
is "$got" '1 2 4 ' 'what can be done is done, in its order, and only that is passed on'
is "$(orch-list -o key,status | tr '\t\n' ': ')" 'a:done b:done c:failed d:done e:skipped ' 'each where it should be'
like "$(cat "$T/err")" '*task 3: failed*' 'what failed is said'
got=$(orch-list @skipped -o id | orch-run - 2>"$T/err")
is "$?/$got" 69/ 'what depends on it does not run'
like "$(cat "$T/err")" '*task 5: skipped: task 3 is failed*' 'it is said why'
exits 1 'then nothing is left to run' orch-run next
like "$(cat "$T/err")" '*orch-list*' 'where to ask why'
is "$(orch-list @done -o id | orch-set - labels+=finished | tr '\n' ' ')" '1 2 4 ' 'done ones are labelled'
is "$(orch-list +finished --json | jq -r .key | sort | tr '\n' ' ')" 'a b d ' 'and found by it'

# Empty input is done, everywhere, and no empty line wakes the next one.
for cmd in 'orch-list -' 'orch-route -' 'orch-run -' 'orch-inbox -' 'orch-retry -' 'orch-cancel -' 'orch-set - priority=low' 'orch-add --json -'; do
	is "$(orch-list @cancelled -o id | $cmd 2>&1; echo $?)" 0 "$cmd: an empty input"
done
is "$(orch-list @cancelled -o id | orch-route - | orch-run - | orch-set - labels+=x; echo $?)" 0 'through all of them'

# Ids in other shapes.
is "$(printf ' 1\n\n2 4\t1\r\n' | orch-list - -o id | tr '\n' ' ')" '1 2 4 ' 'blanks and line ends, each once'
is "$(orch-list 2,1 --json | orch-list - -o key | tr '\n' ' ')" 'b a ' 'JSON keeps the order'
is "$(printf '{"id":1}\n' | orch-list - 2 -o id | tr '\n' ' ')" '1 2 ' 'together with ids of the command line'
is "$(printf '1\n99\n' | orch-set - priority=low 2>&1; echo $?)" "orch-set: no task 99
2" 'one that is not there refuses all'
is "$(orch-list 1 -o priority)" normal 'and changes nothing'

# The same by way of orch.
is "$(orch add -a sh --command true 'By orch')" 6 'orch add'
is "$(orch -C . list 6 -o id)" 6 'orch with an option before the command'
is "$(orch run 6)" 6 'orch run'
is "$(orch frobnicate >/dev/null 2>&1; echo $?)" 2 'an unknown command'

# Inside an attempt nothing changes, whatever command is called.
id=$(orch-add -a sh --command 'for c in "orch-add T" "orch-set 1 priority=low" "orch-route -a cat 1" \
	"orch-run next" "orch-run --ready -- true" "orch add T"; do $c >>"$ORCH_OUT/log" 2>&1; echo "$?" >>"$ORCH_OUT/status"; done
	orch-list -o id >"$ORCH_OUT/list" && orch-add -n T >"$ORCH_OUT/dry" && orch-context 1 >"$ORCH_OUT/context"' 'Ambitious')
before=$(orch-list -o id,status,priority,agent 1..6)
orch-run "$id" >/dev/null 2>"$T/err"
is "$(status "$id")" 'done' 'an agent that calls our commands' || note "$(cat "$T/err")"
out=.orch/runs/$id/1/out
is "$(tr '\n' ' ' <"$out/status")" '2 2 2 2 2 2 ' 'is refused each that changes something'
like "$(cat "$out/log")" "*inside an attempt*$id/1*" 'and told why'
is "$(orch-list -o id,status,priority,agent 1..6)" "$before" 'nothing was changed'
is "$(wc -l <"$out/list")" 7 'reading is fine'
is "$(cat "$out/dry")" 8 'a dry run too'
for cmd in 'orch-add T' 'orch-set 1 priority=low' 'orch-route 1' 'orch-run next' 'orch-init'; do
	snapshot
	got=0
	ORCH_ATTEMPT=1/1 $cmd >"$T/out" 2>"$T/err" || got=$?
	is "$got/$(wc -l <"$T/err")" 2/1 "ORCH_ATTEMPT is set: $cmd"
	untouched 'not even the lock is touched'
done
done_testing
