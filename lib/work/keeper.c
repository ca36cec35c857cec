/*
 * The starter's side: a keeper is forked, waited for, and its result read.  What
 * it does is in keeper_life.c.
 */
#include "work/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sys/proc.h"
#include "sys/sig.h"
#include "work/keeper_life.h"
#include "work/keeper_output.h"

/* What an earlier run left must not be taken for this one's. */
static int
remove_former(const struct keeper_spec *s, struct err *e)
{
	static const char *const files[] = { "result.json", KEEPER_TRACE };
	int rc = 0;

	for (size_t i = 0; i < sizeof files / sizeof *files && rc == 0; i++) {
		char *name = xasprintf("%s%s", s->name, files[i]);

		if (unlinkat(s->run_fd, name, 0) == -1 && errno != ENOENT)
			rc = err_sys(e, "cannot remove '%s'", name);
		free(name);
	}
	return rc;
}

int
keeper_start(struct proc *p, const struct keeper_spec *s, struct err *e)
{
	sigset_t mask, old;
	int rc;

	*p = (struct proc){ .pidfd = -1 };
	if (remove_former(s, e) == -1)
		return -1;
	/* Blocked across the fork: a request that comes early is heard later. */
	sigemptyset(&mask);
	for (const int *sig = keeper_signals; *sig != 0; sig++)
		sigaddset(&mask, *sig);
	sigprocmask(SIG_BLOCK, &mask, &old);
	rc = proc_fork(p, e);
	if (rc == 1)
		_exit(keeper_live(s));
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc == -1 ? err_prefix(e, "cannot start a keeper") : 0;
}

int
keeper_salvage(int run_fd, const char *name, struct err *e)
{
	static const char *const streams[] = { "stdout", "stderr" };
	int rc = 0;

	for (size_t i = 0; i < 2; i++) {
		char *file = xasprintf("%s%s", name, streams[i]);

		if (keeper_output_join(run_fd, file, e) == -1)
			rc = -1;
		free(file);
	}
	return rc;
}

/* Waits for the keeper and passes on requests to stop. */
static int
wait_for(struct proc *p, int stop_fd)
{
	int status = 0;

	while (proc_reap(p, &status) == 0) {
		struct pollfd fds[] = {
			{ .fd = p->pidfd, .events = POLLIN },
			{ .fd = stop_fd, .events = POLLIN },
		};

		if (poll(fds, 2, -1) == -1 || fds[1].revents == 0)
			continue;
		while (sig_next(stop_fd) != 0)
			proc_signal(p, SIGTERM);
	}
	return status;
}

int
keeper_run(const struct keeper_spec *s, int stop_fd, struct keeper_result *r, struct err *e)
{
	struct proc p;
	int status, rc;

	*r = (struct keeper_result){ .exit = -1 };
	if (keeper_start(&p, s, e) == -1)
		return -1;
	status = wait_for(&p, stop_fd);
	if ((rc = keeper_read(s->run_fd, s->name, r, e)) == 0)
		return 0;
	if (rc == 1 && WIFSIGNALED(status)) {
		err_set(e, ERR_SYSTEM, "the keeper was ended by signal %s", sig_name(WTERMSIG(status)));
		return 1;
	}
	return rc == 1 ? err_set(e, ERR_SYSTEM, "the keeper could not write its result") : -1;
}
