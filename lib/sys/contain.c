/*
 * What the kinds have in common: which is taken, and who does what for which.
 */
#include "sys/contain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sys/contain_priv.h"

static const char *const names[] = {
	[CONTAIN_NONE] = "",
	[CONTAIN_PIDNS] = "pidns",
	[CONTAIN_USERNS] = "userns",
	[CONTAIN_CGROUP] = "cgroup",
	[CONTAIN_WEAK] = "weak",
};

#define KINDS (sizeof names / sizeof *names)

const char *
contain_name(enum contain_kind kind)
{
	return names[kind];
}

enum contain_kind
contain_kind_of(const char *name)
{
	for (size_t i = 0; name != NULL && i < KINDS; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum contain_kind)i;
	return CONTAIN_NONE;
}

int
contain_put(int dirfd, const char *path, const char *text)
{
	int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC), rc;

	if (fd == -1)
		return -1;
	rc = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return rc;
}

static bool
is_space(const struct contain *c)
{
	return c->trace.kind == CONTAIN_PIDNS || c->trace.kind == CONTAIN_USERNS;
}

static int
make_kind(struct contain *c, const struct contain_mount *mounts, const int *keep, struct err *e)
{
	if (is_space(c))
		return contain_space_make(c, mounts, keep, e);
	return c->trace.kind == CONTAIN_CGROUP ? contain_group_make(c, e) : 0;
}

int
contain_make(struct contain *c, const struct proc_spec *spec, const struct contain_mount *mounts,
    const int *keep, struct err *e)
{
	const char *only = getenv("ORCH_TEST_CONTAIN");
	struct err why = { 0 };

	for (size_t kind = CONTAIN_PIDNS; kind < KINDS; kind++) {
		*c = (struct contain){ .trace.kind = (enum contain_kind)kind, .spec = *spec,
			.process.pidfd = -1, .line = -1, .group = -1, .join = -1 };
		lock_describe(&c->trace.maker, getpid(), "orch-keeper");
		if ((only == NULL || strcmp(only, names[kind]) == 0) &&
		    make_kind(c, mounts, keep, &why) == 0)
			return 0;
	}
	*c = (struct contain){ .process.pidfd = -1, .line = -1, .group = -1, .join = -1 };
	return err_set(e, ERR_CONFIG, "ORCH_TEST_CONTAIN=%s cannot be had here: %s", only,
	    why.code == ERR_NONE ? "there is no such kind" : why.msg);
}

int
contain_start(struct contain *c, struct err *e)
{
	if (is_space(c))
		return contain_space_start(c, e);
	return proc_spawn(&c->process, &c->spec, e);
}

int
contain_fd(const struct contain *c)
{
	return is_space(c) ? c->line : c->process.pidfd;
}

int
contain_ended(struct contain *c, int *status)
{
	return is_space(c) ? contain_space_ended(c, status) : proc_reap(&c->process, status);
}

void
contain_signal(struct contain *c, int sig)
{
	if (is_space(c))
		contain_space_signal(c, sig);
	else
		proc_signal(&c->process, sig);
}

void
contain_kill(struct contain *c)
{
	if (is_space(c)) {
		contain_space_signal(c, 0);
		return;
	}
	if (c->group != -1)
		contain_group_kill(c->group);
	proc_signal(&c->process, SIGKILL);
}

int
contain_sweep(struct contain *c, int64_t deadline, int *killed, struct err *e)
{
	int n;

	proc_reap_others(&c->process);
	if (c->group != -1)
		contain_group_kill(c->group);
	/* Orphans fall to us; in the other kinds there are none by now. */
	if ((n = proc_sweep(deadline, e)) == -1)
		return -1;
	c->killed += n;
	*killed = c->killed;
	if (c->group != -1 && contain_group_wait(c->group, deadline) == 0) {
		errno = ETIMEDOUT;
		return err_sys(e, "processes are left in '%s'", c->trace.cgroup);
	}
	return 0;
}

