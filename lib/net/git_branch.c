/*
 * Branches whose work has arrived.  Merged means what git means by it: the base has all
 * commits of the branch.  Work that arrived in another shape (squashed, cherry-picked)
 * is not seen, and its branch stays.
 */
#include "net/git.h"

#include <git2.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/git_impl.h"
#include "sys/fault.h"

/* 1: it is in the base.  0: it is not, or it is the base itself. */
static int
is_in(const struct git *g, const git_reference *branch, const char *base, struct err *e)
{
	const git_oid *tip = git_reference_target(branch);
	git_commit *commit = NULL;
	int r;

	if (tip == NULL || (base != NULL && strcmp(git_reference_shorthand(branch), base) == 0))
		return 0;
	if (gitlib_commit(g, base, &commit, e) == -1)
		return -1;
	r = git_oid_equal(git_commit_id(commit), tip) ? 1 :
	    git_graph_descendant_of(g->repo, git_commit_id(commit), tip);
	git_commit_free(commit);
	return r >= 0 ? r : gitlib_fail(e, ERR_FAILED, "cannot compare '%s' with its base",
	    git_reference_shorthand(branch));
}

/* 0, 2: there is none, -1 */
static int
look_up(const struct git *g, const char *name, git_reference **branch, struct err *e)
{
	int rc = git_branch_lookup(branch, g->repo, name, GIT_BRANCH_LOCAL);

	if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC)
		return 2;
	return rc == 0 ? 0 : gitlib_fail(e, ERR_FAILED, "cannot look for the branch '%s'", name);
}

int
git_merged(struct git *g, const char *branch, const char *base, struct err *e)
{
	git_reference *ref = NULL;
	int r;

	if ((r = look_up(g, branch, &ref, e)) == 0)
		r = is_in(g, ref, base, e);
	git_reference_free(ref);
	return r;
}

int
git_branch_drop(struct git *g, const char *branch, const char *base, struct err *e)
{
	git_reference *ref = NULL;
	int found, merged, r = -1;

	if ((found = look_up(g, branch, &ref, e)) != 0)
		return found == 2 ? 1 : -1;
	if ((merged = is_in(g, ref, base, e)) == -1)
		goto done;
	if (merged == 0) {
		err_set(e, ERR_FAILED, "the branch '%s' is not merged", branch);
		goto done;
	}
	if (git_branch_is_checked_out(ref) != 0) {
		err_set(e, ERR_FAILED, "the branch '%s' is checked out", branch);
		goto done;
	}
	fault_step("git-branch");
	/*
	 * It fails if somebody has moved the branch since it was looked up.  git_branch_delete()
	 * would also look for a section of the configuration, which a branch of ours never
	 * has, and in libgit2 1.5 loses memory at that.
	 */
	if (git_reference_delete(ref) != 0)
		gitlib_fail(e, ERR_FAILED, "cannot remove the branch '%s'", branch);
	else
		r = 0;
done:
	git_reference_free(ref);
	return r;
}

int
git_branches(struct git *g, const char *prefix, struct vec_str *names, struct err *e)
{
	git_branch_iterator *i = NULL;
	git_reference *ref;
	git_branch_t kind;
	const char *name;
	int rc;

	if (git_branch_iterator_new(&i, g->repo, GIT_BRANCH_LOCAL) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot list the branches");
	while ((rc = git_branch_next(&ref, &kind, i)) == 0) {
		if (git_branch_name(&name, ref) == 0 && str_starts(name, prefix))
			vec_str_push(names, name);
		git_reference_free(ref);
	}
	git_branch_iterator_free(i);
	vec_str_sort(names);
	return rc == GIT_ITEROVER ? 0 : gitlib_fail(e, ERR_FAILED, "cannot list the branches");
}
