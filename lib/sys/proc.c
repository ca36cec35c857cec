/*
 * The child between fork and exec calls only what is safe there, and reports
 * the step that failed through a pipe that a successful exec closes: the end of
 * file is the good news.  All descriptors above 2 are marked close-on-exec at
 * once, which spares that pipe and needs no list of what is open.
 */
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sys/landlock.h"
#include "sys/lock.h"
#include "sys/sig.h"

#define FILES_MAX 4096		/* RLIMIT_NOFILE of a child */
#define OOM_MORE  500		/* the child is killed before its supervisor */
#define OOM_MAX   1000

/* What the child writes into the pipe when it cannot go on. */
struct report {
	enum { STEP_SESSION, STEP_GROUP, STEP_FILES, STEP_FOLDER, STEP_LIMIT, STEP_RULES, STEP_EXEC } step;
	int sys;
};

static const char *const step_text[] = {
	[STEP_SESSION] = "cannot start a session for",
	[STEP_GROUP] = "cannot put into its group",
	[STEP_FILES] = "cannot set up the descriptors of",
	[STEP_FOLDER] = "cannot enter the folder of",
	[STEP_LIMIT] = "cannot restrict",
	[STEP_RULES] = "cannot put into a Landlock domain",
	[STEP_EXEC] = "cannot run",
};

static bool
is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return false;
	}
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

char *
proc_find(const char *name, const char *path)
{
	int reason = ENOENT;

	if (strchr(name, '/') != NULL)
		return *name == '/' && is_program(name) ? xstrdup(name) : NULL;
	while (path != NULL && *name != '\0' && *path != '\0') {
		int len = (int)strcspn(path, ":");
		char *full = xasprintf("%.*s/%s", len, path, name);

		if (*full == '/' && len > 0 && is_program(full))
			return full;
		if (*full == '/' && len > 0 && errno == EACCES)
			reason = EACCES;
		free(full);
		path += len;
		path += *path == ':';
	}
	errno = reason;
	return NULL;
}

static const char *
env_path(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return NULL;
}

/* The file to execute: argv[0] itself when it has a slash, else what is found. */
static char *
program_of(const struct proc_spec *s)
{
	const char *name = s->argv[0];

	if (strchr(name, '/') != NULL)
		return xstrdup(name);
	return proc_find(name, s->path != NULL ? s->path : env_path(s->envp));
}

/*
 * Puts the three descriptors in place.  Each is first copied above 2, so that
 * none is overwritten before it was used, whatever the caller's numbers are.
 */
static int
child_files(const struct proc_spec *s, int *cwd, int *report)
{
	int fds[3] = { s->in, s->out, s->err };

	*report = fcntl(*report, F_DUPFD_CLOEXEC, 3);
	*cwd = fcntl(*cwd, F_DUPFD_CLOEXEC, 3);
	if (*report == -1 || *cwd == -1)
		return -1;
	for (int i = 0; i < 3; i++)
		if ((fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3)) == -1)
			return -1;
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) == -1)
			return -1;
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == -1)
		return -1;
	return s->keep > 2 ? fcntl(s->keep, F_SETFD, 0) : 0;
}

/* A limit of `want`, or less where less is allowed. */
static int
limit(__rlimit_resource_t what, rlim_t want)
{
	struct rlimit r;

	if (getrlimit(what, &r) == -1)
		return -1;
	if (r.rlim_max == RLIM_INFINITY || r.rlim_max > want)
		r.rlim_max = want;
	r.rlim_cur = r.rlim_max;
	return setrlimit(what, &r);
}

/* Advice to the kernel; where it cannot be given, the run goes on without. */
static void
raise_oom_score(void)
{
	char text[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	long score;
	int len;

	if (fd == -1)
		return;
	if (read(fd, text, sizeof text - 1) > 0) {
		score = strtol(text, NULL, 10) + OOM_MORE;
		len = snprintf(text, sizeof text, "%ld", score < OOM_MAX ? score : OOM_MAX);
		if (pwrite(fd, text, (size_t)len, 0) == -1)
			errno = 0;
	}
	close(fd);
}

/*
 * The parent may have ended before the request was made; then nobody would send
 * the signal any more, so it is sent here.
 */
static int
die_with(pid_t parent, int sig)
{
	if (sig == 0)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, sig) == -1)
		return -1;
	return getppid() == parent ? 0 : raise(sig);
}

