/*
 * usage - what a task has cost: input_tokens, output_tokens, cost_usd, seconds
 */
#ifndef ORCH_WORK_USAGE_H
#define ORCH_WORK_USAGE_H

#include <stdint.h>

struct change;
struct err;
struct val;

/* Adds the numbers of the map, of which each may be absent, to those of the task. */
int	usage_add(struct change *, int64_t task, const struct val *more, struct err *);

#endif
