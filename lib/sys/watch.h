/*
 * watch - sleep until something happens in a folder
 *
 *	watch_open(&w, e)
 *	watch_add(&w, dirfd, name, e)	for each folder
 *	watch_wait(&w, 1000, e)		1: something did, 0: the time passed
 *
 * What happened is not told: look again.  Who waits for other things too polls `fd` and calls
 * watch_read(), which tells of names.  inotify(7) says nothing about locks, and
 * tells of a closed file an instant before its lock is gone, so that whoever waits
 * for a lock gives a time as well.
 */
#ifndef ORCH_SYS_WATCH_H
#define ORCH_SYS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct err;

struct watch {
	int fd;			/* -1: closed */
};

int	watch_open(struct watch *, struct err *);
/* Entries of the folder made, renamed, written or closed after writing. */
int	watch_add(struct watch *, int dirfd, const char *name, struct err *);
/* Milliseconds, < 0: for ever.  All that is pending is taken at once. */
int	watch_wait(struct watch *, int timeout_ms, struct err *);
void	watch_close(struct watch *);

/* ---- with names ---- */

enum watch_kind {
	WATCH_NAME,		/* something happened to the entry `name` */
	WATCH_GONE,		/* the folder was removed, moved or unmounted */
	WATCH_LOST,		/* more happened than the kernel kept: look at everything */
};

struct watch_event {
	enum watch_kind kind;
	int folder;		/* as watch_folder() gave it; -1: WATCH_LOST */
	const char *name;	/* borrowed; "" but for WATCH_NAME */
};

typedef void watch_fn(void *arg, const struct watch_event *);

/*
 * A folder by its path: its number (the same for the same folder), or -1; e->sys is ENOENT if
 * it is not there, ENOSPC if the limit of inotify is reached.  `closed`: only files that were
 * open for writing and are no more; else all of watch_add(), and what leaves by a rename.
 */
int	watch_folder(struct watch *, const char *path, bool closed, struct err *);
void	watch_drop(struct watch *, int folder);
/* All that is pending; never waits. */
void	watch_read(struct watch *, watch_fn *, void *arg);

#endif
