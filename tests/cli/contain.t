#!/bin/sh
# Nothing that an agent starts gets away, in each kind of container: it ends, it is
# stopped, its keeper is killed, all above it are.  The end of a FIFO that the whole tree
# has open says that none of it lives; no test asks for a number.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
escape=$ORCH_BIN/../fake/escape

# begin MODE NUMBER OPTION..: a task whose agent is escape, in the background, up to where
# all NUMBER of its processes are up; $id $run $keeper $worker
begin() {
	mode=$1 number=$2
	shift 2
	rm -f "$T/hold" && mkfifo "$T/hold"
	id=$(orch-add -a sh --command "case \$ORCH_ATTEMPT in */1) exec $escape $T/hold $mode ;; esac; echo fine" "$@" 'Escapes')
	orch-run "$id" >"$T/run.out" 2>"$T/run.err" &
	run=$!
	exec 3<"$T/hold"
	[ "$(timeout 60 head -c "$number" <&3)" = "$(printf "%${number}s" '' | tr ' ' x)" ] || note 'they are not all up'
}
# They have no environment, so the way to the keeper is from above.
find_keeper() {
	worker=$(pgrep -P $run)
	keeper=$(pgrep -P "$worker")
}
# all_gone NAME: the FIFO has no writer any more
all_gone() {
	timeout 60 cat <&3 >/dev/null
	result $? "$1"
	exec 3<&-
}
# free ID: waits until nobody holds the run lock of the task
free() { perl -e 'open L, "+<", shift or exit 1; flock L, 2' ".orch/runs/$1/lock"; }
shown() { orch-list "$1" -o status,error_class,attempts | tr '\t' ' '; }
# settles NAME CLASS: the next call settles what is there, and the task is done by the next attempt
settles() {
	wait $run 2>/dev/null
	free "$id"
	orch-run next >/dev/null 2>&1
	like "$(orch-list "$id" -o history)" "*attempt 1: $2*" "$1: $2"
	is "$(orch-list "$id" -o history | grep -o "attempt 1: $2" | wc -l)" 1 "$1: once"
	[ "$(status "$id")" = 'done' ] || orch-run "$id" >/dev/null 2>&1
	is "$(shown "$id")" 'done  2' "$1: then the second attempt does it" || note "$(cat .orch/log/orch.log)"
}

# everything KIND
everything() {
	kind=$1
	begin leave 4
	rm "$T/hold"
	all_gone "$kind: an agent that ends takes all with it"
	wait $run
	is "$?/$(status "$id")" 0/done "$kind: which counts as its end"
	is "$(jq -r '.container, (.swept >= 4)' ".orch/runs/$id/1/result.json" | tr '\n' ' ')" "$kind true " "$kind: it is recorded"
	is "$(jq -r .kind ".orch/runs/$id/1/container.json")" "$kind" "$kind: and was before it began"

	begin stay 5 --set timeout=1s
	all_gone "$kind: one that is late and deaf"
	wait $run
	is "$?/$(shown "$id")" '75/routed timeout 1' "$kind: is stopped, and nothing is left"
	orch-set "$id" priority=low >/dev/null
	orch-run "$id" >/dev/null 2>&1

	begin stay 5
	find_keeper
	kill -9 "$keeper"
	all_gone "$kind: its keeper is killed"
	wait $run
	is "$?/$(shown "$id")" '75/routed orphaned 1' "$kind: the worker settles that at once"
	orch-run "$id" >/dev/null 2>&1

	# Only a pid namespace ends by itself.  What has no environment and no parent is
	# out of reach of a weak one.
	if [ "$kind" = weak ]; then begin tame 4; else begin stay 5; fi
	find_keeper
	kill -9 $run "$worker" "$keeper"
	case $kind in
	*ns) all_gone "$kind: all above it are killed, and nothing has to be done" ;;
	esac
	settles "$kind: all above it are killed" orphaned
	[ "${kind%ns}" != "$kind" ] || all_gone "$kind: after which nothing of it lives"

	begin leave 4
	find_keeper
	kill -9 $run "$worker"
	rm "$T/hold"
	all_gone "$kind: all but the keeper are killed, and the agent ends"
	wait $run 2>/dev/null
	free "$id"
	is "$(status "$id")" in_progress "$kind: nobody has settled it"
	orch-run next >/dev/null 2>&1
	is "$(shown "$id")" 'done  1' "$kind: the next call does"
}

