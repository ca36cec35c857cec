/*
 * schedule - what a schedule would do, for whoever writes one
 *
 * Nothing of a project is needed: a text, a time zone and a time.
 */
#ifndef ORCH_WORK_SCHEDULE_H
#define ORCH_WORK_SCHEDULE_H

#include <stdbool.h>

struct buf;
struct err;
struct vec_str;

#define SCHEDULE_COUNT_MAX 10000

struct schedule_ask {
	const char *text;
	const char *job;	/* that H depends on; NULL: there is none */
	const char *zone;	/* NULL: that of the machine */
	const char *from;	/* RFC 3339, years 0 to 9999; NULL: now */
	const char *count;	/* 1 .. SCHEDULE_COUNT_MAX; NULL: 1 */
	bool json;
};

/*
 * The next times, a line each: RFC 3339 with the offset of the zone, or objects { schema, at,
 * reason }; what is special about one is a line of `notes`.  1: there are fewer than `count`
 * within 400 years.  ERR_USAGE: no such time, number or zone, H without a job.  ERR_INVALID:
 * no schedule, or it never comes.
 */
int	schedule_next(const struct schedule_ask *, struct buf *lines, struct vec_str *notes,
	    struct err *);

/* Appends two lines: the schedule in words, and what a change of the clock means to it. */
int	schedule_explain(const struct schedule_ask *, struct buf *, struct err *);

#endif
