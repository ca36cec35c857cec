# serve.sh - orch-serve in the background, heard line by line; read behind sh.sh
#
#	. "$ROOT/tests/lib/serve.sh"
#	begin [ARG..]			orch-serve -v ARG.., up to where it is ready: $server
#	heard 'run: task 1:'		waits for a line with that; all lines are in $T/said
#	nap [N]				waits until it sleeps, with N children
#	finish TERM			signals and waits: $ended is its exit status
#
# Nothing here waits for time to pass, but for the watchdog of sh.sh.
# shellcheck shell=sh
mkfifo "$T/voice"
exec 9<>"$T/voice"
server=
# shellcheck disable=SC2034 # sh.sh runs it
sh_at_end='serve_end'
serve_end() { [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || :; }

# Who lives on after the server has its standard error too, which blocks nobody.
start() {
	: >"$T/said"
	# A shell has what it puts into the background ignore them.
	perl -e '$SIG{$_} = "DEFAULT" for qw(INT QUIT); exec @ARGV or die' "${SERVE:-orch-serve}" -v "$@" </dev/null >"$T/out" 2>"$T/voice" 9>&- &
	server=$!
}
begin() { start "$@" && heard 'orch-serve: ready'; }
heard() {
	while read -r serve_line <&9; do
		printf '%s\n' "$serve_line" >>"$T/said"
		case $serve_line in *"$1"*) return 0 ;; esac
	done
}
# What is there already: a mark from ourselves ends it.
listen() { echo "== $1" >&9 && heard "== $1"; }
# shellcheck disable=SC2034 # ended is for the caller
finish() {
	ended=0
	kill "-$1" "$server"
	wait "$server" 2>/dev/null || ended=$?
	server=
	listen 'finished'
}

# hung CHILDREN: it sleeps in poll(2), for ever, and has so many.
hung() {
	read -r call _ _ timeout _ <"/proc/$server/syscall" 2>/dev/null || return 1
	children=
	read -r children <"/proc/$server/task/$server/children"	# no newline ends it
	# shellcheck disable=SC2086 # words
	set -- "$1" $children
	[ "$call" = 7 ] && [ "$timeout" = 0xffffffff ] && [ $(($# - 1)) = "$1" ]
}
# alarms: to what its two are set, in whole seconds from now: "wall mono"
alarms() {
	for serve_fd in $(cd "/proc/$server/fd" && ls | sort -n); do
		case $(readlink "/proc/$server/fd/$serve_fd") in *timerfd*)
			sed -n 's/^it_value: (\([0-9]*\), \([0-9]*\))$/\1 \2/p' "/proc/$server/fdinfo/$serve_fd" |
				awk '{ printf "%d ", $1 + ($2 > 0) }' ;;
		esac
	done
}
# nap [CHILDREN [MONO]]: it sleeps, and its alarm of spans is set to at most that (0: not set).
# It did not wake up between the first look at it and the last.
napping() {
	serve_slept=$(wakings)
	hung "$1" && [ "$(alarms | cut -d ' ' -f 2)" -le "$2" ] && hung "$1" && [ "$(wakings)" = "$serve_slept" ]
}
nap() {
	until napping "${1-0}" "${2-0}"; do
		perl -e 'select undef, undef, undef, .005'
	done
}
wakings() { sed -n 's/^voluntary_ctxt_switches:.//p' "/proc/$server/status"; }
# done_with ID..: they have ended; prints those that are done
done_with() { orch-delegate --wait "$@" | tr '\n' ' '; }
states() { orch-list --all -o id,status | tr '\t\n' '= '; }
