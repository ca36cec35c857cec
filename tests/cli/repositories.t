#!/bin/sh
# Work trees of the repositories that there are: bare ones, with submodules, filters, a
# sparse checkout, HEAD on no branch, odd names.  git itself says what is right.
# shellcheck disable=SC2016 # words for the shell of an agent
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1 XDG_STATE_HOME="$T/state of it"

# run COMMAND [OPTION..]: the id of a task of the agent sh, run
run() {
	run_command=$1
	shift
	id=$(orch-add -a sh --command "$run_command" "$@" 'Work') && orch-run "$id" >"$T/out" 2>"$T/err"
}
branch() { field "$id" branch; }
tree() { field "$id" worktree; }
said() { orch-list "$id" -o status,error_class,last_error | tr '\t' ' '; }
# odd FOLDER: a project that has nothing uncommitted
odd() { project "$1" && git add orch.yml && git commit -qm Configuration; }
# sound NAME: the main checkout is as it was, git finds nothing wrong anywhere
sound() {
	is "$(git status --porcelain)$(git fsck --no-dangling 2>&1)" "${2-}" "$1: the main checkout is as it was, and git finds nothing wrong"
}

# ---- names ----

cd "$T/w" && odd 'Über alles, groß und $(klein)' && echo 1 >'eine Datei' && git add . && git commit -qm Datei
run 'echo ü >"a ä"; cat "eine Datei"; pwd -P' --verify 'test -s "a ä"'
is "$(said)" 'done  ' 'blanks, umlauts and what a shell would obey, in the path'
is "$(git show "$(branch):a ä")" ü 'and in a name'
is "$(tail -n 1 ".orch/runs/$id/1/stdout")" "$(cd "$(tree)" && pwd -P)" 'it ran in its work tree'
sound 'odd names'
is "$(orch-land)" "$id" 'it lands'
is "$(cat 'a ä')" ü 'and is there'
orch-gc --older 0s worktrees
is "$([ -d "$(tree)" ] && echo there)$(git branch --list 'orch/*')" '' 'orch-gc removes the rest'
id=$(orch-add -a sh --command 'echo x >x' 'Größe: ändern / prüfen 日本')
ok 'a title that is no name for a branch' orch-run "$id"
git check-ref-format "refs/heads/$(branch)"
result $? "becomes one: $(branch)"

# A name that there is already.
git branch orch/4-work
run 'echo 1 >x'
is "$(branch)" 'orch/3-work' 'a branch for the third task'
run 'echo 1 >y'
is "$(said)/$(git log -1 --format=%s orch/4-work)" 'done  /Work' 'one that is there is gone on with'
git branch orch/5-work && git worktree add -q ../there orch/5-work
run 'echo 1 >z'
like "$(said)" "needs_review setup_failed *'orch/5-work' is checked out in '*there'" 'but not one that somebody has out'
[ ! -e z ] && [ ! -e ../there/z ]
result $? 'nothing was run'
git checkout -q -b orch/6-work
run 'echo 1 >z'
like "$(said)" "needs_review setup_failed *'orch/6-work' is checked out in '*" 'nor that of the main checkout'
git checkout -q main
sound 'branches that are there'
mkdir -p "$(orch-list 4 -o worktree | sed 's/4-work$/7-work/')" && : >"$(orch-list 4 -o worktree | sed 's/4-work$/7-work/')/mine"
run 'echo 1 >z'
like "$(said)" "needs_review setup_failed *" 'a folder that is in the way is refused'
[ -e "$(orch-list 4 -o worktree | sed 's/4-work$/7-work/')/mine" ]
result $? 'and left alone'

# ---- HEAD ----

cd "$T/w" && odd detached && git checkout -q --detach
run 'echo 1 >x' --verify 'test -s x'
is "$(said)/$(git rev-parse "$(branch)^")" "done  /$(git rev-parse HEAD)" 'HEAD on no branch is a base'
sound 'detached'
cd "$T/w" && git init -q unborn && cd unborn && orch-init -q >/dev/null 2>&1
orch-add -a sh --command true 'Work' >/dev/null
exits 69 'a repository without a commit' orch-run next
is "$(orch-list 1 -o status,attempts)" "$(printf 'routed\t')" 'is told before anything is claimed'

# ---- bare ----

cd "$T/w" && git init -q --bare hub.git && git clone -q hub.git seed 2>/dev/null &&
	(cd seed && echo 1 >file && git add . && git commit -qm first && git push -q origin HEAD:main) && git -C hub.git symbolic-ref HEAD refs/heads/main
mkdir hub && cd hub && git clone -q --bare ../hub.git .bare && echo 'gitdir: ./.bare' >.git && printf 'tasks: []\n' >tasks.yml && mkdir -m 700 .orch
run 'echo 2 >>file' --verify 'test $(wc -l <file) = 2'
is "$(said)/$(git -C .bare show "$(branch):file" | tr '\n' ' ')" 'done  /1 2 ' 'a bare repository beside the files'
is "$(orch-land 2>"$T/err")/$(git -C .bare show main:file | tr '\n' ' ')" "$id/1 2 " 'it lands there'
is "$(git -C .bare fsck --no-dangling 2>&1)" '' 'and git finds nothing wrong'

