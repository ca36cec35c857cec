/*
 * fs_spare - a file that nobody needs any more becomes the staged one
 *
 * A new file of 1.5 MB costs its blocks, and one that is removed gives them back: of the
 * time of a durable replacement that is more than a third.  Here the new content is
 * written over an old one.  Nobody may be looking at that: a write lease is granted only
 * while no other descriptor and no mapping of the file exists, and while it is held
 * whoever opens the file waits (fcntl(2), "Leases").
 */
#include "fs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs_priv.h"

void
fs_spare(struct fs_file *f, int dirfd, const char *name)
{
	f->sparefd = dirfd;
	f->spare = name;
}

/* Has nobody else the file open, and has it no other name? */
static bool
is_ours_alone(int fd, const struct stat *st)
{
	return st->st_nlink == 1 && fcntl(fd, F_SETSIG, SIGURG) == 0 &&
	    fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
}

int
fs_take_spare(const struct fs_file *f, const char *temp, size_t len)
{
	struct stat st;
	struct err none;
	int fd;

	/* What is no such file is not ours to move. */
	if (f->spare == NULL || fstatat(f->sparefd, f->spare, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != geteuid())
		return -1;
	fault_step("stage-reuse");
	if (renameat(f->sparefd, f->spare, f->dirfd, temp) == -1)
		return -1;
	fd = fs_open_plain(f->dirfd, temp, temp, O_WRONLY, &st, &none);
	if (fd != -1 && is_ours_alone(fd, &st) && fchmod(fd, 0600) == 0 &&
	    (st.st_size <= (off_t)len || ftruncate(fd, (off_t)len) == 0))
		return fd;
	if (fd != -1)
		close(fd);
	unlinkat(f->dirfd, temp, 0);
	return -1;
}
