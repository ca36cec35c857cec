/*
 * sync_apply - what a merge says of a task, done to it inside a change
 *
 * Nothing that GitHub says can make a change fail: what the task cannot take (an agent that
 * nobody has, a verb that the state table refuses, a blocker that would make a circle) leaves
 * a line in its history instead, and what it has stays.  The next merge then puts the issue
 * right (sync_merge.h).  What is -1 is trouble of this machine.
 *
 * The merge belongs into the change, too: of the task as change_tasks() has it.  The store
 * calls its function again when somebody saved in between, and then there is another task.
 */
#ifndef ORCH_WORK_SYNC_APPLY_H
#define ORCH_WORK_SYNC_APPLY_H

#include <stdint.h>

struct change;
struct err;
struct merge_out;
struct project;
struct val;
struct vec_id;
struct view;
struct view_links;

struct sync_apply {
	int64_t task;
	const struct view *local;	/* the one that was merged */
	const struct view_links *links;	/* with which it was made */
	const struct merge_out *merge;
	const char *uid;		/* given if the task has none; or NULL */
	const struct val *gh;		/* becomes its `gh`; NULL: that stays */
	/* The task that goes with an issue of that database id, 0: none.  NULL: none does. */
	int64_t (*task_of)(const void *arg, int64_t issue);
	const void *arg;
};

/*
 * Once for each task and merge: what is asked for twice is done twice.  moved: ids are added
 * for one propagate() at the end of the change; NULL: that is done here.
 */
int	sync_apply(struct change *, struct project *, const struct sync_apply *,
	    struct vec_id *moved, struct err *);

#endif
