/*
 * Making a linked work tree, or finding that it is there already.  git_place.c
 * tells what makes this safe to repeat.
 */
#include "net/git.h"

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "net/git_impl.h"
#include "sys/fault.h"
#include "sys/fs.h"
#include "sys/lock.h"

#define NAME_MAX_BYTES 48	/* of a folder's name within git's name for it */

/* A work tree on its way. */
struct making {
	const struct git_place *place;
	git_reference *ref;	/* its branch */
	bool made;		/* the branch is new */
	char *record;		/* git's name for it */
	git_worktree *tree;	/* NULL: it stood there already */
};

/*
 * A name for git's record that is free.  The hash of the path keeps two
 * processes that make different work trees from choosing the same one.
 */
static char *
record_name(int records, const struct git_place *p)
{
	char hash[FS_HASH_MAX];
	struct buf b = { 0 };
	struct stat st;
	size_t len;

	str_slug(&b, p->base, NAME_MAX_BYTES);
	fs_hash(p->path, strlen(p->path), hash);
	buf_printf(&b, "-%.8s", hash);
	len = b.len;
	for (int i = 2; fstatat(records, b.data, &st, AT_SYMLINK_NOFOLLOW) == 0; i++) {
		buf_cut(&b, len);
		buf_printf(&b, "-%d", i);
	}
	return buf_detach(&b);
}

/* The branch that HEAD of the work tree names, NULL if it is detached, or if the work tree
 * is not intact: then `e` says why.  Caller frees. */
static char *
branch_of(const struct git *g, git_worktree *wt, struct err *e)
{
	git_repository *repo = NULL;
	git_reference *head = NULL;
	char *branch = NULL;
	const char *target;

	if (gitlib_intact(g, wt, e) == 0 && git_repository_open_from_worktree(&repo, wt) == 0 &&
	    git_reference_lookup(&head, repo, "HEAD") == 0 &&
	    (target = git_reference_symbolic_target(head)) != NULL &&
	    str_starts(target, "refs/heads/"))
		branch = xstrdup(target + strlen("refs/heads/"));
	git_reference_free(head);
	git_repository_free(repo);
	return branch;
}

/* 1: the place is free, 0: the wanted work tree stands there, -1: something else. */
static int
look_at(const struct git *g, const struct git_place *p, const char *branch, struct err *e)
{
	git_worktree *wt = git_place_record(g, p);
	struct err broken = { 0 };
	char *other = NULL;
	int rc = -1;

	/* like git, an empty folder is as good as none */
	if (git_place_exists(p) && unlinkat(p->dirfd, p->base, AT_REMOVEDIR) == -1) {
		if (wt == NULL)
			err_set(e, ERR_FAILED, "'%s' is in the way and no work tree of '%s'", p->path,
			    g->dir);
		else if ((other = branch_of(g, wt, &broken)) == NULL && broken.msg[0] != '\0')
			*e = broken;
		else if (other == NULL)
			err_set(e, ERR_FAILED, "the work tree '%s' is damaged or on no branch",
			    p->path);
		else if (strcmp(other, branch) != 0)
			err_set(e, ERR_FAILED, "the work tree '%s' is on branch '%s'", p->path,
			    other);
		else
			rc = 0;
	} else
		rc = wt == NULL || git_place_forget(wt, p, e) == 0 ? 1 : -1;
	free(other);
	git_worktree_free(wt);
	return rc;
}

