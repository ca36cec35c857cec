/*
 * lock - taking and releasing; who holds it is the matter of lock_holder.c
 *
 * flock(2) alone is not fair: of thirty-two processes that take it in turn some
 * wait for seconds.  With a gate before it at most two compete for the lock
 * itself, the one that has passed the gate and nobody else, and whoever has just
 * released it must queue at the gate like all others.
 *
 * flock(2) has no time limit either, so a timer interrupts it.  The timer
 * repeats: a single signal may arrive just before the call begins to sleep and
 * would then be lost.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/lock_priv.h"

#define NAME "lock"
#define GATE "lock.gate"

#define TICK_NS 20000000	/* 20 ms */
#define WAIT_MAX_MS (365ll * 86400 * 1000)

/* glibc names the member only since 2.38 or so. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { TAKEN = 0, HELD_BY_OTHER = 1, REPLACED = 2 };

#ifdef ORCH_DEBUG
static bool held;	/* what lock_held() answers; the only use is an assertion */
#endif

bool
lock_held(void)
{
#ifdef ORCH_DEBUG
	return held;
#else
	return false;
#endif
}

static void
set_held(bool now)
{
#ifdef ORCH_DEBUG
	held = now;
#else
	(void)now;
#endif
}

/* Not clock_mono(): time during which the machine slept gave nobody a chance to release. */
int64_t
lock_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A timer that interrupts system calls of this thread, and what it displaced. */
struct ticker {
	timer_t timer;
	struct sigaction action;
	sigset_t mask;
};

/* Only there to end a system call. */
static void
on_tick(int sig)
{
	(void)sig;
}

/*
 * The first tick comes at the deadline, since who is interrupted before goes to the end of
 * the queue; then they repeat, because one may come before flock(2) sleeps.
 */
static int
start_ticker(struct ticker *t, int64_t deadline, struct err *e)
{
	int64_t left = deadline - lock_now_ms() + 1;
	struct sigaction sa = { .sa_handler = on_tick };	/* no SA_RESTART */
	struct itimerspec every = { .it_interval.tv_nsec = TICK_NS,
	    .it_value = { left / 1000, left % 1000 * 1000000 } };
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN };
	sigset_t tick;

	ev.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &ev, &t->timer) == -1)
		return err_sys(e, "cannot make a timer");
	sigaction(SIGRTMIN, &sa, &t->action);
	sigemptyset(&tick);
	sigaddset(&tick, SIGRTMIN);
	pthread_sigmask(SIG_UNBLOCK, &tick, &t->mask);
	timer_settime(t->timer, 0, &every, NULL);
	return 0;
}

/* A tick that is on its way arrives before timer_delete() returns. */
static void
stop_ticker(struct ticker *t)
{
	timer_delete(t->timer);
	pthread_sigmask(SIG_SETMASK, &t->mask, NULL);
	sigaction(SIGRTMIN, &t->action, NULL);
}

static const char *
what(mode_t mode)
{
	return S_ISDIR(mode) ? "a folder" : S_ISLNK(mode) ? "a symbolic link" :
	    S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
}

void
lock_path(int dirfd, const char *name, char out[PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
	n = readlink(link, out, PATH_MAX - 1);
	if (n <= 0 || out[0] != '/' || (size_t)n + strlen(name) + 2 > PATH_MAX)
		n = 0;
	snprintf(out + n, (size_t)(PATH_MAX - n), "%s%s", n > 0 ? "/" : "", name);
}

/* A lock file must be one that only we can have put there. */
int
lock_check_file(int dirfd, const char *name, const struct stat *st, struct err *e)
{
	char path[PATH_MAX];

	if (S_ISREG(st->st_mode) && st->st_uid == geteuid())
		return 0;
	lock_path(dirfd, name, path);
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_INVALID, "lock file '%s' is %s, not a regular file: remove it",
		    path, what(st->st_mode));
	return err_set(e, ERR_SYSTEM, "lock file '%s' belongs to user %ju, not to us", path,
	    (uintmax_t)st->st_uid);
}

/*
 * Looked at before it is opened, because opening a device may do something, and after
 * that once more, because it may have been replaced in between.
 */
int
lock_open_plain(int dirfd, const char *name, int flags, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = -1, saved;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    lock_check_file(dirfd, name, &st, e) == -1)
		return -1;
	fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name,
	    flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600));
	if (fd == -1 || fstat(fd, &st) == -1) {
		saved = errno;
		lock_path(dirfd, name, path);
		errno = saved;
		err_sys(e, "cannot open lock file '%s'", path);
	} else if (lock_check_file(dirfd, name, &st, e) == 0) {
		return fd;
	}
	if (fd != -1)
		close(fd);
	return -1;
}

