#!/bin/sh
# Agents that break what is around them: the attempt ends in a defined way, the task is
# never stuck, never done, and other tasks go on.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# fresh: a project with a file, in which nothing has gone wrong yet
fresh_n=0
fresh() {
	fresh_n=$((fresh_n + 1))
	cd "$T/w" && project "p$fresh_n" && printf 'grace: 1s\n' >orch.yml &&
		echo first >file && git add file orch.yml && git commit -qm 'A file' || exit 1
}

# does NAME STATUS CMD: a task of the agent sh with that command; STATUS is what it must
# come to, * for anything but in progress, and for done only if what it did is on its
# branch.  $id is the task.
does() {
	id=$(orch-add -a sh --command "$3" "$1") || exit 1
	orch-run "$id" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	# What could not be settled at once is settled by the next call.
	[ "$(status "$id")" != in_progress ] || orch-run next >>"$T/out" 2>>"$T/err"
	now=$(status "$id")
	case $2:$now in
	"*:in_progress") ;;
	"*:done") git show "$(field "$id" branch):x" >/dev/null 2>&1 && result 0 "$1" && return ;;
	"*:"* | "$now:$now") result 0 "$1" && return ;;
	esac
	result 1 "$1"
	note "$got $(orch-list "$id" -o status,error_class,last_error) $(head -n 2 "$T/err")"
	fresh
}

fresh
does 'names that are no UTF-8' 'done' 'touch "$(printf "\377\376")" "$(printf "cut \342\202")"; echo x >x'
does 'names with control characters' 'done' 'touch "$(printf "a\033[2Jb")" "$(printf "two\nlines")"'
does 'a thousand files' 'done' 'i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); : >"f$i"; done'
[ "$(field "$id" 'files_changed | length')" -le 100 ]
result $? 'of which not all are listed'
does 'links to nowhere and in rings' 'done' 'ln -s /nowhere a; ln -s b b; ln -s .. up'
does 'a FIFO' 'done' 'mkfifo pipe; echo x >x'
does 'a repository in the work tree' 'done' 'git init -q inner && echo x >inner/x && cd inner && git add x && git commit -qm x'
does 'a commit of its own, and changes' 'done' 'echo y >y && git add y && git commit -qm Own && echo z >z'
is "$(git log --format=%s "main..orch/$id-a-commit-of-its-own-and-changes" | tr '\n' ' ')" \
	'a commit of its own, and changes Own ' 'are both on its branch'
does 'its work tree is gone' '*' 'rm -rf "$ORCH_WORKTREE"'
does 'its .git is gone' '*' 'rm -f .git'
does 'its .git is nonsense' '*' 'echo nonsense >.git'
# What is in such a work tree is somebody's word: nothing of it is believed or run, it stays
# as it is, and no attempt goes on in it.
echo 'worktree: {hooks: {after_run: git status}}' >>orch.yml
# foreign NAME PATTERN CMD: a task whose last_error is like that
foreign() {
	id=$(orch-add -a sh --command "$3" --verify 'git status; touch verified' "$1") || exit 1
	exits 69 "$1" orch-run -q "$id"
	like "$(orch-list "$id" -o status,error_class,last_error)" \
		"$(printf 'needs_review\tsetup_failed\t')the work tree '*' is not the project's any more: $2" \
		'is told and parks the task'
	tree=$(field "$id" worktree) && orch-retry -q "$id" >"$T/out" && exits 69 "$1: the next attempt" orch-run -q "$id"
	is "$(field "$id" attempts)/$(find ".orch/runs/$id/2" -maxdepth 1 -name "*argv*" | wc -l)" 2/0 'does not go on in it'
	is "$(find "$tree" -name verified; ls "$T/evil" 2>&1)" "ls: cannot access '$T/evil': No such file or directory" \
		'no check and no hook ran in it'
}
evil="echo x >x; git add x; git commit -qm x; git config core.fsmonitor 'touch $T/evil; false'"
foreign 'a repository of its own' 'its .git is no plain file' \
	"[ \${ORCH_ATTEMPT#*/} = 1 ] || exit 0; rm .git; git init -q; $evil"
