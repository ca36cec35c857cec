#!/bin/sh
# orch-serve and what is around it: a service manager, files that are wrong, folders that go,
# programs that fail.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/serve.sh
. "$ROOT/tests/lib/serve.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/up" "$T/go" "$T/told"
exec 3<>"$T/up" 4<>"$T/go" 5<>"$T/told"
slow="echo up >$T/up; read -r word <$T/go"
quick() { orch-add -a sh --command true --set produces=text "${1-Quick}"; }
manager=
end() { serve_end; kill "$manager"; }
# managed SOCKET: somebody listens there
managed() {
	[ -z "$manager" ] || kill "$manager"
	perl "$ROOT/tests/lib/notify.pl" "$1" >"$T/told" &
	manager=$!
	sh_at_end=end
	read -r _ <&5
	export NOTIFY_SOCKET="$1"
}
# told PATTERN: waits for a message that is like that: $message
told() {
	# shellcheck disable=SC2254 # the pattern is meant to be one
	while read -r message <&5; do case $message in $1) return 0 ;; esac done
}

project
printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml

# --- a service manager
managed "$T/socket"
export WATCHDOG_USEC=400000
start
told 'READY=1'
is "$message" 'READY=1' 'it is told when the server is ready'
told 'STATUS=*'
is "$message" 'STATUS=0 run, 0 ready' 'and how it does'
told 'WATCHDOG=1'
told 'WATCHDOG=1'
is "$message" 'WATCHDOG=1' 'again and again, where there is a watchdog'
a=$(orch-add -a sh --command "$slow" --set produces=text 'Long')
read -r _ <&3
run=$(pgrep -P "$server" orch-run)
is "$(tr '\0' '\n' <"/proc/$run/environ" | grep -cE 'NOTIFY_SOCKET|WATCHDOG')" 0 'what it starts has no such socket'
told 'STATUS=1 run, 0 ready'
kill -HUP "$server"
told 'RELOADING=1*'
like "$message" 'RELOADING=1|MONOTONIC_USEC=[1-9]*' 'it reloads'
told 'READY=1'
is "$(orch-list "$a" -o status)" in_progress 'and what runs goes on'
kill -TERM "$server"
told 'STOPPING=1*'
is "$message" 'STOPPING=1|EXTEND_TIMEOUT_USEC=360000000' 'it drains, and asks for the time'
echo >&4
told 'STATUS=drains, 0 run'
wait "$server" && result 0 'and ends'
managed "@orch-serve-$$"
unset WATCHDOG_USEC
start
told 'READY=1'
is "$message" 'READY=1' 'an abstract name'
heard 'orch-serve: ready'
nap
is "$(alarms)" '0 0 ' 'no watchdog, no alarm'
finish TERM
export WATCHDOG_USEC=400000 WATCHDOG_PID=1
start
heard 'orch-serve: ready'
nap
is "$(alarms)" '0 0 ' 'nor for that of another process'
finish TERM
unset WATCHDOG_PID WATCHDOG_USEC
for socket in relative "$T/nobody" @ "/$(printf '%0200d' 1)" vsock:2:1; do
	NOTIFY_SOCKET=$socket orch-serve --once || result 1 "NOTIFY_SOCKET=$socket"
done
result 0 'a socket that is none is none'
unset NOTIFY_SOCKET
exec 6>"$T/journal"
is "$(JOURNAL_STREAM=$(stat -L -c %d:%i "$T/journal") orch-serve -v --once 2>&6; sort -u "$T/journal" | grep -c '^<[67]>orch-serve: ')" \
	"$(grep -c 'orch-serve: ' "$T/journal")" 'lines in a journal have a level'
[ -s "$T/journal" ]
result $? 'and there are some'

# --- files that are wrong
begin
nap
cp orch.yml "$T/good"
echo 'nonsense: 1' >>orch.yml
heard 'nothing is begun'
like "$serve_line" "orch-serve: orch.yml:3:1: unknown key 'nonsense'*" 'a configuration that is not valid is told of'
printf '  - {id: 2, title: By hand, status: routed, agent: sh, command: "true", produces: text}\n' >>tasks.yml
nap
kill -HUP "$server"
heard 'reads its configuration again'
nap
listen broken
is "$(sed '1,/nothing is begun/d' "$T/said" | grep -cv '^==\|reads')" 0 'once, and nothing is started'
cp "$T/good" orch.yml
heard 'all is well again'
is "$(done_with 2)" '2 ' 'until it is'
nap
cp tasks.yml "$T/tasks"
printf '  - {id: [3\n' >>tasks.yml
heard 'nothing is begun'
like "$serve_line" 'orch-serve: tasks.yml:*' 'so with a task file that nobody can read'
cp "$T/tasks" tasks.yml
heard 'all is well again'
rm tasks.yml
id=$(quick)
is "$(done_with "$id")" "$id " 'one that was lost is brought back by the next change'
mkdir -p "$HOME/.config/orch"
nap
finish TERM
begin
echo 'nonsense: 1' >"$HOME/.config/orch/orch.yml"
heard 'nothing is begun'
rm "$HOME/.config/orch/orch.yml"
heard 'all is well again'
result 0 "the user's configuration likewise"

