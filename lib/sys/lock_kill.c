/*
 * lock_kill - ends a process that has a lock, and no other
 *
 * A number may be given to another process between two lines of a program.  So a
 * pidfd is opened first; if the process of that number then has the start time that
 * is meant, the pidfd is of that process, for whatever had the number before is gone
 * and whatever has it later started later.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/lock_priv.h"
#include "sys/lock_state.h"

#define LOOK_MS 20	/* between two looks whether it has let go */

enum { GONE, HAS_IT, CANNOT_TELL };

/* Ended, or alive without the lock, is both gone. */
static bool
has_let_go(int pidfd, pid_t pid, const struct stat *file, int timeout)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	pid_t taker;

	if (poll(&p, 1, timeout) == 1)
		return true;
	return lock_process_has(pid, file, &taker) == 0;
}

static int
signal_and_wait(int pidfd, int sig, pid_t pid, const struct stat *file, int64_t wait_ms,
    struct err *e)
{
	int64_t deadline = lock_now_ms() + wait_ms;

	if (syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) == -1) {
		if (errno == ESRCH)
			return GONE;
		err_sys(e, "cannot signal pid %jd", (intmax_t)pid);
		return CANNOT_TELL;
	}
	do {
		if (has_let_go(pidfd, pid, file, LOOK_MS))
			return GONE;
	} while (lock_now_ms() < deadline);
	return HAS_IT;
}

/* 1: that process has ended, or has let go of it; 0: it is the one; -1. */
static int
identify(int pidfd, const struct lock_process *p, const struct stat *file, struct err *e)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	uint64_t start;
	pid_t taker;
	char state;
	int has;

	if (p->start == 0)
		return err_set(e, ERR_SYSTEM, "pid %jd cannot be told from another of that number",
		    (intmax_t)p->pid);
	has = lock_read_stat(p->pid, &state, &start) == -1 ? -1 :
	    start != p->start ? 0 : lock_process_has(p->pid, file, &taker);
	if (has == 0 || poll(&end, 1, 0) == 1)
		return 1;
	if (has == -1)
		return err_set(e, ERR_SYSTEM, "pid %jd (%s) cannot be looked at", (intmax_t)p->pid,
		    p->command);
	return 0;
}

int
lock_kill(int dirfd, const char *name, const struct lock_process *p, int64_t wait_ms,
    struct err *e)
{
	static const int signals[] = { SIGCONT, SIGTERM, SIGKILL };
	struct stat file;
	int pidfd = -1, r = -1, state = HAS_IT;

	if (fstatat(dirfd, name, &file, AT_SYMLINK_NOFOLLOW) == -1) {
		err_sys(e, "cannot look at lock file '%s'", name);
		goto done;
	}
	if (p->pid <= 1 || p->pid == getpid()) {
		err_set(e, ERR_USAGE, "pid %jd is not to be ended", (intmax_t)p->pid);
		goto done;
	}
	pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (pidfd == -1) {
		r = errno == ESRCH ? 1 : err_sys(e, "cannot open pid %jd", (intmax_t)p->pid);
		goto done;
	}
	if ((r = identify(pidfd, p, &file, e)) != 0)
		goto done;
	for (size_t i = 0; i < sizeof signals / sizeof *signals && state == HAS_IT; i++)
		state = signal_and_wait(pidfd, signals[i], p->pid, &file, wait_ms, e);
	r = state == GONE ? 0 : -1;
	if (state == HAS_IT)
		err_set(e, ERR_BUSY, "pid %jd (%s) has the lock still, though it was killed",
		    (intmax_t)p->pid, p->command);
done:
	if (pidfd != -1)
		close(pidfd);
	return r;
}
