#!/bin/sh
# orch-fsck --locks: who holds which lock, and --kill for those who should not.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/held" "$T/go"
exec 3<>"$T/held" 4<>"$T/go"

# hold FILE NAME: a process of that name, $pid, that holds the lock file until it gets a
# byte from $T/go.
hold() {
	perl -e '
	use Fcntl ":flock";
	my ($file, $name, $held, $go) = @ARGV;
	open my $lock, "+>>", $file or die;
	flock $lock, LOCK_EX or die;
	open my $comm, ">", "/proc/self/comm" or die;
	syswrite $comm, $name;
	close $comm;
	open my $out, ">", $held or die;
	syswrite $out, "$$\n";
	open my $in, "<", $go or die;
	sysread $in, my $byte, 1;
	' "$1" "$2" "$T/held" "$T/go" 3>&- 4>&- &
	read -r pid <&3
}
# inherit FILE: a holder that has ended, and its child $pid that has the lock from it.
inherit() {
	perl -e '
	use Fcntl ":flock";
	my ($file, $held, $go) = @ARGV;
	open my $lock, "+>>", $file or die;
	flock $lock, LOCK_EX or die;
	exit 0 if fork;
	open my $out, ">", $held or die;
	syswrite $out, "$$\n";
	open my $in, "<", $go or die;
	sysread $in, my $byte, 1;
	' "$1" "$T/held" "$T/go" 3>&- 4>&-
	read -r pid <&3
}
# columns N..: of the lines of $T/out.
columns() { cut -f "$1" "$T/out" | tr '\t\n' '  '; }
# gone PID: it has ended, or does so in a moment.
gone() {
	tries=0
	while case $(sed -n 's/^State:.\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) in '' | Z) false ;; esac do
		tries=$((tries + 1))
		[ "$tries" -lt 500 ] || return 1
		perl -e 'select undef, undef, undef, .01'
	done
}

project
orch-add 'A task' >/dev/null
ok 'no lock is held' orch-fsck --locks
is "$(cat "$T/out")" '' 'nothing is printed'
exits 2 '--kill alone' orch-fsck --kill
exits 2 '--locks and --fix' orch-fsck --locks --fix
exits 2 '--kill inside an attempt' env ORCH_ATTEMPT=1/1 orch-fsck --locks --kill

# The state lock
hold .orch/lock perl
exits 1 'a foreign program' orch-fsck --locks
is "$(columns 1,2)" '.orch/lock foreign ' 'is named'
like "$(cat "$T/out")" "*pid $pid (perl*no command of orch*" 'with its number'
exits 1 'it is not ended' orch-fsck --locks --kill
ok 'but goes on' test -d "/proc/$pid"
echo >&4
wait
inherit .orch/lock
exits 1 'an inherited one' orch-fsck --locks
is "$(columns 1,2)" '.orch/lock inherited ' 'is named'
is "$(orch-fsck --locks --json | jq -c '[.schema, .lock, .verdict, .stale, .ended, .processes[0].pid]')" \
	"[1,\".orch/lock\",\"inherited\",true,false,$pid]" 'as JSON'
exits 1 'a dry run' orch-fsck --locks --kill -n
like "$(cat "$T/out")" "*pid $pid*; would be ended" 'ends nobody'
ok 'who goes on' test -d "/proc/$pid"
ok 'without it he is ended' orch-fsck --locks --kill
like "$(cat "$T/out")" "*pid $pid*; ended" 'as is said'
ok 'and is gone' gone "$pid"
ok 'the lock is free' orch-add 'Another task'
hold .orch/lock orch-x
kill -STOP "$pid"
until grep -q '^State:.T' "/proc/$pid/status"; do :; done
exits 1 'a stopped one' orch-fsck --locks
is "$(columns 1,2)" '.orch/lock stopped ' 'is named'
ok 'is ended' orch-fsck --locks --kill
ok 'and gone' gone "$pid"
wait
hold .orch/lock orch-x
ok 'one that is at work' orch-fsck --locks
is "$(columns 1,2)" '.orch/lock held ' 'is no fault'
ok 'and is not ended' orch-fsck --locks --kill
ok 'but goes on' test -d "/proc/$pid"
echo >&4
wait

# Run locks and slots
mkdir -m 700 .orch/runs .orch/runs/1 .orch/slots
inherit .orch/runs/1/lock
one=$pid
exits 1 'a program that has a run lock' orch-fsck --locks --kill
is "$(columns 1,2)" '.orch/runs/1/lock inherited ' 'is named'
ok 'but never ended' test -d "/proc/$one"
is "$(orch-fsck --locks --json | jq -c .task)" 1 'as JSON its task'
hold .orch/slots/sh.1 orch-run
ok 'both' test "$(orch-fsck --locks | wc -l)" -eq 2
is "$(orch-fsck --locks | cut -f 2 | tr '\n' ' ')" 'inherited held ' 'are told apart'
echo >&4
echo >&4
wait
ok 'they end' gone "$one"
ok 'and so do the others' gone "$pid"

# Those of commands: a landing, here and in another project, a tick, a sync, a server
git init -q .
git init -q ../shop
ln -s ../shop ../again
printf 'projects: {shop: ../shop, again: ../again, gone: ../gone, own: .}\n' >>orch.yml
(umask 077 && mkdir -p .orch/state/gh/github.com)
shop=$(realpath ../shop)
for lock in .git/orch-land.lock "$shop/.git/orch-land.lock" .orch/state/land.lock .orch/state/cron.lock \
	.orch/state/serve.lock .orch/state/gh/github.com/1000.lock; do
	hold "$lock" orch-x
	ok "$lock: one that is at work" orch-fsck --locks --kill
	is "$(columns 1,2)" "$lock held " 'is named, and goes on'
	kill -STOP "$pid"
	until grep -q '^State:.T' "/proc/$pid/status"; do :; done
	exits 1 'one that is stopped' orch-fsck --locks --kill
	is "$(columns 1,2)" "$lock stopped " 'is named, and not ended'
	like "$(cat "$T/out")" "*; \`kill -CONT $pid\` lets it go on" 'with what helps'
	kill -CONT "$pid"
	echo >&4
	wait
	inherit "$lock"
	exits 1 'an inherited one' orch-fsck --locks
	is "$(columns 1,2)" "$lock inherited " 'is named'
	like "$(cat "$T/out")" '*; `orch-fsck --locks --kill` ends what has it' 'with what helps'
	if [ -n "${LONG-}" ] || [ "$lock" = "$shop/.git/orch-land.lock" ]; then
		ok 'which does' orch-fsck --locks --kill
		like "$(cat "$T/out")" "*pid $pid*; ended" 'as is said'
	else
		exits 1 'which would' orch-fsck --locks --kill -n
		like "$(cat "$T/out")" "*pid $pid*; would be ended" 'as is said'
		echo >&4
	fi
	ok 'and it is gone' gone "$pid"
done
# What a landing says of the lock leads there, and one that works for long is not called hung.
git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x
for lock in .git/orch-land.lock .orch/state/land.lock; do
	inherit "$lock"
	exits 75 "$lock" orch-land 1
	like "$(cat "$T/err")" '*`orch-fsck --locks --kill` ends what has it' 'a landing says what helps'
	exits 1 'it does' orch-fsck --locks --kill -n
	like "$(cat "$T/out")" "$lock*; would be ended" 'to that one'
	echo >&4
	ok 'gone' gone "$pid"
done
long() { # a holder of long ago that has it still
	hold .git/orch-land.lock orch-land
	printf '{"pid":%d,"start":%s,"boot":"%s","space":%s,"host":"%s","cmd":"orch-land","since":1,"up":0}\n' "$pid" \
		"$(cut -d ' ' -f 22 "/proc/$pid/stat")" "$(cat /proc/sys/kernel/random/boot_id)" \
		"$(stat -Lc %i /proc/self/ns/pid)" "$(hostname)" >.git/orch-land.lock
}
long
exits 75 'a landing that takes long' orch-land 1
case $(cat "$T/err") in *hung* | *--kill*) false ;; *"held for "*" s by pid $pid (orch-land, state "*) true ;; *) false ;; esac
result $? 'keeps the next one waiting' || note "$(cat "$T/err")"
ok 'is no fault' orch-fsck --locks --kill
echo >&4
wait
mkfifo .orch/slots/cat.1
exits 1 'a lock file that is none' timeout 20 orch-fsck --locks
is "$(columns 1,2)" '.orch/slots/cat.1 broken ' 'is named'
rm .orch/slots/cat.1
ok 'nothing is left' orch-fsck --locks
done_testing
