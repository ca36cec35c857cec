#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs_priv.h"

#define READ_CHUNK ((size_t)64 << 10)

void
fs_side_name(const char *name, const char *suffix, char out[FS_SIDE_MAX])
{
	snprintf(out, FS_SIDE_MAX, ".%s.orch-%s", name, suffix);
}

static bool
no_sync(void)
{
	const char *off = getenv("ORCH_TEST_NOSYNC");

	return off != NULL && strcmp(off, "1") == 0;
}

/* Interrupted is not failed: nothing has been said yet of what was to be written. */
int
fs_sync(int fd)
{
	return no_sync() ? 0 : (int)TEMP_FAILURE_RETRY(fsync(fd));
}

void
fs_sync_begin(int fd)
{
	if (!no_sync())
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static int
sync_data(int fd)
{
	return no_sync() ? 0 : (int)TEMP_FAILURE_RETRY(fdatasync(fd));
}

int
fs_sync_dir(int dirfd)
{
	int fd, rc;

	if (dirfd != AT_FDCWD)
		return fs_sync(dirfd);
	fd = (int)TEMP_FAILURE_RETRY(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd == -1)
		return -1;
	rc = fs_sync(fd);
	close(fd);
	return rc;
}

const char *
fs_what(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a folder";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

/* What open(2) says of things that are no files, in the words of fs_what(). */
static int
refuse(int dirfd, const char *name, const char *path, struct err *e)
{
	struct stat st;
	int saved = errno;

	if ((saved == ELOOP || saved == EISDIR || saved == ENXIO) &&
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)) {
		err_set(e, ERR_INVALID, "'%s' is %s, not a regular file", path,
		    fs_what(st.st_mode));
		e->sys = saved;
		return -1;
	}
	errno = saved;
	return err_sys(e, "cannot open '%s'", path);
}

int
fs_openat(int dirfd, const char *name, int flags)
{
	return (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags | O_CLOEXEC));
}

int
fs_open_dir(int dirfd, const char *name)
{
	return fs_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

int
fs_open_plain(int dirfd, const char *name, const char *path, int flags, struct stat *st,
    struct err *e)
{
	int fd;

	flags |= O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags, 0600));
	if (fd == -1)
		return refuse(dirfd, name, path, e);
	if (fstat(fd, st) == -1) {
		err_sys(e, "cannot look at '%s'", path);
		goto fail;
	}
	if (!S_ISREG(st->st_mode)) {
		err_set(e, ERR_INVALID, "'%s' is %s, not a regular file", path,
		    fs_what(st->st_mode));
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

int
fs_create(int dirfd, const char *name)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags, 0600));

	if (fd == -1 && errno == EEXIST && unlinkat(dirfd, name, 0) == 0)
		fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags, 0600));
	return fd;
}

int
fs_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

#define PARTS_AT_ONCE 256

int
fs_write_parts(int fd, const struct iovec *part, size_t n)
{
	struct iovec v[PARTS_AT_ONCE];
	size_t skip = 0;		/* bytes of part[0] that are written */

	while (n > 0) {
		size_t k = n < PARTS_AT_ONCE ? n : PARTS_AT_ONCE;
		ssize_t done;

		memcpy(v, part, k * sizeof *v);
		v[0].iov_base = (char *)v[0].iov_base + skip;
		v[0].iov_len -= skip;
		done = writev(fd, v, (int)k);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1 || (done == 0 && v[0].iov_len > 0)) {
			if (done == 0)
				errno = EIO;
			return -1;
		}
		for (skip += (size_t)done; n > 0 && skip >= part->iov_len; part++, n--)
			skip -= part->iov_len;
	}
	return 0;
}

