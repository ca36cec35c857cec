#!/bin/sh
# orch-land: what lands and what is parked, that nobody's work is touched, and a kill
# before every third step (which is another one for the second of two tasks), for LONG=1
# before each.
# shellcheck source=tests/lib/sh.sh
TEST_TIMEOUT=300
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1 XDG_STATE_HOME="$T/state"

# repo NAME: a fresh repository that is a project, with a file
repo() {
	project "$T/$1" >/dev/null 2>&1
	printf 'retry: {base: 1s, jitter: 0}\n' >orch.yml
	printf 'a\nb\nc\n' >file && git add . && git commit -q -m file
}
# work TITLE COMMAND VERIFY: a finished task
work() { orch-add -a sh --command "$2" --verify "$3" "$1" >/dev/null && orch-run -q next >/dev/null; }
# lands ARG..: the ids on one line
lands() { orch-land "$@" 2>"$T/err" | tr '\n' ' '; }
told() { tr '\n' ' ' <"$T/err"; }
log() { git log --format=%s main | tr '\n' ' '; }
tree() { orch-list "$1" -o worktree; }
branch() { orch-list "$1" -o branch; }
last_note() { orch-list "$1" --json | jq -r '.history[-1].note'; }
clean() {
	[ -z "$(git status --porcelain)" ] && git fsck --strict --no-dangling >"$T/fsck" 2>&1 &&
		[ -z "$(git worktree prune -n -v)$(git branch --list orch/land)" ] && [ ! -e .orch/state/land.json ]
	result $? "$1" && return
	note "$(git status --porcelain; cat "$T/fsck"; git worktree list; git branch; ls .orch/state)"
}

ok '-h' orch-land -h
like "$(cat "$T/out")" 'Usage: orch-land *merge finished branches*--onto*' 'usage, purpose, options'
exits 2 'no project' orch-land
repo one
exits 2 'from inside an attempt' env ORCH_ATTEMPT=1/1 orch-land
exits 2 'no such task' orch-land 9
ok 'nothing to land' orch-land
is "$(cat "$T/out" "$T/err")" '' 'says nothing'

# ---- it lands ----

work 'Add one' 'echo 1 >one' 'test -s one'
work 'Add two' 'echo 2 >two' 'test ! -e three && echo $ORCH_ATTEMPT $ORCH_BRANCH && pwd'
snapshot
git rev-parse main HEAD orch/1-add-one orch/2-add-two >"$T/refs"
find .git/objects | sort >"$T/objects"
is "$(lands -n)" '1 2 ' 'a dry run tells what would fit'
unchanged 'and changes nothing'
git rev-parse main HEAD orch/1-add-one orch/2-add-two | cmp -s - "$T/refs" && find .git/objects | sort | cmp -s - "$T/objects"
result $? 'in git neither'
is "$(lands)" '1 2 ' 'both land'
is "$(log)" 'Add two Add one file First commit ' 'one on top of the other'
is "$(cat one two)" '1
2' 'the checkout has followed'
clean 'and is clean'
is "$(git rev-parse main)" "$(git rev-parse orch/2-add-two)" 'the branch has followed'
is "$(git -C "$(tree 2)" status --porcelain)$(cat "$(tree 2)/one")" 1 'with the work tree of the task'
is "$(status 1) $(status 2)" 'done done' 'the tasks are done'
like "$(last_note 1)" "landed on main as $(git rev-parse main~1), was *" 'history tells'
is "$(jq -r 'select(.topic == "task.landed") | .task' .orch/events.jsonl | tr '\n' ' ')" '1 2 ' 'so do events'
like "$(cat .orch/runs/2/land/verify-1.stdout)" '2/1 orch/2-add-two*/land' 'it was verified in a work tree of its own'
is "$(git log -1 --format=%an main)" "$(git log -1 --format=%an orch/1-add-one)" 'who made it stays its author'
is "$(lands -v)$(told)" 'orch-land: task 1 kept: the target has all of it orch-land: task 2 kept: the target has all of it ' 'nothing is left to do'
is "$(orch-gc --older 0s worktrees -v 2>&1 | grep -c 'is gone')" 4 'orch-gc removes what landed'
is "$(git branch --format '%(refname:short)')" main 'all of it'

