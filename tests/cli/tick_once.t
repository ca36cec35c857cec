#!/bin/sh
# A slot of a job makes one task: whoever ticks at once, whoever is killed at which step, after
# a suspend, and where the task before it is at work and has to give way.  LONG=1: 100 rounds
# and every step.
TEST_TIMEOUT=${LONG:+1200}
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
rounds=${LONG:+100}
rounds=${rounds:-3}

# jobs KEYS [MORE]: two of them, one each minute, one each second minute.
jobs() {
	printf "jobs:\n- {id: a, schedule: '* * * * *', task: {title: 'A {{slot}}', agent: sh, command: 'true'}, %s}\n" "$1"
	echo "- {id: b, schedule: '*/2 * * * *', task: {title: 'B {{slot}}'}, $1}"
}
# turns N STEP: every STEPth of the numbers to N, for LONG=1 each
turns() {
	[ -z "${LONG-}" ] || set -- "$1" 1
	seq 1 "$2" "$1"
}
scene() {
	cd "$(mktemp -d -p "$T/w")" || exit 1
	printf 'tasks: []\n' >tasks.yml
	jobs "$1" >jobs.yml
	at 2026-01-02T03:00:00Z >/dev/null
}
at() { orch-cron tick --now "$@"; }
# clock MINUTE: of the round
clock() { date -u -d "2026-01-02T03:00:00Z + $1 min" +%Y-%m-%dT%H:%M:%SZ; }
slots() { jq -rn --arg j "$1" 'inputs | select(.job == $j) | .scheduled_for' <"$T/list" | sort; }
list() { orch-list --json --all >"$T/list"; }
# once MINUTES NAME: both jobs have a task for each of their slots, and no second one
once() {
	list
	for minute in $(seq 0 "$1"); do clock "$minute"; done >"$T/a"
	for minute in $(seq 0 2 "$1"); do clock "$minute"; done >"$T/b"
	slots a | diff - "$T/a" >"$T/diff" && slots b | diff - "$T/b" >>"$T/diff"
	result $? "$2" || note "$(head -n 20 "$T/diff")"
	is "$(wc -l <"$T/list")" "$(cat "$T/a" "$T/b" | wc -l)" 'and there are no others'
}

# --- 32 at once
scene 'overlap: allow'
for round in $(seq 1 "$rounds"); do
	now=$(clock "$round")
	for _ in $(seq 1 32); do at "$now" & done >>"$T/made" 2>>"$T/said"
	wait
done
once "$rounds" "32 ticks at once, $rounds rounds: a task for each slot"
is "$(wc -l <"$T/made") $(sort -n "$T/made" | uniq -d)" "$((rounds + rounds / 2)) " 'each is printed by one of them'
is "$(cat "$T/said")" '' 'and nobody complains'

# --- the same, and each of them is killed at another step; one that is not comes behind
scene 'overlap: allow, catch_up: all'
cp -a . "$T/count"
(cd "$T/count" && ORCH_TEST_STEPS=$T/steps at "$(clock 2)" >/dev/null)
steps=$(wc -l <"$T/steps")
ok "$steps steps" [ "$steps" -gt 5 ]
wrong=
for round in $(seq 1 "$rounds"); do
	now=$(clock "$round")
	for tick in $(seq 1 32); do
		ORCH_TEST_CRASH_AT=$(((tick + round) % steps + 1)) at "$now" &
	done >/dev/null 2>&1
	wait
	at "$now" >/dev/null 2>"$T/err" || wrong="$wrong $round: $(cat "$T/err")"
done
is "$wrong" '' "32 at once, all killed, $rounds rounds: the next one does it"
once "$rounds" 'a task for each slot'

# --- killed before each step, by itself
scene 'overlap: allow, catch_up: all'
wrong=
for round in $(seq 1 "$((steps > rounds ? steps : rounds))"); do
	now=$(clock "$round")
	ORCH_TEST_CRASH_AT=$((round % (steps + 1))) at "$now" >/dev/null 2>&1
	at "$now" >/dev/null 2>"$T/err" || wrong="$wrong $round: $(cat "$T/err")"
