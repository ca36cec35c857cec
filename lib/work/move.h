/*
 * move - tasks that a person puts back or withdraws, and those that wait for them
 *
 * Each verb is one commit, with what follows from it (propagate.h).  A task that the state
 * table does not let go there is told and stops no other.
 */
#ifndef ORCH_WORK_MOVE_H
#define ORCH_WORK_MOVE_H

#include "work/propagate.h"

struct change;
struct err;
struct project;
struct ready_rules;
struct select;
struct store_opts;

struct moved {
	struct vec_id selected;
	struct vec_id there;		/* of these: where they were to go, in this call */
	struct propagated followed;	/* others */
	struct vec_id stopped;		/* of those that are there: they ran */
	struct vec_str refused;		/* a line for each that stays where it is */
	int status;			/* the worst exit status of those */
};

/*
 * Parked, failed and skipped tasks, and routed ones that wait, are tried anew; done and
 * cancelled ones are reopened: `routed` where an agent is set, else `new`.  What was used
 * up is given back: attempts, equal errors, pauses, review rounds.  A question that nobody
 * has answered goes.  A task that runs is refused with 75.
 */
int	move_back(struct project *, const struct store_opts *, const struct select *,
	    const struct ready_rules *, struct moved *, struct err *);

/*
 * All but done tasks become `cancelled`; one that is so already stays as it is and is
 * not `there`.  The attempt of one that runs is brought to its end first (cancel.h), and is
 * waited for; if it does not end, that is refused with 75.  reason: NULL, or a text for
 * `reason` (ERR_USAGE if no task can hold it).
 */
int	move_away(struct project *, const struct store_opts *, const struct select *,
	    const struct ready_rules *, const char *reason, struct moved *, struct err *);

/*
 * Either of one task, inside of a change: for another verb that leads to the same.  1: the state
 * table does not let it go there, `e` says why.  What follows (propagate()) is the caller's.
 * The first leaves a routed task that nothing holds back as it is; the second cannot end an
 * attempt, and refuses a task that runs.
 */
int	move_task_back(struct change *, const struct project *, int64_t task, const char *note,
	    struct err *);
int	move_task_away(struct change *, int64_t task, const char *reason, struct err *);

void	moved_release(struct moved *);

#endif
