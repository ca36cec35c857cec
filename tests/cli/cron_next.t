#!/bin/sh
# orch-cron next, check, explain: the verbs that need no project.  What schedules mean and
# when they come is asked in tests/unit/cron.c and cron_next.c; here is what scripts rely on.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"

# next ARG..: what is printed, on one line
next() { orch-cron next "$@" 2>"$T/err" | tr '\n' ' '; }

# The shape: an RFC 3339 time with its offset a line, strictly after --from.
is "$(next '30 2 * * *')" '2026-01-03T02:30:00+00:00 ' 'after now, which is 03:04:05'
is "$(next --from 2026-01-02T02:30:00Z '30 2 * * *')" '2026-01-03T02:30:00+00:00 ' 'strictly after'
is "$(next --from 2026-01-02T02:29:59Z '30 2 * * *')" '2026-01-02T02:30:00+00:00 ' 'a second before'
is "$(next --from 2026-01-02T03:30:00+01:00 --count 2 '30 2 * * *')" \
	'2026-01-03T02:30:00+00:00 2026-01-04T02:30:00+00:00 ' 'whatever the offset is'
is "$(next --tz Asia/Kathmandu '30 2 * * *')" '2026-01-03T02:30:00+05:45 ' 'in a zone'
is "$(TZ=America/St_Johns next '30 2 * * *')" '2026-01-02T02:30:00-03:30 ' 'in that of TZ'
is "$(TZ=EST5EDT,M3.2.0,M11.1.0 next --from 2026-07-01T00:00:00Z @daily)" '2026-07-01T00:00:00-04:00 ' 'which may be a rule'
is "$(TZ='' next @daily)" '2026-01-03T00:00:00+00:00 ' 'or empty'
is "$(TZDIR=$T/none next --tz UTC @daily)" '2026-01-03T00:00:00+00:00 ' 'UTC needs no files'
is "$(next --count 10000 '* * * * *' | wc -w)" 10000 'many'

# What the clock passes over, and what it shows twice.
is "$(next --tz Europe/Berlin --from 2026-03-28T12:00:00Z --count 2 '0,30 2 * * *')" \
	'2026-03-29T03:00:00+02:00 2026-03-30T02:00:00+02:00 ' 'once after a gap'
is "$(cat "$T/err")" 'orch-cron: note: 2026-03-29T03:00:00+02:00 is for a time that the clock passes over' 'with a note'
ok 'without it' orch-cron next -q --tz Europe/Berlin --from 2026-03-28T12:00:00Z '30 2 * * *'
is "$(cat "$T/err")" '' 'with --quiet'
ok 'for programs' orch-cron next --json --tz Europe/Berlin --from 2026-03-28T12:00:00Z --count 2 '30 2 * * *'
is "$(cat "$T/out")" '{"schema":1,"at":"2026-03-29T03:00:00+02:00","reason":"gap"}
{"schema":1,"at":"2026-03-30T02:30:00+02:00","reason":"normal"}' 'an object a line, with the reason'
is "$(cat "$T/err")" '' 'and no note'
is "$(next --tz Europe/Berlin --from 2026-10-24T12:00:00Z --count 2 '30 2 * * *')" \
	'2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00 ' 'the first pass of an overlap'
is "$(next --tz Europe/Berlin --from 2026-10-25T00:00:00Z --count 3 '30 * * * *')" \
	'2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00 2026-10-25T03:30:00+01:00 ' 'both, by real time'

# Far away, and never.
is "$(next --from 2096-03-01T00:00:00Z '0 0 29 2 *')" '2104-02-29T00:00:00+00:00 ' 'a hole of eight years'
is "$(next --from 2089-01-01T00:00:00Z '0 0 29 2 */7')" '2128-02-29T00:00:00+00:00 ' 'and of forty'
TZ=CET-1CEST,M3.5.0,M10.5.0/3 exits 65 'what the clock always passes over' orch-cron next '*/20 2 * 3 7L'
is "$(cat "$T/err")" 'orch-cron: in this time zone it does not come within 400 years' 'is told'
ok 'fewer than asked for' orch-cron next --from 9998-01-01T00:00:00Z --count 9 @yearly
is "$(wc -l <"$T/out") $(cat "$T/err")" '1 orch-cron: warning: it does not come more often within 400 years' 'with a warning'

