/*
 * tend - what a tick does for attempts and tasks, whoever began them
 *
 * What follows from tasks that ended (propagate.h) is done here; attempts are settled by
 * `orch-retry --due`, which is started only if a task is in progress.
 */
#ifndef ORCH_WORK_TEND_H
#define ORCH_WORK_TEND_H

struct err;
struct project;
struct store_opts;

/* Nothing is written if nothing follows.  *status becomes the worst exit status. */
int	tend(struct project *, const struct store_opts *, int *status, struct err *);

#endif
