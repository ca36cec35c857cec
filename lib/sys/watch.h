/*
 * watch - sleep until something happens in a folder
 *
 *	watch_open(&w, e)
 *	watch_add(&w, dirfd, name, e)	for each folder
 *	watch_wait(&w, 1000, e)		1: something did, 0: the time passed
 *
 * What happened is not told: look again.  inotify(7) says nothing about locks, and
 * tells of a closed file an instant before its lock is gone, so that whoever waits
 * for a lock gives a time as well.
 */
#ifndef ORCH_SYS_WATCH_H
#define ORCH_SYS_WATCH_H

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

#endif
