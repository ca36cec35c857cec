/*
 * sync_merge_impl - what the files of sync_merge share
 */
#ifndef ORCH_WORK_SYNC_MERGE_IMPL_H
#define ORCH_WORK_SYNC_MERGE_IMPL_H

#include "work/sync_merge.h"

struct merging {
	const struct merge_in *in;
	struct merge_out *out;
	const struct view *local;
	struct view remote;	/* what is not said of it is as in the base */
	struct view base;	/* with what turned out to have been written */
	bool lost;		/* there is none: it was made up */
	bool held;
};

/* One line for the history. */
void	merge_note(struct merging *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The values of a managed label in one text, "" if there are none; caller frees. */
char	*merge_key(const struct vec_str *);

/* Did we write the task's value over just that one before?  Then it stays. */
bool	merge_is_left(const struct merging *, enum view_managed);

/* The issue gets the value of the task, or keeps its own where that was tried. */
void	merge_push_managed(struct merging *, enum view_managed);

/* sync_merge_label.c: all labels but that of the status, assignees; parent and blockers. */
void	merge_labels(struct merging *);
void	merge_relatives(struct merging *);

/* sync_merge_state.c: open or closed, the label of the status, and the verb. */
void	merge_state(struct merging *);

#endif
