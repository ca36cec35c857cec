/*
 * A place for a linked work tree: its path, what git has on record for it, and
 * the marker of a making that has not ended.
 *
 * libgit2 makes a work tree in several steps, and whoever is killed between them
 * leaves a folder that looks like a work tree in which nearly every file was
 * deleted.  So the making is bracketed by a marker beside the folder,
 * ".NAME.orch-new", that holds the name under which git files it: with a marker,
 * everything at the path is ours and unfinished and is made anew; without, the
 * work tree is whole, and what differs in it is somebody's work.  The marker's
 * removal is synced before the caller may start any work.
 */
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/git_impl.h"
#include "sys/fault.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"

#define RECORD_MAX    255	/* bytes in a marker */
#define LOCK_NAME     "orch.lock"
#define LOCK_PAUSE_MS 5		/* between two tries */

int
git_place_open(struct git_place *p, const char *path, bool make, struct err *e)
{
	char *given = gitlib_folder(path), *dir = path_dir(given), *real = NULL;
	int rc = -1;

	*p = (struct git_place){ .dirfd = -1 };
	if (*given != '/' || given[1] == '\0') {
		err_set(e, ERR_FAILED, "a work tree needs an absolute path, not '%s'", path);
		goto done;
	}
	if (make && path_make(dir, e) == -1)
		goto done;
	real = realpath(dir, NULL);
	p->path = path_join(real != NULL ? real : dir, path_base(given));
	p->base = path_base(p->path);
	p->marker = xasprintf(".%s.orch-new", p->base);
	p->gone = xasprintf(".%s.orch-gone", p->base);
	p->dirfd = fs_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dirfd == -1 && (make || errno != ENOENT)) {
		err_sys(e, "cannot open the folder '%s'", dir);
		goto done;
	}
	rc = 0;
done:
	free(real);
	free(dir);
	free(given);
	return rc;
}

void
git_place_close(struct git_place *p)
{
	if (p->dirfd != -1)
		close(p->dirfd);
	free(p->path);
	free(p->marker);
	free(p->gone);
}

bool
git_place_exists(const struct git_place *p)
{
	struct stat st;

	return p->dirfd != -1 && fstatat(p->dirfd, p->base, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What git has on record for the place, whether or not it stands; NULL: nothing. */
git_worktree *
git_place_record(const struct git *g, const struct git_place *p)
{
	git_strarray names = { 0 };
	git_worktree *wt = NULL;

	if (git_worktree_list(&names, g->repo) != 0)
		return NULL;
	for (size_t i = 0; i < names.count && wt == NULL; i++) {
		char *path;

		if (git_worktree_lookup(&wt, g->repo, names.strings[i]) != 0) {
			wt = NULL;
			continue;
		}
		path = gitlib_folder(git_worktree_path(wt));
		if (strcmp(path, p->path) != 0) {
			git_worktree_free(wt);
			wt = NULL;
		}
		free(path);
	}
	git_strarray_dispose(&names);
	return wt;
}

/* Drops the record of a work tree that does not stand any more. */
int
git_place_forget(git_worktree *wt, const struct git_place *p, struct err *e)
{
	git_worktree_prune_options opts = GIT_WORKTREE_PRUNE_OPTIONS_INIT;

	fault_step("git-forget");
	if (git_worktree_prune(wt, &opts) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot forget the work tree '%s'", p->path);
	return 0;
}

/* The folder of records, made early: libgit2 fails if two make it at once. */
int
git_place_records(const struct git *g, struct err *e)
{
	return gitlib_dir(g, "worktrees", e);
}

int
git_place_lock(const struct git *g, struct lock *lock, struct err *e)
{
	int64_t deadline = clock_mono() + LOCK_WAIT_MS;
	int dirfd = fs_openat(AT_FDCWD, g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (dirfd == -1)
		return err_sys(e, "cannot open '%s'", g->dir);
	while ((rc = lock_try(lock, dirfd, LOCK_NAME, e)) == 1 && clock_mono() < deadline)
		poll(NULL, 0, LOCK_PAUSE_MS);
	close(dirfd);
	if (rc == 1)
		err_set(e, ERR_BUSY, "another process holds '%s/%s'", g->dir, LOCK_NAME);
	return rc == 0 ? 0 : -1;
}

int
git_place_unmark(const struct git_place *p, struct err *e)
{
	fault_step("git-unmark");
	if (unlinkat(p->dirfd, p->marker, 0) == -1 && errno != ENOENT)
		return err_sys(e, "cannot remove the marker of '%s'", p->path);
	if (fsync(p->dirfd) == -1)
		return err_sys(e, "cannot sync the folder of '%s'", p->path);
	return 0;
}

/* Removes what a killed or failed making left: the folder, then the record. */
int
git_place_discard(const struct git *g, const struct git_place *p, const char *name, struct err *e)
{
	int records, rc = -1;

	if ((records = git_place_records(g, e)) == -1)
		return -1;
	if (fs_remove_tree(p->dirfd, p->base, e) == 0)
		rc = fs_remove_tree(records, name, e);
	close(records);
	return rc == 0 ? git_place_unmark(p, e) : -1;
}

/* A name that record_name() may have given: never a path out of the folder. */
static bool
is_record_name(const char *s)
{
	return *s != '\0' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

int
git_place_recover(const struct git *g, const struct git_place *p, struct err *e)
{
	struct buf name = { 0 };
	int rc;

	rc = fs_read(p->dirfd, p->marker, RECORD_MAX, &name, e);
	if (rc == 1)
		rc = 0;
	else if (rc == 0 && !is_record_name(buf_str(&name)))
		rc = err_set(e, ERR_FAILED, "the marker of '%s' is damaged; remove '%s' beside it",
		    p->path, p->marker);
	else if (rc == 0)
		rc = git_place_discard(g, p, buf_str(&name), e);
	buf_release(&name);
	return rc;
}
