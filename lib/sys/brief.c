#include "sys/brief.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define SAID_MAX (1u << 20)

static int
become(int out, struct err *e)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setsid();
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(out, STDERR_FILENO) == -1)
		return err_sys(e, "cannot go on in the background");
	return proc_close_others(NULL, 0) == -1 ? err_sys(e, "cannot close what is not ours") : 1;
}

int
brief_fork(struct brief *b, struct err *e)
{
	int ends[2], r;

	*b = (struct brief){ .from = -1 };
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_sys(e, "cannot make a pipe");
	if ((r = proc_fork(&b->child, e)) == 1)
		return become(ends[1], e);
	close(ends[1]);
	if (r == -1)
		close(ends[0]);
	else
		b->from = ends[0];
	return r;
}

/* Until it closes its end or the time has come: true, or false. */
static bool
hear(const struct brief *b, int64_t deadline, struct buf *said)
{
	struct pollfd from = { .fd = b->from, .events = POLLIN };
	char chunk[4096];
	ssize_t n;

	for (;;) {
		int64_t left = deadline - clock_mono();

		if (poll(&from, 1, left > 0 ? (int)left : 0) == 0 && left <= 0)
			return false;
		if (from.revents == 0)
			continue;
		n = read(b->from, chunk, sizeof chunk);
		if (n == 0 || (n == -1 && errno != EINTR))
			return true;
		if (n > 0 && said->len + (size_t)n <= SAID_MAX)
			buf_append(said, chunk, (size_t)n);
		from.revents = 0;
	}
}

int
brief_wait(struct brief *b, int64_t ms, bool kill, struct buf *said, int *status)
{
	struct pollfd end = { .fd = b->child.pidfd, .events = POLLIN };
	int64_t deadline = clock_mono() + ms;
	bool ended = hear(b, deadline, said);
	int how = 0;

	close(b->from);
	b->from = -1;
	if (!ended && kill)
		proc_signal(&b->child, SIGKILL);
	/* It has said its last word, and has only to go. */
	if (ended)
		while (poll(&end, 1, (int)ms) == -1 && errno == EINTR)
			continue;
	if (proc_reap(&b->child, &how) != 1) {
		if (b->child.pidfd != -1)
			close(b->child.pidfd);
		b->child = (struct proc){ .pidfd = -1 };
		return 0;
	}
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : 71;
	return ended;
}
