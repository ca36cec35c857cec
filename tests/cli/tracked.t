#!/bin/sh
# A task file that git tracks: checkout, pull, stash, rebase and merges between commands.
# Whatever was acknowledged is in the file afterwards, or it is told what became of it.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1 GIT_EDITOR=true GIT_MERGE_AUTOEDIT=no

# begin NAME: a project whose task file has three tasks and is committed, as is its clone
begin() {
	cd "$T/w" && git init -q --bare "$1.git" && project "$1" || exit 1
	git remote add origin "$T/w/$1.git"
	: >"$T/acked" && : >"$T/said" && : >"$T/ids"
	cat >tasks.yml <<'END2'
# The tasks of this project.
next_id: 4
tasks:
  - id: 1
    title: One	# the first

  - id: 2
    title: Two

  - id: 3
    title: Three
END2
	git add -f tasks.yml && git commit -qm 'The tasks' && git push -q origin main && git branch side &&
		git clone -q "$T/w/$1.git" "$T/w/$1-clone" 2>/dev/null || exit 1
}

# add TITLE, set_field ID FIELD VALUE: a change; what is acknowledged is remembered.
add() {
	if id=$(orch-add "$1" 2>>"$T/said"); then
		grep -qx "$id" "$T/ids" && echo "id $id was given twice" >>"$T/twice"
		echo "$id" >>"$T/ids"
		printf '%s\ttitle\t%s\n' "$id" "$1" >>"$T/acked"
	fi
}
set_field() {
	if orch-set "$1" "$2=$3" >/dev/null 2>>"$T/said"; then
		grep -v "^$1	$2	" "$T/acked" >"$T/others"
		{ cat "$T/others"; printf '%s\t%s\t%s\n' "$1" "$2" "$3"; } >"$T/acked"
	fi
}

# told ID: a message, a conflict or an event tells what became of a change of that task
told() {
	grep -v 'no task' "$T/said" | grep -qE "task $1([^0-9]|\$)" && return
	[ ! -d .orch/conflicts ] || ! grep -rqE "(task|id:?) $1([^0-9]|\$)" .orch/conflicts || return 0
	jq -e -s "any(.[]; .task == $1 and (.topic | test(\"remove|conflict|merge\")))" .orch/events.jsonl >/dev/null
}

# accounted NAME: the file is valid, and has all that was acknowledged, or it is told
accounted() {
	why=
	orch-list -q >/dev/null 2>"$T/err" || why=$(cat "$T/err")
	while IFS='	' read -r id field value; do
		[ "$(orch-list "$id" -o "$field" 2>/dev/null)" = "$value" ] || told "$id" ||
			why="$why; $field of task $id is not '$value'"
	done <"$T/acked"
	[ -s "$T/acked" ] && [ -z "$why" ]
	result $? "$1: what was acknowledged is there, or told" || note "$why"
	[ ! -e "$T/twice" ]
	result $? "$1: no id was given twice" || { note "$(cat "$T/twice")"; rm -f "$T/twice"; }
}

# commit TEXT: all of the task file
commit() { git commit -qam "$1"; }

# Changes that git does not touch are only changes.
begin plain
add 'Four' && set_field 1 priority high && commit 'More'
ok 'git takes what the commands wrote' git diff --quiet HEAD -- tasks.yml
is "$(git show HEAD:tasks.yml | grep -c '# The tasks of this project\.$\|# the first$')" 2 'with the comments'
set_field 2 body text
git checkout -q side 2>"$T/err"
is "$?" 1 'git does not check out over a change that is not committed'
accounted 'a checkout that git refuses'

# Pull: from a clone in which a person worked.
begin pull
(cd "$T/w/pull-clone" && sed -i 's/title: Three/title: Three from the clone/' tasks.yml && commit 'From the clone' && git push -q origin main)
set_field 1 priority high && commit 'Here'
ok 'pull' git pull -q --no-rebase origin main
set_field 1 body text
add 'After the pull'
is "$(orch-list 3 -o title)" 'Three from the clone' 'what came by pull is there'
accounted 'pull with a merge'
(cd "$T/w/pull-clone" && git pull -q --no-rebase origin main && sed -i 's/title: Two/title: Two from the clone/' tasks.yml && commit 'Again' && git push -q origin main)
commit 'Here again'
ok 'pull with a rebase' git pull -q --rebase origin main
set_field 3 priority low
is "$(orch-list 2 -o title)" 'Two from the clone' 'what came by rebase is there'
accounted 'pull with a rebase'

