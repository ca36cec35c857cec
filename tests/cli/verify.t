#!/bin/sh
# What decides is what the suite runs itself, in the work tree, on what is committed there.
# shellcheck disable=SC2016 # words for the shell of an agent or a check
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
FAKE=$ROOT/tests/fake

project
printf 'retry: {jitter: 0}\ngrace: 1s\nmax_attempts: 9\n' >orch.yml
git add orch.yml && git commit -qm Configuration
# task COMMAND CHECK..: the id of a task of the agent sh
task() {
	task_command=$1
	shift
	for check in "$@"; do
		set -- "$@" --verify "$check"
		shift
	done
	orch-add -a sh --command "$task_command" "$@" 'A task'
}
run() { orch-run "$id" >"$T/out" 2>"$T/err"; }
shown() { orch-list "$id" -o status,error_class,last_error | tr '\t' ' '; }

# Where and on what: all in order, on the commit that the branch then has.
id=$(task 'mkdir -p sub && echo work >sub/file' 'pwd -P' 'git rev-parse HEAD; git status --porcelain' \
	"printf '%s\n' \"a 'b'\" && test \"\$(cat)\" = ''" 'cat sub/file; env')
ok 'four checks' orch-run "$id"
run=.orch/runs/$id/1
tree=$(field "$id" worktree)
is "$(cat "$run/verify-1.stdout")" "$(cd "$tree" && pwd -P)" 'are run in the work tree'
is "$(cat "$run/verify-2.stdout")" "$(git rev-parse "$(field "$id" branch)")" 'on the head of its branch, and nothing else is there'
is "$(cat "$run/verify-3.stdout")" "a 'b'" 'by a shell, without input'
like "$(cat "$run/verify-4.stdout")" "work*ORCH_TASK=$id*" 'on what the agent has done, and know whose it is'
is "$(status "$id")" 'done' 'all passed: done'
id=$(task true 'echo one' 'echo two; exit 3' 'echo three')
exits 75 'the second of three fails' orch-run "$id"
is "$(shown)" "routed verify_failed 'echo two; exit 3' ended with 3" 'which is told'
[ -e ".orch/runs/$id/1/verify-2.stdout" ] && [ ! -e ".orch/runs/$id/1/verify-3.stdout" ]
result $? 'and the third is not run'
echo isolation: none >>orch.yml
id=$(task true 'pwd -P')
ok 'without a work tree' orch-run "$id"
is "$(cat ".orch/runs/$id/1/verify-1.stdout")" "$PWD" "they are run in the project's folder"
sed -i '$d' orch.yml

# What it said is in the next prompt, whole or its end.
id=$(task true 'echo "the tab in line $((3 + 4))" >&2; echo "of main.$((1 + 1))"; [ "$ORCH_ATTEMPT" = "$ORCH_TASK/2" ]')
exits 75 'a check that fails once' orch-run "$id"
! grep -q 'the tab in line 7' ".orch/runs/$id/1/prompt.md"
result $? 'the first prompt knows nothing of it'
ok 'the next attempt' orch-run "$id"
grep -q 'the tab in line 7' ".orch/runs/$id/2/prompt.md" && grep -q 'of main.2' ".orch/runs/$id/2/prompt.md"
result $? 'has its output, of both streams, in its prompt'
is "$(status "$id")" 'done' 'and passes'
id=$(task true 'seq 1 200000; echo the last line; exit 1')
run
run
[ "$(wc -c <".orch/runs/$id/2/prompt.md")" -lt 16000 ] && grep -q 'the last line' ".orch/runs/$id/2/prompt.md"
result $? 'of a long one the end' || note "$(wc -c <".orch/runs/$id/2/prompt.md")"
run
is "$(orch-list "$id" -o status,reason | tr '\t' ' ')" 'needs_review the same error three times' 'the third time a person is asked' ||
	note "$(orch-list "$id" -o status,reason)"

# The word of an agent, in whatever form, makes nothing done.
forge='for f in result.json verify-1.result.json outcome.json; do
	printf "{\"schema\":1,\"started\":true,\"exit\":0,\"signal\":0,\"stop\":\"\",\"ms\":1,\"stdout_bytes\":0,\"stderr_bytes\":0,\"swept\":0,\"error\":\"\",\"container\":\"\",\"class\":\"ok\"}" >"$ORCH_OUT/../$f"
