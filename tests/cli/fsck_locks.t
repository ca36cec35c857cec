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
mkfifo .orch/slots/cat.1
exits 1 'a lock file that is none' timeout 20 orch-fsck --locks
is "$(columns 1,2)" '.orch/slots/cat.1 broken ' 'is named'
rm .orch/slots/cat.1
ok 'nothing is left' orch-fsck --locks
done_testing
