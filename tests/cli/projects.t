#!/bin/sh
# Tasks of one list that work in several repositories: whose instructions, checks, branches
# and locks they get, what a list of the other repository keeps to itself, and what another
# project's tracker never learns.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1 XDG_STATE_HOME="$T/state"

# repo NAME: a repository with a file in it, and no list
repo() {
	mkdir "$T/$1" && git -C "$T/$1" init -q && echo "$1" >"$T/$1/name" &&
		git -C "$T/$1" add . && git -C "$T/$1" commit -q -m "First of $1"
}
of() { orch-list "$1" -o "$2"; }
told() { tr '\n' ' ' <"$T/err"; }
log() { git -C "$T/$1" log --format=%s main | tr '\n' ' '; }

repo web && repo api
echo 'Use tabs in the web.' >"$T/web/AGENTS.md"
echo 'verify: ["test -e name && grep -q . name"]
land: {verify: ["grep -qx web name"]}
worktree: {copy: [.env], hooks: {after_create: "echo made >>../made"}}' >"$T/web/orch.yml"
git -C "$T/web" add . && git -C "$T/web" commit -q -m Instructions
echo secret >"$T/web/.env"
project "$T/shop" >/dev/null 2>&1
printf 'retry: {base: 1s, jitter: 0}\nverify: ["test -e shop"]\nland: {verify: ["test -e shop"]}
projects: {web: ../web, api: %s/api, here: ., gone: ../gone}\n' "$T" >orch.yml
printf 'tasks.yml\n.orch/\norch.d/\n' >.gitignore
echo shop >shop && echo 'Use blanks in the shop.' >AGENTS.md && git add . && git commit -q -m Shop

# ---- names ----

exits 2 'a name that orch.yml has not' orch-add --project wab 'Title'
like "$(told)" "*project: orch.yml has no 'wab' in projects, did you mean 'web'*" 'is refused, with the nearest'
exits 2 'with no near one too' orch-add --project zzzzzz 'Title'
exits 2 'nor in NDJSON' sh -c "echo '{\"title\":\"x\",\"project\":\"nope\"}' | orch-add --json -"
ok 'one that it has' orch-add -a sh --command 'echo 1 >>name; echo "$ORCH_DIR"; cat AGENTS.md' --project web 'Number the web'
exits 2 'nor by orch-set' orch-set 1 project=nope
like "$(told)" '*did you mean*' 'which says the same' || note "$(told)"
ok 'and one that goes back' orch-set 1 project=api project=web

exits 2 'nor for a job' orch-cron add nightly '0 3 * * *' Night project=nope
printf 'jobs:\n  - {id: a, schedule: "* * * * *", task: {title: A, project: nope}}\n' >jobs.yml
orch-cron tick --now 2026-01-02T03:10:00Z >"$T/out" 2>&1
exits 65 'a job that has one' orch-cron tick --now 2026-01-02T03:11:00Z
like "$(told)" "*a: project: orch.yml has no 'nope'*" 'makes no task'
rm -f jobs.yml .orch/state/cron.*

# ---- the place ----

like "$(orch-context 1)" '*Use tabs in the web*' 'it is told the instructions of that repository'
case $(orch-context 1) in *'Use blanks'*) false ;; esac
result $? 'and none of the list'
like "$(orch-context 1)" '*checks that will be run afterwards:*test -e name*' 'and its checks'
ok 'it runs' orch-run 1
is "$(of 1 status)" 'done' 'and is done'
like "$(of 1 branch)" 'orch/shop-????????/1-number-the-web' 'on a branch that bears the name of the list'
is "$(git -C "$T/web" rev-parse --abbrev-ref "$(of 1 branch)")$(git branch --list 'orch/*')" "$(of 1 branch)" 'in that repository'
like "$(of 1 worktree)" "$T/state/orch/worktrees/web-????????/shop-????????/1-number-the-web" 'the work tree stands with those of it'
is "$(cat "$(of 1 worktree)/name" "$(of 1 worktree)/.env")" 'web
1
secret' 'with what it copies'
is "$(cat "$(dirname "$(of 1 worktree)")/made")" made 'its hook has run there'
is "$(jq -r '.checks[]' .orch/runs/1/1/outcome.json)" 'test -e name && grep -q . name' 'its check has verified it'
is "$(head -n 1 .orch/runs/1/1/stdout)" "$T/shop" 'the list is the one that it belongs to'

