# kills.sh - orch-sync-gh killed everywhere; read behind github.sh
#
#	gh_start '' --state "$T/github.json"	.. the project in $T/w/p, and GitHub, as they are before
#	template
#	truth() { ..; }				prints what must hold in the end
#	scene; ..; truth >"$T/want"
#	kills					at each request and before each durable step
#
# Here every 7th kill, for LONG=1 every second, for LONG=all each.
# shellcheck shell=sh
# shellcheck disable=SC2154 # T is of sh.sh
case ${LONG-} in '') STEP=7 ;; all) STEP=1 ;; *) STEP=2 ;; esac

template() {
	gh_stop
	cp -a "$T/w/p" "$T/tmpl"
	cp "$T/github.json" "$T/tmpl.json"
}

# That once more.
scene() {
	gh_stop
	rm -rf "$T/w/p"
	cp -a "$T/tmpl" "$T/w/p" && cd "$T/w/p" || exit 1
	cp "$T/tmpl.json" "$T/github.json"
	gh_start empty --state "$T/github.json"
}

# later SECONDS: both clocks, and a run
now=0
later() {
	gh_clock "$1"
	now=$((now + $1))
	ORCH_TEST_NOW=$(date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ) orch-sync-gh -q >>"$T/out" 2>>"$T/err"
}

# told NAME: it came to what it comes to undisturbed
told() {
	truth >"$T/got" 2>&1
	cmp -s "$T/want" "$T/got"
	result $? "$1" || note "$(diff "$T/want" "$T/got"; tail -n 5 "$T/err")"
}

# Lists lag: what was not answered for is believed to be missing after a minute.
kills() {
	first=1
	for when in before after; do
		n=$first
		while scene && gh_crash $when $n orch-sync-gh -q; do
			later 61
			later 61
			told "killed $when request $n is done"
			n=$((n + STEP))
		done
		[ $n -gt 8 ]
		result $? "there were requests to be killed at: $n"
		first=$((1 + STEP / 2))
	done
	scene
	ORCH_TEST_STEPS=$T/steps orch-sync-gh -q >/dev/null
	steps=$(wc -l <"$T/steps") k=1
	[ "$steps" -gt 30 ]
	result $? "there are durable steps: $steps"
	while [ $k -le "$steps" ]; do
		scene
		ORCH_TEST_CRASH_AT=$k orch-sync-gh -q >/dev/null 2>&1
		[ $? -eq 137 ] || result 1 "step $k came"
		later 61
		later 61
		told "killed before step $k, $(sed -n "${k}p" "$T/steps")"
		k=$((k + STEP))
	done
}
