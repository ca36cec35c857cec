/*
 * A branch that goes elsewhere, with the linked work tree that has it
 *
 * Only files that differ between the two commits are looked at.  One that is as in either
 * of them is ours to write: so a carrying that was killed half way is simply done again.
 * Anything else is somebody's work, and then nothing is written.
 */
#include "net/git_land.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/git.h"
#include "net/git_impl.h"
#include "sys/fault.h"

struct carry {
	struct git_at at;
	git_tree *from, *to;
	struct vec_str paths;		/* that differ between them */
};

static void
add_names(const git_diff *diff, struct vec_str *names)
{
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *d = git_diff_get_delta(diff, i);

		if (d->status != GIT_DELTA_UNMODIFIED)
			vec_str_push(names, d->new_file.path ? d->new_file.path : d->old_file.path);
	}
}

/* Those of the paths that are not as in the tree, whatever git was told to ignore. */
static int
differing(struct carry *c, git_tree *tree, struct vec_str *names, struct err *e)
{
	git_diff_options opts;
	git_diff *diff = NULL;
	int rc;

	/* No path at all would mean each of them. */
	if (c->paths.n == 0)
		return 0;
	git_diff_options_init(&opts, GIT_DIFF_OPTIONS_VERSION);
	opts.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS |
	    GIT_DIFF_INCLUDE_IGNORED | GIT_DIFF_RECURSE_IGNORED_DIRS |
	    GIT_DIFF_DISABLE_PATHSPEC_MATCH;
	opts.pathspec = (git_strarray){ c->paths.v, c->paths.n };
	if ((rc = git_diff_tree_to_workdir(&diff, c->at.repo, tree, &opts)) == 0)
		add_names(diff, names);
	git_diff_free(diff);
	return rc == 0 ? 0 : gitlib_fail(e, ERR_FAILED, "cannot compare the files");
}

/* ERR_FAILED names a file that is neither as before nor as it shall be. */
static int
check_files(struct carry *c, struct err *e)
{
	struct vec_str before = { 0 }, after = { 0 };
	struct buf name = { 0 };
	int rc = -1;

	if (differing(c, c->from, &before, e) == -1 || differing(c, c->to, &after, e) == -1)
		goto done;
	rc = 0;
	for (size_t i = 0; i < after.n && rc == 0; i++)
		if (vec_str_has(&before, after.v[i])) {
			str_visible(&name, after.v[i], strlen(after.v[i]), false);
			rc = err_set(e, ERR_FAILED, "'%s' is changed in its work tree", buf_str(&name));
		}
done:
	buf_release(&name);
	vec_str_release(&after);
	vec_str_release(&before);
	return rc;
}

static int
write_files(struct carry *c, struct err *e)
{
	git_checkout_options opts;

	git_checkout_options_init(&opts, GIT_CHECKOUT_OPTIONS_VERSION);
	opts.checkout_strategy = GIT_CHECKOUT_FORCE | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH |
	    GIT_CHECKOUT_REMOVE_UNTRACKED | GIT_CHECKOUT_REMOVE_IGNORED;
	opts.paths = (git_strarray){ c->paths.v, c->paths.n };
	fault_step("git-carry");
	if (c->paths.n > 0 && git_checkout_tree(c->at.repo, (git_object *)c->to, &opts) != 0)
		return gitlib_fail(e, ERR_FAILED, "its work tree cannot follow");
	return 0;
}

static int
open_trees(struct carry *c, const git_oid *old, const git_oid *id, struct err *e)
{
	git_commit *from = NULL, *to = NULL;
	git_diff *diff = NULL;
	int rc;

	rc = git_commit_lookup(&from, c->at.repo, old);
	if (rc == 0)
		rc = git_commit_lookup(&to, c->at.repo, id);
	if (rc == 0)
		rc = git_commit_tree(&c->from, from);
	if (rc == 0)
		rc = git_commit_tree(&c->to, to);
	if (rc == 0)
		rc = git_diff_tree_to_tree(&diff, c->at.repo, c->from, c->to, NULL);
	if (rc == 0)
		add_names(diff, &c->paths);
	git_diff_free(diff);
	git_commit_free(from);
	git_commit_free(to);
	return rc == 0 ? 0 : gitlib_fail(e, ERR_FAILED, "cannot read the commits");
}

static int
carry_files(const struct git *g, const char *where, const git_oid *old, const git_oid *id,
    struct err *e)
{
	struct carry c = { 0 };
	char *common = NULL;
	int rc = gitlib_at(&c.at, where, NULL, e);

	if (rc == 0)
		common = gitlib_folder(git_repository_commondir(c.at.repo));
	/* What an agent can write does not lead us to another repository. */
	if (rc == 0 && strcmp(common, g->dir) != 0)
		rc = err_set(e, ERR_FAILED, "'%s' is no work tree of '%s' any more", where, g->dir);
	if (rc == 0 && (open_trees(&c, old, id, e) == -1 || check_files(&c, e) == -1 ||
	    write_files(&c, e) == -1))
		rc = -1;
	vec_str_release(&c.paths);
	git_tree_free(c.from);
	git_tree_free(c.to);
	free(common);
	gitlib_at_close(&c.at);
	return rc;
}

int
git_carry(struct git *g, const char *branch, const char *old, const char *id, struct err *e)
{
	char *where = git_holder(g, branch), now[GIT_ID_MAX];
	git_oid from, to;
	int r = -1;

	if (gitlib_id(old, &from, e) == -1 || gitlib_id(id, &to, e) == -1)
		goto done;
	if ((r = git_tip(g, branch, now, e)) != 0 || strcmp(now, old) != 0)
		r = r == -1 ? -1 : 1;
	else if (where != NULL && g->root != NULL && strcmp(where, g->root) == 0)
		r = err_set(e, ERR_FAILED, "the branch '%s' is checked out in '%s'", branch, where);
	else if (where == NULL || (r = carry_files(g, where, &from, &to, e)) == 0)
		r = gitlib_move(g, branch, &from, &to, e);
done:
	free(where);
	return r;
}
