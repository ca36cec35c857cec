#!/bin/sh
# Hooks of git: orch-init --hooks, orch-hook, and git itself with both.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

titles() { orch-list -o title | tr '\n' '|'; }
# commit SUBJECT TRAILER..: what the hook says is in $T/err.
commit() {
	subject=$1
	shift
	printf '%s\n\n' "$subject" >"$T/message"
	printf '%s\n' "$@" >>"$T/message"
	git commit -q --allow-empty -F "$T/message" >"$T/out" 2>"$T/err"
}

# ---- orch-init --hooks ----

project p
base=$T/w/p/.git/hooks
rm -rf .git/hooks
ok 'what would be made' orch-init -n --hooks
is "$(sed -n "s/^orch-init: would make '\(.*\)'/\1/p" "$T/err")" "$(printf "$base/%s\n" post-commit post-merge pre-push)" 'is told'
ok 'and not made' test ! -e .git/hooks
ok '--hooks' orch-init --hooks
is "$(ls .git/hooks | tr '\n' ' ')" 'post-commit post-merge pre-push ' 'makes three, the folder too'
is "$(stat -c %a .git/hooks/* | sort -u)" 755 'that can be run'
ok 'as they are shipped' cmp .git/hooks/pre-push "$ROOT/share/orch/hooks/pre-push.sample"
stat -c '%n %i %Y' .git/hooks/* >"$T/before"
ok 'again' orch-init --hooks
stat -c '%n %i %Y' .git/hooks/* >"$T/after"
ok 'is nothing' cmp "$T/before" "$T/after"
echo '# of a former version' >>.git/hooks/post-merge
ok 'one of ours that is another' orch-init --hooks=post-merge
ok 'is renewed' cmp .git/hooks/post-merge "$ROOT/share/orch/hooks/post-merge.sample"
exits 2 'no such hook' orch-init --hooks=post-commit,pre-pull
like "$(cat "$T/err")" "*'pre-pull' is not one of*" 'is told'
exits 2 'both' orch-init --hooks --no-hooks
exits 2 '--chain alone' orch-init --chain
ok '--no-hooks -n' orch-init -n --no-hooks
is "$(ls .git/hooks | wc -l) $(grep -c 'would remove' "$T/err")" '3 3' 'names them'
ok '--no-hooks' orch-init --no-hooks
is "$(ls .git/hooks)" '' 'takes them out'

# Somebody's own.
own="#!/bin/sh
{ cat; echo \"own \$*\"; } >>'$T/own.log'; [ ! -e refuse ]"
for hook in post-commit pre-push; do
	echo "$own" >.git/hooks/$hook && chmod +x .git/hooks/$hook
done
ln -s nowhere .git/hooks/post-merge
exits 69 'hooks that are there' orch-init --hooks
is "$(cat .git/hooks/post-commit)" "$own" 'stay'
like "$(cat "$T/err")" '*post-commit*--chain, or call it there: orch-hook post-commit -- "$@"*' 'it is told how'
ok 'a link stays, too' test -L .git/hooks/post-merge
ok '--no-hooks' orch-init --no-hooks
is "$(cat .git/hooks/pre-push)" "$own" 'leaves them alone'
ok '--chain' orch-init --hooks --chain
is "$(cat .git/hooks/pre-push.before-orch)" "$own" 'renames them'
ok 'again' orch-init --hooks --chain
is "$(ls .git/hooks | wc -l)" 6 'is nothing'
git init -q --bare "$T/w/far.git"
git remote add far "file://$T/w/far.git"
commit 'A commit' 'Orch-Add: Of the chain'
is "$(titles)" 'Of the chain|' 'ours runs'
rm "$T/own.log"
ok 'a push through both' git push -q far main
is "$(cut -d ' ' -f 1,3 "$T/own.log" | tr '\n' '|')" "refs/heads/main refs/heads/main|own file://$T/w/far.git|" 'theirs has what git says'
touch refuse
exits 1 'what theirs refuses' git push -q far main:other
rm refuse
ok '--no-hooks' orch-init --no-hooks
is "$(cat .git/hooks/pre-push) $(ls .git/hooks | wc -l)" "$own 3" 'puts everything back'
rm .git/hooks/*

# ---- where they go ----

git config core.hooksPath .my/hooks && mkdir .my
ok 'core.hooksPath in the work tree' orch-init -q --hooks=post-commit
commit 'x' 'Orch-Add: By a path of its own'
like "$(titles)" '*|By a path of its own|' 'is where git looks'
git config core.hooksPath "$T/elsewhere"
exits 78 'one outside' orch-init --hooks
ok 'is left alone' test ! -e "$T/elsewhere"
git config --unset core.hooksPath
rm -rf .my
ok 'the usual place' orch-init -q --hooks
git worktree add -q "$T/w/linked" -b linked
cd "$T/w/linked" || exit 1
commit 'x' 'Orch-Add: From a linked work tree'
like "$(cd ../p && titles)" '*|From a linked work tree|' 'a linked work tree has them'
exits 2 'where none are made' orch-init --hooks
cd ../p || exit 1
git init -q "$T/w/lib" && git -C "$T/w/lib" commit -q --allow-empty -m lib
git -c protocol.file.allow=always submodule --quiet add "$T/w/lib" sub && git commit -q -m sub
cd sub || exit 1
ok 'a submodule is a project' orch-init -q --hooks=post-commit
commit 'x' 'Orch-Add: Of the submodule'
is "$(titles)" 'Of the submodule|' 'with hooks of its own'
cd .. || exit 1
ok 'in its own folder' test -e .git/modules/sub/hooks/post-commit

# ---- post-commit ----

cd "$T/w" || exit 1
project q
orch-init -q --hooks >/dev/null
commit 'Nothing' 'Just text.'
is "$(cat "$T/err")" '' 'a commit without trailers is silent'
commit 'Orch-Add: the subject' 'Text.' '' 'Orch-Add: not the last paragraph' '' 'Text.'
is "$(titles)$(cat "$T/err")" '' 'trailers stand in the last paragraph'
commit 'Some' 'Orch-Add: One' 'orch-add:	Two  ' 'Signed-off-by: x' ' Orch-Add: indented' 'Orch-Nonsense: 3'
is "$(titles)" 'One|Two|' 'each adds a task'
like "$(cat "$T/err")" "*task 1: One*the trailer 'Orch-Nonsense: 3' says nothing that is known*" 'what is not known is told'
is "$(orch-list 1 -o body)" "Asked for by commit $(git rev-parse --short=12 HEAD)." 'it says why it is there'
exits 2 'by hand' orch-hook post-commit
git commit -q --amend --allow-empty --no-edit 2>/dev/null
is "$(titles)" 'One|Two|' 'no task is added twice'
git log -1 --format=%B >"$T/message" && sed -i 's/: One/: Three/' "$T/message"
git commit -q --amend --allow-empty -F "$T/message" 2>/dev/null
is "$(titles)" 'One|Two|Three|' 'of an amended one what is new counts'

# Whatever stands there is data.
hostile='$(touch '"$T"'/pwned); `touch '"$T"'/pwned` "quoted" '"'"'q'"'"' \ % # &'
printf 'A\n\nOrch-Add: %s\nOrch-Add: \033[2J\377 bytes\nOrch-Answer: 1; x\nOrch-Retry: 99999999999999999999\n' "$hostile" >"$T/message"
ok 'a hostile message' git commit -q --allow-empty -F "$T/message"
ok 'is no command' test ! -e "$T/pwned"
is "$(orch-list --json 4..5 | jq -r .title)" "$hostile
$(printf '\\x1b[2J\303\277 bytes')" 'but a title'
for n in $(seq 30); do echo "Orch-Add: many $n"; done >"$T/many"
commit 'Many' "$(cat "$T/many")" 'Orch-Retry: 1'
is "$(titles | tr '|' '\n' | grep -c many)" 20 'not without end'
like "$(cat "$T/err")" "*commit $(git rev-parse --short=12 HEAD) has 31 trailers, more than 20: left out from 'Orch-Add: many 21' on" 'what is left out is told'
like "$(cat .orch/log/orch.log)" "*commit $(git rev-parse --short=12 HEAD) has 31 trailers*" 'in the log, too'
sed -i 1,10d "$T/many"
{ echo Many && echo && cat "$T/many"; } >"$T/message"
git commit -q --amend --allow-empty -F "$T/message" 2>"$T/err"
is "$(titles | tr '|' '\n' | grep -c many)" 30 'and heard when it is amended to be among the first'
commit 'Folded' 'Orch-Add: folded' '  over two lines' '	or three' 'Orch-Add: straight'
like "$(titles)" '*|folded over two lines or three|straight|' 'a trailer may be folded'
{ printf 'Long\n\nOrch-Add: before\nOrch-Add: ' && head -c 2000000 /dev/zero | tr '\0' x && printf '\nOrch-Add: behind\n'; } >"$T/message"
git commit -q --allow-empty -F "$T/message" 2>"$T/err"
like "$(titles)" '*|before|behind|' 'one that no task can hold stops no other'
like "$(cat "$T/err")" "*Orch-Add 'xxx*': title: text is longer than *" 'it is named'

# Retry and answer.
cat >tasks.yml <<'END'
next_id: 100
tasks:
  - {id: 1, title: asks, status: needs_review, agent: sh, reason: question, question: "Which?"}
  - {id: 2, title: parked, status: failed, agent: sh, last_error: x}
END
orch-list -q >/dev/null
commit 'Go on' 'Orch-Retry: 2' 'Orch-Answer: 1 The second; and $HOME' 'Orch-Retry: 77'
is "$(orch-list -o status,answer 1)" "$(printf 'routed\tThe second; and $HOME')" 'a question is answered'
commit 'Go on' 'Orch-Retry: 2'
is "$(orch-list -o status 2)" routed 'a task is put back'
orch-add -q 'No question' >/dev/null
orch-cancel -q 1 2 >/dev/null
: >.orch/log/orch.log
commit 'Go on' 'Orch-Answer: 100 No' 'Orch-Retry: 1' 'Orch-Retry: 99' 'Orch-Retry: 2' 'Orch-Nonsense' 'Orch-Answer: 98 x' 'Orch-Retry: 1' 'Orch-Add: After all'
is "$(sed 's/orch-hook: //' "$T/err")" "task 101: After all
task 1: put back
task 2: put back
the trailer 'Orch-Nonsense' says nothing that is known
Orch-Answer 100: task 100: has no open question: orch-inbox lists the tasks that wait for a person
Orch-Answer 98: no task 98
Orch-Retry 99: no task 99" 'one that cannot be done stops no other, and each is named'
is "$(grep -c ' warn orch-hook .* Orch-\|trailer' .orch/log/orch.log)" 4 'in the log, too'
exits 2 'by hand, quietly' orch-hook -q post-commit
is "$(wc -l <"$T/err")" 4 'is told that alone'

# Commits that nobody wrote here and now.
rm tasks.yml && printf 'next_id: 200\ntasks: []\n' >tasks.yml && orch-list -q >/dev/null
before=$(cksum <tasks.yml)
git checkout -q -b topic HEAD~3
git -c user.email=stranger@example.org commit -q --allow-empty -F - <<'END' 2>/dev/null
By a stranger

Orch-Add: Of a stranger here
END
git -c core.hooksPath=/dev/null commit -q --allow-empty --author='S <s@example.org>' -m 'Foreign' -m 'Orch-Add: foreign'
foreign=$(git rev-parse HEAD)
for n in $(seq 50); do
	git -c core.hooksPath=/dev/null commit -q --allow-empty -m "Mine $n" -m "Orch-Add: rebased $n"
done
before=$(titles)
ok 'a rebase of 50 commits' git rebase -q --force-rebase --keep-empty HEAD~50
is "$(git log --oneline main..topic | wc -l)" 52 'happens'
ok 'another, apply' git rebase -q --apply --force-rebase HEAD~2
ok 'a pick' git cherry-pick --allow-empty "$foreign"
echo x >file && git add file && git -c core.hooksPath=/dev/null commit -q -m 'Mail' -m 'Orch-Add: mailed'
ok 'a revert' git revert --no-edit HEAD
git -c core.hooksPath=/dev/null revert --no-edit HEAD && git -c core.hooksPath=/dev/null commit -q --amend -m 'Mail' -m 'Orch-Add: mailed'
git format-patch -q -1 -o "$T/mail" && git reset -q --hard HEAD~1
ok 'git am' git am -q "$T"/mail/*
git checkout -q main
ok 'a merge' git merge -q --no-ff -m 'Merge it' -m 'Orch-Add: merged' topic
is "$(titles)" "$before" 'none of them adds a task'

# ---- post-merge ----

git clone -q "$T/w/q" "$T/w/clone" && cd "$T/w/clone" || exit 1
orch-init -q --hooks >/dev/null && printf 'hooks: {trust: [friend@example.org]}\n' >orch.yml
(cd ../q && for who in friend foe; do
	git -c core.hooksPath=/dev/null -c user.email=$who@example.org commit -q --allow-empty -m x -m "Orch-Add: Of a $who
Orch-Retry: 1"
done)
ok 'git pull' git pull -q
is "$(titles)" 'Of a friend|' 'who is trusted is heard'
ok 'again by hand' orch-hook post-merge
is "$(titles)" 'Of a friend|' 'once'
first=$(git rev-parse HEAD)
{
	for n in $(seq 1002); do
		printf 'commit refs/heads/many\ncommitter F <friend@example.org> %d +0000\ndata <<END\nx\n\nOrch-Add: merged %d\nEND\n' "$n" "$n"
		[ "$n" -ne 1 ] || echo "from $first"
	done
} | git fast-import --quiet
git merge -q many 2>"$T/err" >"$T/out"
is "$(orch-list -o title | grep -c merged)" 1000 'a merge is not heard without end'
like "$(cat "$T/err")" '*orch-hook: 1002 commits came in, more than 1000: the last 2 are left out*' 'what is left out is told'
like "$(cat .orch/log/orch.log)" '*1002 commits came in*' 'in the log, too'
git reset -q --hard "$first"
rm orch.yml
git checkout -q -- . && printf 'next_id: 2000\ntasks:\n  - {id: 1, title: Of a friend}\n' >tasks.yml && orch-list -q >/dev/null
(cd ../q && git -c core.hooksPath=/dev/null -c user.email=friend@example.org commit -q --allow-empty -m x -m 'Orch-Add: More')
ok 'a pull without trust' git pull -q
is "$(titles)" 'Of a friend|' 'nobody is heard'
orch-add -a sh --command true 'Run after the pull' >/dev/null
git config orch.run true
(cd ../q && git -c core.hooksPath=/dev/null commit -q --allow-empty -m x)
ok 'orch.run' git pull -q
ok 'what is ready runs' timeout 100 sh -c 'orch-event follow --after 0 --topic task.done --max 1 >/dev/null'

# ---- pre-push ----

cd "$T/w/q" || exit 1
git remote add far "file://$T/w/far.git"
n=0
: >"$T/tasks"
for status in new routed in_review needs_review 'done' failed cancelled; do
	n=$((n + 1))
	git branch -f "orch/$n-a" HEAD
	echo "  - {id: $n, title: a, agent: sh, status: $status, branch: orch/$n-a}" >>"$T/tasks"
done
git branch -f orch/8-a
echo '  - {id: 8, title: a, agent: sh, status: in_review, reason: unchecked, branch: orch/8-a}' >>"$T/tasks"
{ echo 'next_id: 300'; echo 'tasks:'; cat "$T/tasks"; } >tasks.yml
orch-set -q 1 priority=high >/dev/null
for n in 1 2 4 6 7; do
	exits 1 "task $n: refused" git push -q far "orch/$n-a"
	like "$(cat "$T/err")" "orch-hook: 'orch/$n-a' is of task $n, which is *: not verified, not pushed (git push --no-verify pushes it)*" 'with the reason'
done
for n in 3 5 8; do
	ok "task $n: pushed" git push -q far "orch/$n-a"
done
like "$(cat "$T/err")" "*task 8, which no check has verified*" 'that nothing verified is told'
exits 1 'by the name that it gets there' git push -q far HEAD:orch/4-a
exits 1 'one of several' git push -q far main:one orch/4-a
exits 1 'by its own name' git push -q far orch/4-a:innocent
ok '--no-verify' git push -q --no-verify far orch/4-a
ok 'removing it' git push -q far :orch/4-a
ok 'any other' git push -q far main:two
git branch "odd'\"\$(x);&{}-br" && git tag v1
ok 'names with odd characters' git push -q far "odd'\"\$(x);&{}-br" v1
exits 65 'what git does not say' sh -c 'echo one two | orch-hook pre-push'
ok 'nothing' sh -c 'orch-hook pre-push </dev/null'
ok 'in an attempt there is no gate' env ORCH_ATTEMPT=1/1 git push -q far orch/1-a
ok 'nor without orch' env PATH=/usr/bin:/bin git push -q far orch/2-a
printf 'tasks: [\n' >"$T/bad" && cp tasks.yml "$T/good" && cp "$T/bad" tasks.yml
exits 1 'a task file that is refused: the last good one counts' git push -q far orch/6-a
cp "$T/good" tasks.yml
printf 'nonsense: 1\n' >orch.yml
exits 1 'an orch.yml that is not valid' git push -q far orch/5-a:again
rm orch.yml

# ---- nobody waits ----

mkfifo "$T/held" "$T/go"
hold() {
	flock .orch/lock sh -c 'echo >"$0"; read -r _ <"$1"' "$T/held" "$T/go" &
	read -r _ <"$T/held"
}
hold
ok 'a commit while the lock is held' git commit -q --allow-empty -m 'Held' -m 'Orch-Add: Late'
like "$(cat "$T/err")" '*it goes on in the background, .orch/log/orch.log tells the end' 'says that it goes on'
is "$(titles | grep -c Late)" 0 'nothing was added'
last=$(orch-event latest --topic task.new | jq .seq)
echo >"$T/go"
ok 'let go' timeout 100 orch-event follow --after "${last:-0}" --topic task.new --max 1
is "$(titles | grep -c Late)" 1 'it is'
exec 9>>tasks.yml
exits 1 'a push while the tasks cannot be read' git push -q far orch/5-a:third
like "$(cat "$T/err")" '*the tasks cannot be read now, so the push is refused (git push --no-verify pushes)*' 'is refused'
ok 'but not of what is nobody'"'"'s' git push -q far v1:refs/tags/v2
exec 9>&-
ok 'in an attempt' env ORCH_ATTEMPT=1/1 git commit -q --allow-empty -m 'x' -m 'Orch-Add: Of an agent'
ok 'by hand, too' env ORCH_ATTEMPT=1/1 orch-hook post-commit
is "$(titles | grep -c 'Of an agent')" 0 'nothing is added'
chmod a-x .git/hooks/post-commit && cp .git/hooks/post-commit "$T/hook" && chmod +x .git/hooks/post-commit
echo x >tasks.yml.save && cp tasks.yml "$T/good" && cp "$T/bad" tasks.yml
ok 'a commit with a task file that is refused' git commit -q --allow-empty -m 'x' -m 'Orch-Add: Not now'
like "$(cat "$T/err")" "orch-hook: not added: 'Not now': tasks.yml:*" 'is told'
cp "$T/good" tasks.yml
GIT_DIR=$PWD/.git GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$T/index
export GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
ok 'GIT_DIR and GIT_INDEX_FILE' git commit -q --allow-empty -m 'x' -m 'Orch-Add: With a GIT_DIR'
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
is "$(titles | grep -c 'With a GIT_DIR')" 1 'are those of git'

# ---- post-receive ----

cd "$T/w" && git init -q --bare box.git || exit 1
ok 'a bare repository' orch-init --hooks -C box.git
is "$(cd box.git/hooks && find . -type f ! -name "*.sample" | cut -c 3-) $(find box.git -maxdepth 1 -name "*orch*" -o -maxdepth 1 -name "*tasks*" | wc -l)" 'post-receive 0' 'gets one hook, and no more'
project r
cd ../q || exit 1
git remote add box "file://$T/w/box.git"
ok 'a push' git push -q box main
is "$(cd ../r && titles)" '' 'nothing is configured'
git -C ../box.git config orch.project "$T/w/r"
git -C ../box.git config --add orch.branch 'release/*'
git -C ../box.git config --add orch.branch 'odd*'
git branch release/1.0
ok 'several' git push -q box release/1.0 main:other v1 "odd'\"\$(x);&{}-br"
is "$(cd ../r && orch-list -o title | sort)" "Look at the branch odd'\"\$(x);&{}-br
Look at the branch release/1.0" 'a task for each that matches'
like "$(cat "$T/err")" '*remote: orch-hook: task *' 'who pushes is told'
is "$(cd ../r && orch-list +pushed title='Look at the branch release/1.0' -o body)" "It was pushed: $(git rev-parse main), before that nothing." 'with the ids'
ok 'removed' git push -q box :release/1.0
ok 'the same again' git push -q box release/1.0
is "$(cd ../r && titles | tr '|' '\n' | grep -c release)" 1 'is one task'
git -C ../box.git config orch.project "$T/nowhere"
git commit -q --allow-empty -m x
ok 'a project that is not there stops no push' git push -q box HEAD:release/2
like "$(cat "$T/err")" "*remote: orch-hook: *'$T/nowhere'*" 'it is told'
ok 'taken out' orch-init -q --no-hooks -C ../box.git
is "$(find ../box.git/hooks -type f ! -name "*.sample")" '' 'it is gone'
done_testing
