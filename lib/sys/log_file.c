#include "sys/log_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/lock.h"

#define FULL_HEAD "orch-"
#define FULL_TAIL ".log"
#define DIGITS	  9
#define TRIES	  3		/* a line whose file is removed again and again is lost */
#define FLAGS	  (O_RDWR | O_APPEND | O_CREAT)

int64_t
log_file_number(const char *name)
{
	size_t len = strlen(name), digits = len - strlen(FULL_HEAD FULL_TAIL);
	char text[32];
	int64_t n;

	if (len <= strlen(FULL_HEAD FULL_TAIL) || digits >= sizeof text ||
	    !str_starts(name, FULL_HEAD) || !str_ends(name, FULL_TAIL))
		return 0;
	snprintf(text, sizeof text, "%.*s", (int)digits, name + strlen(FULL_HEAD));
	return num_int(text + strspn(text, "0"), 1, INT64_MAX - 1, &n) == 0 ? n : 0;
}

/* What the name stands for now; a file that cannot be had leaves the old one in its place. */
static void
reopen(struct log_file *f)
{
	struct err lost;
	struct stat st;
	int fd = fs_open_plain(f->dirfd, LOG_FILE, LOG_FILE, FLAGS, &st, &lost);

	if (fd == -1)
		return;
	if (f->fd != -1)
		close(f->fd);
	f->fd = fd;
}

/* Is the open file the one of that name?  *st is of the open one. */
static bool
is_current(const struct log_file *f, struct stat *st)
{
	struct stat named;

	return f->fd != -1 && fstat(f->fd, st) == 0 &&
	    fstatat(f->dirfd, LOG_FILE, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_dev == st->st_dev && named.st_ino == st->st_ino;
}

/* ---- rotation ---- */

static void
list(const struct log_file *f, struct vec_id *numbers)
{
	int fd = fs_open_dir(f->dirfd, ".");
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int64_t n;

	if (dir == NULL && fd != -1)
		close(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if ((n = log_file_number(entry->d_name)) > 0)
			vec_id_push(numbers, n);
	if (dir != NULL)
		closedir(dir);
	vec_id_sort(numbers);
}

static void
name_of(int64_t number, char out[64])
{
	snprintf(out, 64, FULL_HEAD "%0*lld" FULL_TAIL, DIGITS, (long long)number);
}

/* Under the lock: the file gets its number, and the oldest go. */
static void
turn(struct log_file *f)
{
	struct vec_id full = { 0 };
	struct err none;
	struct stat st;
	char name[64];

	/* Somebody else may have done it since. */
	if (!is_current(f, &st) || st.st_size == 0)
		return;
	list(f, &full);
	name_of(full.n > 0 ? full.v[full.n - 1] + 1 : 1, name);
	if (fs_rename(f->dirfd, LOG_FILE, name, &none) == 0)
		for (size_t i = 0; i + (size_t)f->files < full.n + 2; i++) {
			name_of(full.v[i], name);
			(void)unlinkat(f->dirfd, name, 0);
		}
	vec_id_release(&full);
}

static void
rotate(struct log_file *f)
{
	struct lock lock = { .fd = -1 };
	struct err none;

	/* Who holds it does the same: nobody waits for that. */
	if (lock_try(&lock, f->dirfd, "lock", &none) == 0)
		turn(f);
	lock_release(&lock);
}

/* ---- lines ---- */

/*
 * Was the end of the file torn by a full disk or a power cut?  The size that is seen while
 * somebody writes may be amid a line: the kernel lets fchmod(2) wait until that write is
 * done, and then the file has grown.
 */
static bool
is_torn(const struct log_file *f, struct stat *st)
{
	off_t size = -1;
	char last = '\n';

	while (st->st_size > 0 && pread(f->fd, &last, 1, st->st_size - 1) == 1 && last != '\n') {
		if (size == st->st_size)
			return true;
		size = st->st_size;
		if (fchmod(f->fd, 0600) == -1 || fstat(f->fd, st) == -1)
			return false;
	}
	return false;
}

/* In one write(2), whatever it begins with. */
static void
append(const struct log_file *f, const char *line, size_t len, bool torn)
{
	const struct iovec parts[] = {
		{ .iov_base = (char[]){ '\n' }, .iov_len = torn },
		{ .iov_base = (void *)(uintptr_t)line, .iov_len = len },
	};

	while (writev(f->fd, parts, 2) == -1 && errno == EINTR)
		continue;
}

void
log_file_put(void *file, const char *line, size_t len)
{
	struct log_file *f = file;
	struct stat st;

	for (int i = 0; i < TRIES; i++) {
		if (!is_current(f, &st))
			reopen(f);
		if (f->fd == -1 || fstat(f->fd, &st) == -1)
			return;
		if (st.st_size > 0 && st.st_size + (off_t)len > f->max_bytes) {
			rotate(f);
			if (!is_current(f, &st))
				reopen(f);
			if (fstat(f->fd, &st) == -1)
				return;
		}
		append(f, line, len, is_torn(f, &st));
		if (fstat(f->fd, &st) == -1 || st.st_nlink > 0)
			return;
	}
}

void
log_file_open(struct log_file *f, int dirfd, int64_t max_bytes, int files)
{
	*f = (struct log_file){ .dirfd = dirfd, .fd = -1, .max_bytes = max_bytes, .files = files };
	reopen(f);
}

void
log_file_close(struct log_file *f)
{
	if (f->fd != -1)
		close(f->fd);
	if (f->dirfd != -1)
		close(f->dirfd);
	*f = (struct log_file){ .dirfd = -1, .fd = -1 };
}
