/*
 * tick_impl - what the two halves of a tick share: tick.c finds what is due and remembers
 * what became of it, tick_make.c makes the tasks
 */
#ifndef ORCH_WORK_TICK_IMPL_H
#define ORCH_WORK_TICK_IMPL_H

#include "base/err.h"
#include "task/job.h"
#include "task/zone.h"
#include "work/cron_due.h"
#include "work/cron_state.h"
#include "work/tick.h"

struct store_opts;
struct tzif;
struct val;

/* What became of the slots of one job in the commit; done again with it. */
struct outcome {
	struct cron_due due;
	int64_t task;			/* the last that was made or found */
	struct vec_id made;
	int64_t held_by;		/* 0: nobody holds it */
	bool by_person;			/* the one that holds it waits for a person */
	bool replaces;
	int64_t failed;			/* tasks in a row; the job is suspended for it */
	char *bad;			/* it made none, and why */
	enum err_code code;
};

struct own {			/* a task that a job made */
	int64_t id;
	const char *job;
};

struct ticking {
	struct project *p;
	const struct store_opts *opts;
	int64_t now;
	struct jobs jobs;
	struct zones zones;
	struct cron_state state;
	struct ticked *out;
	struct outcome *v;
	size_t n;
	size_t from, to;		/* those of the commit that is being made */
	struct own *own;		/* of the picture, by id */
	size_t nown, own_cap;
};

/* The fields of the task of a slot; 0: outside the schedule, at `now`.  NULL with the error. */
struct val *tick_fields(const struct job *, int64_t slot, int64_t now, const struct tzif *, struct err *);

/* Makes the tasks of all that is due: one commit, or each by itself where one is refused. */
int	tick_commit(struct ticking *, struct err *);

void	tick_outcome_clear(struct outcome *);

#endif
