/*
 * due - what the passing of time brings back, for a tick
 */
#ifndef ORCH_WORK_DUE_H
#define ORCH_WORK_DUE_H

#include <stdbool.h>

struct err;
struct project;
struct ready_rules;
struct vec_id;
struct vec_str;

/*
 * Attempts whose processes are gone are settled, or orphaned and put back, as
 * attempt_adopt_all() does it, calls of reviewers are booked as by review_left(), and what
 * follows from tasks that ended is done as by propagate_all(), but for `look_only`.  Then
 * `ids` gets, in ready order, the tasks that can run because their retry_at has passed,
 * their attempt was put back, or they were joined or came back.
 * What could not be settled is a line in `problems`, its exit status the worst of *status.
 */
int	due_recover(struct project *, const struct ready_rules *, bool look_only,
	    struct vec_id *ids, struct vec_str *problems, int *status, struct err *);

#endif
