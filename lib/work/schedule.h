/*
 * schedule - what a schedule would do, for whoever writes one
 *
 * Nothing of a project is needed: a text, a time zone and a time.
 */
#ifndef ORCH_WORK_SCHEDULE_H
#define ORCH_WORK_SCHEDULE_H

#include <stdint.h>

struct buf;
struct err;
struct val;

#define SCHEDULE_COUNT_MAX 10000

struct schedule_ask {
	const char *text;
	const char *job;	/* that H depends on; NULL: there is none */
	const char *zone;	/* NULL: that of the machine */
	int64_t after;		/* seconds, years 0 to 9999 */
	int64_t count;		/* 1 .. SCHEDULE_COUNT_MAX */
};

/*
 * The next times as a list of maps { schema, at, reason }, "at" being RFC 3339 with the offset
 * of the zone; fewer than `count` only where there are no more within 400 years.  ERR_USAGE:
 * no such zone, H without a job.  ERR_INVALID: no schedule, or it never comes.
 */
int	schedule_next(const struct schedule_ask *, struct val **list, struct err *);

/* Appends two lines: the schedule in words, and what a change of the clock means to it. */
int	schedule_explain(const struct schedule_ask *, struct buf *, struct err *);

#endif
