/*
 * Removing a linked work tree, but nobody's work.  The folder is renamed to
 * ".NAME.orch-gone" first, so that it is gone for everybody at once; then git
 * forgets it, then the files are deleted.  A killed removal is finished by the
 * next one.
 */
#include "net/git.h"

#include <git2.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/git_impl.h"
#include "sys/fault.h"
#include "sys/fs.h"
#include "sys/lock.h"

/* ERR_FAILED with the first names if anything is neither committed nor ignored. */
static int
check_clean(git_repository *repo, const struct git_place *p, struct err *e)
{
	struct buf names = { 0 };
	size_t n;
	int rc = gitlib_loose(repo, false, &n, &names, e);

	if (rc == -1)
		err_prefix(e, "the work tree '%s'", p->path);
	else if (n > 0)
		rc = err_set(e, ERR_FAILED, "not committed in the work tree '%s': %s", p->path,
		    buf_str(&names));
	buf_release(&names);
	return rc;
}

/* Commits on a detached HEAD that no branch holds would be lost to the next gc. */
static int
check_held(git_repository *repo, const struct git_place *p, struct err *e)
{
	git_branch_iterator *branches = NULL;
	git_reference *ref = NULL;
	git_branch_t type;
	git_oid head;
	bool held = false;

	if (git_repository_head_detached(repo) != 1)
		return 0;
	if (git_reference_name_to_id(&head, repo, "HEAD") != 0 ||
	    git_branch_iterator_new(&branches, repo, GIT_BRANCH_ALL) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot read the branches of '%s'", p->path);
	while (!held && git_branch_next(&ref, &type, branches) == 0) {
		git_oid id;

		held = git_reference_name_to_id(&id, repo, git_reference_name(ref)) == 0 &&
		    (git_oid_equal(&id, &head) || git_graph_descendant_of(repo, &id, &head) == 1);
		git_reference_free(ref);
	}
	git_branch_iterator_free(branches);
	if (!held)
		return err_set(e, ERR_FAILED, "the work tree '%s' has commits that no branch holds",
		    p->path);
	return 0;
}

static int
check_removable(const struct git *g, git_worktree *wt, const struct git_place *p, struct err *e)
{
	git_repository *repo = NULL;
	int rc = -1;

	/* What somebody committed to a repository of his own in there is nowhere else. */
	if (gitlib_intact(g, wt, e) == -1)
		return -1;
	if (git_repository_open_from_worktree(&repo, wt) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot open the work tree '%s'", p->path);
	if (check_clean(repo, p, e) == 0 && check_held(repo, p, e) == 0)
		rc = 0;
	git_repository_free(repo);
	return rc;
}

/* ERR_FAILED if what stands there must not go; nothing there is fine. */
static int
check_place(const struct git *g, const struct git_place *p, git_worktree *wt, struct err *e)
{
	if (wt != NULL && git_worktree_is_locked(NULL, wt) > 0)
		return err_set(e, ERR_FAILED, "the work tree '%s' is locked", p->path);
	if (!git_place_exists(p))
		return 0;
	if (wt == NULL)
		return err_set(e, ERR_FAILED, "'%s' is no work tree of '%s'", p->path, g->dir);
	return check_removable(g, wt, p, e);
}

/* What an earlier call left half done, and what stands there if it may go. */
static int
clear_place(const struct git *g, const struct git_place *p, git_worktree *wt, bool force,
    struct err *e)
{
	if ((!(force && wt != NULL) && check_place(g, p, wt, e) == -1) ||
	    (p->dirfd != -1 && fs_remove_tree(p->dirfd, p->gone, e) == -1))
		return -1;
	if (!git_place_exists(p))
		return 0;
	fault_step("git-remove");
	if (renameat(p->dirfd, p->base, p->dirfd, p->gone) == -1)
		return err_sys(e, "cannot remove the work tree '%s'", p->path);
	return 0;
}

/* The two steps that change git's records. */
static int
recover(const struct git *g, const struct git_place *p, struct err *e)
{
	struct lock lock;
	int rc;

	if (git_place_lock(g, &lock, e) == -1)
		return -1;
	rc = git_place_recover(g, p, e);
	lock_release(&lock);
	return rc;
}

static int
forget(const struct git *g, const struct git_place *p, git_worktree *wt, struct err *e)
{
	struct lock lock;
	int rc;

	if (git_place_lock(g, &lock, e) == -1)
		return -1;
	rc = git_place_forget(wt, p, e);
	lock_release(&lock);
	return rc;
}

static int
take_away(struct git *g, const char *path, bool force, struct err *e)
{
	struct git_place p = { .dirfd = -1 };
	git_worktree *wt = NULL;
	int rc = -1;

	if (git_place_open(&p, path, false, e) == -1)
		goto done;
	if (p.dirfd != -1 && recover(g, &p, e) == -1)
		goto done;
	wt = git_place_record(g, &p);
	if (clear_place(g, &p, wt, force, e) == -1)
		goto done;
	if (wt != NULL && forget(g, &p, wt, e) == -1)
		goto done;
	rc = p.dirfd != -1 ? fs_remove_tree(p.dirfd, p.gone, e) : 0;
done:
	git_worktree_free(wt);
	git_place_close(&p);
	return rc;
}

int
git_work_remove(struct git *g, const char *path, struct err *e)
{
	return take_away(g, path, false, e);
}

int
git_work_discard(struct git *g, const char *path, const char *branch, struct err *e)
{
	git_reference *ref = NULL;
	int rc = take_away(g, path, true, e);

	if (rc == 0 && git_branch_lookup(&ref, g->repo, branch, GIT_BRANCH_LOCAL) == 0 &&
	    git_reference_delete(ref) != 0)
		rc = gitlib_fail(e, ERR_FAILED, "cannot remove the branch '%s'", branch);
	git_reference_free(ref);
	return rc;
}

int
git_work_removable(struct git *g, const char *path, struct err *e)
{
	struct git_place p = { .dirfd = -1 };
	git_worktree *wt = NULL;
	int rc = -1;

	if (git_place_open(&p, path, false, e) == -1)
		goto done;
	wt = git_place_record(g, &p);
	rc = check_place(g, &p, wt, e);
done:
	git_worktree_free(wt);
	git_place_close(&p);
	return rc;
}
