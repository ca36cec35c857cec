#!/bin/sh
# Archived tasks are finished tasks: whoever asks for one finds it, and nobody else looks.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
archive=.orch/archive/2026-01.yml

# begin: a fresh project folder without git, tasks.yml from standard input
begin() {
	cd "$T/w" && rm -rf ./* ./.orch && cat >tasks.yml
}
# archived: the file of the archive, from standard input
archived() { mkdir -p .orch/archive && chmod -R go-rwx .orch && cat >$archive; }
live() { orch-list -o id "$@" | tr '\n' ' '; }
told() { tr '\n' ' ' <"$T/err"; }

begin <<'END'
next_id: 4
tasks:
  - {id: 3, title: Live one}
END
archived <<'END'
tasks:
  - {id: 1, title: Done one, key: k1, labels: [x], status: done}
  - {id: 2, title: Cancelled one, key: k2, status: cancelled}
END
is "$(live)|$(live --all)|$(live --all +x)|$(live --all @done,cancelled)" '3 |3 1 2 |1 |1 2 ' 'orch-list --all'
is "$(orch-list --all | tr -s ' ' | tr '\n' '|')" '3 new - Live one|1 done, archived - Done one|2 cancelled, archived - Cancelled one|' 'marked'
is "$(orch-list --all --json | jq -c '[.id, .archived]' | tr '\n' ' ')" '[3,null] [1,true] [2,true] ' 'as JSON'
is "$(orch-list --all --json -o id 1 3 | jq -c . | tr '\n' ' ')" \
	'{"id":1,"archived":true,"schema":1} {"id":3,"schema":1} ' 'in the order in which they are named'
is "$(orch-list --all --tree 1 3)" '1 done, archived Done one
3 new Live one' 'as a tree'
is "$(orch-list --all --explain 1)" '1	done, archived' 'explained'
is "$(orch-list --all --ready | wc -l)" 0 'never ready'
exits 2 'without --all it is not there' orch-list 1
is "$(told)" 'orch-list: task 1 is archived ' 'and that is said'
exits 2 'nor for a change' orch-set 1 title=x
is "$(told)" 'orch-set: task 1 is archived ' 'and that is said'
exits 2 'what never was is not there either' orch-list --all 9
like "$(orch-show 1)" '*archived  *2026-01.yml*' 'orch-show'
is "$(orch-show --json 1 | jq -c '[.title, .archived]')" '["Done one",true]' 'as JSON'
is "$(orch-show --json 3 | jq .archived)" null 'not of one that is not'

is "$(orch-add -a sh --command true --depends 1 'After done')" 4 'one may depend on it'
printf '{"title":"By key","agent":"sh","command":"true","depends_on":["k1"]}\n' >"$T/in"
is "$(orch-add --json - <"$T/in")" 5 'also by its key'
is "$(field 5 depends_on | jq -c .)" '[1]' 'which becomes its id'
is "$(orch-add -a sh --command true --depends 2 'After cancelled')" 6 'also on a cancelled one'
is "$(orch-list --ready -o id | tr '\n' ' ')" '4 5 ' 'a done one satisfies, a cancelled one does not'
is "$(orch-list --explain 6)" '6	waits for task 2 (cancelled, archived)' 'as is explained'
is "$(orch-status --json | jq .ready)" 2 'orch-status agrees'
ok 'one is claimed' orch-set 3 depends_on=1
exits 2 'what never was satisfies nothing' orch-add --depends 77 x
refuses 2 'a key of an archived task is taken' orch-add --key k1 y
is "$(told)" "orch-add: key 'k1' belongs to task 1 already (--dedupe takes that one) " 'by whom is said'
refuses 2 'also for orch-set' orch-set 3 key=k1
is "$(told)" "orch-set: key: 'k1' belongs to task 1, which is archived " 'by whom is said'
is "$(orch-add --dedupe --key k1 y)" 1 'orch-add --dedupe gives the archived one'
is "$(orch-add --dedupe 'done  ONE')" 1 'by its title too'
is "$(orch-add --dedupe 'Cancelled one')" 7 'but for a cancelled one'
printf '{"title":"a","key":"k1"}\n{"title":"b","key":"new"}\n' >"$T/in"
is "$(orch-add --dedupe --json - <"$T/in" | tr '\n' ' ')" '1 8 ' 'and in a list'

# a copy of a task that is in the file does not count
sed -i 's/^tasks:/&\n  - {id: 3, title: Copy, key: copy, status: done}/' $archive
is "$(live --all @done)$(orch-show 3 | grep -c archived) $(field 3 title)" '1 0 Live one' \
	'what is in the file is live'
is "$(orch-add --key copy 'Same key')" 9 'and the key of its copy is free'

# a damaged archive: no answer is made up
printf 'tasks:\n  - {id: 1}\n' >$archive
ok 'who does not need it does not look' orch-list
ok 'nor to add one' orch-add -a sh --command true x
exits 65 'who needs it is told' orch-list --all
like "$(told)" "orch-list: .orch/archive/2026-01.yml:2:* title: missing " 'where'
refuses 65 'a dependency is not taken for missing' orch-add --depends 1 x
refuses 65 'a key is not taken for free' orch-add --key newer x
exits 65 'nor shown' orch-show 1
orch-set 9 title=x >/dev/null
sed -i 's/^    title: x$/&\n    depends_on: [1]/' tasks.yml
exits 65 'nor is anything ready' orch-list --ready
like "$(told)" "orch-list: .orch/archive/2026-01.yml:2:* title: missing " 'as is said'

# who looks for faults finds none
begin <<'END'
next_id: 3
tasks:
  - {id: 2, title: t, agent: sh, command: 'true', isolation: none, status: routed, parent_id: 7, depends_on: [1]}
END
archived <<'END'
tasks:
  - {id: 1, title: gone, key: k1, status: done, branch: orch/1-gone}
END
mkdir .orch/runs .orch/runs/1 && chmod -R go-rwx .orch
is "$(orch-fsck | cut -f 1,3)" 'links	parent_id names task 7, which does not exist' \
	'orch-fsck: an archived dependency and its run folder are fine'
like "$(orch-context 2)" '*task 1*gone*orch/1-gone*' 'the prompt has the result of an archived dependency'

printf 'tasks:\n  - {id: 1}\n' >$archive
exits 1 'orch-fsck names it' orch-fsck
like "$(cat "$T/out")" '*schema	.orch/archive/2026-01.yml:2:*title: missing*' 'with its place'
done_testing
