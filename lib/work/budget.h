/*
 * budget - what an attempt may use before it is begun, and what has been used up
 *
 * Four measures (pool.h): attempts, time, tokens, cost.  Five scopes: the attempt, the
 * task (`budget:`, else budget.task of orch.yml), its tree (it, all below its topmost
 * parent, archived or not), the day of the agent, the day of all.
 * What has been used up to the last orch-retry does not count in task and tree.  Which
 * attempts of a task count is for max_attempts to say; elsewhere all that are begun do.
 *
 * Under the lock, before the spawn, an attempt reserves of each measure that any scope
 * limits: what budget.attempt says, which must fit whole, else all that is left; of time
 * never more than its timeout.  So ten that start at once with room for three are three.
 * Tokens and cost of an agent whose driver cannot tell them are not counted.
 */
#ifndef ORCH_WORK_BUDGET_H
#define ORCH_WORK_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "work/pool.h"

struct agent;
struct change;
struct err;
struct project;
struct task;

enum budget_scope { BUDGET_TASK, BUDGET_TREE, BUDGET_AGENT, BUDGET_DAY, BUDGET_SCOPES };

/* An answer of pool_ask() again: POOL_OPEN, and *reserve; or POOL_SPENT and the scope that
 * has no room: until tomorrow, until another attempt has ended, or until a person acts. */
void	budget_ask(const struct change *, const struct project *, const struct pool *,
	    const struct task *, const struct agent *, struct pool_amount *reserve,
	    enum budget_scope *, struct pool_answer *);

/* The same of the day alone, of the agent or (NULL) of all: true if nothing is left of it. */
bool	budget_day_spent(const struct project *, const struct pool *, const char *agent,
	    struct pool_answer *);

/*
 * The same for a call (call.h) of the agent, in its day and in that of all: of time, tokens
 * and cost.  A call is no attempt, and reserves nothing.
 */
bool	budget_call_spent(const struct project *, const struct pool *, const struct agent *,
	    struct pool_answer *);

/* What of the day of all, or of the agent, is allowed; POOL_NO_LIMIT where nothing is said. */
void	budget_day_limits(const struct project *, struct pool_amount *);
void	budget_agent_limits(const struct project *, const char *agent, struct pool_amount *);

/* Is what the task or its tree may use used up now?  `reason` then says of what. */
bool	budget_is_over(const struct change *, const struct project *, int64_t task, char *reason,
	    size_t);

/* What counts now no longer does: for a task that a person puts back, and for all of its
 * tree if that has a budget. */
int	budget_forgive(struct change *, const struct project *, int64_t task, struct err *);

#endif
