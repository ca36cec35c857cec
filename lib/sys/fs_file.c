/*
 * fs_file - the file that people edit: found, read whole, a new one staged
 *
 * fs_swap.c goes on from here.
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs_priv.h"
#include "sys/path.h"

#define LOAD_MS   2000
#define WRITER_MS 250
#define NAP_MS    5

void
fs_nap(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/*
 * A read lease is granted only while nobody has the file open for writing; that
 * is the whole use made of it, so it is given back at once.  Somebody who opens
 * the file in between waits for that instant, and we would be told by SIGIO,
 * which kills: SIGURG is ignored by default.  Whoever may not ask for a lease
 * (another's file, some file systems) does without.
 */
bool
fs_has_writer(int fd)
{
	(void)fcntl(fd, F_SETSIG, SIGURG);
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == -1)
		return errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

bool
fs_wait_for_writer(int fd)
{
	int64_t deadline = clock_mono() + WRITER_MS;

	while (fs_has_writer(fd)) {
		if (clock_mono() >= deadline)
			return false;
		fs_nap(NAP_MS);
	}
	return true;
}

/*
 * What the path leads to, links resolved: an absolute name that the caller
 * frees.  A file that is not there yet has a folder that is.
 */
static char *
resolve(const char *path, struct err *e)
{
	char *real, *dir, *folder;
	struct stat st;

	real = realpath(path, NULL);
	if (real != NULL)
		return real;
	if (errno == ELOOP) {
		err_set(e, ERR_INVALID, "'%s' is a symbolic link that leads in a circle", path);
		return NULL;
	}
	if (errno == ENOENT && lstat(path, &st) == 0) {
		/* Made since then, perhaps: then it is there to be resolved. */
		if (!S_ISLNK(st.st_mode) && (real = realpath(path, NULL)) != NULL)
			return real;
		err_set(e, ERR_INVALID, "'%s' is a symbolic link to nothing", path);
		return NULL;
	}
	if (errno != ENOENT || *path_base(path) == '\0') {
		err_sys(e, "cannot open '%s'", path);
		return NULL;
	}
	dir = path_dir(path);
	folder = realpath(dir, NULL);
	if (folder != NULL)
		real = path_join(folder, path_base(path));
	else
		err_sys(e, "cannot open the folder of '%s'", path);
	free(folder);
	free(dir);
	return real;
}

/* A missing file is an answer here: st_nlink 0. */
static int
look(struct fs_file *f, struct err *e)
{
	if (fstatat(f->dirfd, f->name, &f->st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno != ENOENT)
			return err_sys(e, "cannot look at '%s'", f->path);
		f->st = (struct stat){ 0 };
		return 0;
	}
	if (S_ISREG(f->st.st_mode))
		return 0;
	return err_set(e, ERR_INVALID, "'%s' is %s, not a regular file", f->path,
	    fs_what(f->st.st_mode));
}

