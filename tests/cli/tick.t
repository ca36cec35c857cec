#!/bin/sh
# orch-cron tick: each slot of a job makes one task, whatever the clock, the machine or the
# processes do; and jobs.yml changes only when somebody means it.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

# scene: a project of its own, with the jobs from standard input (and never in a pipe).
scene() {
	cd "$(mktemp -d -p "$T/w")" || exit 1
	printf 'tasks: []\n' >tasks.yml
	mkdir -m 700 .orch
	cat >jobs.yml
}
# job ID SCHEDULE [KEYS]: one of it, in flow style.
job() { printf "jobs: [{id: %s, schedule: '%s', task: {title: '%s {{slot}}', agent: sh, command: 'true'}%s}]\n" "$1" "$2" "$1" "${3-}"; }
at() { orch-cron tick --now "$@"; }
slots() { sed -n 's/^    scheduled_for: "\(.*\)"$/\1/p' tasks.yml | tr '\n' ' '; }
state() { jq -r --arg id "$1" ".jobs[\$id].$2" .orch/state/cron.json; }
# What a tick that writes nothing leaves alone.
stamp() { stat -c '%n %i %Y.%y %s' tasks.yml .orch/state/cron.json .orch/events.jsonl 2>/dev/null; ls -A .orch .orch/state; }
# ends ID STATUS: the task ended, by hand.
ends() { sed -i "/^  - id: $1\$/,/^  - id: /s/^    status: .*/    status: $2/" tasks.yml; }

# --- a slot
scene </dev/null
is "$(at 2026-01-02T03:00:00Z) $?" ' 0' 'no jobs, nothing to do'
rm jobs.yml
is "$(at 2026-01-02T03:00:00Z) $?" ' 0' 'not even the file'
job a '*/10 * * * *' >jobs.yml
is "$(at 2026-01-02T03:05:00Z) $?" ' 0' 'a new job begins now'
stamp >"$T/before"
is "$(at 2026-01-02T03:09:59Z) $?" ' 0' 'not yet'
is "$(stamp)" "$(cat "$T/before")" 'nothing is written for that'
is "$(at 2026-01-02T03:10:00Z)" 1 'its slot makes a task'
is "$(slots)" '2026-01-02T03:10:00Z ' 'of that minute'
like "$(cat tasks.yml)" '*key: a@2026-01-02T03:10:00Z*title: a 2026-01-02T03:10:00+00:00*job: a*' 'it says whose'
stamp >"$T/before"
is "$(at 2026-01-02T03:10:00Z)$(at 2026-01-02T03:10:59Z)$(at 2026-01-02T03:19:00Z)" '' 'once'
is "$(stamp)" "$(cat "$T/before")" 'and nothing is written'
is "$(at 2026-01-02T03:20:00Z -n)" 'job a: 2026-01-02T03:20:00+00:00 is let go (overlap)' 'a dry run says what it would do'
is "$(stamp)" "$(cat "$T/before")" 'writes nothing'
ends 1 'done'
is "$(at 2026-01-02T03:20:30Z -n)" 'job a: 2026-01-02T03:20:00+00:00 makes a task' 'and this'
is "$(at 2026-01-02T03:20:30Z)" 2 'the next one'

# --- adopted: killed between the task and the state, and what was archived
cp .orch/state/cron.json "$T/cron.json"
ends 2 'done'
is "$(at 2026-01-02T03:30:00Z)" 3 'a task, and then the state is that of before'
cp "$T/cron.json" .orch/state/cron.json
is "$(at 2026-01-02T03:31:00Z) $(state a last_task)" ' 3' 'the task is found'
ends 3 'done'
ok 'older ones are archived' env ORCH_TEST_NOW=2026-03-02T03:04:05Z orch-gc -q
is "$(slots)" '2026-01-02T03:30:00Z ' 'and gone'
sed -i 's/}]$/, catch_up: all, overlap: allow}]/' jobs.yml
jq -c ".jobs.a |= (.base = $(date -d 2026-01-02T03:10:00Z +%s) | .next = 0)" "$T/cron.json" >.orch/state/cron.json
is "$(at 2026-01-02T03:32:00Z)$(slots)$(state a last_task)" '2026-01-02T03:30:00Z 3' 'neither is made again'
sed -i 's/, catch_up: all, overlap: allow//' jobs.yml
echo '{"schema":1,"jobs":' >.orch/state/cron.json
is "$(at 2026-01-02T03:33:00Z 2>"$T/err") $?" ' 0' 'a state that is damaged'
like "$(cat "$T/err")" '*cron.json is damaged*every job begins anew*' 'is told of'
is "$(at 2026-01-02T03:40:00Z)" 4 'and all goes on'
is "$(at 2026-01-02T03:40:00Z)" '' 'once'