/* A lock on a file that somebody has removed or replaced excludes nobody. */
static bool
is_still_named(int fd, int dirfd, const char *name)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 &&
	    fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* flock(2) until the deadline, with a ticker running; 0 or -1 with errno. */
static int
wait_for(int fd, int64_t deadline)
{
	while (flock(fd, LOCK_EX) == -1) {
		if (errno != EINTR)
			return -1;
		if (lock_now_ms() >= deadline) {
			errno = EWOULDBLOCK;
			return -1;
		}
	}
	return 0;
}

static int
flock_by(int fd, int64_t deadline, struct err *e)
{
	struct ticker t;
	int rc, saved;

	if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX | LOCK_NB)) == 0)
		return TAKEN;
	if (errno == EWOULDBLOCK && lock_now_ms() < deadline) {
		if (start_ticker(&t, deadline, e) == -1)
			return -1;
		rc = wait_for(fd, deadline);
		saved = errno;
		stop_ticker(&t);
		errno = saved;
		if (rc == 0)
			return TAKEN;
	}
	if (errno == EWOULDBLOCK)
		return HELD_BY_OTHER;
	return err_sys(e, "cannot lock");
}

/* One lock file: TAKEN with *fd, HELD_BY_OTHER at the deadline, or -1. */
static int
take_file(int *fd, int dirfd, const char *name, int64_t deadline, struct err *e)
{
	int rc;

	do {
		*fd = lock_open_plain(dirfd, name, O_RDWR | O_CREAT, e);
		if (*fd == -1)
			return -1;
		rc = flock_by(*fd, deadline, e);
		if (rc == TAKEN && !is_still_named(*fd, dirfd, name))
			rc = REPLACED;
		if (rc != TAKEN)
			close(*fd);
	} while (rc == REPLACED && lock_now_ms() < deadline);
	if (rc == -1)
		return err_prefix(e, "lock file '%s'", name);
	if (rc == REPLACED)
		return err_set(e, ERR_BUSY, "lock file '%s' is being replaced", name);
	return rc;
}

/* Who waits at the gate waits for the one that has the lock; if nobody has it, for the
 * one that is in the gate and does not go on. */
static int
say_busy(int dirfd, bool at_gate, struct err *e)
{
	struct err unknown;

	return lock_busy(dirfd, at_gate && lock_probe(dirfd, NAME, &unknown) == 0 ? GATE : NAME, e);
}

int
lock_take(struct lock *l, int dirfd, int64_t wait_ms, const char *command, struct err *e)
{
	int64_t deadline = lock_now_ms() + (wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS);
	bool at_gate = true;
	struct err unwritten;
	int gate, rc;

	*l = (struct lock){ .fd = -1, .alone = true };
	rc = take_file(&gate, dirfd, GATE, deadline, e);
	if (rc == TAKEN) {
		at_gate = false;
		rc = take_file(&l->fd, dirfd, NAME, deadline, e);
		close(gate);
	}
	if (rc != TAKEN) {
		l->fd = -1;
		return rc == -1 ? -1 : say_busy(dirfd, at_gate, e);
	}
	set_held(true);
	(void)lock_write_holder(l, command, &unwritten);	/* a full disk must not matter */
	return 0;
}

/*
 * The state lock is released for whoever may have inherited it by mistake, too.
 * Any other is let go of by closing only: it may be shared on purpose.
 */
void
lock_release(struct lock *l)
{
	if (l->fd > STDERR_FILENO) {
		if (l->alone) {
			flock(l->fd, LOCK_UN);
			set_held(false);
		}
		close(l->fd);
	}
	*l = (struct lock){ .fd = -1 };
}

int
lock_try(struct lock *l, int dirfd, const char *name, struct err *e)
{
	int rc;

	*l = (struct lock){ .fd = -1 };
	rc = take_file(&l->fd, dirfd, name, lock_now_ms(), e);
	if (rc != TAKEN)
		l->fd = -1;
	return rc;
}

int
lock_probe(int dirfd, const char *name, struct err *e)
{
	int fd = lock_open_plain(dirfd, name, O_RDONLY, e), rc;

	if (fd == -1)
		return e->sys == ENOENT ? 0 : -1;
	if (TEMP_FAILURE_RETRY(flock(fd, LOCK_SH | LOCK_NB)) == 0)
		rc = 0;
	else if (errno == EWOULDBLOCK)
		rc = 1;
	else
		rc = err_sys(e, "lock file '%s': cannot look at the lock", name);
	close(fd);
	return rc;
}
