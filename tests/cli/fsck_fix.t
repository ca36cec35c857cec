#!/bin/sh
# orch-fsck --fix: mends what can be mended, names the rest, and has nothing to do then.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

listing() { find . -path ./.git -prune -o -printf '%p %m %s %T@ %C@\n' | sort; }
# tasks LINE..: a task file with these tasks, of which no log, no backup and no record tells.
tasks() {
	rm -f .orch/events.jsonl* .orch/backup/* .orch/state/store.*
	{ printf 'next_id: 50\ntasks:\n' && printf '  - %s\n' "$@"; } >tasks.yml
}
# mends N NAME: N findings, all of which are fixable, then fixed, then none.
mends() {
	listing >"$T/before"
	exits 1 "$2" orch-fsck --fix -n
	is "$(grep -c '	fixable: ' "$T/out")" "$1" '- can be mended'
	listing >"$T/after"
	ok '- a dry run changes nothing' cmp "$T/before" "$T/after"
	ok '- are mended' orch-fsck --fix
	is "$(grep -c '	fixed: ' "$T/out")" "$1" '- each of them'
	ok '- once and for all' orch-fsck
	ok '- again nothing' orch-fsck --fix
	is "$(cat "$T/out")" '' '- is said'
}

project p
orch-add 'A task' >/dev/null
ok 'a sound project' orch-fsck --fix
is "$(cat "$T/out")" '' 'has nothing to mend'
exits 2 'inside an attempt' env ORCH_ATTEMPT=1/1 orch-fsck --fix
ok 'a look is allowed there' env ORCH_ATTEMPT=1/1 orch-fsck
ok 'a dry run too' env ORCH_ATTEMPT=1/1 orch-fsck --fix -n

# modes
chmod 755 .orch .orch/state
chmod 666 .orch/lock .orch/events.jsonl
mends 4 'modes'
is "$(stat -c %a .orch .orch/state .orch/lock .orch/events.jsonl | tr '\n' ' ')" '700 700 644 644 ' \
	'as they should be'
chmod 777 .orch
exits 1 'a folder that strangers could write' orch-fsck --fix
like "$(cat "$T/out")" 'mode	.orch	*' 'is for a person to look at'
chmod 700 .orch
ln -s /etc/passwd .orch/state/link
exits 1 'a link' orch-fsck --fix
ok 'is not removed' test -L .orch/state/link
rm .orch/state/link

# links
tasks '{id: 1, title: a, children: [2, 3, 9]} # one' '{id: 2, title: b}' \
	'{id: 3, title: c, parent_id: 4}' '{id: 4, title: d}' '{title: e}'
mends 5 'links'
is "$(orch-list all -o id,parent_id,children | tr '\t\n' ' ;')" '1  2;2 1 ;3 4 ;4  3;50  ;' 'both ways now'
ok 'the comment stays' grep -q '# one' tasks.yml
tasks '{id: 1, title: a, children: [3]}' '{id: 2, title: b, children: [3]}' '{id: 3, title: c}'
mends 2 'a child that two claim'
is "$(orch-list all -o id,parent_id,children | tr '\t\n' ' ;')" '1  3;2  ;3 1 ;' 'is of the first'
tasks '{id: 1, title: a, depends_on: [9]}' '{id: 2, title: a, parent_id: 8}' \
	'{id: 3, title: a, children: [4]}' '{id: 4, title: a, children: [3]}' '{id: 5, title: b, children: [7]}'
exits 1 'what is lost' orch-fsck --fix
is "$(grep -v fixed "$T/out" | cut -f 2,3 | cut -c 1-30)" "$(printf '%s\n' 'task 1	depends_on names task 9' \
	'task 2	parent_id names task 8,' 'task 4	children names task 3, ')" 'or leads in a ring, remains'
is "$(grep -c 'fixed' "$T/out")" 2 'and keeps nothing else from being mended'
is "$(orch-list 1 -o depends_on)" 9 'a dependency is never taken away'

# by hand
tasks '{id: 1, title: a}'
id=$(orch-add 'Another')
orch-set 1 title=c >/dev/null
sed -i "/id: $id/,\$ d" tasks.yml
mends 1 'a task that is gone'
is "$(jq -r 'select(.topic == "task.removed") | .task' .orch/events.jsonl | tail -n 1)" "$id" 'is in the log now'
id=$(orch-add 'One more')
sed -i "/id: $id/,\$ s/status: new/status: done/" tasks.yml
mends 1 'a task that is done'
is "$(jq -c 'select(.topic == "task.done") | [.task, .data.note]' .orch/events.jsonl | tail -n 1)" "[$id,\"by hand\"]" 'too'

# leftovers
tasks '{id: 1, title: a}'
mkdir -p .orch/runs/1/1
chmod 700 .orch/runs .orch/runs/1 .orch/runs/1/1
touch .tasks.yml.orch-new .tasks.yml.orch-mark .orch.yml.orch-new .orch/runs/1/1/.result.json.orch-new \
	.orch/state/.cron.json.orch-new
mends 5 'leftovers'
touch .other.yml.orch-new
ok 'those of another task file' orch-fsck --fix
ok 'are not ours' test -f .other.yml.orch-new
rm .other.yml.orch-new
# A commit that was killed at each of its steps.
for step in stage-write mark exchange backup-rename unmark; do
	orch-add "At $step" >/dev/null
	env ORCH_TEST_CRASH_AT="$step" orch-add Killed >/dev/null 2>&1
	orch-fsck >"$T/out"
	is "$(grep -vc '^leftover' "$T/out")" 0 "killed at $step: at most leftovers"
	ok "killed at $step: mended" orch-fsck --fix
	ok "killed at $step: nothing is left" orch-fsck
	ok "killed at $step: the tasks are there" grep -q "At $step" tasks.yml
done

# events
tasks '{id: 1, title: a}'
orch-add Two >/dev/null
cp .orch/events.jsonl "$T/log"
printf '{"schema":1,"se' >>.orch/events.jsonl
mends 1 'a torn end of the log'
ok 'is cut off, and no more' cmp .orch/events.jsonl "$T/log"
echo '{' >>.orch/events.jsonl
exits 1 'a bad line' orch-fsck --fix
is "$(tail -n 1 .orch/events.jsonl)" '{' 'is not removed'
cp "$T/log" .orch/events.jsonl

# git
git worktree add -q "$T/tree" 2>"$T/err"
tasks "{id: 1, title: a, worktree: $T/tree}"
touch -d 2026-01-01 .git/worktrees/tree/index.lock
mends 1 'a lock of a git that was killed'

# Folders and locks stay.
mkdir -m 700 .orch/runs/2
exits 1 'a run folder without a task' orch-fsck --fix
ok 'stays' test -d .orch/runs/2
rmdir .orch/runs/2

is "$(chmod 755 .orch && orch-fsck --json --fix | jq -c '[.check, .fixable, .fixed]')" '["mode",true,true]' 'as JSON'
is "$(chmod 755 .orch && orch-fsck --json | jq -c '[.check, .fixable, .fixed]')" '["mode",true,false]' 'and what could be'
chmod 700 .orch

# folders where a change puts what it writes
cd "$T/w" && project folders && orch-add -q One >/dev/null
mkdir .tasks.yml.orch-new
exits 71 'a folder in the way' orch-add Two
like "$(cat "$T/err")" "*the folder '.tasks.yml.orch-new' is where*move it away*" 'is told of'
mkdir -m 700 .tasks.yml.orch-old .tasks.yml.orch-mark .orch/backup/.x.orch-new
is "$(orch-fsck | cut -f 1,2 | sort | tr '\t\n' '  ')" \
	'leftover .orch/backup/.x.orch-new leftover .tasks.yml.orch-mark leftover .tasks.yml.orch-new leftover .tasks.yml.orch-old ' \
	'is a finding'
like "$(orch-fsck)" '*leftover	.tasks.yml.orch-new	it is a folder where a change puts what it writes: until it is moved away*' \
	'that says what to do'
echo mine >.tasks.yml.orch-new/file
exits 1 'what is in one' orch-fsck --fix
is "$(cat .tasks.yml.orch-new/file)/$(ls -d .tasks.yml.orch-*)" mine/.tasks.yml.orch-new 'stays, empty ones go'
rm .tasks.yml.orch-new/file
orch-fsck --fix >"$T/out"
ok 'then it goes too' orch-fsck
ok 'and nothing is in the way' orch-add Two

done_testing
