/*
 * status - how many tasks are where, what runs, and what needs somebody
 *
 * A report is made of one reading of the tasks, which must outlive it, and of the locks as
 * they are.
 * Nothing is written and no lock is kept.
 */
#ifndef ORCH_WORK_STATUS_H
#define ORCH_WORK_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "task/state.h"
#include "work/job_state.h"

struct err;
struct project;
struct ready_rules;
struct tasks;
struct val;

enum status_kind {
	STATUS_PARKED,		/* needs_review: a person must act */
	STATUS_FAILED,
	STATUS_UNCHECKED,	/* finished, and nobody has looked */
	STATUS_UNDECIDED,	/* its reviewers came to no decision */
	STATUS_SKIPPED,
	STATUS_ORPHANED,	/* in progress, and no process holds the attempt */
	STATUS_UNKNOWN,		/* in progress, and that cannot be told */
	STATUS_UNROUTED,
	STATUS_NO_AGENT,	/* routed to an agent that cannot be started, or needs a person */
	STATUS_CIRCLE,		/* it waits for itself: of each circle the least */
	STATUS_LATE,		/* its retry_at was written by a wrong clock */
	STATUS_KINDS
};

struct status_problem {
	int64_t task;
	enum status status;
	enum status_kind kind;
	char *text;		/* one line, made visible */
};

struct status_run {
	int64_t task;
	int attempt;
	char *agent;		/* "" if the task names none */
	char *since;		/* RFC 3339, "" if the history does not say */
};

struct status_report {
	size_t tasks, ready, counts[STATUS_N];
	const char *level;	/* of pool_level_name(); an agent that routed tasks need and
				   that cannot be started is closed, too */
	int64_t level_since;	/* 0: not known */
	char *level_why;	/* "" if normal */
	struct val *agents;	/* those in use, as agents_list() has them */
	struct val *suspended;	/* subscriptions, as subscribe_suspended() has them */
	struct job_states jobs;	/* borrows the project's configuration, and `tasks` */
	struct status_run *run;
	size_t runs, run_cap;
	struct status_problem *problem;	/* in the order of the file, then the circles */
	size_t problems, problem_cap;
};

/*
 * An attempt that looks dead is looked at again in a newer reading, for it may have
 * been settled since the first one.
 */
int	status_collect(struct status_report *, struct project *, const struct tasks *,
	    const struct ready_rules *, struct err *);
void	status_release(struct status_report *);

/* {"schema":1, level, since, why, counts, ready, running, problems, agents, suspended, jobs (as
 * jobs_rows() has them)}; caller frees. */
struct val *status_value(const struct project *, const struct status_report *);

const char *status_kind_name(enum status_kind);		/* "parked" */

#endif
