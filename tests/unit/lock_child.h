/*
 * lock_child - processes that hold a lock and do as the test says
 */
#ifndef ORCH_TESTS_LOCK_CHILD_H
#define ORCH_TESTS_LOCK_CHILD_H

#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"
#include "scratch.h"
#include "sys/lock.h"

static int dir;		/* the folder of the locks */

/* A child that says through a pipe when it is ready, and ends when we close ours. */
struct child {
	pid_t pid;
	int to, from;
};

__attribute__((unused)) static bool
start_child(struct child *c)
{
	int to[2], from[2];

	fflush(stdout);
	if (pipe2(to, O_CLOEXEC) == -1 || pipe2(from, O_CLOEXEC) == -1)
		return true;
	c->pid = fork();
	c->to = c->pid == 0 ? to[0] : to[1];
	c->from = c->pid == 0 ? from[1] : from[0];
	close(c->pid == 0 ? to[1] : to[0]);
	close(c->pid == 0 ? from[0] : from[1]);
	return c->pid != 0;
}

__attribute__((unused)) static pid_t
hear(const struct child *c)
{
	pid_t pid = 0;

	return read(c->from, &pid, sizeof pid) == (ssize_t)sizeof pid ? pid : 0;
}

__attribute__((unused)) static void
say(const struct child *c, pid_t pid)
{
	if (write(c->from, &pid, sizeof pid) != (ssize_t)sizeof pid)
		_exit(9);
}

/* In the child: until the parent has closed its end. */
__attribute__((unused)) static void
wait_for_parent(const struct child *c)
{
	char byte;

	while (read(c->to, &byte, 1) > 0)
		continue;
}

__attribute__((unused)) static int
end_child(const struct child *c)
{
	close(c->to);
	close(c->from);
	return ended(c->pid);
}

__attribute__((unused)) static void
take_or_exit(struct lock *l)
{
	struct err e = { 0 };

	if (lock_take(l, dir, 0, "orch-child", &e) == -1)
		_exit(8);
}

/* What /proc shows as the name of this process. */
__attribute__((unused)) static void
be(const char *command)
{
	prctl(PR_SET_NAME, command);
}

#endif
