/* Branches: which are merged, and which of them go. */
#include "net/git.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/err.h"
#include "base/vec.h"
#include "scratch.h"

static struct git *git;

static bool
has(const char *branch)
{
	char line[200];

	snprintf(line, sizeof line, "git -C repo show-ref -q --verify refs/heads/%s", branch);
	return shell(line);
}

static void
merged(const char *branch, const char *base, int want, const char *what)
{
	struct err e = { 0 };

	is_int(git_merged(git, branch, base, &e), want, what);
}

static void
stays(const char *branch, const char *base, const char *part)
{
	struct err e = { 0 };

	ok(git_branch_drop(git, branch, base, &e) == -1 && e.code == ERR_FAILED &&
	    strstr(e.msg, part) != NULL && has(branch), "'%s' stays: %s", branch, e.msg);
}

static void
goes(const char *branch, const char *base)
{
	struct err e = { 0 };

	ok(has(branch) && git_branch_drop(git, branch, base, &e) == 0 && !has(branch),
	    "'%s' goes %s", branch, e.msg);
}

int
main(void)
{
	struct vec_str names = { 0 };
	struct err e = { 0 };
	char tree[PATH_MAX + 16];

	scratch_make();
	setenv("HOME", scratch, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	if (!shell("exec 2>/dev/null; git config --global user.name x; git config --global user.email x@x;"
	    "git init -q -b main repo && cd repo && git commit -q --allow-empty -m first &&"
	    "git branch same && git branch release && git checkout -q -b in &&"
	    "git commit -q --allow-empty -m in && git checkout -q main && git merge -q --no-ff in &&"
	    "git branch behind HEAD~1 && git checkout -q -b ahead && git commit -q --allow-empty -m a &&"
	    "git checkout -q main && git worktree add -q ../work -b held &&"
	    "git tag v1 && git commit -q --allow-empty -m last") ||
	    (git = git_open("repo", &e)) == NULL) {
		printf("Bail out! no repository: %s\n", e.msg);
		return 1;
	}
	snprintf(tree, sizeof tree, "%s/work", scratch);
	merged("in", NULL, 1, "merged into HEAD");
	merged("in", "main", 1, "merged into a branch");
	merged("in", "v1", 1, "merged into a tag");
	merged("in", "release", 0, "not merged into another");
	merged("same", NULL, 1, "without a commit of its own");
	merged("ahead", NULL, 0, "ahead");
	merged("main", "main", 0, "a base is not merged into itself");
	merged("none", NULL, 2, "there is none");
	merged("a b..c", NULL, 2, "nor can there be");
	merged("in", "nowhere", -1, "there is no such base");
	stays("ahead", NULL, "not merged");
	stays("in", "release", "not merged");
	stays("held", NULL, "checked out");
	stays("main", "v1", "not merged");
	stays("main", NULL, "checked out");
	stays("main", "main", "not merged");
	ok(git_work_removable(git, tree, &e) == 0, "a clean work tree could go %s", e.msg);
	put("work/new", "x");
	ok(git_work_removable(git, tree, &e) == -1 && e.code == ERR_FAILED &&
	    strstr(e.msg, "not committed") != NULL, "not with work in it: %s", e.msg);
	put("plain", "x");
	snprintf(tree, sizeof tree, "%s/plain", scratch);
	ok(git_work_removable(git, tree, &e) == -1, "what is no work tree could not: %s", e.msg);
	snprintf(tree, sizeof tree, "%s/nothing", scratch);
	ok(git_work_removable(git, tree, &e) == 0, "what is not there is no obstacle");
	ok(git_branches(git, "ma", &names, &e) == 0 && names.n == 1 && vec_str_has(&names, "main"),
	    "those that begin so %s", e.msg);
	vec_str_release(&names);
	ok(git_branches(git, "", &names, &e) == 0 && names.n > 4, "all");
	vec_str_release(&names);
	goes("in", NULL);
	goes("same", "main");
	goes("behind", "v1");
	ok(git_branch_drop(git, "in", NULL, &e) == 1, "and is gone");
	ok(shell("git -C repo fsck --strict --no-dangling >/dev/null 2>&1"), "git finds nothing wrong");
	git_close(git);
	scratch_remove();
	return done_testing();
}
