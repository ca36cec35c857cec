#!/bin/sh
# What orch.yml wants around a work tree: files, hooks, ports.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1 XDG_STATE_HOME="$T/state"

# repo NAME: a repository that is a project; orch.yml from standard input
repo() {
	project "$T/$1" >/dev/null 2>&1
	{ echo 'retry: {base: 1s, jitter: 0}'; cat; } >orch.yml
	git add . && git commit -q -m files
}
# work COMMAND [VERIFY]: a task that runs
work() { orch-add -a sh --command "$1" --verify "${2:-true}" Work >/dev/null && orch-run -q next >"$T/out" 2>"$T/err"; }
later() { ORCH_TEST_NOW=2026-01-02T0$1:30:00Z orch-run -q next >"$T/out" 2>"$T/err"; }
tree() { orch-list "$1" -o worktree; }
files() { git ls-tree --name-only "orch/$1-work" | tr '\n' ' '; }

# ---- files ----

repo files <<'END'
worktree: {copy: [secret, sub/dir/deep, none, tracked], link: [cache]}
END
mkdir -p cache sub/dir && echo x >cache/x && echo 1 >secret && chmod 640 secret && echo deep >sub/dir/deep
echo old >tracked && git add tracked && git commit -q -m tracked && echo new >tracked
work 'echo $(cat secret sub/dir/deep cache/x tracked; stat -c %a secret; readlink cache) >seen; echo 2 >secret'
is "$(git show orch/1-work:seen)" "1 deep x old 640 $T/files/cache" 'copies and a link are there, with their modes'
is "$(files 1)" 'orch.yml seen tracked ' 'and are not committed'
is "$(cat secret tracked | tr '\n' ' ')" '1 new ' 'a copy is a copy, and what git has is not replaced'
for bad in ../x /etc/passwd . a//b a/../../b '*'; do
	ORCH_WORKTREE_COPY=$bad work true
	is "$? $(orch-list @needs_review -o last_error | tail -n 1)" \
		"69 worktree.copy: '$bad' is no plain path within the project" "'$bad' is refused"
done
mkdir "$T/elsewhere" && ln -s "$T/elsewhere" out && git add out && git commit -q -m link && rm out && mkdir out && echo 1 >out/file
ORCH_WORKTREE_COPY=out/file work true
is "$? $(ls "$T/elsewhere")" '69 ' 'a link in the tree leads nowhere else'

# ---- hooks ----

repo hooks <<END
worktree:
  hooks:
    after_create: echo created \$ORCH_ATTEMPT >>$T/story; [ ! -e $T/no_create ]
    before_run: echo before \$ORCH_ATTEMPT >>$T/story; [ ! -e $T/no_run ]
    after_run: echo after \$ORCH_ATTEMPT >>$T/story; echo formatted >>file; [ ! -e $T/no_after ]
END
touch "$T/no_create"
work "echo run >>$T/story; echo made >file"
is "$? $(status 1)" '75 routed' 'after_create that fails lets nothing run, for now'
like "$(field 1 last_error)" '*after_create ended with 1' 'and is told'
rm "$T/no_create" && touch "$T/no_run"
later 4
is "$? $(status 1)" '75 routed' 'nor does before_run'
rm "$T/no_run" && touch "$T/no_after"
later 5
is "$? $(status 1) $(field 1 error_class)" '75 routed verify_failed' 'after after_run nothing is accepted'
rm "$T/no_after"
later 6
is "$? $(status 1)" '0 done' 'when all pass it is done'
is "$(tr '\n' ' ' <"$T/story")" \
	'created 1/1 created 1/2 before 1/2 before 1/3 run after 1/3 before 1/4 run after 1/4 ' \
	'a work tree is set up once, each attempt has the other two'
is "$(git show orch/1-work:file | tr '\n' ' ')" 'made formatted ' 'what after_run leaves is part of the work'
like "$(ls .orch/runs/1/4 | tr '\n' ' ')" '*after_run.stdout*before_run.stdout*' 'what they say is kept'

# before_remove
git merge -q --no-edit orch/1-work && where=$(tree 1)
printf '    before_remove: echo removed $(basename $PWD) $ORCH_BRANCH >>%s; [ ! -e %s ]\n' "$T/gone" "$T/no_remove" >>orch.yml
touch "$T/no_remove"
export ORCH_TEST_NOW=2026-01-02T12:00:00Z
orch-gc -n --older 0s worktrees 2>"$T/err"
[ ! -e "$T/gone" ]
result $? 'a dry run runs no hook'
orch-gc -v --older 0s worktrees 2>"$T/err"
is "$? $(cat "$T/gone")" '0 removed 1-work orch/1-work' 'before_remove runs in the work tree'
like "$(cat "$T/err")" '*stays: the hook before_remove ended with 1*' 'and may refuse'
rm "$T/no_remove"
[ -d "$where" ] && orch-gc --older 0s worktrees && [ ! -d "$where" ]
result $? 'or not'

# ---- ports ----

repo ports <<'END'
worktree: {ports: 2}
workers: 3
END
exec 9>"$T/go" && flock 9
for n in 1 2 3; do
	orch-add -a sh --command "echo \$ORCH_PORT_1 \$ORCH_PORT_2 \${ORCH_PORT_3-none} >$T/port.$n; flock -s $T/go true" \
		--verify 'test -n "$ORCH_PORT_2"' "Task $n" >/dev/null
done
printf 'slots: 3\n' >>orch.yml
orch-run -q --ready >"$T/out" 2>"$T/err" 9>&- &
for n in 1 2 3; do wait_for test -s "$T/port.$n"; done
exec 9>&-
wait
is "$(cat "$T"/port.* | sort | tr '\n' ' ')" '20000 20001 none 20016 20017 none 20032 20033 none ' 'three at once have ports of their own'
is "$(orch-list @done -o id | wc -l)" 3 'their checks too'
rm "$T"/port.*
work "echo \$ORCH_PORT_1 >$T/port"
is "$(cat "$T/port")" 20000 'and given back'
done_testing
