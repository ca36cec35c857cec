#!/bin/sh
# Subscriptions: programs of orch.yml are run for events, outside of every lock, each event
# at least once; what fails or hangs delays nobody and is suspended; a circle ends.
# shellcheck disable=SC2016 # some words are for another shell
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# fresh NAME: a project in $T/NAME, orch.yml from standard input behind what all need
fresh() {
	mkdir "$T/$1" && cd "$T/$1" || exit 1
	printf 'tasks: []\n' >tasks.yml
	{ printf 'isolation: none\naccept: unchecked\ngrace: 1s\n' && cat; } >orch.yml
}
# give: orch-run without a task, at whose end what has come is given
give() {
	got=0
	orch-run --ready >"$T/out" 2>"$T/err" || got=$?
	[ $got -le 1 ]
}
now() { orch-event subscriptions --json | jq -c "select(.name == \"$1\") | [.state, .lag, .pending, .errors, .failures]"; }

fresh basic <<'END'
subscriptions:
  - {name: all, topic: '*', run: [sh, -c, 'cat >>all']}
  - name: "done"
    topic: task.done
    run: [./program, 'two  words', '$(touch made)', '']
  - {name: env, topic: task.done, run: [sh, -c, 'env >env; pwd >pwd; ls /proc/self/fd >fds; cat /proc/self/stat >stat; umask >umask']}
END
cat >program <<'END'
#!/bin/sh
printf '<%s>\n' "$@" >args
cat >event
END
chmod +x program
orch-add -a sh --command true 'One' >/dev/null
SECRET=1 GH_TOKEN=2 http_proxy=http://me:secret@host:1 ok 'a run' orch-run next
is "$(cat args)" "$(printf '<two  words>\n<$(touch made)>\n<>')" 'arguments come as they are'
[ ! -e made ]
result $? 'no shell sees them'
is "$(jq -c '[.topic,.task,.attempt,.count]' event)" '["task.done",1,1,1]' 'the event is on its standard input'
is "$(wc -l <event)" 1 'and nothing else'
is "$(jq -r .topic all | tr '\n' ' ')" 'task.routed task.in_progress task.done ' 'events come in order'
is "$(grep -c -e SECRET -e GH_TOKEN env)" 0 'its environment is that of an agent'
is "$(grep proxy env)" 'http_proxy=http://host:1' 'with a proxy, but without its password'
is "$(grep -e ORCH_EVENT -e ORCH_SUBSCRIPTION -e ORCH_DIR env | sort | tr '\n' ' ')" \
	"ORCH_DIR=$PWD ORCH_EVENT_COUNT=1 ORCH_EVENT_DEPTH=1 ORCH_EVENT_SEQ=3 ORCH_EVENT_TASK=1 ORCH_EVENT_TOPIC=task.done ORCH_SUBSCRIPTION=env " \
	'with what it is about'
is "$(cat pwd)" "$PWD" 'it begins in the folder of the project'
is "$(tr '\n' ' ' <fds)" '0 1 2 3 ' 'it has no file open but the three (and that of ls)'
is "$(cat umask)" 0077 'what it makes is private'
ok 'in a session of its own' sh -c 'set -- $(cat stat); [ "$5" = "$6" ] && [ "$6" != "$(cut -d " " -f 6 /proc/$$/stat)" ]'
rm event
ok 'again' give
[ ! -e event ]
result $? 'what was given is not given again'
is "$(now all)$(now 'done')" '["open",0,0,0,0]["open",0,0,0,0]' 'nothing waits'
orch-event emit a.b >/dev/null
snapshot
exits 0 'a dry run' orch-run -n @new
unchanged 'gives nothing'
is "$(orch-fsck)" '' 'orch-fsck finds nothing'

# C3: one program, one topic, different filters.
fresh filters <<'END'
subscriptions:
  - {name: a, topic: build.done, where: [data.host=a], run: [sh, -c, 'cat >>a']}
  - {name: b, topic: build.done, where: [data.host=b, 'data.n?'], run: [sh, -c, 'cat >>b']}
  - {name: not-a, topic: 'build.*,other', where: [data.host!=a, 'data.host~^.$'], run: [sh, -c, 'cat >>not-a']}
