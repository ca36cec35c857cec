/*
 * sync_order - what a command in a comment does to a task, inside of a change
 *
 * Each does what the verb of the same name does for a person at the keyboard, or tells why it
 * does not.  It notes the comment as `gh.comment` of the task, in the same change, so that no
 * commit has one of the two alone.  Comments come in the order of their ids.
 *
 *	retry		orch-retry
 *	assign		the agent is set, and what is parked without a question is put back
 *	unblock		a blocked task waits for its children no more; a parked one is put back,
 *			but one that asks needs an answer
 *	close		orch-cancel, which ends an attempt, too; the text is the reason
 *	context		the text alone
 *	priority	orch-set
 *
 * The text behind a command is the answer, where a question is open; else it is put into
 * `answer` before what stands there, where the next attempt gets it as data.
 *
 * Nothing that a comment says can make a change fail: what is -1 is trouble of this machine.
 */
#ifndef ORCH_WORK_SYNC_ORDER_H
#define ORCH_WORK_SYNC_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "work/sync_command.h"

struct change;
struct err;
struct project;
struct vec_id;

#define SYNC_ORDER_ANSWER_MAX (64u << 10)	/* bytes of `answer`, the newest kept */

enum sync_order_end {
	ORDER_OPEN,		/* nothing came of it yet */
	ORDER_PASSED,		/* nothing is to come of it; ->why, if it was meant as one */
	ORDER_ASKS,		/* it gets an answer and does nothing: /help, what is no command */
	ORDER_DONE,
	ORDER_REFUSED,		/* ->why says why not; a sentence about "the task" */
	ORDER_WAITS,		/* for the end of the attempt */
};

struct sync_order {
	int64_t number;			/* of the issue */
	int64_t comment;		/* its id */
	int64_t updated_at;
	struct sync_command command;
	char *by;			/* login, of letters, digits and "-" only */
	enum sync_order_end end;
	char *why;
	bool before;			/* ORDER_DONE by a run before this one */
	int attempt;			/* it is to be brought to its end (cancel.h); 0: none is */
	bool settled;			/* all is done about it */
};

/*
 * moved: gets the task where something may follow from what was done (propagate.h).
 * dry_run: no attempt is marked for its end, which is the one thing that is no record.
 */
int	sync_order_apply(struct change *, struct project *, int64_t task, struct sync_order *,
	    bool dry_run, struct vec_id *moved, struct err *);

const char *sync_order_name(const struct sync_order *);	/* "/retry" */
void	sync_order_release(struct sync_order *);

#endif
