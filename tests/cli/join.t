#!/bin/sh
# What follows when tasks end: those that wait for a bad end are skipped and come back with
# it, and parents leave `blocked`, once, when their join is met or cannot be met any more.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# states: "ID:STATUS .." of all
states() { orch-list -o id,status | tr '\t\n' ': '; }
# notes ID EVENT: those of its lines in the log
notes() { jq -r "select(.task == $1 and .data.event == \"$2\") | .data.note" .orch/events.jsonl; }
# fresh: an empty project where nothing is retried for long
fresh() {
	cd "$T" && rm -rf p && mkdir p && cd p || exit 1
	printf 'isolation: none\nmax_attempts: 1\naccept: unchecked\n' >orch.yml
}

# ---- skipped at once, however deep ----

fresh
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: fails, status: routed, agent: sh, command: exit 3}
  - {id: 2, title: after 1, status: routed, agent: sh, command: "true", depends_on: [1]}
  - {id: 3, title: after 2, status: new, depends_on: [2]}
  - {id: 4, title: after 3 and 5, status: routed, agent: sh, command: "true", depends_on: [5, 3]}
  - {id: 5, title: good, status: routed, agent: sh, command: "true"}
END
exits 69 'a task fails for good' orch-run 1
is "$(states)" '1:failed 2:skipped 3:skipped 4:skipped 5:routed ' 'and all that waits for it is skipped with it'
is "$(orch-list 2..4 -o reason | tr '\n' ,)" 'task 1 is failed,task 2 is skipped,task 3 is skipped,' 'each names its cause'
is "$(jq -s 'map(select(.task != null and (.data.event == "skip" or .data.event == "attempt_failed")) | .gen) | unique | length' .orch/events.jsonl)" \
	1 'in one commit'
ok 'what failed is mended and put back' orch-set 1 command=true
orch-retry 1 >/dev/null
is "$(states)" '1:routed 2:routed 3:new 4:routed 5:routed ' 'all of it comes back'
ok 'and runs' orch-run --ready
is "$(states)" '1:done 2:done 3:new 4:routed 5:done ' 'as far as it has agents'

# A dependency that ended before the task was there: the next tick sees it.
fresh
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: withdrawn, status: cancelled}
  - {id: 2, title: after 1, status: routed, agent: sh, command: "true", depends_on: [1]}
  - {id: 3, title: after 2, status: routed, agent: sh, command: "true", depends_on: [2]}
  - {id: 4, title: its cause is gone, status: skipped, reason: task 5 is failed, depends_on: [5], agent: sh, command: "true"}
  - {id: 5, title: was put back by hand, status: routed, agent: sh, command: "true"}
END
ok 'a tick' orch-retry --due
is "$(states)" '1:cancelled 2:skipped 3:skipped 4:routed 5:routed ' 'skips, and brings back'
cp tasks.yml before.yml
ok 'another tick' orch-retry --due
ok 'changes nothing' cmp tasks.yml before.yml

# ---- joins ----

