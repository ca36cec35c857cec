/*
 * An agent that tries to get away: it leaves a child, one in a session of its own, a
 * daemon (forked twice) and a churner, which replaces itself by a child in another
 * session every millisecond.  None has an environment by which it could be found, none
 * hears TERM, and all have FIFO open, into which each writes a letter when it is up:
 * whoever reads it sees them come, and the end of file when the last is gone.
 *
 *	escape FIFO leave	ends well when FIFO is removed
 *	escape FIFO stay	does not end
 *	escape FIFO tame	stays; no churner, and the environment is kept
 *
 * Should nobody end them, they do so themselves after two minutes.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 120

static _Noreturn void
stay(int fifo)
{
	alarm(SECONDS);
	if (write(fifo, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static _Noreturn void
churn(int fifo)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	const time_t end = time(NULL) + SECONDS;

	if (write(fifo, "x", 1) != 1)
		_exit(1);
	while (time(NULL) < end) {
		if (fork() != 0)
			_exit(0);
		setsid();
		nanosleep(&ms, NULL);
	}
	_exit(0);
}

int
main(int argc, char **argv)
{
	static char *const none[] = { NULL };
	const char *mode;
	char word[] = "again", *again[] = { argv[0], argv[1], argv[2], word, NULL };
	int fifo;

	if (argc < 3)
		return 2;
	mode = argv[2];
	if (argc == 3 && strcmp(mode, "tame") != 0) {
		execve("/proc/self/exe", again, none);
		return 1;
	}
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	if ((fifo = open(argv[1], O_WRONLY)) == -1)
		return 1;
	for (int kind = 0; kind < (strcmp(mode, "tame") == 0 ? 3 : 4); kind++) {
		if (fork() != 0)
			continue;
		if (kind >= 1)
			setsid();
		if (kind >= 2 && fork() != 0)
			_exit(0);
		if (kind == 3)
			churn(fifo);
		stay(fifo);
	}
	if (strcmp(mode, "leave") != 0)
		stay(fifo);
	while (access(argv[1], F_OK) == 0)
		usleep(1000);
	puts("{\"status\":\"done\",\"summary\":\"gone\"}");
	return 0;
}
