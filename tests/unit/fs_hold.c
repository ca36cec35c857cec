/*
 * fs_hold - a file that is looked at without a copy: nobody writes while it is held, and
 * a swap sees who waits
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"
#include "sys/fs.h"

#define SIZE 100001		/* neither small nor whole pages */
#define FILE_NAME "t.yml"

static char text[SIZE + 1];

static void
make(size_t len)
{
	FILE *f = fopen(FILE_NAME, "w");

	memset(text, 'a', sizeof text - 1);
	fwrite(text, 1, len, f);
	fclose(f);
}

static void
begin(struct fs_file *f, struct buf *b)
{
	struct err e = { 0 };

	*b = (struct buf){ 0 };
	if (fs_open(f, FILE_NAME, &e) == -1 || fs_hold(f, b, &e) == -1)
		printf("# %s\n", e.msg);
}

/* Does somebody wait for the lease?  Looked at until it is so, ten seconds at most. */
static bool
waits(const struct fs_file *f)
{
	struct timespec nap = { .tv_nsec = 1000000 };

	for (int i = 0; i < 10000; i++) {
		if (fcntl(f->map_fd, F_GETLEASE) == F_UNLCK)
			return true;
		nanosleep(&nap, NULL);
	}
	return false;
}

/* A person who writes into the file, in place. */
static pid_t
person(const char *what)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open(FILE_NAME, O_WRONLY | O_TRUNC);

		_exit(fd != -1 && write(fd, what, strlen(what)) == (ssize_t)strlen(what) ? 0 : 1);
	}
	return pid;
}

static void
test_view(void)
{
	struct fs_file f;
	struct buf b;

	make(SIZE);
	begin(&f, &b);
	ok(b.len == SIZE && b.cap == 0 && memcmp(b.data, text, SIZE) == 0, "it is a view");
	is_int(b.data[SIZE], '\0', "with a NUL behind it");
	buf_release(&b);
	fs_close(&f);
}

/* Where it is not worth it, or cannot be had, it is a copy. */
static void
test_copy(void)
{
	static const size_t sizes[] = { 0, 1, 4096, 1 << 16, 1 << 20 };
	struct fs_file f;
	struct buf b;
	int fd;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		FILE *out = fopen(FILE_NAME, "w");

		for (size_t k = 0; k < sizes[i]; k++)
			fputc('b', out);
		fclose(out);
		begin(&f, &b);
		ok(b.len == sizes[i] && (b.len == 0 || b.cap > b.len) && *buf_str(&b) ==
		    (sizes[i] > 0 ? 'b' : '\0'), "%zu bytes are a copy", sizes[i]);
		buf_release(&b);
		fs_close(&f);
	}
	make(SIZE);
	fd = open(FILE_NAME, O_RDONLY);
	begin(&f, &b);
	ok(b.cap == 0, "who only reads disturbs nobody");
	buf_release(&b);
	fs_close(&f);
	close(fd);
}

static void
test_swap(void)
{
	struct fs_file f;
	struct err e = { 0 };
	struct stat st;
	struct buf b;

	make(SIZE);
	begin(&f, &b);
	ok(fs_stage(&f, "new", 3, &e) == 0 && fs_swap(&f, &b, &e) == 0, "nobody saves: exchanged");
	ok(fs_keep(&f, AT_FDCWD, "backup", &e) == 0 && fs_settle(&f, &e) == 0, "and kept");
	buf_release(&b);
	fs_close(&f);
	is(get(FILE_NAME), "new", "the new one");
	ok(stat("backup", &st) == 0 && st.st_size == SIZE && *get("backup") == 'a', "the old one");
	unlink("backup");
}

/* Who saves in place waits; the swap sees him, and what he writes is in the file. */
static void
test_person(bool after_stage)
{
	struct fs_file f;
	struct err e = { 0 };
	struct buf b;
	pid_t pid;
	int status = 0;

	make(SIZE);
	begin(&f, &b);
	if (after_stage)
		fs_stage(&f, "new", 3, &e);
	pid = person("a person's");
	ok(waits(&f), "who opens it for writing waits");
	ok(memcmp(b.data, text, SIZE) == 0, "what is held is as it was");
	if (!after_stage)
		fs_stage(&f, "new", 3, &e);
	is_int(fs_swap(&f, &b, &e), 1, "the swap sees that somebody is about to save");
	buf_release(&b);
	fs_close(&f);
	waitpid(pid, &status, 0);
	is_int(status, 0, "then it is saved");
	is(get(FILE_NAME), "a person's", "and stands in the file");
}

static void
test_rename(void)
{
	struct fs_file f;
	struct err e = { 0 };
	struct buf b;

	make(SIZE);
	begin(&f, &b);
	fs_stage(&f, "new", 3, &e);
	put_by_rename(FILE_NAME, "a person's");
	is_int(fs_swap(&f, &b, &e), 1, "who saves by rename is seen too");
	buf_release(&b);
	fs_close(&f);
	is(get(FILE_NAME), "a person's", "and it stands there");
}

static void
test_writer(void)
{
	struct fs_file f;
	struct err e = { 0 };
	struct buf b = { 0 };
	int fd;

	make(SIZE);
	fd = open(FILE_NAME, O_WRONLY);
	fs_open(&f, FILE_NAME, &e);
	is_int(fs_hold(&f, &b, &e), -1, "a file that is being written all the time");
	is_int(e.code, ERR_BUSY, "is busy, as for a copy");
	close(fd);
	buf_release(&b);
	fs_close(&f);
}

int
main(void)
{
	scratch_make();
	test_view();
	test_copy();
	test_swap();
	test_person(false);
	test_person(true);
	test_rename();
	test_writer();
	scratch_remove();
	return done_testing();
}