int
fs_slurp(int fd, size_t max, struct buf *b)
{
	ssize_t n;

	for (;;) {
		/* Who knows the size has made room for it and one byte more. */
		if (b->cap - b->len < 2)
			buf_reserve(b, READ_CHUNK);
		n = read(fd, b->data + b->len, b->cap - b->len - 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		b->len += (size_t)n;
		if (b->len > max) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	b->data[b->len] = '\0';
	return n == 0 ? 0 : -1;
}

int
fs_read(int dirfd, const char *name, size_t max, struct buf *b, struct err *e)
{
	struct stat st;
	int fd, rc = -1;

	buf_cut(b, 0);
	fd = fs_open_plain(dirfd, name, name, O_RDONLY, &st, e);
	if (fd == -1)
		return e->sys == ENOENT || e->sys == ENOTDIR ? 1 : -1;
	errno = EFBIG;
	if (st.st_size > 0 && (uint64_t)st.st_size <= max)
		buf_reserve(b, (size_t)st.st_size + 1);
	if ((st.st_size <= 0 || (uint64_t)st.st_size <= max) && fs_slurp(fd, max, b) == 0)
		rc = 0;
	else if (errno == EFBIG)
		err_set(e, ERR_INVALID, "'%s' is larger than %zu bytes", name, max);
	else
		err_sys(e, "cannot read '%s'", name);
	close(fd);
	return rc;
}

int
fs_read_at(int dirfd, const char *name, off_t offset, size_t len, struct buf *b, struct err *e)
{
	struct stat st;
	ssize_t n = 1;
	int fd;

	buf_cut(b, 0);
	fd = fs_open_plain(dirfd, name, name, O_RDONLY, &st, e);
	if (fd == -1)
		return e->sys == ENOENT ? 1 : -1;
	if (offset >= st.st_size)
		len = 0;
	else if ((off_t)len > st.st_size - offset)
		len = (size_t)(st.st_size - offset);
	buf_reserve(b, len);
	while (b->len < len && n != 0) {
		n = pread(fd, b->data + b->len, len - b->len, offset + (off_t)b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
	}
	if (n == -1)
		err_sys(e, "cannot read '%s'", name);
	close(fd);
	return n == -1 ? -1 : 0;
}

/* The temporary file, synced, with the permissions meant, not those of the umask. */
static int
write_temp(int dirfd, const char *temp, const void *data, size_t len, mode_t mode)
{
	struct stat st;
	int fd, saved, rc = -1;

	fault_step("replace-create");
	fd = fs_create(dirfd, temp);
	if (fd == -1)
		return -1;
	fault_step("replace-write");
	if (fs_write_all(fd, data, len) == -1 || fchmod(fd, mode) == -1)
		goto done;
	fault_step("replace-fsync");
	if (fs_sync(fd) == -1 || fstat(fd, &st) == -1)
		goto done;
	errno = EBUSY;	/* somebody who does not take turns has removed it */
	rc = st.st_nlink == 1 ? 0 : -1;
done:
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int
fs_put(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct err *e)
{
	char temp[FS_SIDE_MAX];

	fs_side_name(name, "new", temp);
	if (write_temp(dirfd, temp, data, len, mode) == -1) {
		err_sys(e, "cannot write '%s'", name);
		goto fail;
	}
	fault_step("replace-rename");
	if (renameat(dirfd, temp, dirfd, name) == -1) {
		err_sys(e, "cannot replace '%s'", name);
		goto fail;
	}
	return 0;
fail:
	unlinkat(dirfd, temp, 0);
	return -1;
}

int
fs_replace(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct err *e)
{
	if (fs_put(dirfd, name, data, len, mode, e) == -1)
		return -1;
	fault_step("replace-dir-fsync");
	if (fs_sync_dir(dirfd) == -1)
		return err_sys(e, "cannot sync the folder of '%s': durability unknown", name);
	return 0;
}

/*
 * Opens for writing a file that may have to be made; *made says that its name is
 * not durable yet.
 */
static int
open_or_make(int dirfd, const char *name, int flags, const char *step, struct stat *st,
    bool *made, struct err *e)
{
	int fd;

	*made = false;
	fd = fs_open_plain(dirfd, name, name, flags, st, e);
	if (fd != -1 || e->sys != ENOENT)
		return fd;
	*made = true;
	fault_step(step);
	fd = fs_open_plain(dirfd, name, name, flags | O_CREAT, st, e);
	if (fd != -1 && fchmod(fd, 0600) == -1) {
		err_sys(e, "cannot set the mode of '%s'", name);
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * What could not be made durable is taken back as well: the caller will say that
 * it failed, and it must not be found there later.
 */
static int
append(int dirfd, const char *name, const void *data, size_t len, bool sync, off_t *before,
    struct err *e)
{
	struct stat st;
	bool made;
	int fd, rc = -1;

	fd = open_or_make(dirfd, name, O_WRONLY | O_APPEND, "append-create", &st, &made, e);
	if (fd == -1)
		return -1;
	*before = st.st_size;
	fault_step("append-write");
	if (fs_write_all(fd, data, len) == -1) {
		err_sys(e, "cannot append to '%s'", name);
		goto done;
	}
	if (sync || made)
		fault_step("append-fsync");
	if ((sync && sync_data(fd) == -1) || (made && fs_sync_dir(dirfd) == -1)) {
		err_sys(e, "cannot sync '%s'", name);
		goto done;
	}
	rc = 0;
done:
	if (rc == -1 && TEMP_FAILURE_RETRY(ftruncate(fd, st.st_size)) == -1)
		err_prefix(e, "'%s' may end in half a line", name);
	close(fd);
	return rc;
}

int
fs_append(int dirfd, const char *name, const void *data, size_t len, off_t *before, struct err *e)
{
	return append(dirfd, name, data, len, true, before, e);
}

int
fs_extend(int dirfd, const char *name, const void *data, size_t len, struct err *e)
{
	off_t before;

	return append(dirfd, name, data, len, false, &before, e);
}

int
fs_sync_file(int dirfd, const char *name, struct err *e)
{
	struct stat st;
	int fd = fs_open_plain(dirfd, name, name, O_WRONLY, &st, e), rc;

	if (fd == -1)
		return -1;
	fault_step("file-fsync");
	if ((rc = sync_data(fd)) == -1)
		err_sys(e, "cannot sync '%s'", name);
	close(fd);
	return rc;
}

int
fs_truncate(int dirfd, const char *name, off_t len, struct err *e)
{
	struct stat st;
	int fd, rc = -1;

	fd = fs_open_plain(dirfd, name, name, O_WRONLY, &st, e);
	if (fd == -1)
		return e->sys == ENOENT && len == 0 ? 0 : -1;
	if (len < 0 || st.st_size < len) {
		err_set(e, ERR_INVALID, "'%s' is shorter than %jd bytes", name, (intmax_t)len);
		goto done;
	}
	fault_step("truncate");
	if (TEMP_FAILURE_RETRY(ftruncate(fd, len)) == -1) {
		err_sys(e, "cannot shorten '%s'", name);
		goto done;
	}
	fault_step("truncate-fsync");
	if (sync_data(fd) == -1) {
		err_sys(e, "cannot sync '%s'", name);
		goto done;
	}
	rc = 0;
done:
	close(fd);
	return rc;
}

int
fs_patch(int dirfd, const char *name, off_t offset, const void *data, size_t len, struct err *e)
{
	struct stat st;
	bool made;
	int fd, rc = -1;

	fd = open_or_make(dirfd, name, O_WRONLY, "patch-create", &st, &made, e);
	if (fd == -1)
		return -1;
	fault_step("patch-write");
	if (lseek(fd, offset, SEEK_SET) == -1 || fs_write_all(fd, data, len) == -1) {
		err_sys(e, "cannot write '%s'", name);
		goto done;
	}
	fault_step("patch-fsync");
	if (sync_data(fd) == -1 || (made && fs_sync_dir(dirfd) == -1)) {
		err_sys(e, "cannot sync '%s'", name);
		goto done;
	}
	rc = 0;
done:
	close(fd);
	return rc;
}

int
fs_cache(int dirfd, const char *name, const struct iovec *part, size_t n, struct err *e)
{
	struct stat st;
	off_t len = 0;
	bool made;
	int fd, rc = -1;

	for (size_t i = 0; i < n; i++)
		len += (off_t)part[i].iov_len;
	fd = open_or_make(dirfd, name, O_WRONLY, "cache-create", &st, &made, e);
	if (fd == -1)
		return -1;
	fault_step("cache-write");
	if (fs_write_parts(fd, part, n) == -1 || (st.st_size > len && ftruncate(fd, len) == -1))
		err_sys(e, "cannot write '%s'", name);
	else
		rc = 0;
	close(fd);
	return rc;
}