# --- what was missed
for how in latest skip all; do
	scene <<END
$(job a '@hourly' ", catch_up: $how, overlap: allow")
END
	at 2026-01-02T03:30:00Z
	at 2026-01-02T06:10:00Z >/dev/null
	case $how in
	latest) is "$(slots)$(state a missed)" '2026-01-02T06:00:00Z 2' 'the newest stands for the others' ;;
	skip) is "$(slots)$(state a skipped_for)" 'late' 'after more than five minutes nothing' ;;
	all) is "$(slots)" '2026-01-02T04:00:00Z 2026-01-02T05:00:00Z 2026-01-02T06:00:00Z ' 'all of them' ;;
	esac
done
scene <<END
$(job a '@hourly' ', catch_up: skip')
END
at 2026-01-02T03:30:00Z
is "$(at 2026-01-02T06:04:00Z; slots)" '1
2026-01-02T06:00:00Z ' 'within five minutes one'
scene <<END
$(job a '*/5 * * * *' ', catch_up: all, overlap: allow')
END
at 2026-01-02T03:31:00Z
is "$(at 2026-01-02T04:31:00Z | wc -l)" 10 'ten at a time'
is "$(at 2026-01-02T04:31:30Z | wc -l)" 2 'then the rest'
is "$(at 2026-01-02T04:31:40Z | wc -l)" 0 'and no more'
is "$(slots | wc -w)$(slots | tr ' ' '\n' | sort | uniq -d)" 12 'each once'
# One after another, whatever overlap says, as long as it makes up for what was missed.
for how in skip queue replace; do
	scene <<END
$(job a '@hourly' ", catch_up: all, overlap: $how")
END
	at 2026-01-02T03:30:00Z
	made=
	for minute in 0 2 4 6; do
		made="$made$(at 2026-01-02T06:1$minute:00Z 2>/dev/null) $(at 2026-01-02T06:1$((minute + 1)):00Z)|"
		orch-list -qo id,status | grep -q routed && ends "$((minute / 2 + 1))" 'done'
	done
	is "$made" '1 |2 |3 | |' "all, $how: one waits until the one before has ended"
	is "$(slots)$(state a last_skipped)" '2026-01-02T04:00:00Z 2026-01-02T05:00:00Z 2026-01-02T06:00:00Z null' 'and none is lost'
	at 2026-01-02T07:00:00Z >/dev/null
	at 2026-01-02T07:30:00Z >/dev/null
	is "$(at 2026-01-02T08:01:00Z)$(orch-list -qo status | tr -d '\n')" "$(
		case $how in replace) echo 5donedonedonecancelledrouted ;; *) echo donedonedonerouted ;; esac)" 'overlap decides for one that nothing is behind'
	is "$(at 2026-01-02T11:30:00Z)$(orch-cron list --json | jq -r .held_by)" "$(case $how in replace) echo 5 ;; *) echo 4 ;; esac)" 'what holds it is seen'
done
scene <<END
$(job a '* * * * *' ', catch_up: all, overlap: allow')
END
at 2026-01-02T03:30:00Z >/dev/null
is "$(at 2026-01-03T03:30:00Z | wc -l) $(grep -o 'job a: .*' .orch/log/orch.log)" '10 job a: 440 slots up to 2026-01-02T10:50:00+00:00 are let go (too many)' 'of more than a thousand the older ones are let go'
is "$(state a missed)$(grep -c '"topic":"job.skipped".*"missed":440' .orch/events.jsonl)" 4401 'and counted'
is "$(at 2026-01-03T03:30:30Z 2>&1 | wc -l) $(grep -c 'let go' .orch/log/orch.log)" '10 1' 'once'
scene <<END
$(job a '* * * * *' ', catch_up: all')
END
at 2026-01-02T03:30:00Z >/dev/null
for minute in 30 31 32; do at 2026-01-03T03:$minute:00Z; done
is "$(grep -c 'let go' .orch/log/orch.log)" 0 'not while it waits'
ends 1 'done'
is "$(at 2026-01-03T03:33:00Z) $(at 2026-01-03T03:34:00Z; grep -o 'a: .* slots' .orch/log/orch.log) $(slots)" \
	'2 a: 443 slots 2026-01-02T03:30:00Z 2026-01-02T10:54:00Z ' 'once'
