#include "sys/sig.h"

#include <errno.h>

#include "../lib/tap.h"
#include "scratch.h"

static void
test_names(void)
{
	is(sig_name(SIGTERM), "TERM", "TERM");
	ok(sig_number("TERM") == SIGTERM && sig_number("SIGTERM") == SIGTERM && sig_number("15") == 15,
	    "and back");
	ok(sig_number("TERMS") == 0 && sig_number("0") == 0 && sig_number("65") == 0 && sig_number("") == 0,
	    "what is none");
	is(sig_name(SIGKILL), "KILL", "KILL");
	is(sig_name(35), "35", "a real-time signal is a number");
	is(sig_name(64), "64", "64");
	is(sig_name(32), "32", "32, which the C library keeps");
	is(sig_name(65), "?", "65 is no signal");
	is(sig_name(0), "?", "0 is no signal");
	is(sig_name(-1), "?", "-1 is no signal");
}

static void
test_fd(void)
{
	const int list[] = { SIGUSR1, SIGUSR2, 0 };
	struct err e = { 0 };
	int fd;

	signal(SIGUSR2, SIG_IGN);
	fd = sig_fd(list, &e);
	ok(fd > 2, "a descriptor for signals");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "closed on exec");
	is_int(sig_next(fd), 0, "nothing pending");
	raise(SIGUSR1);
	raise(SIGUSR2);
	is_int(sig_next(fd), SIGUSR1, "the signal is read");
	is_int(sig_next(fd), 0, "an ignored one stays ignored");
	close(fd);
	is_int(sig_next(fd), 0, "a closed descriptor has none");
}

static void
test_reset(void)
{
	struct sigaction sa;
	sigset_t mask;

	sig_reset();
	sigaction(SIGUSR2, NULL, &sa);
	ok(sa.sa_handler == SIG_DFL, "the default handler is back");
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ok(!sigismember(&mask, SIGUSR1), "nothing is blocked");
}

/* Closes the descriptors that the mask has, starts, and looks what came of it. */
static int
start_without(int closed)
{
	pid_t pid = fork();
	int fd, bad = 0;
	char c;

	if (pid != 0)
		return ended(pid);
	for (fd = 0; fd <= 2; fd++)
		if (closed & 1 << fd)
			close(fd);
	sig_start();
	for (fd = 0; fd <= 2; fd++) {
		bad |= fcntl(fd, F_GETFD) == -1;
		if (closed & 1 << fd)
			bad |= write(fd, "x", 1) != -1 || read(fd, &c, 1) != -1 || errno != EBADF;
	}
	bad |= open("/dev/null", O_RDONLY | O_CLOEXEC) <= 2;
	_exit(bad);
}

static void
test_start(void)
{
	struct sigaction sa;

	for (int closed = 0; closed < 8; closed++)
		is_int(start_without(closed), 0, "0..2 are open, and useless if they were closed");
	signal(SIGCHLD, SIG_IGN);
	sig_start();
	sigaction(SIGCHLD, NULL, &sa);
	ok(sa.sa_handler == SIG_DFL, "children can be waited for");
	sigaction(SIGPIPE, NULL, &sa);
	ok(sa.sa_handler == SIG_IGN, "SIGPIPE is ignored");
	sigaction(SIGXFSZ, NULL, &sa);
	ok(sa.sa_handler == SIG_IGN, "SIGXFSZ is ignored");
}

int
main(void)
{
	test_names();
	test_fd();
	test_reset();
	test_start();
	return done_testing();
}