is "$(git -C "$tree" log --format=%s)" x 'its commit is kept'
orch-cancel -q "$id" >"$T/out" && orch-gc >"$T/out" 2>&1
is "$(git -C "$tree" log --format=%s)" x 'also by orch-gc'
mv "$tree" "$T/aside" && orch-retry -q "$id" >"$T/out" && ok 'it is moved away' orch-run -q "$id"
is "$(field "$id" attempts)/$(git -C "$tree" rev-parse --git-common-dir)" "3/$T/w/p$fresh_n/.git" \
	'and a new one is made'
foreign 'a repository elsewhere' 'its .git leads elsewhere' "d=\$TMPDIR/r; git init -q --separate-git-dir=\$d \$TMPDIR/w
	cd \$TMPDIR/w; $evil; echo \"gitdir: \$d\" >\"\$ORCH_WORKTREE/.git\""
foreign 'a link to its record' 'its .git is no plain file' 'mv .git x; ln -s x .git'
foreign 'no .git' 'its .git is gone' 'rm .git; echo x >x'
foreign 'another common folder' 'its record (commondir) leads elsewhere' "r=\$(git rev-parse --git-dir); cp -r \"\$r/../..\" \"\$TMPDIR/c\"
	cd \$TMPDIR/c; git config core.fsmonitor 'touch $T/evil; false'; echo \"\$TMPDIR/c\" >\"\$r/commondir\""
foreign 'another place on record' 'git has no record of it' 'echo /elsewhere/.git >"$(git rev-parse --git-dir)/gitdir"'
fresh
id=$(orch-add -a sh --command 'echo x >x' --verify 'rm .git; git init -q; echo x >x; git add .; git commit -qm x' 'Check')
exits 75 'a check makes a repository of its own there' orch-run -q "$id"
like "$(field "$id" last_error)" "*not the project's any more: its .git is no plain file" 'and has not passed'
does 'another branch is checked out' '*' 'git checkout -q -b elsewhere && echo x >x'
[ "$(git rev-parse main)" = "$(git rev-parse HEAD)" ]
result $? 'main is where it was'
does 'a head that is detached' '*' 'git checkout -q --detach && echo x >x'
does 'its branch is gone' '*' 'b=$(git symbolic-ref HEAD); git update-ref -d "$b"'
does 'a merge that is open' '*' 'echo a >file && git commit -qam a && git checkout -q -b side HEAD~1 &&
	echo b >file && git commit -qam b && git checkout -q "$ORCH_BRANCH" && git merge side; exit 0'
does 'a lock of the index is left' 'done' ': >"$(git rev-parse --git-dir)/index.lock"; echo x >x'
# Where no mount holds it, it gets at all that it is not meant to.
export ORCH_TEST_CONTAIN=weak
does 'its run folder is gone' '*' 'rm -rf "$ORCH_OUT/.."'
does 'its output folder is a link' 'routed' 'rmdir "$ORCH_OUT" && ln -s /etc "$ORCH_OUT"'
does 'an answer behind such a link' 'routed' 'rmdir "$ORCH_OUT" && mkdir "$TMPDIR/o" && ln -s "$TMPDIR/o" "$ORCH_OUT" &&
	echo "{\"status\":\"done\",\"summary\":\"x\"}" >"$ORCH_RESULT"; echo x >x'
does 'its output is closed' 'done' 'exec >&- 2>&-; echo x >x'
does 'its record is nonsense' 'done' 'echo "{" >"$ORCH_OUT/../attempt.json"; echo x >x'
does 'it writes a result' '*' 'echo "{\"exit\":0}" >"$ORCH_OUT/../result.json"; exit 3'

# It breaks the task file: it is said, a person mends it, then the result counts.
fresh
id=$(orch-add -a sh --command 'echo "- {" >>"$ORCH_PROJECT/tasks.yml"; echo x >x' 'Breaks the file')
exits 65 'the task file is broken meanwhile' orch-run "$id"
like "$(cat "$T/err")" '*tasks.yml:*' 'the line is named'
sed -i '$d' tasks.yml
orch-run next >"$T/out" 2>"$T/err"
is "$(orch-list "$id" -o status,attempts)" "$(printf 'done\t1')" 'a person mends it: the result is settled' ||
	note "$(cat "$T/err")"

unset ORCH_TEST_CONTAIN

