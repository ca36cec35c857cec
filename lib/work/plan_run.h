/*
 * plan_run - brings the tasks of an imported plan to their end, with orch-route and orch-run
 *
 * The programs of the suite do the work; what stands between two of their calls is decided
 * from the task file alone, so that a run that was killed goes on with the next one.  Waves
 * of manual-batching wait for `ask`.  Follows what is left until nothing can go on without
 * a person; a task that is to be tried again later is waited for.
 */
#ifndef ORCH_WORK_PLAN_RUN_H
#define ORCH_WORK_PLAN_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct plan_line;
struct project;
struct store_opts;

struct plan_run_opts {
	const char *name;
	const char *jobs;	/* for orch-run -j; NULL: as in orch.yml */
	int64_t timeout_ms;	/* for all of it; 0: none */
	bool quiet, verbose;	/* handed on */
	bool yes;		/* every wave is approved */
	int (*ask)(const char *question);	/* 1 yes, 0 no */
};

/*
 * What it printed goes to descriptor 1: the ids of tasks as they become fit for the next
 * stage.  Exit status: 0 all passed; 69 something failed, was skipped, or waits for a person;
 * 75 stopped, or it will be tried again; 124 the time is up; another one as the programs
 * ended with it.  ERR_FAILED: a wave was not approved.  ERR_INVALID: what is left waits for
 * itself (circle.h).
 */
int	plan_run(struct project *, const struct store_opts *, const struct plan_run_opts *,
	    struct err *);

/*
 * Tells of each task of the plan, and again whenever it has moved (`status`, `attempts`),
 * until none is pending (0) or the time has passed (124).  ERR_INVALID: what is pending waits
 * for itself (circle.h).
 */
typedef void plan_news(void *arg, const struct plan_line *);
int	plan_follow(struct project *, const char *name, int64_t timeout_ms, plan_news *,
	    void *arg, struct err *);

#endif