END
for data in '{"host":"a"}' '{"host":"b"}' '{"host":"b","n":1}' '{"host":"cc"}'; do
	orch-event emit build.done --data "$data" >/dev/null
done
orch-event emit other --data '{"host":"x"}' >/dev/null
give
is "$(jq .seq a | tr '\n' ' ')/$(jq .seq b | tr '\n' ' ')/$(jq .seq not-a | tr '\n' ' ')" '1 /3 /2 3 5 ' \
	'C3: several of one topic stand side by side, each with its filter'

# C1: it may call the suite; what it causes comes to others, and a circle ends.
fresh calls <<'END'
subscriptions:
  - {name: adds, topic: start, run: [sh, -c, 'orch-add -a sh --command true "By a subscriber"']}
  - {name: tells, topic: 'task.new,task.routed', run: [sh, -c, 'orch-event emit seen --task "$ORCH_EVENT_TASK"']}
  - {name: hears, topic: seen, run: [sh, -c, 'cat >seen']}
  - {name: turns, topic: round, run: [sh, -c, 'orch-event emit round']}
END
orch-event emit start >/dev/null
ok 'C1: a subscriber that adds a task' give
[ ! -e seen ]
result $? 'what comes while events are given waits for the next run'
give
give
is "$(orch-list -o title,created_by)" "$(printf 'By a subscriber\torch-add')" 'has added it'
is "$(jq -c '[.topic,.task,.source,.depth]' seen)" '["seen",1,"tells",2]' 'what comes of it is given then'
is "$(jq -r 'select(.topic == "task.routed") | .depth' .orch/events.jsonl)" 1 'and is known by its depth'
orch-event emit round >/dev/null
: >"$T/said"
for i in 1 2 3 4 5 6 7 8 9 10; do give && cat "$T/err" >>"$T/said"; done
is "$(grep -c '"topic":"round"' .orch/events.jsonl)" 9 'ends after eight turns'
like "$(cat "$T/said")" '*subscription turns: 1 events were caused by subscriptions, 8 deep*' 'which is told'
is "$(now turns)" '["open",0,0,0,0]' 'and nothing waits'
ok 'who is in one' env ORCH_EVENT_DEPTH=99999999999999999999 orch-event emit x
is "$(tail -n 1 .orch/events.jsonl | jq .depth)" 8 'cannot count himself out'

# Who loses the variable cannot keep one run busy.
fresh loses <<'END'
subscriptions:
  - {name: turns, topic: round, run: [env, -u, ORCH_EVENT_DEPTH, orch-event, emit, round]}
END
orch-event emit round >/dev/null
give
give
is "$(wc -l <.orch/events.jsonl) $(now turns)" '3 ["open",1,0,0,0]' 'who says nothing of its depth turns once in a run'

# A circle through tasks.
fresh tasks <<'END'
subscriptions:
  - {name: again, topic: task.done, run: [orch-add, -q, -a, sh, --command, 'true', again]}
END
orch-add -a sh --command true 'One' >/dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do give; done
is "$(jq -c 'select(.topic == "task.done") | .depth' .orch/events.jsonl | tr '\n' ' ')" 'null 1 2 3 4 5 6 7 8 ' \
	'a task knows how deep it was made, and what happens to it is as deep: the circle ends'
is "$(orch-show 3 --json | jq .event_depth)$(orch-fsck)" 2 'which stands in the file'

# The time of a run is that of what it gives, too.
fresh late <<'END'
subscriptions:
  - {name: slow, topic: go, timeout: 1h, run: [sh, -c, 'echo x >>began; read x <never']}
END
mkfifo never
orch-event emit go >/dev/null
exits 124 'orch-run --timeout bounds what subscriptions take' orch-run --ready --timeout 1s
like "$(cat "$T/err")" '*left for the next run*' 'and says so'
is "$(now slow)$(cat began)" '["open",0,1,0,0]x' 'what ran stays pending, which is no failure'

