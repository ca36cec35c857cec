/*
 * sync_twin - what was made twice, by copies of a project that ran at the same time
 *
 * Both have the mark of the task and are by our login; GitHub cannot be asked to make only one.
 * The one with the lower number counts, for whoever comes to see both: the task names it, and
 * whose task named the other one closes that.
 *
 * Of comments of ours with one mark in an issue that with the lower id stays, and the other is
 * deleted: where both tell of a state, or tell the same.
 */
#ifndef ORCH_WORK_SYNC_TWIN_H
#define ORCH_WORK_SYNC_TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct err;
struct sync;
struct sync_issue;
struct sync_key;

/* Behind sync_marked(), which tells whose the issues are. */
int	sync_twin(struct sync *, struct err *);
int	sync_twin_close(struct sync *, struct err *);

/* { 0 } is none. */
struct sync_twins {
	struct sync_said *v;		/* private: comments of ours that were seen */
	size_t n, cap;
	struct vec_id ids, numbers;	/* those that are too many, and their issues */
};

/* A comment of ours in that issue. */
void	sync_twins_see(struct sync_twins *, struct sync_issue *, const struct sync_key *, int64_t id,
	    const char *body);
/* Deletes; *left: not all of them. */
int	sync_twins_remove(struct sync *, struct sync_twins *, bool *left, struct err *);
void	sync_twins_release(struct sync_twins *);

#endif
