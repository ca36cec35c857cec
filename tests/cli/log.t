#!/bin/sh
# The log of a project, by commands: lines of one form, none of them lost or torn by rotations,
# by many at once and by a kill; and no command fails because of it.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

project
printf 'isolation: none\naccept: unchecked\nlog: {max_bytes: 64K, files: 100}\n' >orch.yml
log() { cat .orch/log/orch*.log; }
# odd FILE..: lines that are not as orch-log(5) says
odd() { grep -Evnh '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z (error|warn|info|debug) [a-z-]+ [0-9]+ (-|[0-9]+|[0-9]+/[0-9]+) .' "$@"; }
# full: the file has room for a line more, of 136 bytes
filler=654
full() {
	rm -rf .orch/log
	mkdir -m 700 .orch/log
	yes "$(printf '%-99s' '2026-01-01T00:00:00Z info orch-agent 1 - filler')" | head -n $filler >.orch/log/orch.log
	chmod 600 .orch/log/orch.log
}
files() { for name in .orch/log/*; do printf '%s ' "${name##*/}"; done; }

# --- a line
orch-add -q -a sh --command true One >/dev/null
orch-run -q 1 >/dev/null
log >"$T/log"
is "$(odd "$T/log")" '' 'every line has one form'
is "$(cut -d ' ' -f 3,5 "$T/log" | sort -u | tr '\n' ' ')" 'orch-run 1/1 ' 'with command, task and attempt'
orch-add -q -a sh --command 'printf "an\033[2Jodd\001end\n%05000d\n" 1 >&2; exit 3' Two >/dev/null
orch-run -q 2 >/dev/null 2>&1
log >"$T/log"
like "$(grep ' 2/1 ' "$T/log")" '*000*' 'foreign text is in it'
is "$(odd "$T/log")$(grep -c '[^ -~]' "$T/log")" 0 'and changes nothing about that'

# --- what goes wrong: whatever -q, >/dev/null and the exit status hide
# last N: the last lines, without time and process
last() { log | tail -n "$1" | cut -d ' ' -f 2-3,5-; }
rm -rf .orch/log
exits 2 'an error' orch-set -q 99 priority=low
is "$(last 9)" "error orch-set - $(sed 's/^orch-set: //' "$T/err")" 'is in the log, even if it is all that there is'
orch-cancel -q 1 >/dev/null 2>"$T/err"
is "$(cat "$T/err")" '' 'a warning that -q takes away'
like "$(last 1)" 'warn orch-cancel 1 task 1 is done*' 'is there, too, with the id of its task'
orch-add -q -d 99 T >/dev/null 2>&1
orch-route -q 99 >/dev/null 2>&1
orch-review -q 99 --approve >/dev/null 2>&1
is "$(last 3 | cut -d ' ' -f 1-2 | tr '\n' ' ')" 'error orch-add error orch-route error orch-review ' 'of all that change something'
lines=$(log | wc -l)
orch-add -n -d 99 T >/dev/null 2>&1
orch-list 99 >/dev/null 2>&1
ORCH_ATTEMPT=1/1 orch-add T >/dev/null 2>&1
exits 1 'an answer' orch-run next
is "$(log | wc -l)" "$lines" 'not of a dry run, of who only reads, or of an attempt; no is an answer'
API_TOKEN=geheim123456 orch-set 1 geheim123456=x >/dev/null 2>&1
is "$(last 1 | cut -d ' ' -f 1-2)$(log | grep -c geheim)" 'error orch-set0' 'secrets are taken out'
# What is told in two ways is there once.
rm -rf .orch/log
printf 'subscriptions: [{name: s, topic: said, run: [sh, -c, "exit 3"]}]\n' >>orch.yml
orch-event emit said >/dev/null 2>"$T/err"
orch-run next >/dev/null 2>>"$T/err"
like "$(cat "$T/err")" '*warning: subscription s: *' 'a subscription that fails'
is "$(log | grep -c 'subscription s: ')" 1 'is in the log once'
sed -i '/^subscriptions/d' orch.yml

# --- eight at once, through rotations
full
for agent in sh cat cmd claude codex opencode gemini qwen; do
	for _ in 1 2 3 4 5; do orch-agent pause $agent; orch-agent resume $agent; done >/dev/null 2>"$T/err.$agent" &
done
wait
is "$(cat "$T"/err.*)" '' 'eight writers'
log >"$T/log"
is "$(odd "$T/log")" '' 'no line is torn'
is "$(($(wc -l <"$T/log") - filler))" 80 'or lost'
is "$(files)" 'lock orch-000000001.log orch.log ' 'and the file was rotated once'

