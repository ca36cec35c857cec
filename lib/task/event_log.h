/*
 * event_log - the log as a reader sees it: what has happened, in order
 *
 * No lock is taken.  The lines of a commit stand in the log before it happens and are cut
 * off if it does not, so event_log_open() first finds out which generation is certain; what
 * is newer is not shown, nor is anything behind it.  The files are opened once: who wants
 * what came since opens them again.  A line that is no event (a person's, or torn) is
 * passed over.
 */
#ifndef ORCH_TASK_EVENT_LOG_H
#define ORCH_TASK_EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/event.h"

struct event_log {
	struct event_piece {
		int fd;
		int64_t size;		/* bytes; only whole lines of them count */
	} piece[EVENT_FILES];		/* the oldest first */
	size_t n;
	int64_t gen;			/* the newest generation that has happened */
	int64_t last;			/* the newest number that was ever given, as far as it is known */
};

/* One event as it stands there; borrowed, until the function returns. */
struct event_seen {
	int64_t seq;
	int64_t gen;			/* 0: of no commit */
	const char *topic;		/* not NUL-terminated */
	size_t topic_len;
	const char *line;		/* without its newline */
	size_t len;
};

/* Not 0: enough. */
typedef int event_fn(void *arg, const struct event_seen *);

/* A project without .orch/, or without a log, has an empty one. */
int	event_log_open(struct event_log *, const struct project *, struct err *);
void	event_log_close(struct event_log *);

/* All with a number above `after`, the oldest first. */
int	event_log_each(const struct event_log *, int64_t after, event_fn *, void *arg, struct err *);

/* What stands in each line that is wanted, so that others need not be read as JSON. */
#define EVENT_HINTS 4
struct event_hint {
	struct event_sign {
		char *key;	/* in its quotes; NULL: any */
		char *text;	/* the value of that key, or what stands anywhere; NULL: the
				   key is enough */
	} v[EVENT_HINTS];
	size_t n;
};

/* All, the newest first, but for those that the hint (may be NULL) leaves out. */
int	event_log_back(const struct event_log *, const struct event_hint *, event_fn *, void *arg,
	    struct err *);

/* Number, generation and topic of a line (without its newline); false: it is no event. */
bool	event_peek(const char *line, size_t len, struct event_seen *);

/* Has its time to live passed at `now`? */
bool	event_expired(const struct val *, int64_t now);

#endif
