/*
 * call_book - what a call has used, and what it has shown of its agent
 *
 * A call (call.h) is made with nothing locked; what it cost is booked later, once, in the
 * commit that records what came of it, or that nothing did:
 *
 *	struct call_told told = { 0 };
 *
 *	call_ask(&c, &wish, &report, &ms, e)
 *	call_told_by(&told, agent, &report, ms)		again for each try
 *	...
 *	call_book(change, p, id, &told, e)		in the commit
 *
 * Between the two it may lie in a record: call_told_put() and call_told_read().
 */
#ifndef ORCH_WORK_CALL_BOOK_H
#define ORCH_WORK_CALL_BOOK_H

#include <stdint.h>

#include "work/outcome.h"
#include "work/usage.h"

struct agent;
struct change;
struct classify_report;
struct err;
struct project;
struct val;

/* All is borrowed, from agent, report or record. */
struct call_told {
	const char *agent;		/* NULL: nobody was asked, nothing is to be booked */
	enum outcome_class class;	/* of the last try */
	const char *message;		/* likewise; may be NULL */
	int64_t reset_at;		/* likewise; 0: not told */
	struct usage used;		/* by all tries together */
	int tries;
};

void	call_told_by(struct call_told *, const struct agent *, const struct classify_report *,
	    int64_t ms);

/* The keys class, message, reset_at, tries and usage of a record that has `agent`. */
void	call_told_put(const struct call_told *, struct val *record);
void	call_told_read(struct call_told *, const struct val *record);

/*
 * Books it on the task, if there is such a task (0: none), on the day of the agent and on
 * the day of all; it is no attempt.  A limit closes the agent and a refused login disables
 * it, as the end of an attempt does.
 */
int	call_book(struct change *, struct project *, int64_t task, const struct call_told *,
	    struct err *);

#endif
