/*
 * A cgroup of version 2 as a container.  Which controllers there are does not matter:
 * cgroup.kill and cgroup.events are in every group but the root.
 *
 * A group is called orch-PID-START after its maker, which makes the name unique within
 * a boot.  One that a killed maker left is removed by contain_group_end(), or by the
 * next maker that finds it empty.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sys/contain.h"
#include "sys/contain_priv.h"

#define NAME "orch-%d-%" PRIu64

/* Where version 2 is mounted: "36 25 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup rw". */
static int
mount_point(char out[PATH_MAX])
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int rc = -1;

	while (f != NULL && rc == -1 && getline(&line, &size, f) != -1)
		if (strstr(line, " - cgroup2 ") != NULL && strlen(line) < PATH_MAX &&
		    sscanf(line, "%*s %*s %*s %*s %s", out) == 1)
			rc = 0;
	free(line);
	if (f != NULL)
		fclose(f);
	return rc;
}

/* The folder of our own group: "0::/user.slice/..." below the mount point. */
static int
own_group(char out[PATH_MAX])
{
	char point[PATH_MAX], *line = NULL;
	FILE *f = fopen("/proc/self/cgroup", "re");
	size_t size = 0;
	int rc = -1;

	while (f != NULL && rc == -1 && getline(&line, &size, f) != -1)
		if (strncmp(line, "0::/", 4) == 0 && mount_point(point) == 0) {
			line[strcspn(line, "\n")] = '\0';
			rc = snprintf(out, PATH_MAX, "%s%s", point,
			    strcmp(line + 3, "/") == 0 ? "" : line + 3) < PATH_MAX ? 0 : -1;
		}
	free(line);
	if (f != NULL)
		fclose(f);
	return rc;
}

/* Removes what dead makers left; a group that still holds something stays. */
static void
remove_stale(const char *own)
{
	DIR *dir = opendir(own);
	struct dirent *d;
	uint64_t start, now;
	int pid;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		if (sscanf(d->d_name, NAME, &pid, &start) == 2 &&
		    (lock_start_time(pid, &now) == -1 || now != start))
			unlinkat(dirfd(dir), d->d_name, AT_REMOVEDIR);
	if (dir != NULL)
		closedir(dir);
}

/* May a process of ours be put there?  Many rules decide; a child tries. */
static bool
can_join(int join)
{
	struct err e = { 0 };
	struct proc p;
	int rc = proc_fork(&p, &e), status = -1;

	if (rc == 1)
		_exit(write(join, "0", 1) == 1 ? 0 : 1);
	if (rc == -1)
		return false;
	while (waitpid(p.pid, &status, 0) == -1 && errno == EINTR)
		continue;
	close(p.pidfd);
	return status == 0;
}

int
contain_group_make(struct contain *c, struct err *e)
{
	char *path = c->trace.cgroup, own[PATH_MAX];
	const struct lock_holder *h = &c->trace.maker;

	if (own_group(own) == -1) {
		err_set(e, ERR_SYSTEM, "no cgroup of version 2 is mounted");
		return 1;
	}
	remove_stale(own);
	if (snprintf(path, sizeof c->trace.cgroup, "%s/" NAME, own, (int)h->pid, h->start) >=
	    (int)sizeof c->trace.cgroup || mkdir(path, 0755) == -1) {
		err_sys(e, "cannot make a cgroup in '%s'", own);
		path[0] = '\0';
		return 1;
	}
	c->group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	c->join = openat(c->group, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (c->group == -1 || c->join == -1 || faccessat(c->group, "cgroup.kill", W_OK, 0) == -1 ||
	    !can_join(c->join)) {
		err_set(e, ERR_SYSTEM, "the cgroup '%s' cannot be used", path);
		contain_release(c);
		return 1;
	}
	c->spec.cgroup = c->join;
	return 0;
}

void
contain_group_kill(int group)
{
	contain_put(group, "cgroup.kill", "1");
}

int
contain_group_wait(int group, int64_t deadline)
{
	char text[256];
	int fd = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC), empty = 0;
	ssize_t n;

	while (fd != -1 && (n = pread(fd, text, sizeof text - 1, 0)) >= 0) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		int64_t left = deadline - clock_mono();

		text[n] = '\0';
		empty = strstr(text, "populated 0") != NULL;
		if (empty || left <= 0)
			break;
		/* the kernel tells of a change, but may do so late */
		poll(&p, 1, left < 100 ? (int)left : 100);
		contain_group_kill(group);
	}
	/* what is not there any more holds nothing */
	if (fd == -1 && (errno == ENOENT || errno == ENODEV))
		empty = 1;
	if (fd != -1)
		close(fd);
	return empty;
}

void
contain_group_remove(const char *path)
{
	/* a zombie that nobody has reaped yet keeps it: the next maker removes it */
	rmdir(path);
}

int
contain_group_end(const struct contain_trace *t, int64_t deadline, struct err *e)
{
	const char *path = t->cgroup, *name = strrchr(path, '/');
	int group, rc, pid;
	uint64_t start;

	/* a trace is a file: what it names must at least be called as its maker calls them */
	if (name == NULL || sscanf(name, "/" NAME, &pid, &start) != 2 || pid != t->maker.pid ||
	    start != t->maker.start)
		return err_set(e, ERR_INVALID, "'%s' is no cgroup of a keeper", path);
	group = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (group == -1 && errno == ENOENT)
		return 0;
	if (group == -1)
		return err_set(e, ERR_BUSY, "its cgroup '%s' cannot be opened: %s", path,
		    strerror(errno));
	rc = contain_group_wait(group, 0) == 0;
	if (rc == 1) {
		contain_group_kill(group);
		if (contain_group_wait(group, deadline) == 0)
			rc = err_set(e, ERR_BUSY, "processes in '%s' do not end", path);
	}
	close(group);
	if (rc != -1)
		contain_group_remove(path);
	return rc;
}