# What was given cannot be written down.
fresh full <<'END'
subscriptions:
  - {name: one, topic: go, run: [sh, -c, 'cat >>one; mkdir .orch/state/groups/.one.json.orch-new']}
END
orch-event emit go >/dev/null
exits 71 'a cursor that cannot be written is a failure of the run' orch-run -q --ready
like "$(cat "$T/err")" '*subscription one*' 'and is told, with -q, too'
rmdir .orch/state/groups/.one.json.orch-new
sed -i 's/; mkdir .*orch-new//' orch.yml
give
is "$(jq -c '[.seq,.count]' one | tr '\n' ' ')" '[1,1] [1,2] ' 'it is given again'

# One waits for the other: they run at the same time.
fresh together <<'END'
subscriptions:
  - {name: first, topic: go, timeout: 1m, run: [sh, -c, 'read x <fifo; echo $x >first']}
  - {name: second, topic: go, timeout: 1m, run: [sh, -c, 'echo from-second >fifo']}
END
mkfifo fifo
orch-event emit go >/dev/null
ok 'two that need each other' give
is "$(cat first)" from-second 'run at the same time'

# C4: one that fails, and one that hangs.
fresh fails <<'END'
subscriptions:
  - {name: bad, topic: go, run: [sh, -c, 'cat >>bad; printf "first\nlast \033[2J\n"; exit 3']}
  - {name: hangs, topic: go, timeout: 1s, run: [sh, -c, 'trap "" TERM; sleep 1000 & echo $! >child; read x <never']}
  - {name: good, topic: go, run: [sh, -c, 'cat >>good']}
  - {name: gone, topic: go, run: [no-such-program]}
  - {name: killed, topic: go, run: [sh, -c, 'kill -9 $$']}
END
mkfifo never
orch-event emit go >/dev/null
orch-event emit go >/dev/null
ok 'C4: some that fail, one that hangs' give
is "$(jq .seq good | tr '\n' ' ')" '1 2 ' 'delay nobody'
like "$(cat "$T/err")" '*subscription bad: event 1: exit status 3: last*' 'what failed is told, with its last line'
is "$(tr -d ' -~\n' <"$T/err" | wc -c)" 0 'and nothing that is not plain text'
like "$(cat "$T/err")" '*subscription hangs: event 1: stopped after 1 s*' 'so is what did not end'
like "$(cat "$T/err")" "*subscription gone: event 1: *no-such-program*" 'what is not there'
like "$(cat "$T/err")" '*subscription killed: event 1: killed by signal KILL*' 'and what was killed'
ok 'what it left in its group is gone' wait_for sh -c '! kill -0 "$(cat child)" 2>/dev/null'
is "$(jq .seq bad | tr '\n' ' ')" '1 ' 'after a failure the next event waits'
is "$(now bad)" '["open",1,1,1,1]' 'and is counted'
sed -i '/name: hangs/d' orch.yml
for i in 2 3 4 5 6 7 8 9; do give; done
is "$(now bad)$(jq -c '[.seq,.count]' bad | tail -n 1)" '["open",1,1,9,9][1,9]' 'it is given again each time'
is "$(orch-status | grep -c suspended)" 0 'nine failures'
give
is "$(now bad)" '["suspended",1,1,10,10]' 'the tenth suspends it'
like "$(cat "$T/err")" '*subscription bad: suspended after 10 failures*--resume bad*' 'and says so'
like "$(orch-status)" '*subscription	bad	suspended since 2026-01-02T03:04:05Z: exit status 3: last*' 'orch-status tells it'
is "$(orch-status --json | jq -c '[.suspended[].name]')" '["bad","gone","killed"]' 'to programs, too'
is "$(orch-inbox | grep -A1 '  bad$' | tr '\n' '/')" '-  subscription  2026-01-02T03:04:05Z  bad/    exit status 3: last/' 'so does orch-inbox'
is "$(orch-inbox --json | jq -c '[.kind,.name]' | head -n 1)" '["subscription","bad"]' 'with what waits for a person'
is "$(orch-inbox all)" '' 'but not where tasks are asked for'
orch-event emit go >/dev/null
give
is "$(wc -l <bad)/$(jq .seq good | tr '\n' ' ')" '10/1 2 3 ' 'it is not run any more, the others are'
refuses 2 'one that is not there' orch-event subscriptions --resume bda
snapshot
ok 'a dry run' orch-event -n subscriptions --resume bad
unchanged 'resumes nothing'
ok 'a person resumes it' orch-event subscriptions --resume bad
is "$(now bad)" '["open",2,1,10,0]' 'and its failures in a row are forgotten'
sed -i 's/exit 3/exit 0/' orch.yml
give
is "$(tail -n 3 bad | jq -c '[.seq,.count]' | tr '\n' ' ')" '[1,11] [2,1] [3,1] ' 'when it is mended it gets all that it missed'
is "$(now bad)" '["open",0,0,10,0]' 'E3: and none is left'
ok 'an event that never succeeds may be passed over by hand' orch-event ack --group killed 1
orch-event subscriptions --resume killed
give
is "$(orch-event subscriptions --json | jq -c 'select(.name == "killed") | .oldest')" 2 'then comes the next'

