/*
 * reply - a person's answer to what an agent asked
 *
 * The answer is data: it is put into the task as it was given, and the next attempt gets
 * it in its prompt.  That attempt goes on in the session that asked, where its driver
 * can do that and the session is still there.
 */
#ifndef ORCH_WORK_REPLY_H
#define ORCH_WORK_REPLY_H

#include <stddef.h>
#include <stdint.h>

struct change;
struct err;
struct project;
struct store_opts;
struct task;

/*
 * Writes the answer and moves the task on, in one commit with the events of both.  The
 * same answer once more, while nobody has taken it, is done already.
 * ERR_USAGE: there is no such task, or no answer; ERR_NO: it asks nothing, and why;
 * ERR_INVALID: bytes that no task can hold.
 */
int	reply_give(struct project *, const struct store_opts *, int64_t task, const char *text,
	    size_t len, struct err *);

/* The same of a task that asks, inside of a change.  A text that no task can hold is -1, too. */
int	reply_record(struct change *, int64_t task, const char *text, struct err *);

/*
 * Where the next attempt of a task that asks goes on, as a line for people: in which
 * session, or that it begins a new one with the full context, and why; or that it is the
 * first.  Caller frees.
 */
char	*reply_session(const struct project *, const struct task *);

#endif
