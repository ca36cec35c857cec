/*
 * attempt - one run of an agent on a task, from the claim to the settled task
 *
 *	attempt_claim()	 chooses and commits `in_progress`, holding run lock, slot and worker
 *	attempt_run()	 work tree, prompt, keeper, outcome, checks, settling
 *	attempt_adopt()	 takes over one whose process is gone, at the first tick
 *
 * What is needed to go on after a kill stands in the run folder before the agent
 * is started: attempt.json (agent, branch, work tree, base).  The keeper's
 * result.json appears when the agent is gone; outcome.json when it was judged.
 * Settling is one commit guarded by (in_progress, attempt number): a second or
 * late one is refused.
 */
#ifndef ORCH_WORK_ATTEMPT_H
#define ORCH_WORK_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/lock.h"
#include "work/pool.h"
#include "work/sandbox.h"

struct err;
struct project;
struct repo;
struct vec_id;
struct vec_str;

struct attempt {
	struct project *project;
	const struct repo *repo;	/* where it works; borrowed from the project */
	int64_t task;
	int number;
	char *agent;			/* id of the driver */
	char *model;			/* that it gets in place of the task's; NULL: none */
	struct pool_amount reserve;	/* what it may use; 0: no limit */
	struct lock run, slot;
	struct lock worker;		/* one of those that the whole project has */
	struct lock ports;		/* its lease, see place.h */
	int port;			/* the first of them */
	int run_fd;			/* .orch/runs/ID/N */
	char *run_dir;
	char *branch, *worktree, *base_id;	/* NULL: isolation none */
	char head_id[41];		/* where the branch stood before it; "": not known */
	char tip_id[41];		/* and when it was checked; "": it was not, or has none */
	int stop_fd;			/* signalfd that asks to stop, -1: none */
	char *const *command;		/* given behind "--", NULL: none */
	enum sandbox_kind sandbox;	/* that was asked for */
	bool plans;			/* it may only delegate (delegate.h), so it writes nothing */
};

/* What to claim. */
struct attempt_wish {
	const struct vec_id *only;	/* these tasks; NULL: any that is ready */
	const struct vec_id *except;	/* not these (had their turn); may be NULL */
	bool named;			/* a person named them: retry_at is passed over */
	char *const *command;		/* run this instead of the agent; `new` tasks too */
	int workers;			/* at most so many attempts at once, whoever runs them */
	const char *claimer;		/* command name, for the lock */
};

/*
 * 0: claimed, release with attempt_release().  1: nothing can be claimed now; `why`
 * gets a line for each task that was passed over ("task 3: waits for task 2
 * (in_progress)"), but for those that wait for one that was named with them; and *status
 * the worst of their exit statuses: 75 it can run later, 69 a person must act first, 0 it is
 * where running would bring it.
 */
int	attempt_claim(struct attempt *, struct project *, const struct attempt_wish *,
	    struct vec_str *why, int *status, struct err *);

/*
 * Runs a claimed attempt to its settled end.  The exit status for its task: 0 done
 * or in review, 75 will be retried, 69 parked or failed; -1 with an error if it
 * could not be settled (the task stays in_progress and the next tick adopts it).
 * `message` gets one line for people, and a second one where they should look although
 * it went well; caller frees.
 */
int	attempt_run(struct attempt *, char **message, struct err *);

/*
 * Every task in progress whose run lock is free: its result is settled, or it is
 * orphaned and goes back.  `done` gets the ids that reached done or in_review.  What
 * could not be settled is a line in `problems`, its exit status the worst of *status;
 * it stops no other.  -1: the file itself cannot be read.
 */
int	attempt_adopt_all(struct project *, struct vec_id *done, struct vec_str *problems,
	    int *status, struct err *);

/*
 * The same for one task.  0: nothing of it runs any more, and what there was is settled;
 * 1: its attempt *number lives.
 */
int	attempt_adopt(struct project *, int64_t task, int *number, struct err *);

/* The folder of the list's work trees in a repository, which are named ID-slug, and what the
 * names of their branches begin with; caller frees. */
char	*attempt_worktrees(const struct repo *, struct err *);
char	*attempt_branches(const struct repo *);

/* Closes the locks and the folder. */
void	attempt_release(struct attempt *);

#endif
