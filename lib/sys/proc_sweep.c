/*
 * Sweeping relies on two promises of the kernel.  An orphan falls to the nearest
 * subreaper among its ancestors, so killing and reaping our children, one layer
 * after the other, brings every descendant within reach; and waitpid(2) says
 * ECHILD when there is none, so the end needs no reading of /proc.  A process
 * that forks itself faster than /proc can be listed would win against a scan of
 * all processes; the kernel's list of our own children takes microseconds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sys/proc.h"

#define SPINS 64		/* fruitless rounds before the first pause */

int
proc_become_subreaper(struct err *e)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		return err_sys(e, "cannot become the reaper of orphans");
	return 0;
}

/* Kills the children whose numbers stand in the text, but for a last cut one. */
static void
kill_listed(char *text)
{
	char *end;

	for (char *s = text; (end = strchr(s, ' ')) != NULL; s = end + 1) {
		*end = '\0';
		kill((pid_t)strtol(s, NULL, 10), SIGKILL);
	}
}

/* The parent of a process, -1 if it is gone. */
static long
parent_of(const char *pid)
{
	char path[64], stat[512];
	const char *after;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, stat, sizeof stat - 1);
	close(fd);
	if (n <= 0)
		return -1;
	stat[n] = '\0';
	/* "pid (any (text)) S ppid ...": the name ends at the last bracket */
	after = strrchr(stat, ')');
	return after != NULL && strlen(after) > 4 ? strtol(after + 4, NULL, 10) : -1;
}

/* For kernels without CONFIG_PROC_CHILDREN. */
static int
kill_by_scan(void)
{
	struct dirent *d;
	DIR *dir = opendir("/proc");

	if (dir == NULL)
		return -1;
	while ((d = readdir(dir)) != NULL)
		if (*d->d_name >= '1' && *d->d_name <= '9' &&
		    parent_of(d->d_name) == (long)getpid())
			kill((pid_t)strtol(d->d_name, NULL, 10), SIGKILL);
	closedir(dir);
	return 0;
}

/* Kills all children that there are now, or as many as fit the buffer. */
static int
kill_children(void)
{
	char text[4096];
	ssize_t n;
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return kill_by_scan();
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n < 0)
		return -1;
	text[n] = '\0';
	kill_listed(text);
	return 0;
}

/*
 * Reaps what has ended.  1: something was reaped, 0: nothing, -1: there is no
 * child left.  *killed counts those that a SIGKILL ended.
 */
static int
reap_all(int *killed)
{
	int some = 0, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		some = 1;
		*killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	return pid == -1 && errno == ECHILD ? -1 : some;
}

int
proc_sweep(int64_t deadline, struct err *e)
{
	int killed = 0, waits = 0, state = reap_all(&killed);

	while (state != -1) {
		if (kill_children() == -1)
			return err_sys(e, "cannot list the processes to stop");
		state = reap_all(&killed);
		waits = state == 0 ? waits + 1 : 0;
		if (state == -1)
			break;
		if (clock_mono() >= deadline) {
			errno = ETIMEDOUT;
			return err_sys(e, "processes are left that do not end");
		}
		/* Quick against what forks, patient with what ends slowly. */
		if (waits > SPINS)
			poll(NULL, 0, 1);
	}
	return killed;
}