project
printf 'retry: {jitter: 0}\ngrace: 1s\nisolation: none\n' >orch.yml
for kind in pidns userns cgroup weak; do
	export ORCH_TEST_CONTAIN=$kind
	if can_contain $kind; then everything $kind; else note "$kind is not to be had here"; fi
done
export ORCH_TEST_CONTAIN=nonsense
id=$(orch-add -a sh --command true 'Asks for too much')
exits 69 'a kind that there is not' orch-run "$id"
like "$(jq -r .error ".orch/runs/$id/1/result.json")" '*ORCH_TEST_CONTAIN=nonsense*' 'is told'
unset ORCH_TEST_CONTAIN

# What is taken where nothing is asked for is the first that can be had.
best=weak
for kind in cgroup userns pidns; do ! can_contain $kind || best=$kind; done
id=$(orch-add -a sh --command 'echo $$ >"$ORCH_OUT/pid"; ls /proc | grep -c "^[0-9]" >"$ORCH_OUT/seen"; id -u >"$ORCH_OUT/id"' 'Looks')
ok 'any kind' orch-run "$id"
is "$(jq -r .container ".orch/runs/$id/1/result.json")" "$best" 'the best there is'
is "$(cat ".orch/runs/$id/1/out/id")" "$(id -u)" 'it is who we are'
case $best in
*ns)
	[ "$(cat ".orch/runs/$id/1/out/pid")" -lt 10 ] && [ "$(cat ".orch/runs/$id/1/out/seen")" -lt 10 ]
	result $? 'and sees nobody but itself'
	id=$(orch-add -a sh --command 'unshare --user --map-root-user --pid --fork --mount-proc true && kill -9 1; ls -l /proc/1/fd 2>/dev/null | grep lock >"$ORCH_OUT/locks"; exit 0' 'Sandboxes')
	ok 'a sandbox of its own works in there, and a kill of its init does nothing' orch-run "$id"
	;;
esac

# Another user: what can be had without privilege.
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$ORCH_BIN/orch" --version >/dev/null 2>&1; then
	mkdir "$T/other" && chmod 711 "$T" && chown 65534:65534 "$T/other"
	setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T/other" sh -c '
		cd && printf "isolation: none\n" >orch.yml && printf "tasks: []\n" >tasks.yml && orch-add -a sh --command "id -u >\$ORCH_OUT/id" x &&
		orch-run 1' >"$T/out" 2>"$T/err"
	is "$?/$(cat "$T/other/.orch/runs/1/1/out/id")" 0/65534 'another user' || note "$(cat "$T/err")"
	kind=$(jq -r .container "$T/other/.orch/runs/1/1/result.json")
	case $kind in userns | cgroup | weak) ok "has $kind" true ;; *) is "$kind" userns 'what it has' ;; esac
fi

# 300 MB: memory does not grow, head and tail are kept, all is counted.
mkfifo "$T/up" "$T/go"
id=$(orch-add -a sh --command "yes 'a line of output' | head -c 314572800; echo up >$T/up; read -r x <$T/go" 'Floods')
orch-run "$id" >/dev/null 2>&1 &
run=$!
read -r up <"$T/up"
find_keeper
peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$keeper/status")
echo go >"$T/go"
wait $run
is "$?/$(jq .stdout_bytes ".orch/runs/$id/1/result.json")" 0/314572800 "$up: 300 MB are counted"
size=$(wc -c <".orch/runs/$id/1/stdout")
[ "$size" -gt 1114112 ] && [ "$size" -lt 1114200 ]
result $? "of which $size bytes are kept"
if [ "$V" = release ]; then
	[ "$peak" -le 16384 ]
	result $? "by a keeper of $peak KiB at most"
fi
done_testing