done
is "$wrong" '' 'killed before each, one after the other'
once "$((steps > rounds ? steps : rounds))" 'a task for each slot'

# --- asleep over three slots: 03:02, 03:03 and 03:04 (and 03:02, 03:04), then the lid is opened
for how in latest skip all; do
	scene "overlap: allow, catch_up: $how"
	at "$(clock 1)" >/dev/null
	cp -a . "$T/asleep.$how"
	wrong=
	for step in 0 $(turns "$steps" 6); do
		rm -rf "$T/now" && cp -a "$T/asleep.$how" "$T/now" && cd "$T/now" || exit 1
		[ "$step" = 0 ] || ORCH_TEST_CRASH_AT=$step at 2026-01-02T03:04:30Z >/dev/null 2>&1
		for _ in 1 2 3 4; do at 2026-01-02T03:04:40Z & done >/dev/null 2>"$T/err"
		wait
		at 2026-01-02T03:04:50Z >/dev/null
		list
		case $how in
		all) want='00 01 02 03 04 / 00 02 04 ' ;;
		*) want='00 01 04 / 00 04 ' ;;
		esac
		got="$(slots a | cut -c 15-16 | tr '\n' ' ')/ $(slots b | cut -c 15-16 | tr '\n' ' ')"
		[ "$got" = "$want" ] || wrong="$wrong $step: $got"
	done
	is "$wrong" '' "asleep over three slots: $how"
	rm -rf "$T/asleep.$how"
done
# --- whatever time it is to whoever tests, and wherever
# told NOW ZONE: what a morning of ticks comes to
told() {
	cd "$(mktemp -d -p "$T/w")" || exit 1
	printf 'tasks: []\n' >tasks.yml
	printf "jobs: [{id: a, schedule: '0 9 * * *', timezone: Europe/Berlin, task: {title: 'A {{slot}}'}}]\n" >jobs.yml
	for minute in 07:59 08:00 08:01; do TZ=$2 ORCH_TEST_NOW=$1 at "2026-01-02T$minute:00Z"; done
	list
	slots a
	jq -c . .orch/state/cron.json
}
told 2026-01-02T08:00:00Z UTC >"$T/want"
like "$(cat "$T/want")" '1
2026-01-02T08:00:00Z
*"last_slot":*' 'at nine o'"'"'clock there'
for now in 2026-01-02T00:00:00Z 2026-01-02T07:59:59Z 2026-03-29T00:59:59Z 2030-12-31T23:59:59Z; do
	told "$now" Pacific/Kiritimati | diff "$T/want" - >"$T/diff"
	result $? "the same at $now" || note "$(cat "$T/diff")"
done
# One that is daily by its zone's clock, beside a catch-up in UTC: not twice.
cd "$(mktemp -d -p "$T/w")" || exit 1
printf 'tasks: []\n' >tasks.yml
{
	echo jobs:
	for zone in Europe/Berlin Asia/Kathmandu Pacific/Honolulu Pacific/Auckland; do
		echo "- {id: ${zone#*/}, schedule: '30 9 * * *', timezone: $zone, catch_up: all, overlap: allow, task: {title: Daily}}"
	done
} >jobs.yml
at 2026-01-01T00:00:00Z
for minute in $(seq 0 30 600; seq 900 30 1440); do
	TZ=America/New_York at "$(date -u -d "2026-01-01T00:00:01Z + $minute min" +%Y-%m-%dT%H:%M:%SZ)" >/dev/null
done
list
is "$(jq -r .job "$T/list" | sort | uniq -c | awk '{ print $2 ":" $1 }' | tr '\n' ' ')" 'Auckland:1 Berlin:1 Honolulu:1 Kathmandu:1 ' \
	'each daily job comes once in a day'
