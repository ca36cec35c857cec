#!/bin/sh
# orch-init: makes what is missing, touches nothing that is there.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"

# The state of the folder: names, modes, contents; but not who had the lock last.
state() {
	find . -path ./.git -prune -o -path ./.orch/lock -prune -o -printf '%p %m\n' \
		-type f -exec cksum {} + | sort
}

ok '-h' orch-init -h
like "$(cat "$T/out")" 'Usage: orch-init *set up a project*' 'usage and purpose'
exits 2 'an operand' orch-init here
is "$(cat "$T/err")" "orch-init: no argument is expected: 'here' (-C names a folder)" 'is refused'
exits 2 'an unknown option' orch-init --tarck
like "$(cat "$T/err")" "*'--track'*" 'the nearest is named'
exits 2 'a folder that does not exist' orch-init -C nowhere
is "$(wc -l <"$T/err")" 1 'one line'

mkdir plain && cd plain || exit 1
exits 78 'no git repository' orch-init
is "$(cat "$T/err")" "orch-init: '$T/w/plain' is not in a git repository: make one, or give --no-git" \
	'is said, with the way out'
is "$(ls -A)" '' 'nothing was made'

ok 'without git' orch-init --no-git
like "$(cat "$T/err")" '*no git repository: attempts run in the folder itself*' 'is said'
is "$(grep -v '^#' orch.yml | grep .)" "$(printf 'isolation: none\nworkers: 1')" 'and configured'
ok 'it is a project' orch-list
cd ..

# A new repository.
git init -q new && cd new || exit 1
ok '-n' orch-init -n
is "$(ls -A)" .git 'makes nothing'
is "$(sed -n "s/orch-init: would make '\(.*\)'/\1/p" "$T/err")" \
	"$(printf '%s\n' .orch/ tasks.yml orch.yml orch.d/ orch.d/prompts/ orch.d/agents/ orch.d/hooks/)" \
	'names what it would make'
is "$(grep -c tasks.yml .git/info/exclude)" 0 'git is not told either'
ok 'a new project' orch-init
is "$(sed -n "s/orch-init: made '\(.*\)'/\1/p" "$T/err")" \
	"$(printf '%s\n' .orch/ tasks.yml orch.yml orch.d/ orch.d/prompts/ orch.d/agents/ orch.d/hooks/)" \
	'names what it made'
like "$(cat "$T/err")" '*no commit yet*' 'warns that there is no commit'
like "$(cat "$T/err")" "*crontab: */5 * * * * $ORCH_BIN/orch-run -q -C $T/w/new --ready >/dev/null*" \
	'offers a line for cron'
like "$(cat "$T/err")" '*jobs.yml looked at each minute: orch-cron install*' 'names what looks at jobs'
like "$(cat "$T/err")" '*add tasks and guard pushes: orch-init --hooks*' 'and hooks'
is "$(grep "^sh	" "$T/out")" "$(printf 'sh\t/bin/sh')" 'the agents found are on stdout'
is "$(cut -f 1 "$T/out" | grep -c '^cmd$')" 0 'the one that is only a command is not'
is "$(sed 1d tasks.yml)" "$(printf 'next_id: 1\ntasks: []')" 'tasks.yml'
for file in tasks orch; do
	schema=$(sed -n '1s/^# yaml-language-server: \$schema=//p' $file.yml)
	ok "the schema of $file.yml" jq -e .properties "$schema"
done
is "$(grep -c '^[^#]' orch.yml)" 0 'orch.yml sets nothing'
like "$(cat orch.yml)" '*#workers: 4*#retry:*#  base: 60s*' 'and names every default'
is "$(stat -c %a .orch)" 700 '.orch is private'
is "$(cat .orch/.gitignore)" '*' 'and never tracked'
is "$(git status --porcelain)" '?? orch.yml' 'git sees what is meant to be committed, no more'

