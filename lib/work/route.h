/*
 * route - which agent, model, profile and skills a task gets
 *
 * In this order: the agent given by the caller; the one that the task has; the label
 * "agent:NAME"; the first rule of router.rules that matches; `sh` where the task has a command;
 * then router.mode: `rules` takes router.default, `round_robin` the next of
 * router.agents (or of all enabled agents whose CLI is there), `llm` asks a model
 * (router.h) and takes router.default where that gives no answer.  The reason is
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
struct router;
struct router_question;
struct task;
struct tasks;
struct val;
struct vec_id;

struct route {
	char *agent;		/* owned */
	char *reason;		/* "command line", "label agent:codex", "rule 2", "command",
				   "default", "round robin", "rule 3, default", ... */
	char *warning;		/* NULL: none */
	struct val *extra;	/* map of fields that it gets besides (agent_model, ...), or NULL */
	bool asks;		/* a model must be asked first: nothing else is set */
	bool plan;		/* it is to be divided first */
	char *question;		/* that a person must answer first; NULL: none */
	struct val *record;	/* of the model's answer (router.h); NULL: none was needed */
};

/* What models have said about tasks (route_model.c). */
struct route_said {
	struct router *router;		/* NULL: not needed, or */
	struct err why;			/* this is why there is none */
	struct route_word {
		struct router_question *question;
		struct val *record;
		bool asked;		/* by this process, just now */
		bool used;		/* it is committed what becomes of it */
	} *v;
	size_t n, cap;
};

/* Could it work now?  ERR_FAILED says why not.  `answers`: it must be one that is
 * given prose and answers, not one that runs what it is given. */
int	route_agent_works(const struct project *, const char *id, bool answers, struct err *);

/* Chooses for one task of the picture; changes nothing.  `turn` counts the tasks
 * routed before it in this call (round robin goes on from the agents of the tasks that
 * were routed last).  `said` may be NULL where router.mode is not llm. */
int	route_choose(struct route *, const struct project *, const struct tasks *,
	    int64_t id, const char *agent, unsigned turn, const struct route_said *, struct err *);
void	route_release(struct route *);

/* What became of one task: an agent and a reason, or an error and its message. */
struct route_line {
	int64_t id;
	char *agent;		/* NULL: it could not be routed, or (dry run) a model would
				   be asked */
	char *reason;		/* why this agent, or why none */
	struct val *fields;	/* what else it gets, a map; or NULL */
	enum err_code code;	/* ERR_NONE: it is routed now */
};

struct routes {
	struct route_line *v;	/* in the order of the ids */
	size_t n, cap;
};

/*
 * Routes the tasks: in one commit all for which no model must be asked, then each of the
 * others when its answer has come; nothing is locked meanwhile.  What cannot be routed gets
 * route_warning and stays; what a person must answer first is parked; the others are
 * routed all the same.  A task that was routed before is passed through unless `agent` is
 * given.  A dry run asks nobody.  -1: the rest was not done.
 */
int	route_tasks(struct project *, const struct vec_id *, const char *agent, bool dry_run,
	    struct routes *, struct err *);
void	routes_release(struct routes *);

/* {"schema":1, id, agent, reason or error, and what else the task gets}; caller frees. */
struct val *route_line_value(const struct route_line *);

#endif
