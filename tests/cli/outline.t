#!/bin/sh
# .orch/state/outline saves readers and the next commit a look at every line.  Whatever
# stands there, they say and do the same as without it, and never a word about it.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1
KEPT=.orch/state/outline

# Is it of the last commit's text?
current() {
	newest=$(sed -n 's/^gen=\([0-9]*\) hash=\([0-9a-f]*\) .*/\1 \2/p' .orch/state/store.? | sort -n | tail -n 1)
	grep -qa "${newest#* }" "$KEPT"
}
all() { orch-list --all --json 2>&1; orch-list -o id,title,status,priority 2>&1; }
# same NAME: readers say what they say without it
same() {
	all >"$T/with"
	mv "$KEPT" "$T/aside" 2>/dev/null
	all >"$T/without"
	rm -rf "$KEPT"
	[ ! -e "$T/aside" ] || mv "$T/aside" "$KEPT"
	cmp -s "$T/with" "$T/without" && grep -q '^1	' "$T/with"
	result $? "$1: readers say the same" || note "$(diff "$T/with" "$T/without")"
}

project
for title in One Two Three; do orch-add "$title" >/dev/null; done
ok 'some commits leave one' current
same 'it is current'
for change in 'orch-set 2 priority=high' 'orch-add Four' 'orch-set 1 2 3 body=long' 'orch-set 2 body=' \
	'orch-add -a sh --command true Five' 'orch-cancel -q 4' 'orch-route -a cat 3'; do
	# shellcheck disable=SC2086 # words
	ok "$change" $change
	ok "$change: it is of the new text" current
	same "$change"
done
is "$(orch-fsck)" '' 'orch-fsck knows it'
cp "$KEPT" "$T/kept"
ok 'orch-gc' orch-gc
ok 'leaves it' cmp "$KEPT" "$T/kept"
cp -a . "$T/start"

# What a person does to the file.
sed -i 's/title: One/title: Uno, and more/; s/title: Two/title: Dos/' tasks.yml
same 'an edit by hand'
is "$(orch-list 1 -o title)" 'Uno, and more' 'which is seen'
ok 'a change after it' orch-set 3 priority=low
same 'a change after it'
ok 'and one more' orch-set 3 priority=high
ok 'and one more: it is current' current
same 'and one more'
git add -f tasks.yml && git commit -qm 'As it was'
ok 'a change' orch-set 2 title='Long ago, in a text that is longer'
git checkout -q tasks.yml
same 'git checkout'
ok 'a change after that' orch-add Six
same 'a change after that'
ok 'orch-fsck --restore' orch-fsck --restore=3
same 'orch-fsck --restore'
ok 'a change after that' orch-add Seven
ok 'and one more' orch-set 1 priority=low
ok 'and one more: it is current again' current
same 'and one more'
: >tasks.yml
same 'an empty file'
ok 'is brought back' orch-set 1 priority=high
same 'is brought back'

# What else may stand there.  Each line makes it, from a good one in $T/kept.
while read -r line; do
	cd "$T" && rm -rf w/p && cp -a start w/p && cd w/p || exit 1
	eval "$line"
	all >"$T/got"
	ok "$line: a change" orch-set 1 body=changed
	is "$(cat "$T/err")" "" "$line: not a word"
	ok "$line: another" orch-add Another
	is "$(orch-list 1 -o body)" changed "$line: both are there"
	[ ! -f "$KEPT" ] || same "$line"
	rm -rf "$KEPT"
	all >"$T/want"
	is "$(grep -c . "$T/got")" "$(($(grep -c . "$T/want") - 2))" "$line: readers had said all"
done <<'END'
rm $KEPT
: >$KEPT
head -c 50 "$T/kept" >$KEPT
head -c 200 "$T/kept" >$KEPT
cat "$T/kept" "$T/kept" >$KEPT
tr '\0' '\1' <"$T/kept" >$KEPT
{ head -c 120 "$T/kept"; tail -c +121 "$T/kept" | tr '\0-\177' '\1-\177\0'; } >$KEPT
head -c 5000 /dev/urandom >$KEPT
cat tasks.yml >$KEPT
rm $KEPT; ln -s ../../tasks.yml $KEPT
rm $KEPT; ln -s /dev/zero $KEPT
rm $KEPT; ln -s nowhere $KEPT
rm $KEPT; mkfifo $KEPT
rm $KEPT; mkdir $KEPT
chmod 0 $KEPT
cp .orch/state/store.0 $KEPT
END

# Killed while it is written, and before: the change was made.
for step in cache-create cache-write; do
	cd "$T" && rm -rf w/p && cp -a start w/p && cd w/p && { [ $step = cache-write ] || rm "$KEPT"; }
	sh -c 'ORCH_TEST_CRASH_AT=$0 orch-set 1 body=killed' $step >/dev/null 2>&1
	is "$?" 137 "killed at $step"
	is "$(orch-list 1 -o body)" killed "killed at $step: it is done"
	[ ! -e "$KEPT" ] || same "killed at $step"
	ok "killed at $step: a change" orch-set 2 body=next
	ok "killed at $step: it is current" current
	same "killed at $step, and a change"
done

# Two that write, and one that reads without a lock while they do.
cd "$T" && rm -rf w/p && cp -a start w/p && cd w/p || exit 1
for who in 1 2; do
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		orch-set "$who" body="number $i of $who: $(printf "%${i}sx")" >/dev/null || echo "$who failed"
		orch-add "$who and $i" >/dev/null || echo "$who failed"
	done >>"$T/said" 2>&1 &
done
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	orch-list -o id,title >"$T/list" 2>>"$T/said" || echo "list failed" >>"$T/said"
	grep -q '^2	Two$' "$T/list" || echo "list $i" >>"$T/said"
done
wait
is "$(cat "$T/said")" '' 'two that write and one that reads'
ok 'and then it is current' current
same 'and then'
is "$(orch-list -o body 1 2 | tr -s ' ')" "$(printf 'number 15 of 1: x\nnumber 15 of 2: x')" 'the last of both are there'
done_testing
