/*
 * What was done in a work tree, and keeping it: counts, names, one commit of
 * everything.  Filters other than line ends are not run (no program is started
 * here): a changed file that has one must be committed by whoever changed it.
 */
#include "net/git.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/git_impl.h"
#include "sys/fault.h"

static int
count_commits(const struct git_at *at, size_t *n, struct err *e)
{
	git_revwalk *walk = NULL;
	git_oid id;
	int rc;

	*n = 0;
	rc = git_revwalk_new(&walk, at->repo);
	if (rc == 0)
		rc = git_revwalk_push(walk, git_commit_id(at->head));
	if (rc == 0)
		rc = git_revwalk_hide(walk, git_commit_id(at->base));
	while (rc == 0 && (rc = git_revwalk_next(&id, walk)) == 0)
		++*n;
	git_revwalk_free(walk);
	return rc == GIT_ITEROVER ? 0 : gitlib_fail(e, ERR_FAILED, "cannot count commits");
}

static int
count_dirty(const struct git_at *at, size_t *n, struct err *e)
{
	struct buf names = { 0 };
	int rc = gitlib_loose(at->repo, false, n, &names, e);

	buf_release(&names);
	return rc;
}

static int
list_changed(const struct git_at *at, struct vec_str *files, struct err *e)
{
	git_diff_options opts;
	git_tree *tree = NULL;
	git_diff *diff = NULL;
	int rc = -1;

	git_diff_options_init(&opts, GIT_DIFF_OPTIONS_VERSION);
	opts.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS;
	if (git_commit_tree(&tree, at->base) != 0 ||
	    git_diff_tree_to_workdir_with_index(&diff, at->repo, tree, &opts) != 0) {
		gitlib_fail(e, ERR_FAILED, "cannot compare the files");
		goto done;
	}
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *d = git_diff_get_delta(diff, i);
		struct buf name = { 0 };

		/* touched, but the same */
		if (d->status == GIT_DELTA_UNMODIFIED)
			continue;
		str_clean(&name, d->new_file.path, strlen(d->new_file.path));
		vec_str_take(files, buf_detach(&name));
	}
	vec_str_sort(files);
	rc = 0;
done:
	git_diff_free(diff);
	git_tree_free(tree);
	return rc;
}

int
git_work(const char *path, const char *base_id, struct git_work *w, struct vec_str *files,
    struct err *e)
{
	struct git_at at;
	int rc = -1;

	*w = (struct git_work){ 0 };
	if (gitlib_at(&at, path, base_id, e) == -1)
		goto done;
	git_oid_tostr(w->head, sizeof w->head, git_commit_id(at.head));
	if (count_commits(&at, &w->commits, e) == -1 || count_dirty(&at, &w->dirty, e) == -1)
		goto done;
	if (files != NULL && list_changed(&at, files, e) == -1)
		goto done;
	rc = 0;
done:
	gitlib_at_close(&at);
	return rc != 0 ? err_prefix(e, "the work tree '%s'", path) : 0;
}

int
gitlib_signature(git_repository *repo, git_signature **sig)
{
	if (git_signature_default(sig, repo) != 0 &&
	    git_signature_now(sig, "orch", "orch@localhost") != 0)
		return -1;
	(*sig)->when.time = clock_now();
	return 0;
}

/*
 * A commit with one parent in the middle of a merge would drop the other side,
 * and files with conflict marks would be taken for resolved.
 */
static int
check_state(const struct git_at *at, git_index *index, struct err *e)
{
	int state = git_repository_state(at->repo);

	if (git_index_has_conflicts(index))
		return err_set(e, ERR_FAILED, "there are conflicts that are not resolved");
	if (state != GIT_REPOSITORY_STATE_NONE && state != GIT_REPOSITORY_STATE_BISECT)
		return err_set(e, ERR_FAILED, "a merge, rebase or the like is not finished");
	return 0;
}

static int
write_commit(const struct git_at *at, const git_tree *tree, const char *message, struct err *e)
{
	const git_commit *parents[] = { at->head };
	git_buf text = GIT_BUF_INIT;
	git_signature *sig = NULL;
	git_oid id;
	int rc;

	rc = git_message_prettify(&text, message, 0, '#');
	if (rc == 0)
		rc = gitlib_signature(at->repo, &sig);
	fault_step("git-commit");
	if (rc == 0)
		rc = git_commit_create(&id, at->repo, "HEAD", sig, sig, NULL, text.ptr, tree, 1,
		    parents);
	if (rc != 0)
		gitlib_fail(e, ERR_FAILED, "cannot commit");
	git_signature_free(sig);
	git_buf_dispose(&text);
	return rc == 0 ? 0 : -1;
}

/* What the files are like, and the first that is in the way. */
struct adding {
	struct gitlib_look look;
	char *filtered;		/* "'a.bin' (filter lfs)"; NULL: none */
};

/*
 * A repository that somebody cloned within the work tree is listed as a folder,
 * with a slash at the end.  It is left out, as no commit can hold its files; it
 * still counts as not committed, so it is not removed unseen.  A file that a program must
 * change before git has it would come into the repository as it stands here: refused.
 */
static int
choose(const char *path, const char *pathspec, void *arg)
{
	struct adding *a = arg;
	const char *filter;

	(void)pathspec;
	if (str_ends(path, "/"))
		return 1;
	switch (gitlib_look(&a->look, path, &filter)) {
	case GITLIB_SAME:
		return 1;
	case GITLIB_FILTERED:
		a->filtered = xasprintf("'%s' (filter %s)", path, filter);
		return -1;
	case GITLIB_PLAIN:
		break;
	}
	return 0;
}

/* Everything that is not ignored goes into the index, deletions too; then the tree. */
static int
stage_all(const struct git_at *at, git_index *index, git_tree **tree, struct err *e)
{
	struct adding a = { .filtered = NULL };
	git_oid id;
	int added;

	if (gitlib_look_begin(&a.look, at->repo, e) == -1)
		return -1;
	added = git_index_add_all(index, NULL, GIT_INDEX_ADD_DEFAULT, choose, &a);
	gitlib_look_end(&a.look);
	if (a.filtered != NULL) {
		err_set(e, ERR_FAILED, "%s has to be committed there with git itself", a.filtered);
		free(a.filtered);
		return -1;
	}
	if (added != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot add the files");
	fault_step("git-index");
	if (git_index_write(index) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot write the index");
	if (git_index_write_tree(&id, index) != 0 || git_tree_lookup(tree, at->repo, &id) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot write the tree");
	return 0;
}

int
git_commit_all(const char *path, const char *message, struct err *e)
{
	struct git_at at;
	git_index *index = NULL;
	git_tree *tree = NULL;
	int rc = -1;

	if (gitlib_at(&at, path, NULL, e) == -1)
		goto done;
	if (git_repository_index(&index, at.repo) != 0) {
		gitlib_fail(e, ERR_FAILED, "cannot read the index");
		goto done;
	}
	if (check_state(&at, index, e) == -1 || stage_all(&at, index, &tree, e) == -1)
		goto done;
	if (git_oid_equal(git_tree_id(tree), git_commit_tree_id(at.head)))
		rc = 1;
	else
		rc = write_commit(&at, tree, message, e);
done:
	git_tree_free(tree);
	git_index_free(index);
	gitlib_at_close(&at);
	return rc == -1 ? err_prefix(e, "cannot commit the work in '%s'", path) : rc;
}