# ---- across ----

ok 'a chain over three places' sh -c 'orch-add -a sh --command "echo 2 >>name" --project api Two &&
	orch-add -a sh -d 2 --command "echo 3 >>shop" Three &&
	orch-add -a sh -d 3 --command "echo 4 >four" --project web Four'
ok 'is run' orch-run --ready -j 4
is "$(orch-list 2 3 4 -o status | tr '\n' ' ')" 'done done done ' 'to its end'
is "$(git -C "$T/api" show "$(of 2 branch):name")" 'api
2' 'one in this'
is "$(git show "$(of 3 branch):shop")" 'shop
3' 'one in that'
like "$(orch-context 3)" '*project: api*' 'who follows is told where the others worked'

# ---- a list of the other repository ----

(cd "$T/web" && orch-init -q >"$T/agents" && orch-add -a sh --command 'echo own >>name' 'Number the web' && orch-run 1) >"$T/out" 2>&1
result $? 'the repository has a list of its own, whose first task has the same title'
is "$(orch-list -C "$T/web" 1 -o branch)" orch/1-number-the-web 'another branch'
is "$(orch-list -C "$T/web" 1 -o status)" 'done' 'and another work tree'
is "$(orch-fsck 2>&1; orch-fsck -C "$T/web" 2>&1)" '' 'neither takes the other for its own'

# ---- a project that is none ----

orch-add -a sh --command true --project gone 'Nowhere' >"$T/id"
exits 69 'one whose folder is not there is not started' orch-run 5
like "$(told)" '*project gone:*' 'which is said'
is "$(of 5 status),$(of 5 attempts)" 'routed,' 'and costs nothing'
exits 1 'orch-fsck' orch-fsck
like "$(cat "$T/out" "$T/err")" '*task 5*project gone: *' 'names it'
orch-cancel -q 5 >"$T/out"
sed -i '/project: here/d;s/^    title: Nowhere/&/' tasks.yml
orch-add -a sh --command 'echo here >here' --project here --verify true 'Here' >"$T/id"
ok 'the folder of the list under a name' orch-run 6
is "$(of 6 branch)" orch/6-here 'is the own one'
mkdir "$T/bare" && sed -i 's|gone: ../gone|gone: ../bare|' orch.yml
orch-add -a sh --command true --project gone 'No repository' >"$T/id"
orch-add -a sh --command 'echo 5 >five' 'Next' >"$T/id"
exits 69 'one that is no repository' orch-run --ready
like "$(told)" '*project gone: no work tree can be made*' 'is passed over'
is "$(of 7 status),$(of 7 attempts),$(of 8 status)" 'routed,,done' 'and stops no other'
orch-cancel -q 7 >"$T/out"

# ---- landing ----

