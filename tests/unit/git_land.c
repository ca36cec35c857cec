/* Landing: rebasing in memory, branches that move only if nobody else moved them. */
#include "net/git_land.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/git.h"
#include "scratch.h"

static struct git *git;

static const char *
tip(const char *branch)
{
	static char ids[4][GIT_ID_MAX];
	static int next;
	struct err e = { 0 };
	char *id = ids[next++ % 4];

	if (git_tip(git, branch, id, &e) != 0)
		*id = '\0';
	return id;
}

/* Rebases a branch onto main; `id` is what it comes to. */
static int
rebased(const char *branch, char id[GIT_ID_MAX], const char *files, const char *what)
{
	struct buf names = { 0 };
	struct err e = { 0 };
	int r = git_replay(git, tip(branch), tip("main"), id, &names, &e);

	if (r == -1)
		printf("# %s\n", e.msg);
	is(buf_str(&names), files, what);
	buf_release(&names);
	return r;
}

static void
test_replay(void)
{
	char id[GIT_ID_MAX], line[400];
	struct err e = { 0 };

	is_int(rebased("ahead", id, "", "what stands on it already"), 0, "fits");
	is(id, tip("ahead"), "as it is");
	is_int(rebased("behind", id, "", "what it has already"), 0, "fits");
	is(id, tip("main"), "and is nothing new");
	is_int(rebased("picked", id, "", "what it has in another shape"), 0, "fits");
	is(id, tip("main"), "and is nothing new");
	is_int(rebased("clash", id, "file", "a file in conflict is named"), 1, "and it does not fit");
	is_int(rebased("many", id, "a, b, c and 2 more", "of many the first"), 1, "nor does that");
	is_int(rebased("side", id, "", "two commits beside it"), 0, "fit");
	snprintf(line, sizeof line, "cd repo && test $(git rev-parse %s~2) = $(git rev-parse main) &&"
	    "test $(git show -s --format=%%an:%%s %s) = Other:two && test $(git show %s:one) = 1 &&"
	    "test $(git show %s:new) = main", id, id, id, id);
	ok(shell(line), "on top of it, with their authors");
	ok(shell("cd repo && test -z \"$(git status --porcelain)\" &&"
	    "test $(git rev-parse side) = $(git rev-parse was)"),
	    "no branch has moved, no file has changed");
	is_int(git_tip(git, "nowhere", id, &e), 2, "there is no such branch");
	is_int(git_has(git, tip("main"), tip("behind"), &e), 1, "one commit is before another");
	is_int(git_has(git, tip("behind"), tip("main"), &e), 0, "but not the other way");
}

static void
test_dry(void)
{
	char id[GIT_ID_MAX], line[200];
	struct git *other = git;
	struct err e = { 0 };

	if ((git = git_open("repo", &e)) == NULL || git_dry(git, &e) == -1)
		printf("# %s\n", e.msg);
	ok(shell("find repo/.git/objects | sort >objects"), "a dry run");
	is_int(rebased("dry", id, "", "is as good"), 0, "and can tell");
	snprintf(line, sizeof line, "find repo/.git/objects | sort | cmp -s - objects &&"
	    "! git -C repo cat-file -e %s 2>/dev/null", id);
	ok(shell(line), "but writes no object");
	git_close(git);
	git = other;
}

/* Where nobody has it checked out. */
static void
test_free(void)
{
	struct err e = { 0 };
	char old[GIT_ID_MAX];

	memcpy(old, tip("free"), sizeof old);
	is_int(git_advance_check(git, "free", NULL, &e), 0, "a branch that nobody has");
	is_int(git_advance(git, "free", tip("main"), tip("side"), NULL, -1, &e), 1,
	    "does not move if it is elsewhere");
	is(tip("free"), old, "and stays");
	is_int(git_advance(git, "free", old, tip("main"), NULL, -1, &e), 0, "moves");
	is(tip("free"), tip("main"), "to where it shall");
	is_int(git_carry(git, "free", old, tip("side"), &e), 1, "is not carried from elsewhere");
	is_int(git_carry(git, "free", tip("main"), tip("side"), &e), 0, "is carried anywhere");
	is(tip("free"), tip("side"), "and is there");
}

