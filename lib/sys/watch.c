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

int
watch_folder(struct watch *w, const char *path, bool closed, struct err *e)
{
	uint32_t what = closed ? IN_CLOSE_WRITE : EVENTS | IN_MOVED_FROM;
	int folder = inotify_add_watch(w->fd, path, what | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD);

	return folder == -1 ? err_sys(e, "cannot watch '%s'", path) : folder;
}

void
watch_drop(struct watch *w, int folder)
{
	inotify_rm_watch(w->fd, folder);
}

static void
tell(const struct inotify_event *event, watch_fn *fn, void *arg)
{
	struct watch_event told = { .kind = WATCH_NAME, .folder = event->wd,
		.name = event->len > 0 ? event->name : "" };

	if (event->mask & IN_Q_OVERFLOW)
		told.kind = WATCH_LOST;
	else if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT))
		told.kind = WATCH_GONE;
	else if (event->len == 0)
		return;
	fn(arg, &told);
}

void
watch_read(struct watch *w, watch_fn *fn, void *arg)
{
	_Alignas(struct inotify_event) char events[4096];
	ssize_t n;

	while ((n = read(w->fd, events, sizeof events)) > 0)
		for (char *at = events; at < events + n;) {
			const struct inotify_event *event = (const void *)at;

			at += sizeof *event + event->len;
			tell(event, fn, arg);
		}
}

void
watch_close(struct watch *w)
{
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
}