git commit -q -am Projects
sed -i "s|api: |again: ../web, &|" orch.yml && git commit -q -am Again
id=$(orch-add -a sh --command 'echo 5 >five' --project again Five) && orch-run -q "$id" >"$T/out"
ok 'all land' orch-land --unchecked
is "$(sort -n "$T/out" | tr '\n' ' ')" '1 2 3 4 6 8 9 ' 'each where it belongs' || note "$(told)"
is "$(log web)" 'Five Four Number the web Instructions First of web ' 'in this'
is "$(log api)" 'Two First of api ' 'in that'
is "$(log shop)" 'Next Here Three Again Projects Shop First commit ' 'and here'
ls "$T/web/.git/orch-land.lock" "$T/api/.git/orch-land.lock" .git/orch-land.lock >"$T/out" 2>&1
result $? 'the lock lies in the repository'
orch-add -a sh --command 'echo 6 >>name' --project api --verify true Six >"$T/id"
orch-add -a sh --command 'echo 7 >seven' Seven >"$T/id"
orch-run -q --ready -j 2 >"$T/out"
exits 75 'while another list lands there' flock "$T/api/.git/orch-land.lock" orch-land
is "$(log api)$(log shop)" 'Two First of api Next Here Three Again Projects Shop First commit ' 'nothing lands' || note "$(told)"
exits 75 'a landing of the same list too' flock .orch/state/land.lock orch-land 11
# locked: the inodes of the folders whose lock was opened, in that order
locked() { sed -n 's|.*openat([0-9]*<\(.*\)>, "orch-land.lock".*|\1|p' "$T/trace" | xargs stat -c %i | uniq; }
strace -f -qq -y -e trace=openat -o "$T/trace" orch-land >"$T/out" 2>"$T/err"
result $? 'they land' || note "$(told)"
is "$(locked)" "$(stat -c %i "$T/web/.git" "$T/api/.git" .git | sort -n)" 'with the locks of all three, the lowest inode first'
for i in 11 12; do
	orch-add -a sh --command "echo $i >n$i" --project web --verify true "Web $i" >"$T/id"
	orch-add -a sh --command "echo $i >n$i" "Shop $i" >"$T/id"
done
orch-run -q --ready -j 2 >"$T/out"
strace -f -qq -y -e trace=openat -o "$T/trace" orch-land 15 14 13 12 >"$T/out" 2>"$T/err"
result $? 'four of two places' || note "$(told)"
is "$(locked)" "$(stat -c %i "$T/web/.git" .git | sort -n)" 'in one order, however they are listed'

# ---- what is over is cleared away where it is ----

orch-cancel -q 9 >"$T/out" 2>&1
exits 0 'orch-gc' orch-gc --older 0s
[ -z "$(git -C "$T/web" branch --list 'orch/shop-*')$(git -C "$T/api" branch --list 'orch/shop-*')" ]
result $? 'removes merged branches in each repository' || note "$(git -C "$T/web" branch; told)"
is "$(git -C "$T/web" branch --list 'orch/*' | tr -d ' +*')" orch/1-number-the-web 'and those of no other list'
is "$(git -C "$T/web" worktree list | wc -l),$(git -C "$T/api" worktree list | wc -l)" '2,1' 'and work trees'

# ---- what it can write ----

# tries ID: whether that attempt was sealed, and what it could write
tries() { printf '%s ' "$(jq .sealed ".orch/runs/$1/1/result.json")" && tr '\n' ' ' <".orch/runs/$1/1/stdout"; }
for isolation in worktree none; do
	id=$(orch-add -a sh --project web --verify true --set isolation=$isolation --command "
		for f in '$T/shop/name' '$T/shop/tasks.yml' '$T/shop/.orch/x' '$T/web/new' '$T/web/orch.yml' '$T/web/.git/hooks/x'; do
			(: >>\"\$f\") 2>/dev/null && echo \"\${f#$T/}\"
		done; echo x >in-$isolation" Try)
	ok "without a way out, isolation $isolation" orch-run -q "$id"
	case $(tries "$id") in
	'true ' | 'false '*) [ $isolation = worktree ] ;;
	'true web/new ') [ $isolation = none ] ;;
	*) false ;;
	esac
	result $? 'neither the list nor the other folder is written' || note "$(tries "$id")"
done
[ -e "$T/web/in-none" ] && rm -f "$T/web/in-none" "$T/web/new"
result $? 'without a work tree it is done in that folder'
# Where the kernel has no Landlock the claim says so, and nothing runs.
echo 'sandbox: landlock' >"$T/web/orch.yml"
id=$(orch-add -a sh --project web --command true --verify true Held)
orch-run "$id" >"$T/out" 2>&1
case $(cat "$T/out" ".orch/runs/$id/1/attempt.json" 2>&1) in
*'sandbox: landlock: '* | *'"sandbox":"landlock"'*) ;;
*) false ;;
esac
result $? 'a stronger sandbox of that project counts' || note "$(cat "$T/out")"
is "$(orch-add -a sh --command true --verify true Free >"$T/id" && orch-run -q next | wc -l)" 1 'and for no other'