# A branch without the file.
begin without
git checkout -q side && git rm -q --cached tasks.yml && rm tasks.yml && git commit -qm 'Not tracked here' && git checkout -q main
add 'Four' && commit 'On main'
git checkout -q side
add 'Five'
[ -e tasks.yml ] || git checkout -q main
accounted 'a branch that has no task file'

# A merge that stops.
begin merge
git checkout -q side && sed -i 's/title: Two/title: Two on the side/' tasks.yml && commit 'On the side'
git checkout -q main
set_field 2 title 'Two on main' && set_field 1 priority high && add 'Four' && commit 'On main'
git merge -q side >/dev/null 2>&1
[ "$(grep -c '^<<<<<<<' tasks.yml)" -gt 0 ]
result $? 'a merge leaves its markers in the file'
cp tasks.yml "$T/markers"
exits 65 'a change is refused meanwhile' orch-add 'In the middle'
like "$(cat "$T/err")" 'orch-add: tasks.yml:*<<<<<<<*' 'the marker is named'
exits 65 'so is another' orch-set 1 body=x
cmp -s tasks.yml "$T/markers"
result $? 'the markers are left alone'
orch-list >"$T/out" 2>"$T/err"
like "$?/$(cat "$T/err")" '*/orch-list: *tasks.yml:*' 'readers say so'
git checkout -q --ours tasks.yml && git commit -qam 'Merged'
set_field 3 priority low
accounted 'a merge that a person settled'
git merge -q --abort 2>/dev/null

# A rebase that stops, with commands while it stands.
begin rebase
git checkout -q side && sed -i 's/title: One/title: One on the side/' tasks.yml && commit 'On the side'
git checkout -q main
set_field 1 title 'One on main' && add 'Four' && commit 'On main'
git rebase side >/dev/null 2>&1
exits 65 'in the middle of a rebase a change is refused' orch-add 'In the middle'
git rebase --abort
set_field 2 body text
accounted 'a rebase that is given up'
commit 'More on main'
git rebase -q -X theirs side >/dev/null 2>&1
set_field 3 body text
add 'Five'
accounted 'a rebase that went through'

# Another branch, which is older.
begin checkout
add 'Four' && set_field 1 priority high && commit 'On main'
git checkout -q side
set_field 2 priority low
add 'Five on the side'
accounted 'another branch is checked out'
like "$(head -n 1 tasks.yml)" '# The tasks*' 'the comments stay'
commit 'On the side'
git checkout -q main
set_field 3 body text
add 'Six on main'
accounted 'and the first one again'

# A branch that is older, and on which a person worked.
begin branch
git checkout -q side && sed -i 's/title: Two/title: Two by hand/' tasks.yml && commit 'By hand'
git checkout -q main
add 'Four' && set_field 1 priority high && commit 'On main'
git checkout -q side
set_field 3 priority low
is "$(orch-list 2 -o title)" 'Two by hand' 'what a person wrote on a branch is there'
accounted 'a branch on which a person worked'

# Stash and pop.
begin stash
add 'Four' && commit 'Four'
set_field 1 priority high
git stash -q
set_field 2 priority low
accounted 'changes are stashed'
commit 'While it was stashed' || :
git stash pop -q >/dev/null 2>&1
! grep -q '^<<<<<<<' tasks.yml || { git checkout -q --theirs tasks.yml && git reset -q; }
set_field 3 body text
accounted 'and popped'

# Thrown away.
begin discard
add 'Four' && set_field 1 priority high
git checkout -q -- tasks.yml
add 'Five'
accounted 'what is not committed is thrown away by git checkout'
commit 'Five'
git reset -q --hard HEAD~1
set_field 2 body text
accounted 'a commit is thrown away by git reset'

# Back and forth while commands run.
begin meanwhile
add 'Four' && commit 'On main'
(
	i=0
	while [ $i -lt 15 ]; do
		i=$((i + 1))
		git stash -q && git stash pop -q
		! grep -q '^<<<<<<<' tasks.yml || { git checkout -q --theirs tasks.yml && git reset -q; }
	done
) >/dev/null 2>&1 &
git_pid=$!
i=0
while [ $i -lt 30 ]; do
	i=$((i + 1))
	add "Meanwhile $i"
done
wait $git_pid
orch-list -q >/dev/null 2>&1 || git checkout -q main -- tasks.yml
set_field 2 body text
accounted 'git stashes and pops while tasks are added'
done_testing
