/*
 * agent_meter - what a run has used so far, by its own stream, event by event
 *
 * The same fields and rules of the driver by which the end is judged (classify.h), but
 * while it runs and in constant memory.  A driver that counts a whole session, and one
 * whose cost is made of prices, are not measured here: their end tells.
 */
#ifndef ORCH_WORK_AGENT_METER_H
#define ORCH_WORK_AGENT_METER_H

#include <stdbool.h>
#include <stdint.h>

struct agent;
struct val;

struct agent_meter;

/* NULL: this driver tells nothing of it on the way. */
struct agent_meter *agent_meter_new(const struct agent *);
void	agent_meter_free(struct agent_meter *);

void	agent_meter_add(struct agent_meter *, const struct val *event);

/* 0 as long as nothing was told. */
int64_t	agent_meter_tokens(const struct agent_meter *);
double	agent_meter_cost(const struct agent_meter *);	/* US dollars */

#endif
