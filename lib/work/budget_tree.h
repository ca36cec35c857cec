/*
 * budget_tree - a task, its topmost parent and all below that, and what they have used
 *
 * orch-gc archives a tree as a whole, so the archive is only asked where a parent is not in
 * the file any more: then what its tasks have used counts too.  A person's orch-retry gives
 * back what was used until then; as an archived task is not changed any more, what it had
 * used is noted in the task that is put back (retried_usage.archived).
 */
#ifndef ORCH_WORK_BUDGET_TREE_H
#define ORCH_WORK_BUDGET_TREE_H

#include <stdint.h>

#include "base/vec.h"
#include "work/pool.h"

struct change;
struct err;

struct budget_tree {
	struct vec_id live;		/* ids of the file */
	struct pool_amount used;	/* all of them, since they were put back */
	struct pool_amount archived;	/* all that archived ones have used, ever */
	struct pool_amount given;	/* of that, what was given back */
};

/* -1: the archive is needed and cannot be read. */
int	budget_tree_read(struct budget_tree *, const struct change *, int64_t task, struct err *);
void	budget_tree_release(struct budget_tree *);	/* { 0 } is fine */

/* Adds what one task of the file has used since a person last put it back. */
void	budget_task_used(const struct change *, int64_t task, struct pool_amount *used);

/* For a task that is put back: what it has used counts no longer; with `archived`, which may
 * be NULL, what the archived tasks of its tree have used. */
int	budget_task_forgive(struct change *, int64_t task, const struct pool_amount *archived,
	    struct err *);

#endif