scene <<END
$(job a '@hourly' ', deadline: 90m, catch_up: all, overlap: allow')
END
at 2026-01-02T03:30:00Z
at 2026-01-02T06:10:00Z >/dev/null
is "$(slots)$(state a skipped_for)" '2026-01-02T05:00:00Z 2026-01-02T06:00:00Z deadline' 'too old is let go'
scene <<END
$(job a '*/10 * * * *' ', enabled: false')
END
at 2026-01-02T03:05:00Z
is "$(at 2026-01-02T04:05:00Z)" '' 'one that rests'
sed -i 's/enabled: false/enabled: true/' jobs.yml
is "$(at 2026-01-02T05:05:00Z)" '' 'begins again without its past'
is "$(at 2026-01-02T05:10:00Z)" 1 'at its next slot'
sed -i 's,\*/10,*/7,' jobs.yml
is "$(at 2026-01-02T06:10:00Z)" '' 'so does one that was changed'
is "$(at 2026-01-02T06:14:00Z)$(slots)" '2026-01-02T05:10:00Z ' 'its first task holds it'

# --- overlap
for how in skip queue allow replace; do
	scene <<END
$(job a '@hourly' ", overlap: $how")
END
	at 2026-01-02T03:30:00Z
	at 2026-01-02T04:00:00Z >/dev/null
	at 2026-01-02T05:00:00Z >/dev/null
	at 2026-01-02T06:00:00Z >/dev/null
	ends 1 'done'
	at 2026-01-02T06:01:00Z >/dev/null
	at 2026-01-02T06:02:00Z >/dev/null
	case $how in
	skip) is "$(slots)" '2026-01-02T04:00:00Z ' 'skip: what came meanwhile is let go' ;;
	queue) is "$(slots)" '2026-01-02T04:00:00Z 2026-01-02T06:00:00Z ' 'queue: one comes when the other has ended' ;;
	allow) is "$(slots)" '2026-01-02T04:00:00Z 2026-01-02T05:00:00Z 2026-01-02T06:00:00Z ' 'allow: each' ;;
	replace) is "$(slots)$(orch-list -o status | tr '\n' ' ')" \
		'2026-01-02T04:00:00Z 2026-01-02T05:00:00Z 2026-01-02T06:00:00Z done cancelled routed ' 'replace: the others go' ;;
	esac
done
scene <<END
$(job a '@hourly')
END
at 2026-01-02T03:30:00Z
at 2026-01-02T04:00:00Z >/dev/null
ends 1 needs_review
at 2026-01-02T05:00:00Z
at 2026-01-02T06:00:00Z
like "$(orch-cron list)" '*held by task 1 since 2026-01-02T05:00:00Z' 'a task that waits for a person holds its job'
is "$(grep -c '"topic":"job.held"' .orch/events.jsonl)" 1 'which is told once'
ends 1 'done'
is "$(at 2026-01-02T07:00:00Z) $(state a held_by)" '2 null' 'until it has ended'

# --- failures in a row
scene <<END
$(job a '@hourly' ', suspend_after: 2')
END
at 2026-01-02T03:30:00Z
at 2026-01-02T04:00:00Z >/dev/null
ends 1 failed
at 2026-01-02T05:00:00Z >/dev/null
ends 2 failed
is "$(at 2026-01-02T06:00:00Z -v 2>&1)" \
	'orch-cron: job a is suspended: its last 2 tasks failed (orch-cron enable a)' 'after two it is suspended'
