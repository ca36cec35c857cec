/*
 * route_impl - what the files of route share with each other only
 */
#ifndef ORCH_WORK_ROUTE_IMPL_H
#define ORCH_WORK_ROUTE_IMPL_H

#include "task/field.h"
#include "work/route.h"

struct routing {
	const struct project *p;
	const struct tasks *tasks;
	const struct task *task;
	const char *agent;	/* given by the caller, or NULL */
	unsigned turn;
	const struct route_said *said;	/* NULL: nobody can be asked */
	struct route *out;
};

/* A reason goes behind what others have said, such as a rule that named no agent; it is
 * the route's from now on. */
void	route_reason(struct route *, char *reason);
void	route_take(struct route *, const char *agent, char *reason);

/* A field that the task gets, unless somebody has said before what stands there. */
void	route_setting(struct route *, enum field, struct val *);

/* Choosers: 0 chosen, or passed, or the route asks; -1 error. */
int	route_by_default(struct routing *, struct err *);
int	route_by_model(struct routing *, struct err *);

/* 0: models can be asked.  1: they need not, or cannot: then by_model says why. */
int	route_said_open(struct route_said *, struct project *);
void	route_said_release(struct route_said *);

/* Takes the question and the record over. */
void	route_said_add(struct route_said *, struct router_question *, struct val *record,
	    bool asked);

#endif