# parent JOIN STATUS..: task 1 is blocked on children, the last of which, $last, runs sh
parent() {
	fresh
	join=$1
	shift
	last=$(($# + 1))
	{
		echo 'tasks:'
		echo "  - {id: 1, title: parent, status: blocked, agent: sh, command: 'true', children: [$(seq -s ', ' 2 "$last")]$join}"
		i=2
		for status; do
			echo "  - {id: $i, title: child, status: $status, agent: sh, command: $command, parent_id: 1}"
			i=$((i + 1))
		done
	} >tasks.yml
}
# status_of_parent: after the last child ran
status_of_parent() {
	orch-run "$last" >/dev/null 2>&1
	orch-list 1 -o status
}
# joins HOW: each line of the input is a status of the parent, a join and its children
joins() {
	while read -r want join children; do
		# shellcheck disable=SC2086
		parent ", join: $join" $children
		is "$(status_of_parent)" "$want" "join $join of $children and one that $1: $want"
	done
}

command='"true"'
joins 'is done now' <<'END'
routed all done done routed
blocked all done routed routed
blocked all done in_review routed
blocked all done needs_review routed
routed any routed routed routed
routed 2 done routed routed
blocked 2 routed routed routed
routed 9 done routed
blocked 9 routed routed
END
command='exit 1'
joins 'failed now' <<'END'
routed all done routed routed
blocked any routed routed
routed any failed cancelled routed
routed any skipped routed
blocked 2 done routed routed
routed 2 done cancelled routed
END

# What it is told, and how often.
command='"true"'
parent ', join: all' 'done' cancelled routed
is "$(status_of_parent)" routed 'a child that was withdrawn before: the parent is joined at the next tick, before anything runs'
is "$(notes 1 child_failed)" 'joined: 1 of 3 children done, child 3 is cancelled' 'and the log says how many were done, and who was not'
orch-run 4 >/dev/null 2>&1
is "$(jq -r 'select(.task == 1 and .data.from == "blocked") | .seq' .orch/events.jsonl | wc -l)" 1 'it leaves blocked once'
for policy in park:needs_review fail:failed; do
	command='exit 1'
	parent '' 'done' routed
	printf 'children:\n  on_failure: %s\n' "${policy%:*}" >>orch.yml
	is "$(status_of_parent)" "${policy#*:}" "children.on_failure: ${policy%:*}"
	is "$(orch-list 1 -o reason)" 'child 3 is failed' 'the reason names the child'
done
refuses 78 'another policy' env ORCH_CHILDREN_ON_FAILURE=ignore orch-list

# A failed parent is a child too, and one that others wait for.
fresh
printf 'children:\n  on_failure: fail\n' >>orch.yml
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: grandparent, status: blocked, agent: sh, command: "true", children: [2]}
  - {id: 2, title: parent, status: blocked, agent: sh, command: "true", children: [3], parent_id: 1}
  - {id: 3, title: child, status: routed, agent: sh, command: exit 1, parent_id: 2}
  - {id: 4, title: after 2, status: routed, agent: sh, command: "true", depends_on: [2]}
END
exits 69 'a grandchild fails' orch-run 3
is "$(states)" '1:failed 2:failed 3:failed 4:skipped ' 'and so on upwards and along'
ok 'it is put back' orch-retry 3
is "$(states)" '1:failed 2:failed 3:routed 4:skipped ' 'which its parents do not follow: they have gone on'

# A parent that ended, whatever way, and comes back waits for its children again.
fresh
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: cause, status: routed, agent: sh, command: exit 1}
  - {id: 2, title: parent, status: blocked, agent: sh, command: "true", children: [3], depends_on: [1]}
  - {id: 3, title: child, status: routed, agent: sh, command: "true", parent_id: 2}
END
orch-run 1 >/dev/null 2>&1
is "$(states)" '1:failed 2:skipped 3:routed ' 'a parent is skipped while its child is not done'
ok 'its cause is put back' orch-retry 1
is "$(states)" '1:routed 2:blocked 3:routed ' 'it waits for its child again'
ok 'it is withdrawn' orch-cancel 2
ok 'and put back' orch-retry 2
is "$(states)" '1:routed 2:blocked 3:routed ' 'likewise'
ok 'the child is done meanwhile' orch-cancel 2
orch-run 3 >/dev/null 2>&1
ok 'and then put back' orch-retry 2
is "$(states)" '1:routed 2:routed 3:done ' 'there is nothing to wait for'

# Nobody may wait for who waits for it.
fresh
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: parent, status: blocked, agent: sh, command: "true", children: [2]}
  - {id: 2, title: child, status: routed, agent: sh, command: "true", parent_id: 1}
  - {id: 3, title: after the parent, status: routed, agent: sh, command: "true", depends_on: [1]}
  - {id: 4, title: not blocked, status: routed, agent: sh, command: "true", children: [5]}
  - {id: 5, title: after its parent, status: routed, agent: sh, command: "true", parent_id: 4, depends_on: [4]}
