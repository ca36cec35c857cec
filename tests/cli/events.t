#!/bin/sh
# The event log after a power cut: what was not synced is in the record of generations,
# and the next command puts it back.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
cd "$T/w" || exit 1

log=.orch/events.jsonl
# The newest record's words, and where in the log its tail starts.
record() { grep -ah '^gen=' .orch/state/store.? | sort -t = -k 2n | tail -n 1; }
synced() { record | sed 's/.* tail=\([0-9]*\) .*/\1/'; }
numbers() { jq -r .seq "$log" | tr '\n' ' '; }

# cut WHAT HOW: the log loses what HOW does to it, and one more command is there to see
# shellcheck disable=SC2317
cut() {
	orch-add 'not synced yet' >/dev/null
	cp "$log" before
	"$2"
	cp "$log" during 2>/dev/null || : >during
	orch-set 1 "labels=[\"$2\"]" >/dev/null 2>err
	head -c "$(wc -c <before)" "$log" | cmp -s - before && ! cmp -s before during &&
		[ "$(numbers)" = "$(seq -s ' ' "$(wc -l <"$log")") " ] &&
		[ "$(cat err)" = "orch-set: warning: the newest lines of '$PWD/$log' were missing and are put back" ]
	result $? "$1" || note "$(cat err; ls -l before during "$log"; numbers)"
}
to_the_synced() { truncate -s "$(synced)" "$log"; }
in_mid_line() { truncate -s -17 "$log"; }
all_of_it() { rm "$log"; }
zeroes() { size=$(wc -c <"$log") && to_the_synced && truncate -s "$size" "$log"; }

printf 'tasks:\n' >tasks.yml
for title in one two three; do orch-add "$title" >/dev/null; done
is "$(synced)" 0 'nothing of a short log is synced'
cut 'all of a short log is put back' all_of_it
for i in $(seq 80); do orch-add "$i" >/dev/null; done
ok 'a longer one is synced up to its tail' test "$(synced)" -gt 1000
ok 'which is never longer than the record can carry' test $(($(wc -c <"$log") - $(synced))) -le 7168
cut 'the tail is put back' to_the_synced
cut 'a torn end is put back whole' in_mid_line
cut 'so is one of zeroes' zeroes

# An edit of an older line moves all that is behind it.
orch-add 'not synced yet' >/dev/null
sed -i '3s/"priority":"normal",//' "$log"
cp "$log" before
in_mid_line
orch-add 'after an edit' >/dev/null 2>&1
head -n "$(wc -l <before)" "$log" >during
ok 'what is put back joins no other line' cmp before during
is "$(numbers)" "$(seq -s ' ' "$(wc -l <"$log")") " 'and has its number'

# The newest record is lost: the log knows how far it went.
orch-add 'of a record that is lost' >/dev/null
: >"$(grep -la "^gen=$(record | sed 's/gen=\([0-9]*\) .*/\1/') " .orch/state/store.?)"
orch-add 'in its place' >/dev/null 2>&1
is "$(numbers)" "$(seq -s ' ' "$(wc -l <"$log")") " 'no number is given twice'
orch-add 'and one more' >/dev/null

# A command that is killed before its commit counts leaves no event, whatever became of the log.
orch-add 'not synced yet' >/dev/null
before=$(numbers)
ORCH_TEST_CRASH_AT=exchange orch-add KILLED >/dev/null 2>&1
to_the_synced
orch-list >/dev/null
orch-add 'after that' >/dev/null 2>&1
is "$(numbers)" "$before$(wc -l <"$log") " 'what did not happen is not put back'

# The same where a power cut took what was staged, too: what stands there is what it was.
before=$(numbers)
cp "$log" kept
ORCH_TEST_CRASH_AT=exchange orch-add KILLED >/dev/null 2>&1
rm .tasks.yml.orch-*
mv kept "$log"
orch-add 'and again' >/dev/null 2>"$T/err"
is "$(numbers)$(cat "$T/err")" "$before$(wc -l <"$log") " 'nor with nothing left of it'

# Whoever writes there does not make the rest unsafe.
echo '{"seq":0}' >>"$log"
orch-add 'behind it' >/dev/null
orch-add 'and one more' >/dev/null
to_the_synced
is "$(tail -n 1 "$log")" '{"seq":0}' 'what was before a line of somebody else is on the disk'
orch-add 'the last' >/dev/null 2>&1
is "$(tail -n 3 "$log" | jq -r .seq | tr '\n' ' ')" \
	"$(($(wc -l <"$log") - 3)) $(($(wc -l <"$log") - 2)) $(($(wc -l <"$log") - 1)) " \
	'and what was behind it is put back'
sed -i '/"seq":0}/d' "$log"
orch-fsck >"$T/out" 2>&1
is "$(grep -i event "$T/out")" '' 'and orch-fsck finds nothing in the log'
done_testing