# What it leaves has a session of its own, and nobody to wait for it.
fresh leaves <<'END'
subscriptions:
  - {name: ends, topic: go, run: [./leave, ends]}
  - {name: fails, topic: go, run: [./leave, fails]}
  - {name: dies, topic: go, run: [./leave, dies]}
  - {name: hangs, topic: go, timeout: 1s, run: [./leave, hangs]}
END
cat >leave <<'END'
#!/bin/sh
trap '' TERM
mkfifo "$1.ready" && exec 8<>"$1.ready"
setsid ./stay "$1" setsid ./stay "$1" exec >/dev/null 2>&1 &
read -r _ <&8
case $1 in
fails) exit 3 ;;
dies) kill -9 $$ ;;
hangs) read -r _ <&8 ;;
esac
END
cat >stay <<'END'
#!/bin/sh
trap '' TERM HUP
echo $$ >>"$1.left"
shift
[ "$1" = exec ] && echo x >&8 && exec sleep 1000
"$@" &
exec sleep 1000
END
chmod +x leave stay
orch-event emit go >/dev/null
give
for name in ends fails dies hangs; do
	is "$(wc -l <$name.left)$(while read -r pid; do kill -0 "$pid" 2>/dev/null && echo alive; done <$name.left)" 2 "nothing is left of one that $name"
done
like "$(sort "$T/err")" '*dies: event 1: killed by signal KILL*fails: event 1: exit status 3*hangs: event 1: stopped after 1 s*' 'each ends as it did'
is "$(now ends)" '["open",0,0,0,0]' 'and what ended well has got its event'

# Where orch-run or what it runs is killed.
fresh dies <<'END'
subscriptions:
  - {name: one, topic: go, timeout: 1m, run: [sh, -c, 'cat >>one; setsid sleep 1000 >/dev/null & echo $! >left; echo $$ >pid; echo x >ready; [ "$ORCH_EVENT_COUNT" -gt 1 ] || read x <never']}
END
mkfifo never ready
orch-event emit go >/dev/null
orch-run --ready >/dev/null 2>&1 &
runner=$!
read -r _ <ready
kill -9 $runner
wait $runner 2>/dev/null
ok 'what ran for it is gone' wait_for sh -c '! kill -0 "$(cat pid)" 2>/dev/null'
ok 'and what that had left' wait_for sh -c '! kill -0 "$(cat left)" 2>/dev/null'
rm ready && : >ready
ok 'E2: orch-run was killed in its midst' give
is "$(jq -c '[.seq,.count]' one | tr '\n' ' ')" '[1,1] [1,2] ' 'it is given again, with a count'
is "$(now one)" '["open",0,0,0,0]' 'which is no failure'
rm ready && mkfifo ready
orch-event emit go >/dev/null
orch-run --ready >/dev/null 2>&1 &
runner=$!
read -r _ <ready
kill -TERM $runner
wait $runner 2>/dev/null
is "$(now one)" '["open",0,1,0,0]' 'one that is asked to stop leaves it pending'

