#!/bin/sh
# orch-cancel of a task whose attempt lives: it is ended with all that it has started, its
# work is kept, and the task is withdrawn once, whoever is killed meanwhile.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/up" "$T/go"
exec 3<>"$T/up" 4<>"$T/go"

# Does something, hears no TERM, has a child in a session of its own; both have the FIFO
# "hold" open: its end says that they are gone.  It ends when it is told to.
cat >"$T/agent" <<END
#!/bin/sh
trap '' TERM
exec 9>"$T/hold"
echo "\$ORCH_ATTEMPT" >>"$T/ran"
echo "\$ORCH_ATTEMPT" >work
setsid sh -c 'trap "" TERM; echo child >"$T/up"; exec sleep 1000' &
echo agent >"$T/up"
read -r word <"$T/go"
printf '{"status":"done","summary":"%s"}\n' "\$word"
END
chmod +x "$T/agent"
# add OPTION..: $id
add() { id=$(orch-add "$@" 'Runs'); }
# begin: it runs, up to where agent and child are up: $run $worker $keeper, its end in 5
begin() {
	rm -f "$T/hold" && mkfifo "$T/hold"
	orch-run "$id" -- "$T/agent" >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
	run=$!
	exec 5<"$T/hold"
	read -r up <&3
	read -r up <&3
	keeper=$(keeper_of "$(alive | head -n 1)")
	worker=$(awk '/^PPid/ { print $2 }' "/proc/$keeper/status")
	note "$up" >/dev/null
}
# ended NAME: nothing of it lives, and the task is withdrawn, once
ended() {
	timeout 60 cat <&5 >/dev/null
	result $? "$1: nothing of it lives"
	exec 5<&-
	wait $run 2>/dev/null
	is "$(orch-list "$id" -o status,attempts)" "$(printf 'cancelled\t1')" "$1: the task is withdrawn" || note "$(cat "$T/err" "$T/run.err" .orch/log/orch.log)"
	is "$(events cancel)" 1 "$1: once"
	is "$(alive)" '' "$1: and nobody is left"
}
# events EVENT: how many there are of the task
events() { jq -r "select(.task == $id and .data.event == \"$1\") | .seq" .orch/events.jsonl | wc -l; }
free() { perl -e 'open L, "+<", shift or exit 1; flock L, 2' ".orch/runs/$1/lock"; }

project p
printf 'retry: {jitter: 0}\ngrace: 1s\n' >orch.yml

for kind in pidns userns cgroup weak; do
	export ORCH_TEST_CONTAIN=$kind
	can_contain $kind || continue
	add
	begin
	ok "$kind: cancelled while it runs" orch-cancel -v --reason 'not needed' "$id"
	is "$(cat "$T/out")/$(cat "$T/err")" "$id/orch-cancel: task $id was stopped" "$kind: prints it, and says so"
	ended $kind
	is "$(jq -r '.stop, .signal' ".orch/runs/$id/1/result.json" | tr '\n' ' ')" 'asked 9 ' "$kind: it was asked, then killed"
done
unset ORCH_TEST_CONTAIN

# What is there of it.
add --verify 'test -s work'
after=$(orch-add --depends "$id" 'After it')
begin
snapshot
ok 'a dry run' orch-cancel -n "$id"
is "$(cat "$T/out")" "$id" 'prints it'
unchanged 'and changes nothing'
ok 'cancelled, for a program' orch-cancel --json --reason 'not "needed"' "$id"
is "$(cat "$T/out")" "{\"schema\":1,\"id\":$id,\"status\":\"cancelled\",\"stopped\":true}
{\"schema\":1,\"id\":$after,\"status\":\"skipped\",\"stopped\":false}" 'prints what became of whom'
wait $run
is "$?/$(cat "$T/run.out")" 69/ 'orch-run ends: it was not done'
like "$(cat "$T/run.err")" "*task $id: cancelled*" 'and says so'
ended 'with all that depends on it'
is "$(orch-list "$id" -o reason,branch),$(orch-list "$after" -o status,reason)" \
	"$(printf 'not "needed"\torch/%s-runs,skipped\ttask %s is cancelled' "$id" "$id")" 'the reason stands there'
is "$(cat "$(field "$id" worktree)/work")" "$id/1" 'the work is where it was'
is "$(jq -c "select(.task == $id and .data.event == \"cancel\") | [.data.from, .data.reason]" .orch/events.jsonl)" \
	'["in_progress","not \"needed\""]' 'it is told'
