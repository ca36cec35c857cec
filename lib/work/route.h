/*
 * route - which agent, model, profile and skills a task gets
 *
 * In this order: the agent given by the caller; the one that the task has; the label
 * "agent:NAME"; the first rule of router.rules that matches; `sh` where the task has a command;
 * then router.mode: `rules` takes router.default, `round_robin` the next of
 * router.agents (or of all enabled agents whose CLI is there).  The reason is
 * recorded.  An agent must exist and its file be valid (ERR_CONFIG), be enabled and
 * its CLI be found (ERR_FAILED).
 */
#ifndef ORCH_WORK_ROUTE_H
#define ORCH_WORK_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct project;
struct tasks;
struct val;
struct vec_id;

struct route {
	char *agent;		/* owned */
	char *reason;		/* "command line", "label agent:codex", "rule 2", "command",
				   "default", "round robin", "rule 3, default", ... */
	char *warning;		/* NULL: none */
	struct val *extra;	/* map of fields that a rule sets (agent_model, ...), or NULL */
};

/* Chooses for one task of the picture; changes nothing.  `turn` counts the tasks
 * routed before it in this call (round robin goes on from the agents of the tasks that
 * were routed last). */
int	route_choose(struct route *, const struct project *, const struct tasks *,
	    int64_t id, const char *agent, unsigned turn, struct err *);
void	route_release(struct route *);

/* What became of one task: an agent and a reason, or an error and its message. */
struct route_line {
	int64_t id;
	char *agent;		/* NULL: it could not be routed */
	char *reason;		/* why this agent, or why none */
	enum err_code code;	/* ERR_NONE: it is routed now */
};

struct routes {
	struct route_line *v;	/* in the order of the ids */
	size_t n, cap;
};

/*
 * Routes the tasks in one commit.  What cannot be routed gets route_warning and stays;
 * the others are routed all the same.  A task that was routed before is passed through
 * unless `agent` is given.  -1: nothing was done.
 */
int	route_tasks(struct project *, const struct vec_id *, const char *agent, bool dry_run,
	    struct routes *, struct err *);
void	routes_release(struct routes *);

#endif
