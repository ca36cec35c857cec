/*
 * Finding the processes of a container whose keeper is gone, by the environment
 * that they were started with: descendants inherit it, and /proc shows it.
 *
 * A pidfd is opened before anything is read about the number, and the signal goes
 * to the pidfd.  Should the process have ended in between and its number been given
 * to another one, then the pidfd is of the dead one and the signal reaches nobody.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/proc.h"

#define CHUNK	 (16 << 10)
#define PAUSE_MS 5	/* for one that was killed to end */

/* A process of another user cannot be one of ours: nothing that is started here can
 * gain privileges.  One that hides from its own user looks like one of root. */
static bool
is_own(int proc)
{
	struct stat st;

	return fstat(proc, &st) == 0 && st.st_uid == geteuid();
}

/* Strings that end with a NUL each.  False: it ended, or will not be looked at. */
static bool
read_environ(int proc, struct buf *text)
{
	char chunk[CHUNK];
	ssize_t n = -1;
	int fd = openat(proc, "environ", O_RDONLY | O_CLOEXEC);

	buf_cut(text, 0);
	while (fd != -1 && (n = read(fd, chunk, sizeof chunk)) > 0)
		buf_append(text, chunk, (size_t)n);
	if (fd != -1)
		close(fd);
	buf_putc(text, '\0');
	return n == 0;
}

static bool
has_line(const struct buf *text, const char *line)
{
	for (size_t i = 0; i < text->len; i += strlen(text->data + i) + 1)
		if (strcmp(text->data + i, line) == 0)
			return true;
	return false;
}

static bool
is_marked(int proc, char *const *marks, struct buf *text)
{
	if (!is_own(proc) || !read_environ(proc, text))
		return false;
	for (; *marks != NULL; marks++)
		if (!has_line(text, *marks))
			return false;
	return true;
}

/* Kills the process if it is one of those: 1, else 0. */
static int
kill_if_marked(int all, const char *number, char *const *marks, struct buf *text)
{
	pid_t pid = (pid_t)strtol(number, NULL, 10);
	int pidfd, proc, found = 0;

	if (pid == getpid() || (pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) == -1)
		return 0;
	proc = openat(all, number, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc != -1 && is_marked(proc, marks, text)) {
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		found = 1;
	}
	if (proc != -1)
		close(proc);
	close(pidfd);
	return found;
}

/* One look at all processes: how many were found, -1. */
static int
kill_round(char *const *marks, struct err *e)
{
	struct buf text = { 0 };
	struct dirent *d;
	DIR *dir = opendir("/proc");
	int found = 0;

	if (dir == NULL)
		return err_sys(e, "cannot list the processes");
	while ((d = readdir(dir)) != NULL)
		if (*d->d_name >= '1' && *d->d_name <= '9')
			found += kill_if_marked(dirfd(dir), d->d_name, marks, &text);
	closedir(dir);
	buf_release(&text);
	return found;
}

int
proc_kill_marked(char *const *marks, int64_t deadline, struct err *e)
{
	int found, some = 0;

	/* One that was killed has no environment any more; one that forks is found again. */
	while ((found = kill_round(marks, e)) > 0) {
		some = 1;
		if (clock_mono() >= deadline)
			return err_set(e, ERR_BUSY, "%d of its processes do not end", found);
		poll(NULL, 0, PAUSE_MS);
	}
	return found == -1 ? -1 : some;
}