is "$(ls ".orch/runs/$id/1/"verify* 2>/dev/null)" '' 'no check was run'
ok 'again' orch-cancel "$id"
is "$(cat "$T/out" "$T/err")" '' 'there is nothing to do'
ok 'reopened' orch-retry -q "$id"
is "$(orch-list "$id" "$after" -o status | tr '\n' ' ')" 'routed new ' 'what was skipped comes back too'
echo well >&4
orch-run "$id" -- sh -c 'test -s work && printf "{\"status\":\"done\",\"summary\":\"went on\"}"' >/dev/null 2>"$T/err"
is "$(orch-list "$id" -o status,attempts,summary)" "$(printf 'done\t2\twent on')" 'the next attempt goes on from there' || note "$(cat "$T/err")"
read -r _ <&4

# Whoever settles it heeds the mark, whatever came of it, and starts nothing more.
add --verify "echo checked >>$T/checked"
begin
orch-cancel "$id" >"$T/out" 2>"$T/err" &
cancel=$!
wait_for [ -e ".orch/runs/$id/1/cancel.json" ]
echo well >&4
wait $cancel
is "$?/$(cat "$T/out")" "0/$id" 'one that ends well meanwhile'
ended 'one that ends well meanwhile'
[ ! -e "$T/checked" ]
result $? 'is not checked any more'
perl -MFcntl -e 'fcntl STDIN, F_SETFL, O_RDWR | O_NONBLOCK; sysread STDIN, $_, 99; fcntl STDIN, F_SETFL, O_RDWR' <&4

# While it is checked.
mkfifo "$T/held"
add --verify "trap '' TERM; exec 9>$T/held; echo check >$T/up; read -r word <$T/go" --verify "echo checked >>$T/checked"
begin
echo well >&4
timeout 60 cat <&5 >/dev/null
exec 5<"$T/held"
read -r up <&3
ok "cancelled in its $up" orch-cancel "$id"
ended 'in its check'
[ ! -e "$T/checked" ]
result $? 'the next check is not begun'
is "$(git log --format=%s "main..orch/$id-runs")" Runs 'what it had done is on its branch'

# orch-run is gone; all but the agent's own are; all are.
add
begin
kill -9 $run "$worker"
ok 'orch-run was killed before' orch-cancel "$id"
ended 'orch-run was killed before'
add
begin
kill -9 $run "$worker" "$keeper"
ok 'its keeper too' orch-cancel "$id"
ended 'its keeper too'
add
begin
kill -9 "$keeper"
wait $run
ok 'one that is to be tried again' orch-cancel "$id"
ended 'one that is to be tried again'

# Two at once.
add
begin
orch-cancel "$id" >"$T/first" 2>&1 3>&- 4>&- &
first=$!
ok 'two at once: the one' orch-cancel "$id"
wait $first
is "$?/$(sort -u "$T/first" "$T/out")" "0/$id" 'two at once: the other'
ended 'two at once'

# Nobody who has the number of a dead keeper by now is signalled.
sleep 1000 3>&- 4>&- &
stranger=$!
start=$(sed 's/.*) //' /proc/$stranger/stat | cut -d ' ' -f 20)
add
begin
kill -9 $run "$worker" "$keeper"
wait $run 2>/dev/null
free "$id"
trace=.orch/runs/$id/1/container.json
jq -c ".keeper = {pid: $stranger, start: ($start - 1)}" "$trace" >"$T/trace" && cat "$T/trace" >"$trace"
ok 'a keeper whose number another process has' orch-cancel "$id"
is "$(status "$id")" cancelled 'it is withdrawn'
kill $stranger
result $? 'the other process lived'
exec 5<&-

# orch-cancel is killed before each of its steps: what it had not begun goes on, what it had
# is gone on with by the next tick; then again, to the end.
step=0 marked=0
while step=$((step + 1)) && [ $step -lt 60 ]; do
	add
	begin
	ORCH_TEST_CRASH_AT=$step orch-cancel "$id" >/dev/null 2>&1
	got=$?
	why=
	if [ -e ".orch/runs/$id/1/cancel.json" ]; then
		marked=$((marked + 1))
		orch-retry -q --due >/dev/null 2>&1
	else
		[ "$(status "$id")" = in_progress ] && [ -n "$(alive)" ] || why="$why; it was not marked and does not run"
		orch-cancel "$id" >/dev/null 2>&1 || why="$why; the next one fails"
	fi
	timeout 60 cat <&5 >/dev/null || why="$why; something of it lives"
	exec 5<&-
	wait $run 2>/dev/null
	orch-retry -q --due >/dev/null 2>&1
	[ "$(orch-list "$id" -o status,attempts)/$(events cancel)" = "$(printf 'cancelled\t1')/1" ] || why="$why; $(orch-list "$id" -o status,attempts)"
	[ -z "$why" ] || result 1 "killed before step $step$why"
	[ $got -ne 0 ] || break
done
[ $step -gt 3 ] && [ $step -lt 60 ] && [ $marked -gt 2 ]
result $? "killed before each of $((step - 1)) steps, after the mark $((marked - 1)) times: withdrawn once"
done_testing
