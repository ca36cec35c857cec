/*
 * gc_calls - what models have been asked (.orch/route/HASH), when nobody has for long
 *
 * An answer that is removed is asked for again by the next who needs it, so age alone
 * decides.  The folder gets another name under its lock; then its files go.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/project.h"
#include "work/gc.h"

#define FOLDER "route"
#define GONE   ".orch-gone"	/* what a killed one left under that name */

static char *
shown(const char *name)
{
	return xasprintf(".orch/" FOLDER "/%s", name);
}

/* 0: gone, or (dry run) would be.  1: somebody asks there just now. */
static int
remove_one(const struct gc *gc, int all, const char *name, struct err *e)
{
	struct lock lock = { .fd = -1 };
	char *gone = xasprintf(".%s" GONE, name);
	int dir = fs_open_dir(all, name), r = -1;

	if (dir == -1)
		err_sys(e, "cannot open '" FOLDER "/%s'", name);
	else if (gc->wish->dry_run)
		r = lock_probe(dir, "lock", e);
	else if ((r = lock_try(&lock, dir, "lock", e)) == 0 &&
	    (r = fs_rename(all, name, gone, e)) == 0)
		r = fs_remove_tree(all, gone, e);
	lock_release(&lock);
	if (dir != -1)
		close(dir);
	free(gone);
	return r;
}

static void
look_at(struct gc *gc, int all, const char *name)
{
	struct err e = { 0 };
	struct stat st;
	int r;

	if (*name == '.') {
		if (str_ends(name, GONE) && !gc->wish->dry_run && fs_remove_tree(all, name, &e) == -1)
			gc_failed(gc, "call", shown(name), 0, &e);
		return;
	}
	if (fstatat(all, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISDIR(st.st_mode) ||
	    gc->now - st.st_mtime < gc_age(gc, "gc.runs_after"))
		return;
	if ((r = remove_one(gc, all, name, &e)) == -1)
		gc_failed(gc, "call", shown(name), 0, &e);
	else if (r == 1)
		gc_kept(gc, "call", shown(name), 0, -1, "a model is being asked");
	else
		gc_gone(gc, "call", shown(name), 0, -1);
}

int
gc_calls(struct gc *gc, struct err *e)
{
	int all = gc->p->orch_fd == -1 ? -1 : fs_open_dir(gc->p->orch_fd, FOLDER);
	int fd = all == -1 ? -1 : fs_openat(all, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return gc->p->orch_fd == -1 || errno == ENOENT ? 0 :
		    err_sys(e, "cannot read '%s/" FOLDER "'", gc->p->orch);
	while ((entry = readdir(dir)) != NULL)
		look_at(gc, all, entry->d_name);
	closedir(dir);
	close(all);
	return 0;
}
