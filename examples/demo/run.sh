#!/bin/sh
# run.sh - the demonstration: `make demo` runs it with the built commands on PATH
#
# A small C project with a failing test, an outdated manual page and a missing
# option gets nine tasks.  They are run in parallel, each on a branch of its own; one (the
# licence: two files an attempt) fails and is retried, one stops at a question.  What is left is a scratch
# repository to look around in.  The end is checked: exit 1 if it is not as it
# should be.
#
# With AGENT=claude, codex or opencode the five that change files are done by that agent,
# with your login and at your cost (five short runs); MODEL names its model.  69: it is
# not installed, has no login, or needs a model.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
AGENT=${AGENT-} MODEL=${MODEL-}
command -v orch-run >/dev/null || {
	echo 'run.sh: the commands are not on PATH: use make demo' >&2
	exit 2
}

# lacks WHAT: why there can be no demonstration with this agent
lacks() {
	echo "run.sh: $AGENT: $1" >&2
	exit 69
}
case $AGENT in
'') ;;
claude | codex | opencode)
	command -v "$AGENT" >/dev/null || lacks 'it is not on PATH: install it first'
	;;
*)
	echo "run.sh: AGENT=$AGENT: the demonstration knows claude, codex and opencode" >&2
	exit 2
	;;
esac
case $AGENT in
claude) claude auth status >/dev/null 2>&1 || lacks "it has no login: type 'claude auth login', or set ANTHROPIC_API_KEY" ;;
codex)
	[ -n "${CODEX_API_KEY-}" ] || codex login status >/dev/null 2>&1 ||
		lacks "it has no login: type 'codex login', or set CODEX_API_KEY"
	;;
opencode)
	[ -n "$MODEL" ] || lacks 'it needs a model: make demo AGENT=opencode MODEL=provider/model'
	;;
esac

dir=$(mktemp -d "${TMPDIR:-/tmp}/orch-demo.XXXXXX")
XDG_STATE_HOME=$dir/state
unset ORCH_DIR ORCH_TASKS ORCH_ATTEMPT
export XDG_STATE_HOME
# Of the agents some keep their login there.
[ -n "$AGENT" ] || export XDG_CONFIG_HOME="$dir/config"

title() { printf '\n== %s\n\n' "$*"; }
show() {
	printf '$ %s\n' "$*"
	"$@"
}

title "A repository in $dir/wordcount"
cp -R "$here/wordcount" "$dir"
cp "$here/orch.yml" "$dir/wordcount"
[ -z "$AGENT" ] ||
	printf 'timeout: 15m\nagents: {%s: {%s}}\n' "$AGENT" "${MODEL:+model: '$MODEL'}" >>"$dir/wordcount/orch.yml"
cd "$dir/wordcount"
git init -q
git symbolic-ref HEAD refs/heads/main
git config user.name 'Demo'
git config user.email demo@localhost
git add .
git commit -qm 'wordcount as it was found'
make -s test 2>/dev/null || echo '(three tests fail)'
make -s clean
cp "$here/tasks.ndjson" "$dir/tasks.ndjson"
if [ -n "$AGENT" ]; then
	jq -c --arg agent "$AGENT" 'if .key | IN("fix-words", "man-page", "longest", "licence", "news")
		then del(.command) + {agent: $agent} else . end' "$here/tasks.ndjson" >"$dir/tasks.ndjson"
fi

title 'Set up, fill the task file, route, run: four at once'
show orch-init
cat <<'END'
$ orch-add --json - <tasks.ndjson | orch-route - | orch-run -j4 -
END
# 75: something will be retried.  69: something waits for a person.
status=0
orch-add --json - <"$dir/tasks.ndjson" | orch-route - | orch-run -j4 - || status=$?
round=0
while [ "$status" -eq 0 ] || [ "$status" -eq 69 ] || [ "$status" -eq 75 ]; do
	round=$((round + 1))
	[ "$round" -le 10 ] || break
	echo '$ orch-run --ready -j4'
	status=0
	orch-run --ready -j4 || status=$?
done
if [ "$status" -ne 1 ]; then
	echo "run.sh: orch-run ended with $status, not with 1 (nothing left to run)" >&2
	exit 1
fi

title 'What became of them'
show orch-list --tree
echo
show orch-status
echo
show orch-list "status!=done" --explain

title 'The work: a branch for each task'
orch-list 'branch!=' -o branch | while read -r branch; do
	echo "$branch"
	stat=$(git diff --stat "main...$branch")
	echo "${stat:- (no change)}"
done

title 'The evidence: where prompt, output and outcome of each attempt lie'
orch-list -o id | while read -r id; do
	orch-show "$id" | sed -n "s/^attempt /task $id, attempt /p"
done
cat <<'END'

In each folder: prompt.md, what the agent was told; stdout and stderr, what it wrote;
result.json, how it ended; verify-K.*, the checks; outcome.json, what that amounts to;
out/, what it wanted to leave.

END
[ -n "$AGENT" ] ||
	show cat "$(orch-show --path --attempt 1 "$(orch-list key=licence -o id)")/verify-1.stdout"
show cat "$(orch-show --path "$(orch-list key=version -o id)")/out/result.json"

title 'Is it as it should be?'
orch-list -o key,status,attempts | tr '\t' ' ' >"$dir/got"
cat >"$dir/want" <<'END'
fix-words done 1
man-page done 1
longest done 1
licence done 2
news done 1
integrate done 1
version needs_review 1
tag routed
prompt done 1
END
# How many attempts an agent needs nobody knows.
[ -z "$AGENT" ] || sed -i 's/ [0-9]*$//' "$dir/got" "$dir/want"
sed -i 's/ $//' "$dir/got" "$dir/want"
diff -u "$dir/want" "$dir/got"
orch-fsck
test -z "$(git status --porcelain --untracked-files=no)"
make -s -C "$(orch-list key=integrate -o worktree)" test
echo "Yes. Look around in $dir/wordcount; remove it with rm -rf $dir"
