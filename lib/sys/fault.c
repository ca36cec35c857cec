#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How many steps this process has come to; a test counts by it, nothing else does. */
static unsigned int count;

/* The init of a pid namespace cannot kill itself, so it leaves with the same status. */
static _Noreturn void
crash(void)
{
	kill(getpid(), SIGKILL);
	_exit(128 + SIGKILL);
}

/*
 * One write(2) a line, so that the lines of several processes do not mix.  A
 * list that lacks a step would have a test pass that should not.
 */
static void
note(const char *file, const char *name)
{
	char line[80];
	int fd, n;

	n = snprintf(line, sizeof line, "%.70s\n", name);
	fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		crash();
	close(fd);
}

void
fault_step(const char *name)
{
	const char *file = getenv("ORCH_TEST_STEPS");
	const char *at = getenv("ORCH_TEST_CRASH_AT");
	char number[16];

	count++;
	if (file != NULL && *file != '\0')
		note(file, name);
	if (at == NULL)
		return;
	snprintf(number, sizeof number, "%u", count);
	if (strcmp(at, number) == 0 || strcmp(at, name) == 0)
		crash();
}
