#!/bin/sh
# orch-fsck: names what is wrong, one line each, and changes nothing unless told to.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"

listing() { find . -path ./.git -prune -o -printf '%p %m %s %T@ %C@\n' | sort; }
# finds NAME LINE..: these are the findings, no others, and the exit status is 1.
finds() {
	finds_name=$1
	shift
	exits 1 "$finds_name" orch-fsck
	is "$(cat "$T/out")" "$(printf '%s\n' "$@" | sed 's/ | /	/g')" '- named'
}
# tasks LINE..: a task file with these tasks, of which no log and no backup tells.
tasks() {
	rm -f .orch/events.jsonl* .orch/backup/* .orch/state/store.*
	{ printf 'next_id: 50\ntasks:\n' && printf '  - %s\n' "$@"; } >tasks.yml
}

ok '-h' orch-fsck -h
like "$(cat "$T/out")" 'Usage: orch-fsck *check the files of a project*--json*' 'usage, purpose, options'
exits 2 'an operand' orch-fsck 1
exits 2 'no project' orch-fsck

project p
ok 'a new project' orch-fsck
is "$(cat "$T/out" "$T/err")" '' 'is sound'
orch-add -a sh --command true --set isolation=none 'A task' >/dev/null
orch-add -d 1 'Another' >/dev/null
orch-run -q next >/dev/null
listing >"$T/before"
ok 'so is one that was used' orch-fsck
is "$(cat "$T/out" "$T/err")" '' 'to the last file'
listing >"$T/after"
ok 'nothing was written' cmp "$T/before" "$T/after"
(umask 077 && mkdir -p .orch/state/gh/github.com/1000 && cd .orch/state && touch cron.json cron.lock gh/pin.json \
	gh/github.com/1000.json gh/github.com/1000.lock gh/github.com/1000/1.json gh/github.com/.1000.json.orch-new)
chmod 700 .orch/state/gh .orch/state/gh/github.com
ok 'what schedules and GitHub leave is' orch-fsck
is "$(cat "$T/out" "$T/err")" '' 'sound, too'
rm -r .orch/state/gh/pin.json .orch/state/gh/github.com/1000 .orch/state/cron.json
mkdir -m 700 .orch/state/gh/pin.json .orch/state/cron.json && (umask 077 && : >.orch/state/gh/github.com/1000)
exits 1 'what it is not' orch-fsck
is "$(cut -f 1,2 "$T/out" | sort)" "$(printf 'mode\t.orch/state/%s\n' cron.json gh/github.com/1000 gh/pin.json)" 'is named'
rm -r .orch/state/gh .orch/state/cron.json .orch/state/cron.lock
rm -r .orch/runs/*

# schema
printf 'tasks:\n  - {id: 1, title: a, priority: hihg}\n' >tasks.yml
exits 1 'a wrong value' orch-fsck
like "$(cat "$T/out")" "schema	tasks.yml:2:[0-9]*	*priority*hihg*" 'check, place, message'
printf 'tasks: [\n' >tasks.yml
exits 1 'no YAML' orch-fsck --json
is "$(jq -r '[.schema, .check, has("task")] | map(tostring) | join(" ")' "$T/out")" '1 schema false' 'as JSON'
printf 'tasks:\n  - {id: 1, title: a}\n  - {id: 1, title: b}\n' >tasks.yml
exits 1 'an id twice' orch-fsck
rm tasks.yml
exits 1 'a file that was lost' orch-fsck
like "$(cat "$T/out")" 'schema	tasks.yml	*' 'is a finding too'

{
	printf '\357\273\277next_id: 50000\r\ntasks:\r\n'
	awk 'BEGIN { for (i = 1; i <= 12000; i++) printf "- {id: %d, title: \303\251, status: \303\251x}\r\n", i }'
} >tasks.yml
exits 1 'a fault in each of many tasks' orch-fsck
is "$(sed -n '$=' "$T/out") $(tail -n 1 "$T/out" | cut -f 1,3)" '10001 schema	and 2000 more: mend these, and check again' \
	'so many are named'
is "$(cut -f 2 "$T/out" | sed -n '1p;10000p')" "$(printf 'tasks.yml:%s\n' 3:21 10002:25)" 'where each stands'

# links
tasks '{id: 1, title: a, depends_on: [9]}' '{id: 2, title: a, parent_id: 8}' \
	'{id: 3, title: a, children: [4, 7]}' '{id: 4, title: a}' \
	'{id: 5, title: a, children: [6]}' '{id: 6, title: a, parent_id: 4}' '{title: new}'
listing >"$T/before"
finds 'broken links' \
	"schema | tasks.yml:9:5 | 'new' has no id: the next command that changes the file gives it one" \
	'links | task 1 | depends_on names task 9, which does not exist: orch-set 1 depends_on-=9' \
	'links | task 2 | parent_id names task 8, which does not exist' \
	'links | task 3 | children names task 4, which has no parent_id' \
	'links | task 3 | children names task 7, which does not exist' \
	'links | task 5 | children names task 6, whose parent_id is 4' \
	'links | task 6 | parent_id names task 4, whose children do not have it'
listing >"$T/after"
ok 'nothing was written' cmp "$T/before" "$T/after"
is "$(orch-fsck --json | jq -c .task | tr '\n' ' ')" 'null 1 2 3 3 5 6 ' 'the tasks as JSON'

# keys
mkdir -p .orch/archive && chmod 700 .orch/archive
printf 'tasks: [{id: 40, title: a, key: old}, {id: 3, title: a, key: three}]\n' >.orch/archive/2026-01.yml
tasks '{id: 1, title: a, key: x}' '{id: 2, title: a, key: "x"}' '{id: 3, title: a, key: three}' '{id: 4, title: a, key: old}'
finds 'two tasks of one key' "links | task 2 | its key 'x' is that of task 1 too: orch-set 2 key=" \
	"links | task 4 | its key 'old' is that of task 40 too, which is archived: orch-set 4 key="
ok 'mended' orch-set 2 key=
ok 'as it says' orch-set 4 key=
ok 'is mended' orch-fsck
rm -r .orch/archive

# schema: all of it, not the first alone
tasks '{id: 1, title: a, priority: hihg, depends_on: 3}' '{id: 2}' '{id: 1, title: c}' 'text'
exits 1 'many faults' orch-fsck
is "$(cut -f 1,2 "$T/out" | tr '\t\n' '  ')" \
	'schema tasks.yml:3:23 schema tasks.yml:3:39 schema tasks.yml:4:5 schema tasks.yml:6:5 schema tasks.yml:5:10 ' \
	'are all named'
like "$(cat "$T/out")" '*hihg*depends_on*title: missing*not a map*id 1 is used twice, first at line 3*' 'with what they are'
printf 'tasks:\n  - {id: 1, title: "a\302\205b"}\n  - {id: 2, title: "x \342\200\250"}\n' >tasks.yml
exits 1 'line ends that nobody sees' orch-fsck
is "$(cut -f 2,3 "$T/out" | cut -c 1-36 | tr '\t' ' ')" "$(printf '%s\n' 'tasks.yml:2:22 the character NEL (U+' \
	'tasks.yml:3:23 the character LS (U+2')" 'are named'

# archived tasks are not missing
mkdir -m 700 .orch/archive .orch/runs/30
printf 'tasks:\n  - {id: 30, title: old, status: done, parent_id: 1}\n' >.orch/archive/2025-12.yml
tasks '{id: 1, title: a, children: [30]}' '{id: 2, title: a, parent_id: 30, depends_on: [30, 31]}'
printf '{"schema":1,"seq":1,"gen":1,"at":"2026-01-01T00:00:00Z","topic":"task.done","task":30}\n' >.orch/events.jsonl
finds 'what is in the archive exists' \
	'links | task 2 | depends_on names task 31, which does not exist: orch-set 2 depends_on-=31'
echo '- broken: [' >.orch/archive/2026-01.yml
exits 1 'an archive that is not valid' orch-fsck
like "$(cat "$T/out")" 'schema	.orch/archive/2026-01.yml:*' 'is named'
is "$(wc -l <"$T/out")" 1 'and what may be in it is not missing'
rm -r .orch/archive .orch/runs/30

# cycle
tasks '{id: 1, title: a, depends_on: [3]}' '{id: 2, title: a, depends_on: [1]}' \
	'{id: 3, title: a, depends_on: [2]}'
finds 'a cycle' 'cycle | task 1 | it waits for itself: 1 -> 3 -> 2 -> 1'
tasks '{id: 4, title: a, depends_on: [4]}'
finds 'of one' 'cycle | task 4 | it waits for itself: 4 -> 4'
tasks '{id: 1, title: a, status: blocked, children: [2]}' \
	'{id: 2, title: a, parent_id: 1, depends_on: [1]}'
finds 'through a parent that waits' 'cycle | task 1 | it waits for itself: 1 -> 2 -> 1'
tasks '{id: 1, title: a, parent_id: 2, children: [2]}' '{id: 2, title: a, parent_id: 1, children: [1]}'
finds 'of parents' 'cycle | task 1 | it is its own ancestor: 1 -> 2 -> 1'

tasks '{id: 1, title: a, depends_on: [2]}' '{id: 2, title: a, depends_on: [1]}' \
	'{id: 3, title: a, depends_on: [4, 5]}' '{id: 4, title: a, depends_on: [3]}' \
	'{id: 5, title: a, depends_on: [5, 1]}'
finds 'all of them' 'cycle | task 1 | it waits for itself: 1 -> 2 -> 1' \
	'cycle | task 3 | it waits for itself: 3 -> 4 -> 3' 'cycle | task 5 | it waits for itself: 5 -> 5'

# attempt
tasks '{id: 1, title: a, status: in_progress, attempts: 2, agent: sh}' \
	'{id: 2, title: a, status: routed, agent: sh}'
finds 'nobody holds it' \
	'attempt | task 1 | attempt 2 is in progress, but no process holds it: the next orch-run settles it'
mkdir -p .orch/runs/1 .orch/runs/2
chmod 700 .orch/runs .orch/runs/*
mkfifo "$T/held" "$T/go"
hold() {
	(umask 077 && exec flock ".orch/runs/$1/lock" sh -c 'echo >"$0"; read -r _ <"$1"' "$T/held" "$T/go") &
	read -r _ <"$T/held"
}
hold 1
ok 'with its lock held' orch-fsck
echo >"$T/go"
wait
tasks '{id: 1, title: a}' '{id: 2, title: a, status: routed, agent: sh}'
hold 2
finds 'a lock that should be free' \
	'attempt | task 2 | it is routed, but a process still holds an attempt of it'
echo >"$T/go"
wait

# A program that its keeper could not end.
mkfifo "$T/ready"
ORCH_ATTEMPT=2/1 ORCH_PROJECT=$PWD ORCH_TASKS=$PWD/tasks.yml sh -c 'echo >"$0"; read -r _ <"$1"' "$T/ready" "$T/go" &
pid=$!
read -r _ <"$T/ready"
finds 'a program without an attempt' \
	"attempt | task 2 | process $pid (sh) has outlived attempt 2/1: end it with kill"
echo >"$T/go"
wait

# leftover
tasks '{id: 1, title: a}'
mkdir -m 700 .orch/runs/60
touch .tasks.yml.orch-new .orch/runs/1/.result.json.orch-new
finds 'what a killed command left' \
	'leftover | .tasks.yml.orch-new | a command was killed while it wrote: the next one that writes there removes it' \
	'orphan | .orch/runs/2 | there is no task 2 any more: the folder can be removed' \
	'leftover | .orch/runs/1/.result.json.orch-new | a command was killed while it wrote: the next one that writes there removes it'
rmdir .orch/runs/60
rm -r .orch/runs/2
hold 1
flock .orch/lock orch-fsck >"$T/out"
is "$(grep -c leftover "$T/out")" 0 'while somebody is at it there is none'
echo >"$T/go"
wait
rm .tasks.yml.orch-new .orch/runs/1/.result.json.orch-new

# mode
chmod 755 .orch
chmod 666 .orch/lock
ln -s /etc .orch/state/link
exits 1 'modes' orch-fsck
is "$(sort "$T/out")" "$(printf '%s\n' \
	'mode	.orch	it is open to others (mode 0755): chmod 700 it' \
	'mode	.orch/lock	others can write it (mode 0666): chmod go-w it' \
	'mode	.orch/state/link	it is a symbolic link: remove it')" '- named'
chmod 777 .orch
exits 1 'an .orch that no other command opens' orch-fsck
like "$(cat "$T/out")" "mode	.orch	*can be written by others*" '- named'
chmod 700 .orch
chmod 600 .orch/lock
rm .orch/state/link
chmod 777 .
finds 'a folder above' "mode | $T/w/p | others can write it (mode 0777), and so replace the project: chmod go-w it"
chmod 1777 .
ok 'one that is sticky' orch-fsck
chmod 755 .
mkdir -p .orch/runs/1/1/out/wide
chmod 700 .orch/runs/1/1 .orch/runs/1/1/out
chmod 777 .orch/runs/1/1/out/wide
ok 'what an agent leaves is its own' orch-fsck

mkfifo .orch/slots.fifo .orch/runs/1/1/pipe
rm .orch/lock.gate && mkfifo .orch/lock.gate
mkdir .orch/events.jsonl
mv .orch/backup "$T/backup" && touch .orch/backup
rm -f .orch/runs/1/lock && ln -s nowhere .orch/runs/1/lock
exits 1 'what is of the wrong kind' timeout 20 orch-fsck
is "$(grep '^mode' "$T/out" | sort)" "$(printf '%s\n' \
	'mode	.orch/backup	it is a file where a folder belongs: remove it' \
	'mode	.orch/events.jsonl	it is a folder where a file belongs: remove it' \
	'mode	.orch/lock.gate	it is a FIFO where a file belongs: remove it' \
	'mode	.orch/runs/1/1/pipe	it is a FIFO: remove it' \
	'mode	.orch/runs/1/lock	it is a symbolic link: remove it' \
	'mode	.orch/slots.fifo	it is a FIFO where a file belongs: remove it')" 'is named'
rm -r .orch/slots.fifo .orch/runs/1/1/pipe .orch/lock.gate .orch/events.jsonl .orch/backup .orch/runs/1/lock
mv "$T/backup" .orch/backup
chmod 666 tasks.yml
finds 'a task file for everybody' 'mode | tasks.yml | others can write it (mode 0666), and so run programs: chmod go-w it'
chmod 644 tasks.yml
if chown 65534 tasks.yml 2>/dev/null; then
	ok 'a change of a task file that is another user'\''s' orch-set 1 priority=high
	set -- .orch/backup/g*.yml
	for last; do :; done
	is "$(stat -c %u "$last" tasks.yml | tr '\n' ' ')" '65534 65534 ' 'it keeps its owner, and so does the backup'
	ok 'which is no finding' orch-fsck
	chown 1 "$last"
	finds 'but a third one' "mode | $last | it belongs to user 1, not to us: chown it"
	chown 0 "$last" tasks.yml
else
	note 'only root can give a file to another user: not tested here'
fi

# config
printf 'wrokers: 3\n' >orch.yml
exits 1 'orch.yml' orch-fsck
like "$(cat "$T/out")" "config	orch.yml:1:1	*wrokers*workers*" 'is not valid'
cp tasks.yml "$T/tasks.yml"
printf 'tasks:\n  - {id: 1, title: a, agent: nobody, depends_on: [1]}\n' >tasks.yml
exits 1 'and all the rest is looked at all the same' orch-fsck
is "$(cut -f 1 "$T/out" | sort -u | tr '\n' ' ')" 'config cycle ' 'but for what it would say'
cp "$T/tasks.yml" tasks.yml
exits 1 'with --fix there is nothing but this' orch-fsck --fix
is "$(cut -f 1 "$T/out")" config 'since what a change may do is not known'
rm orch.yml && mkdir orch.yml
exits 1 'an orch.yml that is a folder' orch-fsck
rmdir orch.yml
echo 'id: bad' >orch.d/agents/good.yml
exits 1 'a driver' orch-fsck
like "$(cat "$T/out")" "config	$T/w/p/orch.d/agents/good.yml:1:1	argv.run is missing" 'is not valid'
rm orch.d/agents/good.yml && rmdir orch.d/hooks && touch orch.d/hooks
finds 'a file for a folder' 'config | orch.d/hooks | it is no folder: move it away'
rm orch.d/hooks
cp -r "$ROOT/share/orch" "$T/share"
rm "$T/share/prompts/run.md"
ORCH_SHARE=$T/share finds 'a shipped file' "config | prompts/run.md | it is missing in '$T/share'"

# agent
tasks '{id: 1, title: a, status: routed, agent: fake}' '{id: 2, title: a, status: routed, agent: fake}' \
	'{id: 3, title: a, status: done, agent: gone}' '{id: 4, title: a, agent: sh}'
sed 's/^id: cat/id: fake/; s/^bin: .*/bin: [no-such-program]/' "$ROOT/share/orch/agents/cat.yml" \
	>orch.d/agents/fake.yml
printf 'agents: {sh: {enabled: false}}\nrouter:\n  default: cat\n  rules: [{label: x, agent: missing}]\n' >orch.yml
exits 1 'agents' orch-fsck
is "$(sed 's/ (there are: .*//' "$T/out")" "$(printf '%s\n' \
	"agent	task 1	agent fake: 'no-such-program' is not on PATH" \
	'agent	task 4	agent sh: it is not enabled (agents.sh.enabled)' \
	"agent	router.rules	no agent 'missing'")" 'each once, where it is named first'
rm orch.yml

# events
tasks '{id: 1, title: a}'
event() { printf '{"schema":1,"seq":%s,"gen":1,"at":"2026-01-01T00:00:00Z","topic":"%s","task":%s}\n' "$@"; }
{ event 1 task.new 1 && echo 'no event' && event 2 task.routed 1 && event 2 task.routed 1 &&
	echo '{"a":1}' && printf '{"schema":1,"seq":3'; } >.orch/events.jsonl
exits 1 'a log that is damaged' orch-fsck
is "$(cut -f 1,2 "$T/out")" "$(printf 'events	.orch/events.jsonl%s\n' :2 :4 :5 '')" 'line by line'
like "$(cat "$T/out")" '*no JSON*seq 2 comes after 2*no seq*cut after 19 bytes*' 'each with its fault'
for i in 1 2 3 4 5 6 7 8; do echo "[$i"; done >.orch/events.jsonl
exits 1 'and much so' orch-fsck
is "$(tail -n 1 "$T/out")" 'events	.orch/events.jsonl	3 more lines are no good' 'is told in few lines'
{ event 7 task.new 1 && printf '{"seq"'; } >.orch/events.jsonl.1
event 6 task.new 1 >.orch/events.jsonl
finds 'and older files' 'events | .orch/events.jsonl.1 | its last line is cut' \
	'events | .orch/events.jsonl:1 | seq 6 comes after 7'
rm .orch/events.jsonl.1
event 1 task.new 1 | sed 's/2026-01-01T00/2026-01-02T04/' >.orch/events.jsonl
finds 'one of tomorrow' \
	'clock | .orch/events.jsonl | event 1 is of 2026-01-02T04:00:00Z, and the clock says 2026-01-02T03:04:05Z'
{ event 1 task.new 1 && event 2 task.routed 1 | sed 's/2026-01-01T00/2030-01-01T00/' && event 3 task.new 1; } >.orch/events.jsonl
finds 'one of years ahead that is not the last' \
	'clock | .orch/events.jsonl | event 2 is of 2030-01-01T00:00:00Z, and the clock says 2026-01-02T03:04:05Z'
# odd KEY VALUE MESSAGE: an event one of whose fields was edited by hand
odd() {
	{ event 1 task.new 1 | jq -c --arg k "$1" --argjson v "$2" '.[$k] = $v' && event 2 task.new 1; } >.orch/events.jsonl
	finds "$1 of $2" "events | .orch/events.jsonl:1 | $3"
}
odd topic '"a\u001b[2Jb"' 'its topic is no topic: "a\u001b[2Jb"'
odd topic 7 'its topic is no topic: 7'
odd topic '"a b"' 'its topic is no topic: "a b"'
odd schema 2 'its schema is none that can be: 2'
odd at '"yesterday"' 'its at is no time: "yesterday"'
odd at 5 'its at is no time: 5'
odd ttl -1 'its ttl is none that can be: -1'
odd ttl '"2h"' 'its ttl is none that can be: "2h"'
odd depth 9 'its depth is none that can be: 9'
odd attempt '"x"' 'its attempt is none that can be: "x"'
odd priority '"soon"' 'its priority is none that can be: "soon"'
odd source '"a\nb"' 'its source is no line of text: "a\nb"'
event 1 task.new 1 | jq -c 'del(.at)' >.orch/events.jsonl
finds 'one without a time' 'events | .orch/events.jsonl:1 | it is no event: it has no at'
event 9223372036854775807 task.new 1 >.orch/events.jsonl
finds 'a number that is none' 'events | .orch/events.jsonl:1 | its seq is none that can be: 9223372036854775807'
{ event 1 task.new 1 && event 3 task.routed 1 && event 2 a.b 1; } >.orch/events.jsonl
finds 'lines that were swapped' \
	'events | .orch/events.jsonl:2 | seq 3 comes after 1: what is between them is missing' \
	'events | .orch/events.jsonl:3 | seq 2 comes after 3'
rm .orch/events.jsonl
mkdir -p .orch/state/groups/g.json
chmod -R go= .orch
finds 'a folder in the place of a group' \
	'mode | .orch/state/groups/g.json | it is a folder where a file belongs: remove it'
rm -r .orch/state

# what the record of the last commit knows of it
tasks '{id: 1, title: a}'
rm -f .orch/events.jsonl
orch-add -q b >/dev/null && orch-add -q c >/dev/null
ok 'a log that goes as far as the last commit' orch-fsck
sed -i '1s/"gen":[0-9]*/"gen":77/' .orch/events.jsonl
exits 1 'an event of a generation that was not' orch-fsck
like "$(cat "$T/out")" 'events	.orch/events.jsonl	event 1 is of generation 77, and the last one is 2: it was edited by hand*' 'is named'
sed -i '1s/"gen":77/"gen":1/' .orch/events.jsonl
ok 'mended by hand' orch-fsck
cp .orch/events.jsonl "$T/log"
sed '$d' "$T/log" >.orch/events.jsonl
exits 1 'one that was cut between two lines' orch-fsck
like "$(cat "$T/out")" 'events	.orch/events.jsonl	its newest event is number 1, and 2 were written: its end is missing' 'is named'
rm .orch/events.jsonl
finds 'one that was removed' \
	'events | .orch/events.jsonl | there are no events, and 2 were written: it was removed or emptied'
ok 'it can be mended' orch-fsck --fix
ok 'since the record has its end' cmp .orch/events.jsonl "$T/log"
printf '# They are gone.\n' >tasks.yml
cp "$T/log" .orch/events.jsonl
is "$(orch-fsck | cut -f 1,2 | tr '\t\n' '  ')" 'orphan .orch/runs/1 orphan task 50 orphan task 51 ' \
	'of tasks that are gone with the next id it is known that there were some'

tasks '{id: 1, title: a}'
rm .orch/events.jsonl
for i in $(seq 60); do orch-add -q "$i"; done >/dev/null
cp .orch/events.jsonl "$T/more"
head -n 5 "$T/more" >.orch/events.jsonl
exits 1 'more than the end of it is gone' orch-fsck --fix
like "$(cat "$T/out")" "*fixed: its newest event is number 5, and 60 were written: its end is missing
*seq [0-9]* comes after 5: what is between them is missing" 'of which the record has only the last'
orch-add -q 'One more' >/dev/null
exits 1 'the rest is named as long as it is missing' orch-fsck

# records
tasks '{id: 1, title: a}'
rm .orch/events.jsonl
orch-add -q b >/dev/null && orch-add -q c >/dev/null && orch-add -q d >/dev/null
cp -a .orch/state state.kept
: >.orch/state/store.0
finds 'one that was emptied' \
	"backup | $PWD/.orch | one of state/store.0 and store.1 cannot be read: what the newest change was may not be known; the next two write both anew"
: >.orch/state/store.1
exits 1 'both' orch-fsck
like "$(cat "$T/out")" '*state/store cannot be read*' 'are named'
rm .orch/state/store.0 && mkdir -m 700 .orch/state/store.0
exits 1 'a folder in the place of one' orch-fsck
like "$(cat "$T/out")" '*store.0	it is a folder where a file belongs*' 'is named'
rm -rf .orch/state && mv state.kept .orch/state
ok 'all is well again' orch-fsck

# status, orphan: what the log does not know of
{ event 1 task.new 1 && event 2 task.new 2 && event 3 task.done 2 && event 4 task.new 3 &&
	event 5 task.removed 3 && event 6 task.new 4 && event 7 task.archived 4; } >"$T/log"
tasks '{id: 1, title: a}' '{id: 2, title: a, status: done}'
cp "$T/log" .orch/events.jsonl
ok 'what commands did' orch-fsck
tasks '{id: 1, title: a, status: done}' '{id: 5, title: by hand, status: done}' \
	'{id: 6, title: by a command, created_by: orch-add, status: done}'
cp "$T/log" .orch/events.jsonl
finds 'what they did not' \
	'status | task 1 | it is done, but its last event says new: it was set by hand' \
	"orphan | task 2 | it is gone from the file, and no command removed it: a person's edit, or a loss" \
	'status | task 6 | it is done, but no command ever moved it: it was set by hand'
sed 1d "$T/log" >.orch/events.jsonl
is "$(orch-fsck | cut -f 1,2)" 'orphan	task 2' 'a log that was turned over knows nothing of what was before'
cp "$T/log" .orch/events.jsonl
flock .orch/lock orch-fsck >"$T/out"
is "$(cat "$T/out")" '' 'while somebody is at it nothing is compared'

# clock
tasks '{id: 1, title: a}'
touch -d 2090-01-01 tasks.yml
finds 'a file of tomorrow' 'clock | tasks.yml | it was written at 2090-01-01T00:00:00Z, which is in the future: touch it once the clock is right'
tasks '{id: 1, title: a, updated_at: 2030-01-01T00:00:00Z}' \
	'{id: 2, title: a, status: routed, agent: sh, retry_at: 2026-03-01T00:00:00Z}' \
	'{id: 3, title: a, updated_at: 2026-01-02T03:05:00Z}'
finds 'the clock' \
	'clock | task 2 | retry_at 2026-03-01T00:00:00Z was written by a wrong clock: it counts as passed' \
	'clock | task 1 | it was changed at 2030-01-01T00:00:00Z, and the clock says 2026-01-02T03:04:05Z'
tasks '{id: 1, title: a}'

# orphan: work trees and branches; not those of an attempt that goes on
cd "$T/w" && project orphans >/dev/null 2>&1 && orch-add -q -a sh --command true --verify true First >/dev/null
for title in Second Third Fourth; do orch-add -q -a sh --command true --verify true "$title" >/dev/null; done
orch-run -q --ready >/dev/null
orch-add -q Fifth >/dev/null
git branch orch/mine && git branch orch/9-later
ok 'work trees and branches with a task' orch-fsck
tree=$(orch-list --all 2 -o worktree)
sed -i '/id: 2$/,/id: 3$/ { /id: 3$/!d }; s/branch: orch\/3-third/branch: orch\/4-fourth/' tasks.yml
sed -i '/id: 4$/,/id: 5$/ { /id: 5$/!d }' tasks.yml
orch-set 1 priority=low >/dev/null 2>&1
exits 1 'without' orch-fsck
is "$(sort "$T/out" | sed "s|${tree%/*}|ROOT|")" "$(printf '%s\n' \
	'orphan	.orch/runs/2	there is no task 2 any more: the folder can be removed' \
	'orphan	.orch/runs/4	there is no task 4 any more: the folder can be removed' \
	'orphan	ROOT/2-second	there is no task 2 any more: git worktree remove removes the work tree if all in it is committed' \
	'orphan	ROOT/4-fourth	there is no task 4 any more: git worktree remove removes the work tree if all in it is committed' \
	'orphan	orch/2-second	there is no task 2 any more: git branch -d removes the branch if it is merged')" \
	'- named, but for what another task has'
flock .orch/runs/2/lock orch-fsck >"$T/out"
is "$(grep -c 'task 2' "$T/out") $(grep '^attempt' "$T/out" | cut -f 2,3)" \
	'1 .orch/runs/2	there is no task 2 any more, but a process still holds an attempt of it: leave the folder until that has ended' \
	'nothing of an attempt that lives is to be removed'
git worktree remove "$tree" && git branch -q -d orch/2-second
is "$(orch-fsck | grep -c 'task 2')" 1 'what it says is what helps'
cd "$T/w/p" || exit

# git
printf 'base: no-such-branch\n' >orch.yml
exits 1 'a base that is not there' orch-fsck
like "$(cat "$T/out")" "git	*	there is no commit 'no-such-branch' for a work tree to begin at*" '- named'
printf 'isolation: none\n' >orch.yml
ok 'where no task needs a work tree' orch-fsck
mv .git "$T/git"
ok 'no repository is fine' orch-fsck
tasks '{id: 1, title: a, isolation: worktree}'
exits 1 'where one does' orch-fsck
like "$(cat "$T/out")" "git	*	*run git init*" 'it is not'
tasks '{id: 1, title: a, isolation: worktree, status: done}'
ok 'when it is done it does not' orch-fsck
mv "$T/git" .git

# A git that was killed.
git worktree add -q "$T/tree" 2>"$T/err"
tasks "{id: 1, title: a, worktree: $T/tree}"
touch -d 2026-01-01 .git/worktrees/tree/index.lock
finds 'a lock of git' \
	"leftover | $T/w/p/.git/worktrees/tree/index.lock | a git that was killed in the work tree of task 1 left it: remove it"
touch -d 2026-01-02T03:00:00Z .git/worktrees/tree/index.lock
ok 'one that is young may be in use' orch-fsck
rm .git/worktrees/tree/index.lock

# All checks are made.
tasks '{id: 1, title: "a", depends_on: [9, 1], status: in_progress, agent: nobody}'
chmod 750 .orch
is "$(orch-fsck | cut -f 1 | sort -u | tr '\n' ' ')" 'agent attempt cycle links mode ' 'all checks are made'
is "$(orch-fsck --json | jq -r .check | sort -u | tr '\n' ' ')" 'agent attempt cycle links mode ' 'as JSON'
orch-fsck | cut -f 3 | grep -q .
result $? 'each with a message'
chmod 700 .orch
tasks '{id: 1, title: a, route_warning: "\e[2J"}' '{id: 2, title: a, status: routed, agent: "x\ty\e[2J"}'
is "$(orch-fsck | tr -d '[:print:]\n\t' | wc -c)" 0 'foreign text is made visible'
is "$(orch-fsck | awk -F '\t' 'NF != 3' | wc -l)" 0 'and a line has three columns'
exits 71 'an output that is full' sh -c 'orch-fsck >/dev/full'
done_testing
