/*
 * The one program that is not a worker: an editor.  It stays in our session and process
 * group, since only these have the terminal.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/lock.h"
#include "sys/proc.h"
#include "sys/sig.h"

int
proc_foreground(char *const *argv, int *status, struct err *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old_int, old_quit;
	pid_t pid, got;
	int r = -1;

	if (lock_held())
		abort();
	/* As system(3): the keys that interrupt are for the program. */
	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	if ((pid = fork()) == 0) {
		sig_reset();
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid == -1) {
		err_sys(e, "cannot start a process");
		goto done;
	}
	while ((got = waitpid(pid, status, 0)) == -1 && errno == EINTR)
		continue;
	r = got == pid ? 0 : err_sys(e, "cannot wait for '%s'", argv[0]);
done:
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	return r;
}
