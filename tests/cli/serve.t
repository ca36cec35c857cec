#!/bin/sh
# orch-serve: what is due is done without another command, and what is not costs nothing.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/serve.sh
. "$ROOT/tests/lib/serve.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/up" "$T/go"
exec 3<>"$T/up" 4<>"$T/go"
# An attempt that tells that it is there, and ends when it may.
slow="echo up >$T/up; read -r word <$T/go"

# --- once
project
printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml
is "$(orch-serve -n)" recover 'nothing but to look is due at first'
ok 'and that is done' orch-serve --once
is "$(cat "$T/out" "$T/err")" '' 'quietly'
printf 'jobs:\n  - {id: j, schedule: "@hourly", task: {title: J, agent: sh, command: "true", produces: text}}\n' >jobs.yml
ORCH_TEST_NOW=2026-01-02T02:30:00Z orch-cron tick
orch-add -a sh --command 'date >stamp' --verify 'test -s stamp' 'Stamp' >/dev/null
orch-add --command 'true' 'New' >/dev/null
is "$(orch-serve -n | tr '\n' ' ')" 'recover cron route run 1 ' 'what would be started'
is "$(states)" '1=routed 2=new ' 'was not'
ok 'all that is due' orch-serve --once
is "$(states)" '1=done 2=done 3=done ' 'is done: what was ready, what was new, and a slot of a job'
rm jobs.yml
orch-add -a sh --command 'false' 'Fails' >/dev/null
exits 75 'once tells of a task that is to be retried' orch-serve --once
orch-set 4 max_attempts=1 >/dev/null
orch-retry 4 >/dev/null
exits 69 'or of one that failed' orch-serve --once
exits 2 'no operand' orch-serve now
exits 2 'no such number' orch-serve -j 0
echo 'nonsense: 1' >>orch.yml
exits 78 'a configuration that is not valid' orch-serve
sed -i '$d' orch.yml

# --- a server
begin
nap
is "$(alarms)" '0 0 ' 'nothing due, no alarm'
rss=$(awk '/^Pss:/ { print $2 }' "/proc/$server/smaps_rollup")
[ "$V" != release ] || [ "$rss" -le 3072 ]
result $? "and 3 MiB at most: $rss KiB"
before=$(wakings)
for _ in 1 2 3 4 5 6 7 8 9 10; do orch-list >/dev/null; done
is "$(wakings)" "$before" 'readers do not wake it up'
id=$(orch-add -a sh --command 'true' --set produces=text 'Added')
is "$(done_with "$id")" "$id " 'what is added is done'
orch-add --command 'true' --set produces=text 'Added as new' >/dev/null
is "$(done_with 6)" '6 ' 'also what has no agent yet'
nap
# By hand: a new file renamed over the old one, as editors do, beside their own files.
listen 'before'
: >"$T/said"
touch .tasks.yml.swp tasks.yml~ 4913 '#tasks.yml#'
nap
listen 'editor'
is "$(cat "$T/said")" '== editor' 'what editors leave is nothing to it'
{ cat tasks.yml && printf '  - title: By hand\n    command: "true"\n    produces: text\n'; } >tasks.new
mv tasks.new tasks.yml
heard 'run: task 7:'
is "$(orch-list 7 -o status)" 'done' 'a task that was written by hand is done'
nap

# --- one server
ln -s "$PWD" "$T/w/other name"
exits 75 'a second server' orch-serve
like "$(cat "$T/err")" "orch-serve: another orch-serve is at work: *pid $server (orch-serve*" 'is told whose it is'
exits 75 'by another path' orch-serve -C "$T/w/other name"
exits 75 'or by the file' orch-serve -f "$T/w/other name/tasks.yml"
cp tasks.yml other.yml
SERVER=$server
ok 'another file is another project' orch-serve -f other.yml --once
is "$(find "/proc/$SERVER/fd" -lname "$PWD/.orch/state/serve.lock" | wc -l)" 1 'the lock is held by itself'

ok 'its lock is nothing that is wrong' orch-fsck
# An agent that is closed for an hour: that is waited for, and the file that says so is noticed.
nap
printf '{"schema":1,"gen":1000000,"value":{"agents":{"cat":{"cooldown":{"class":"rate_limited","reason":"x","since":"%s","until":"%s"}}}}}\n' \
	2026-01-02T03:00:00Z 2026-01-02T04:04:05Z >.orch/state/agents.new
mv .orch/state/agents.new .orch/state/agents.json
until [ "$(alarms)" != '0 0 ' ]; do perl -e 'select undef, undef, undef, .005'; done
nap
like "$(alarms)" '3[56][0-9][0-9] 0 ' 'the end of a pause is waited for'
rm .orch/state/agents.json
nap

