/*
 * Every scenario is run with its first, second, third ... system call failing,
 * once or from then on, until it runs through.  Whatever fails, the file is old
 * or new as the answer says, a failed sync is not tried again, and afterwards a
 * run without errors succeeds.
 *
 * The calls that change something are replaced here by ones that can fail.
 */
#include "sys/fs.h"

#include <errno.h>
#include <sys/syscall.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"

#define OLD "id: 1\ntitle: old\n"
#define NEW "id: 1\ntitle: new and longer than it was\n"

static int until, calls;	/* the call that fails; how many there were */
static bool on_and_on;		/* and all that follow */
static int error = EIO;
static int unsynced = -1;	/* a descriptor whose sync has failed */
static bool synced_again;
static bool poor;		/* a file system without exchange and links */
static bool signals;		/* only what a signal may interrupt is counted */
static int exchanges;		/* how many there were, if a person saves before the first */

static bool
fails(void)
{
	if (++calls < until || until == 0 || (calls > until && !on_and_on))
		return false;
	errno = error;
	return true;
}

ssize_t
write(int fd, const void *data, size_t len)
{
	if (fd > 2 && fails())
		return -1;
	return syscall(SYS_write, fd, data, len);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	if (fd > 2 && fails())
		return -1;
	return syscall(SYS_writev, fd, v, n);
}

static int
sync_with(long call, int fd)
{
	if (fd == unsynced)
		synced_again = true;
	if (!fails())
		return (int)syscall(call, fd);
	if (errno != EINTR)
		unsynced = fd;
	return -1;
}