# --- killed at each step, with a rotation in it
full
cp -a .orch "$T/orch"
ORCH_TEST_STEPS=$T/steps orch-agent pause sh >/dev/null
ORCH_TEST_STEPS=$T/steps orch-agent resume sh >/dev/null
ORCH_TEST_STEPS=$T/steps orch-agent pause sh >/dev/null
wrong='' steps=$(wc -l <"$T/steps")
is "$(files)" 'lock orch-000000001.log orch.log ' "$steps steps, with a rotation"
for step in $(seq 1 "$steps"); do
	rm -rf .orch && cp -a "$T/orch" .orch
	for what in pause resume pause; do ORCH_TEST_CRASH_AT=$step orch-agent $what sh; done >/dev/null 2>&1
	orch-agent resume sh >/dev/null 2>"$T/err" || wrong="$wrong $step: $(cat "$T/err")"
	orch-agent stop sh >/dev/null 2>"$T/err" || wrong="$wrong $step: $(cat "$T/err")"
	[ -z "$(odd .orch/log/orch*.log)" ] || wrong="$wrong $step: torn"
	[ "$(log | grep -c filler)" -eq "$filler" ] || wrong="$wrong $step: lost"
	[ "$(tail -n 1 .orch/log/orch.log | cut -d ' ' -f 3)" = orch-agent ] || wrong="$wrong $step: ends with another"
done
is "$wrong" '' 'a kill at each of them: nothing is lost, nothing torn, and the next one goes on'

# --- no log can be had: all commands do what they are for
# goes NAME COMMAND: after that command
n=$(orch-list -o id all | wc -l)
goes() {
	rm -rf .orch/log
	eval "$2"
	ok "$1" orch-add -a sh --command true More
	cp "$T/err" "$T/said"
	n=$((n + 1))
	is "$(cat "$T/out")" $n 'a task is added'
	orch-agent resume sh >/dev/null 2>&1
	exits 0 'and run' orch-run $n
	is "$(orch-list -o status $n)" 'done' 'to its end'
}
goes 'a file in its place' ': >.orch/log'
is "$(cat "$T/said")" "orch-add: warning: nothing is logged: 'log' is a file, not a folder" 'which is told'
like "$(orch-fsck)" '*.orch/log*' 'and found'
goes 'a link' "ln -s '$T' .orch/log"
is "$(find "$T" -maxdepth 1 -name 'orch*.log')" '' 'nothing is written elsewhere'
goes 'a FIFO for the file' 'mkdir -m 700 .orch/log; mkfifo .orch/log/orch.log'
is "$(cat "$T/said")" "orch-add: warning: nothing is logged: '.orch/log/orch.log' cannot be opened" 'which is told'
goes 'a folder for the file' 'mkdir -m 700 .orch/log .orch/log/orch.log'
goes 'a full device for the file' 'mkdir -m 700 .orch/log; ln -s /dev/full .orch/log/orch.log'
goes 'a folder for the lock' 'full; mkdir .orch/log/lock'
is "$(files)$(odd .orch/log/orch.log)" 'lock orch.log ' 'lines go on into the full file'

# A log on a disk of its own: read-only, and full.
inside() { unshare -rm --propagation unchanged sh -c "$1" >"$T/out" 2>"$T/err"; }
rm -rf .orch/log && mkdir -m 700 .orch/log
inside true || echo 'Bail out! no private mount namespace to be had'
inside 'mount --bind .orch/log .orch/log && mount -o remount,bind,ro .orch/log && orch-add T && orch-agent stop sh'
result $? 'a log that is read-only'
is "$(head -n 1 "$T/out")" $((n + 1)) 'keeps nobody from work'
inside 'mount -t tmpfs -o size=72k,mode=700 none .orch/log
	orch-agent resume sh && cat .orch/log/orch.log >"$T/before" || exit
	dd if=/dev/zero of=.orch/log/filler bs=4096 2>/dev/null
	for i in $(seq 36); do
		orch-agent pause sh && orch-agent resume sh || exit
	done >/dev/null
	wc -l <.orch/log/orch.log >"$T/lines"
	rm .orch/log/filler
	orch-agent pause sh
	cp .orch/log/orch.log "$T/log"'
result $? 'a log on a full disk' || note "$(cat "$T/err")"
is "$(cat "$T/err")" '' 'keeps nobody from work'
[ "$(cat "$T/lines")" -lt 73 ]
result $? 'lines are lost'
is "$(sed -n '1p' "$T/log") $(tail -n 1 "$T/log" | cut -d ' ' -f 2,3,5-)" "$(cat "$T/before") info orch-agent - sh: paused by hand" \
	'what was there stays, and it goes on when there is room'
[ "$(odd "$T/log" | wc -l)" -le 1 ]
result $? 'on a line of its own'
done_testing