/* The branch; *made says whether it is new. */
static int
get_branch(const struct git *g, const char *name, const git_commit *base, git_reference **ref,
    bool *made, struct err *e)
{
	int rc = git_branch_lookup(ref, g->repo, name, GIT_BRANCH_LOCAL);

	if (rc == 0)
		return 0;
	fault_step("git-branch");
	if (rc != GIT_ENOTFOUND || git_branch_create(ref, g->repo, name, base, 0) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot make the branch '%s'", name);
	*made = true;
	return 0;
}

char *
git_holder(const struct git *g, const char *want)
{
	git_strarray names = { 0 };
	char *where = NULL, *head = git_head(g);

	if (g->root != NULL && head != NULL && strcmp(head, want) == 0)
		where = xstrdup(g->root);
	git_worktree_list(&names, g->repo);
	for (size_t i = 0; i < names.count && where == NULL; i++) {
		git_worktree *wt = NULL;
		struct err broken = { 0 };
		char *branch = NULL;

		/* One that is not intact follows no branch of ours. */
		if (git_worktree_lookup(&wt, g->repo, names.strings[i]) == 0 &&
		    (branch = branch_of(g, wt, &broken)) != NULL && strcmp(branch, want) == 0)
			where = gitlib_folder(git_worktree_path(wt));
		free(branch);
		git_worktree_free(wt);
	}
	git_strarray_dispose(&names);
	free(head);
	return where;
}

/*
 * Has git file a work tree without files yet, behind the marker.  That is quick,
 * and done under the lock: libgit2 takes a record that another process is just
 * writing for damage, and then every branch for checked out.
 */
static int
enter_record(const struct git *g, struct making *m, struct err *e)
{
	git_worktree_add_options opts;
	const struct git_place *p = m->place;
	struct err second = { 0 };
	int records, added, rc = -1;

	if ((records = git_place_records(g, e)) == -1)
		return -1;
	m->record = record_name(records, p);
	close(records);
	if (fs_replace(p->dirfd, p->marker, m->record, strlen(m->record), 0600, e) == -1)
		return -1;
	git_worktree_add_options_init(&opts, GIT_WORKTREE_ADD_OPTIONS_VERSION);
	opts.ref = m->ref;
	opts.checkout_options.checkout_strategy = GIT_CHECKOUT_NONE;
	fault_step("git-add");
	added = git_worktree_add(&m->tree, g->repo, m->record, p->path, &opts);
	if (added == 0)
		return 0;
	rc = gitlib_fail(e, ERR_FAILED, "cannot make a work tree at '%s'", p->path);
	/* what was there before is not ours to remove */
	if (added == GIT_EEXISTS)
		git_place_unmark(p, &second);
	else
		git_place_discard(g, p, m->record, &second);
	return rc;
}

/* All but the files; m->tree says whether they are still to come. */
static int
prepare(const struct git *g, struct making *m, const char *branch, const git_commit *base,
    git_oid *parting, struct err *e)
{
	git_object *tip = NULL;
	char *where = NULL;
	int state, rc = -1;

	if ((state = look_at(g, m->place, branch, e)) == -1)
		return -1;
	if (get_branch(g, branch, base, &m->ref, &m->made, e) == -1)
		goto done;
	if (git_reference_peel(&tip, m->ref, GIT_OBJECT_COMMIT) != 0) {
		gitlib_fail(e, ERR_FAILED, "cannot read the branch '%s'", branch);
		goto done;
	}
	if (gitlib_parting(g->repo, (git_commit *)tip, base, parting, e) == -1)
		goto done;
	if (state == 1 && !m->made && (where = git_holder(g, branch)) != NULL) {
		err_set(e, ERR_FAILED, "the branch '%s' is checked out in '%s'", branch, where);
		goto done;
	}
	rc = state == 1 ? enter_record(g, m, e) : 0;
done:
	if (rc == -1 && m->made)
		git_branch_delete(m->ref);
	free(where);
	git_object_free(tip);
	return rc;
}

/* The files.  Nobody else can see the work tree as free or as finished meanwhile. */
static int
check_out(const struct making *m, struct err *e)
{
	git_checkout_options opts;
	git_repository *repo = NULL;
	int rc = 0;

	git_checkout_options_init(&opts, GIT_CHECKOUT_OPTIONS_VERSION);
	opts.checkout_strategy = GIT_CHECKOUT_FORCE;
	fault_step("git-checkout");
	if (git_repository_open_from_worktree(&repo, m->tree) != 0 ||
	    git_checkout_head(repo, &opts) != 0)
		rc = gitlib_fail(e, ERR_FAILED, "cannot check out the files of '%s'",
		    m->place->path);
	git_repository_free(repo);
	return rc == 0 ? git_place_unmark(m->place, e) : -1;
}

/* After a failed check-out.  What cannot be undone is left to the marker. */
static void
undo(const struct git *g, const struct making *m)
{
	struct err second = { 0 };
	struct lock lock;

	if (git_place_lock(g, &lock, &second) == -1)
		return;
	if (git_place_discard(g, m->place, m->record, &second) == 0 && m->made)
		git_branch_delete(m->ref);
	lock_release(&lock);
}

static int
make(const struct git *g, struct making *m, const char *branch, const git_commit *base,
    git_oid *parting, struct err *e)
{
	struct lock lock;
	int rc = -1;

	if (git_place_lock(g, &lock, e) == -1)
		return -1;
	if (git_place_recover(g, m->place, e) == 0)
		rc = prepare(g, m, branch, base, parting, e);
	lock_release(&lock);
	if (rc == 0 && m->tree != NULL && (rc = check_out(m, e)) == -1)
		undo(g, m);
	return rc;
}

int
git_work_add(struct git *g, const char *path, const char *branch, const char *base,
    char **base_id, struct err *e)
{
	struct git_place p = { .dirfd = -1 };
	struct making m = { .place = &p };
	git_commit *from = NULL;
	git_oid parting;
	int valid = 0, rc = -1;

	*base_id = NULL;
	if (git_branch_name_is_valid(&valid, branch) != 0 || !valid)
		return err_set(e, ERR_FAILED, "'%s' is no name for a branch", branch);
	if (gitlib_commit(g, base, &from, e) == -1 || git_place_open(&p, path, true, e) == -1)
		goto done;
	if ((rc = make(g, &m, branch, from, &parting, e)) == -1)
		goto done;
	*base_id = xcalloc(1, GIT_OID_HEXSZ + 1);
	git_oid_fmt(*base_id, &parting);
done:
	git_worktree_free(m.tree);
	git_reference_free(m.ref);
	free(m.record);
	git_place_close(&p);
	git_commit_free(from);
	return rc;
}

/* 1: removed, 0: there was none. */
static int
drop_lock(int dirfd, const char *name, struct err *e)
{
	if (unlinkat(dirfd, name, 0) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : err_sys(e, "cannot remove '%s'", name);
}

char *
git_work_record(const struct git *g, const char *path)
{
	struct git_place p = { .dirfd = -1 };
	git_worktree *wt = NULL;
	struct err ignored = { 0 };
	char *dir = NULL;

	if (git_place_open(&p, path, false, &ignored) == 0 && (wt = git_place_record(g, &p)) != NULL)
		dir = xasprintf("%s/worktrees/%s", git_dir(g), git_worktree_name(wt));
	git_worktree_free(wt);
	git_place_close(&p);
	return dir;
}

/* The folder is found by git's record, never by what the work tree says of itself. */
int
git_work_unlock(struct git *g, const char *path, const char *branch, struct err *e)
{
	static const char *const names[] = { "index.lock", "HEAD.lock" };
	struct git_place p = { .dirfd = -1 };
	git_worktree *wt = NULL;
	char *ref = xasprintf("refs/heads/%s.lock", branch);
	int records = -1, common = -1, dir = -1, found = -1, rc = -1;

	if (git_place_open(&p, path, false, e) == -1 || (records = git_place_records(g, e)) == -1)
		goto done;
	if ((common = fs_openat(AT_FDCWD, g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		err_sys(e, "cannot open '%s'", g->dir);
		goto done;
	}
	if ((wt = git_place_record(g, &p)) != NULL)
		dir = openat(records, git_worktree_name(wt),
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if ((found = drop_lock(common, ref, e)) == -1)
		goto done;
	rc = found;
	for (size_t i = 0; dir != -1 && i < sizeof names / sizeof *names && rc != -1; i++)
		if ((found = drop_lock(dir, names[i], e)) != 0)
			rc = found;
done:
	if (dir != -1)
		close(dir);
	if (common != -1)
		close(common);
	if (records != -1)
		close(records);
	git_worktree_free(wt);
	git_place_close(&p);
	free(ref);
	return rc;
}
