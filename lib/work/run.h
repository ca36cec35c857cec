/*
 * run - runs tasks: claims in ready order, one worker process for each attempt
 *
 * The caller's process is the scheduler.  It refills a free place as soon as an
 * attempt ends (no waves), reads the file once for each claim, and stops when
 * nothing can be claimed and nothing runs.  SIGINT and SIGTERM ask the running
 * attempts to stop; the scheduler's own death does not end them.
 */
#ifndef ORCH_WORK_RUN_H
#define ORCH_WORK_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct project;
struct vec_id;

/* Called in the scheduler for each attempt that ended; `status` as attempt_run(). */
typedef void run_report(void *arg, int64_t task, int number, int status, const char *message);

struct run_opts {
	const struct vec_id *only;	/* each of these once; NULL: what is ready */
	bool named;			/* they were named by a person */
	bool one;			/* a single attempt, the first in ready order */
	int workers;
	int64_t timeout_ms;		/* for all of it; 0: none */
	char *const *command;		/* "--" of orch-run; NULL: the task's agent */
	const char *claimer;
	run_report *report;
	void *arg;
};

/*
 * The exit status of DESIGN 5 over all attempts: 1 if there was nothing to run.
 * -1 with an error if the scheduler itself failed.
 */
int	run_tasks(struct project *, const struct run_opts *, struct err *);

#endif
