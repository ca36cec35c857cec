#include "work/keeper_output.h"

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
#include "sys/fault.h"
#include "sys/fs.h"
#include "work/keeper.h"

#define COPY_CHUNK (64 << 10)

static char *
segment_name(const char *name, int64_t number)
{
	return xasprintf("%s.tail-%lld", name, (long long)number);
}

/* The number of a segment of NAME, -1 if the file is none. */
static int64_t
segment_number(const char *file, const char *name)
{
	int64_t number;
	size_t len = strlen(name);

	if (strncmp(file, name, len) != 0 || !str_starts(file + len, ".tail-"))
		return -1;
	return num_int(file + len + strlen(".tail-"), 0, INT64_MAX / KEEPER_TAIL_MAX - 1,
	    &number) == 0 ? number : -1;
}

static void
remove_segment(int dirfd, const char *name, int64_t number)
{
	char *file = segment_name(name, number);

	/* one that stays only takes room, and is removed by the next open */
	unlinkat(dirfd, file, 0);
	free(file);
}

/* The newest segment's number, -1 if there is none; removes all if so asked. */
static int
newest_segment(int dirfd, const char *name, bool remove, int64_t *newest, struct err *e)
{
	struct dirent *d;
	DIR *dir = NULL;
	int fd = fs_openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*newest = -1;
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return err_sys(e, "cannot list the run folder");
	}
	while ((d = readdir(dir)) != NULL) {
		int64_t number = segment_number(d->d_name, name);

		if (number > *newest)
			*newest = number;
		if (number >= 0 && remove)
			unlinkat(dirfd, d->d_name, 0);
	}
	closedir(dir);
	return 0;
}

/* O_EXCL for segments: there cannot be one, and what is there is not followed. */
static int
create(int dirfd, const char *name, int flags)
{
	return openat(dirfd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
}

int
keeper_output_open(struct keeper_output *o, int dirfd, const char *prefix, const char *name,
    struct err *e)
{
	int64_t newest;

	*o = (struct keeper_output){ .dirfd = dirfd, .fd = -1, .segment = -1,
		.room = KEEPER_HEAD_MAX };
	o->name = xasprintf("%s%s", prefix, name);
	if (newest_segment(dirfd, o->name, true, &newest, e) == -1)
		return -1;
	if ((o->fd = create(dirfd, o->name, O_TRUNC)) == -1)
		return err_sys(e, "cannot make '%s'", o->name);
	return 0;
}

/* Goes on to the next segment; the last but one is not needed any more. */
static int
next_segment(struct keeper_output *o)
{
	char *file = segment_name(o->name, o->segment + 1);

	close(o->fd);
	o->fd = create(o->dirfd, file, O_EXCL);
	free(file);
	if (o->fd == -1)
		return -1;
	if (o->segment >= 1)
		remove_segment(o->dirfd, o->name, o->segment - 1);
	o->segment++;
	o->room = KEEPER_TAIL_MAX;
	return 0;
}

void
keeper_output_add(struct keeper_output *o, const char *data, size_t len)
{
	o->bytes += (int64_t)len;
	while (len > 0 && o->sys == 0) {
		size_t n;

		if (o->room == 0 && next_segment(o) == -1) {
			o->sys = errno;
			return;
		}
		n = len < o->room ? len : o->room;
		if (fs_write_all(o->fd, data, n) == -1)
			o->sys = errno;
		o->room -= n;
		data += n;
		len -= n;
	}
}

/* Appends a segment from `offset` on to the file. */
static int
append_segment(int dirfd, int to, const char *name, int64_t number, off_t offset)
{
	char *file = segment_name(name, number), *chunk = xmalloc(COPY_CHUNK);
	int from = fs_openat(dirfd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = -1;

	while (from != -1 && (n = pread(from, chunk, COPY_CHUNK, offset)) > 0) {
		if (fs_write_all(to, chunk, (size_t)n) == -1) {
			n = -1;
			break;
		}
		offset += n;
	}
	if (from != -1)
		close(from);
	free(chunk);
	free(file);
	return n == 0 ? 0 : -1;
}

static int
segment_size(int dirfd, const char *name, int64_t number, off_t *size)
{
	char *file = segment_name(name, number);
	struct stat st;
	int rc = fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW);

	*size = rc == 0 ? st.st_size : 0;
	free(file);
	return rc;
}

/*
 * Writes gap and tail behind the head.  A joining that was interrupted is begun
 * again, from the file cut back to its head, unless it came to the removal: then
 * the newest segment lacks the one before it.
 */
static int
write_tail(int dirfd, int fd, const char *name, int64_t newest)
{
	off_t size, keep, before;

	if (newest > 0 && segment_size(dirfd, name, newest - 1, &size) == -1)
		return errno == ENOENT ? 0 : -1;
	if (segment_size(dirfd, name, newest, &size) == -1)
		return -1;
	if (ftruncate(fd, KEEPER_HEAD_MAX) == -1 || lseek(fd, 0, SEEK_END) == -1)
		return -1;
	/* from the segment before, what the newest leaves of the room */
	keep = newest > 0 ? KEEPER_TAIL_MAX - size : 0;
	before = newest > 0 ? newest * KEEPER_TAIL_MAX - keep : 0;
	if (before > 0 && dprintf(fd, "\n[... %lld bytes left out ...]\n", (long long)before) < 0)
		return -1;
	if (keep > 0 && append_segment(dirfd, fd, name, newest - 1, KEEPER_TAIL_MAX - keep) == -1)
		return -1;
	return append_segment(dirfd, fd, name, newest, 0);
}

/* Of a file without a byte only the name could be lost, and the result's name, in the same
 * folder, is synced after it. */
static int
sync_file(int fd)
{
	const char *off = getenv("ORCH_TEST_NOSYNC");
	struct stat st;

	if ((off != NULL && strcmp(off, "1") == 0) || (fstat(fd, &st) == 0 && st.st_size == 0))
		return 0;
	return fsync(fd);
}

int
keeper_output_join(int dirfd, const char *name, struct err *e)
{
	int64_t newest;
	int fd, rc = -1;

	if (newest_segment(dirfd, name, false, &newest, e) == -1)
		return -1;
	fd = fs_openat(dirfd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return 0;
	fault_step("keeper-join");
	if (fd == -1 || (newest >= 0 && write_tail(dirfd, fd, name, newest) == -1) ||
	    sync_file(fd) == -1) {
		err_sys(e, "cannot write '%s'", name);
		goto done;
	}
	if (newest >= 1)
		remove_segment(dirfd, name, newest - 1);
	if (newest >= 0)
		remove_segment(dirfd, name, newest);
	rc = 0;
done:
	if (fd != -1)
		close(fd);
	return rc;
}

int
keeper_output_end(struct keeper_output *o, struct err *e)
{
	int rc = 0;

	if (o->fd != -1) {
		close(o->fd);
		o->fd = -1;
		rc = keeper_output_join(o->dirfd, o->name, e);
	}
	if (rc == 0 && o->sys != 0) {
		errno = o->sys;
		rc = err_sys(e, "cannot write '%s'", o->name);
	}
	free(o->name);
	o->name = NULL;
	return rc;
}