is "$(at 2026-01-02T07:00:00Z)$(grep -c '"topic":"job.suspended"' .orch/events.jsonl)" 1 'which is told once'
like "$(orch-cron list)" '*suspended since 2026-01-02T06:00:00Z*' 'and shown'
ok 'somebody lets it go on' env ORCH_TEST_NOW=2026-01-02T07:30:00Z orch-cron enable a
is "$(at 2026-01-02T08:00:00Z)$(slots)" '32026-01-02T04:00:00Z 2026-01-02T05:00:00Z 2026-01-02T08:00:00Z ' 'then it does'
ends 3 failed
is "$(at 2026-01-02T09:00:00Z)" 4 'and what failed before does not count'
scene <<END
$(job a '@hourly' ', suspend_after: 2')
END
at 2026-01-02T03:30:00Z
at 2026-01-02T04:00:00Z >/dev/null
ends 1 failed
at 2026-01-02T05:00:00Z >/dev/null
ends 2 'done'
at 2026-01-02T06:00:00Z >/dev/null
ends 3 failed
ok 'what is old is archived' env ORCH_TEST_NOW=2026-03-02T03:04:05Z orch-gc -q
is "$(at 2026-01-02T07:00:00Z)" 4 'a failure, a success that is old, a failure: not two in a row'

# --- the clock
scene <<END
$(job a '@hourly' ', overlap: allow')
END
at 2026-01-02T03:30:00Z
at 2026-01-02T05:00:00Z >/dev/null
is "$(at 2026-01-02T04:00:00Z)$(at 2026-01-02T04:59:00Z)$(at 2026-01-02T05:00:00Z)" '' 'an hour back: nothing twice'
is "$(at 2026-01-02T06:00:00Z)" 2 'then it goes on'
is "$(at 2027-01-02T06:30:00Z)" 3 'forward a year: one'
is "$(state a missed)" 999 'for all those, counted up to a thousand'
is "$(at 2026-01-02T06:30:00Z 2>&1)" \
	'orch-cron: warning: job a: the clock was ahead by more than a day; it begins anew now' 'back a year: believed'
is "$(at 2026-01-02T07:00:00Z)" 4 'and it goes on'
# Ticks every five minutes through a night in which the clock changes.
# night ZONE SCHEDULE FROM MINUTES: the slots of it.
night() {
	scene <<END
$(job a "$2" ", timezone: $1, overlap: allow, catch_up: all")
END
	night=$(date -u -d "$3" +%s)
	for minute in $(seq 0 5 "$4"); do
		at "$(date -u -d "@$((night + minute * 60))" +%Y-%m-%dT%H:%M:%SZ)" >/dev/null
	done
	slots
}
is "$(night Europe/Berlin '30 2 * * *' 2026-03-28T23:58:00Z 190)" '2026-03-29T01:00:00Z ' 'Berlin in spring: behind the gap'
is "$(night Europe/Berlin '30 2 * * *' 2026-10-24T23:58:00Z 190)" '2026-10-25T00:30:00Z ' 'Berlin in autumn: the first time'
is "$(night America/New_York '15 * * * *' 2026-11-01T04:58:00Z 130)" \
	'2026-11-01T05:15:00Z 2026-11-01T06:15:00Z ' 'New York in autumn: each real hour'
is "$(night America/New_York '30 2 * * *' 2026-03-08T05:58:00Z 130)" '2026-03-08T07:00:00Z ' 'New York in spring'
is "$(night Australia/Lord_Howe '15 2 * * *' 2026-10-03T14:58:00Z 100)" '2026-10-03T15:30:00Z ' 'half an hour in Lord Howe'
is "$(night America/Sao_Paulo '30 0 * * *' 2018-11-04T02:28:00Z 90)" '2018-11-04T03:00:00Z ' 'midnight that is not, in Sao Paulo'

# --- many, and nothing due: not a byte is written, nor a name made
scene </dev/null
awk 'BEGIN { print "jobs:"; for (i = 1; i <= 1000; i++)
	printf "- {id: j%d, schedule: '"'%d 3 * * *'"', task: {title: T%d}}\n", i, i % 60, i }' >jobs.yml
at 2026-01-02T03:00:30Z >/dev/null
at 2026-01-02T03:01:00Z >"$T/made"
like "$(wc -l <"$T/made")" '[1-9]*' 'a thousand jobs, of which some come'
touched() { find . -printf '%p %i %T@ %C@ %s\n' | sort; }
touched >"$T/before"
for second in 10 20 30 40 50; do at "2026-01-02T03:01:${second}Z"; done >"$T/out" 2>&1
is "$(cat "$T/out")$(touched | diff "$T/before" -)" '' 'the ticks between two minutes write nothing'