int
fsync(int fd)
{
	return sync_with(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return sync_with(SYS_fdatasync, fd);
}

int
ftruncate(int fd, off_t len)
{
	return fails() ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

int
fchmod(int fd, mode_t mode)
{
	return !signals && fails() ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int
linkat(int from, const char *a, int to, const char *b, int flags)
{
	if (poor) {
		errno = EPERM;
		return -1;
	}
	return fails() ? -1 : (int)syscall(SYS_linkat, from, a, to, b, flags);
}

int
renameat2(int from, const char *a, int to, const char *b, unsigned int flags)
{
	if (poor && flags != 0) {
		errno = EINVAL;
		return -1;
	}
	if (exchanges > 0 && exchanges++ == 1)
		put_by_rename("t.yml", "a person's\n");
	return !signals && fails() ? -1 : (int)syscall(SYS_renameat2, from, a, to, b, flags);
}

int
renameat(int from, const char *a, int to, const char *b)
{
	return !signals && fails() ? -1 : (int)syscall(SYS_renameat2, from, a, to, b, 0);
}

static int
commit(struct err *e)
{
	struct buf old = { 0 };
	struct fs_file f = { 0 };
	int rc;

	rc = fs_open(&f, "t.yml", e);
	if (rc == 0)
		rc = fs_load(&f, &old, e);
	if (rc == 0)
		rc = fs_stage(&f, NEW, strlen(NEW), e);
	if (rc == 0)
		rc = fs_swap(&f, &old, e);
	if (rc == 0)
		rc = fs_keep(&f, AT_FDCWD, "backup", e);
	if (rc == 0)
		rc = fs_settle(&f, e);
	fs_close(&f);
	buf_release(&old);
	return rc;
}

static int
replace(struct err *e)
{
	return fs_replace(AT_FDCWD, "t.yml", NEW, strlen(NEW), 0644, e);
}

static int
append(struct err *e)
{
	off_t before;

	return fs_append(AT_FDCWD, "t.yml", "more\n", 5, &before, e);
}

static int
shorten(struct err *e)
{
	return fs_truncate(AT_FDCWD, "t.yml", 2, e);
}

static void
reset(int at, bool always, int with)
{
	calls = 0;
	until = at;
	on_and_on = always;
	error = with;
	unsynced = -1;
	synced_again = false;
}

/* The new content stands there though there was an error: the message says so. */
static bool
is_told(const char *msg)
{
	return strstr(msg, "durability unknown") || strstr(msg, "cannot keep the former") ||
	    strstr(msg, "half a line");
}

/* One run with the error; false when there was no call left to fail. */
static bool
fail_at(int (*scenario)(struct err *), const char *what, int at, bool always, int with,
    const char *new)
{
	struct err e = { 0 };
	const char *text;
	bool reached;
	int rc;

	unlink("t.yml");
	unlink("backup");
	put("t.yml", OLD);
	reset(at, always, with);
	rc = scenario(&e);
	reached = calls >= at;
	reset(0, false, EIO);
	text = get("t.yml");
	if (rc == 0)
		ok(strcmp(text, new) == 0, "%s, call %d: done", what, at);
	else
		ok(rc == -1 && e.code == ERR_SYSTEM &&
		    (strcmp(text, OLD) == 0 || (strcmp(text, new) == 0 && is_told(e.msg))),
		    "%s, call %d: %s", what, at, e.msg);
	ok(!synced_again, "no failed sync is tried again");
	if (strcmp(text, OLD) == 0 || scenario != append) {
		is_int(scenario(&e), 0, "the next run succeeds");
		is(get("t.yml"), new, "and has done it");
		is_int(count_names("orch-"), 0, "nothing is left");
	}
	return reached;
}

static void
fail_at_each(int (*scenario)(struct err *), const char *what, int with, const char *new)
{
	int at = 0;

	while (fail_at(scenario, what, ++at, false, with, new) && at < 50)
		continue;
	printf("# %s: %d calls can fail\n", what, at - 1);
	at = 0;
	while (fail_at(scenario, what, ++at, true, with, new) && at < 50)
		continue;
}

/* A signal comes while it writes, syncs or shortens: nobody notices. */
static void
test_interrupted(void)
{
	static int (*const scenarios[])(struct err *) = { replace, append, shorten };
	static const char *const results[] = { NEW, OLD "more\n", "id" };
	struct err e = { 0 };

	signals = true;
	for (int i = 0; i < 3; i++) {
		for (int at = 1; at < 10; at++) {
			put("t.yml", OLD);
			reset(at, false, EINTR);
			is_int(scenarios[i](&e), 0, "interrupted, done nevertheless");
			is(get("t.yml"), results[i], "wholly");
		}
	}
	reset(0, false, EIO);
	signals = false;
}

static void
test_poor_file_system(void)
{
	struct err e = { 0 };

	poor = true;
	put("t.yml", OLD);
	unlink("backup");
	is_int(commit(&e), 0, "a commit without exchange and links");
	is(get("t.yml"), NEW, "the new content");
	is(get("backup"), OLD, "and the backup");
	unlink("t.yml");
	unlink("backup");
	is_int(commit(&e), 0, "into nothing");
	is(get("t.yml"), NEW, "the new content");
	ok(!there("backup"), "there is no backup");
	is_int(count_names("orch-"), 0, "nothing is left");
	poor = false;
}

/* A person saved in between, and that cannot be put back. */
static void
test_stranded(void)
{
	struct fs_file f = { 0 };
	struct buf left = { 0 };
	struct err e = { 0 };

	put("t.yml", OLD);
	exchanges = 1;
	reset(6, true, EIO);	/* the exchange itself is the fifth call */
	is_int(commit(&e), -1, "the exchange back fails");
	reset(0, false, EIO);
	exchanges = 0;
	ok(strstr(e.msg, "cannot put back 't.yml'") && strstr(e.msg, ".t.yml.orch-new"), "%s",
	    e.msg);
	is(get(".t.yml.orch-new"), "a person's\n", "what the person saved is still there");
	fs_open(&f, "t.yml", &e);
	is_int(fs_leftover(&f, &left, &e), 1, "and the next one is told");
	ok(f.swapped && strcmp(buf_str(&left), "a person's\n") == 0, "what it is");
	fs_close(&f);
	buf_release(&left);
}

int
main(void)
{
	scratch_make();
	fail_at_each(commit, "commit", EIO, NEW);
	fail_at_each(commit, "commit on a full disk", ENOSPC, NEW);
	fail_at_each(commit, "commit without exchange", EINVAL, NEW);
	fail_at_each(replace, "replace", EIO, NEW);
	fail_at_each(append, "append", EIO, OLD "more\n");
	test_interrupted();
	test_poor_file_system();
	test_stranded();
	scratch_remove();
	return done_testing();
}