# What stands in the other repository opens nothing of the list.
ln -s "$T/shop" "$T/web/out" && ln -s .. "$T/web/up"
for key in 'worktree: {link: [out]}' 'worktree: {link: [up]}' 'sandbox_paths: [../shop/orch.yml]' 'sandbox_paths: [out/.git]' \
	'sandbox_paths: [../shop/.orch]' 'sandbox_paths: [.orch]'; do
	echo "$key" >"$T/web/orch.yml"
	id=$(orch-add -a sh --project web --verify true --command "echo 'evil: 1' >>'$T/shop/orch.yml'" Open)
	orch-run "$id" >"$T/out" 2>"$T/err"
	is "$?,$(of "$id" status),$(grep -c evil orch.yml)" 69,needs_review,0 "$key: is refused, and the task says so"
	like "$(of "$id" last_error)" '*holds what no attempt may write*' 'with the reason'
	orch-cancel -q "$id" >"$T/out"
done
rm "$T/web/out" "$T/web/up" && git -C "$T/web" checkout -q orch.yml

# ---- a task stays where it has worked ----

id=$(orch-add -a sh --project web --verify true --command 'echo 2 >second; exit "$(cat '"$T"'/rc)"' 'First title')
is "$(orch-list -o project "$(orch-add --parent "$id" Below)")" web 'a child is in the project of its parent'
orch-cancel -q title=Below >"$T/out"
echo 1 >"$T/rc"
orch-run -q "$id" >"$T/out"
exits 2 'who has a branch there' orch-set "$id" project=api
exits 2 'does not come back' orch-set "$id" project=
orch-set -q "$id" title='Second title' >"$T/out"
echo 0 >"$T/rc"
ok 'another title' orch-run "$id"
second=$id
like "$(of "$id" branch) $(of "$id" worktree)" '*first-title*first-title' 'moves neither branch nor work tree'
git -C "$T/web" worktree add -q "$T/linked" -b linked && sed -i "s|api: |linked: $T/linked, none: '', &|" orch.yml
for name in linked none; do
	id=$(orch-add -a sh --project $name --command true "On $name")
	exits 69 "$name" orch-run "$id"
	like "$(told)" "*project $name: *" 'is no project'
	is "$(orch-list --ready -o id "$id")" '' 'so its task is not ready'
	orch-cancel -q "$id" >"$T/out"
done
git -C "$T/web" worktree remove "$T/linked"

# ---- the project goes while something works there ----

# orphan TITLE: an attempt whose orch-run was killed, that ended while orch.yml had no such project
orphan() {
	id=$(orch-add -a sh --project api --verify true --command "echo >'$T/begun'; cat '$T/go' >late-$1" "$1")
	orch-run -q "$id" >"$T/out" 2>&1 &
	run=$!
	cat "$T/begun" >"$T/got"
	# shellcheck disable=SC2046 # pids
	kill -KILL "$run" $(cat "/proc/$run/task/$run/children")
	wait "$run" 2>"$T/got"
	sed -i.was 's/api: [^,]*, //' orch.yml
	echo work >"$T/go"
	perl -e 'open L, "+<", $ARGV[0] or exit 1; flock L, 2' ".orch/runs/$id/lock"
}
mkfifo "$T/begun" "$T/go"
orphan one
orch-retry --due >"$T/out" 2>"$T/err"
is "$?,$(of "$id" status)" 78,in_progress 'its result waits' || note "$(told)"
like "$(told)" "*task $id*no 'api' in projects*" 'which is said'
mv orch.yml.was orch.yml
ok 'the project is back' orch-retry --due
is "$(of "$id" status),$(git -C "$T/api" show "$(of "$id" branch):late-one")" done,work 'and it counts'
orphan two
ok 'who wants it no more' orch-cancel "$id"
is "$(of "$id" status)" cancelled 'need not wait'
mv orch.yml.was orch.yml

