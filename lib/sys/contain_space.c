/*
 * A pid namespace as a container: our side, and its init.
 *
 * Init is a copy of this process.  It is the child of the maker, so that it can be
 * waited for and dies with it; it starts the program, reaps orphans, passes on signals,
 * and ends when the program has ended and everything else has been killed.  In there a
 * SIGKILL of "all processes" reaches all: who forks at that moment has it pending.
 *
 * They talk through a socket that keeps messages apart: init says READY or FAILED, is
 * told START, says STARTED or FAILED, is told SIGNAL n (0: kill all) any number of
 * times, and at last says ENDED with the program's status.  When its maker is gone, the
 * socket is at its end and so is init: that covers the time before the death signal is
 * set.  Init is not dumpable: what it has open (the run lock) is not to be had through
 * /proc/1/fd.
 */
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/contain.h"
#include "sys/contain_priv.h"
#include "sys/sig.h"

#define KEEP_MAX 16

struct message {
	enum { READY, FAILED, START, STARTED, SIGNAL, ENDED } what;
	int number;		/* signal; status of the program; READY: all is sealed */
	int killed;
	struct err err;		/* of FAILED */
};

static int
tell(int line, const struct message *m)
{
	return send(line, m, sizeof *m, MSG_NOSIGNAL) == (ssize_t)sizeof *m ? 0 : -1;
}

/* 1: a message; 0: nothing now (MSG_DONTWAIT); -1: there will be none. */
static int
hear(int line, struct message *m, int flags)
{
	ssize_t n;

	do
		n = recv(line, m, sizeof *m, flags);
	while (n == -1 && errno == EINTR);
	if (n == (ssize_t)sizeof *m)
		return 1;
	return n == -1 && errno == EAGAIN ? 0 : -1;
}

/* ---- init ---- */

struct init {
	int line, signals;
	struct proc program;
	bool killing;
	int killed;
};

/* Ids keep their numbers; one line each is all that may be written without privilege. */
static int
map_ids(uid_t uid, gid_t gid, struct err *e)
{
	char text[64];

	if (contain_put(-1, "/proc/self/setgroups", "deny") == -1)
		return err_sys(e, "cannot set up a user namespace");
	snprintf(text, sizeof text, "%u %u 1\n", (unsigned int)uid, (unsigned int)uid);
	if (contain_put(-1, "/proc/self/uid_map", text) == -1)
		return err_sys(e, "cannot map the user");
	snprintf(text, sizeof text, "%u %u 1\n", (unsigned int)gid, (unsigned int)gid);
	return contain_put(-1, "/proc/self/gid_map", text) == -1 ?
	    err_sys(e, "cannot map the group") : 0;
}

/* What is mounted outside still appears in here; what is mounted here stays here. */
static int
mount_proc(struct err *e)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == -1)
		return err_sys(e, "cannot separate the mounts");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == -1)
		return err_sys(e, "cannot mount /proc");
	return 0;
}

/* Only what the program and its init need is open in here. */
static int
close_rest(const struct contain *c, int line, const int *keep)
{
	int fds[KEEP_MAX] = { line, c->spec.cwd, c->spec.in, c->spec.out, c->spec.err,
		c->spec.ruleset };
	size_t n = 6;

	for (; keep != NULL && *keep != -1 && n < KEEP_MAX; keep++)
		fds[n++] = *keep;
	return proc_close_others(fds, n);
}

static void
close_spec(const struct proc_spec *s)
{
	const int fds[] = { s->cwd, s->in, s->out, s->err, s->ruleset };

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] > 2)
			close(fds[i]);
}

/* 1: what shall be read-only is; 0: not all of it. */
static int
set_up(const struct contain *c, int line, const struct contain_mount *mounts, const int *keep,
    uid_t uid, gid_t gid, struct err *e)
{
	bool sealed;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 || setsid() == -1)
		return err_sys(e, "cannot start an init");
	prctl(PR_SET_NAME, "orch-init", 0, 0, 0);
	if (close_rest(c, line, keep) == -1)
		return err_sys(e, "cannot close descriptors");
	if (c->trace.kind == CONTAIN_USERNS && map_ids(uid, gid, e) == -1)
		return -1;
	if (mount_proc(e) == -1)
		return -1;
	sealed = mounts == NULL || contain_seal(mounts) == 0;
	if (contain_enter(c->spec.cwd, e) == -1)
		return -1;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return sealed;
}

/* Says why there is no program, and ends. */
static _Noreturn void
give_up(int line, const struct err *e)
{
	struct message m = { .what = FAILED, .err = *e };

	tell(line, &m);
	_exit(1);
}

/* Reaps until nobody is left; then the program's maker hears of its end. */
static _Noreturn void
finish(struct init *i, int status)
{
	struct message m = { .what = ENDED, .number = status };
	int one;

	for (;;) {
		kill(-1, SIGKILL);
		if (waitpid(-1, &one, 0) == -1 && errno == ECHILD)
			break;
		i->killed += WIFSIGNALED(one) && WTERMSIG(one) == SIGKILL;
	}
	m.killed = i->killed;
	tell(i->line, &m);
	_exit(0);
}