int
fs_open(struct fs_file *f, const char *path, struct err *e)
{
	char *real, *dir = NULL;
	int rc = -1;

	*f = (struct fs_file){ .dirfd = -1, .keepfd = -1, .map_fd = -1, .stage_fd = -1 };
	real = resolve(path, e);
	if (real == NULL)
		return -1;
	dir = path_dir(real);
	f->path = xstrdup(path);
	f->name = xstrdup(strcmp(real, "/") == 0 ? "." : path_base(real));
	f->dirfd = (int)TEMP_FAILURE_RETRY(open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (f->dirfd == -1)
		err_sys(e, "cannot open folder '%s'", dir);
	else
		rc = look(f, e);
	if (rc == -1)
		fs_close(f);
	free(dir);
	free(real);
	return rc;
}

/* The time of change is left out: a commit of ours moves the name, not the bytes. */
static bool
same_state(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* 0 read, 1 it changed meanwhile, -1 error. */
static int
load_once(struct fs_file *f, struct buf *b, struct err *e)
{
	struct stat after;
	int fd, rc = -1;

	buf_cut(b, 0);
	fd = fs_open_plain(f->dirfd, f->name, f->path, O_RDONLY, &f->st, e);
	if (fd == -1) {
		f->st = (struct stat){ 0 };
		return e->sys == ENOENT ? 0 : -1;
	}
	/* Half of what is being saved may well read as a whole file: never taken. */
	if (!fs_wait_for_writer(fd)) {
		rc = 1;
		goto done;
	}
	if (fstat(fd, &f->st) == -1) {
		err_sys(e, "cannot look at '%s'", f->path);
		goto done;
	}
	errno = EFBIG;
	if (f->st.st_size <= (off_t)FS_FILE_MAX)
		buf_reserve(b, (size_t)f->st.st_size + 1);
	if (f->st.st_size > (off_t)FS_FILE_MAX || fs_slurp(fd, FS_FILE_MAX, b) == -1) {
		if (errno == EFBIG)
			err_set(e, ERR_INVALID, "'%s' is larger than 64 MiB", f->path);
		else
			err_sys(e, "cannot read '%s'", f->path);
		goto done;
	}
	if (fstat(fd, &after) == -1) {
		err_sys(e, "cannot look at '%s'", f->path);
		goto done;
	}
	rc = same_state(&f->st, &after) && after.st_size == (off_t)b->len ? 0 : 1;
done:
	close(fd);
	return rc;
}

int
fs_load(struct fs_file *f, struct buf *b, struct err *e)
{
	int64_t deadline = clock_mono() + LOAD_MS;
	int rc;

	while ((rc = load_once(f, b, e)) == 1) {
		if (clock_mono() >= deadline)
			return err_set(e, ERR_BUSY, "'%s' is being written by somebody "
			    "else: try again when it is saved", f->path);
		fs_nap(NAP_MS);
	}
	return rc;
}

/* { 0 } has never been open and holds nothing. */
static void
close_staged(struct fs_file *f)
{
	if (f->name != NULL && f->stage_fd != -1)
		close(f->stage_fd);
	f->stage_fd = -1;
}

void
fs_unstage(struct fs_file *f)
{
	static const char *const suffix[] = { "new", "mark", "old" };
	char side[FS_SIDE_MAX];

	close_staged(f);
	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		fs_side_name(f->name, suffix[i], side);
		unlinkat(f->dirfd, side, 0);
	}
	free(f->temp);
	f->temp = NULL;
	f->swapped = false;
	f->precious = false;
}

/* Owner and mode are those that were loaded; the rest is taken from the file itself. */
static int
dress(struct fs_file *f, int fd, struct err *e)
{
	struct stat st;
	int from, rc;

	if (f->st.st_nlink == 0) {
		if (fs_drop_attributes(fd, f->path, e) == -1)
			return -1;
		if (fchmod(fd, 0600) == -1)
			return err_sys(e, "cannot set the mode of the new '%s'", f->path);
		return 0;
	}
	from = fs_open_plain(f->dirfd, f->name, f->path, O_RDONLY, &st, e);
	if (from == -1 && e->sys == ENOENT)
		return err_set(e, ERR_BUSY, "'%s' was removed while it was to be changed",
		    f->path);
	if (from == -1)
		return -1;
	rc = fs_copy_attributes(from, &f->st, fd, f->path, e);
	close(from);
	return rc;
}

static int
fill(struct fs_file *f, int fd, const struct iovec *part, size_t n, struct err *e)
{
	fault_step("stage-write");
	if (fs_write_parts(fd, part, n) == -1)
		return err_sys(e, "cannot write the new '%s'", f->path);
	fs_sync_begin(fd);
	if (dress(f, fd, e) == -1)
		return -1;
	if (fstat(fd, &f->staged) == -1)
		return err_sys(e, "cannot look at the new '%s'", f->path);
	return 0;
}

int
fs_stage(struct fs_file *f, const void *data, size_t len, struct err *e)
{
	/* What struct iovec cannot say: nothing is written through it. */
	union {
		const void *in;
		void *out;
	} bytes = { .in = data };

	return fs_stage_parts(f, &(struct iovec){ bytes.out, len }, 1, e);
}

int
fs_stage_parts(struct fs_file *f, const struct iovec *part, size_t n, struct err *e)
{
	char temp[FS_SIDE_MAX];
	size_t len = 0;
	int fd;

	for (size_t i = 0; i < n; i++)
		len += part[i].iov_len;
	if (len > FS_FILE_MAX)
		return err_set(e, ERR_INVALID, "'%s' would be larger than 64 MiB", f->path);
	fs_unstage(f);
	fs_side_name(f->name, "new", temp);
	fd = fs_take_spare(f, temp, len);
	if (fd == -1) {
		fault_step("stage-create");
		fd = fs_create(f->dirfd, temp);
	}
	if (fd == -1 && errno == EISDIR)
		return err_sys(e, "the folder '%s' is where the new '%s' is to be written: move it "
		    "away", temp, f->path);
	if (fd == -1)
		return err_sys(e, "cannot create the new '%s'", f->path);
	f->temp = xstrdup(temp);
	f->stage_fd = fd;
	if (fill(f, fd, part, n, e) == 0)
		return 0;
	fs_unstage(f);
	return -1;
}

int
fs_sync_staged(struct fs_file *f, struct err *e)
{
	int fd = f->stage_fd, rc;

	f->stage_fd = -1;
	fault_step("stage-fsync");
	if ((rc = fs_sync(fd)) == -1)
		err_sys(e, "cannot sync the new '%s'", f->path);
	if (close(fd) == -1 && errno != EINTR && rc == 0)
		rc = err_sys(e, "cannot close the new '%s'", f->path);
	return rc;
}

void
fs_close(struct fs_file *f)
{
	fs_let_go(f);
	close_staged(f);
	if (f->name != NULL && f->temp != NULL && !f->precious)
		fs_unstage(f);
	if (f->name != NULL && f->dirfd != -1)
		close(f->dirfd);
	free(f->temp);
	free(f->name);
	free(f->path);
	*f = (struct fs_file){ .dirfd = -1, .keepfd = -1, .map_fd = -1, .stage_fd = -1 };
}