# What was checked and is not on the branch is told, and stays in the history.
fresh
echo '*.o' >.gitignore && git add .gitignore && git commit -qm 'Ignored'
loose() {
	id=$(orch-add -a sh --command "$2" --verify "$3" "$1")
	exits 0 "$1" orch-run "$id"
	is "$(cat "$T/out")/$(sed 's/.*branch: //' "$T/err")" "$id/$4" "$1: is told"
	note=$(field "$id" 'history[-1].note')
	is "${note#*branch: }" "${4:-attempt 1: ok}" "$1: and kept"
}
loose 'only an ignored file' 'echo x >built.o' 'test -s built.o' 'built.o'
loose 'an ignored file next to work' 'echo x >built.o; echo x >x' 'test -s built.o' ''
loose 'a check that changes files' 'echo x >x' 'for i in 1 2 3 4 5; do echo y >y$i; done; echo z >x' 'x, y1, y2 and 3 more'
loose 'a repository within' 'git init -q in; cd in; echo x >x; git add x; git commit -qm x' 'test -s in/x' 'in/'

fresh
# A record that is damaged after a kill does not keep its task for ever.
id=$(orch-add -a sh --command '[ "${ORCH_ATTEMPT#*/}" != 1 ] || kill -9 $PPID; exit 1' 'Kills its keeper')
ORCH_TEST_CONTAIN=weak orch-run "$id" >/dev/null 2>&1
[ "$(status "$id")" = in_progress ] && printf '{"agent":' >".orch/runs/$id/1/attempt.json"
orch-run next >"$T/out" 2>"$T/err"
like "$(orch-list "$id" -o history)" '*attempt 1: orphaned*attempt 2: crashed*' 'a damaged record: orphaned, and run again' ||
	note "$(cat "$T/err")"

fresh
# Answers beyond what is asked.
id=$(orch-add 'Delegates')
orch-run "$id" -- printf '{"status":"blocked","delegations":[{"title":"A"},{"title":"B"}]}' >"$T/out" 2>"$T/err"
is "$(status "$id")/$(orch-list parent_id="$id" -o id | wc -l)" blocked/2 'delegations: the children are there'

# What it was not given it finds nowhere above it, nor does a check.  The first to
# look at is its keeper, which can be seen where there is no pid namespace.
export ORCH_TEST_CONTAIN=weak
cat >"$T/spy" <<'END'
#!/bin/sh
pid=$$ depth=0
while pid=$(awk '/^PPid/ { print $2 }' "/proc/$pid/status") && [ "$pid" -gt 1 ]; do
	case $(readlink "/proc/$pid/exe") in */orch-run) ;; *) continue ;; esac
	depth=$((depth + 1))
	tr '\0' '\n' <"/proc/$pid/environ" | grep -a s3cret
done
env | grep s3cret
echo "looked at $depth"
END
chmod +x "$T/spy"
id=$(orch-add -a sh --command "$T/spy" --verify "$T/spy" 'Looks for secrets')
ANTHROPIC_API_KEY=s3cret GITHUB_TOKEN=s3cret GH_TOKEN=s3cret OTHER=s3cret \
	exits 0 'an agent that looks for secrets' orch-run "$id"
is "$(cat ".orch/runs/$id/1/stdout")" 'looked at 3' 'finds none in keeper, worker and orch-run'
is "$(cat ".orch/runs/$id/1/verify-1.stdout")" 'looked at 3' 'nor does a check'
id=$(orch-add 'Needs its key')
ANTHROPIC_API_KEY=s3cret orch-run "$id" -- sh -c 'printf "{\"status\":\"done\",\"summary\":\"%s\"}" "$ANTHROPIC_API_KEY"' >"$T/out" 2>&1
is "$(field "$id" summary)" s3cret 'a command in place of an agent has the key'

# The project goes on.
id=$(orch-add -a sh --command 'echo x >x' 'After all that')
ok 'after all that another task' orch-run "$id"
is "$(cat "$T/out" "$T/err")" "$id" 'is run without a word'
is "$(orch-list @in_progress -o id,title)" '' 'no task is stuck'
is "$(git rev-parse --abbrev-ref HEAD)/$(git status --porcelain -uno)" main/ 'the main checkout is as it was'
is "$(git worktree list --porcelain | grep -c '^worktree /etc')" 0 'nothing of it is elsewhere'
valid 'the task file is whole'
done_testing
