#!/bin/sh
# After a kill the next command may have nothing to change itself, or fail, or be
# orch-fsck.  Then the file is damaged, or an older copy is saved over it: nothing that
# was acknowledged is lost, at whichever step the kill was.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

# Three tasks, and a change of the second one that was acknowledged.
project start
orch-add One >/dev/null && orch-add Two >/dev/null && orch-add Three >/dev/null
cp tasks.yml "$T/older.yml"
orch-set 2 priority=low >/dev/null
cd ..

rm -f "$T/steps"
cp -a start count && (cd count && ORCH_TEST_STEPS=$T/steps orch-set 1 priority=high >/dev/null)
steps=$(wc -l <"$T/steps")
ok "a change has $steps steps" test "$steps" -gt 10

# Is what was acknowledged there, and no backup another than it was?
whole() {
	[ "$(orch-list -o id,title,priority 2>/dev/null | grep -v '^1')" = "$(printf '2\tTwo\tlow\n3\tThree\tlow')" ] ||
		why="$why; $(orch-list -o id,title,priority 2>&1 | tr '\n\t' ', ')"
	for b in "$T"/w/start/.orch/backup/*; do
		cmp -s "$b" ".orch/backup/${b##*/}" || why="$why; ${b##*/} is another"
	done
}

# after NAME AFTER HURT: kill at each step (here every second, the others the next time),
# then AFTER, then HURT, then a change
[ "${LONG-}" ] && by=1 || by=2
turn=0
after() {
	turn=$((turn + 1)) wrong=0 kills=0 step=$((turn % by + 1 - by))
	while [ $((step += by)) -le "$steps" ]; do
		kills=$((kills + 1))
		cd "$T/w" && rm -rf x && cp -a start x && cd x || exit 1
		why=
		sh -c 'ORCH_TEST_CRASH_AT=$0 orch-set 1 priority=high' "$step" >/dev/null 2>&1
		eval "$2" >/dev/null 2>&1
		eval "$3"
		orch-set 3 priority=low >/dev/null 2>"$T/err" || why="$why; $(cat "$T/err")"
		whole
		[ -z "$why" ] && continue
		wrong=$((wrong + 1))
		note "step $step$why"
	done
	is "$wrong" 0 "$1: $kills kills"
	cd "$T/w" || exit 1
}

after 'nothing to change, then the file is gone' 'orch-set 2 priority=low' 'rm tasks.yml'
after 'no such task, then the file is gone' 'orch-set 99 priority=low' 'rm tasks.yml'
after 'orch-fsck --fix, then the file is gone' 'orch-fsck --fix' 'rm tasks.yml'
after 'nothing to change, then an older copy' 'orch-set 2 priority=low' 'cp "$T/older.yml" tasks.yml'
after 'no such task, then it is cut' 'orch-set 99 priority=low' 'head -c 70 tasks.yml >y && cat y >tasks.yml'
# What was not synced when the power went: cut, where it is still what was to come.
torn='[ -e .tasks.yml.orch-mark ] || [ ! -e .tasks.yml.orch-new ] || truncate -s 20 .tasks.yml.orch-new'
gone='[ -e .tasks.yml.orch-mark ] || rm -f .tasks.yml.orch-new'
after 'a torn new file, then an older copy' "$torn" 'cp "$T/older.yml" tasks.yml'
after 'no new file, then an older copy' "$gone" 'cp "$T/older.yml" tasks.yml'
after 'no new file, then the file is gone' "$gone" 'rm tasks.yml'
after 'the record is lost, and two changes more' 'rm .orch/state/store.*; orch-set 3 priority=high; orch-set 3 priority=normal' ':'

# A folder of backups that takes nothing: the generations stand alone.
cd "$T/w" && rm -rf x && cp -a start x && cd x || exit 1
rm -r .orch/backup && mkdir -m 700 .orch/backup
for gen in 000000003 000000004 000000005 000000006; do mkdir ".orch/backup/g$gen.yml"; done
ok 'no backup can be made' orch-set 3 priority=low
like "$(cat "$T/err")" '*no backup*' 'which is told'
rm tasks.yml
ok 'the file is gone' orch-set 1 priority=high
is "$(orch-list -o id,priority)" "$(printf '1\thigh\n2\tlow\n3\tlow')" 'and comes back whole'

# Evidence is not written over, and what is restored is synced.
unset ORCH_TEST_NOSYNC
for word in first second third; do
	printf '%s\0' "$word" >tasks.yml
	ok "$word damage" orch-set 1 priority=low && orch-set 1 priority=high >/dev/null 2>&1
done
is "$(cat .orch/corrupt/* | tr '\0' '\n' | sort | tr '\n' ' ')" 'first second third ' 'all that was found is kept'

# The newest backup is gone, and the file is cut: no endless search.
cd "$T/w" && rm -rf x && cp -a start x && cd x || exit 1
rm ".orch/backup/$(ls .orch/backup | tail -n 1)" && head -c 150 tasks.yml >y && cat y >tasks.yml
timeout 20 orch-add 'Four' >"$T/out" 2>"$T/err"
like "$?" '[06]*' 'a cut file without its backup ends'

# The newest backup is another than it was: an older one is taken.
cd "$T/w" && rm -rf x && cp -a start x && cd x || exit 1
sed -i 's/title: One/title: Eno/' ".orch/backup/$(ls .orch/backup | tail -n 1)" && : >tasks.yml
orch-add 'Four' >/dev/null 2>&1
is "$(orch-list 1 -o title)" One 'a backup that is not what was committed is not restored'

# Who takes out the newest tasks by hand has seen them; who never saw them has not.
cd "$T/w" && rm -rf x && cp -a start x && cd x || exit 1
sed -i '/- id: 3/,$d' tasks.yml
orch-add 'Four' >/dev/null 2>"$T/err"
is "$(orch-list -o title | tr '\n' ' ')" 'One Two Four ' 'a task that was just added can be taken out'
like "$(cat "$T/err")" '*task 3: was removed by hand*' 'which is told'
cp "$T/older.yml" "$T/buffer.yml"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do orch-add "New $i"; done >/dev/null
sed -i 's/title: One/title: Mine/' "$T/buffer.yml" && cat "$T/buffer.yml" >tasks.yml
orch-add 'Last' >/dev/null 2>&1
is "$(orch-list -o title | grep -c -e New -e Mine)" 26 'a copy older than all generations removes nothing'

# A torn line of the event log does not swallow the next.
truncate -s -10 .orch/events.jsonl
orch-add 'Whole' >/dev/null
is "$(tail -n 1 .orch/events.jsonl | jq -r .topic)" task.new 'a torn event log goes on with a line of its own'

# One file, one lock, whatever it is called.
ln -s tasks.yml link.yml
before=$(orch-list -o id | wc -l)
for i in 1 2 3 4 5 6 7 8; do
	orch-add -f link.yml "link $i" >/dev/null &
	orch-add "name $i" >/dev/null &
done
wait
is "$(($(orch-list -o id | sort -u | wc -l) - before))" 16 'through a link and by its name'
done_testing
