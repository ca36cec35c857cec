#include "sys/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"

#define EVENTS (IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE)

int
watch_open(struct watch *w, struct err *e)
{
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return w->fd == -1 ? err_sys(e, "cannot watch files") : 0;
}

/* inotify knows no descriptors: the name in /proc leads to the folder that is open. */
int
watch_add(struct watch *w, int dirfd, const char *name, struct err *e)
{
	char *path = xasprintf("/proc/self/fd/%d/%s", dirfd, name);
	int rc = 0;

	if (inotify_add_watch(w->fd, path, EVENTS | IN_ONLYDIR) == -1)
		rc = err_sys(e, "cannot watch '%s'", name);
	free(path);
	return rc;
}

int
watch_wait(struct watch *w, int timeout_ms, struct err *e)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	char events[4096];
	int n = poll(&p, 1, timeout_ms);

	if (n == -1 && errno != EINTR)
		return err_sys(e, "cannot wait for files to change");
	while (n > 0 && read(w->fd, events, sizeof events) > 0)
		continue;
	return n > 0;
}

void
watch_close(struct watch *w)
{
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
}