# --- folders that go
mv .orch ../old
id=$(quick)
is "$(done_with "$id")" "$id " 'without its state it goes on'
exits 75 'and is still the only one' orch-serve --once
nap
mv ../p ../q
heard 'nothing is begun'
like "$serve_line" '*: nothing is begun until that is mended' 'a project that is gone is waited for'
nap
mkdir ../p && cd ../p && git init -q . && git commit -q --allow-empty -m x && orch-init -q >/dev/null
heard 'all is well again'
printf 'isolation: none\n' >orch.yml
is "$(done_with "$(quick)")" '1 ' 'another one in its place is served'
exits 75 'by nobody else' orch-serve --once
nap
# A project above is not taken for it.
printf 'tasks: [{id: 1, title: Above, status: routed, agent: sh, command: "echo >%s/above"}]\n' "$T" >../tasks.yml
cd .. && rm -rf p
[ ! -e p ]
result $? 'one that is removed stays away'
heard 'nothing is begun'
nap
[ ! -e "$T/above" ]
result $? 'what lies above is not taken for it'
finish TERM
rm tasks.yml
mv q p && cd p || exit 1

# --- files that are links
mkdir ../elsewhere && mv orch.yml ../elsewhere/conf && ln -s ../elsewhere/conf orch.yml
begin
echo 'nonsense: 1' >>../elsewhere/conf
heard 'nothing is begun'
cp "$T/good" ../elsewhere/conf
heard 'all is well again'
result 0 'what a link leads to is watched'
finish TERM
rm orch.yml && cp "$T/good" orch.yml

# --- no inotify: each minute
if unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_inotify_instances' 2>/dev/null; then
	cat >"$T/blind" <<-'END'
		#!/bin/sh
		echo 0 >/proc/sys/user/max_inotify_instances && exec orch-serve "$@"
	END
	chmod +x "$T/blind"
	# shellcheck disable=SC2016 # for another shell
	printf '#!/bin/sh\nexec unshare -Ur %s "$@"\n' "$T/blind" >"$T/serve"
	chmod +x "$T/serve"
	export ORCH_TEST_NOW=2026-01-02T03:04:59Z
	SERVE=$T/serve
	begin
	is "$(grep -c 'changes are looked for each minute' "$T/said")" 1 'without inotify it says so'
	printf '  - {id: 90, title: By hand, status: routed, agent: sh, command: "true", produces: text}\n' >>tasks.yml
	heard 'run: task 90:'
	result 0 'and looks each minute'
	is "$(grep -c 'changes are looked for each minute' "$T/said")" 1 'once'
	finish TERM
	unset SERVE
	export ORCH_TEST_NOW=2026-01-02T03:04:05Z
fi

# --- programs that fail: beside orch-serve lie others
mkdir "$T/fake"
cp "$ORCH_BIN/orch-serve" "$T/fake"
for name in retry cron route run sync-gh; do
	printf '#!/bin/sh\necho "%s $*" >>%s/calls\nexit $(cat %s/%s.exit)\n' "$name" "$T" "$T" "$name" >"$T/fake/orch-$name"
	chmod +x "$T/fake/orch-$name"
	echo 0 >"$T/$name.exit"
done
export ORCH_SHARE="$ROOT/share/orch"
SERVE=$T/fake/orch-serve
calls() { grep -c "^$1 " "$T/calls"; }
: >"$T/calls"
echo 71 >"$T/retry.exit"
begin
heard 'recover: exit status 71; it is tried again'
quick >/dev/null
heard 'run: exit status 0'
for _ in 1 2 3 4 5 6 7 8 9 10; do orch-set 1 labels+=a >/dev/null && orch-set 1 labels-=a >/dev/null; done
[ "$(calls retry)" -lt 8 ]
result $? "one that fails is not tried at each change: $(calls retry)"
echo 69 >"$T/run.exit"
heard 'run: what is ready cannot run now (69)'
until [ "$(calls retry)" -ge 2 ]; do perl -e 'select undef, undef, undef, .01'; done
nap 0 4
like "$(alarms)" '0 [1-4] ' 'but after a while, and then after a longer one'
kill -KILL "$server"
wait "$server" 2>/dev/null
: >"$T/calls"
echo 0 >"$T/retry.exit"
printf 'gh: {repo: a/b}\nserve: {sync_every: 1h}\n' >>orch.yml
begin
heard 'sync: exit status 0'
listen synced
is "$(sed -n 's/^sync-gh //p' "$T/calls")" "-C $PWD -v run" 'GitHub is asked at first, where a repository is named'
[ "$(alarms | cut -d ' ' -f 2)" -le 3600 ]
result $? 'and then when it is time'
rm "$T/fake/orch-run"
printf '#!/no/such/program\n' >"$T/fake/orch-run"
chmod +x "$T/fake/orch-run"
heard 'run: exit status 127'
result 0 'one that cannot be started is told of'
finish TERM
is $ended 0 'and the server goes on'
done_testing