# --- one bad job, and others
scene <<'END'
jobs:
- {id: typo, schedule: '* * * * *', task: {titel: x}}
- {id: never, schedule: '0 0 30 2 *', task: {title: x}}
- {id: lost, schedule: '* * * * *', timezone: Europe/Berlni, task: {title: x}}
- {id: waits, schedule: '* * * * *', task: {title: x, depends_on: [99]}}
- {id: good, schedule: '* * * * *', task: {title: good}}
END
exits 65 'one bad job' orch-cron tick --now 2026-01-02T03:00:00Z
is "$(cat "$T/out") $(orch-list -o title)" '1 good' 'does not stop the others'
like "$(cat "$T/err")" "*jobs.yml:2:*no field 'titel'*job never: *job lost: *Berlni*job waits: *99*" 'and each is told of'
is "$(orch-cron list --json | jq -r 'select(.error != null).id' | tr '\n' ' ')" 'typo never lost waits ' 'and shown'
# --- a file that is being saved, and one that was meant
for way in half none comment long remove; do
	scene <<END
jobs:
- {id: other, schedule: '@yearly', task: {title: x}}
- {id: a, schedule: '@hourly', task: {title: x}}
END
	at 2026-01-02T03:30:00Z
	cp jobs.yml "$T/whole"
	case $way in
	half | long) head -n 2 "$T/whole" >jobs.yml ;;
	none) : >jobs.yml ;;
	comment) sed -i 's/^- {id: a/# &/' jobs.yml ;;
	remove) orch-cron remove a ;;
	esac
	at 2026-01-02T04:00:00Z
	[ $way != long ] || for minute in 01 02 03 04 05 06 07 08 09 10; do at "2026-01-02T04:$minute:00Z"; done
	[ $way != long ] || is "$(jq -r '.jobs | keys | join(" ")' .orch/state/cron.json)" other 'one that is gone for long is forgotten'
	cp "$T/whole" jobs.yml
	at 2026-01-02T04:20:00Z >/dev/null
	is "$(slots)" "$(case $way in long | remove) ;; *) echo '2026-01-02T04:00:00Z ' ;; esac)" "a job that was not there for a moment ($way)"
done
# What the task file or orch.yml refuses: the slot waits, and nobody gives way to it.
for how in '' 'overlap: queue' 'overlap: replace' 'overlap: allow' 'catch_up: skip' 'catch_up: all' 'deadline: 5m'; do
	for bad in 'project: shop' 'depends_on: [99]'; do
		scene <<END
jobs: [{id: h, schedule: '0 * * * *', ${how:+$how, }task: {title: T}}]
END
		case $how in *replace | *allow) at 2026-01-02T03:30:00Z && at 2026-01-02T04:00:00Z >/dev/null ;; *) at 2026-01-02T04:30:00Z ;; esac
		cp jobs.yml "$T/mended" && sed -i "s/T}/T, $bad}/" jobs.yml
		said=
		for minute in 05:00 05:01 05:07; do said="$said$(at 2026-01-02T$minute:00Z 2>&1 | grep -c "job h: ${bad%%:*}: ")"; done
		is "$said $(orch-list -o status | grep -c cancelled)" '111 0' "$how, $bad: is told of, long after too"
		is "$(orch-cron list --json | jq -r '.trouble, .error_at') $(grep -c 'job h: ' .orch/log/orch.log)" "invalid
2026-01-02T05:00:00Z 1" 'is seen, and in the log once'
		cp "$T/mended" jobs.yml
		case $how in *skip | dead*) want=0 ;; *) want=1 ;; esac
		is "$(at 2026-01-02T05:08:00Z 2>/dev/null | wc -l)" $want 'its slot comes when that was mended'
		is "$(orch-cron list --json | jq -r .trouble)" null 'and all is well'
	done
done
echo 'jobs: {' >jobs.yml
exits 65 'a file that cannot be read' orch-cron tick --now 2026-01-02T03:01:00Z
like "$(cat "$T/err")" '*jobs.yml:*' 'says where'

