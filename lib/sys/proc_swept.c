/*
 * A process of its own stands above the program, the sweeper: whatever the program leaves
 * falls to it and is killed before it ends itself, in the way that the program did.  It is
 * the weak kind of contain.h, for a caller who has other children and many such programs
 * at a time.
 */
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/sig.h"

#define SWEEP_MS 10000		/* what does not end then (a disk that hangs) is left */

static const int heard[] = { SIGTERM, SIGQUIT, 0 };

/* The caller hears what went wrong; it was not ended before it said so. */
static _Noreturn void
give_up(int report, const struct err *e)
{
	(void)fs_write_all(report, e, sizeof *e);
	_exit(127);
}

/* As a child of `parent`, which may have ended before that was asked for. */
static int
prepare(pid_t parent, int *sig, struct err *e)
{
	setsid();
	sig_reset();
	if ((*sig = sig_fd(heard, e)) == -1 || proc_become_subreaper(e) == -1)
		return -1;
	if (prctl(PR_SET_PDEATHSIG, SIGQUIT) == -1)
		return err_sys(e, "cannot end with the caller");
	return getppid() == parent ? 0 : err_set(e, ERR_FAILED, "the caller has ended");
}

static int
wait_for(struct proc *program, int sig)
{
	int status, n;

	for (;;) {
		struct pollfd fds[] = { { .fd = program->pidfd, .events = POLLIN }, { .fd = sig, .events = POLLIN } };

		if (poll(fds, 2, -1) == -1)
			continue;
		while ((n = sig_next(sig)) != 0)
			proc_signal(program, n == SIGTERM ? SIGTERM : SIGKILL);
		if (fds[0].revents != 0 && proc_reap(program, &status) == 1)
			return status;
	}
}

static _Noreturn void
end_as(int status)
{
	sigset_t all;

	if (WIFSIGNALED(status)) {
		sigfillset(&all);
		sigprocmask(SIG_UNBLOCK, &all, NULL);
		raise(WTERMSIG(status));
		_exit(128 + WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

static _Noreturn void
sweeper(const struct proc_spec *s, pid_t parent, int report)
{
	struct proc program = { .pidfd = -1 };
	struct err e = { 0 }, none;
	int sig, status;

	if (prepare(parent, &sig, &e) == -1)
		give_up(report, &e);
	if (proc_close_others((int[]){ s->cwd, s->in, s->out, s->err, report, sig }, 6) == -1) {
		err_sys(&e, "cannot close descriptors");
		give_up(report, &e);
	}
	if (proc_spawn(&program, s, &e) == -1)
		give_up(report, &e);
	/* The end of its output is to be seen when all who write it are gone. */
	proc_close_others((int[]){ program.pidfd, sig }, 2);
	close_range(0, 2, 0);
	status = wait_for(&program, sig);
	(void)proc_sweep(clock_mono() + SWEEP_MS, &none);
	end_as(status);
}

int
proc_spawn_swept(struct proc *p, const struct proc_spec *s, struct err *e)
{
	struct err why = { 0 };
	pid_t parent = getpid();
	int ends[2], rc, status;
	ssize_t n;

	*p = (struct proc){ .pidfd = -1 };
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_sys(e, "cannot make a pipe");
	if ((rc = proc_fork(p, e)) == 1)
		sweeper(s, parent, ends[1]);
	close(ends[1]);
	n = rc == 0 ? TEMP_FAILURE_RETRY(read(ends[0], &why, sizeof why)) : 0;
	close(ends[0]);
	if (n == 0)
		return rc;
	*e = why;
	if (n != (ssize_t)sizeof why)
		err_sys(e, "cannot hear from '%s'", s->argv[0]);
	while (proc_reap(p, &status) == 0)
		poll(&(struct pollfd){ .fd = p->pidfd, .events = POLLIN }, 1, -1);
	return -1;
}
