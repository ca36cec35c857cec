/*
 * tick - the slots of jobs.yml that are due become tasks, each exactly once
 *
 * Under state/cron.lock, so that two ticks never meet; the state lock inside of it, for the
 * one commit in which all new tasks appear.  A slot is known by the key of its task
 * ("JOB@2026-11-22T03:00:00Z"), which nobody else can have: after a kill between that commit
 * and cron.json the next tick finds the task and takes it for its own.
 */
#ifndef ORCH_WORK_TICK_H
#define ORCH_WORK_TICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct err;
struct project;
struct store_opts;

struct ticked {
	struct vec_id made;		/* the new tasks, in order */
	struct vec_str problems;	/* jobs that are bad, and why: a line each */
	struct vec_str notes;		/* slots that were let go or put off: a line each */
	bool busy;			/* another tick is at work: nothing was done */
	int status;			/* 0, or the worst exit status of the problems */
};

void	ticked_release(struct ticked *);

/*
 * `now` in seconds.  Nothing due: no write.  ERR_BUSY: the state lock was not to be had; what
 * is due stays so.  A dry run tells what it would do and has no ids.
 */
int	tick(struct project *, const struct store_opts *, int64_t now, struct ticked *, struct err *);

/* A task of the job now, whatever its schedule and other tasks are.  ERR_USAGE: no such job. */
int	tick_run(struct project *, const struct store_opts *, const char *job, int64_t now,
	    struct ticked *, struct err *);

#endif
