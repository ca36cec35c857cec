/*
 * fs_swap - put the staged file in the place of the old, losing nobody's edit
 *
 * A person's editor knows nothing of our lock.  Comparing first and renaming
 * then leaves a gap in which a save is overwritten.  So the order is turned
 * round: exchange the two names in one step, and look at what came out.  If it
 * is what we had read, nobody saved in between and it becomes the backup.  If
 * not, it is a person's save: exchange back, as if nothing had happened.
 *
 * fs_keep.c goes on from here.
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs_priv.h"

#define COMPARE_CHUNK 65536

enum outcome {
	FAILED = -1,
	DONE,
	OVERTAKEN,	/* a person was faster: as we found it, start over */
	UNSUPPORTED,	/* the file system cannot exchange */
};

bool
fs_same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* 1 the rest of the file is exactly these bytes, 0 it is not, -1 cannot be read. */
static int
compare_bytes(int fd, const char *want, size_t len)
{
	char chunk[COMPARE_CHUNK];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof chunk);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			return len == 0;
		if ((size_t)n > len || memcmp(chunk, want, (size_t)n) != 0)
			return 0;
		want += n;
		len -= (size_t)n;
	}
}

/*
 * Is the file of that name what was loaded: a file, of that owner and mode, with
 * these bytes, and not being written?  1 yes, 0 no, -1 it cannot be read.
 */
static int
is_as_loaded(const struct fs_file *f, const char *name, const struct buf *expected, struct err *e)
{
	struct stat st;
	int fd, rc;

	fd = fs_open_plain(f->dirfd, name, f->path, O_RDONLY, &st, e);
	if (fd == -1)
		return e->code == ERR_INVALID || e->sys == ENOENT ? 0 : -1;
	if (st.st_mode != f->st.st_mode || st.st_uid != f->st.st_uid ||
	    st.st_gid != f->st.st_gid) {
		rc = 0;
		goto done;
	}
	if ((rc = fs_held(f, fd)) != -1)
		goto done;
	/* Not waited for: the new file must not stand there while somebody else saves. */
	rc = fs_has_writer(fd) ? 0 : compare_bytes(fd, buf_str(expected), expected->len);
	if (rc == -1)
		err_sys(e, "cannot read '%s' again", f->path);
done:
	close(fd);
	return rc;
}

/* Did what stands under the staged name stay as it was staged? */
static bool
is_as_staged(const struct fs_file *f)
{
	struct stat st;
	struct err ignored;
	bool same = false;
	int fd;

	fd = fs_open_plain(f->dirfd, f->temp, f->temp, O_RDONLY, &st, &ignored);
	if (fd == -1)
		return false;
	(void)fs_wait_for_writer(fd);
	if (fstat(fd, &st) == 0)
		same = fs_same_inode(&st, &f->staged) && st.st_size == f->staged.st_size &&
		    st.st_mtim.tv_sec == f->staged.st_mtim.tv_sec &&
		    st.st_mtim.tv_nsec == f->staged.st_mtim.tv_nsec;
	close(fd);
	return same;
}

static int
exchange_names(const struct fs_file *f)
{
	return renameat2(f->dirfd, f->temp, f->dirfd, f->name, RENAME_EXCHANGE);
}

/*
 * What came out is a person's, or could not be read, and is only ours to leave where
 * it can be found.
 */
static int
stranded(struct fs_file *f, struct err *e)
{
	f->precious = true;
	return err_sys(e, "'%s' is changed, durability unknown: cannot put back '%s', which may "
	    "have been saved meanwhile and is now '%s'", f->path, f->path, f->temp);
}

/*
 * Should somebody have saved once more, onto our file in the instant that it
 * stood there, then that is the newest save and is the one to stay.  The one before
 * it is precious: the next fs_leftover() finds it.
 */
static int
put_back(struct fs_file *f, struct err *e)
{
	fault_step("exchange-back");
	if (exchange_names(f) == -1)
		return stranded(f, e);
	if (is_as_staged(f)) {
		f->swapped = false;
		return 0;
	}
	fault_step("exchange-again");
	f->precious = true;
	return exchange_names(f) == -1 ? stranded(f, e) : 0;
}

static bool
cannot_here(int error)
{
	return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ENOTTY;
}

/*
 * For whoever comes after a crash.  False where there are no hard links: what
 * came out of an unfinished swap is then taken for worthless.
 */
