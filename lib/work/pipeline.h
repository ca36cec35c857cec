/*
 * pipeline - a diagnostic: goals that mean nothing, through the shipped programs
 *
 * In a scratch project, made for it and removed after it, each goal is a task that divides
 * itself into parts which run side by side, waits for them, finishes, and is reviewed by
 * two who do not agree and an arbiter.  The agent `sh` does the work; everything happens by
 * the executables beside this one, as users call them, several goals at once, with the
 * locks and syncs of real work.  Whatever is killed meanwhile, every goal must arrive.
 */
#ifndef ORCH_WORK_PIPELINE_H
#define ORCH_WORK_PIPELINE_H

#include <stdint.h>

#include "base/vec.h"

struct err;
struct val;

#define PIPELINE_MAX 10000	/* goals */

struct pipeline {
	int64_t goals, done;
	int64_t ms;			/* of all of it */
	int64_t p50, p95, max;		/* ms of one goal, of those that arrived */
	struct vec_str lost;		/* a line for each goal that did not arrive: where it is */
	struct vec_str left;		/* a line for each thing that was left behind */
	char *where;			/* the scratch project, if one of these is not empty:
					   then it stays; else NULL */
};

int	pipeline_run(struct pipeline *, int64_t goals, struct err *);
void	pipeline_release(struct pipeline *);

/* As lines "goals\t100" without the last line's end, and as {"schema":1, goals, done, ms,
 * p50_ms, p95_ms, max_ms, lost, left, where}.  The caller frees them. */
char	*pipeline_text(const struct pipeline *);
struct val *pipeline_value(const struct pipeline *);

#endif
