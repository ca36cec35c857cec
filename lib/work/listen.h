/*
 * listen - gives events to whoever asks, alone or for a group
 *
 * All that are there are given in order, then it waits for more (inotify).  For a group what
 * is pending comes first.  An event is one line of JSON as it stands in the log, with
 *
 *	count	for a group: how often it was given, 1 the first time
 *	missed	how many events before it had left the log, where there are any
 */
#ifndef ORCH_WORK_LISTEN_H
#define ORCH_WORK_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct event_filter;
struct project;

#define LISTEN_START INT64_C(0)		/* `after`: all that the log has */
#define LISTEN_NOW   INT64_C(-1)	/* only what comes from now on */

struct listen_opts {
	const char *group;		/* NULL: none */
	const struct event_filter *filter;
	int64_t after;			/* where it begins; a group that is there goes on */
	int64_t max;			/* end after so many; 0: never */
	bool dry_run;			/* what a group would be given, without noting it */
	bool once;			/* end when there is no more now */
	int64_t wait_ms;		/* end then; 0: never */
	const char *command;
};

/* The line, without newline.  Not 0: enough. */
typedef int listen_fn(void *arg, const char *line);

/*
 * ERR_TIMEOUT: the time passed and there was none.  ERR_BUSY: somebody else speaks for the
 * group.
 */
int	listen_events(struct project *, const struct listen_opts *, listen_fn *, void *arg,
	    struct err *);

/* The newest that is meant, not expired and no older than max_age seconds (0: any).  1: there
 * is none. */
int	listen_latest(const struct project *, const struct event_filter *, int64_t max_age,
	    listen_fn *, void *arg, struct err *);

#endif