# Again.
orch-add 'A task' >/dev/null
echo '# mine' >>orch.yml
echo 'hello' >orch.d/hooks/mine
rmdir orch.d/agents
state >"$T/before"
cksum .git/info/exclude >"$T/exclude"
ok 'again' orch-init -v
is "$(sed -n "s/orch-init: made '\(.*\)'/\1/p" "$T/err")" orch.d/agents/ 'only what was missing is made'
like "$(cat "$T/err")" "*'tasks.yml' is there already*" 'with -v it says what was there'
rmdir orch.d/agents
state >"$T/after"
ok 'all else stays as it is' cmp "$T/before" "$T/after"
is "$(cksum .git/info/exclude)" "$(cat "$T/exclude")" 'the exclude file too'
mkdir orch.d/agents
ok 'and once more' orch-init
is "$(head -n 1 "$T/err")" 'orch-init: all of it is there already' 'there is nothing to do'
exits 0 'quiet' orch-init -q
is "$(cat "$T/err")" '' '-q says nothing'
ORCH_ATTEMPT=1/1 exits 2 'inside an attempt' orch-init
cd ..

# A task file that was lost is not made anew.
project lost
orch-add 'Precious' >/dev/null
rm tasks.yml
ok 'a lost task file' orch-init
like "$(cat "$T/err")" '*generation 1 takes its place*' 'is brought back'
is "$(orch-list -o title)" Precious 'with what was in it'
cd ..
# Nor is a broken one touched.
project broken
printf 'tasks: [\n' >tasks.yml
ok 'a broken task file' orch-init
is "$(cat tasks.yml)" 'tasks: [' 'is left alone'
printf 'wrokers: 3\n' >orch.yml
exits 78 'a broken orch.yml' orch-init
like "$(cat "$T/err")" '*orch.yml:1:1*workers*' 'is named with its place and the nearest key'
cd ..

# --track, and folders inside of a repository.
git init -q top && cd top || exit 1
git commit -q --allow-empty -m 'First commit'
ok '--track' orch-init --track
is "$(git status --porcelain)" "$(printf '?? orch.yml\n?? tasks.yml')" 'git sees the task file'
mkdir -p 'sub/a [b]'
ok 'a folder in a repository' orch-init -C 'sub/a [b]'
is "$(git status --porcelain -uall 'sub/a [b]')" '?? "sub/a [b]/orch.yml"' 'its task file is excluded'
is "$(git status --porcelain tasks.yml)" '?? tasks.yml' 'and that of the top is not'
git worktree add -q "$T/w/linked" 2>/dev/null
exits 2 'a linked work tree' orch-init -C "$T/w/linked"
like "$(cat "$T/err")" "*is a linked work tree: the project belongs into '$T/w/top'" 'is refused'
git worktree add -q below 2>/dev/null
exits 2 'also one inside of the main one' orch-init -C below
git init -q --bare bare.git
exits 78 'a bare repository' orch-init -C bare.git
ok 'the other name of a task file' orch-init -f sub/other.yml
ok 'is made' test -f sub/other.yml
ok 'and excluded' git check-ignore -q sub/other.yml
cd ..

# The lines offered survive a folder with an odd name.
name="it's 100% odd"
git init -q "$name"
ok 'an odd folder' orch-init -C "$name"
line=$(sed -n 's/.*\* \* \* \* \(.*\) >.dev.null/\1/p' "$T/err" | sed 's/\\%/%/g')
is "$(eval "set -- $line"; shift 3; echo "$1")" "$T/w/$name" 'is one word of the cron line'

# Names that no line of a file can hold are refused before anything is made.
for name in "$(printf 'two\nlines')" "$(printf 'esc\033[m')" "$(printf 'no utf-8 \377')"; do
	git init -q "$name"
	exits 2 'a name with a control character' orch-init -C "$name"
	like "$(cat "$T/err")" "*cannot be a project*" 'is refused'
	is "$(ls -A "$name")" .git 'nothing is made'
done

# Nobody overwrites anybody.
git init -q race && cd race || exit 1
for i in 1 2 3 4 5 6 7 8; do
	orch-init -q >/dev/null 2>"$T/err.$i" || echo "$i failed" &
	orch-add "Task $i" >/dev/null 2>&1 || echo no &
done >"$T/race"
wait
is "$(grep -c failed "$T/race")" 0 'eight at once'
is "$(orch-list -o id | wc -l)" "$((8 - $(grep -c no "$T/race")))" 'and every task that was acknowledged is there'
chmod 777 .orch
exits 71 'an .orch that others can write' orch-init
done_testing
