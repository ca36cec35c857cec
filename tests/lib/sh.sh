# sh.sh - the Test Anything Protocol for tests of commands, in POSIX sh
#
#	#!/bin/sh
#	. "$(dirname "$0")/../lib/sh.sh"
#	ok 'adds a task' orch-add 'A title'
#	is "$(orch-list -o id)" 1 'its id is 1'
#	exits 2 'refuses an empty title' orch-add ''
#	like "$(cat "$T/err")" '*title*' 'and says so'
#	done_testing
#
# The script runs again in an environment of its own: a scratch folder $T that is
# removed at the end (unless KEEP is set), HOME in it, the built commands first on
# PATH, the clock stopped, standard input empty, a watchdog.  It begins in $T/w.
# $ROOT is the checkout; $ORCH_BIN may name other commands to test.
#
# With sanitizers the search for leaks is half the life of a short process.  Each command is
# searched in a test of its own, all are in all tests for LONG=1.
# shellcheck shell=sh

if [ "${SH_TEST-}" != "$0" ]; then
	ROOT=$(cd "$(dirname "$0")/../.." && pwd -P) || exit 1
	T=$(mktemp -d "${TMPDIR:-/tmp}/orch-test.XXXXXX") && T=$(cd "$T" && pwd -P) || exit 1
	mkdir "$T/home" "$T/tmp" "$T/w"
	sh_name=${0##*/} sh_name=${sh_name%.t}
	case ${LONG:+long}$sh_name in
	long* | orch | hooks | sync_gh | tick) ;;
	*) [ -e "$ROOT/cmd/orch-$sh_name.c" ] || : "${ASAN_OPTIONS=detect_leaks=0}" ;;
	esac
	exec env -i SH_TEST="$0" ROOT="$ROOT" T="$T" HOME="$T/home" TMPDIR="$T/tmp" \
		V="${V:-release}" ORCH_BIN="${ORCH_BIN:=$ROOT/build/${V:-release}/bin}" \
		PATH="$ORCH_BIN:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" \
		LC_ALL=C TZ=UTC TERM=dumb GIT_CONFIG_NOSYSTEM=1 ${KEEP+KEEP="$KEEP"} \
		ORCH_TEST_NOW="${ORCH_TEST_NOW:-2026-01-02T03:04:05Z}" \
		${ORCH_TEST_NOSYNC+ORCH_TEST_NOSYNC="$ORCH_TEST_NOSYNC"} \
		${ORCH_TEST_CONTAIN+ORCH_TEST_CONTAIN="$ORCH_TEST_CONTAIN"} \
		${LONG+LONG="$LONG"} \
		${ASAN_OPTIONS+ASAN_OPTIONS="$ASAN_OPTIONS"} \
		timeout -k 5 "${TEST_TIMEOUT:-120}" /bin/sh "$0" "$@" </dev/null
fi
unset SH_TEST
set -u
umask 022
sh_at_end=:	# a library's own last words: a command without arguments
trap '$sh_at_end; cd / && [ -n "${KEEP-}" ] || { chmod -R u+rwX "$T"; rm -rf "$T"; }' EXIT
trap 'exit 1' HUP INT PIPE TERM
# A repository comes without git's examples of hooks, and nothing is packed behind our back.
mkdir -p "$HOME/template/hooks" "$HOME/template/info"
: >"$HOME/template/info/exclude"
cat >"$HOME/.gitconfig" <<END
[user]
	name = Tester
	email = tester@localhost
[init]
	defaultBranch = main
	templateDir = $HOME/template
[gc]
	auto = 0
[maintenance]
	auto = false
END
cd "$T/w" || exit 1
sh_run=0 sh_failed=0

# result STATUS NAME: one line of TAP.  True if STATUS is 0.
result() {
	sh_run=$((sh_run + 1))
	[ "$1" -eq 0 ] && printf 'ok %d - %s\n' "$sh_run" "$2" && return
	printf 'not ok %d - %s\n' "$sh_run" "$2"
	sh_failed=1
	return 1
}

# note TEXT: lines for whoever reads the output.
note() { printf '%s\n' "$1" | sed 's/^/# /'; }

# exits STATUS NAME CMD ARG..: output in $T/out and $T/err.
exits() {
	sh_want=$1 sh_name=$2 sh_got=0
	shift 2
	"$@" >"$T/out" 2>"$T/err" || sh_got=$?
	[ "$sh_got" -eq "$sh_want" ]
	result $? "$sh_name" && return
	note "$* ended with $sh_got, not $sh_want"
	note "$(head -n 20 "$T/out" "$T/err")"
	return 1
}

# ok NAME CMD ARG..
ok() { exits 0 "$@"; }

# is GOT WANT NAME
is() {
	[ "$1" = "$2" ]
	result $? "$3" && return
	note "got:  $1"
	note "want: $2"
	return 1
}

# like GOT PATTERN NAME: a pattern of the shell, for the whole text.
like() {
	# shellcheck disable=SC2254 # the pattern is meant to be one
	case $1 in $2) result 0 "$3" && return ;; esac
	result 1 "$3"
	note "got:  $1"
	note "want: $2"
	return 1
}

# project [DIR]: a git repository with one commit, set up by orch-init, made the
# working directory.
project() {
	mkdir -p "${1:-p}" && cd "${1:-p}" && git init -q . &&
		git commit -q --allow-empty -m 'First commit' && orch-init -q >"$T/agents"
}

done_testing() {
	echo "1..$sh_run"
	exit "$sh_failed"
}
