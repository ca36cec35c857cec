#include "sig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"

/* Signals without a name of their own, from the first that the C library keeps to itself. */
#define FIRST_NUMBERED 32
static const char numbered[][3] = {
	"32", "33", "34", "35", "36", "37", "38", "39", "40", "41", "42",
	"43", "44", "45", "46", "47", "48", "49", "50", "51", "52", "53",
	"54", "55", "56", "57", "58", "59", "60", "61", "62", "63", "64",
};

/*
 * A closed descriptor below 3 would be given to the next file that is opened,
 * and a stray message would end up in it.  The place holder can be neither read
 * nor written (EBADF, as if it were still closed), so that output which goes
 * nowhere is noticed, and it needs no /dev.
 */
static void
hold_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/", O_PATH) != fd)
			_exit(71);
}

/*
 * SIGCHLD may have been inherited as ignored, and then no child could be waited for.
 */
void
sig_start(void)
{
	hold_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

/*
 * What was ignored when we started stays ignored: that is how nohup(1) and a
 * shell's `&` keep a signal away.  (Blocked, the kernel would deliver it.)
 */
static bool
is_ignored(int sig)
{
	struct sigaction sa;

	return sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

int
sig_fd(const int *signals, struct err *e)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (; *signals != 0; signals++)
		if (!is_ignored(*signals))
			sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return err_sys(e, "cannot block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1) {
		err_sys(e, "cannot make a descriptor for signals");
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
	return fd;
}

int
sig_next(int fd)
{
	struct signalfd_siginfo info;
	ssize_t n;

	do
		n = read(fd, &info, sizeof info);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

void
sig_reset(void)
{
	static const char kernel_default[64];	/* the kernel's struct, all zero: SIG_DFL */
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* The C library keeps two to itself, and its posix_spawn(3) ignores them in what
	 * it starts: only the system call can put those back. */
	for (int sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, &sa, NULL) == -1)
			syscall(SYS_rt_sigaction, sig, kernel_default, NULL, (size_t)_NSIG / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

const char *
sig_name(int sig)
{
	const char *name = sigabbrev_np(sig);
	size_t i = (size_t)(sig - FIRST_NUMBERED);

	if (name != NULL)
		return name;
	if (sig >= FIRST_NUMBERED && i < sizeof numbered / sizeof *numbered)
		return numbered[i];
	return "?";
}

int
sig_number(const char *name)
{
	int64_t n;

	if (num_int(name, 1, NSIG - 1, &n) == 0)
		return (int)n;
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) != NULL && strcmp(sigabbrev_np(i), name) == 0)
			return i;
	return 0;
}
