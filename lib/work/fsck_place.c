/*
 * fsck_place - what lies in .orch and around it: leftovers, modes, kinds of files
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/project.h"
#include "work/fsck.h"
#include "work/fsck_place.h"

/* .orch, runs, runs/ID, runs/ID/N; what is below that is the agent's own, as is what is
 * below route/HASH. */
#define DEPTH_MAX 3
#define CALLS	  ".orch/route"

struct walk {
	struct findings *f;
	const struct project *p;
	int64_t task;		/* whose run folder this is, 0: none */
	uid_t owner;		/* of the task file */
	const char *guard;	/* the folder in .orch that has the lock of what is below it;
				   NULL: .orch itself */
};

/* ---- leftovers ---- */

/* What was written by rename and did not get its name is worthless; who removes it
 * holds the lock of those who write there.  A folder is only removed if it is empty. */
static bool
remove_leftover(const struct walk *w, int dirfd, const char *name, bool folder)
{
	struct lock lock = { .fd = -1 };
	struct err busy = { 0 };
	int guard = -1, r = -1;

	if (w->guard == NULL)
		r = lock_take(&lock, w->p->orch_fd, LOCK_WAIT_MS, "orch-fsck", &busy);
	else if ((guard = fs_openat(w->p->orch_fd, w->guard, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1)
		r = lock_try(&lock, guard, "lock", &busy);
	if (r == 0)
		r = unlinkat(dirfd, name, folder ? AT_REMOVEDIR : 0);
	lock_release(&lock);
	if (guard != -1)
		close(guard);
	return r == 0;
}

static bool
is_busy(const struct walk *w)
{
	struct err unknown = { 0 };
	int guard = w->guard == NULL ? w->p->orch_fd :
	    fs_openat(w->p->orch_fd, w->guard, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int held = guard == -1 ? -1 : lock_probe(guard, "lock", &unknown);

	if (guard != -1 && guard != w->p->orch_fd)
		close(guard);
	return held != 0;
}

/* Somebody may be at it: then it is no leftover.  Looked at again when nobody is. */
static void
check_leftover(const struct walk *w, int dirfd, const char *name, const char *path,
    const struct stat *seen)
{
	struct stat now;

	if (is_busy(w) || fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
	    now.st_ino != seen->st_ino)
		return;
	fsck_add(w->f, "leftover", w->task, path, "%s",
	    S_ISDIR(seen->st_mode) ? FSCK_IN_THE_WAY : FSCK_LEFTOVER);
	if ((S_ISREG(seen->st_mode) || S_ISDIR(seen->st_mode)) && fsck_may_fix(w->f) &&
	    remove_leftover(w, dirfd, name, S_ISDIR(seen->st_mode)))
		fsck_fixed(w->f);
}

/* ---- kinds ---- */

/* Of sync_state.h: HOST/REPO_ID.json, .lock, and a folder that has NUMBER.json. */
static mode_t
expected_of_sync(const char *path)
{
	return str_ends(path, ".json") || str_ends(path, ".lock") ? S_IFREG :
	    fsck_is_temporary(path_base(path)) ? 0 : S_IFDIR;
}

/* What the commands open by name must be what they expect there. */
static mode_t
expected(const char *path)
{
	static const char *const folders[] = {
		"archive", "asked", "backup", "conflicts", "corrupt", "edit", "files", "log", "route", "runs",
		"slots", "state", "state/gh", "state/groups",
	};

	path += strlen(".orch/");
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (strcmp(path, folders[i]) == 0)
			return S_IFDIR;
	if (str_starts(path, "state/gh/"))
		return expected_of_sync(path);
	if (strchr(path, '/') == NULL || str_starts(path, "slots/") || str_starts(path, "state/") ||
	    str_starts(path, "log/") || ((str_starts(path, "runs/") || str_starts(path, "route/")) &&
	    str_ends(path, "/lock")))
		return S_IFREG;
	return 0;
}

static const char *
kind_name(mode_t mode)
{
	return S_ISDIR(mode) ? "a folder" : S_ISLNK(mode) ? "a symbolic link" :
	    S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" :
	    S_ISREG(mode) ? "a file" : "a device";
}

static bool
check_kind(const struct walk *w, const char *path, const struct stat *st)
{
	mode_t kind = st->st_mode & S_IFMT, want = expected(path);

	if (want == 0 && (kind == S_IFREG || kind == S_IFDIR))
		return true;
	if (want == kind)
		return true;
	if (want != 0 && !S_ISLNK(kind))
		fsck_add(w->f, "mode", w->task, path, "it is %s where %s belongs: remove it",
		    kind_name(kind), kind_name(want));
	else
		fsck_add(w->f, "mode", w->task, path, "it is %s: remove it", kind_name(kind));
	return false;
}

/* ---- modes ---- */

/* What once stood in the place of the task file keeps the owner that it had there. */
static bool
is_theirs(const struct walk *w, const char *path, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == w->owner && (str_starts(path, ".orch/backup/") ||
	    str_starts(path, ".orch/conflicts/") || str_starts(path, ".orch/corrupt/"));
}

static void
check_mode(const struct walk *w, int dirfd, const char *name, const char *path,
    const struct stat *st)
{
	mode_t mode = st->st_mode & 07777, closed;

	if (st->st_uid != geteuid() && !is_theirs(w, path, st)) {
		fsck_add(w->f, "mode", w->task, path, "it belongs to user %ju, not to us: chown it",
		    (uintmax_t)st->st_uid);
		return;
	}
	if (S_ISDIR(st->st_mode) && (mode & 077) != 0) {
		fsck_add(w->f, "mode", w->task, path, "it is open to others (mode %04o): chmod 700 it",
		    (unsigned)mode);
		closed = 0700;
	} else if (!S_ISDIR(st->st_mode) && (mode & 022) != 0) {
		fsck_add(w->f, "mode", w->task, path, "others can write it (mode %04o): chmod go-w it",
		    (unsigned)mode);
		closed = mode & ~(mode_t)022;
	} else {
		return;
	}
	if (fsck_may_fix(w->f) && fchmodat(dirfd, name, closed, 0) == 0)
		fsck_fixed(w->f);
}

/* ---- the walk ---- */

static int	walk_folder(struct walk *, int dirfd, const char *path, int depth, struct err *);

static int
check_entry(struct walk *w, int dirfd, const char *name, const char *path, int depth,
    struct err *e)
{
	struct stat st;
	int fd;

	/* What has gone since it was listed is of no interest. */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !check_kind(w, path, &st))
		return 0;
	check_mode(w, dirfd, name, path, &st);
	/* The state of another task file, or of a repository, has locks of its own: the check of that
	 * file asks them, and the next synchronisation writes over what was left. */
	if (fsck_is_temporary(name) && !str_starts(path, ".orch/files/") &&
	    !str_starts(path, ".orch/state/gh/"))
		check_leftover(w, dirfd, name, path, &st);
	if (!S_ISDIR(st.st_mode) || depth >= DEPTH_MAX || (depth == 2 && str_starts(path, CALLS "/")))
		return 0;
	fd = fs_open_dir(dirfd, name);
	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s'", path);
	return walk_folder(w, fd, path, depth + 1, e);
}

/* At most DEPTH_MAX deep. */
static int
walk_folder(struct walk *w, int dirfd, const char *path, int depth, struct err *e)
{
	struct dirent *entry;
	DIR *dir = fdopendir(dirfd);
	int r = 0;

	if (dir == NULL) {
		close(dirfd);
		return err_sys(e, "cannot read '%s'", path);
	}
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		char *below;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		below = xasprintf("%s/%s", path, name);
		if (depth == 1) {
			if (!str_ends(path, "/runs") || num_id(name, &w->task) == -1)
				w->task = 0;
			w->guard = w->task != 0 || strcmp(path, CALLS) == 0 ? below + strlen(".orch/") : NULL;
		}
		r = check_entry(w, dirfd, name, below, depth, e);
		free(below);
		if (depth == 1) {
			w->task = 0;
			w->guard = NULL;
		}
	}
	closedir(dir);
	return r;
}

static int
check_orch(struct walk *w, struct err *e)
{
	struct stat st;
	int fd;

	if (w->p->orch_fd == -1)
		return 0;
	fd = fs_openat(w->p->orch_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			close(fd);
		return err_sys(e, "cannot open '%s'", w->p->orch);
	}
	check_mode(w, fd, ".", ".orch", &st);
	return walk_folder(w, fd, ".orch", 0, e);
}

/* ---- around it ---- */

/* A group that is our own (each user has one) is no stranger. */
static bool
is_open(const struct stat *st)
{
	return (st->st_mode & S_IWOTH) != 0 ||
	    ((st->st_mode & S_IWGRP) != 0 && st->st_gid != getegid());
}

/*
 * Whoever can write a folder above can put another .orch in our place; in a sticky
 * folder nobody can rename what is not his.
 */
static void
check_path(struct findings *f, const struct project *p)
{
	char *at = xstrdup(p->dir), *up;
	struct stat st;

	for (;;) {
		if (stat(at, &st) == 0) {
			if (st.st_uid != 0 && st.st_uid != geteuid())
				fsck_add(f, "mode", 0, at, "it belongs to user %ju, who can replace the "
				    "project", (uintmax_t)st.st_uid);
			else if ((st.st_mode & S_ISVTX) == 0 && is_open(&st))
				fsck_add(f, "mode", 0, at, "others can write it (mode %04o), and so replace "
				    "the project: chmod go-w it", (unsigned)st.st_mode & 07777);
		}
		if (strcmp(at, "/") == 0)
			break;
		up = path_dir(at);
		free(at);
		at = up;
	}
	free(at);
}

/* Whoever can write one of these decides what programs run.  They are a person's, and
 * who shall write them is his to say: they are not mended. */
static void
check_files(struct findings *f, const struct project *p)
{
	const char *const names[] = { path_base(p->tasks), "jobs.yml", "orch.yml" };
	struct stat st;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = path_join(p->dir, names[i]);

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && is_open(&st))
			fsck_add(f, "mode", 0, names[i], "others can write it (mode %04o), and so run "
			    "programs: chmod go-w it", (unsigned)st.st_mode & 07777);
		free(path);
	}
}

int
fsck_places(struct findings *f, const struct project *p, struct err *e)
{
	struct walk w = { .f = f, .p = p, .owner = geteuid() };
	struct stat st;
	int r;

	if (stat(p->tasks, &st) == 0)
		w.owner = st.st_uid;
	r = check_orch(&w, e);
	check_path(f, p);
	check_files(f, p);
	return r;
}
