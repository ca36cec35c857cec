/*
 * pool_impl - how the value of a pool is laid out, for the files of pool only
 *
 *	{suite: {hold: {state, since}, day: {date, attempts, seconds, tokens, cost_usd}},
 *	 agents: {NAME: {hold, day and its `deep`, disabled: {class, reason, since},
 *		 cooldown: {class, reason, since, until}, limits: how many in a row,
 *		 failures: how many in a row, breaker: {reason, since, until, trial: "17/2"}}},
 *	 attempts: {"17/2": {agent, seconds, tokens, cost_usd, deep}}}
 *
 * Times are RFC 3339.  What is absent is none, zero or closed; other keys are kept.
 */
#ifndef ORCH_WORK_POOL_IMPL_H
#define ORCH_WORK_POOL_IMPL_H

#include "work/pool.h"

/* The agent, or the suite for NULL; NULL: nothing is known of it. */
struct val *pool_known(const struct pool *, const char *agent);
/* The same, made if need be. */
struct val *pool_entry(struct pool *, const char *agent);
/* A map in a map, made if need be. */
struct val *pool_part(struct val *map, const char *key);


#endif
