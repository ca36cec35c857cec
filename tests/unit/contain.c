/*
 * Containers by themselves: what is made is found again by its trace, ended once, and
 * nothing else is.  What runs in them is tested with the keeper.
 */
#include "sys/contain.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/sig.h"

#define PATIENCE 30000

/* Makes a container in a process of its own, which then waits; its trace comes back. */
static pid_t
make(struct contain_trace *t, int null)
{
	static char program[] = "/bin/sleep", time[] = "1000";
	char *argv[] = { program, time, NULL }, *envp[] = { NULL };
	struct proc_spec spec = { .argv = argv, .envp = envp, .cwd = null, .in = null, .out = null,
		.err = null, .death_signal = SIGKILL };
	struct contain c;
	struct err e = { 0 };
	sigset_t mask;
	int ends[2];
	pid_t pid;

	*t = (struct contain_trace){ 0 };
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	fflush(stdout);
	if ((pid = fork()) == 0) {
		sigemptyset(&mask);
		sigaddset(&mask, SIGCHLD);
		sigprocmask(SIG_BLOCK, &mask, NULL);
		proc_become_subreaper(&e);
		if (contain_make(&c, &spec, NULL, NULL, &e) == 0 && contain_start(&c, &e) == -1)
			c.trace.kind = CONTAIN_NONE;
		if (write(ends[1], &c.trace, sizeof c.trace) != (ssize_t)sizeof c.trace)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	if (read(ends[0], t, sizeof *t) != (ssize_t)sizeof *t)
		t->kind = CONTAIN_NONE;
	close(ends[0]);
	return pid;
}

static int
end(const struct contain_trace *t, struct err *e)
{
	*e = (struct err){ 0 };
	return contain_end(t, clock_mono() + PATIENCE, e);
}

static bool
lives(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

/* The trace with something that is not so: nothing is killed by it. */
static void
test_others(const struct contain_trace *t, pid_t maker)
{
	struct contain_trace other = *t;
	struct err e;

	other.maker.start++;
	other.init_start++;
	if (t->kind != CONTAIN_CGROUP)
		is_int(end(&other, &e), 0, "processes that began at another time are others");
	other = *t;
	other.maker.boot[0] = other.maker.boot[0] == '0' ? '1' : '0';
	is_int(end(&other, &e), 0, "nothing of a former boot lives");
	memcpy(other.maker.host, "elsewhere", 10);
	is_int(end(&other, &e), -1, "another machine");
	is_int(e.code, ERR_BUSY, "cannot be seen from here");
	other = *t;
	other.maker.space++;
	is_int(end(&other, &e), -1, "another pid namespace");
	is_int(e.code, ERR_BUSY, "neither");
	ok(lives(maker), "and nobody was killed");
	if (t->init > 0)
		ok(kill(t->init, 0) == 0, "nor its init");
}

static void
test_kind(enum contain_kind kind, int dir)
{
	struct contain_trace t, forged;
	struct err e;
	pid_t maker;

	setenv("ORCH_TEST_CONTAIN", contain_name(kind), 1);
	maker = make(&t, dir);
	if (t.kind == CONTAIN_NONE && kind != CONTAIN_WEAK) {
		printf("# %s is not to be had here\n", contain_name(kind));
		kill(maker, SIGKILL);
		waitpid(maker, NULL, 0);
		return;
	}
	is(contain_name(t.kind), contain_name(kind), "a container of that kind");
	is_int(t.maker.pid, maker, "knows its maker");
	test_others(&t, maker);
	if (kind == CONTAIN_CGROUP) {
		forged = t;
		*strrchr(forged.cgroup, '/') = '\0';
		kill(maker, SIGKILL);
		waitpid(maker, NULL, 0);
		is_int(end(&forged, &e), -1, "a folder that no keeper has made");
		is_int(e.code, ERR_INVALID, "is not taken for a cgroup of one");
	}
	ok(end(&t, &e) >= 0, "is ended (%s)", e.msg);
	if (kind != CONTAIN_CGROUP)
		ok(waitpid(maker, NULL, WNOHANG) == maker, "with its maker");
	is_int(end(&t, &e), 0, "once");
	ok(t.cgroup[0] == '\0' || access(t.cgroup, F_OK) == -1, "and leaves nothing");
}

/* Its init is killed before the program runs: that says nothing of the program. */
static void
test_killed(int dir)
{
	static char program[] = "/bin/true";
	char *argv[] = { program, NULL }, *envp[] = { NULL };
	struct proc_spec spec = { .argv = argv, .envp = envp, .cwd = dir, .in = dir, .out = dir,
		.err = dir, .death_signal = SIGKILL };
	struct contain c;
	struct err e = { 0 };

	setenv("ORCH_TEST_CONTAIN", contain_name(CONTAIN_PIDNS), 1);
	if (contain_make(&c, &spec, NULL, NULL, &e) == -1) {
		ok(geteuid() != 0, "no pid namespace without root: %s", e.msg);
		return;
	}
	kill(c.process.pid, SIGKILL);
	ok(contain_start(&c, &e) == -1 && e.code == ERR_BUSY, "killed before it starts: %s", e.msg);
	contain_release(&c);
}

int
main(void)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	sig_start();
	for (int kind = CONTAIN_PIDNS; kind <= CONTAIN_WEAK; kind++) {
		is_int(contain_kind_of(contain_name((enum contain_kind)kind)), kind, "a name");
		test_kind((enum contain_kind)kind, dir);
	}
	test_killed(dir);
	is_int(contain_kind_of("jail"), CONTAIN_NONE, "no name");
	is_int(contain_kind_of(NULL), CONTAIN_NONE, "nor that");
	close(dir);
	return done_testing();
}
