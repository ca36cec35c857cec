/*
 * fs_keep - what came out of a swap: to the backups, on the disk, found after a crash
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs_priv.h"

/* The stat of a side file; false if it is not there. */
static bool
look_beside(const struct fs_file *f, const char *suffix, char name[FS_SIDE_MAX], struct stat *st)
{
	fs_side_name(f->name, suffix, name);
	return fstatat(f->dirfd, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The name of what came out of an unfinished swap; false if there is none. */
static bool
find_leftover(const struct fs_file *f, char name[FS_SIDE_MAX])
{
	struct stat file = { 0 }, side, marked;
	char mark[FS_SIDE_MAX];

	(void)fstatat(f->dirfd, f->name, &file, AT_SYMLINK_NOFOLLOW);
	if (look_beside(f, "old", name, &side) && !fs_same_inode(&side, &file))
		return true;
	return look_beside(f, "mark", mark, &marked) && look_beside(f, "new", name, &side) &&
	    !fs_same_inode(&side, &marked);
}

int
fs_leftover(struct fs_file *f, struct buf *b, struct err *e)
{
	char name[FS_SIDE_MAX];
	int rc;

	buf_cut(b, 0);
	if (!find_leftover(f, name))
		return 0;
	rc = fs_read(f->dirfd, name, FS_FILE_MAX, b, e);
	if (rc == -1)
		return err_prefix(e, "what an interrupted change of '%s' left", f->path);
	if (rc == 1)
		return 0;
	free(f->temp);
	f->temp = xstrdup(name);
	f->swapped = true;
	f->precious = true;
	return 1;
}

/* The backups are on another file system (tasks.yml may be a link): copy. */
static int
keep_copy(const struct fs_file *f, int dirfd, const char *name, struct err *e)
{
	struct buf b = { 0 };
	int rc = fs_read(f->dirfd, f->temp, FS_FILE_MAX, &b, e);

	if (rc == 0)
		rc = fs_replace(dirfd, name, b.data, b.len, 0600, e);
	if (rc == 0)
		unlinkat(f->dirfd, f->temp, 0);
	buf_release(&b);
	return rc == 0 ? 0 : -1;
}

/* After that nothing beside the file can be mistaken for what came out of an exchange. */
static void
unmark(const struct fs_file *f)
{
	char name[FS_SIDE_MAX];

	fs_side_name(f->name, "mark", name);
	fault_step("unmark");
	unlinkat(f->dirfd, name, 0);
}

int
fs_keep(struct fs_file *f, int dirfd, const char *name, struct err *e)
{
	if (f->temp == NULL || !f->swapped)
		return 0;
	fault_step("backup-rename");
	if (renameat(f->dirfd, f->temp, dirfd, name) == -1) {
		if (errno != EXDEV)
			return err_sys(e, "cannot keep the former '%s' as '%s'", f->path, name);
		if (keep_copy(f, dirfd, name, e) == -1)
			return -1;
	}
	unmark(f);
	free(f->temp);
	f->temp = NULL;
	f->swapped = false;
	f->precious = false;
	f->keepfd = dirfd;
	return 0;
}

static int
sync_folder(const struct fs_file *f, int dirfd, const char *which, struct err *e)
{
	if (fs_sync_dir(dirfd) == 0)
		return 0;
	return err_sys(e, "'%s' is committed, durability unknown: cannot sync %s", f->path, which);
}

int
fs_settle(struct fs_file *f, struct err *e)
{
	int keepfd = f->keepfd;

	f->keepfd = -1;
	fault_step("dir-fsync");
	if (sync_folder(f, f->dirfd, "its folder", e) == -1)
		return -1;
	if (keepfd == -1)
		return 0;
	fault_step("backup-dir-fsync");
	return sync_folder(f, keepfd, "the backups", e);
}
