/*
 * A program of the suite that works in our stead.  It stays in our session and process
 * group: what a terminal sends, both of us get, and hearing it twice does no harm.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/lock.h"
#include "sys/proc.h"
#include "sys/sig.h"

/* Until it has ended; a signal that comes meanwhile is handed on. */
static int
wait_for(pid_t pid, const sigset_t *heard, int *status, int *stopped, struct err *e)
{
	pid_t got;
	int sig;

	while ((got = waitpid(pid, status, WNOHANG)) != pid) {
		if (got == -1 && errno != EINTR)
			return err_sys(e, "cannot wait for a process");
		if ((sig = sigwaitinfo(heard, NULL)) == -1 || sig == SIGCHLD)
			continue;
		*stopped = sig;
		kill(pid, SIGTERM);
	}
	return 0;
}

int
proc_helper(char *const *argv, int out, int *status, int *stopped, struct err *e)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t heard, before;
	pid_t pid;
	int r;

	if (lock_held())
		abort();
	*stopped = 0;
	sigemptyset(&heard);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&heard, signals[i]);
	/* Blocked, a signal that is ignored by default is kept for us all the same. */
	sigprocmask(SIG_BLOCK, &heard, &before);
	if ((pid = fork()) == 0) {
		sig_reset();
		if (out == STDOUT_FILENO || dup2(out, STDOUT_FILENO) != -1)
			execv(argv[0], argv);
		_exit(127);
	}
	r = pid == -1 ? err_sys(e, "cannot start a process") :
	    wait_for(pid, &heard, status, stopped, e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int
proc_helper_start(struct proc *p, char *const *argv, int out, struct err *e)
{
	int r = proc_fork(p, e), in;

	if (r != 1)
		return r;
	if (setsid() != -1 && (in = open("/dev/null", O_RDONLY)) != -1 && dup2(in, STDIN_FILENO) != -1 &&
	    (out == STDOUT_FILENO || dup2(out, STDOUT_FILENO) != -1) && proc_close_others(NULL, 0) == 0) {
		sig_reset();
		execv(argv[0], argv);
	}
	_exit(127);
}
