/*
 * change - what a store_fn records, and how it becomes edits
 *
 * The inside of store.h: store.c makes one for each reading, hands it to the
 * function, then asks for the operations for edit_apply() and the events.
 */
#ifndef ORCH_TASK_CHANGE_H
#define ORCH_TASK_CHANGE_H

#include "doc/edit.h"
#include "task/store.h"

struct change *change_new(const struct tasks *, const char *command);

/* The next id as it will be. */
int64_t	change_next_id(const struct change *);
void	change_free(struct change *);

bool	change_any(const struct change *);	/* was anything recorded? */

/* Writes down the ids of the tasks that a person wrote without one. */
void	change_adopt(struct change *);

/* The operations; they and what they point at are the change's. */
const struct edit_op *change_ops(struct change *, size_t *n);

/* The events recorded, as lines of generation `gen`; *seq is the last one used. */
void	change_events(const struct change *, int64_t gen, int64_t *seq, struct buf *lines);

#endif
