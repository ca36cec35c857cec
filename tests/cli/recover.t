#!/bin/sh
# Kills in the middle: attempts go on, are settled once, are never run twice at once.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/up" "$T/go"
exec 3<>"$T/up" 4<>"$T/go"

# An agent that says that it is up, and ends when it is told to.
cat >"$T/agent" <<END
#!/bin/sh
echo "\$ORCH_ATTEMPT" >>"$T/ran"
echo \$\$ >"$T/up"
read -r word <"$T/go"
[ "\$word" != leave ] || exit 1
echo "\$ORCH_ATTEMPT" >work
printf '{"status":"done","summary":"%s"}\n' "\$word"
END
chmod +x "$T/agent"

# begin ID: orch-run in the background, up to where its agent is: $run $worker $keeper $agent
begin() {
	orch-run "$1" -- "$T/agent" >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
	run=$!
	read -r agent <&3
	agent=$(outer "$agent")
	keeper=$(keeper_of "$agent")
	worker=$(awk '/^PPid/ { print $2 }' "/proc/$keeper/status")
}
# free ID: waits until nobody holds the run lock of the task
free() { perl -e 'open L, "+<", shift or exit 1; flock L, 2' ".orch/runs/$1/lock"; }
# dead PID..: true if none of them lives (a zombie does not)
dead() {
	for pid; do
		case $(sed -n 's/^State:.\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) in '' | Z) ;; *) return 1 ;; esac
	done
}

# gone PID..: the same, once the kernel has come round to it: a lock is free, and a
# kill has returned, an instant before the process has ended.
gone() {
	tries=0
	until dead "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 500 ] || return 1
		perl -e 'select undef, undef, undef, .01'
	done
}

project
printf 'retry: {jitter: 0}\n' >orch.yml
one=$(orch-add 'One')

# While it runs: nobody else runs it, in no way.
begin "$one"
is "$(orch-list "$one" -o status,attempts)" "$(printf 'in_progress\t1')" 'an attempt runs'
exits 75 'a second orch-run of the same task' orch-run "$one" -- "$T/agent"
is "$(cat "$T/out")" '' 'gets nothing'
exits 1 'orch-run next' orch-run next -- "$T/agent"
is "$(orch-list "$one" -o status,attempts)" "$(printf 'in_progress\t1')" 'neither settles what lives'
is "$(cat "$T/ran")" "$one/1" 'nor runs it again'
ok 'its fields can be changed meanwhile' orch-set "$one" body='for the next attempt' labels+=seen
echo fine >&4
wait $run
is "$?/$(cat "$T/run.out")" "0/$one" 'it ends well'
is "$(orch-list "$one" -o status,attempts,labels)" "$(printf 'in_review\t1\tseen')" 'with what was changed'

# orch-run and its worker are killed: the keeper goes on, the next call settles.
two=$(orch-add --verify 'test -s work' 'Two')
begin "$two"
kill -9 $run "$worker"
wait $run 2>/dev/null
gone $run "$worker" && ! dead "$keeper" "$agent"
result $? 'orch-run is killed, the attempt goes on'
exits 75 'nobody runs it again' orch-run "$two" -- "$T/agent"
is "$(status "$two")" in_progress 'it is still in progress'
echo finished >&4
free "$two"
gone "$keeper" "$agent"
result $? 'it ends by itself'
[ -s ".orch/runs/$two/1/result.json" ]
result $? 'and leaves its result'
is "$(status "$two")" in_progress 'nobody has settled it yet'
exits 1 'the next call' orch-run next
is "$(cat "$T/out")" "$two" 'prints it'
is "$(orch-list "$two" -o status,attempts,summary)" "$(printf 'done\t1\tfinished')" 'and has settled and checked it'
is "$(git show "orch/$two-two:work")" "$two/1" 'its work is committed'
snapshot
exits 1 'a call after that' orch-run next
unchanged 'does nothing more'
is "$(grep -c "^$two/" "$T/ran")" 1 'it was run once'

# Only the scheduler is killed: its worker settles.
three=$(orch-add 'Three')
begin "$three"
kill -9 $run
wait $run 2>/dev/null
echo 'by the worker' >&4
free "$three"
is "$(status "$three")" in_review 'the scheduler alone is killed: its worker settles'

# Only the worker is killed.
four=$(orch-add 'Four')
begin "$four"
kill -9 "$worker"
wait $run
is $? 75 'the worker alone is killed: orch-run says that it is to be gone on with'
echo 'without a worker' >&4
free "$four"
orch-run next >/dev/null 2>&1
is "$(status "$four")" in_review 'and the next call does'

# All are killed: orphaned, one attempt used, a new one.
five=$(orch-add --set max_attempts=2 'Five')
begin "$five"
kill -9 $run "$worker" "$keeper" "$agent" 2>/dev/null
wait $run 2>/dev/null
free "$five"
orch-run next >"$T/out" 2>"$T/err"
is "$(orch-list "$five" -o status,error_class,attempts,retry_at)" "$(printf 'routed\torphaned\t1\t')" \
	'all are killed: the next call finds it orphaned and puts it back'
is "$(jq -r "select(.task == $five and .data.event == \"orphaned\") | .data.from" .orch/events.jsonl)" in_progress 'and tells it'
begin "$five"
is "$(tail -n 1 "$T/ran")" "$five/2" 'its next attempt is the second'
kill -9 $run "$worker" "$keeper" "$agent" 2>/dev/null
wait $run 2>/dev/null
free "$five"
orch-run next >/dev/null 2>&1
is "$(orch-list "$five" -o status,attempts)" "$(printf 'failed\t2')" 'the second of two was the last'

# The keeper is killed: nothing of the old run lives when the task is run again.
cat >"$T/family" <<END
#!/bin/sh
setsid sh -c 'echo \$\$ >"$T/up"; exec sleep 1000' &
exec "$T/agent"
END
chmod +x "$T/family"
six=$(orch-add 'Six')
orch-run "$six" -- "$T/family" >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
run=$!
read -r a <&3
read -r b <&3
a=$(outer "$a") b=$(outer "$b")
kill -9 "$(keeper_of "$a")"
wait $run
orch-run next >/dev/null 2>&1
is "$(status "$six")" routed 'the keeper is killed: the task goes back'
gone "$a" "$b"
result $? 'after all that it had started is gone'
for pid in "$a" "$b"; do gone "$pid" || kill -9 "$pid"; done

# The keeper of a check is killed: what the agent has done stands, the check is asked again.
id=$(orch-add -a sh --command true --verify "test -e '$T/again' || { touch '$T/again'; echo \$\$ >'$T/up'; exec sleep 1000; }" 'Checked twice')
orch-run "$id" >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
run=$!
read -r a <&3
kill -9 "$(keeper_of "$(outer "$a")")"
wait $run
is "$?/$(orch-list "$id" -o status,attempts)" "0/$(printf 'done\t1')" 'a killed check is asked again, not the agent'

# Keeper and worker are killed, so nobody swept, and nothing else holds what they had
# started: the next call does, before anything else.
export ORCH_TEST_CONTAIN=weak
id=$(orch-add 'Nobody sweeps')
orch-run "$id" -- "$T/family" >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
run=$!
read -r a <&3
read -r b <&3
keeper=$(keeper_of "$a")
kill -9 $run "$(awk '/^PPid/ { print $2 }' "/proc/$keeper/status")" "$keeper"
wait $run 2>/dev/null
free "$id"
dead "$a" && dead "$b"
is "$?/$(status "$id")" 1/in_progress 'all above it are killed: a process of the attempt lives on'
setsid env ORCH_ATTEMPT="$id/2" ORCH_PROJECT="$PWD" sh -c 'echo $$ >"$1"; exec sleep 1000' sh "$T/up" 3>&- 4>&- &
read -r stranger <&3
orch-run "$id" -- sh -c 'printf "{\"status\":\"done\",\"summary\":\"x\"}"' >"$T/out" 2>&1
gone "$a" "$b"
is "$?/$(orch-list "$id" -o status,attempts)" "0/$(printf 'in_review\t2')" 'it is gone when the next attempt runs'
! dead "$stranger"
result $? 'a process with another mark lives'
for pid in "$a" "$b" "$stranger"; do kill -9 "$pid" 2>/dev/null; done
unset ORCH_TEST_CONTAIN

cd "$T/w" && project later && printf 'retry: {jitter: 0}\n' >orch.yml && : >"$T/ran"
# While somebody checks a finished result, for however long, nobody else does; killed in
# the middle of that, it is checked anew, and settled once.
id=$(orch-add --verify "echo \$\$ >$T/up; read -r word <$T/go; [ \"\$word\" = good ]" 'Long check')
begin "$id"
kill -9 $run "$worker"
wait $run 2>/dev/null
echo checked >&4
free "$id"
orch-retry --due >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
run=$!
read -r check <&3
snapshot
exits 1 'a second tick in the middle of a check' orch-run next
unchanged 'does nothing'
ok 'nor does a tick of orch-retry --due' orch-retry --due
is "$(cat "$T/out" "$T/err")" '' 'which finds nothing'
unchanged 'and changes nothing'
exits 75 'nor does who names the task' orch-run "$id" -- "$T/agent"
keeper=$(keeper_of "$(outer "$check")")
kill -9 $run
wait $run 2>/dev/null
exits 1 'the first is killed, its check goes on: a third tick' orch-run next
is "$(status "$id")" in_progress 'waits for it'
echo good >&4
free "$id"
gone "$keeper"
orch-run next >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
run=$!
read -r check <&3
kill -9 $run "$(keeper_of "$(outer "$check")")"
wait $run 2>/dev/null
free "$id"
orch-run next >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
run=$!
read -r check <&3
ok 'and again two at once: the second' orch-retry --due
is "$(cat "$T/out" "$T/err")" '' 'has nothing to do'
is "$(status "$id")" in_progress 'check and tick are killed: the next tick checks anew'
echo good >&4
wait $run
is "$(cat "$T/run.out")/$(orch-list "$id" -o status,attempts)" "$id/$(printf 'done\t1')" 'and it is done' || note "$(cat "$T/run.err")"
is "$(grep -c "^$id/" "$T/ran")/$(jq -r "select(.task == $id and .data.event == \"finish\") | .seq" .orch/events.jsonl | wc -l)" 1/1 \
	'run once, settled once'

# orphan TITLE: an attempt of which nothing lives, and nothing is settled; $id $trace
orphan() {
	id=$(orch-add "$1")
	begin "$id"
	kill -9 $run "$worker" "$keeper" "$agent" 2>/dev/null
	wait $run 2>/dev/null
	free "$id"
	trace=.orch/runs/$id/1/container.json
}
# A stranger that has the numbers of a keeper, and of an init, by now.
sleep 1000 3>&- 4>&- &
stranger=$!
start=$(sed 's/.*) //' /proc/$stranger/stat | cut -d ' ' -f 20)
# rewrite FILTER: the trace as it would be had it been another machine, boot or process
rewrite() { jq -c "$1" "$trace" >"$T/trace" && cat "$T/trace" >"$trace"; }
while IFS='	' read -r name want class filter; do
	orphan "$name"
	rewrite "$filter"
	class=${class#-}
	orch-run next >"$T/out" 2>"$T/err"
	is "$(orch-list "$id" -o status,error_class,attempts)" "$(printf '%s\t%s\t1' "$want" "$class")" "$name: $want"
	! dead "$stranger"
	result $? "$name: a stranger lives"
	[ "$want" = routed ] || like "$(cat "$T/err")" "*task $id: '$PWD/$trace': *if they are gone, remove it*" "$name: it is told"
done <<END
another process has its number	routed	orphaned	.keeper = {pid: $stranger, start: ($start - 1)} | (.init // empty) = {pid: $stranger, start: ($start - 1)}
the machine was started anew	routed	orphaned	.boot = "00000000-0000-0000-0000-000000000000" | .keeper = {pid: $stranger, start: $start} | (.init // empty) = {pid: $stranger, start: $start}
the trace is damaged	routed	orphaned	{}
another pid namespace	in_progress	-	.space = 1
another machine	in_progress	-	.boot = "00000000-0000-0000-0000-000000000000" | .host = "elsewhere"
END
kill $stranger
rm .orch/runs/*/1/container.json
orch-run next >"$T/out" 2>"$T/err"
is "$(orch-list @in_progress -o id)" '' 'a person who removes the trace has it settled'

# A result that comes too late is refused.
seven=$(orch-add 'Seven')
begin "$seven"
sed -i "/^  - id: $seven\$/,\$s/attempts: 1/attempts: 2/" tasks.yml
echo late >&4
wait $run
is "$?/$(cat "$T/run.out")" 69/ 'a result of an attempt that is over'
is "$(orch-list "$seven" -o status,attempts,summary)" "$(printf 'in_progress\t2\t')" 'changes nothing'
orch-run next >/dev/null 2>&1
is "$(orch-list "$seven" -o status,error_class,attempts)" "$(printf 'routed\torphaned\t2')" 'the one that is not there is orphaned'

# A task that is gone from the file while it runs.
eight=$(orch-add 'Eight')
begin "$eight"
sed -i "/^  - id: $eight\$/,\$d" tasks.yml
echo nowhere >&4
wait $run
got=$?
is "$got/$(orch-list "$eight" -o status)" 0/in_review 'a task that a person removes while it is in progress stays'
ok 'and that is told' grep -q "task $eight: was removed by hand" .orch/log/orch.log
ok 'its number is not given again' sh -c "[ \"\$(orch-add 'Nine')\" -gt $eight ]"

done_testing
