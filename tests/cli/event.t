#!/bin/sh
# orch-event: what is told is on the disk, in order and under nobody else's name; a group is
# given each event at least once, whatever is killed when; what is lost by then is told.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

log=.orch/events.jsonl
numbers() { jq -r .seq | tr '\n' ' '; }
in_log() { numbers <"$log"; }
seqs() { seq -s ' ' "$1" "$2" | sed 's/$/ /'; }
later() (export ORCH_TEST_NOW="$1" && shift && "$@")

mkdir p && cd p || exit 1
printf 'tasks: []\n' >tasks.yml
printf 'isolation: none\n' >orch.yml
ok 'the first event of a project' orch-event emit build.done --data '{"host":"a","n":[1, 2]}' --priority high
is "$(cat "$T/out")" 1 'its number is printed'
is "$(cat $log)" '{"schema":1,"seq":1,"at":"2026-01-02T03:04:05Z","topic":"build.done","source":"orch-event","priority":"high","data":{"host":"a","n":[1,2]}}' \
	'what it says is a line of the log'
orch-add 'One' >/dev/null
ok 'one about a task, from standard input' sh -c 'printf "{\"a\":\n 1}\n" | orch-event emit note --task 1 --source me --ttl 90s --data -'
is "$(tail -n 1 $log | jq -c '[.seq,.source,.task,.ttl,.data]')" '[3,"me",1,90,{"a":1}]' 'who, about what, for how long'
orch-add 'Two' >/dev/null
orch-event emit a.b >/dev/null
is "$(in_log)" '1 2 3 4 5 ' 'numbers go on over commits'
snapshot
is "$(orch-event -n emit a.b)" 6 'a dry run tells the number'
unchanged 'and writes nothing'
is "$(orch-fsck)" '' 'orch-fsck finds nothing'
ok 'foreign text' orch-event emit a.b --data "$(printf '{"t":"\\\\u001b[2J\\\\u009b\342\200\250"}')"
is "$(tail -n 1 $log | LC_ALL=C tr -d ' -~\n' | wc -c)" 0 'is safe to look at'

refuses 2 'no topic' orch-event emit
refuses 2 'two topics' orch-event emit a b
refuses 2 'no verb' orch-event
refuses 2 'another verb' orch-event emitt a
for topic in '' . a. .a a..b 'a b' 'a/b' ü "$(printf 'a\033')" "$(printf '%0101d' 0)"; do
	refuses 2 "topic '$(printf %s "$topic" | tr -d '\033')'" orch-event emit -- "$topic"
done
for topic in task.done task file.restored agent.x orch.y plan.z subscription.a; do
	refuses 2 "topic $topic is the suite's own" orch-event emit "$topic"
done
refuses 2 'a priority' orch-event emit a --priority hihg
refuses 2 'a time to live' orch-event emit a --ttl 0
refuses 2 'half a second' orch-event emit a --ttl 500ms
refuses 2 'no such task' orch-event emit a --task 99
refuses 2 'a source with control characters' orch-event emit a --source "$(printf 'a\033b')"
refuses 65 'data that is no JSON' orch-event emit a --data '{"a":}'
refuses 65 'nor two of them' orch-event emit a --data '1 2'
perl -e 'print "\"", "x" x 65534, "\""' >"$T/fits"
perl -e 'print "\"", "x" x 65535, "\""' >"$T/long"
perl -e 'print "\"", "x" x 10_000_000, "\""' >"$T/huge"
perl -e 'print "[" x 64, "]" x 64' >"$T/deep"
refuses 65 'data that is too long' sh -c 'orch-event emit a --data - <"$0"' "$T/long"
like "$(cat "$T/err")" '*longer than 65536 bytes' 'says so'
refuses 65 'ten megabytes' sh -c 'orch-event emit a --data - <"$0"' "$T/huge"
refuses 65 'data that is too deep' sh -c 'orch-event emit a --data - <"$0"' "$T/deep"
ok 'as much as there may be' sh -c 'orch-event emit a.long --data - <"$0"' "$T/fits"
ok 'and what comes then' orch-event emit a.b
is "$(in_log)" "$(seqs 1 8)" 'has its number'
refuses 2 'inside an attempt' env ORCH_ATTEMPT=1/1 orch-event emit a

# What belongs to another verb is not passed over.
for words in 'latest build.done' 'follow --once build.done' 'subscriptions x' 'latest --after 3' 'latest --once' \
	'latest --group g' 'latest --json' 'emit x --topic y' 'emit x --group g' 'emit x --max 1' 'follow --once --data 1' \
	'follow --once --max-age 1h' 'follow --once --json' 'subscriptions --group g' 'subscriptions --topic a' \
	'ack --group g --topic q 1' 'ack --group g --once 1' 'follow --once --resume a'; do
	# shellcheck disable=SC2086 # words
	refuses 2 "$words" orch-event $words
done
like "$(orch-event latest --after 3 2>&1)" '*latest knows no --after' 'the option is named'

# Nobody speaks for the suite, nor is what he says held against it.
cp -a . "$T/forged" && cd "$T/forged" || exit 1
orch-event emit forged --data '{"task":900000000000}' >/dev/null
sed -i '$s/"topic":"forged"/"topic":"task.removed","task":800/' $log
orch-event emit after.that >/dev/null
is "$(orch-fsck)" '' 'an event with a source says nothing of the tasks'
rm .orch/state/store.*
is "$(orch-add 'Three' 2>/dev/null)" 3 'and gives no ids away, be every record lost'
is "$(numbers <$log | tr ' ' '\n' | sort -n | uniq -d)" '' 'nor are numbers given twice'
cd "$T/w/p" || exit 1

# The newest.
is "$(orch-event latest | jq .seq)" 8 'latest: the newest of all'
is "$(orch-event latest --topic 'build.*' | jq .seq)" 1 'of a topic'
is "$(orch-event latest --topic 'task.*,note' | jq .seq)" 4 'of several'
is "$(orch-event latest --where task=1 | jq .seq)" 3 'where something is so'
is "$(orch-event latest --where data.host~^A --where 'data.n?' | jq .seq)" '' 'a pattern knows small from capital'
is "$(orch-event latest --where data.host~^a --where 'data.n?' | jq .seq)" 1 'all conditions must hold'
is "$(orch-event latest --source me | jq .seq)" 3 'that one told'
exits 1 'there is none' orch-event latest --topic nothing
is "$(cat "$T/out" "$T/err")" '' 'and nothing is said'
is "$(later 2026-01-02T03:05:34Z orch-event latest --topic note | jq .seq)" 3 'what expires is there until then'
exits 1 'and then it is not' later 2026-01-02T03:05:35Z orch-event latest --topic note
exits 1 'none that is older' later 2026-01-02T04:04:06Z orch-event latest --max-age 1h
is "$(later 2026-01-02T04:04:05Z orch-event latest --max-age 1h | jq .seq)" 8 'as old as may be'
refuses 2 'a condition' orch-event latest --where data.host
refuses 2 'a pattern that would take for ever' orch-event latest --where 'a~(a*)*\1b'
refuses 2 'a topic of signs' orch-event latest --topic 'a*b'

# A commit that is on its way, or that never happened, has no events yet.
cp -a . "$T/flight" && cd "$T/flight" || exit 1
before=$(wc -l <$log)
ORCH_TEST_CRASH_AT=exchange orch-add KILLED >/dev/null 2>&1
is "$(wc -l <$log)" $((before + 1)) 'a commit was killed before it happened'
is "$(orch-event latest | jq .seq)" "$before" 'nobody is told of it'
is "$(orch-event follow --once | numbers)" "$(seqs 1 "$before")" 'nor who follows'
ok 'the next event' orch-event emit a.b
is "$(cat "$T/out") $(tail -n 1 $log | jq -r .topic)" "$((before + 1)) a.b" 'has its number'
ORCH_TEST_CRASH_AT=backup-rename orch-add HAPPENED >/dev/null 2>&1
is "$(orch-event latest | jq .seq)" $((before + 2)) 'one that was killed behind that is told'
is "$(orch-add Another 2>/dev/null | wc -l)/$(orch-fsck)" 1/ 'and nothing is wrong then'
cd "$T/w/p" || exit 1

# Groups.
is "$(orch-event follow --once | numbers)" "$(seqs 1 8)" 'whoever follows for nobody gets all'
is "$(orch-event follow --once --after 6 | numbers)" '7 8 ' 'behind a number'
is "$(orch-event follow --once --from-now | numbers)" '' 'or what comes'
is "$(orch-event follow --once --max 2 | numbers)" '1 2 ' 'so many'
[ ! -e .orch/state/groups ]
result $? 'and nothing of that is written down'
is "$(orch-event -n follow --group g --once --topic 'a.*' | numbers)" '5 6 7 8 ' 'a dry run shows what a group would be given'
[ ! -e .orch/state/groups ]
result $? 'and makes none'
is "$(orch-event follow --group g --once --max 2 --topic 'a.*' | jq -c '[.seq,.count]' | tr '\n' ' ')" '[5,1] [6,1] ' 'a group is given what it wants'
is "$(orch-event follow --group g --once --max 3 --topic 'a.*' | jq -c '[.seq,.count]' | tr '\n' ' ')" '[5,2] [6,2] [7,1] ' \
	'and again what was not acknowledged, with a count'
ok 'acknowledged, in any order' orch-event ack --group g 6
is "$(orch-event follow --group g --once --topic 'a.*' | jq -c '[.seq,.count]' | tr '\n' ' ')" '[5,3] [7,2] [8,1] ' 'the others come again'
ok 'a dry run' orch-event -n ack --group g 5..8
ok 'several, and one for the second time' orch-event ack --group g 5..7 6
is "$(orch-event follow --group g --once | jq -c '[.seq,.count]' | tr '\n' ' ')" '[8,2] ' 'what is acknowledged never comes again'
is "$(orch-event subscriptions | cut -f 1-7)" "$(printf 'g\topen\tlag 0\tpending 1\tredelivered 5\tmissed 0\terrors 0')" 'what a group has seen is shown'
is "$(orch-event subscriptions --json | jq -c '[.name,.kind,.pending,.oldest,.since,.redelivered]')" '["g","group",1,8,"2026-01-02T03:04:05Z",5]' 'for programs, too'
snapshot
exits 2 'what was not given cannot be acknowledged' orch-event ack --group g 8 9
exits 2 'nor for a group that is not there' orch-event ack --group h 8
exits 2 'nor what is no number' orch-event ack --group g 8 x
exits 2 'nor backwards' orch-event ack --group g 9..8
unchanged 'none of them is'
orch-event ack --group g 8
for name in '' . .a -a a/b ../x 'a b' "$(printf '%065d' 0)"; do
	refuses 2 "a group '$name'" orch-event follow --group "$name" --once
done
exits 124 'there is none in time' orch-event follow --group g --wait 1ms
refuses 2 'once and wait' orch-event follow --once --wait 1s
is "$(orch-event follow --group late --once --from-now | numbers)" '' 'a group may begin now'
orch-event emit a.b >/dev/null
is "$(orch-event follow --group late --once --from-now | numbers)" '9 ' 'and goes on from there'
is "$(later 2026-01-02T03:05:35Z orch-event follow --group old --once --topic note | numbers)" '' 'what has expired is given to nobody'

# One at a time, and woken by what comes.
mkfifo "$T/fifo"
orch-event follow --group w --from-now --max 3 >"$T/fifo" 2>"$T/err1" &
exec 3<"$T/fifo"
wait_for test -e .orch/state/groups/w.json
exits 75 'a second one for the group' orch-event follow --group w --once
orch-event emit w.1 >/dev/null
read -r line <&3
is "$(echo "$line" | jq -c '[.topic,.count]')" '["w.1",1]' 'who waits is told at once'
orch-event ack --group w "$(echo "$line" | jq .seq)"
orch-add 'A task' >/dev/null
read -r line <&3
is "$(echo "$line" | jq -r .topic)" task.new 'of what the suite does, too'
orch-event emit w.2 >/dev/null
read -r line <&3
exec 3<&-
wait
is "$(orch-event follow --group w --once | jq -c '[.topic,.count]' | tr '\n' ' ')" '["task.new",2] ["w.2",2] ' 'an ack meanwhile holds'

# Many at once.
for i in 1 2 3 4 5 6 7 8; do
	(for k in 1 2 3 4 5 6; do orch-event emit "many.$i" --data $k >/dev/null; orch-add "$i $k" >/dev/null; done) &
done
wait
is "$(in_log)" "$(seqs 1 "$(wc -l <$log)")" 'eight that tell and commit at once: no number is given twice, none is missing'
is "$(orch-event follow --group all --once --topic 'many.*' | jq -r .seq | sort -u | wc -l)" 48 'and none is lost'
is "$(orch-fsck)" '' 'orch-fsck finds nothing'

# A full log is turned over; what leaves it unseen is told.
mkdir "$T/turn" && cd "$T/turn" || exit 1
printf 'tasks: []\n' >tasks.yml && printf 'isolation: none\nevents: {max_bytes: 64K}\n' >orch.yml
orch-add 'One' >/dev/null
orch-event follow --group slow --once --max 1 >/dev/null
perl -e 'print "\"", "x" x 40000, "\""' >"$T/forty"
for i in 2 3 4 5; do orch-event emit a.long --data - <"$T/forty" >/dev/null; done
is "$(find .orch -name 'events.jsonl*' | wc -l)" 2 'a full log is turned over'
is "$(orch-event follow --once | numbers)" "$(seqs 1 5)" 'nothing is lost by that'
orch-add 'Two' >/dev/null
for i in $(seq 7 18); do orch-event emit a.long --data - <"$T/forty" >/dev/null; done
is "$(find .orch -name 'events.jsonl*' | wc -l)" 4 'four files are kept'
first=$(head -n 1 .orch/events.jsonl.3 | jq .seq)
is "$(orch-event follow --group slow --once --max 3 2>"$T/err" | jq -c '[.seq,.missed]' | tr '\n' ' ')" \
	"[$first,$((first - 1))] [$((first + 1)),null] [$((first + 2)),null] " 'what has left it is told'
like "$(cat "$T/err")" "*'slow' missed*" 'to people, too'
is "$(orch-event subscriptions --json | jq .missed)" $((first - 1)) 'and counted, with the one that was pending'
is "$(orch-event follow --once | numbers)" "$(seqs "$first" 18)" 'the others are in order'
is "$(orch-fsck)" '' 'orch-fsck finds nothing'

# Whatever a person takes away of the log, no number is given twice, and who misses something is told.
mkdir "$T/cut" && cd "$T/cut" || exit 1
printf 'tasks: []\n' >tasks.yml && printf 'isolation: none\n' >orch.yml
orch-add 'One' >/dev/null
for i in 2 3 4 5 6; do orch-event emit a.b >/dev/null; done
orch-event follow --group g --once --max 5 >/dev/null
orch-event ack --group g 1..5
cp -a . "$T/uncut"
# away COMMAND NUMBER: what is given after the command, and that the group gets it
away() {
	rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
	sh -c "$1"
	like "$(orch-fsck)" '*events	.orch/*' "$1: orch-fsck finds it"
	is "$(orch-event emit a.c) $(orch-event emit a.c) $(orch-add 'Next' 2>/dev/null)" "$2 $(($2 + 1)) 2" 'numbers go on'
	like "$(orch-event follow --group g --once 2>/dev/null | jq -r .seq | tr '\n' ' ')" "*$2 $(($2 + 1)) $(($2 + 2)) " 'all are given'
	is "$(cat .orch/events.jsonl* | numbers | tr ' ' '\n' | sort -n | uniq -d)" '' 'none is there twice'
}
away 'rm .orch/events.jsonl' 7
is "$(orch-event subscriptions --json | jq .missed)" 1 'what is missing is counted'
away ': >.orch/events.jsonl' 7
away 'sed -i 4,6d .orch/events.jsonl' 7
away 'sed -i 4,6d .orch/events.jsonl; rm .orch/state/store.*' 7
away 'sed -i 4,6d .orch/events.jsonl; rm .orch/state/events' 6
away 'rm .orch/events.jsonl .orch/state/store.* .orch/state/events' 6
rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
rm .orch/events.jsonl .orch/state/events .orch/state/store.*
is "$(orch-event subscriptions | cut -f 2)" beyond 'one that has seen more than the log has'
orch-event follow --group g --once >"$T/out" 2>"$T/err"
like "$(cat "$T/err")" "*'g' missed 5 events*" 'is told so'
is "$(orch-event subscriptions --json | jq -c '[.state,.missed]') $(orch-event emit a.c)" '["open",5] 6' 'once, and it goes on'
rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
orch-event follow --group h --once >/dev/null
: >.orch/events.jsonl
orch-event follow --group h --once >"$T/out" 2>"$T/err"
like "$(cat "$T/err")" "*'h' missed 6 events*" 'what was pending and left the log is told'
is "$(orch-event subscriptions --json | jq -c 'select(.group == "h" or .name == "h") | [.pending,.missed]')" '[0,6]' 'and pending no more'
rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
echo '{' >.orch/state/groups/g.json
like "$(orch-fsck)" '*.orch/state/groups/g.json	it is damaged*' 'a damaged file is found'
snapshot
exits 1 'a dry run' orch-fsck --fix -n
unchanged 'leaves it'
ok 'mended' orch-fsck --fix
is "$(cat .orch/corrupt/group-g.json)$(orch-event follow --group g --once | numbers)" "{$(seqs 1 6)" 'it is kept aside, and the group begins anew'

# Numbers that a person wrote: none of them is counted on from too far.
rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
for n in 9223372036854775807 9223372036854775806 1000000000000000000 99999999999999999999; do
	sed -i "\$s/\"seq\":[0-9]*/\"seq\":$n/" .orch/events.jsonl
	is "$(orch-event emit a.c 2>/dev/null)$(orch-event latest | jq -c .topic)" '7"a.c"' "a line with number $n is no event"
	like "$(orch-fsck)" '*.orch/events.jsonl:6	*' 'and is found'
	rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
done
sed -i '$s/"seq":[0-9]*/"seq":999999999999999999/' .orch/events.jsonl
refuses 65 'behind the last number that there is' orch-event emit a.c
like "$(cat "$T/err")" '*has come to event 999999999999999999*take it out*' 'it is told what to do'
refuses 65 'a commit there' orch-add 'Two'
sed -i '$d' .orch/events.jsonl
is "$(orch-event emit a.c)" 7 'without that line it goes on'
echo '{"schema":1,"seen":9223372036854775807,"pending":[]}' >.orch/state/groups/g.json
exits 65 'a group that has seen more than there can be' orch-event follow --group g --once
like "$(orch-fsck)" '*groups/g.json	it is damaged*' 'is damaged'
echo '{"schema":1,"seen":4,"missed":9223372036854775807,"redelivered":9223372036854775807,"pending":[{"seq":4,"count":9223372036854775807,"at":"2026-01-01T00:00:00Z"}]}' >.orch/state/groups/g.json
ok 'counts that cannot be' orch-event follow --group g --once
like "$(cat "$T/out")" '{*"seq":4,*"count":1000000000000000000}*' 'are counted on from a bound'

# What is searched for before it is read hides nothing, however a value is written.
mkdir "$T/values" && cd "$T/values" || exit 1
printf 'tasks: []\n' >tasks.yml
for data in '{"n":7}' '{"n":71}' '{"n":"7"}' '{"n":7.0}' '{"n":-7}' '{"n":[7]}' '{"m":{"n":true}}' '{"n":"true"}' '{"n":"a b"}' \
	'{"n":"a\"b"}' '{"n":"a/b"}' '{"n":"\u00e4"}' '{"n":""}' '{"n":100000000000000000000.0}' '{"n":null}' '{"n":"7th"}' '7' '{"a b":"x"}' \
	'["x"]' '{"n":0}' '{"n":1.5}'; do
	orch-event emit v --data "$data" >/dev/null
done
seq=$(orch-event latest | jq .seq)
printf '{"seq":%d, "schema" : 1, "at": "2026-01-02T03:04:05Z", "topic" : "hand", "data": {"n" :"word" , "k":\t77}}\n' $((seq + 1)) >>$log
# follow reads every line and all of it.
wrong=0 found=0
for where in data.n=7 data.n=71 data.n=-7 data.n=true data.m.n=true 'data.n=a b' 'data.n=a"b' data.n=a/b data.n=ä data.n= \
	data.n=7th data.n=7.0 'data.n=[7]' data.n.0=7 data=7 data.0=x data.n=0 data.n=1.5 data.n=word data.k=77 data.k=7 'data.n?' \
	'data.m?' 'data.k?' 'data.0?' 'data.n~^7' 'data.n~b$' data.n!=7 data.n=1e20 data.n=100000000000000000000.0 topic=hand source=orch-event seq=3; do
	want=$(orch-event follow --once --where "$where" | tail -n 1)
	[ -z "$want" ] || found=$((found + 1))
	[ "$(orch-event latest --where "$where")" = "$want" ] || { wrong=$((wrong + 1)) && note "$where: not $want"; }
done
is "$wrong" 0 'latest finds what follow gives, by whatever condition'
[ "$found" -gt 24 ]
result $? "there was one for $found of them"

# Lines that a person has swapped.
rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
sed -i '2{h;d};4{p;x}' .orch/events.jsonl
is "$(numbers <.orch/events.jsonl)" '1 3 4 2 5 6 ' 'lines are swapped'
is "$(orch-event follow --group s --once | numbers) $(orch-event subscriptions --json | jq -c 'select(.name == "s") | [.seen,.missed,.pending]')" \
	'1 3 4 2 5 6  [6,0,6]' 'each is given, and none counts as missed'

# A folder in the place of the log: one answer, whoever asks.
rm -rf "$T/cut" && cp -a "$T/uncut" "$T/cut" && cd "$T/cut" || exit 1
rm .orch/events.jsonl && mkdir .orch/events.jsonl
for command in latest 'follow --once' 'follow --group g --once' subscriptions 'emit a.b'; do
	# shellcheck disable=SC2086
	exits 65 "a folder in the place of the log: $command" orch-event $command
	is "$(cat "$T/err")" "orch-event: 'events.jsonl' is a folder, not a regular file" 'is what is told'
done
rm -r .orch/state
exits 65 'without any record' orch-event latest
rm -r .orch/events.jsonl && ln -s ../tasks.yml .orch/events.jsonl
exits 65 'a link' orch-event latest
cd "$T/turn" || exit 1

# A kill between the turn and the line: no number is given twice.
: >"$T/steps"
while ! grep -q names-fsync "$T/steps"; do
	rm -rf "$T/turned" && cp -a . "$T/turned" && rm -f "$T/steps"
	ORCH_TEST_STEPS=$T/steps orch-event emit a.long --data - <"$T/forty" >/dev/null
done
cd "$T/turned" || exit 1
last=$(tail -n 1 $log | jq .seq)
sh -c 'ORCH_TEST_CRASH_AT=append-create orch-event emit a.b; exit $?' >/dev/null 2>&1
[ ! -e $log ]
result $? 'killed when the log was turned over, and there is no new one yet'
is "$(orch-event emit a.b)" $((last + 1)) 'the number after the last'
is "$(orch-add 'Three')$(orch-event latest | jq .seq)" "3$((last + 2))" 'a commit goes on'
is "$(orch-event follow --once | numbers | tr ' ' '\n' | sort -n | uniq -d)" '' 'none is there twice'

# The same, but that it is a commit that turns the log over.
mkdir "$T/commit" && cd "$T/commit" || exit 1
printf 'tasks: []\n' >tasks.yml && printf 'isolation: none\nevents: {max_bytes: 64K}\n' >orch.yml
orch-event emit a.long --data - <"$T/forty" >/dev/null
orch-event emit a.long --data - <"$T/forty" >/dev/null
orch-add 'One' >/dev/null
orch-add 'Two' >/dev/null
truncate -s 64K $log && mv $log "$T/was" && tr -d '\000' <"$T/was" >$log
while [ "$(wc -c <$log)" -lt 65536 ]; do orch-add 'More' >/dev/null; done
last=$(tail -n 1 $log | jq .seq)
sh -c 'ORCH_TEST_CRASH_AT=patch-write orch-add KILLED; exit $?' >/dev/null 2>&1
orch-add 'After that' >/dev/null 2>"$T/err"
is "$(cat "$T/err")$(cat .orch/events.jsonl.1 $log | tail -n 2 | numbers)" "$last $((last + 1)) " 'killed before its record: nothing is put back twice'

# A kill before each step: what was printed is there, what is not acknowledged comes again.
# each NAME CMD ARG..: $happened says if it did
each() {
	name=$1
	shift
	cd "$T/w" && rm -rf x && cp -a "$T/tmpl" x && cd x || exit 1
	rm -f "$T/steps"
	ORCH_TEST_STEPS=$T/steps "$@" >/dev/null 2>"$T/err"
	steps=$(wc -l <"$T/steps") k=0 wrong=0 early=0
	while k=$((k + 1)) && [ $k -le "$steps" ]; do
		cd "$T/w" && rm -rf x && cp -a "$T/tmpl" x && cd x || exit 1
		sh -c 'ORCH_TEST_CRASH_AT=$0 "$@"; exit $?' $k "$@" >"$T/out" 2>"$T/err"
		got=$? why=
		[ $got -eq 137 ] || why="$why; ended with $got"
		$check || why="$why; it is neither as before nor as after"
		"$@" >/dev/null 2>"$T/err" || why="$why; again: $(cat "$T/err")"
		orch-add 'What follows' >/dev/null 2>"$T/err" || why="$why; next: $(cat "$T/err")"
		[ "$(in_log)" = "$(seqs 1 "$(wc -l <$log)")" ] || why="$why; the log: $(in_log)"
		[ -z "$(orch-fsck 2>&1)" ] || why="$why; $(orch-fsck 2>&1)"
		[ -z "$why" ] && continue
		wrong=$((wrong + 1))
		note "killed before step $k, $(sed -n "${k}p" "$T/steps")$why"
	done
	is "$wrong" 0 "$name: killed before each of $steps steps"
	[ "$steps" -gt 1 ]
	result $? "$name: there are some"
}
# shellcheck disable=SC2317 # by its name
is_told() { if [ "$(orch-event latest | jq -r .topic)" = killed ]; then :; else [ ! -s "$T/out" ] && early=$((early + 1)); fi; }
# shellcheck disable=SC2317
is_given() { orch-event -n follow --group g --once --max 2 | numbers >"$T/again" && [ "$(cat "$T/again")" = '1 2 ' ]; }
# shellcheck disable=SC2317
is_acked() {
	orch-event -n follow --group k --once --max 1 | numbers >"$T/again"
	case $(cat "$T/again") in '1 ') early=$((early + 1)) ;; '2 ') ;; *) false ;; esac
}
mkdir "$T/tmpl" && cd "$T/tmpl" || exit 1
printf 'tasks: []\n' >tasks.yml && printf 'isolation: none\n' >orch.yml
orch-add 'One' >/dev/null
orch-event emit a.b >/dev/null
orch-event follow --group k --once --max 1 >/dev/null
check=is_told
each 'emit' orch-event emit killed
[ "$early" -gt 0 ]
result $? 'before some it was not told'
check=is_given
each 'follow' orch-event follow --group g --once --max 2
check=is_acked
each 'ack' orch-event ack --group k 1
[ "$early" -gt 0 ] && [ "$early" -lt "$steps" ]
result $? 'before some it was acknowledged, before some not'

done_testing