# Two at once: one event at a time, each once.
fresh two <<'END'
subscriptions:
  - {name: one, topic: go, run: [sh, -c, 'mkdir alone || echo overlap >>one; cat >>one; rmdir alone']}
  - {name: other, topic: go, run: [sh, -c, 'mkdir apart || echo overlap >>other; cat >>other; rmdir apart']}
END
for i in 1 2 3 4 5 6; do
	(orch-event emit go >/dev/null; orch-event emit go >/dev/null; orch-run --ready >/dev/null 2>&1) &
done
wait
give
is "$(jq .seq one | tr '\n' ' ')" "$(seq -s ' ' 12) " 'six at once: each event once and alone'
is "$(jq .seq other | tr '\n' ' ')" "$(seq -s ' ' 12) " 'to each of them'

# C5: as many as there may be, and one more.
{
	echo 'subscriptions:'
	for i in $(seq 100); do echo "  - {name: s$i, topic: go, run: [sh, -c, 'echo x >s$i']}"; done
} >"$T/hundred.yml"
fresh hundred <"$T/hundred.yml"
orch-event emit go >/dev/null
ok 'C5: a hundred of one topic' give
is "$(find . -name 's[0-9]*' -type f ! -path './.orch/*' | wc -l)" 100 'all are run'
echo "  - {name: s101, topic: 'other,go', run: [x]}" >>orch.yml
refuses 78 'one more' orch-run --ready
like "$(cat "$T/err")" "*orch.yml:105:*more than 100 subscriptions of topic 'go'" 'is refused with its line'

# What cannot be followed is refused with its place.
# bad TEXT MESSAGE
bad() {
	printf 'isolation: none\nsubscriptions:\n  - %s\n' "$1" >orch.yml
	refuses 78 "$1" orch-list
	like "$(cat "$T/err")" "*orch.yml:3:*$2*" "says: $2"
}
fresh bad </dev/null
bad '{topic: a, run: [x]}' 'without name'
bad '{name: a, run: [x]}' 'without topic'
bad '{name: a, topic: a}' 'without run'
bad '{name: a, topic: a, run: []}' 'run'
bad "{name: a, topic: a, run: ['']}" 'a program is expected'
bad '{name: a, topic: a, run: x}' 'run: list of text expected'
bad '{name: a, topic: a, run: [x], wehre: [a=b]}' "did you mean 'where'"
bad '{name: a, topic: a b, run: [x]}' 'is no topic'
bad '{name: a, topic: a, run: [x], where: [a]}' 'is no condition'
bad "{name: a, topic: a, run: [x], where: ['a~(']}" 'not a regular expression'
bad '{name: a, topic: a, run: [x], timeout: 2h}' 'timeout'
bad '{name: a, topic: a, run: [x], timeout: 10ms}' 'timeout'
bad '{name: ../a, topic: a, run: [x]}' 'name: letters'
bad '{name: .a, topic: a, run: [x]}' 'name: letters'
printf 'subscriptions:\n  - {name: a, topic: a, run: [x]}\n  - {name: a, topic: b, run: [x]}\n' >orch.yml
refuses 78 'two of one name' orch-list
like "$(cat "$T/err")" "*orch.yml:3:*two subscriptions 'a'*" 'are refused'
printf 'subscriptions:\n  - {name: a, topic: a, run: [x]}\n' >orch.yml
exits 2 'nobody follows in the name of one' orch-event follow --group a --once

# A subscription begins with the first command that changes something.
fresh begins </dev/null
orch-event emit go >/dev/null
echo "subscriptions: [{name: a, topic: '*', run: [sh, -c, 'cat >>a']}]" >>orch.yml
orch-list
is "$(orch-event subscriptions | cut -f 1-2)" "$(printf 'a\tnew')" 'it has not begun'
orch-add 'One' >/dev/null
give
is "$(jq .seq a)" 2 'what was before it is not for it, what made it begin is'

