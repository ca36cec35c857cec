#!/bin/sh
# orch-serve ends, is killed and begins again: no attempt is lost, and none is run twice.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/serve.sh
. "$ROOT/tests/lib/serve.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/up" "$T/go"
exec 3<>"$T/up" 4<>"$T/go"
slow="echo up >$T/up; echo \$ORCH_ATTEMPT >>$T/ran; read -r word <$T/go"
long() { orch-add -a sh --command "$slow" --set produces=text "${1-Long}"; }
quick() { orch-add -a sh --command true --set produces=text "${1-Quick}"; }
status() { orch-list "$1" -o status,attempts | tr '\t' ' '; }
# free ID: waits until nobody holds the run lock of the task
free() { perl -e 'open L, "+<", shift or exit 1; flock L, 2' ".orch/runs/$1/lock"; }

project
printf 'isolation: none\nretry: {jitter: 0}\nserve: {drain: 1h}\n' >orch.yml

# --- drain
begin
a=$(long)
read -r _ <&3
kill -TERM "$server"
heard 'drains: '
b=$(quick)
nap 1 100000
is "$(status "$a")/$(status "$b")" 'in_progress 1/routed ' 'it drains: nothing new begins'
like "$(alarms)" '0 [1-9]*' 'for a time'
echo >&4
wait "$server" && is "$(status "$a")/$(status "$b")" 'done 1/routed ' 'and what runs ends by itself'
server=

# --- stop
begin
is "$(done_with "$b")" "$b " 'the next server goes on'
a=$(long)
read -r _ <&3
kill -TERM "$server"
heard 'drains: '
finish TERM
is $ended 75 'a second signal stops'
is "$(status "$a")" 'routed 1' 'the attempt, and the task goes back'
like "$(cat "$T/said")" '*stops what runs: [1-9]*ended with 75*' 'it says so'
orch-cancel -q "$a" >/dev/null
begin
a=$(long)
read -r _ <&3
finish QUIT
is "$ended/$(status "$a")" '75/routed 1' 'SIGQUIT does so at once'
orch-cancel -q "$a" >/dev/null
sed -i 's/drain: 1h/drain: 0/' orch.yml
begin
a=$(long)
read -r _ <&3
finish TERM
is "$ended/$(status "$a")" '75/routed 1' 'so does a drain whose time has come'
orch-cancel -q "$a" >/dev/null

# --- a terminal that is closed
sed -i 's/drain: 0/drain: 1h/' orch.yml
setsid script -qfc "exec orch-serve -v 2>$T/voice" /dev/null >/dev/null 2>&1 9>&- &
script=$!
heard 'orch-serve: ready'
server=$(pgrep -P "$script")
kill -HUP "$server"
heard 'reads its configuration again'
kill -KILL "$script"
heard 'drains: '
heard 'ended with 0'
result 0 'a server whose terminal is closed drains'
server=
perl -e 'open L, "+<", shift or exit 1; flock L, 2' .orch/state/serve.lock
sed -i 's/drain: 1h/drain: 0/' orch.yml

# --- the server killed: what it has started goes on
: >"$T/ran"
begin
a=$(long)
read -r _ <&3
run=$(pgrep -P "$server" orch-run)
finish KILL
ok 'orch-run goes on without it' kill -0 "$run"
begin
nap 0
is "$(status "$a")" 'in_progress 1' 'the next server leaves it alone'
echo >&4
is "$(done_with "$a") $(cat "$T/ran")" "$a  $a/1" 'and it is done once'

# --- both killed: the keeper goes on, and its result is settled as soon as it is there
b=$(long)
read -r _ <&3
run=$(pgrep -P "$server" orch-run)
pids="$run $(pgrep -P "$run")"
finish KILL
# shellcheck disable=SC2086 # words
kill -KILL $pids
begin
nap 0
is "$(status "$b")" 'in_progress 1' 'an attempt whose orch-run was killed lives'
echo >&4
is "$(done_with "$b") $(tail -n 1 "$T/ran")" "$b  $b/1" 'and is settled without another event'
# --- orch-run alone
b=$(long)
read -r _ <&3
run=$(pgrep -P "$server" orch-run)
# shellcheck disable=SC2046 # words
kill -KILL "$run" $(pgrep -P "$run")
heard 'run: was killed by signal 9'
echo >&4
is "$(done_with "$b") $(tail -n 1 "$T/ran")" "$b  $b/1" 'the same under a server that lives'
# --- all of them
b=$(long)
read -r _ <&3
run=$(pgrep -P "$server" orch-run)
worker=$(pgrep -P "$run")
# shellcheck disable=SC2046,SC2086 # words
kill -KILL "$run" $worker $(pgrep -P "$worker")
free "$b"
until [ "$(status "$b")" = 'routed 1' ]; do heard 'recover: exit status'; done
is "$(orch-list "$b" -o error_class)" orphaned 'what nobody knows of any more is found at once'
finish TERM
orch-cancel -q "$b" >/dev/null

# --- killed at each line that it says, with all kinds of things to do
printf 'jobs:\n  - {id: j, schedule: "@hourly", task: {title: J, agent: sh, command: "echo x >>%s/j", produces: text}}\n' "$T" >jobs.yml
sed -i 's/drain: 0/drain: 1h/' orch.yml
cp -a . "$T/tmpl"
case ${LONG-} in '') STEP=3 ;; *) STEP=1 ;; esac
k=1 said=99
while [ $k -le "$said" ]; do
	rm -rf "$T/w/p" && cp -a "$T/tmpl" "$T/w/p" && cd "$T/w/p" || exit 1
	rm -f "$T/j" "$T/n" "$T/r"
	ORCH_TEST_NOW=2026-01-02T02:30:00Z orch-cron tick
	orch-add -a sh --command "echo x >>$T/r" --set produces=text 'Ready' >/dev/null
	orch-add --command "echo x >>$T/n" --set produces=text 'New' >/dev/null
	start
	i=0
	# While one is not done a line will come.
	while [ $i -lt $k ] && [ $said = 99 ] && heard orch-; do
		i=$((i + 1))
		case $serve_line in *'run: task'*) [ "$(cat "$T/j" "$T/n" "$T/r" 2>/dev/null | wc -l)" -lt 3 ] || said=$i ;; esac
	done
	finish KILL
	# What was started may be at work; the next one comes beside it.
	orch-serve --once >/dev/null 2>&1
	until [ -z "$(orch-list @new,routed,in_progress -o id)" ]; do orch-serve --once >/dev/null 2>&1; done
	is "$(cat "$T/j" "$T/n" "$T/r" | wc -l)/$(orch-list --all attempts!=1 title=J,New,Ready -o id)" 3/ "killed after line $k: each is done once"
	k=$((k + STEP))
done
done_testing
