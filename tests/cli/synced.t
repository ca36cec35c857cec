#!/bin/sh
# The system calls of a commit, as the kernel sees them: what must be on the disk is
# synced before what makes it count, for every command that changes tasks.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/mutate.sh
. "$ROOT/tests/data/cli/mutate.sh"
unset ORCH_TEST_NOSYNC

check() { awk -v dir="$T/w/x" -f "$ROOT/tests/data/cli/synced.awk" "$1" >"$T/found" 2>&1; }

# traced NAME TEMPLATE HAPPENED CMD ARG..
traced() {
	name=$1 happened=$3
	cd "$T/w" && rm -rf x && cp -a "$T/$2" x && cd x || exit 1
	shift 3
	strace -f -y -s 16 -o "$T/trace" -e trace='file,desc,%memory' "$@" >"$T/out" 2>"$T/err" && $happened
	result $? "$name: done" || note "$(cat "$T/err")"
	check "$T/trace"
	all=$((all + 1)) all_wrong=$((all_wrong + $(wc -l <"$T/found")))
	is "$(cat "$T/found")" '' "$name: synced in the right order, then acknowledged"
}
all=0 all_wrong=0
mutations traced
note "figures: $all traces of commits, $all_wrong findings"

# finds WHAT NAME: in $T/bad, the trace of a good commit with a fault in it
finds() {
	! cmp -s "$T/bad" "$T/good" && check "$T/bad"
	grep -q "$1" "$T/found"
	result $? "finds $2" || note "$(cat "$T/found")"
}
traced 'the first orch-add, again' first added orch-add 'KILLED'
cp "$T/trace" "$T/good"
# later LINE WHERE: the first line like LINE comes after the first like WHERE
later() { awk -v what="$1" -v where="$2" '
	!held && $0 ~ what { held = $0; next }
	{ print }
	held && !put && $0 ~ where { print held; put = 1 }' "$T/good"; }
swap='rename.*"tasks.yml"'
new='sync\(.*/x/[^/>]*orch-new>' begun=' sync_file_range(.*/x/[^/>]*orch-new>'
grep -vE "$new" "$T/good" >"$T/bad"
finds 'new is not synced before' 'a new file that is never synced'
later "$new" "$swap" >"$T/bad"
finds 'new is not synced before' 'a new file that is synced too late'
grep -q "$begun" "$T/good" && sed '/orch-new>)/s/ fsync(\([^)]*\))/ sync_file_range(\1, 0, 0, 0x2)/' "$T/good" >"$T/bad"
finds 'new is not synced before' 'a new file whose way to the disk was begun and not waited for'
later 'write\(.*/x/[^/>]*orch-new>' "$new" >"$T/bad"
finds 'new is not synced before' 'a write after the sync'
later 'sync\(.*state/' "$swap" >"$T/bad"
finds 'state/.* is not synced before' 'a record that is synced too late'
later "$swap" ' write\(1<' >"$T/bad"
finds 'acknowledged before it was done' 'an acknowledgement before the change'
grep -vE ' f(data)?sync\([0-9]+<[^>]*/x>' "$T/good" >"$T/bad"
finds 'before the folder was synced' 'a folder that is never synced'
grep -vE ' f(data)?sync\([0-9]+<[^>]*/x/\.orch>' "$T/good" >"$T/bad"
finds 'the folder of .*events.jsonl is not synced' \
	'a folder of new events that is never synced'
grep -v ' write(1<' "$T/good" >"$T/bad"
finds 'nothing was acknowledged' 'that nothing is acknowledged'
grep -vE "$swap" "$T/good" >"$T/bad"
finds 'nothing took the place' 'that nothing was done'
# More events than the record carries.
for i in $(seq 60); do printf '{"title": "KILLED %s"}\n' "$i"; done >"$T/many.json"
traced 'the first orch-add, of sixty' first added orch-add --json "$T/many.json"
cp "$T/trace" "$T/good"
later 'sync\(.*events' "$swap" >"$T/bad"
finds 'events.jsonl is not synced before' 'many events that are synced too late'
traced 'orch-add of sixty' later added orch-add --json "$T/many.json"
is "$(grep -oE 'sync\(.*events|write.*store|write.*events' "$T/trace" | sed 's/(.*[/.]/ /' | tr '\n' ' ')" \
	'sync events write store write events sync events ' \
	'what the record will not carry any more is synced before it says so'
cp -a "$T/later" "$T/foreign" && echo '{"mine":1}' >>"$T/foreign/.orch/events.jsonl"
traced 'orch-add behind a line of somebody else' foreign added orch-add KILLED
is "$(grep -oE 'sync\(.*events|write.*store|write.*events' "$T/trace" | sed 's/(.*[/.]/ /' | tr '\n' ' ')" \
	'sync events write store write events ' 'which is synced, with what was before it'
done_testing