static int
child_limits(const struct proc_spec *s, pid_t parent)
{
	umask(077);
	/* its files in /proc are its own, also where those of its starter are not */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	raise_oom_score();
	if (s->max_file > 0 && limit(RLIMIT_FSIZE, (rlim_t)s->max_file) == -1)
		return -1;
	if (limit(RLIMIT_CORE, 0) == -1 || limit(RLIMIT_NOFILE, FILES_MAX) == -1)
		return -1;
	if (!s->gains && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return die_with(parent, s->death_signal);
}

/* Never returns: the program runs, or the pipe says why not. */
static _Noreturn void
child(const struct proc_spec *s, const char *file, pid_t parent, int report)
{
	struct report r = { .step = STEP_SESSION };
	int cwd = s->cwd;

	if (setsid() == -1)
		goto fail;
	r.step = STEP_GROUP;
	if (s->cgroup > 0 && write(s->cgroup, "0", 1) != 1)
		goto fail;
	r.step = STEP_FILES;
	if (child_files(s, &cwd, &report) == -1)
		goto fail;
	r.step = STEP_FOLDER;
	if (fchdir(cwd) == -1)
		goto fail;
	r.step = STEP_LIMIT;
	if (child_limits(s, parent) == -1)
		goto fail;
	sig_reset();
	r.step = STEP_RULES;
	if (s->ruleset > 0 && landlock_enter(s->ruleset) == -1)
		goto fail;
	r.step = STEP_EXEC;
	execve(file, s->argv, s->envp);
fail:
	r.sys = errno;
	while (write(report, &r, sizeof r) == -1 && errno == EINTR)
		;
	_exit(127);
}

/* The child's report: 0 if the pipe was closed without one. */
static ssize_t
read_report(int fd, struct report *r)
{
	ssize_t n;

	do
		n = read(fd, r, sizeof *r);
	while (n == -1 && errno == EINTR);
	return n;
}

static int
open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void
kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

/* Both sides of a fork; `pid` as it returns. */
static int
after_fork(struct proc *p, pid_t pid, struct err *e)
{
	*p = (struct proc){ .pid = pid, .pidfd = -1 };
	if (pid == 0)
		return 1;
	if (pid == -1) {
		p->pid = 0;
		return err_sys(e, "cannot start a process");
	}
	if ((p->pidfd = open_pidfd(p->pid)) != -1)
		return 0;
	err_sys(e, "cannot watch a process");
	kill_and_reap(p->pid);
	p->pid = 0;
	return -1;
}

/* No process begins while this one holds the state lock; a debug build knows whether. */
static void
check_unlocked(void)
{
	if (lock_held())
		abort();
}

int
proc_fork(struct proc *p, struct err *e)
{
	check_unlocked();
	return after_fork(p, fork(), e);
}

/* The flags do not fit the argument of the C library's functions, but the new call. */
int
proc_clone(struct proc *p, unsigned int flags, struct err *e)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	check_unlocked();
	return after_fork(p, (pid_t)syscall(SYS_clone3, &args, sizeof args), e);
}

static int
by_number(const void *a, const void *b)
{
	int x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

int
proc_close_others(int *fds, size_t n)
{
	unsigned int from = 3;

	if (n > 1)
		qsort(fds, n, sizeof *fds, by_number);
	for (size_t i = 0; i < n; i++) {
		unsigned int fd = (unsigned int)fds[i];

		if (fds[i] < 0 || fd < from)
			continue;
		if (fd > from && close_range(from, fd - 1, 0) == -1)
			return -1;
		from = fd + 1;
	}
	return close_range(from, ~0u, 0);
}

/* What went wrong in the child, in words. */
static int
explain(const struct report *r, ssize_t n, const char *name, struct err *e)
{
	if (n != (ssize_t)sizeof *r)
		return err_sys(e, "cannot hear from '%s'", name);
	errno = r->sys;
	return err_sys(e, "%s '%s'", step_text[r->step], name);
}

int
proc_spawn(struct proc *p, const struct proc_spec *s, struct err *e)
{
	struct report r = { 0 };
	int ends[2] = { -1, -1 };
	pid_t parent = getpid();
	char *file = NULL;
	ssize_t n;
	int rc = -1;

	*p = (struct proc){ .pidfd = -1 };
	if ((file = program_of(s)) == NULL) {
		err_sys(e, "cannot run '%s'", s->argv[0]);
		goto done;
	}
	if (pipe2(ends, O_CLOEXEC) == -1) {
		err_sys(e, "cannot make a pipe");
		goto done;
	}
	if ((rc = proc_fork(p, e)) == -1)
		goto done;
	if (rc == 1)
		child(s, file, parent, ends[1]);
	close(ends[1]);
	ends[1] = -1;
	if ((n = read_report(ends[0], &r)) != 0) {
		rc = explain(&r, n, s->argv[0], e);
		kill_and_reap(p->pid);
		close(p->pidfd);
		*p = (struct proc){ .pidfd = -1 };
	}
done:
	if (ends[0] != -1)
		close(ends[0]);
	if (ends[1] != -1)
		close(ends[1]);
	free(file);
	return rc;
}

void
proc_signal(const struct proc *p, int sig)
{
	if (p->pid == 0)
		return;
	/* A leader is in its group, and should hear a request once; a child that has not
	 * come to lead one yet is asked by itself. */
	if (kill(-p->pid, sig) == 0 && sig != SIGKILL)
		return;
	if (p->pidfd != -1)
		syscall(SYS_pidfd_send_signal, p->pidfd, sig, NULL, 0);
}

int
proc_reap(struct proc *p, int *status)
{
	pid_t pid;

	do
		pid = waitpid(p->pid, status, WNOHANG);
	while (pid == -1 && errno == EINTR);
	if (pid == 0)
		return 0;
	if (pid == -1)
		*status = SIGKILL;
	if (p->pidfd != -1)
		close(p->pidfd);
	*p = (struct proc){ .pidfd = -1 };
	return 1;
}

void
proc_reap_others(const struct proc *p)
{
	siginfo_t info;

	/* Looked at before it is taken: `p` itself is left to proc_reap(). */
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1)
			return;
		if (info.si_pid == 0 || info.si_pid == p->pid)
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}
