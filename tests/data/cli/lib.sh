# lib.sh - what the tests of commands share, read after tests/lib/sh.sh
#
#	snapshot		remembers all that is on the disk below the working folder
#	unchanged NAME		it is the same, but for the lock and the log
#	untouched NAME		it is the same to the last bit and time
#	refuses STATUS NAME CMD ARG..	ends so, one line of error, no output, unchanged
#	field ID FIELD		a field as JSON shows it, "-" if it is not set
#	status ID		its status
#	valid NAME		the task file can be read, and no temporary file lies about
#	alive			the processes of attempts of this project, by our numbers
#	outer NUMBER		our number of the one of them that calls itself so
#	keeper_of PID		its keeper
#	can_contain KIND	is that kind of container to be had here?
#	together N CMD ARG..	N processes at once
#	wait_for CMD ARG..	until it succeeds; for what cannot be waited on
# shellcheck shell=sh

# The lock is rewritten by everybody who takes it, and the log may grow.
snap() {
	find . -path ./.git -prune -o ! -path ./.orch/lock ! -path ./.orch/log/orch.log \
		-printf '%p %y %m %s %T@ %i\n' | sort
	find . -path ./.git -prune -o ! -path ./.orch/lock ! -path ./.orch/log/orch.log \
		-type f -exec cksum {} + | sort
}
snap_all() {
	find . -path ./.git -prune -o -printf '%p %y %m %s %T@ %C@ %i\n' | sort
	find . -path ./.git -prune -o -type f -exec cksum {} + | sort
}
snapshot() {
	snap >"$T/snap"
	snap_all >"$T/snap_all"
}

same_as() {
	cmp -s "$1" "$2"
	result $? "$3" && return
	note "$(diff "$1" "$2" | head -n 20)"
}
unchanged() {
	snap >"$T/snap_now"
	same_as "$T/snap" "$T/snap_now" "$1"
}
untouched() {
	snap_all >"$T/snap_now"
	same_as "$T/snap_all" "$T/snap_now" "$1"
}

refuses() {
	refuses_want=$1 refuses_name=$2
	shift 2
	snapshot
	exits "$refuses_want" "$refuses_name" "$@"
	is "$(wc -l <"$T/err")/$(wc -c <"$T/out")" 1/0 "$refuses_name: one line of error, no output"
	unchanged "$refuses_name: nothing changed"
}

field() { orch-list "$1" --json | jq -r ".$2 | if . == null then \"-\" else . end"; }
status() { orch-list "$1" -o status; }

valid() {
	[ -z "$(find . -name '*.orch-*')" ] && orch-list -q >/dev/null 2>"$T/invalid"
	result $? "$1" && return
	note "$(find . -name '*.orch-*'; cat "$T/invalid")"
}

# A zombie has no environment any more.
alive() {
	perl -e '
	for my $p (grep { m(/\d+$) } glob "/proc/*") {
		open(my $f, "<", "$p/environ") or next;
		local $/;
		my $env = <$f>;
		next unless defined $env && "\0$env" =~ /\0ORCH_PROJECT=\Q$ARGV[0]\E\0/;
		open($f, "<", "$p/status") or next;
		my ($inner) = (<$f> // "") =~ /^NSpid:.*?(\d+)$/m or next;
		print substr($p, 6), "\n" if !defined $ARGV[1] || $inner == $ARGV[1];
	}' "$PWD" "$@"
}
outer() { alive "$1"; }
keeper_of() {
	keeper_of=$1
	while [ "$keeper_of" -gt 1 ] && [ "$(cat "/proc/$keeper_of/comm")" != orch-keeper ]; do
		keeper_of=$(awk '/^PPid/ { print $2 }' "/proc/$keeper_of/status")
	done
	echo "$keeper_of"
}
can_contain() {
	mkdir -p "$T/can" && (cd "$T/can" && printf 'isolation: none\n' >orch.yml && { [ -e tasks.yml ] || printf 'tasks: []\n' >tasks.yml; } &&
		can=$(orch-add -a sh --command true 'Can it') &&
		ORCH_TEST_CONTAIN=$1 orch-run "$can" >/dev/null 2>&1)
}

wait_for() {
	wait_left=2000
	until "$@"; do
		wait_left=$((wait_left - 1))
		[ $wait_left -gt 0 ] || return 1
		perl -e 'select undef, undef, undef, 0.005'
	done
}

# watched FOLDER TITLE: changes into a new project $T/FOLDER with one task, whose runs are
# counted in $T/times; two at once are told in $T/overlap
watched() {
	mkdir "$T/$1" && cd "$T/$1" || exit 1
	printf 'tasks: []\n' >tasks.yml
	printf 'retry: {base: 1s, jitter: 0}\nisolation: none\n' >orch.yml
	cat >"$T/once" <<-END
		mkdir $T/alone || echo overlap >>$T/overlap
		echo x >>$T/times
		rmdir $T/alone
	END
	orch-add -a sh --command ". $T/once" --verify true "$2" >/dev/null
}

# let_go: waits until nobody holds the run lock of task 1
let_go() { [ ! -e .orch/runs/1/lock ] || perl -e 'open L, "+<", ".orch/runs/1/lock" or exit 1; flock L, 2'; }

# together N CMD ARG..: N processes that begin when all are there; {} is the number; the
# output of number i is in $T/i.out and $T/i.err; the first status that is not 0.
together() {
	n=$1
	shift
	perl -e '
	my ($n, $dir, @cmd) = @ARGV;
	pipe my $r, my $w;
	for my $i (1 .. $n) {
		next if fork;
		close $w;
		sysread $r, my $go, 1;
		open STDOUT, ">", "$dir/$i.out";
		open STDERR, ">", "$dir/$i.err";
		exec map { s/\{\}/$i/gr } @cmd;
		exit 126;
	}
	close $r;
	close $w;
	my ($worst, %at) = 0;
	while ((my $pid = wait) > 0) { $worst = $? >> 8 || 128 if $? && !$worst; }
	exit $worst;
	' "$n" "$T" "$@"
}