# --- two at once, and killed anywhere
scene <<END
$(job a '* * * * *' ', overlap: allow')
END
at 2026-01-02T03:00:30Z >/dev/null
for minute in 1 2 3 4 5 6; do
	for _ in 1 2 3 4 5 6 7 8; do at "2026-01-02T03:0$minute:00Z" & done >/dev/null 2>"$T/race"
	wait
done
is "$(slots | wc -w) $(slots | tr ' ' '\n' | sort | uniq -d)" '7 ' 'eight ticks at once: a task for each slot'
is "$(cat "$T/race")" '' 'and nobody complains'
scene <<END
$(job a '* * * * *' ', overlap: allow')
END
at 2026-01-02T03:00:30Z >/dev/null
cp -a . "$T/kill"
ORCH_TEST_STEPS=$T/steps at 2026-01-02T03:01:30Z >/dev/null
steps=$(wc -l <"$T/steps") wrong=
ok "$steps steps" [ "$steps" -gt 5 ]
for step in $(seq 1 "$steps"); do
	rm -rf "$T/now" && cp -a "$T/kill" "$T/now" && cd "$T/now" || exit 1
	ORCH_TEST_CRASH_AT=$step at 2026-01-02T03:01:30Z >/dev/null 2>&1
	at 2026-01-02T03:01:40Z >/dev/null 2>&1
	at 2026-01-02T03:01:50Z >/dev/null 2>&1
	[ "$(slots)" = '2026-01-02T03:00:00Z 2026-01-02T03:01:00Z ' ] || wrong="$wrong $step"
done
is "$wrong" '' 'killed before each of them: one task for a slot'

# --- what the log has of it: what was made, and what is wrong once, not each minute
# logged: the lines without time and process
logged() { cut -d ' ' -f 2,5- .orch/log/orch*.log; }
scene <<'END'
jobs:
- {id: a, schedule: '@hourly', suspend_after: 1, task: {title: x}}
- {id: b, schedule: '@hourly', deadline: 5m, task: {title: x}}
- {id: typo, schedule: '@hourly', task: {titel: x}}
- {id: never, schedule: '0 0 30 2 *', task: {title: x}}
- {schedule: '@hourly', task: {title: x}}
END
for minute in 03:30 04:00 04:01 04:02; do at "2026-01-02T$minute:00Z" >/dev/null 2>&1; done
is "$(logged | sed 's/jobs.yml:[0-9:]* .*/BAD/; s/schedule: .*/BAD/')" 'error - BAD
error - job never: BAD
error - BAD
info 1 made by job a
info 2 made by job b' 'each bad job is told of once, and each task'
is "$(logged | grep -c "titel\|without id\|job never: schedule: ")" 3 'with the reason' || note "$(logged)"
sed -i 's/30 2/30 3/; s/titel/title/; $d' jobs.yml
rm .orch/log/orch.log
ends 1 failed
ends 2 needs_review
for minute in 05:00 05:01 06:00 07:00; do at "2026-01-02T$minute:00Z" >/dev/null 2>&1; done
is "$(logged)" 'warn - job a is suspended: its last 1 tasks failed
warn 2 holds job b, and waits for a person
info 3 made by job typo
info 3 holds job typo' 'suspended, held: once'
rm .orch/log/orch.log
ends 2 'done'
at 2026-01-02T09:30:00Z -n >/dev/null
ok 'a dry run logs nothing' test ! -e .orch/log/orch.log
at 2026-01-02T09:30:00Z >/dev/null
is "$(orch-cron run b)$(logged)" '4warn - job b: 2026-01-02T09:00:00+00:00 is let go (deadline)
info 4 made by job b, by hand' 'too late, and by hand'
echo 'jobs: {' >jobs.yml
rm .orch/log/orch.log
for minute in 10:00 10:01 10:02; do at "2026-01-02T$minute:00Z" -q >/dev/null 2>&1; done
like "$(logged)" 'error - jobs.yml:*' 'a file that cannot be read'
is "$(logged | wc -l)" 1 'is there once, too'

