/*
 * reading - reads on in the event log for somebody, who wants some of it
 *
 * Numbers that are not there (the log is bounded, and a person may have been at it) are
 * counted, never passed over in silence.
 */
#ifndef ORCH_WORK_READING_H
#define ORCH_WORK_READING_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct event_filter;
struct group;
struct project;
struct val;

struct reading_event {
	int64_t seq;
	struct val *event;
	int64_t count;		/* how often it was given before */
};

/* Set up by the caller; { 0 } is not useful. */
struct reading {
	const struct event_filter *filter;
	int64_t now;		/* for what has expired */
	size_t limit;		/* of events to take at a time */
	int64_t until;		/* no number above it; 0: all */
	int max_depth;		/* those that are deeper are not taken; 0: all are */

	int64_t seen;		/* what was looked at; moves on */
	int64_t missed;		/* numbers that were not there; counts up */
	int64_t too_deep;	/* events that were; counts up */
	struct reading_event *v;	/* what was taken, by number */
	size_t n, cap;
};

/* Begins behind that number.  A log that has not come to it has lost what was there: that is
 * counted. */
int	reading_begin(struct reading *, const struct project *, int64_t seen, struct err *);

/* Takes what there is behind `seen`. */
int	reading_more(struct reading *, const struct project *, struct err *);

/* Takes the event of that number, seen before, unless it has expired or left the log: then
 * that is counted. */
int	reading_again(struct reading *, const struct project *, int64_t seq, int64_t count,
	    struct err *);

/*
 * In a group_fn: what was taken is pending from now on, once more or for the first time, and
 * gets its count; 0: it was acknowledged meanwhile.  What was looked at and missed is noted.
 */
void	reading_note(struct reading *, struct group *);

/* Forgets what was taken. */
void	reading_clear(struct reading *);

/* The number that the log has come to. */
int	reading_newest(const struct project *, int64_t *seq, struct err *);

#endif
