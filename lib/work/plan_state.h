/*
 * plan_state - how far a plan is: a verdict for each task, and their sums
 *
 *	pass	done
 *	warn	done, with something remaining or an optional check that failed; it passed
 *	fail	failed
 *	skipped	skipped or cancelled
 *	pending	anything else: it has not ended
 *
 * The five sums add up to the number of tasks.  What the plan consists of is asked of the
 * tasks, archived ones too, and not of a manifest; the waves follow from depends_on.
 */
#ifndef ORCH_WORK_PLAN_STATE_H
#define ORCH_WORK_PLAN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/task.h"

struct archive_lookup;
struct project;
struct store_opts;

enum plan_verdict {
	PLAN_PASS, PLAN_WARN, PLAN_FAIL, PLAN_SKIPPED, PLAN_PENDING, PLAN_VERDICTS
};

struct plan_line {
	const struct task *task;	/* of the picture or of the archive */
	const char *name;		/* its key without "NAME/", else its title */
	enum plan_verdict verdict;
	int64_t wave;			/* from 1 */
	bool held;			/* parked until its wave is approved */
	bool doomed;			/* one that it needs ended badly */
};

struct plan_state {
	char *name;
	struct plan_line *v;		/* by id */
	size_t n, cap;
	size_t sum[PLAN_VERDICTS];
	int64_t held;			/* the first wave with a task that is held; 0: none */
	size_t before;			/* tasks before that wave that have not ended */
};

/* The picture and the archive must stay.  ERR_USAGE: no task is of that plan. */
int	plan_state(struct plan_state *, const struct tasks *, struct archive_lookup *,
	    const char *name, struct err *);
void	plan_state_release(struct plan_state *);

/* The same of a reading of its own. */
struct plan_look {
	struct tasks tasks;
	struct archive_lookup *archive;
	struct plan_state state;
};

int	plan_look(struct plan_look *, const struct project *, const char *name, struct err *);
void	plan_look_end(struct plan_look *);

const char *plan_verdict_name(enum plan_verdict);

/* ERR_INVALID, with the circle: nothing is pending but what waits for itself.  Called with
 * the picture that the state is of. */
int	plan_state_circle(const struct plan_state *, const struct tasks *, struct err *);

/* 0 all passed, 69 something did not, 1 not all have ended and nothing failed. */
int	plan_state_exit(const struct plan_state *);

/*
 * A line for each task: verdict, id, name, wave, stage, status, reason; below one that failed
 * or is to be tried again the end of what its last attempt printed, indented.  Then the
 * sums.  As JSON: one object of schema, plan, total, the sums and `tasks`.
 */
void	plan_state_text(const struct plan_state *, const struct project *, struct buf *);
void	plan_state_json(const struct plan_state *, const struct project *, struct buf *);

/* "plan x: 3 pass, 0 warn, 1 fail, 2 skipped, 0 pending of 6" */
void	plan_state_sums(const struct plan_state *, struct buf *);

/*
 * Lets the tasks of the first wave that is held go; those of them that need one that ended
 * badly are skipped.  Their ids go to `ids`; none are held: none.  ERR_BUSY: one of an
 * earlier wave has not ended.
 */
int	plan_approve(struct project *, const struct store_opts *, const char *name,
	    struct vec_id *ids, struct err *);

#endif
