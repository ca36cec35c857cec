/*
 * circle - tasks that wait for each other, so that none of them ever goes on by itself
 *
 * Commands refuse to make such circles; a hand edit may.  A task that no attempt was made
 * for waits for every dependency that has not ended, a blocked one until one of its open
 * children goes on.  Stuck is what waits so for itself, and what waits for that alone.  What
 * runs, or waits for a person or a verdict, is not; nor is what waits for a task that does
 * not exist, or for one that ended badly, as it is skipped then.
 *
 *	circles_find(&c, tasks);
 *	if (circles_have(&c, id))
 *		r = circles_refuse(&c, id, e);
 *	circles_release(&c);
 *
 * O((n + d) log d) for n tasks with d dependencies and children.
 */
#ifndef ORCH_TASK_CIRCLE_H
#define ORCH_TASK_CIRCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

struct err;
struct graph;
struct tasks;

struct circles {
	struct vec_id stuck;		/* ascending */
	struct graph *waits;		/* who of them waits for whom of them; NULL: none do */
};

void	circles_find(struct circles *, const struct tasks *);
void	circles_release(struct circles *);

bool	circles_have(const struct circles *, int64_t id);

/* Of one that is stuck.  ERR_INVALID "task 4 waits for a circle: 1 -> 2 -> 1", or of one
 * that is in it "task 1 waits for itself: ...".  Returns -1. */
int	circles_refuse(const struct circles *, int64_t id, struct err *);

#endif