void
contain_release(struct contain *c)
{
	int status;

	if (c->process.pid != 0)
		proc_signal(&c->process, SIGKILL);
	if (c->process.pid != 0)
		proc_reap(&c->process, &status);
	if (c->line != -1)
		close(c->line);
	if (c->join != -1)
		close(c->join);
	if (c->group != -1) {
		close(c->group);
		contain_group_remove(c->trace.cgroup);
	}
	*c = (struct contain){ .process.pidfd = -1, .line = -1, .group = -1, .join = -1 };
}

/* ---- for who comes later ---- */

static bool
wait_for_end(int pidfd, int64_t deadline)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = deadline - clock_mono();
		n = poll(&p, 1, left < 0 ? 0 : (int)left);
	} while (n == -1 && errno == EINTR);
	return n == 1;
}

/*
 * Signals a process if it still is that one: 1, and *pidfd, for the caller to close; 0 if
 * it is not.  The pidfd is opened before that is looked at: should the number be given to
 * another one meanwhile, the pidfd stays that of the dead one.
 */
static int
signal_process(const struct lock_holder *h, int sig, int *pidfd, struct err *e)
{
	int alive, rc;

	*pidfd = (int)syscall(SYS_pidfd_open, h->pid, 0);
	if (*pidfd == -1 && errno == ESRCH)
		return 0;
	if (*pidfd == -1)
		return err_set(e, ERR_BUSY, "process %d cannot be looked at: %s", (int)h->pid,
		    strerror(errno));
	if ((rc = alive = lock_alive(h)) == -1)
		err_set(e, ERR_BUSY, "process %d cannot be looked at, it may be one of it",
		    (int)h->pid);
	else if (alive == 1 && syscall(SYS_pidfd_send_signal, *pidfd, sig, NULL, 0) == -1 &&
	    errno != ESRCH)
		rc = err_set(e, ERR_BUSY, "process %d of it cannot be signalled: %s", (int)h->pid,
		    strerror(errno));
	if (rc == 1)
		return 1;
	close(*pidfd);
	return rc;
}

/* Kills a process and waits. */
static int
end_process(const struct lock_holder *h, int64_t deadline, struct err *e)
{
	int pidfd, rc = signal_process(h, SIGKILL, &pidfd, e);

	if (rc != 1)
		return rc;
	if (!wait_for_end(pidfd, deadline))
		rc = err_set(e, ERR_BUSY, "process %d of it does not end", (int)h->pid);
	close(pidfd);
	return rc;
}

/* Can what it names be seen from here?  1; 0: it was in a former boot; -1. */
static int
is_here(const struct contain_trace *t, struct err *e)
{
	int here = lock_here(&t->maker);

	return here != -1 ? here : err_set(e, ERR_BUSY, "the processes that it names (keeper %d on "
	    "'%s') cannot be seen from this machine or pid namespace; if they are gone, remove it",
	    (int)t->maker.pid, t->maker.host);
}

int
contain_ask(const struct contain_trace *t, struct err *e)
{
	int pidfd, rc = is_here(t, e);

	if (rc == 1 && (rc = signal_process(&t->maker, SIGTERM, &pidfd, e)) == 1)
		close(pidfd);
	return rc;
}

int
contain_end(const struct contain_trace *t, int64_t deadline, struct err *e)
{
	struct lock_holder init = t->maker;
	int here = is_here(t, e), some, more = 0;

	if (here != 1)
		return here;
	if ((some = end_process(&t->maker, deadline, e)) == -1)
		return -1;
	init.pid = t->init;
	init.start = t->init_start;
	if (t->init > 0)
		more = end_process(&init, deadline, e);
	else if (t->cgroup[0] != '\0')
		more = contain_group_end(t, deadline, e);
	return more == -1 ? -1 : some == 1 || more == 1;
}
