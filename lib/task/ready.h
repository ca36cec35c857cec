/*
 * ready - which tasks can run, in which order; one order for all callers
 *
 * A task is ready when it is routed, every task it depends on is done (archived
 * ones count), its retry_at has passed, and its project is there (repo.h).  Order: priority raised by age (one
 * step for every `aging_hours` waited since created_at, 0: never; not above
 * urgent), then oldest, then id.  A task without created_at counts as oldest, but
 * is not raised.  A retry_at further ahead than READY_RETRY_AHEAD_MAX was written
 * by a wrong clock and counts as passed.
 *
 * Tasks that depend on each other in a ring are never ready; nothing has to look
 * for rings to know that, only ready_why() does, to name one.
 */
#ifndef ORCH_TASK_READY_H
#define ORCH_TASK_READY_H

#include <stdint.h>

struct archive_lookup;
struct buf;
struct project;
struct task;
struct tasks;
struct vec_id;

#define READY_RETRY_AHEAD_MAX 86400	/* seconds */

struct ready_rules {
	const struct project *project;	/* whose orch.yml knows the places of tasks; NULL: none is asked */
	int64_t now;		/* seconds */
	int64_t aging_hours;	/* 0: off */
	int include_new;	/* `new` tasks count as routed (a command was given) */
	int ignore_retry_at;	/* a person named the task */
	struct archive_lookup *archive;	/* for dependencies that the file does not have;
				   borrowed; NULL: an empty one */
};

/* Ids of all ready tasks in order. */
void	ready_list(const struct tasks *, const struct ready_rules *, struct vec_id *);

/*
 * 1 if the task is ready; else 0.  `why` (may be NULL) gets one line for people
 * either way: "ready: high, waiting 3h" or "waits for task 4 (in_progress)".
 */
int	ready_why(const struct tasks *, const struct task *, const struct ready_rules *,
	    struct buf *why);

#endif
