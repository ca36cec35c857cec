/*
 * delegate_family - who is above and below a task, in the file and in the archive
 *
 * A link counts if either end says it.  Of archived tasks those are known to which a way
 * leads; rings that a person has made come to an end.
 */
#ifndef ORCH_WORK_DELEGATE_FAMILY_H
#define ORCH_WORK_DELEGATE_FAMILY_H

#include <stdint.h>

struct archive_lookup;
struct task;
struct tasks;
struct vec_id;

struct family {
	const struct tasks *tasks;
	struct archive_lookup *archive;	/* ask archive_failed() at the end */
};

const struct task *family_find(const struct family *, int64_t id);	/* or NULL */

/* The task itself, its parent and so on: the topmost is the last. */
void	family_above(const struct family *, int64_t id, struct vec_id *);
void	family_children(const struct family *, int64_t id, struct vec_id *);
/* All generations, without the task itself; also those that are nowhere any more. */
void	family_below(const struct family *, int64_t id, struct vec_id *);

#endif