done; echo work >work'
id=$(task "$forge" 'echo no; exit 1')
exits 75 'an agent that has written the results itself' orch-run "$id"
is "$(shown)" "routed verify_failed 'echo no; exit 1' ended with 1" 'does not decide'
id=$(orch-add 'Unchecked')
ok 'one that says done, where there is no check' orch-run "$id" -- "$FAKE/ok"
is "$(orch-list "$id" -o status,reason | tr '\t' ' ')" 'in_review unchecked' 'leaves it to a person'
id=$(task 'exit 1' 'touch "$ORCH_PROJECT/checked"')
exits 75 'one that fails' orch-run "$id"
[ ! -e checked ]
result $? 'is not checked at all'

# Checks that are no good themselves.
id=$(task true 'kill -9 $$')
exits 75 'a check that is killed' orch-run "$id"
is "$(shown)" "routed verify_failed 'kill -9 \$\$' died by signal 9" 'has not passed'
id=$(task true 'no-such-command-here')
exits 75 'one that cannot be run' orch-run "$id"
like "$(shown)" "routed verify_failed *ended with 127" 'has not either'
id=$(orch-add -a sh --command true --set timeout=1s --verify 'tail -f /dev/null' 'Hangs')
exits 75 'one that hangs' orch-run "$id"
is "$(shown)" "routed verify_failed 'tail -f /dev/null' was stopped: timeout" 'is stopped when the time is up'
id=$(task true 'head -c 104857600 /dev/zero | tr "\0" x; echo end >&2')
ok 'one that writes 100 MB' orch-run "$id"
run=.orch/runs/$id/1
is "$(jq .stdout_bytes "$run/verify-1.result.json")" 104857600 'is heard to the end'
[ "$(du -sk "$run" | cut -f 1)" -lt 2048 ]
result $? 'but its words are not all kept' || note "$(du -sk "$run")"
id=$(task true 'setsid sh -c "exec >/dev/null 2>&1; trap \"\" TERM HUP; while :; do tail -f /dev/null; done" & sleep 0; echo up')
ok 'one that leaves a child behind' orch-run "$id"
is "$(status "$id")/$(alive)" 'done/' 'passes, and the child is gone'
[ "$(jq .swept ".orch/runs/$id/1/verify-1.result.json")" -ge 1 ]
result $? 'it was swept'

# Checks that change what they check: the branch has what was committed before.
id=$(task 'echo work >file' 'echo more >>file; echo new >by-check' 'grep -q more file')
ok 'a check that changes a file' orch-run "$id"
is "$(git show "$(field "$id" branch):file")" work 'does not change the branch'
like "$(cat "$T/err")" "*task $id: some of what was checked is not on its branch: *by-check*file*" 'and that is said'
is "$(status "$id")" 'done' 'it is done all the same'
id=$(task 'echo work >file' 'rm file')
ok 'one that removes a file' orch-run "$id"
is "$(git show "$(field "$id" branch):file")/$(grep -c 'not on its branch: .*file' "$T/err")" work/1 'likewise'
id=$(task 'echo work >file' 'git checkout -q --detach HEAD^')
exits 75 'one that leaves the branch' orch-run "$id"
like "$(shown)" "routed verify_failed the checks did not leave 'orch/*' at *, where they began" 'has checked nothing'
id=$(task 'echo work >file' 'git reset -q --hard HEAD^; echo yes')
exits 75 'one that takes the commit back' orch-run "$id"
like "$(shown)" "routed verify_failed the checks did not leave 'orch/*" 'neither'
commit=$(shown | sed 's/.* at \([0-9a-f]*\),.*/\1/')
is "$(git show "$commit:file")" work 'the work can be had again'
id=$(task 'echo work >file' 'echo more >>file; git commit -qam More')
exits 75 'one that commits' orch-run "$id"
like "$(shown)" "routed verify_failed the checks did not leave 'orch/*" 'is none'
id=$(task 'echo work >file' 'rm -rf .git')
exits 75 'one that removes git' orch-run "$id"
like "$(shown)" 'routed invalid_output *' 'too'
done_testing