repo ignored
echo /built >>.git/info/exclude
work 'Build' 'echo 1 >source; echo 2 >built' 'test -e source'
is "$(lands)$(told)" '1 ' 'files that git ignores are in no way'

# ---- it does not ----

repo two
work 'Mine' "sed -i 's/^b/B/' file" 'grep -q B file'
work 'Yours' "sed -i 's/^b/x/' file" 'grep -q x file'
was=$(git rev-parse orch/2-yours)
exits 69 'a conflict' orch-land
is "$(cat "$T/out")" 1 'the first one lands'
is "$(status 2) $(field 2 reason)" 'needs_review does not fit on main: conflict in file' 'the second one is parked with its reason'
is "$(field 2 error_class) $(git rev-parse orch/2-yours)" "land_conflict $was" 'its branch is as it was'
like "$(cat "$T/err")" '*task 2 parked: does not fit on main: conflict in file' 'as is said'
clean 'nothing lies about'
exits 69 'a parked task' orch-land 2
like "$(cat "$T/err")" '*task 2 kept: is needs_review: *' 'is told what it waits for'

# two that pass alone and fail together
repo three
printf 'limit=3\n' >limit && printf 'use=1\n' >use && git add . && git commit -q -m numbers
check='. ./limit && . ./use && echo "$use of $limit" && [ $use -le $limit ]'
work 'Lower the limit' 'echo limit=1 >limit' "$check"
work 'Use more' 'echo use=2 >use' "$check"
is "$(orch-list @done -o id | tr '\n' ' ')" '1 2 ' 'two branches that pass alone'
is "$(lands -n)" '1 2 ' 'and that fit'
is "$(lands)" '1 ' 'and fail together: one lands'
is "$(log)" 'Lower the limit numbers file First commit ' 'and not the other'
like "$(field 2 reason)" "on main '*' ended with 1" 'which is parked with the command'
like "$(field 2 last_error)" '*ended with 1
2 of 1*' 'and its last lines'
is "$(field 2 error_class) $(jq -r 'select(.data.event == "land_failed") | .topic' .orch/events.jsonl)" \
	'verify_failed task.needs_review' 'the event tells'
clean 'nothing lies about'

# ---- the checkout, and who else moves it ----

repo four
work 'Add one' 'echo 1 >one' true
echo mine >>file
exits 75 'a changed file' orch-land
like "$(cat "$T/err")" "*task 1 kept: not committed in '$T/four': file" 'is named'
is "$(status 1) $(log)" 'done file First commit ' 'and nothing is done'
git checkout -q file && echo mine >one
exits 75 'a file in the way' orch-land
is "$(cat one) $(status 1)" 'mine done' 'stays'
clean_branch=$(git rev-parse main)
rm one
git add -f tasks.yml && git commit -q -m tracked && orch-set 1 body=x >/dev/null
is "$(lands)" '1 ' 'a tracked task file is no obstacle'
git checkout -q -b other 2>/dev/null
work 'Add two' 'echo 2 >two' true
is "$(lands --onto main)$(git show main:two) $(git rev-parse --abbrev-ref HEAD)" '2 2 other' 'a branch that nobody has out moves alone'
[ ! -e two ] && [ "$clean_branch" != "$(git rev-parse main)" ]
result $? 'and no checkout with it'
git checkout -q --detach
work 'Add three' 'echo 3 >three' true
exits 78 'HEAD on no branch' orch-land
exits 2 'no such branch' orch-land --onto nowhere
is "$(ORCH_BASE=main lands)" '3 ' 'base says where'
git checkout -q main 2>/dev/null
# The verify command commits to the target while it runs, twice.
rm -f "$T/n"
work 'Add four' 'echo 4 >four' "case \$PWD in */land) n=\$(cat $T/n 2>/dev/null || echo 0); echo \$((n + 1)) >$T/n
	[ \$n -gt 1 ] || git -C $T/four commit -q --allow-empty -m moved;; esac"