# ---- a landing of another list was killed ----

id=$(orch-add -a sh --project api --command 'echo 1 >mine' --verify true Mine) && orch-run -q "$id" >"$T/out"
project "$T/other" >"$T/out" 2>&1 && echo 'projects: {api: ../api}' >orch.yml
orch-add -a sh --project api --command 'echo 1 >theirs' --verify "[ ! -e '$T/begun' ] || { echo >'$T/begun'; cat '$T/go'; }" Theirs >"$T/id"
rm "$T/begun" && orch-run -q 1 >"$T/out" && mkfifo "$T/begun"
orch-land >"$T/out" 2>&1 &
land=$!
cat "$T/begun" >"$T/got" && kill -KILL $land && wait $land 2>"$T/got"
exits 75 'while its check runs' orch-land -C "$T/shop" "$id"
echo >"$T/go"
perl -e 'open L, "+<", $ARGV[0] or exit 1; flock L, 2' "$T/api/.git/orch-land.lock"
rm "$T/begun"
ok 'is in no way' orch-land -C "$T/shop" "$id"
ok 'and is done again' orch-land
cd "$T/shop" || exit 1
ok 'it lands' orch-land "$second"
sed -i 's/web: /wob: /' orch.yml
ok 'what has landed before its project went' orch-land "$second"
is "$(told)" '' 'is told of no more'

# ---- killed while they land in two places: every ninth step, for LONG=1 each ----

rm -rf "$T/state" && repo far && project "$T/near" >"$T/out" 2>&1
echo 'projects: {far: ../far}' >orch.yml && git add . && git commit -q -m Near
orch-add -a sh --command 'echo 1 >one' --project far --verify 'test -e one' One >"$T/id"
orch-add -a sh --command 'echo 2 >two' --verify 'test -e two' Two >"$T/id"
orch-run -q --ready -j 2 >"$T/out"
git commit -q --allow-empty -m further && git -C "$T/far" commit -q --allow-empty -m further
cd "$T" && mkdir tmpl && cp -a near far state tmpl && cd near || exit 1
ORCH_TEST_STEPS="$T/steps" orch-land >"$T/out" 2>&1
steps=$(wc -l <"$T/steps") k=0 wrong=0 by=9
[ -z "${LONG-}" ] || by=1
while [ $((k + by)) -le "$steps" ]; do
	k=$((k + by)) why=
	cd "$T" && rm -rf near far state && cp -a tmpl/near tmpl/far tmpl/state . && cd near || exit 1
	sh -c '"$@"; exit $?' sh env ORCH_TEST_CRASH_AT=$k orch-land >"$T/out" 2>"$T/err"
	for id in 1 2; do perl -e 'open L, "+<", $ARGV[0] or exit 1; flock L, 2' .orch/runs/$id/lock; done
	orch-land >>"$T/out" 2>"$T/err" || why="again: $(told)"
	is="$(log far)$(log near)$(orch-list 1 2 -o status | tr '\n' ' ')$(jq -r 'select(.topic == "task.landed") | .task' .orch/events.jsonl | sort | tr '\n' ' ')"
	[ "$is" = 'One further First of far Two further Near First commit done done 1 2 ' ] || why="$why; $is"
	[ ! -e .orch/state/land.json ] && [ -z "$(git -C "$T/far" branch --list orch/land)" ] || why="$why; left"
	[ -z "$why" ] || wrong=$((wrong + 1))
	[ -z "$why" ] || note "killed before step $k, $(sed -n "${k}p" "$T/steps"): $why"
done
is "$wrong,$((steps > 40))" 0,1 "killed before steps of $steps, both are landed in the end, once"

done_testing
