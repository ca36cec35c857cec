/*
 * place - what a project wants done around the work tree of an attempt (worktree.*)
 *
 * Files that git does not have are copied or linked from the project's folder, hooks are
 * run in the attempt's container, and numbers of ports are leased.  A lease is a lock
 * below $XDG_STATE_HOME/orch/ports, one for all projects of a user; the keeper holds it
 * too, so that it lasts as long as anything of the attempt lives.
 */
#ifndef ORCH_WORK_PLACE_H
#define ORCH_WORK_PLACE_H

#include <stdint.h>

struct attempt;
struct buf;
struct err;
struct lock;
struct project;
struct repo;
struct task;
struct vec_str;

#define PLACE_PORT_FIRST 20000
#define PLACE_PORTS	 16	/* in a lease */
#define PLACE_LEASES	 512

/* Takes a lease if the project wants ports and none is held.  ERR_BUSY: all are taken. */
int	place_lease(struct attempt *, struct err *);
/* ORCH_PORT_1 and so on, if a lease is held. */
void	place_env(const struct attempt *, struct vec_str *env);

/*
 * For a work tree that was not there before, or whose making was not finished: copies,
 * links, after_create.  In any case before_run.  ERR_BUSY: a hook refused, later it may
 * not; ERR_CONFIG: what shall be copied is no path within the project.
 */
int	place_prepare(struct attempt *, struct err *);
/* To be called before the work tree is made. */
int	place_begin(struct attempt *, struct err *);

/* before_remove, with the run lock that the caller holds (or none), for the work tree of
 * that task.  1: it refused, `why` says how. */
int	place_remove(struct project *, const struct repo *, const struct task *, const char *tree,
	    const struct lock *run, struct buf *why, struct err *);

/* after_run, when the agent has ended.  1: it refused, `why` says how.  It is not run in a
 * work tree that is not the project's any more. */
int	place_after(struct attempt *, struct buf *why, struct err *);

#endif
