#!/bin/sh
# What a command does when the task file is not what the last one left: a person's edit,
# an older copy that was saved over it, a typo, damage.  Nothing that was acknowledged is
# lost, and what became of it is told.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# begin NAME: a project with a task file by hand, and two commits since
begin() {
	cd "$T/w" && project "$1" || exit 1
	cat >tasks.yml <<'END'
# The tasks of this project.
next_id: 4
tasks:
  - id: 1
    title: One	# the first

  # The second has a comment of its own.
  - {id: 2, title: "Two", labels: [a]}
  - id: 3
    title: Three
END
	orch-add -q Four >/dev/null && orch-set 1 priority=high >/dev/null
}
last_event() { jq -s 'map(.seq) | max // 0' .orch/events.jsonl; }
# told: the events since $seq
told() { jq -r "select(.seq > $seq) | .topic + (if .task then \" \\(.task)\" else \"\" end)" .orch/events.jsonl | tr '\n' ' '; }
generation() { orch-fsck --list-backups --json | jq -s 'map(.gen) | max'; }
# evidence FILE: it is kept whole in .orch/corrupt
evidence() { cat .orch/corrupt/* 2>/dev/null | cmp -s - "$1"; }
# ordinary NAME: the next two commands find nothing to say
ordinary() {
	orch-set 1 body=ordinary 2>"$T/err" >/dev/null && orch-list >/dev/null 2>>"$T/err"
	is "$?/$(cat "$T/err")/$(orch-fsck)" 0// "$1"
}

# ---- a person's edit ----
begin edited
seq=$(last_event)
sed -i 's/One/Uno/; s/labels: \[a\]/labels: [a, b]/' tasks.yml
printf '  - title: Five # by hand\n    odd: kept\n' >>tasks.yml
cp tasks.yml "$T/edit"
ok 'after a person has edited the file' orch-set 3 priority=low
is "$(cat "$T/out" "$T/err")" 3 'a command goes on'
is "$(orch-list 1,2,5 -o title,labels | tr '\t\n' '  ')" 'Uno  Two a,b Five  ' 'with what the person wrote'
is "$(diff "$T/edit" tasks.yml | grep -c '^<')/$(grep -c 'the first$\|comment of its own\|# by hand\|odd: kept' tasks.yml)" \
	"$(diff "$T/edit" tasks.yml | grep -c '^< .*next_id')/4" 'of which no line is touched'
is "$(told)" 'task.adopted 5 ' 'a task without an id gets one, which is told'
ordinary 'from then on the file is an ordinary one'
is "$(orch-add Six)" 6 'and the next id is the next'
cp tasks.yml "$T/last"
sed -i 's/title: [A-Z].*/title: All the same/; s/title: "Two"/title: All the same/' tasks.yml
orch-set 1 body=x >/dev/null
is "$(orch-list all -o title | sort -u)" 'All the same' 'an edit that goes wrong'
for gen in $(orch-fsck --list-backups | cut -f 1); do
	cmp -s "$T/last" ".orch/backup/$(printf 'g%09d.yml' "$gen")" && break
done
ok 'the generation before it is there' orch-fsck --restore="$gen"
ok 'to the byte' cmp "$T/last" tasks.yml
is "$(orch-add Seven)" 7 'and ids are not given again'

begin empty_edit
cp tasks.yml "$T/last"
printf '\n# done for today\n' >>tasks.yml
seq=$(last_event)
ok 'a comment of a person' orch-set 3 priority=low
is "$(tail -n 1 tasks.yml)/$(told)" '# done for today/' 'is no matter'

# ---- an older copy ----
for how in rename place; do
	begin "stale_$how"
	cp tasks.yml "$T/buffer"
	orch-add -q Five >/dev/null && orch-set 3 priority=low title=Tres >/dev/null && orch-route -q -a cat 2 >/dev/null 2>&1
	sed -i 's/One/Uno/; s/title: Three/title: Three by hand/; s/id: 2, title: "Two"/&, status: done/; s/# the first/# still the first/' "$T/buffer"
	printf '  - title: From the buffer\n' >>"$T/buffer"
	if [ $how = rename ]; then cp "$T/buffer" x.new && mv x.new tasks.yml; else cat "$T/buffer" >tasks.yml; fi
	seq=$(last_event)
	ok "$how: an editor saves what it read long ago" orch-set 4 priority=low
	like "$(cat "$T/err")" "*'tasks.yml' was saved from an older copy (generation *): merged*" '- told'
	is "$(orch-list 1,4,5 -o title,priority | tr '\t\n' '  ')" 'Uno high Four low Five normal ' '- both sides are there'
	is "$(orch-list 6 -o title)" 'From the buffer' '- what the person added has an id of its own'
	is "$(orch-list 3 -o title,priority)" "Three by hand	low" '- the person wins on a title'
	is "$(status 2)/$(field 2 agent)" routed/cat '- the commands on a status'
	is "$(grep -c '# The tasks\|# still the first\|comment of its own' tasks.yml)" 3 '- comments are those of the person'
	is "$(sed 's/:.*was/ was/; s/ sides.*//' .orch/conflicts/*.txt | sort | uniq -c | tr -s ' \n' ' ')" \
		' 1 task 2 was changed on both 1 task 3 was changed on both ' '- what could not be settled is kept'
	is "$(told | tr ' ' '\n' | grep -c 'file.merged\|task.conflict\|task.adopted')" 4 '- and in the events'
	is "$(told | tr ' ' '\n' | grep -c 'task.edited')" 0 '- which tell of no status that nobody has changed'
	ordinary '- and then it is an ordinary file'
done

# The same with tasks in blocks only, which are compared otherwise; and an edit of most
# tasks, in which an older generation is as near as the last one but for what was done since.
begin stale_blocks
sed -i 's/- {id: 2, title: "Two", labels: \[a\]}/- id: 2\n    title: Two/' tasks.yml
orch-set 4 priority=low >/dev/null
cp tasks.yml "$T/buffer"
orch-add -q Five >/dev/null
orch-set 4 priority=urgent >/dev/null
sed -i 's/title: .*/&, by hand/' "$T/buffer"
printf '  - title: Six\n' >>"$T/buffer"
cp "$T/buffer" tasks.yml
orch-set 3 body=x >/dev/null 2>"$T/err"
like "$(cat "$T/err")" "*from an older copy*" 'a buffer in which all tasks were changed'
is "$(orch-list 1..4 -o title | grep -c ', by hand')/$(orch-list title=Five,Six -o title | sort | tr '\n' ' ')/$(field 4 priority)" '3/Five Six /urgent' 'is merged too'

# ---- tasks that are removed ----
begin removed
sed -i 's/title: Three/&\n    status: in_progress/' tasks.yml
orch-set 1 body=x >/dev/null
seq=$(last_event)
sed -i '/id: 3/,/status: in_progress/d; /id: 2,/d' tasks.yml
ok 'a person removes two tasks' orch-set 1 body=y
is "$(orch-list all -o id | sort | tr '\n' ' ')" '1 3 4 ' 'the one in progress stays'
like "$(cat "$T/err")" '*task 2: was removed by hand*' 'both are told'
like "$(cat "$T/err")" '*task 3: was removed by hand, but is at work*it stays*' 'on standard error'
is "$(told | tr ' ' '\n' | sort | xargs)" '2 3 task.kept task.removed' 'and in the events'
like "$(cat .orch/conflicts/*)" '*task 3: *it stays*' 'the conflict is kept'
is "$(orch-add Five 2>"$T/err")/$(cat "$T/err")" 5/ 'no id is given again'

begin newest
orch-add -q Five >/dev/null && orch-set 1 priority=low >/dev/null
sed -i '/id: 5/,$d' tasks.yml
orch-set 3 priority=low >/dev/null 2>"$T/err"
is "$(orch-list all -o id,priority | tr '\t\n' ' ,')" '1 low,2 normal,3 low,4 normal,' 'the newest task is removed, from a file that has later changes'
like "$(cat "$T/err")" '*task 5: was removed by hand' 'it goes, and that is told'

# ---- a typo ----
begin typo
sed -i '/id: 3/{n;s/.*/    title: "Three/;}' tasks.yml
cp tasks.yml "$T/typo"
refuses 65 'a typo' orch-set 1 priority=low
like "$(cat "$T/err")" 'orch-set: tasks.yml:1[0-9]:*:*' 'is told with line and column'
ok 'a reader goes on' orch-list
is "$(wc -l <"$T/out")" 4 'with the last good generation'
like "$(cat "$T/err")" 'orch-list: warning: tasks.yml:1[0-9]:*; what is shown is generation *' 'and a warning'
cmp -s tasks.yml "$T/typo"
result $? 'the file is left alone'
printf 'tasks:\n  - {id: 1, title: One, priority: hihg}\n' >tasks.yml
refuses 65 'a wrong value' orch-set 1 priority=low
like "$(cat "$T/err")" 'orch-set: tasks.yml:2:*priority*hihg*' 'is told with its text'
sed 's/"Three/Three/' "$T/typo" >tasks.yml
ok 'mended' orch-set 1 priority=low
ordinary 'it is an ordinary file'

# ---- damage ----
# damaged NAME: a writer restores all that was acknowledged, then does its own
damaged() {
	cp tasks.yml "$T/damage" 2>/dev/null || : >"$T/damage"
	ok "$1: a reader" orch-list all -o id,title,priority
	is "$(cat "$T/out")" "$(cat "$T/all")" '- shows all that was acknowledged'
	like "$(cat "$T/err")" 'orch-list: warning: the file is damaged or gone; what is shown is generation *' '- and warns'
	[ -s "$T/damage" ] && { cmp -s tasks.yml "$T/damage"; result $? '- and leaves it alone'; }
	exits 1 '- fsck' orch-fsck
	seq=$(last_event)
	ok '- a writer' orch-set 2 body=after
	like "$(cat "$T/err")" "*'tasks.yml' was damaged or gone: generation * takes its place*" '- says so'
	is "$(orch-list all -o id,title,priority)" "$(cat "$T/all")" '- restores it, the last change included'
	is "$(field 2 body)" after '- and does its own'
	is "$(grep -c '# The tasks\|the first$\|comment of its own' tasks.yml)" 3 '- comments are there'
	[ ! -s "$T/damage" ] || { evidence "$T/damage"; result $? '- what was found is kept'; }
	is "$(told)" 'file.restored ' '- and it is in the events'
	ordinary '- and then it is an ordinary file'
}
# harm NAME CMD: from a project of that name
harm() {
	begin "$1"
	orch-set 3 priority=low >/dev/null
	orch-list all -o id,title,priority >"$T/all"
	eval "$2"
	damaged "$1"
}
harm gone 'rm tasks.yml'
harm emptied ': >tasks.yml'
harm zeros 'dd if=/dev/zero of=tasks.yml bs=1 seek=40 count=50 conv=notrunc 2>/dev/null'
harm nothing-but-zeros 'head -c "$(wc -c <tasks.yml)" /dev/zero >x && cat x >tasks.yml && rm x'
harm cut 'head -c 150 tasks.yml >x && mv x tasks.yml'
harm one-byte 'head -c 1 tasks.yml >x && mv x tasks.yml'
harm almost-all 'head -c -3 tasks.yml >x && mv x tasks.yml'
harm older-and-cut 'cp .orch/backup/"$(ls .orch/backup | sed -n 3p)" y && head -c 160 y >tasks.yml; rm y'
harm zeros-and-a-hand 'dd if=/dev/zero of=tasks.yml bs=1 seek=40 count=50 conv=notrunc 2>/dev/null; printf "  - title: By hand\n" >>tasks.yml'

# All backups gone, after a commit that made its generation of nothing: the record has it.
harm gone 'cp tasks.yml "$T/keep"; : >tasks.yml; orch-set -q 3 body=x >/dev/null 2>&1; rm -r .orch/backup; head -c 150 tasks.yml >x; mv x tasks.yml'
begin no-backups
rm -r .orch/backup
cp tasks.yml "$T/last"
printf 'tasks:\n  - {id: 1, title: One}\n' >tasks.yml
seq=$(last_event)
orch-set 1 body=x >/dev/null 2>"$T/err"
like "$(cat "$T/err")" "*generation * cannot be had any more*'tasks.yml' is taken as it is*" 'what cannot be compared is told'
is "$(orch-add Five 2>"$T/err")/$(cat "$T/err")" 5/ 'once, and no id is given again'
: >tasks.yml
rm .orch/backup/*
echo garbage | tee .orch/state/store.0 >.orch/state/store.1
refuses 65 'emptied, and nothing to restore it from' orch-add Six
like "$(cat "$T/err")" '*empty or gone*' 'is refused'
exits 65 'for readers too' orch-list

# ---- what is no list of tasks ----
# agree TEXT STATUS: readers, writers and orch-fsck say the same of such a file
agree() {
	cd "$T/w" && project "plain$((n += 1))" && printf '%b' "$1" >tasks.yml
	exits "$2" "'$1': a reader" orch-list all -o title
	cp "$T/err" "$T/reader"
	is "$(cat "$T/out")" '' 'no tasks'
	exits "$((!!$2))" 'orch-fsck' orch-fsck
	cp "$T/out" "$T/found"
	exits "$2" 'a writer' orch-add New
	[ "$2" -eq 0 ] && is "$(orch-list all -o title)" New 'which adds one' && return
	is "$(sed 's/^orch-add: //' "$T/err")" "$(sed 's/^orch-list: //' "$T/reader")" 'of the same mind'
	is "$(sed 's/^schema	\([^	]*\)	/\1: /' "$T/found")" "$(sed 's/^orch-list: //' "$T/reader")" 'and so is orch-fsck'
}
n=0
for text in '# nothing yet\n' '{}\n' '---\n' '# a\n---\n...\n' 'tasks:\n' 'tasks: ~\nnext_id: null\n'; do
	agree "$text" 0
done
for text in 'null\n' '~\n' '--- ~\n' '[]\n' 'word\n'; do
	agree "$text" 65
done

# ---- the record ----
begin record
orch-list all -o id,title,priority >"$T/all"
cp tasks.yml "$T/last"
for slot in .orch/state/store.?; do echo garbage >"$slot"; done
ok 'both records are damaged: a reader' orch-list all -o id,title,priority
is "$(cat "$T/out")/$(cat "$T/err")" "$(cat "$T/all")/" 'reads the file'
ok 'a writer' orch-add Next
is "$(cat "$T/out")" 5 'gives the next id'
is "$(orch-list all -o id,title,priority | grep -v Next)" "$(cat "$T/all")" 'and all is there'
ordinary 'then all is well'
is "$(jq -s 'map(.seq) | . == (sort | unique)' .orch/events.jsonl)" true 'numbers of events are used once'
orch-list all -o id,title,priority >"$T/all"
for slot in .orch/state/store.?; do : >"$slot"; done
head -c 150 tasks.yml >x && mv x tasks.yml
exits 65 'the file cut, and the records empty: no generation is known of which it is a part' orch-set 1 priority=high
ok 'what was kept last comes back' orch-fsck --restore
is "$(orch-list all -o id | tr '\n' ' ')" '1 2 3 4 5 ' 'with all tasks'
is "$(orch-add Six)" 6 'no id is given again'
orch-set 1 priority=high >/dev/null
one=$(stat -c '%Y %n' .orch/state/store.? | sort -n | tail -n 1)
echo garbage >"${one#* }"
ok 'one record is damaged' orch-set 2 priority=urgent
is "$(orch-list 1,2 -o priority | tr '\n' ' ')" 'high urgent ' 'nothing is lost'

# ---- put back ----
begin restored
orch-add -q Five >/dev/null
gen=$(orch-fsck --list-backups --json | jq -s 'map(select(.tasks == 4))[0].gen')
sed -i 's/title: Three/&\n    status: in_progress/' tasks.yml
refuses 75 'while a task is in progress' orch-fsck --restore="$gen"
like "$(cat "$T/err")" '*task 3 is in progress*' 'it is named'
refuses 75 'nor the newest' orch-fsck --restore
orch-set 1 body=x >/dev/null
cp tasks.yml "$T/good"
: >tasks.yml
refuses 75 'nor after damage' orch-fsck --restore="$gen"
ok 'but for what was there last' orch-fsck --restore
is "$(cat tasks.yml)/$(status 3)" "$(cat "$T/good")/in_progress" 'with the task in progress'
sed -i '/status: in_progress/d' tasks.yml
ok 'then' orch-fsck --restore="$gen"
is "$(orch-list all -o id | tr '\n' ' ')" '1 2 3 4 ' 'it is back'
is "$(orch-add Six)" 6 'an id is not given again'
head -c 150 tasks.yml >x && mv x tasks.yml
orch-list all -o id >"$T/all" 2>/dev/null
ok 'damage, put back by hand' orch-fsck --restore
is "$(orch-list all -o id)" "$(cat "$T/all")" 'all is back'
ordinary 'and well'
done_testing
