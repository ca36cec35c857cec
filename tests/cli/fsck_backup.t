#!/bin/sh
# orch-fsck: former generations, listed, checked, put back.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

exits 2 'no project' orch-fsck --list-backups
project
ok 'a new project' orch-fsck --list-backups
is "$(cat "$T/out")" '' 'has no generations'
ok 'and nothing is wrong with them' orch-fsck --verify
exits 2 'two at once' orch-fsck --verify --locks
exits 2 'mending is another thing' orch-fsck --verify --fix
for i in 1 2 3; do orch-add "Task $i" >/dev/null; done
ok 'after three commits' orch-fsck --list-backups
is "$(awk -F '\t' '{ print NF, $4 }' "$T/out" | head -n 2)" "$(printf '%s\n' '4 2 tasks' '4 1 tasks')" \
	'they are listed, the newest first'
gen=$(sed -n '2s/	.*//p' "$T/out")
is "$(orch-fsck --list-backups --json | jq -c '[.schema, .gen, .tasks, .valid]' | sed -n 2p)" "[1,$gen,1,true]" 'as JSON'
ok 'all is well' orch-fsck --verify
is "$(cat "$T/out")" '' 'and nothing is said'

name=$(printf 'g%09d.yml' "$gen")
cp ".orch/backup/$name" "$T/kept"
echo 'tasks: [' >".orch/backup/$name"
exits 1 'one that is no YAML' orch-fsck --verify
like "$(cat "$T/out")" "backup	*$name	*" 'is named'
is "$(wc -l <"$T/out")" 1 'and no other'
is "$(orch-fsck --verify --json | jq -r .check)" backup 'as JSON'
like "$(orch-fsck --list-backups | sed -n 2p)" "$gen	*not valid: *" 'in the list too'
exits 1 'the check of all' orch-fsck
is "$(cut -f 1 "$T/out")" backup 'finds it as well'
mv "$T/kept" ".orch/backup/$name"
cp tasks.yml "$T/tasks.yml"
: >tasks.yml
exits 1 'a task file that is empty' orch-fsck --verify
like "$(cat "$T/out")" 'backup	tasks.yml	*' 'is named'
cp "$T/tasks.yml" tasks.yml
ok 'and is well again' orch-fsck
# restore
exits 2 'no number' orch-fsck --restore=x
exits 2 'none of that number' orch-fsck --restore=999
exits 2 'an operand' orch-fsck --restore 1
exits 2 'inside an attempt' env ORCH_ATTEMPT=1/1 orch-fsck --restore
before=$(cksum <tasks.yml)
ok 'a dry run' orch-fsck --restore="$gen" -n
is "$(cat "$T/out")" "$gen" 'says which it would be'
is "$(cksum <tasks.yml)" "$before" 'and changes nothing'
ok 'without it' orch-fsck --restore="$gen" --json
is "$(jq -c . "$T/out")" "{\"schema\":1,\"restored\":$gen,\"dry_run\":false}" 'it is named'
is "$(orch-list -o title all)" 'Task 1' 'and is back'
is "$(orch-add 'One more')" 4 'no id is given out again'
ok 'all is well then' orch-fsck
: >tasks.yml
ok 'what was lost' orch-fsck --restore
like "$(orch-list -o title all)" 'Task 1*' 'is back'
orch-fsck >"$T/out"
is "$(cat "$T/out")" '' 'and sound'

# Which generation is it?  What is said is what a change and --restore then do.
named() { sed -n 's/.*puts generation \([0-9]*\) back.*/\1/p' "$T/out" | sort -u; }
last() { sed -n 's/^gen=\([0-9]*\) .*/\1/p' .orch/state/store.? | sort -n | tail -n 1; }
for damage in ': >tasks.yml' 'rm tasks.yml' 'truncate -s -4 tasks.yml' 'truncate -s 40 tasks.yml' \
	'truncate -s +100 tasks.yml' 'head -c 60 ".orch/backup/$newest" >tasks.yml'; do
	newest=$(find .orch/backup -name 'g*' -printf '%f\n' | sort | tail -n 1)
	cp tasks.yml "$T/tasks.yml"
	gen=$(last)
	sh -c "newest=$newest; $damage"
	exits 1 "$damage" orch-fsck
	is "$(named)" "$gen" 'the last generation is to come back'
	is "$(orch-fsck --restore -n 2>/dev/null)" "$gen" '--restore has the same'
	orch-set 1 body="$damage" >/dev/null 2>"$T/err"
	like "$(cat "$T/err")" "*generation $gen takes its place*" 'a change brings it back'
	ok 'and all is well' orch-fsck
done
orch-add -q "One more" >/dev/null && cp tasks.yml "$T/tasks.yml" && rm .orch/backup/*
: >tasks.yml
exits 1 'without any backup' orch-fsck
like "$(cat "$T/out")" '*backup	tasks.yml	it is empty: and no generation is left*there is no backup of generation*' \
	'there is nothing to go back to'
cp "$T/tasks.yml" tasks.yml
orch-add -q 'After that' >/dev/null 2>&1
cp tasks.yml "$T/tasks.yml"
older=$(last)
orch-add -q 'And that' >/dev/null
cp "$T/tasks.yml" tasks.yml
exits 1 'an older one' orch-fsck
like "$(cat "$T/out")" "*backup	tasks.yml	it is generation $older again, not $(last) *" 'is named'
orch-set 1 body=merged >/dev/null 2>"$T/err"
like "$(cat "$T/err")" "*older copy (generation $older): merged*" 'and merged'
like "$(orch-list -o title all)" '*And that*' 'with what was done since'
ok 'then all is well' orch-fsck

# What is no file at all.
cp tasks.yml "$T/tasks.yml"
for kind in 'mkfifo tasks.yml' 'mkdir tasks.yml' 'ln -s nowhere tasks.yml' 'ln -s tasks.yml tasks.yml' \
	'ln -s /dev/null tasks.yml'; do
	rm -r tasks.yml && $kind
	exits 1 "$kind" timeout 20 orch-fsck
	is "$(cut -f 1,2 "$T/out")/$(cat "$T/err")" 'schema	tasks.yml/' 'is one finding'
	exits 1 'of the generations too' timeout 20 orch-fsck --verify
	is "$(cut -f 1,2 "$T/out")/$(cat "$T/err")" 'backup	tasks.yml/' 'when they are asked for'
done
rm tasks.yml && cp "$T/tasks.yml" tasks.yml
ok 'a file again' orch-fsck

# What cannot be read is no generation.
for text in 'tasks: [' 'null' 'tasks: [{id: 1}]'; do
	echo "$text" >tasks.yml
	seq=$(jq -s 'map(.seq) | max' .orch/events.jsonl)
	kept=$(find .orch/backup -type f | wc -l)
	ok "a file that says $text is put back" orch-fsck --restore
	ok 'and all is well' orch-fsck
	is "$(grep -lxF "$text" .orch/corrupt/* | wc -l)" 1 'what it said is kept as evidence'
	is "$(find .orch/backup -type f | wc -l)" "$((kept + 1))" 'and not as a generation, as what was there before it is'
	is "$(jq -c "select(.seq > $seq) | .topic" .orch/events.jsonl)" '"file.restored"' 'it is told of once'
done
ok 'a generation by its number' orch-fsck --restore="$(orch-fsck --list-backups | head -n 1 | cut -f 1)"
ok 'then too' orch-fsck

printf 'isolation: [\n' >orch.yml
exits 78 'a configuration that is not valid' orch-fsck --verify
exits 1 'is a finding of the check' orch-fsck
done_testing
