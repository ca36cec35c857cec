#!/bin/sh
# Many at once: every id once, no change lost, no task run twice.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"

project
ok '32 times orch-add' together 32 orch-add 'Task {}'
cat "$T"/[0-9]*.out | sort -n >"$T/ids"
is "$(tr '\n' ' ' <"$T/ids")" "$(seq -s ' ' 1 32) " 'print 32 ids'
cat "$T"/[0-9]*.err >"$T/err"
is "$(cat "$T/err")" '' 'and no message'
is "$(orch-list -o title | sort | uniq | wc -l)" 32 '32 tasks are there'
is "$(orch-list -o id | sort -n | tr '\n' ' ')" "$(seq -s ' ' 1 32) " 'each with one of them'
is "$(jq -c 'select(.topic == "task.new") | .seq' .orch/events.jsonl | tr '\n' ' ')" "$(seq -s ' ' 1 32) " \
	'32 events, numbered in order'
is "$(jq .task .orch/events.jsonl | sort -n | tr '\n' ' ')" "$(seq -s ' ' 1 32) " 'one for each'
is "$(find .orch/backup -name "g*" | wc -l)" 20 'the newest backups are kept'
valid 'and nothing lies about'

ok '16 times orch-set on one task' together 16 orch-set 1 'labels+=l{}'
is "$(orch-list 1 --json | jq '.labels | length')" 16 'no label is lost'
ok 'on sixteen tasks' together 16 orch-set '{}' 'priority=high'
is "$(orch-list priority=high | wc -l)" 16 'none is lost either'
ok 'all with one key' together 8 orch-add --dedupe --key same 'The same'
is "$(cat "$T"/[1-8].out | sort -u | wc -l)" 1 'are one task'
is "$(orch-list key=same | wc -l)" 1 'in the file too'

# Readers see a whole file at every instant.
mkfifo "$T/go"
(i=0
while i=$((i + 1)) && [ $i -le 20 ]; do orch-set 2 body="$i $(head -c 20000 /dev/zero | tr '\0' x)" >/dev/null || exit 1; done
) &
writer=$!
bad=0 reads=0
while kill -0 $writer 2>/dev/null; do
	orch-list >/dev/null 2>"$T/err" || bad=$((bad + 1))
	reads=$((reads + 1))
done
wait $writer
is "$?/$bad" 0/0 "$reads readings while it is written: none failed" || note "$(cat "$T/err")"

# A person who saves all the time, in both ways of editors, loses nothing and breaks nothing.
perl -e '
for my $i (1 .. 40) {
	open my $in, "<", "tasks.yml" or die; local $/; my $text = <$in>; close $in;
	$text =~ s/\n?$/\n# person $i\n/;
	open my $out, ">", "tasks.swp" or die; print $out $text; close $out;
	rename "tasks.swp", "tasks.yml" or die;
	select undef, undef, undef, 0.002;
}' &
person=$!
i=0 failed=0
while kill -0 $person 2>/dev/null; do
	i=$((i + 1))
	orch-add "While saving $i" >/dev/null 2>>"$T/saving.err" || failed=$((failed + 1))
done
wait $person
is "$failed" 0 "$i tasks added while a person saves" || note "$(cat "$T/saving.err")"
# The editor itself may overwrite what we wrote after it had read: that is seen and told elsewhere.
grep -q '# person 40' tasks.yml
result $? 'the last saving is there'
valid 'and the file is whole'

# One winner per claim.
cd "$T/w" && project claims
i=0
while i=$((i + 1)) && [ $i -le 8 ]; do
	printf '{"title":"T%d","agent":"sh","command":"echo x >>%s/ran-%d","isolation":"none"}\n' $i "$T" $i
done | orch-add --json - >/dev/null
printf 'slots: 16\nworkers: 16\n' >orch.yml
ok '8 times orch-run next' together 8 orch-run next
is "$(cat "$T"/[1-8].out | sort -n | tr '\n' ' ')" '1 2 3 4 5 6 7 8 ' 'get 8 different tasks'
is "$(cat "$T"/ran-* | wc -l)" 8 'each was run once'
is "$(orch-list @done attempts=1 | wc -l)" 8 'and all are done at the first attempt'
together 4 orch-run next
is "$(cat "$T"/[1-4].out)" '' 'then there is none for anybody'

# More who want than places: nobody runs twice, nothing is lost.
for i in 1 2 3 4 5 6; do orch-add -a sh --command "echo x >>$T/again-$i" --set isolation=none "A$i" >/dev/null; done
printf 'slots: 1\n' >orch.yml
together 6 orch-run --ready -j 4
is "$(cat "$T"/again-* | wc -l)" 6 'six that take all: each task is run once'
is "$(orch-list @done | wc -l)" 14 'and all are done'
is "$(jq -r 'select(.data.event == "claim") | .task' .orch/events.jsonl | sort -n | uniq -d)" '' 'no task was claimed twice'
done_testing