# A file that is damaged is told of, and harms no other.
fresh gone </dev/null
for i in 1 2 3 4 5 6; do orch-event emit a.c >/dev/null; done
orch-event follow --group late --once >/dev/null
printf 'subscriptions:\n  - {name: late, topic: a.c, run: [sh, -c, "cat >>got"]}\n' >>orch.yml
: >.orch/events.jsonl
ORCH_TEST_STEPS=$T/changes give
like "$(cat "$T/err")" '*late: 6 events had left the log before it saw them' 'what is pending and left the log is told'
is "$(grep -c replace-rename "$T/changes") $(now late)" '2 ["open",0,0,0,0]' 'and pending no more, in one change for all of it'
orch-event emit a.c >/dev/null
give
is "$(jq .seq got)" 7 'it goes on'

fresh damaged <<'END'
subscriptions:
  - {name: one, topic: go, run: [sh, -c, 'cat >>one']}
  - {name: other, topic: go, run: [sh, -c, 'cat >>other']}
END
orch-event emit go >/dev/null
echo '{"schema":1,"seen":' >.orch/state/groups/one.json
ok 'a damaged file of a subscription stops no command' orch-add 'Two'
give
like "$(cat "$T/err")" '*subscription one: *damaged*' 'it is told of'
is "$(jq .seq other)" 1 'the other is run'
like "$(orch-status)" '*subscription	one	*damaged*' 'orch-status tells it'
is "$(orch-event subscriptions --json | jq -r .state | tr '\n' ' ')" 'damaged open ' 'and the list'
exits 65 'nothing is acknowledged for it' orch-event ack --group one 1
ok 'a group may follow' orch-event follow --group g --once
ok 'and a task be cancelled' orch-cancel 1
like "$(orch-fsck)" '*.orch/state/groups/one.json	it is damaged*' 'orch-fsck finds it'
ok 'and mends it' orch-fsck --fix
orch-event emit go >/dev/null
give
is "$(cat .orch/corrupt/group-one.json) $(wc -l <one)" '{"schema":1,"seen": 1' 'it is kept, and the subscription begins anew'

# A kill before each step of what is written for a subscription.
fresh tmpl <<'END'
subscriptions:
  - {name: one, topic: go, run: [sh, -c, 'cat >>one']}
  - {name: bad, topic: go, run: [sh, -c, 'cat >>bad; exit 1']}
END
orch-event emit go >/dev/null
orch-event emit other >/dev/null
orch-event emit go >/dev/null
cp -a . "$T/x" && cd "$T/x" || exit 1
ORCH_TEST_STEPS=$T/steps orch-run --ready >/dev/null 2>&1
steps=$(wc -l <"$T/steps") k=0 wrong=0 twice=0
while k=$((k + 1)) && [ $k -le "$steps" ]; do
	cd "$T" && rm -rf x && cp -a tmpl x && cd x || exit 1
	sh -c 'ORCH_TEST_CRASH_AT=$0 orch-run --ready; exit $?' $k >/dev/null 2>&1
	got=$? why=
	[ $got -eq 137 ] || why="$why; ended with $got"
	give || why="$why; next: $(cat "$T/err")"
	[ "$(jq .seq one | sort -u | tr '\n' ' ')" = '1 3 ' ] || why="$why; given: $(jq .seq one | tr '\n' ' ')"
	[ "$(now one)" = '["open",0,0,0,0]' ] || why="$why; then: $(now one)"
	[ "$(jq .seq bad | sort -u | tr '\n' ' ')" = '1 ' ] || why="$why; bad: $(jq .seq bad | tr '\n' ' ')"
	[ -z "$(orch-fsck)" ] || why="$why; $(orch-fsck)"
	[ "$(wc -l <one)" -eq 2 ] || twice=$((twice + 1))
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	note "killed before step $k, $(sed -n "${k}p" "$T/steps")$why"
done
is "$wrong" 0 "killed before each of $steps steps: each event is given"
[ "$twice" -gt 0 ] && [ "$twice" -lt "$steps" ]
result $? 'and some of them twice'
done_testing