# ---- a sparse checkout ----

cd "$T/w" && odd sparse && mkdir in out && echo 1 >in/file && echo 1 >out/file && git add . && git commit -qm files &&
	git sparse-checkout set in
[ ! -e out/file ]
result $? 'a sparse checkout has only a part'
run 'echo 2 >in/file; ls' --verify 'test -s in/file'
is "$(said)/$(git diff --name-status main "$(branch)" | tr '\t' ' ')" 'done  /M in/file' 'the rest is not taken for deleted'
sound 'sparse'
(cd "$(tree)" && git sparse-checkout set in >/dev/null 2>&1)
run 'git sparse-checkout set in; echo 3 >in/file' --verify 'test ! -e out/file'
is "$(said)/$(git diff --name-status main "$(branch)" | tr '\t' ' ')" 'done  /M in/file' 'nor if the agent makes its own sparse'
is "$(cat "$T/err")" '' 'and nothing is said about it'
git merge -q --no-edit "$(branch)"
orch-gc -v --older 0s worktrees 2>"$T/err"
[ ! -e "$(tree)" ]
result $? 'its work tree goes when it is merged' || note "$(cat "$T/err")"

# ---- submodules ----

cd "$T/w" && git init -q lib && (cd lib && echo 1 >lib.c && git add . && git commit -qm lib)
odd super && git -c protocol.file.allow=always submodule add -q ../lib lib && git commit -qm 'A submodule'
run 'ls lib; echo 1 >main.c' --verify 'test -s main.c'
is "$(said)/$(git diff --name-status main "$(branch)" | tr '\t' ' ')" 'done  /A main.c' 'a submodule that is not there is not taken for deleted'
sound 'submodules'
run 'git -c protocol.file.allow=always submodule update -q --init && echo 2 >>lib/lib.c && git -C lib commit -qam more; echo 1 >two.c' --verify 'test -s lib/lib.c'
is "$(said)" 'done  ' 'an agent that works in it'
is "$(git diff --name-status main "$(branch)" | tr '\t\n' '  ')" 'M lib A two.c ' 'what it committed in there is a part of the work'
run 'git -c protocol.file.allow=always submodule update -q --init && echo 2 >>lib/lib.c; echo 1 >three.c' --verify true
is "$(said)/$(git diff --name-status main "$(branch)" | tr '\t\n' '  ')" 'done  /A three.c ' 'what it did not cannot be'
like "$(cat "$T/err")" '*some of what was checked is not on its branch: *lib*' 'which is told'
sound 'submodules that agents work in'
git merge -q --no-edit "$(branch)"
orch-gc -v --older 0s worktrees 2>"$T/err"
[ -s "$(tree)/lib/lib.c" ]
result $? 'a work tree with something uncommitted in a submodule stays' || note "$(cat "$T/err")"

# ---- filters ----

cd "$T/w" && odd filtered && git config filter.rot.clean 'tr a-z n-za-m' && git config filter.rot.smudge 'tr n-za-m a-z' &&
	git config filter.rot.required true && echo '*.rot filter=rot' >.gitattributes && printf '*.txt text eol=crlf\n' >>.gitattributes &&
	echo hello >file.rot && printf 'line\r\n' >file.txt && git add . && git commit -qm filters
is "$(git cat-file blob main:file.rot)/$(git cat-file blob main:file.txt | od -An -c | tr -d ' ')" 'uryyb/line\n' 'git keeps another text than people see'
run 'echo 1 >other; cat file.rot' --verify 'git diff --exit-code HEAD'
is "$(git diff --name-status main "$(branch)" | tr '\t\n' '  ')" 'A other ' 'files that nobody touched are not changed'
sound 'filters'
run 'printf "more\r\n" >>file.txt'
is "$(git cat-file blob "$(branch):file.txt" | od -An -c | tr -d ' ')" 'line\nmore\n' 'line ends are kept as git would keep them'
run 'echo world >file.rot'
like "$(said)" "routed invalid_output cannot commit the work in '*': 'file.rot' (filter rot) has to be committed there with git itself" \
	'what only a program can is not taken as it stands'
is "$(git cat-file blob "$(branch):file.rot")" uryyb 'and not committed'
run 'echo world >file.rot; echo new >new.rot; git add . && git commit -qm Rot; echo 1 >other' --verify 'cat file.rot'
is "$(said)/$(git cat-file blob "$(branch):file.rot")/$(git cat-file blob "$(branch):new.rot")" 'done  /jbeyq/arj' 'unless the agent commits it'
printf 'worktree: {hooks: {after_create: git read-tree --empty && git reset -q --hard}}\n' >>orch.yml
run 'cat file.rot; echo 1 >third' --verify 'grep -q hello file.rot'
is "$(said)/$(cat ".orch/runs/$id/1/stdout")" 'done  /hello' 'a hook brings what people see'
is "$(git diff --name-status main "$(branch)" | tr '\t\n' '  ')" 'A third ' 'which is no change'
git merge -q --no-edit "$(branch)"
orch-gc -v --older 0s worktrees 2>"$T/err"
[ ! -e "$(tree)" ]
result $? 'its work tree goes when it is merged' || note "$(cat "$T/err")"
done_testing
