#!/bin/sh
# orch-gc: what goes, what stays and why; a kill before each durable step loses nothing.
# shellcheck source=tests/lib/sh.sh
TEST_TIMEOUT=300
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1 XDG_STATE_HOME="$T/state"
archive=.orch/archive/2026-01.yml

# begin: a fresh project folder without git, tasks.yml from standard input
begin() {
	cd "$T/w" && chmod -R u+rwX . && rm -rf ./* ./.orch && cat >tasks.yml
}
# gone ARG..: what orch-gc prints, in one line
gone() { orch-gc "$@" 2>"$T/err" | tr '\n' ' '; }
live() { orch-list -o id "$@" | tr '\n' ' '; }
told() { tr '\n' ' ' <"$T/err"; }

ok '-h' orch-gc -h
like "$(cat "$T/out")" 'Usage: orch-gc *archive finished tasks*--older*' 'usage, purpose, options'
exits 2 'no project' orch-gc
begin <<'END'
tasks: []
END
exits 2 'no such kind' orch-gc branches
exits 2 'no age' orch-gc --older soon
exits 2 'from inside an attempt' env ORCH_ATTEMPT=1/1 orch-gc
ok 'nothing to do' orch-gc
is "$(cat "$T/out" "$T/err")" '' 'says nothing'

# ---- which tasks ----

begin <<'END'
# Mine.
next_id: 20
tasks:
  - id: 1     # the first
    title: old and done
    # inside
    status: done
    updated_at: "2025-12-01T00:00:00Z"
  # between

  - id: 2
    title: 'just done'
    status: done
    updated_at: "2025-12-19T03:04:06Z"
  - id: 3
    title: old enough to the second
    status: cancelled
    updated_at: "2025-12-19T03:04:05Z"
  - {id: 4, title: its history counts, status: done, updated_at: "2026-01-01T00:00:00Z", history: [{at: "2025-12-01T00:00:00Z", status: done}]}
  - id: 5
    title: nobody knows when
    status: done
  - id: 6
    title: a wrong clock
    status: done
    updated_at: "2027-01-01T00:00:00Z"
  - title: without an id
    status: done
    updated_at: "2025-01-01T00:00:00Z"
END
n=7
for status in new routed in_progress blocked in_review needs_review failed skipped; do
	printf '  - {id: %d, title: t, status: %s, updated_at: "2025-01-01T00:00:00Z"}\n' $n $status >>tasks.yml
	n=$((n + 1))
done
snapshot
is "$(gone -n)" '1 3 4 ' 'what would go'
unchanged 'and nothing changed'
is "$(gone)" '1 3 4 ' 'done and cancelled tasks of that age go'
is "$(live 1..14)" '2 5 6 7 8 9 10 11 12 13 14 ' 'the others stay'
is "$(head -n 11 tasks.yml)" '# Mine.
next_id: 21
tasks:
  # between

  - id: 2
    title: '"'just done'"'
    status: done
    updated_at: "2025-12-19T03:04:06Z"
  - id: 5
    title: nobody knows when' 'the rest of the file stays, also the comments between'
is "$(cat $archive)" '# Finished tasks, moved here by orch-gc.
tasks:
  - id: 1     # the first
    title: old and done
    # inside
    status: done
    updated_at: "2025-12-01T00:00:00Z"
  - id: 3
    title: old enough to the second
    status: cancelled
    updated_at: "2025-12-19T03:04:05Z"
  - id: 4
    title: its history counts
    status: done
    updated_at: "2026-01-01T00:00:00Z"
    history:
      - at: "2025-12-01T00:00:00Z"
        status: done' 'the archive has their lines'
is "$(stat -c %a $archive .orch/archive | tr '\n' ' ')" '600 700 ' 'for nobody else'
is "$(jq -r 'select(.topic == "task.archived") | .task' .orch/events.jsonl | tr '\n' ' ')" '1 3 4 ' \
	'the event log tells'
is "$(gone)" '20 ' 'the next time the one that had no id'
is "$(gone)" '' 'then nothing'
is "$(gone --older 1d)" '2 ' 'a younger age'
is "$(gone --older 0s)" '5 ' 'none at all; a wrong clock still keeps one'
printf 'gc: {archive_after: 0s}\n' >orch.yml
orch-set 6 title=x >/dev/null
is "$(gone)" '6 ' 'the age of orch.yml'
is "$(ORCH_GC_ARCHIVE_AFTER=1h orch-gc -n | wc -l)" 0 'and of the environment'

# ---- who keeps whom ----

old='updated_at: "2025-01-01T00:00:00Z"'
begin <<END
tasks:
  - {id: 1, title: t, status: done, $old}
  - {id: 2, title: needs 1, depends_on: [1], status: done, $old}
  - {id: 3, title: needs 2, depends_on: [2]}
  - {id: 4, title: needs an open one, depends_on: [3], status: done, $old}
  - {id: 10, title: parent, children: [11, 12], status: blocked}
  - {id: 11, title: child, parent_id: 10, status: done, $old}
  - {id: 12, title: child, parent_id: 10}
  - {id: 13, title: child that its parent does not know, parent_id: 10, status: done, $old}
  - {id: 20, title: parent, status: done, $old}
  - {id: 21, title: child, parent_id: 20}
  - {id: 30, title: parent, children: [31], status: done, $old}
  - {id: 31, title: child, parent_id: 30, status: done, $old}
  - {id: 40, title: of a plan, plan: p, status: done, $old}
  - {id: 41, title: of a plan, plan: p}
  - {id: 42, title: of a plan, plan: q, status: done, $old}
  - {id: 43, title: of a plan, plan: q, status: done, $old}
  - {id: 50, title: of a job, job: j, status: done, $old}
  - {id: 51, title: of a job, job: j, status: done, $old}
  - {id: 52, title: of a job, job: k, status: failed, $old}
  - {id: 53, title: of a job, job: k, status: done, $old}
  - {id: 54, title: of a job, job: k, status: done, $old}
  - {id: 55, title: of a job, job: k, status: failed, $old}
  - {id: 60, title: &anchor of an anchor, status: done, $old}
  - {id: 61, title: *anchor, status: done, $old}
END
is "$(gone)" '4 30 31 42 43 50 53 61 ' 'what a task that stays refers to stays'
orch-set 3 depends_on-=2 >/dev/null
is "$(gone)" '1 2 60 ' 'and goes when nobody does any more'

# ---- an attempt ----

begin <<END
tasks:
  - {id: 1, title: t, status: done, $old}
  - {id: 2, title: t, status: done, $old}
END
mkdir -p .orch/runs/1 .orch/runs/2 && chmod -R go-rwx .orch && touch .orch/runs/1/lock
is "$(flock .orch/runs/1/lock orch-gc -v 2>"$T/err" | tr '\n' ' ')" '2 ' 'a task whose run lock is held stays'
is "$(ls .orch/runs)" 1 'and so does its run folder'
like "$(told)" '*run .orch/runs/2 is gone *' 'the other one does not'
like "$(told)" '*run .orch/runs/1 stays: an attempt holds it *' 'as is said'

# ---- ids are never given twice ----

begin <<END
tasks:
  - {id: 1, title: t, status: done, $old}
  - {id: 7, title: t, status: done, $old}
END
is "$(gone)" '1 7 ' 'all of them go'
cp tasks.yml "$T/empty.yml"
is "$(orch-add next)" 8 'the next id goes on'
cp "$T/empty.yml" tasks.yml
rm -rf .orch/state .orch/backup .orch/events.jsonl
is "$(orch-add next)" 8 'also where only the file knows'

# a damaged archive: nothing is moved, nothing removed
printf 'tasks:\n  - {id: 1}\n' >$archive
refuses 65 'nobody knows whose work tree this was' orch-gc worktrees
printf 'next_id: 30\ntasks:\n  - {id: 20, title: t, status: done, %s}\n' "$old" >tasks.yml
refuses 65 'nothing is archived' orch-gc archive

# ---- run folders ----

begin <<END
tasks:
  - {id: 1, title: t, status: done, updated_at: "2025-12-20T00:00:00Z"}
  - {id: 2, title: t, status: failed, $old}
  - {id: 3, title: t, status: skipped, $old}
  - {id: 4, title: t, status: done, updated_at: "2025-12-21T00:00:00Z"}
  - {id: 5, title: t, status: routed, $old}
next_id: 8
END
orch-set 5 title=x >/dev/null
for id in 1 2 3 4 5 6 7 8; do
	mkdir -p .orch/runs/$id/1/out && head -c 100000 /dev/zero >.orch/runs/$id/1/stdout
done
mkdir -p .orch/runs/.9.orch-gone/1 && touch .orch/runs/mine && chmod -R go-rwx .orch
touch -d 2025-01-01T00:00:00Z .orch/runs/6
touch -d 2026-01-01T00:00:00Z .orch/runs/7 .orch/runs/8
gone -n -v runs >/dev/null
is "$(ls -A .orch/runs | tr '\n' ' ')" '.9.orch-gone 1 2 3 4 5 6 7 8 mine ' 'a dry run removes none'
is "$(told)" 'orch-gc: run .orch/runs/3 would go orch-gc: run .orch/runs/6 would go ' 'and says what it would'
is "$(orch-gc --json runs | jq -r '[.kind, .what, .task, .bytes > 90000] | @csv' | tr '\n' ' ')" \
	'"run",".orch/runs/3",3,true "run",".orch/runs/6",6,true ' 'by age: ended tasks, and those that nobody has'
is "$(ls -A .orch/runs | tr '\n' ' ')" '1 2 4 5 7 8 mine ' 'what is of a task to come, or no folder of a task, stays'
printf 'gc: {runs_max_bytes: 600K}\n' >orch.yml
is "$(orch-gc --json runs | jq .task)" 1 'by size: the oldest that may go'
printf 'gc: {runs_max_bytes: 0}\n' >orch.yml
orch-gc runs
is "$(ls -A .orch/runs | tr '\n' ' ')" '2 5 8 mine ' 'never one of a task that has not ended, or failed'
mkdir -p .orch/runs/1/x && chmod 0 .orch/runs/1/x
ok 'what an agent made unreadable goes too' orch-gc runs
is "$(ls -A .orch/runs | tr '\n' ' ')" '2 5 8 mine ' 'with all of it'

# ---- work trees and branches ----

rm -rf "$T/w" && mkdir "$T/w" && cd "$T/w" && project . >/dev/null 2>&1 && git branch -q orch/mine
for title in merged ahead dirty kept shared; do
	orch-add -a sh --command "true" --verify true "$title" >/dev/null
done
orch-run -q --ready >/dev/null
tree() { orch-list --all "$1" -o worktree; }
git -C "$(tree 2)" commit -q --allow-empty -m ahead
touch "$(tree 3)/new"
orch-add -a sh --command true other >/dev/null
sed -i 's/^    title: other$/&\n    branch: orch\/5-shared/' tasks.yml
is "$(gone worktrees)" '' 'nothing is old enough'
is "$(git branch --list 'orch/*' | wc -l)" 6 'so all stay'
flock ".orch/runs/4/lock" orch-gc -n --older 0s worktrees 2>"$T/err"
like "$(told)" "*worktree $(tree 1) would go*branch orch/1-merged would go*" 'what would go'
like "$(told)" '*branch orch/2-ahead stays: it is not merged*' 'what would not: not merged'
like "$(told)" '*3-dirty stays: not committed in *: new*' 'not committed'
like "$(told)" '*branch orch/4-kept stays: an attempt holds it*' 'held'
like "$(told)" '*branch orch/5-shared stays: task 6 works on it*' 'used by another'
is "$(git branch --list 'orch/*' | wc -l)" 6 'a dry run removes none'
flock ".orch/runs/4/lock" orch-gc -v --older 0s worktrees 2>"$T/err2"
sed 's/would go/is gone/' "$T/err" >"$T/want"
same_as "$T/want" "$T/err2" 'and without it that is done'
is "$(git branch --list --format '%(refname:short)' 'orch/*' | tr '\n' ' ')" \
	'orch/2-ahead orch/3-dirty orch/4-kept orch/5-shared orch/mine ' 'the branches'
is "$(for id in 1 2 3 4 5; do [ -d "$(tree $id)" ] && printf '%s ' $id; done)" '2 3 4 5 ' 'the work trees'
is "$(gone --older 0s archive)" '1 2 3 4 5 ' 'archived'
git merge -q --no-edit orch/2-ahead
is "$(gone --older 0s -v worktrees)" '' 'when it is merged'
is "$(git branch --list --format '%(refname:short)' 'orch/*' | tr '\n' ' ')" \
	'orch/3-dirty orch/5-shared orch/mine ' 'what an archived task left goes too'
is "$(git worktree prune -n -v; git fsck --no-dangling 2>&1)" '' 'git finds nothing wrong'

# ---- logs ----

begin <<'END'
tasks: []
END
rm -rf .git && orch-add x >/dev/null
log() { ls .orch/log | tr '\n' ' '; }
touch -d 2025-01-01T00:00:00Z .orch/log/orch-000000001.log .orch/log/orch.log.old
touch -d 2026-01-01T00:00:00Z .orch/log/orch-000000002.log
ok 'old logs' orch-gc logs
is "$(log)" 'orch-000000002.log orch.log orch.log.old ' 'go'

printf 'log: {max_bytes: 64K, files: 2, level: error}\n' >orch.yml
lines=$(wc -l <.orch/log/orch.log)
orch-agent pause sh >/dev/null
is "$(wc -l <.orch/log/orch.log)" "$lines" 'log.level: less is not told'
sed -i s/error/debug/ orch.yml
for n in 1 2 3; do
	head -c 65536 /dev/zero | tr '\0' '\n' >.orch/log/orch.log
	orch-agent resume sh >/dev/null
	orch-agent pause sh >/dev/null
done
is "$(log)" 'lock orch-000000005.log orch.log orch.log.old ' 'a full log is rotated, as many are kept as was said'
is "$(wc -c <.orch/log/orch-000000005.log) $(cut -d ' ' -f 2,6- .orch/log/orch.log)" \
	"65536 $(printf 'info sh: resumed by hand\ninfo sh: paused by hand')" 'with all that it had'
is "$(stat -c %a .orch/log .orch/log/orch* .orch/log/lock | sort -u | tr '\n' ' ')" '600 644 700 ' 'all but what is not ours is private'
rm orch.yml
mkdir .orch/corrupt .orch/conflicts && chmod 700 .orch/c*
touch -d 2025-01-01T00:00:00Z .orch/corrupt/a .orch/conflicts/b .orch/events.jsonl.1 .orch/events.jsonl
touch -d 2026-01-01T00:00:00Z .orch/corrupt/young
is "$(orch-gc --json logs | jq -r '.what + " " + .kept' | tr '\n' '|')" \
	'.orch/events.jsonl.1 it is evidence (--evidence)|.orch/corrupt/a it is evidence (--evidence)|.orch/conflicts/b it is evidence (--evidence)|' \
	'evidence is named'
ok 'and kept' test -e .orch/corrupt/a -a -e .orch/conflicts/b -a -e .orch/events.jsonl.1
ok 'unless' orch-gc --evidence logs
is "$(ls .orch/corrupt .orch/conflicts .orch/events.jsonl* | tr '\n' ' ')" \
	'.orch/events.jsonl  .orch/conflicts:  .orch/corrupt: young ' 'it goes when asked for, if it is old'

# ---- backups ----

chmod 700 .orch && for gen in $(seq 100 140); do
	cp tasks.yml ".orch/backup/g000000$gen.yml"
	touch -d 2025-06-01T00:00:00Z ".orch/backup/g000000$gen.yml"
done
orch-gc --json logs >"$T/out"
is "$(jq -r 'select(.kind == "backup") | .what' "$T/out" | sort | sed -n '1p;$p' | tr '\n' ' ')$(ls .orch/backup | wc -l)" \
	'.orch/backup/g000000100.yml .orch/backup/g000000120.yml 21' 'the newest twenty backups stay, and one of another day'

# ---- killed ----

# 1,000 tasks with comments between, every other one finished long ago; four run folders.
begin <<END
# by hand
tasks:
END
awk -v old="$old" 'BEGIN {
	for (i = 1; i <= 1000; i++) {
		printf "  - id: %d   # number %d\n    title: task %d\n    # inside %d\n", i, i, i, i
		if (i % 2) printf "    status: done\n    %s\n", old
		printf "  # between %d\n\n", i
	}
}' >>tasks.yml
mkdir -p .orch/runs/1/1 .orch/runs/2/1 .orch/runs/3/1 && chmod -R go-rwx .orch
cp -a "$T/w" "$T/template"
rm -f "$T/steps"
ORCH_TEST_STEPS="$T/steps" orch-gc >"$T/ids"
is "$(wc -l <"$T/ids") $(orch-list -o id | wc -l) $(grep -c '  - id:' $archive) $(grep -c '# inside' $archive)" \
	'500 500 500 500' 'a thousand tasks: the finished half goes, with its comments'
is "$(grep -c '# between' tasks.yml) $(grep -c '# inside' tasks.yml)" '1000 500' \
	'what stood between stays, and nothing else'
cksum <$archive >"$T/want"
steps=$(wc -l <"$T/steps")
[ "$steps" -gt 12 ]
result $? "in $steps steps"
seq 1000 >"$T/all"
ids() { sed -n 's/^  - id: \([0-9]*\).*/\1/p' "$@" 2>/dev/null | sort -n; }
k=0 both=0 early=0
while [ $k -lt "$steps" ]; do
	k=$((k + 1)) why=
	step=$(sed -n "${k}p" "$T/steps")
	cd "$T" && rm -rf "$T/w" && cp -a "$T/template" "$T/w" && cd "$T/w" || exit 1
	# In a shell of its own, which alone reports the signal.
	sh -c '"$@"; exit $?' sh env ORCH_TEST_CRASH_AT=$k orch-gc >"$T/out" 2>"$T/err"
	[ $? -eq 137 ] || why="$why; not killed"
	ids tasks.yml $archive | uniq | cmp -s - "$T/all" || why="$why; a task is nowhere"
	[ "$(ids tasks.yml | wc -l)" -eq 500 ] || early=$((early + 1))
	[ "$(ids tasks.yml $archive | wc -l)" -eq 1000 ] || both=$((both + 1))
	orch-list --all -o id >"$T/out" 2>"$T/err" && sort -n "$T/out" | cmp -s - "$T/all" ||
		why="$why; not all are listed once: $(cat "$T/err")"
	orch-gc >/dev/null 2>"$T/err" || why="$why; again: $(cat "$T/err")"
	ids tasks.yml $archive | cmp -s - "$T/all" || why="$why; not once in one place"
	cksum <$archive | cmp -s - "$T/want" || why="$why; another archive"
	[ "$(ls -A .orch/runs)" = 2 ] || why="$why; run folders: $(ls -A .orch/runs)"
	# What a commit left beside the file the next one clears away.
	orch-set 2 priority=high >/dev/null 2>"$T/err" || why="$why; next: $(cat "$T/err")"
	[ -z "$(find . -name '*.orch-*')" ] || why="$why; left $(find . -name '*.orch-*')"
	[ "$(jq -r 'select(.topic == "task.archived") | .task' .orch/events.jsonl | wc -l)" -eq 500 ] ||
		why="$why; events"
	[ -z "$why" ]
	result $? "killed before step $k, $step" || note "$why"
done
[ $both -gt 2 ] && [ $early -gt $both ] && [ $early -lt "$steps" ]
result $? "$early of $steps before the commit, $both with tasks in both files"
done_testing