END
orch-set 1 body=x >/dev/null
refuses 2 'a child that waits for its parent' orch-set 2 depends_on=1
like "$(cat "$T/err")" '*would make a cycle: 2 -> 1 -> 2*' 'the way is named'
refuses 2 'one that waits for what waits for its parent' orch-set 2 depends_on=3
refuses 2 'a new child that does' orch-add --parent 1 -d 3 'New'
refuses 2 'a task that begins to wait for children that wait for it' orch-delegate 4 --add 'More'
ok 'who waits for nobody may be waited for' orch-add --parent 4 -d 4 'Later'

# Withdrawn children, and one that nobody knows.
fresh
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: parent, status: blocked, children: [2, 3], join: any}
  - {id: 2, title: child, status: new, parent_id: 1}
  - {id: 3, title: child, status: new, parent_id: 1}
END
ok 'one is withdrawn' orch-cancel 2
is "$(states)" '1:blocked 2:cancelled 3:new ' 'the other may do'
ok 'both are' orch-cancel -v 3
like "$(cat "$T/err")" '*task 1 is not blocked any more*' 'the parent is told of'
is "$(states)" '1:new 2:cancelled 3:cancelled ' 'it goes where it came from, without an agent'
fresh
printf 'tasks:\n  - {id: 1, title: parent, status: blocked, agent: sh, command: "true", children: [7]}\n' >tasks.yml
ok 'a tick' orch-retry --due
is "$(states)" '1:routed ' 'a child that is gone is waited for by nobody'
fresh
printf '%s\n' 'next_id: 3' tasks: '  - {id: 1, title: parent, status: blocked, agent: sh, command: "true", children: [2, 7]}' \
	'  - {id: 2, title: child, status: routed, agent: sh, command: "true", parent_id: 1}' >tasks.yml
like "$(orch-fsck)" '*task 1	children names task 7, which does not exist*' 'orch-fsck names a child that never was'
ok 'a tick' orch-retry --due
is "$(states)" '1:routed 2:routed ' 'the other is not waited for when all of them cannot be done'
is "$(orch-list 1 --json | jq -r '.history[-1].note')" 'joined: 0 of 2 children done, child 7 does not exist' 'and the parent says why'
like "$(orch-context 1)" '*child 2 (routed): child
child 7 does not exist*' 'its next attempt is told, too'
sed -i '/id: 1,/s/status: routed, agent/status: blocked, join: any, agent/' tasks.yml
ok 'a tick' orch-retry --due
is "$(states)" '1:blocked 2:routed ' 'where any will do the other is waited for'
ok 'which runs' orch-run 2
is "$(states)/$(orch-list 1 --json | jq -r '.history[-1].note')" '1:routed 2:done /joined: 1 of 2 children done, child 7 does not exist' \
	'and joins'
printf 'children: {on_failure: park}\n' >>orch.yml
sed -i 's/join: any, //; s/status: routed/status: blocked/' tasks.yml
ok 'a tick' orch-retry --due
is "$(orch-list 1 -o status,reason)" "$(printf 'needs_review\tchild 7 does not exist')" 'children.on_failure: park says so'

# Archived children count.
fresh
mkdir -p .orch/archive && chmod 700 .orch .orch/archive
printf 'tasks:\n  - {id: 2, title: child, status: done, parent_id: 1}\n' >.orch/archive/2026-01.yml
printf 'next_id: 9\ntasks:\n  - {id: 1, title: parent, status: blocked, agent: sh, command: "true", children: [2, 3]}\n  - {id: 3, title: child, status: routed, agent: sh, command: "true", parent_id: 1}\n' >tasks.yml
ok 'the last child runs' orch-run 3
is "$(orch-list 1 -o status)" routed 'one in the archive is done'
done_testing