static bool
mark(const struct fs_file *f)
{
	char name[FS_SIDE_MAX];

	fs_side_name(f->name, "mark", name);
	fault_step("mark");
	return linkat(f->dirfd, f->temp, f->dirfd, name, 0) == 0;
}

static enum outcome
swap_by_exchange(struct fs_file *f, const struct buf *expected, struct err *e)
{
	struct err unread;
	int same;

	if (f->exchange == FS_EXCHANGE_NO)
		return UNSUPPORTED;
	(void)mark(f);
	fault_step("exchange");
	if (exchange_names(f) == -1) {
		if (errno == ENOENT)
			return OVERTAKEN;
		if (cannot_here(errno))
			return UNSUPPORTED;
		err_sys(e, "cannot exchange '%s' for the new one", f->path);
		return FAILED;
	}
	f->exchange = FS_EXCHANGE_YES;
	f->swapped = true;
	same = is_as_loaded(f, f->temp, expected, &unread);
	if (same == 1)
		return DONE;
	if (put_back(f, e) == -1)
		return FAILED;
	if (same == 0)
		return OVERTAKEN;
	*e = unread;
	return FAILED;
}

/* Keeps a second name of the file, or, where there are no links, a second copy. */
static enum outcome
keep_old_name(const struct fs_file *f, const char *old, const struct buf *expected, struct err *e)
{
	int fd, rc;

	fault_step("link-old");
	if (linkat(f->dirfd, f->name, f->dirfd, old, 0) == 0)
		return DONE;
	if (errno == ENOENT)
		return OVERTAKEN;
	fd = fs_create(f->dirfd, old);
	if (fd == -1) {
		err_sys(e, "cannot keep a copy of '%s'", f->path);
		return FAILED;
	}
	rc = fs_write_all(fd, buf_str(expected), expected->len);
	if (rc == -1)
		err_sys(e, "cannot keep a copy of '%s'", f->path);
	close(fd);
	return rc == -1 ? FAILED : DONE;
}

/* The way for NFS and the like; its gap, from is_as_loaded() to renameat(), is in fs.h. */
static enum outcome
swap_by_rename(struct fs_file *f, const struct buf *expected, struct err *e)
{
	char old[FS_SIDE_MAX];
	enum outcome kept;
	int same;

	f->exchange = FS_EXCHANGE_NO;
	fs_side_name(f->name, "old", old);
	kept = keep_old_name(f, old, expected, e);
	if (kept != DONE)
		return kept;
	same = is_as_loaded(f, f->name, expected, e);
	if (same != 1) {
		unlinkat(f->dirfd, old, 0);
		return same == 0 ? OVERTAKEN : FAILED;
	}
	fault_step("replace");
	if (renameat(f->dirfd, f->temp, f->dirfd, f->name) == -1) {
		err_sys(e, "cannot replace '%s'", f->path);
		return FAILED;
	}
	free(f->temp);
	f->temp = xstrdup(old);
	f->swapped = true;
	return DONE;
}

/*
 * Gives the staged file its name unless that is taken (EEXIST): by a rename that
 * replaces nothing, else by a link, and only where there is neither by looking
 * first, with the gap that this has.
 */
static int
name_staged(const struct fs_file *f)
{
	struct stat st;

	if (renameat2(f->dirfd, f->temp, f->dirfd, f->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (!cannot_here(errno))
		return -1;
	if (linkat(f->dirfd, f->temp, f->dirfd, f->name, 0) == 0)
		return 0;
	if (errno == EEXIST)
		return -1;
	if (fstatat(f->dirfd, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(f->dirfd, f->temp, f->dirfd, f->name);
}

/* There was no file when it was loaded; there must be none now. */
static enum outcome
swap_into_nothing(struct fs_file *f, struct err *e)
{
	fault_step("create");
	if (name_staged(f) == 0) {
		fs_unstage(f);
		return DONE;
	}
	if (errno == EEXIST)
		return OVERTAKEN;
	err_sys(e, "cannot create '%s'", f->path);
	return FAILED;
}

int
fs_swap(struct fs_file *f, const struct buf *expected, struct err *e)
{
	enum outcome how;

	if (fs_sync_staged(f, e) == -1)
		return -1;
	if (f->st.st_nlink == 0)
		how = swap_into_nothing(f, e);
	else
		how = swap_by_exchange(f, expected, e);
	if (how == UNSUPPORTED)
		how = swap_by_rename(f, expected, e);
	return how == DONE ? 0 : how == OVERTAKEN ? 1 : -1;
}
