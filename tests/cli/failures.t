#!/bin/sh
# Failures that other orchestrators had, by their names in tests/FAILURES: those of the
# store, its backups, races, errors, bounds, graphs and settings that no other test shows.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# crashes STEP CMD ARG..: killed before that durable step
crashes() {
	crash_step=$1
	shift
	rm -f "$T/steps"
	cp -a . "$T/copy" && (cd "$T/copy" && ORCH_TEST_STEPS="$T/steps" "$@" >/dev/null 2>&1)
	rm -rf "$T/copy"
	crash_n=$(grep -nx "$crash_step" "$T/steps" | head -n 1 | cut -d : -f 1)
	sh -c '"$@"; exit $?' sh env ORCH_TEST_CRASH_AT="${crash_n:-none}" "$@" >"$T/out" 2>"$T/err"
	[ $? -eq 137 ]
}

# What is written, and what is kept of it.
project store && orch-add 'One' >/dev/null && orch-set 1 priority=high >/dev/null
cp tasks.yml "$T/before"
crashes exchange orch-add 'Two' && cmp -s tasks.yml "$T/before" && orch-list >"$T/out"
result $? 'A10: a change that is killed before the exchange leaves the old file'
orch-set 1 priority=high >/dev/null	# what the kill left is settled
crashes dir-fsync orch-add 'Three' && [ "$(orch-list -o title | tail -n 1)" = Three ]
result $? 'B8: a change that is killed after it leaves the new one, whole'
orch-set 1 body=x >/dev/null
is "$(jq -s 'map(.seq) == [range(1; length + 1)]' .orch/events.jsonl)/$(jq -r 'select(.data.event == "add") | .task' .orch/events.jsonl | tr '\n' ' ')" \
	"true/$(orch-list -o id | tr '\n' ' ')" 'A18: after both the events tell of the tasks that are there, and of no other'
last=$(find .orch/backup -name 'g*.yml' | sort | tail -n 1)
cp tasks.yml "$T/before"
orch-set 1 body=y >/dev/null
next=$(find .orch/backup -name 'g*.yml' | sort | tail -n 1)
[ "$last" != "$next" ] && cmp -s "$next" "$T/before"
result $? 'B9: every change keeps what it replaced as a backup'
printf 'tasks:\n- id: 1\n title: x\n' >"$T/typo" && cp tasks.yml "$T/good" && cp "$T/typo" tasks.yml
orch-set 1 body=z >"$T/out" 2>"$T/err"
[ $? -eq 65 ] && cmp -s tasks.yml "$T/typo" && grep -q 'tasks.yml:3:2: ' "$T/err"
result $? 'B11: a file that a person broke is refused with line and column, and left alone'
! orch-fsck >"$T/out" 2>&1 && grep -q 'tasks.yml:3:2' "$T/out"
result $? 'B19: orch-fsck finds a task file that is not valid'
cp "$T/good" tasks.yml

# Ids, keys, counters.
cd "$T/w" && project ids
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	orch-add "Parallel $i" >"$T/id$i" &
done
wait
is "$(cat "$T"/id? | sort -n | tr '\n' ' ')" '1 2 3 4 5 6 7 8 ' 'B4: eight that add at once get eight ids'
sed -i '/^  - id: 8$/,$d' tasks.yml
is "$(orch-add 'After the last one was removed')" 9 'B4: an id that was removed by hand is not given again'
orch-add --dedupe --key nightly 'Once' >"$T/a" && orch-add --dedupe --key nightly 'Once' >"$T/b"
cmp -s "$T/a" "$T/b" && [ "$(grep -c 'key: nightly' tasks.yml)" = 1 ]
result $? 'A8: what is there is found by its key in the one file there is'
refuses 2 'A37: a second task with the key is refused' orch-add --key nightly 'Twice'

# Locks.
cd "$T/w" && project locks && orch-add 'One' >/dev/null
printf '{"pid":1,"start":1,"boot":"x","cmd":"init"}\n' >.orch/lock
ok 'B18: a pid in the lock decides nothing' orch-add 'Two'
printf 'nothing\n' >"$T/w/locks/.orch/lock"
ok 'B18: nor does its absence' orch-add 'Three'
cat >"$T/reads" <<'END2'
i=0
while [ $i -lt 50 ]; do
	i=$((i + 1))
	n=$(orch-list -o id | wc -l) && [ "$n" -ge 3 ] || exit 1
done
END2
(i=0; while [ $i -lt 30 ]; do i=$((i + 1)); orch-set 1 "body=$i" >/dev/null || exit 1; done) &
writer=$!
ok 'C2: whoever reads while others write has a whole picture' sh "$T/reads"
wait $writer
result $? 'C2: and whoever writes is not held up by readers'

# Results and messages.
cd "$T/w" && project runs && printf 'accept: unchecked\nproduces: text\n' >orch.yml && orch-add 'One' >/dev/null
exits 71 'A9: no success is told before it is on the disk' sh -c 'ulimit -f 0; exec orch-add Lost 2>/dev/null'
is "$(orch-list -o title)/$(cat "$T/out")" One/ 'A9: nor is there half of it'
orch-run 1 -- sh -c 'echo half a result; echo why >&2; exit 3' >"$T/out" 2>"$T/err"
[ $? -eq 75 ] && grep -q 'half a result' .orch/runs/1/1/stdout && grep -q why .orch/runs/1/1/stderr
result $? 'D5: what an attempt printed before it failed is kept'
like "$(field 1 last_error)" '*3*' 'A27: a failed attempt says how it failed'
orch-add -f /dev/full/tasks.yml T >"$T/out" 2>"$T/err"
like "$?/$(cat "$T/err")" '[1-9]*/orch-add: *' 'A28: a failure is a status and a line that names the command'
rm -rf .orch/lock && mkdir .orch/lock
orch-add T >"$T/out" 2>"$T/err"
like "$(cat "$T/err")" "orch-add: *'*lock'*" 'D6: a message names the file and what is wrong with it'
rmdir .orch/lock
orch-set 1 priority=low >/dev/null
awk '!/^[0-9-]+T[0-9:.]+Z (error|warn|info|debug) / { print "no line of a log: " $0 }' .orch/log/orch.log >"$T/bad"
[ -s .orch/log/orch.log ] && [ ! -s "$T/bad" ]
result $? 'A32: every line of the log has one form' || note "$(head -n 3 .orch/log/orch.log)"