is "$(lands)" '4 ' 'a target that moves meanwhile'
is "$(cat "$T/n") $(log | cut -d ' ' -f 1-4)" '3 Add four moved moved' 'is verified with again'
work 'Add five' 'echo 5 >five' "case \$PWD in */land) git -C $T/four commit -q --allow-empty -m moved;; esac"
exits 75 'one that never rests' orch-land
like "$(cat "$T/err")" '*task 5 kept: the target moves all the time' 'is told'
is "$(status 5)" 'done' 'and it is for another time'
printf '#!/bin/sh\necho ran >>%s/hooks\n' "$T" >"$T/hook" && chmod +x "$T/hook"
for hook in pre-rebase post-checkout post-merge post-rewrite post-commit reference-transaction; do
	cp "$T/hook" .git/hooks/$hook
done
work 'Add six' 'echo 6 >six' true
rm -f "$T/hooks"
is "$(lands 6)$([ -e "$T/hooks" ] && cat "$T/hooks")" '6 ' 'no hook of the repository runs'
rm .git/hooks/*

# ---- what may not land ----

repo five
work 'Add one' 'echo 1 >one' true
orch-add 'Not done' >/dev/null
exits 75 'one that is not done' orch-land 2
orch-add -a sh --command 'echo 3 >three' 'Unchecked' >/dev/null && orch-run -q next >/dev/null
exits 69 'one that nothing verifies' orch-land 3
like "$(cat "$T/err")" '*task 3 kept: nothing verifies it*' 'is told'
exits 69 'the checks of the project' env ORCH_LAND_VERIFY='test ! -e three' orch-land 3
is "$(field 3 error_class)" verify_failed 'are run'
orch-add -a sh --command 'echo 4 >four' 'Unchecked too' >/dev/null && orch-run -q next >/dev/null
is "$(lands --unchecked 4)" '4 ' 'unless that is wanted'
flock .orch/runs/1/lock orch-land 1 2>"$T/err"
like "$(told)" '*task 1 kept: an attempt holds it*' 'one that an attempt holds'
flock .git/orch-land.lock orch-land 1 2>"$T/err"
is "$? $(status 1)" '75 done' 'one landing at a time'
echo loose >"$(tree 1)/loose" && echo changed >"$(tree 1)/one"
git commit -q --allow-empty -m further
is "$(lands --json 1 | jq -r '[.task, .result, .branch, .target] | @csv')" '1,"landed","orch/1-add-one","main"' 'JSON'
is "$(git -C "$(tree 1)" status --porcelain | tr '\n' ' ')" ' M one ?? loose ' 'what was not committed in its work tree stays'
echo 2 >"$(tree 1)/file2"
is "$(lands 1)$(last_note 1 | cut -c 1-14)" 'landed on main' 'it lands once'

# a work tree that cannot follow
work 'Change the file' 'echo d >>file' true
echo mine >"$(tree 5)/extra"
echo 1 >extra && git add extra && git commit -q -m further
was=$(git rev-parse orch/5-change-the-file)
is "$(lands 5) $(tail -n 1 file)" '5  d' 'a work tree that cannot follow is no obstacle'
like "$(told)" '*task 5 landed: its branch stays where it was: *' 'but told'
echo more >>file && git commit -q -a -m more
is "$(lands 5)$(cat "$(tree 5)/extra") $(git rev-parse orch/5-change-the-file) $(status 5)" "mine $was done" 'it does not land again'
rm "$(tree 5)/extra"
is "$(lands 5)$(git -C "$(tree 5)" status --porcelain)$(cat "$(tree 5)/extra")" 1 'and follows when it can'
clean 'nothing lies about'

# What was closed by hand, its attempt having failed (on GitHub: sync_pipe.t).
orch-add -a sh --command 'echo 5 >five' --verify false 'Closed' >/dev/null && orch-run -q next >/dev/null 2>&1
id=$(orch-list --json | jq -s 'map(.id) | max')
sed -i "/id: $id\$/,\$s/status: [a-z_]*\$/status: done/" tasks.yml
is "$(status "$id")" 'done' 'one that a person closed'
snapshot
exits 69 'does not land by itself' orch-land
like "$(cat "$T/err")" "*task $id kept: it was closed, and nobody accepted its work: *" 'which is told'
for how in @done "$id..99" all -n; do
	[ "$(lands "$how" | grep -cw "$id")" = 0 ]
	result $? "nor as $how"
done
is "$(echo "$id" | orch-land - 2>&1 | grep -c 'nobody accepted')" 1 'nor from a pipe'
unchanged 'and is left as it is'
lands "$id" >/dev/null
is "$(field "$id" error_class)" verify_failed 'named, it is tried, and still checked'
{ orch-set -q "$id" verify='test -s five' && orch-retry -q "$id" && orch-run -q "$id"; } >/dev/null 2>&1
is "$(lands)" "$id " 'once its attempt has passed it lands'

# squash NAME CHECK: a task whose branch a person squashed into the target, as a pull request does
squash() {
	id=$(orch-add -a sh --command "echo $1 >$1" --verify "$2" "$1") && orch-run -q next >/dev/null 2>&1
	sed -i "/id: $id\$/,\$s/status: [a-z_]*\$/status: done/" tasks.yml
	git merge -q --squash "orch/$id-$1" >/dev/null && git commit -q -m "Squashed (#$id)" && git commit -q --allow-empty -m more
}
squash taken true
squash closed false
ok 'branches that were squashed' orch-land
is "$(status "$id") $(git rev-parse "orch/$id-closed")" "done $(git rev-parse main)" 'are followed up, be they accepted or not'
orch-gc -q --older 0s worktrees >/dev/null 2>&1
is "$(git branch --list 'orch/*-taken' 'orch/*-closed')" '' 'so that orch-gc removes them'
clean 'nothing lies about'

# ---- killed ----

rm -rf "$T/state" && repo x
work 'Add one' 'echo 1 >one' "test -e one"
work 'Add two' 'echo 2 >two' "test -e two"
git commit -q --allow-empty -m further
cd "$T" && cp -a x tmpl && cp -a state state.tmpl && cd x || exit 1
ORCH_TEST_STEPS="$T/steps" orch-land >/dev/null 2>&1
[ "${LONG-}" ] && by=1 || by=3
steps=$(wc -l <"$T/steps") k=0 wrong=0 early=0 kills=0
while [ $((k + by)) -le "$steps" ]; do
	k=$((k + by)) kills=$((kills + 1)) why=
	cd "$T" && rm -rf x state && cp -a tmpl x && cp -a state.tmpl state && cd x || exit 1
	sh -c '"$@"; exit $?' sh env ORCH_TEST_CRASH_AT=$k orch-land >"$T/out" 2>"$T/err"
	# A keeper that lives on holds the lock of the task, and of the landing.
	for id in 1 2; do perl -e 'open L, "+<", $ARGV[0] or exit 1; flock L, 2' .orch/runs/$id/lock; done
	case "$(log)" in 'further file '*) early=$((early + 1)) ;; esac
	git diff --quiet HEAD || why="$why; the checkout: $(git status --porcelain)"
	orch-land >>"$T/out" 2>"$T/err" || why="$why; again: $(cat "$T/err")"
	[ "$(log)" = 'Add two Add one further file First commit ' ] || why="$why; $(log)"
	[ "$(status 1) $(status 2) $(cat one two | tr '\n' ' ')" = 'done done 1 2 ' ] || why="$why; not done"
	[ "$(jq -r 'select(.topic == "task.landed") | .task' .orch/events.jsonl | tr '\n' ' ')" = '1 2 ' ] || why="$why; events"
	# What a commit left beside the file the next one clears away.
	orch-set 2 priority=high >/dev/null
	left=$(git status --porcelain; git branch --list orch/land; find . "$T/state" -name '*land.json*' -o -name '*.orch-*')
	[ -z "$left" ] || why="$why; left $left"
	for id in 1 2; do
		[ -z "$(git -C "$(tree $id)" status --porcelain)" ] && git merge-base --is-ancestor "$(branch $id)" main ||
			why="$why; the branch of $id: $(cat "$T/err") $(git -C "$(tree $id)" status --porcelain)"
	done
	git fsck --strict --no-dangling >/dev/null 2>&1 || why="$why; git fsck"
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	note "killed before step $k, $(sed -n "${k}p" "$T/steps")$why"
done
is "$wrong" 0 "killed before $kills of $steps steps, both are landed in the end, once"
[ "$steps" -gt 40 ] && [ $early -gt 5 ] && [ $early -lt $kills ]
result $? "$early of them before the first"
done_testing