# H depends on a job.
exits 2 'H of no job' orch-cron next 'H H * * *'
like "$(cat "$T/err")" '*--job NAME' 'which one?'
is "$(next --job nightly 'H H * * *')" '2026-01-02T14:28:00+00:00 ' 'is one of all'
ok 'it is a schedule' orch-cron check 'H H * * *'
ok 'that of a job' orch-cron check --job x 'H H * * *'

# check is silent, or names the column and what to write.
ok 'a good one' orch-cron check '30 2 * * *'
is "$(cat "$T/out" "$T/err")" '' 'nothing is said'
ok 'an odd one' orch-cron check '*/90 9 1-7 * 1'
is "$(wc -c <"$T/out") $(cat "$T/err")" '0 orch-cron: warning: column 1: minute: a step of 90 in 0-59: only 0 is left
orch-cron: warning: column 8: it comes on day 1-7 of the month OR on Monday: if both are meant, write * as day of month and 1#1 as day of week' 'has warnings'
ok 'none of them' orch-cron check -q '*/90 9 1-7 * 1'
is "$(cat "$T/err")" '' 'with --quiet'
# refused COLUMN HINT SCHEDULE: by each of the verbs
refused() {
	for verb in check next explain; do
		orch-cron $verb "$3" >"$T/out" 2>"$T/err"
		is "$?/$(wc -c <"$T/out")" 65/0 "$verb refuses '$(printf '%s' "$3" | tr -c ' -~' '?')'"
		like "$(cat "$T/err")" "orch-cron: column $1: $2" 'with column and hint'
	done
}
refused 9 '*is missing*' '30 2 * *'
refused 12 'seconds are not supported*' '0 30 2 * * *'
refused 3 '*write 22-23,0-2' '0 22-2 * * *'
refused 9 '*write mon' '0 0 * * monday'
refused 5 'no such day ever comes' '0 0 30 2 *'
refused 1 '*use timezone:*' 'TZ=Europe/Berlin 0 2 * * *'
refused 3 'byte 0xc2*no-break space*' "$(printf '30\302\2402 * * *')"
refused 3 'byte 0x1b is not expected' "$(printf '30\033[2J * * * *')"
refused 1 'nothing is here*' ''

# explain says it in words.
ok 'in words' orch-cron explain '0 9 1-7 * 1'
is "$(cat "$T/out")" 'at 09:00 on day 1-7 of the month OR on Monday
when the clock is changed: once for what it passes over, once for what it shows twice' 'one of the two is enough'
is "$(orch-cron explain '*/5 * * * *')" 'every 5 minutes
when the clock is changed: follows real time' 'by real time'

# Misuse.
exits 2 'no verb' orch-cron
exits 2 'another verb' orch-cron nxt @daily
like "$(cat "$T/err")" "*did you mean 'next'?" 'is guessed'
exits 2 'no schedule' orch-cron next
exits 2 'one without quotes' orch-cron next 30 2 1 1 1
like "$(cat "$T/err")" '*quotes' 'is guessed too'
exits 2 'an option of another verb' orch-cron check --count 2 @daily
exits 2 'a time without an offset' orch-cron next --from 2026-01-02T03:04:05 @daily
exits 2 'no times' orch-cron next --count 0 @daily
exits 2 'too many times' orch-cron next --count 10001 @daily
for zone in Nowhere/Else ../UTC /etc/passwd :UTC 'Europe/Berlin ' '' right/UTC; do
	exits 2 "no zone: '$zone'" orch-cron next --tz "$zone" @daily
done
TZ=Nowhere/Else exits 78 'TZ is none' orch-cron next @daily
like "$(cat "$T/err")" 'orch-cron: TZ: no time zone*' 'and the C library would have taken UTC'
printf 'TZif2' >"$T/cut"
TZ=$T/cut exits 78 'TZ is a file that is none' orch-cron next @daily
mkfifo "$T/fifo"
TZ=$T/fifo exits 78 'or would never end' orch-cron next @daily
orch-cron next @daily >/dev/full 2>"$T/err"
is $? 71 'a full disk is no success'
done_testing
