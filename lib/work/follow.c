#include "work/follow.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/watch.h"
#include "task/project.h"
#include "work/jsonfile.h"
#include "work/keeper.h"
#include "work/probe.h"

#define CHUNK	65536
#define WAIT_MS 1000	/* until the lock is looked at again, where nothing is written */

/* Where we are in one stream: bytes [0, seen) have been passed on or told as a gap. */
struct stream {
	const char *name;	/* "stdout" */
	int dirfd;		/* the run folder */
	int fd;			/* -1: not open */
	int64_t segment;	/* -1: the head */
	int64_t seen;
	follow_fn *fn;
	void *arg;
	bool enough;
};

static int
open_piece(const struct stream *s, int64_t segment)
{
	char *file = segment < 0 ? xstrdup(s->name) :
	    xasprintf("%s.tail-%lld", s->name, (long long)segment);
	int fd = fs_openat(s->dirfd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	free(file);
	return fd;
}

static void
pass_on(struct stream *s, const char *data, size_t len)
{
	s->seen += (int64_t)len;
	if (!s->enough && s->fn(s->arg, data, len) != 0)
		s->enough = true;
}

static void
tell_gap(struct stream *s, int64_t bytes)
{
	char line[64];
	int n = snprintf(line, sizeof line, "\n[... %lld bytes left out ...]\n", (long long)bytes);

	if (!s->enough && s->fn(s->arg, line, (size_t)n) != 0)
		s->enough = true;
}

/* Passes on [from, to) of an open file; what is not there yet is left. */
static void
copy(struct stream *s, int fd, int64_t from, int64_t to)
{
	char chunk[CHUNK];
	ssize_t n;

	for (; from < to && !s->enough; from += n) {
		size_t want = to - from < CHUNK ? (size_t)(to - from) : CHUNK;

		if ((n = pread(fd, chunk, want, from)) <= 0)
			return;
		pass_on(s, chunk, (size_t)n);
	}
}

/* Where a piece begins within the stream. */
static int64_t
piece_start(int64_t segment)
{
	return segment < 0 ? 0 : KEEPER_HEAD_MAX + segment * KEEPER_TAIL_MAX;
}

/* The first segment after this one that is there; only the newest two ever are. */
static int64_t
find_next(const struct stream *s)
{
	int64_t found = -1, number;
	size_t len = strlen(s->name);
	struct dirent *entry;
	int fd = fs_openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (str_starts(entry->d_name, s->name) &&
		    str_starts(entry->d_name + len, ".tail-") &&
		    num_int(entry->d_name + len + strlen(".tail-"), s->segment + 1,
		    INT64_MAX / KEEPER_TAIL_MAX - 1, &number) == 0 &&
		    (found == -1 || number < found))
			found = number;
	if (dir != NULL)
		closedir(dir);
	else if (fd != -1)
		close(fd);
	return found;
}

/* Goes on to the piece after the one that was read to its end. */
static bool
next_piece(struct stream *s)
{
	int64_t next = find_next(s);
	int fd = next == -1 ? -1 : open_piece(s, next);

	if (fd == -1)
		return false;
	close(s->fd);
	s->fd = fd;
	s->segment = next;
	if (piece_start(next) > s->seen) {
		tell_gap(s, piece_start(next) - s->seen);
		s->seen = piece_start(next);
	}
	return true;
}

/* All that is there now. */
static void
drain(struct stream *s)
{
	if (s->fd == -1 && (s->fd = open_piece(s, -1)) == -1)
		return;
	do {
		copy(s, s->fd, s->seen - piece_start(s->segment),
		    piece_start(s->segment + 1) - piece_start(s->segment));
	} while (!s->enough && s->seen == piece_start(s->segment + 1) && next_piece(s));
}

/*
 * The attempt is over and the pieces are one file: the head, a line about a gap if
 * there was one, and the last `total - x` bytes.  What we have not seen of it follows.
 */
static void
finish(struct stream *s, int64_t total)
{
	struct stat st;
	int fd;

	drain(s);
	if (total <= s->seen || s->enough || (fd = open_piece(s, -1)) == -1)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > KEEPER_HEAD_MAX) {
		int64_t tail = st.st_size - KEEPER_HEAD_MAX;

		if (tail > KEEPER_TAIL_MAX)
			tail = KEEPER_TAIL_MAX;
		if (total - s->seen > tail) {
			tell_gap(s, total - s->seen - tail);
			s->seen = total - tail;
		}
		copy(s, fd, st.st_size - (total - s->seen), st.st_size);
	}
	close(fd);
}

/* How many bytes the keeper counted; -1 if it left no result. */
static int64_t
counted(int dirfd, const char *stream)
{
	char *key = xasprintf("%s_bytes", stream);
	struct val *v = jsonfile_peek(dirfd, "result.json", CHUNK);
	int64_t n = val_number(val_get(v, key), -1);

	val_free(v);
	free(key);
	return n;
}

/* Passes on what there is until the lock is free. */
static int
loop(const struct project *p, int64_t task, struct stream *streams, size_t n, struct watch *w,
    struct err *e)
{
	for (;;) {
		/* The lock is looked at first: what is written before it is free is read. */
		int live = probe_attempt(p, task, e);

		for (size_t i = 0; i < n; i++)
			drain(&streams[i]);
		if (live != 1)
			return live;
		for (size_t i = 0; i < n; i++)
			if (streams[i].enough)
				return 0;
		if (watch_wait(w, WAIT_MS, e) == -1)
			return -1;
	}
}

int
follow_attempt(const struct project *p, int64_t task, int number, follow_fn *fn, void *arg,
    struct err *e)
{
	struct stream streams[] = {
		{ .name = "stdout", .fd = -1, .segment = -1, .fn = fn, .arg = arg },
		{ .name = "stderr", .fd = -1, .segment = -1, .fn = fn, .arg = arg },
	};
	const size_t n = sizeof streams / sizeof *streams;
	struct watch w = { .fd = -1 };
	char *task_dir = xasprintf("runs/%lld", (long long)task);
	char *dir = xasprintf("%s/%d", task_dir, number);
	int fd = fs_open_dir(p->orch_fd, dir), r = -1;

	if (fd == -1) {
		err_sys(e, "cannot open '%s/%s'", p->orch, dir);
		goto done;
	}
	for (size_t i = 0; i < n; i++)
		streams[i].dirfd = fd;
	if (watch_open(&w, e) == -1 || watch_add(&w, p->orch_fd, dir, e) == -1 ||
	    watch_add(&w, p->orch_fd, task_dir, e) == -1 ||
	    loop(p, task, streams, n, &w, e) == -1)
		goto done;
	for (size_t i = 0; i < n; i++)
		finish(&streams[i], counted(fd, streams[i].name));
	r = 0;
done:
	for (size_t i = 0; i < n; i++)
		if (streams[i].fd != -1)
			close(streams[i].fd);
	if (fd != -1)
		close(fd);
	watch_close(&w);
	free(task_dir);
	free(dir);
	return r;
}