# --- a task file that is locked, or refused: later
scene <<END
$(job a '* * * * *')
END
at 2026-01-02T03:00:30Z >/dev/null
ends 1 'done'
cp tasks.yml "$T/tasks"
echo '  - {id: 1' >>tasks.yml
exits 65 'the task file cannot be read' orch-cron tick --now 2026-01-02T03:01:00Z
cp "$T/tasks" tasks.yml
if [ -n "${LONG-}" ]; then
	mkfifo "$T/held" "$T/free"
	flock .orch/lock sh -c "echo >$T/held; read -r x <$T/free" &
	read -r _ <"$T/held"
	exits 75 'or is locked' orch-cron tick --now 2026-01-02T03:02:00Z
	echo >"$T/free"
	wait
fi
is "$(at 2026-01-02T03:03:00Z; slots)$(state a missed)" '2
2026-01-02T03:00:00Z 2026-01-02T03:03:00Z 2' 'what was due is made later'

# --- by hand
scene <<'END'
# ours
jobs:
  - id: a          # the first
    schedule: '@daily'
    task: {title: A}
END
cp jobs.yml "$T/jobs"
ok 'a job more' orch-cron add b '*/5 * * * 1' 'B {{date}}' agent=sh command='echo b' labels=x timezone=Asia/Kathmandu
is "$(head -n 5 jobs.yml)" "$(cat "$T/jobs")" 'what was there stays'
is "$(orch-cron list --json | jq -r '[.id, .timezone] | @csv')" '"a",
"b","Asia/Kathmandu"' 'and it is there'
exits 2 'the same again' orch-cron add b @daily B
exits 65 'a schedule that is none' orch-cron add c '60 * * * *' C
exits 65 'one that never comes' orch-cron add c '0 0 31 4 *' C
exits 65 'a field that a command owns' orch-cron add c @daily C status=done
exits 2 'no such field' orch-cron add c @daily C titel=x
ok 'rests' orch-cron disable a
like "$(orch-cron list)" 'a *disabled*' 'is shown'
ok 'goes on' orch-cron enable a
ok 'goes' orch-cron remove b
is "$(grep -v enabled jobs.yml)" "$(cat "$T/jobs")" 'and all is as it was'
exits 2 'nobody' orch-cron remove b
is "$(orch-cron run a) $(orch-list -o title)" '1 A' 'now, outside of the schedule'
is "$(orch-list --json 1 | jq -r '.job, .scheduled_for')" 'a
null' 'is of no slot'
exits 2 'nobody' orch-cron run b
rm jobs.yml
ok 'a first job' orch-cron add a @daily A
is "$(stat -c %a jobs.yml)" 600 'makes the file'
cd "$(mktemp -d -p "$T/w")" || exit 1
printf 'tasks: []\n' >tasks.yml
is "$(orch-cron -n add a @daily 'A b' agent=sh)" '+++ jobs.yml
+jobs:
+  - id: a
+    schedule: "@daily"
+    task:
+      title: A b
+      agent: sh' 'what would be added'
is "$(ls -A)" tasks.yml 'is not'
ok 'the first thing in a project' orch-cron add a @daily 'A b' agent=sh
cp jobs.yml "$T/before"
is "$(orch-cron -n disable a)" '+++ jobs.yml
+    enabled: false' 'what would be changed'
is "$(orch-cron -n remove a | head -n 3)" '+++ jobs.yml
-jobs:
-  - id: a' 'what would be taken out'
is "$(orch-cron -n enable a)" '' 'nothing to change'
orch-cron -n add b @daily B >"$T/would"
is "$(cat "$T/would")" '+++ jobs.yml
+  - id: b
+    schedule: "@daily"
+    task:
+      title: B' 'and one more'
ok 'nothing is' cmp jobs.yml "$T/before"
for zone in Foo/Bar ../../etc/localtime /etc/localtime; do
	exits 65 "a zone $zone" orch-cron add c @daily C timezone=$zone
	like "$(cat "$T/err")" "*zone*" 'is refused'
done
exits 65 'an empty title' orch-cron add c @daily ''
like "$(cat "$T/err")" 'orch-cron: task: title: *' 'is named without a place in a file'
ok 'all that was refused is not there' cmp jobs.yml "$T/before"
ok 'one that waits for a task that is not there' orch-cron add d @daily D depends_on=99
like "$(cat "$T/err")" '*warning: depends_on: no task 99*' 'is told of'
done_testing