# One whose task kills whatever made it and runs it.
printf 'tasks: []\n' >tasks.yml
printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml
cat >"$T/kills" <<END
#!/bin/sh
echo x >>"$T/killed"
kill -9 \$(cat "$T/shell" "$T/runner") 2>/dev/null
END
chmod +x "$T/kills"
printf "jobs: [{id: k, schedule: '@hourly', task: {title: K, agent: sh, command: %s}}]\n" "$T/kills" >jobs.yml
at 2026-01-03T03:30:00Z
# shellcheck disable=SC2016 # for that shell
ORCH_TEST_CONTAIN=weak sh -c 'echo $$ >"$T/shell"
orch-cron tick --now 2026-01-03T04:00:00Z | sh -c '"'"'echo $$ >"$T/runner"; exec orch-run -q -'"'"'; echo survived >"$T/survived"' >/dev/null 2>&1
for second in 01 20 40; do at "2026-01-03T04:00:${second}Z" >/dev/null 2>&1; done
list
is "$(wc -l <"$T/killed") $(slots k | wc -l) $(ls "$T/survived" 2>/dev/null)" '1 1 ' 'a task that kills who made it: it is made and run once'

# --- the one before is at work, and gives way
cd "$T/w" && project live && ok 'set up' test -e tasks.yml
mkfifo "$T/up" "$T/go" && exec 3<>"$T/up" 4<>"$T/go"
cat >"$T/agent" <<END
#!/bin/sh
exec 9>"$T/hold"
echo "\$ORCH_ATTEMPT" >>"$T/ran"
echo "\$ORCH_ATTEMPT" >work
setsid sh -c 'trap "" TERM; echo child >"$T/up"; exec sleep 1000' &
echo agent >"$T/up"
read -r word <"$T/go"
END
chmod +x "$T/agent"
printf 'grace: 1s\nretry: {jitter: 0}\n' >orch.yml
printf "jobs: [{id: a, schedule: '@hourly', overlap: replace, task: {title: Runs, agent: sh, command: %s}}]\n" "$T/agent" >jobs.yml
at 2026-01-02T03:30:00Z >/dev/null
# gives_way STEP NAME: its task runs when the next slot is due, to a tick that is killed before
# STEP (0: none) and one that is not
hour=1
gives_way() {
	id=$(at "$(date -u -d "2026-01-02T03:00:00Z + $hour hour" +%Y-%m-%dT%H:%M:%SZ)")
	rm -f "$T/hold" && mkfifo "$T/hold"
	orch-run "$id" >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
	run=$!
	exec 5<"$T/hold"
	read -r _ <&3
	read -r _ <&3
	next=$(date -u -d "2026-01-02T03:00:00Z + $((hour + 1)) hour" +%Y-%m-%dT%H:%M:%SZ)
	hour=$((hour + 2))
	[ "$1" = 0 ] || ORCH_TEST_CRASH_AT=$1 at "$next" >"$T/out" 2>/dev/null 3>&- 4>&- 5<&-
	ORCH_TEST_STEPS=$T/live at "$next" >>"$T/out" 2>"$T/err" 3>&- 4>&- 5<&-
	timeout 30 cat <&5 >/dev/null
	result $? "$2: nothing of it lives"
	exec 5<&-
	wait $run 2>/dev/null
	at "$next" >/dev/null 3>&- 4>&-
	is "$(orch-list --all "$id" -o status,attempts,reason)" "$(printf 'cancelled\t1\tthe next one of its job is due')" "$2: it is withdrawn" ||
		note "$(cat "$T/err" "$T/run.err")"
	is "$(cat "$(orch-list --all --json "$id" | jq -r .worktree)/work")" "$id/1" "$2: its work is kept"
	list
	is "$(slots a | grep -c "$next") $(grep -cx "$id/1" "$T/ran")" '1 1' "$2: one new task, and nothing ran twice"
	is "$(orch-list -o status,scheduled_for "$((id + 1))")" "$(printf 'routed\t%s' "$next")" "$2: which is ready"
	orch-cancel -q "$((id + 1))" >/dev/null
}
gives_way 0 'replace'
live=$(wc -l <"$T/live")
ok "$live steps" [ "$live" -gt 8 ]
for step in $(turns "$live" 12); do gives_way "$step" "killed before step $step, $(sed -n "${step}p" "$T/live")"; done
done_testing
