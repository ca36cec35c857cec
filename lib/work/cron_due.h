/*
 * cron_due - which slots of a job make a task now
 *
 * The rules of orch-jobs(5) for one job and one instant: never "does it match now?", but what
 * lies between the slot that was dealt with last and now.  Nothing is read or written here
 * but the state of the job.
 */
#ifndef ORCH_WORK_CRON_DUE_H
#define ORCH_WORK_CRON_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cron_job_state;
struct job;
struct job_times;
struct tzif;

#define CRON_AT_ONCE 10		/* tasks of one job that `catch_up: all` makes in one tick */

struct cron_due {
	const struct job *job;
	struct cron_job_state *state;
	const struct tzif *zone;
	int64_t slots[CRON_AT_ONCE];	/* oldest first; each the begin of a minute */
	size_t n;
	int64_t missed;			/* older ones that the last of them stands for */
	int64_t upto;			/* newest slot that is dealt with once they are */
	bool more;			/* there are others behind it */
	bool waits;			/* it is made up for: it waits for the one before, whatever overlap says */
	int64_t dropped;		/* `catch_up: all`: so many older than those that are counted */
	int64_t from;			/* dropped: they end here */
	int64_t let_go;			/* newest slot that is too old; 0: none */
	const char *let_go_for;		/* "deadline" or "late" */
};

/*
 * For a job that is enabled, not suspended and not bad (job_check.h).  True: `due` says what is
 * to be done; false: nothing, though the state may have changed (*changed).  `*ahead`: the
 * clock was.
 */
bool	cron_due_find(struct cron_due *, const struct job *, const struct job_times *, struct cron_job_state *,
	    int64_t now, bool *changed, bool *ahead);

/*
 * Is the state of this job about another schedule (or about none)?  Then it begins anew at
 * the last tick (`last_tick`, 0: there was none), or a minute ago if that was earlier: nothing
 * of the past is made up for.
 */
bool	cron_due_begin(const struct job *, const char *timezone, struct cron_job_state *,
	    int64_t now, int64_t last_tick);

/* When the next slot is due; 0: never.  For people: looks at the state, changes nothing. */
int64_t	cron_due_next(const struct job *, const struct job_times *, int64_t now);

/* How many slots from `first`, one itself, are due by now; at most `max`, which is at most
 * CRON_AT_ONCE. */
size_t	cron_due_count(const struct job *, const struct job_times *, int64_t first, int64_t now, size_t max);

#endif