/* Takes what has ended.  When the program is among it, all others go too. */
static void
reap(struct init *i)
{
	int status = 0, last = 0;
	bool ended = false;
	pid_t pid;

	while (sig_next(i->signals) != 0)
		continue;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == i->program.pid) {
			ended = true;
			last = status;
		} else {
			i->killed += i->killing && WIFSIGNALED(status) &&
			    WTERMSIG(status) == SIGKILL;
		}
	if (ended)
		finish(i, last);
}

static void
obey(struct init *i)
{
	struct message m;
	int rc = hear(i->line, &m, MSG_DONTWAIT);

	if (rc == -1)
		_exit(0);
	if (rc == 0 || m.what != SIGNAL)
		return;
	if (m.number != 0) {
		proc_signal(&i->program, m.number);
		return;
	}
	i->killing = true;
	kill(-1, SIGKILL);
}

static _Noreturn void
live(const struct contain *c, int line, const struct contain_mount *mounts, const int *keep,
    uid_t uid, gid_t gid)
{
	static const int heard[] = { SIGCHLD, 0 };
	struct init i = { .line = line, .signals = -1 };
	struct message m = { .what = READY };
	struct err e = { 0 };

	if ((m.number = set_up(c, line, mounts, keep, uid, gid, &e)) == -1 || (i.signals = sig_fd(heard, &e)) == -1)
		give_up(line, &e);
	if (tell(line, &m) == -1 || hear(line, &m, 0) != 1 || m.what != START)
		_exit(0);
	if (proc_spawn(&i.program, &c->spec, &e) == -1)
		give_up(line, &e);
	close_spec(&c->spec);
	m = (struct message){ .what = STARTED };
	tell(line, &m);
	for (;;) {
		struct pollfd p[] = {
			{ .fd = i.signals, .events = POLLIN },
			{ .fd = line, .events = POLLIN },
		};

		if (poll(p, 2, -1) == -1)
			continue;
		if (p[0].revents != 0)
			reap(&i);
		if (p[1].revents != 0)
			obey(&i);
	}
}

/* ---- its maker ---- */

static void
await_init(struct contain *c)
{
	int status;

	while (c->process.pid != 0 && proc_reap(&c->process, &status) == 0) {
		struct pollfd p = { .fd = c->process.pidfd, .events = POLLIN };

		poll(&p, 1, -1);
	}
}

/* What init says next, or why it does not.  0: it is `what`. */
static int
expect(struct contain *c, int what, struct message *m, struct err *e)
{
	if (hear(c->line, m, 0) != 1)
		err_set(e, ERR_BUSY, "the init of a pid namespace was killed");
	else if ((int)m->what == what)
		return 0;
	else
		*e = m->err;
	await_init(c);
	return -1;
}

/* Where it is, for who comes later. */
static void
describe(struct contain_trace *t, pid_t pid)
{
	char path[64];
	struct stat st;

	t->init = pid;
	if (lock_start_time(pid, &t->init_start) == -1)
		t->init_start = 0;
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
	t->space = stat(path, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

int
contain_space_make(struct contain *c, const struct contain_mount *mounts, const int *keep,
    struct err *e)
{
	struct message m;
	unsigned int flags = CLONE_NEWPID | CLONE_NEWNS;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int ends[2], rc;

	if (c->trace.kind == CONTAIN_USERNS)
		flags |= CLONE_NEWUSER;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1) {
		err_sys(e, "cannot make a socket");
		return 1;
	}
	if ((rc = proc_clone(&c->process, flags, e)) == 1) {
		close(ends[0]);
		live(c, ends[1], mounts, keep, uid, gid);
	}
	close(ends[1]);
	c->line = ends[0];
	if (rc == 0)
		describe(&c->trace, c->process.pid);
	if (rc == -1 || expect(c, READY, &m, e) == -1) {
		contain_release(c);
		return 1;
	}
	c->trace.sealed = m.number == 1;
	return 0;
}

int
contain_space_start(struct contain *c, struct err *e)
{
	struct message m = { .what = START };

	tell(c->line, &m);
	return expect(c, STARTED, &m, e);
}

int
contain_space_ended(struct contain *c, int *status)
{
	struct message m;
	int rc = hear(c->line, &m, MSG_DONTWAIT);

	if (rc == 0 || (rc == 1 && m.what != ENDED))
		return 0;
	/* init is gone, and with it everything, when it can be reaped */
	*status = rc == 1 ? m.number : SIGKILL;
	c->killed = rc == 1 ? m.killed : 0;
	await_init(c);
	return 1;
}

void
contain_space_signal(struct contain *c, int sig)
{
	struct message m = { .what = SIGNAL, .number = sig };

	/* asked a second time, or not there to be asked: init goes, and all with it */
	if ((sig == 0 && c->asked) || tell(c->line, &m) == -1)
		proc_signal(&c->process, SIGKILL);
	if (sig == 0)
		c->asked = true;
}
