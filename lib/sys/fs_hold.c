/*
 * fs_hold - the file as it is, kept so by a lease instead of by a copy
 *
 * A copy of 1.4 MB costs 370 page faults, ten times what the mapping costs.  But a file
 * that somebody cuts while it is mapped kills whoever looks at it, so it is only done
 * while the kernel keeps writers out: F_RDLCK is granted when nobody has the file open
 * for writing, and whoever wants to waits until it is given back (fcntl(2), "Leases").
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/fs_priv.h"

#define WORTH_IT 65536		/* bytes; less is read faster than mapped */

void
fs_let_go(struct fs_file *f)
{
	if (f->name == NULL || f->map_fd == -1)
		return;
	munmap(f->map, (size_t)f->st.st_size);
	/* Not left to close(2): a child may have the descriptor too. */
	(void)fcntl(f->map_fd, F_SETLEASE, F_UNLCK);
	close(f->map_fd);
	f->map_fd = -1;
	f->map = NULL;
}

/* The text needs a NUL behind it: what is left of its last page is zero. */
static bool
can_map(const struct stat *st)
{
	return st->st_size >= WORTH_IT && st->st_size <= (off_t)FS_FILE_MAX &&
	    st->st_size % sysconf(_SC_PAGESIZE) != 0;
}

/* A lease, taken before the file is looked at; false: there is none to be had. */
static bool
take_lease(int fd)
{
	/* Who waits for it is told to us by this signal, which is ignored by default. */
	return fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

/* 1: not in this way. */
static int
map_file(struct fs_file *f, struct buf *b, struct err *e)
{
	struct stat st;
	void *map = MAP_FAILED;
	int fd = fs_open_plain(f->dirfd, f->name, f->path, O_RDONLY, &st, e);

	if (fd == -1)
		return 1;
	if (can_map(&st) && take_lease(fd) && fstat(fd, &st) == 0 && can_map(&st))
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	/* A shared mapping may have written there. */
	if (map != MAP_FAILED && ((const char *)map)[st.st_size] != '\0') {
		munmap(map, (size_t)st.st_size);
		map = MAP_FAILED;
	}
	if (map == MAP_FAILED) {
		close(fd);
		return 1;
	}
	f->st = st;
	f->map = map;
	f->map_fd = fd;
	buf_release(b);
	*b = buf_view(map, (size_t)st.st_size);
	return 0;
}

int
fs_hold(struct fs_file *f, struct buf *b, struct err *e)
{
	struct err ignored = { 0 };

	fs_let_go(f);
	return map_file(f, b, &ignored) == 0 ? 0 : fs_load(f, b, e);
}

int
fs_held(const struct fs_file *f, int fd)
{
	struct stat st;

	if (f->map_fd == -1 || fstat(fd, &st) == -1)
		return -1;
	return fs_same_inode(&st, &f->st) && fcntl(f->map_fd, F_GETLEASE) == F_RDLCK;
}
