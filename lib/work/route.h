/*
 * route - which agent, model, profile and skills a task gets
 *
 * In this order: the agent given by the caller; the label "agent:NAME"; the
 * first rule of router.rules that matches; `sh` where the task has a command;
 * then router.mode: `rules` takes router.default, `round_robin` the next of
 * router.agents (or of all enabled agents whose CLI is there).  The reason is
 * recorded.  An agent must exist, be enabled and its CLI be found; else the
 * route fails with ERR_FAILED that names it.
 */
#ifndef ORCH_WORK_ROUTE_H
#define ORCH_WORK_ROUTE_H

#include <stdint.h>

struct err;
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

/*
 * Routes the tasks in one commit and appends to `routed` the ids that are now
 * `routed`.  Tasks that cannot be routed get route_warning and stay; the worst
 * of it is the error, the others are routed all the same.
 */
int	route_tasks(struct project *, const struct vec_id *, const char *agent, int dry_run,
	    struct vec_id *routed, struct err *);

#endif
