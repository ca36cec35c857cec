# inject.sh - commands with tests/lib/inject.c in them, read after mutate.sh
#
#	every LONG SHORT	$STEP: each how many'th case there is time for.  Not even, since
#				AT and FROM take turns: SHORT, or LONG for LONG=1, or 1 for LONG=all
#	fresh TEMPLATE		$T/w/x is a copy of it, and the working folder
#	count_calls TEMPLATE CMD ARG..	its calls are in $T/calls; $T/old, $T/new are the files
#	inject ERROR VAR=K CMD ARG..	$got, $now (old, new or other), $T/out, $T/err, $T/did
#	told CMD		there is a message that names something
#	may_be_done CMD ARG..	it may have done it though it says that it failed
#	is_record CMD		what it has done is a record of what failed
#	goes_on CMD ARG..	readers and the next commands work; else adds to $why
#
# An object can be loaded only into what is linked dynamically and without a sanitizer: the
# commands of build/$V/loaded.
# shellcheck shell=sh

# The object pretends to sync; who runs without it need not.
export ORCH_TEST_NOSYNC=1

dynamic() { readelf -lW "$1/orch-add" 2>/dev/null | grep -q INTERP && ! nm "$1/orch-add" | grep -q __asan_init; }
INJECT=${ORCH_BIN%/*}/inject.so ORCH_BIN=${ORCH_BIN%/*}/loaded
PATH=$ORCH_BIN:$PATH
if ! dynamic "$ORCH_BIN" || [ ! -e "$INJECT" ]; then
	result 1 "there are commands that $INJECT can be loaded into (make unit V=debug)"
	done_testing
fi

every() {
	case ${LONG-} in '') STEP=$2 ;; all) STEP=1 ;; *) STEP=$1 ;; esac
}

fresh() {
	cd "$T/w" && rm -rf x && cp -a "$T/$1" x && cd x || exit 1
}

# of: what the file is now
of() {
	if [ ! -e tasks.yml ]; then
		[ -e "$T/old" ] && echo gone || echo old
	elif [ -e "$T/old" ] && cmp -s tasks.yml "$T/old"; then
		echo old
	elif cmp -s tasks.yml "$T/new"; then
		echo new
	else
		echo other
	fi
}

count_calls() {
	fresh "$1"
	shift
	rm -f "$T/calls" "$T/old"
	[ ! -e tasks.yml ] || cp tasks.yml "$T/old"
	env -u ORCH_TEST_NOSYNC INJECT_NOSYNC=1 ${ALLOC:+INJECT_ALLOC=1} LD_PRELOAD="$INJECT" \
		INJECT_ONLY="$T/w/x" INJECT_COUNT="$T/calls" "$@" >"$T/plain" 2>"$T/err" || note "$(cat "$T/err")"
	cp tasks.yml "$T/new"
}

inject() {
	rm -f "$T/did"
	got=0
	sh_error=$1 sh_at=$2
	shift 2
	env -u ORCH_TEST_NOSYNC INJECT_NOSYNC=1 ${ALLOC:+INJECT_ALLOC=1} LD_PRELOAD="$INJECT" \
		INJECT_ONLY="$T/w/x" INJECT_DID="$T/did" INJECT_ERRNO="$sh_error" "$sh_at" "$@" >"$T/out" 2>"$T/err" || got=$?
	now=$(of)
}

# A check that cannot be made is a finding.
told() {
	grep -q "^orch.*\(['/]\|memory\)" "$T/err" ||
		{ [ "$1" = orch-fsck ] && grep -q "cannot .*['/]\|out of memory" "$T/out"; }
}

# 71 "durability unknown": the exchange has happened.  orch-init makes many things, and
# orch-fsck --fix goes on with what else there is to check.
# orch-init and orch-gc do more than one thing.
may_be_done() {
	[ "$1" = orch-init ] || [ "$1" = orch-gc ] || [ "$1 $2" = 'orch-fsck --fix' ] || grep -q 'durability unknown' "$T/err"
}

# orch-route may record that it could not route.
is_record() { [ "$1" = orch-route ] && [ "$got" -ne 0 ] && grep -q '^    route_warning: ' tasks.yml; }

# What came out of the exchange could not be kept, which was told; the next change mends it.
without_backup() {
	[ "$1 $2" = 'orch-fsck --fix' ] && ! grep -qv 'there is no backup of generation' "$T/out"
}

goes_on() {
	if [ -e tasks.yml ]; then
		orch-list >"$T/out" 2>"$T/err" || why="$why; orch-list: $(cat "$T/err")"
		[ ! -s "$T/err" ] || why="$why; orch-list says: $(cat "$T/err")"
	fi
	"$@" >"$T/out" 2>"$T/err" || without_backup "$@" || why="$why; again: $(cat "$T/err")"
	$happened || why="$why; not done again"
	orch-add 'What follows' >"$T/out" 2>"$T/err" || why="$why; next: $(cat "$T/err")"
	follows
}

# frozen K OTHER CMD ARG..: CMD is stopped before its call K, OTHER (a line for the
# shell) is run, CMD goes on.  If somebody holds the lock of .orch while CMD stands still
# it can only be CMD, and OTHER runs beside it: it must wait.  $got and $other are how
# they ended; $came is whether CMD was stopped at all.
frozen() {
	sh_at=$1 sh_other=$2
	shift 2
	rm -f "$T/did"
	env -u ORCH_TEST_NOSYNC INJECT_NOSYNC=1 perl -e '
	use Fcntl ":flock";
	use POSIX ":sys_wait_h";
	my ($out, $at, $preload, $only, $other, @cmd) = @ARGV;
	sub held { my $f; open($f, "<", ".orch/$_[0]") or return 0; return !flock $f, LOCK_EX | LOCK_NB; }
	sub start { my ($to, @run) = @_;
		my $pid = fork // die;
		return $pid if $pid;
		open STDOUT, ">", "$out/$to.out"; open STDERR, ">", "$out/$to.err";
		exec @run; exit 126; }
	my $a = start("a", "env", "LD_PRELOAD=$preload", "INJECT_ONLY=$only", "INJECT_STOP_AT=$at", @cmd);
	waitpid $a, WUNTRACED;
	my $was = $?;
	# What waitpid says of one that is stopped, perl does not pass on.
	my $stat;
	my $stopped = open($stat, "<", "/proc/$a/stat") && <$stat> =~ /\) T /;
	END { kill "CONT", $a if $stopped; }
	my $b = start("b", "env", "ORCH_TEST_NOSYNC=1", "sh", "-c", $other);
	my $busy = $stopped && (held("lock") || held("lock.gate")) && $other =~ /^orch/;
	my $rb = -1;
	if (!$busy) { waitpid $b, 0; $rb = $?; }
	if ($stopped) { kill "CONT", $a; waitpid $a, 0; $was = $?; }
	if ($busy) { waitpid $b, 0; $rb = $?; }
	print +($stopped ? 1 : 0), " ", $was & 127 ? 128 : $was >> 8, " ", $rb & 127 ? 128 : $rb >> 8, " ", $busy ? 1 : 0, "\n";
	' "$T" "$sh_at" "$INJECT" "$T/w/x" "$sh_other" "$@" >"$T/ends"
	read -r came got other busy <"$T/ends"
}