# --- beside each other
one=$(orch-add -a sh --command "$slow" --set produces=text 'Long')
read -r _ <&3
run=$(pgrep -P "$server" orch-run)
is "$(find "/proc/$run/fd" -lname '*serve.lock' | wc -l)" 0 'and by no child'
is "$(done_with "$(orch-add -a sh --command 'true' --set produces=text 'Short')")" '9 ' 'a long one holds up no other'
printf 'jobs:\n  - {id: k, schedule: "* * * * *", task: {title: K, agent: sh, command: "true", produces: text}}\n' >jobs.new
mv jobs.new jobs.yml
heard 'cron: exit status 0'
nap 1
like "$(alarms)" '[1-9]* 0 ' 'where there are jobs it waits for the minute'
is "$(for f in /proc/"$server"/fdinfo/*; do grep -A1 '^clockid: 0' "$f"; done | grep -c 'ticks')" 1 'of the clock on the wall'
is "$(for f in /proc/"$server"/fdinfo/*; do sed -n 's/^settime flags: 0*//p' "$f"; done | sort -u | tr '\n' ' ')" '1 3 ' 'which may be set'
rm jobs.yml
nap 1
is "$(alarms)" '0 0 ' 'else it does not'
echo >&4
is "$(done_with "$one")" "$one " 'the long one'
nap
finish TERM
is $ended 0 'it ends'

# --- events, beside a subscriber that takes its time
cat >orch.yml <<END
isolation: none
subscriptions:
  - {name: slow, topic: note, run: [sh, -c, "cat >/dev/null; $slow"]}
  - {name: quick, topic: more, run: [sh, -c, "cat >/dev/null; echo quick >$T/up"]}
END
begin
nap
orch-event emit note >/dev/null
read -r _ <&3
orch-event emit more >/dev/null
read -r word <&3
is "$word" quick 'events are given while another is being told'
printf 'jobs:\n  - {id: l, schedule: "@daily", task: {title: L, agent: sh, command: "true"}}\n' >jobs.yml
heard 'cron: exit status 0'
result 0 'and ticks go on'
echo >&4
rm jobs.yml
nap
is "$(alarms)" '0 0 ' 'then all is quiet'
finish TERM
printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml

# --- as many as may
begin -j1
a=$(orch-add -a sh --command "$slow" --set produces=text 'First')
b=$(orch-add -a sh --command "$slow" --set produces=text 'Second')
read -r _ <&3
nap 1
is "$(orch-list "$a,$b" -o status | tr '\n' ' ')" 'in_progress routed ' 'one at a time'
echo >&4
read -r _ <&3
is "$(orch-list "$a,$b" -o status | tr '\n' ' ')" 'done in_progress ' 'then the next'
echo >&4
is "$(done_with "$a" "$b")" "$a $b " 'both'
finish INT
is $ended 0 'an interrupt ends it too'

# --- time: the true clock, as waiting is what is tested
printf 'isolation: none\nretry: {base: 1s, jitter: 0}\n' >orch.yml
unset ORCH_TEST_NOW
begin
id=$(orch-add -a sh --command 'test -e again || { touch again; exit 1; }' --set produces=text 'Again')
is "$(done_with "$id")" "$id " 'what is retried is done when it is due'
is "$(orch-list "$id" -o attempts)" 2 'once more'
finish TERM
export ORCH_TEST_NOW=2026-01-02T03:04:59Z
printf 'jobs: [{id: m, schedule: "0 0 1 1 *", task: {title: M, agent: sh, command: "true"}}]\n' >jobs.yml
begin
heard 'cron: exit status 0'
heard 'cron: exit status 0'
listen minute
like "$(cat "$T/said")" '*cron: exit status 0*cron: exit status 0*' 'each minute has its tick'
finish TERM
rm jobs.yml
if [ -n "${LONG-}" ]; then
	unset ORCH_TEST_NOW
	printf 'jobs: [{id: t, schedule: "* * * * *", task: {title: T, agent: sh, command: "true", produces: text}}]\n' >jobs.yml
	begin
	heard 'run: task'
	is "$(orch-list job=t -o status | sort -u)" 'done' 'a slot of the true clock'
	finish TERM
fi
export ORCH_TEST_NOW=2026-01-02T03:04:05Z

# --- many at once
rm -f "$T/ends"
for _ in 1 2 3 4 5 6 7 8; do
	sh -c 'orch-serve -q 2>>"$T/busy"; echo $? >>"$T/ends"' &
done
until [ "$(wc -l 2>/dev/null <"$T/ends")" = 7 ]; do perl -e 'select undef, undef, undef, .005'; done
is "$(sort -u "$T/ends") $(grep -c 'another orch-serve is at work' "$T/busy")" '75 7' 'of eight one serves'
server=$(jq .pid .orch/state/serve.lock)
kill "$server"
wait
is "$(tail -n 1 "$T/ends")" 0 'until it is told to end'
server=

# --- names
odd="$T/w/-a b'c\"d\$(e)f\\g%h"
mkdir -- "$odd" && cd -- "$odd" && git init -q . && git commit -q --allow-empty -m x && orch-init -q >/dev/null
begin -C "$odd"
is "$(done_with "$(orch-add -a sh --command true --set produces=text --set isolation=none 'X')")" '1 ' 'a folder of any name'
finish TERM
begin -f "$odd/tasks.yml"
is "$(done_with "$(orch-add -a sh --command true --set produces=text --set isolation=none 'X')")" '2 ' 'and its file'
finish TERM
# --- what cannot run
cd "$T/w" && project nobody >/dev/null && echo 'isolation: none' >orch.yml
orch-add --set agent=cluade 'Nobody' >/dev/null
exits 69 'once tells of a task that cannot run' orch-serve --once
like "$(cat "$T/err")" '*run: what is ready cannot run now (69): orch-status and *say why*' 'which is said without -v' || note "$(cat "$T/err")"
like "$(orch-status)" "*no agent 'cluade'*" 'as it does'
done_testing
