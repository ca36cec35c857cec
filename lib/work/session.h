/*
 * session - does the next attempt of a task go on in the session of the one before?
 *
 * It does after an attempt that was cut off: that lost its keeper, was stopped on request,
 * asked a question, handed parts to others or said that it was not done yet.  Any other end
 * begins anew, because what went wrong may be in the session.  Whoever starts an attempt
 * and whoever tells a person what it will do ask here.
 */
#ifndef ORCH_WORK_SESSION_H
#define ORCH_WORK_SESSION_H

struct agent;
struct project;
struct task;

/*
 * Why the session of the task's attempt number `last` is not gone on in by this agent, as
 * the end of a sentence; NULL: it is.  Caller frees.
 */
char	*session_hindrance(const struct project *, const struct task *, int last,
	    const struct agent *);

#endif