# Bounds.
cd "$T/w" && project bounds && printf 'accept: unchecked\nproduces: text\nmax_attempts: 60\nsame_error_limit: 60\ncontext: {attempts: 2K}\n' >orch.yml
printf 'tasks:\n- id: 1\n  title: One\n  agent: cmd\n  status: routed\n  history:\n' >tasks.yml
i=0
while [ $i -lt 50 ]; do
	i=$((i + 1))
	printf '  - {at: "2026-01-02T03:04:05Z", status: routed, note: "attempt %s: crashed: %0200d"}\n' $i $i
done >>tasks.yml
few=$(orch-context 1 | wc -c)
[ "$few" -gt 500 ] && [ "$few" -le 98304 ]
result $? 'B12: fifty failed attempts fit into the bytes of a prompt'
head -c 300000 /dev/zero | tr '\0' 'r' >README && git add README && git commit -qm 'A large README'
big=$(orch-context 1 | wc -c)
[ "$big" -le 98304 ]
result $? 'B13: a large README is cut to its budget'
orch-run 1 -- sh -c 'echo "{\"status\":\"done\",\"summary\":\"x\"}"; echo "$TMPDIR" >"$ORCH_OUT/tmp"' >/dev/null 2>&1
run=.orch/runs/1/1
like "$(cat $run/out/tmp)" "$T/w/bounds/.orch/runs/1/*" 'D1: temporary files of an attempt lie in its own folder'
is "$(find .orch -perm /077 | wc -l)/$(cat .orch/.gitignore)" '0/*' 'D25: nothing of it can be read by others'
is "$(git status --porcelain .orch)" '' 'B15: and git does not see it'
is "$(orch-list 1 --json | jq '.history | length')" 20 'C5: the history of a task is bounded'

# Graphs.
cd "$T/w" && project graphs
printf 'tasks:\n- {id: 1, title: a, depends_on: [3], status: routed, agent: sh, command: "true"}\n- {id: 2, title: b, depends_on: [1]}\n- {id: 3, title: c, depends_on: [2]}\n- {id: 4, title: d}\n' >tasks.yml
orch-fsck >"$T/out" 2>&1
like "$(cat "$T/out")" '*1 -> 3 -> 2 -> 1*' 'D2: a cycle is found where it is read, with its path'
orch-run --ready >"$T/out" 2>"$T/err"
is "$(status 1)/$(status 2)" routed/new 'D2: and nothing in it is run'
refuses 2 'D2: one is refused where it is written' orch-set 4 depends_on=4
cd "$T/w" && project chain
printf 'tasks:\n- {id: 1, title: a, status: failed}\n- {id: 2, title: b, depends_on: [1], status: routed, agent: sh, command: "true"}\n- {id: 3, title: c, depends_on: [2], status: routed, agent: sh, command: "true"}\n- {id: 4, title: d, depends_on: [3], status: routed, agent: sh, command: "true"}\n' >tasks.yml
orch-run --ready >"$T/out" 2>"$T/err"
is "$(orch-list @in_progress,done -o id)" '' 'D13: what waits for a failed task does not run, at any depth'
like "$(orch-list --explain 4)" '*3*' 'D13: and it is told what it waits for'
orch-add --key other 'Of another' --body 'secret of another' >/dev/null
is "$(orch-context 4 | grep -c 'secret of another')" 0 'C7: a prompt has nothing of tasks that it does not name'

# Settings.
cd "$T/w" && project schema
printf 'tasks:\n- {id: 1}\n' >tasks.yml
refuses 65 'D19: a task without a title' orch-list
like "$(cat "$T/err")" 'orch-list: tasks.yml:2:3: *title: missing*' 'D19: is named with line and column'
printf 'tasks:\n- {id: 1, title: a, key: "Ω any/text 7"}\n' >tasks.yml
is "$(orch-list key='Ω any/text 7' -o id)" 1 'D16: a key may be any text'
printf 'version: 2\ntasks: []\n' >tasks.yml
refuses 65 'D20: a version of the future is refused' orch-list
printf 'timeout: soon\n' >orch.yml && printf 'tasks: []\n' >tasks.yml
refuses 78 'A31: a timeout that is none' orch-list
printf 'timeout: 8d\n' >orch.yml
refuses 78 'D24: a limit beyond its bounds' orch-list
printf 'timeout: 3h\n' >orch.yml
ok 'A31: a timeout is a setting' orch-list -q
printf '#!/bin/sh\necho planted\n' >"$T/home/orch-list" && chmod +x "$T/home/orch-list"
is "$(PATH="$T/home:$PATH" orch list -q 2>&1)" '' 'D17: orch runs the program beside itself, not one that lies elsewhere'
is "$(orch-add --body "$(printf 'a\r\n\r\n\r\nb')" T >/dev/null && orch-context 1 | tr -d '\r' >"$T/one"; orch-context 1 >"$T/two"; orch-context 1 | cmp - "$T/two" && echo same)" same \
	'D11: the same task gives the same prompt, to the byte'
done_testing
