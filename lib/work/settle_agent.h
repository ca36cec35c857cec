/*
 * settle_agent - what the end of an attempt means for its agent, and for who goes on
 *
 * For settle.c only, inside its commit.
 */
#ifndef ORCH_WORK_SETTLE_AGENT_H
#define ORCH_WORK_SETTLE_AGENT_H

#include <stdint.h>

struct attempt;
struct change;
struct err;
struct outcome;
struct outcome_decision;
struct pool_amount;
struct settle_facts;

/*
 * Writes limits, failures and usage into the pool.  `assumed` gets what was not told and
 * counts as used, because it was reserved: of one that was cut off.  Where the agent is closed by it the
 * decision follows: another agent that may take the task has it at once (*other, caller
 * frees, else NULL; *why, likewise, is for reroute()), or it waits until the agent opens.
 */
int	settle_agent(struct change *, const struct attempt *, const struct outcome *,
	    const struct settle_facts *, uint32_t random, struct outcome_decision *,
	    struct pool_amount *assumed,
	    char **other, char **why, struct err *);

#endif