/* Where the main work tree has it. */
static void
test_main(void)
{
	struct err e = { 0 };
	char old[GIT_ID_MAX];

	memcpy(old, tip("main"), sizeof old);
	put("repo/file", "changed\n");
	ok(git_advance_check(git, "main", NULL, &e) == -1 && e.code == ERR_BUSY &&
	    strstr(e.msg, ": file") != NULL, "a changed file is told: %s", e.msg);
	ok(git_advance(git, "main", old, tip("ahead"), NULL, -1, &e) == -1 && e.code == ERR_BUSY,
	    "and is in the way: %s", e.msg);
	shell("realpath repo/file | tr -d '\\n' >file.path");
	is_int(git_advance_check(git, "main", get("file.path"), &e), 0, "but for one");
	ok(shell("cd repo && git checkout -q file && echo x >nobody-knows"), "an untracked one");
	is_int(git_advance_check(git, "main", NULL, &e), 0, "is not");
	is_int(git_advance(git, "main", tip("behind"), tip("ahead"), NULL, -1, &e), 1,
	    "it does not move if it is elsewhere");
	ok(shell("printf '#!/bin/sh\\necho ran >>\"%s/hook\"\\n' \"$PWD\" >repo/.git/hooks/post-merge &&"
	    "chmod +x repo/.git/hooks/post-merge"), "a hook");
	ok(git_advance(git, "main", old, tip("ahead"), NULL, -1, &e) == 0, "it moves");
	is(tip("main"), tip("ahead"), "to where it shall");
	ok(!there("hook") && shell("cd repo && test -z \"$(git status --porcelain -uno)\" && test -e ahead"),
	    "with its files, and without the hook");
	put("repo/blocked", "mine\n");
	ok(git_advance(git, "main", tip("main"), tip("block"), NULL, -1, &e) == -1 && e.code == ERR_BUSY &&
	    strcmp(get("repo/blocked"), "mine\n") == 0, "what is in the way stays: %s", e.msg);
	ok(git_carry(git, "main", tip("main"), tip("side"), &e) == -1 && e.code == ERR_FAILED,
	    "it is never carried elsewhere: %s", e.msg);
}

/* Where a linked work tree has it. */
static void
test_linked(void)
{
	struct err e = { 0 };
	char old[GIT_ID_MAX];

	memcpy(old, tip("held"), sizeof old);
	put("work/loose", "x\n");
	/* As if it had been killed half way. */
	ok(shell("cd work && git show side:one >one && git add one && git show side:two >two"), "half way");
	ok(git_carry(git, "held", old, tip("side"), &e) == 0, "with its work tree");
	is(tip("held"), tip("side"), "it is there");
	ok(shell("cd work && test \"$(git status --porcelain)\" = '?? loose' && test -e two"),
	    "the files too, and what was not committed");
	put("work/one", "mine\n");
	ok(git_carry(git, "held", tip("side"), old, &e) == -1 && e.code == ERR_FAILED &&
	    strcmp(get("work/one"), "mine\n") == 0, "what would be lost is in the way: %s", e.msg);
	is(tip("held"), tip("side"), "so it stays");
	ok(shell("cd work && git checkout -q one && git --git-dir=../other.git init -q --bare &&"
	    "echo gitdir: ../other.git >.git"), "one that leads elsewhere");
	ok(git_carry(git, "held", tip("side"), old, &e) == 0 && shell("test -z \"$(ls other.git/refs/heads)\" &&"
	    "test \"$(cat work/one)\" = 1"), "is not followed");
}

int
main(void)
{
	struct err e = { 0 };

	scratch_make();
	setenv("HOME", scratch, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	if (!shell("exec 2>&1; c() { git add -A && git -c user.name=Other commit -q -m \"$1\"; }; set -e;"
	    "git config --global user.name x; git config --global user.email x@x;"
	    "git init -q -b main repo; cd repo; echo a >file; c first; git branch behind;"
	    "for b in side clash many picked dry; do git branch $b; done;"
	    "git checkout -q side; echo 1 >one; c one; echo 2 >two; c two; git branch was;"
	    "git checkout -q dry; echo 1 >dry; c dry;"
	    "git checkout -q clash; echo b >file; c clash;"
	    "git checkout -q many; for f in a b c d e; do echo 1 >$f; done; c many;"
	    "git checkout -q picked; echo p >p; c picked;"
	    "git checkout -q main; for f in a b c d e file; do echo 2 >$f; done; echo main >new; c new;"
	    "git cherry-pick picked >/dev/null; git branch free HEAD~1;"
	    "git checkout -q -b ahead; echo 1 >ahead; c ahead; git checkout -q -b block; echo 1 >blocked; c block;"
	    "git checkout -q main; git worktree add -q ../work -b held behind") ||
	    (git = git_open("repo", &e)) == NULL) {
		printf("Bail out! no repository: %s\n", e.msg);
		return 1;
	}
	test_replay();
	test_dry();
	test_free();
	test_main();
	test_linked();
	git_close(git);
	scratch_remove();
	return done_testing();
}
