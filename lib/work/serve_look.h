/*
 * serve_look - what a project needs now, in one struct
 *
 * It is small enough to go through a pipe at once (PIPE_BUF), holds no pointer, and all of it
 * is as it was at one look: serve.h compares it with the one before.
 */
#ifndef ORCH_WORK_SERVE_LOOK_H
#define ORCH_WORK_SERVE_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct project;

#define SERVE_LIVES 128		/* attempts whose end is watched for; others are seen by others' */
#define SERVE_LOCK "serve.lock"	/* in .orch/state */
#define SERVE_PROBLEM 480	/* bytes of what is wrong */

/* What changed is known by these: of the bytes, the files or the folders. */
enum serve_stamp { STAMP_TASKS, STAMP_JOBS, STAMP_CONFIG, STAMP_AGENTS, STAMP_EVENTS, STAMP_PLACE, STAMPS };

struct serve_look {
	char problem[SERVE_PROBLEM];	/* nothing can be done, and why; "": all is well */
	int status;			/* the exit status that it means */
	bool gone;			/* because there is no such project (any more) */
	uint64_t stamp[STAMPS];		/* 0: it is not there */
	bool jobs, reviews, syncs, tells;	/* there are jobs, reviewers, a repository, subscriptions */
	int workers;			/* serve.jobs */
	int64_t sync_ms, drain_ms;
	int64_t ready, fresh, judged;	/* tasks that are ready, new, in review */
	int64_t running;		/* that are in progress, */
	int64_t dead;			/* and of those without a process */
	int64_t due;			/* seconds: when something comes back; 0: nothing will */
	size_t n;
	int64_t lives[SERVE_LIVES];	/* ids of those in progress */
};

/* Looks from here: reads the files, takes no lock, writes nothing.  Never fails: what is wrong is
 * the problem. */
void	serve_look_now(struct serve_look *, const struct project *);

/*
 * The same in a child: the pipe that its look comes by, to be read when it is readable
 * (serve_look_read()).  -1 with an error.
 */
struct proc;
int	serve_look_begin(const struct project *, struct proc *, struct err *);
/* Closes it.  -1: there was no whole look. */
int	serve_look_read(int fd, struct serve_look *);

#endif
