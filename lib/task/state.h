/*
 * state - the only place where a task's status changes
 *
 * One total table, state x event: every cell is a transition or a refusal with
 * a message.  Some transitions depend on a fact about the task, which the caller
 * gives; the table itself is pure.  tests/unit/state.c asserts every cell;
 * `state_render()` prints it for orch-tasks(5).
 */
#ifndef ORCH_TASK_STATE_H
#define ORCH_TASK_STATE_H

#include <stdbool.h>

struct buf;
struct err;

enum status {
	ST_NONE,		/* the task does not exist yet */
	ST_NEW, ST_ROUTED, ST_IN_PROGRESS, ST_BLOCKED, ST_IN_REVIEW, ST_NEEDS_REVIEW,
	ST_DONE, ST_FAILED, ST_SKIPPED, ST_CANCELLED,
	STATUS_N
};

enum state_event {
	EV_ADD, EV_ROUTE, EV_ROUTE_FAILED, EV_CLAIM, EV_DELEGATE, EV_JOIN, EV_CHILD_FAILED,
	EV_FINISH, EV_VERIFY_FAILED, EV_ATTEMPT_FAILED, EV_ORPHANED, EV_ASK, EV_ANSWER,
	EV_REVIEW_APPROVE, EV_REVIEW_CHANGES, EV_REVIEW_REJECT, EV_RETRY, EV_REOPEN,
	EV_CANCEL, EV_CLOSE, EV_SKIP, EV_UNSKIP, EV_LAND, EV_LAND_FAILED, EV_IMPORT,
	STATE_EVENT_N
};

/* What the policy (work/retry) decided about an attempt that did not succeed. */
enum state_verdict {
	VERDICT_RETRY,		/* -> routed, or new without an agent */
	VERDICT_PARK,		/* -> needs_review: a person must act */
	VERDICT_FAIL,		/* -> failed: used up, or a retry cannot mend it */
};

struct state_facts {
	bool has_agent;			/* an agent is set */
	bool review_due;		/* finish: a reviewer or a person must look first */
	enum state_verdict verdict;	/* verify_failed, attempt_failed, orphaned,
					   review_changes, child_failed */
};

/*
 * The status after the event.  A refusal is ERR_FAILED, phrased for a person:
 * "is done: reopen it with orch-retry".  The caller prefixes "task 17".
 */
int	state_next(enum status, enum state_event, const struct state_facts *,
	    enum status *next, struct err *);

const char *state_name(enum status);		/* "in_progress"; ST_NONE: "" */
const char *state_event_name(enum state_event);
int	state_find(const char *name);		/* enum status, or -1 */

bool	state_ended(enum status);		/* done, failed, skipped, cancelled */
bool	state_parked(enum status);		/* needs_review, failed */

/* The names of all statuses (without ST_NONE), NULL-terminated. */
const char *const *state_names(void);

/* The table as mdoc lines for orch-tasks(5): one ".It" per status. */
void	state_render(struct buf *);

#endif
