/*
 * How a forked process becomes a keeper: a session of its own, no terminal, no
 * descriptor but those of the spec, and every orphan of its tree falls to it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sys/proc.h"
#include "work/keeper.h"
#include "work/keeper_life.h"

const int keeper_signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, 0 };

/* Closes all descriptors above 2 but those of the spec. */
static int
close_others(const struct keeper_spec *s)
{
	size_t n = 0;
	int *fds, rc;

	while (s->keep != NULL && s->keep[n] != -1)
		n++;
	fds = xcalloc(n + 3, sizeof *fds);
	if (n > 0)
		memcpy(fds, s->keep, n * sizeof *fds);
	fds[n++] = s->run_fd;
	fds[n++] = s->cwd_fd;
	fds[n++] = s->ruleset;
	rc = proc_close_others(fds, n);
	free(fds);
	return rc;
}

int
keeper_detach(const struct keeper_spec *s, struct err *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_NAME, "orch-keeper");
	/* what the starter ignores (nohup) is how a keeper is asked to end */
	for (const int *sig = keeper_signals; *sig != 0; sig++)
		signal(*sig, SIG_DFL);
	umask(077);
	if (setsid() == -1)
		return err_sys(e, "cannot start a session");
	for (int fd = 0; fd <= 2; fd++)
		if (null == -1 || dup2(null, fd) == -1)
			return err_sys(e, "cannot open '/dev/null'");
	if (close_others(s) == -1)
		return err_sys(e, "cannot close descriptors");
	return proc_become_subreaper(e);
}
