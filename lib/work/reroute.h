/*
 * reroute - who takes a task whose agent cannot have it now
 *
 * Where the agent is closed, the agents of its `fallback` list, in that order.  Where it
 * is only busy, those that have it in their `steal` list, for a task that has not begun.
 * Never one that had an attempt of the task already: so no task goes to and fro, and the
 * agents that there are bound how often it can go on.  Attempts that were used stay used.
 */
#ifndef ORCH_WORK_REROUTE_H
#define ORCH_WORK_REROUTE_H

#include <stdint.h>

struct change;
struct err;
struct pool;
struct project;
struct task;
struct vec_str;

/* Agents that are open and can be started, in the order in which to ask them. */
void	reroute_fallbacks(const struct change *, const struct project *, const struct pool *,
	    int64_t task, const char *agent, struct vec_str *);
void	reroute_thieves(const struct change *, const struct project *, const struct pool *,
	    int64_t task, const char *agent, struct vec_str *);

/* The first for a task as it stands in a file, outside of a change. */
void	reroute_fallbacks_of(const struct task *, const struct project *, const struct pool *,
	    const char *agent, struct vec_str *);

/* Gives the routed task to it; a model that was chosen for another agent goes.  `why` is
 * like "codex is cooling until ...". */
int	reroute(struct change *, int64_t task, const char *agent, const char *why, struct err *);

#endif
