/*
 * delegate_family - who is above and below a task, in the file and in the archive
 *
 * A link counts if either end says it.  Of archived tasks those are known to which a way
 * leads; rings that a person has made come to an end.
 */
#ifndef ORCH_WORK_DELEGATE_FAMILY_H
#define ORCH_WORK_DELEGATE_FAMILY_H

#include <stddef.h>
#include <stdint.h>

struct archive_lookup;
struct config;
struct err;
struct graph;
struct task;
struct tasks;
struct vec_id;

struct family {
	const struct tasks *tasks;
	struct archive_lookup *archive;	/* ask archive_failed() at the end */
	const struct vec_id *added;	/* tasks that are not there yet: pairs of an id, ascending,
					   and its parent; NULL: none */
	struct graph *down;		/* to the children, once they were asked for */
};

void	family_release(struct family *);

const struct task *family_find(const struct family *, int64_t id);	/* or NULL */

/* The task itself, its parent and so on: the topmost is the last.  ERR_INVALID with the way
 * round: one of them is its own ancestor. */
int	family_above(const struct family *, int64_t id, struct vec_id *, struct err *);
void	family_children(struct family *, int64_t id, struct vec_id *);
/* All generations, without the task itself; also those that are nowhere any more. */
void	family_below(struct family *, int64_t id, struct vec_id *);

/* May `parent` get so many children more, by children.max, .depth and .tree?  ERR_FAILED, or
 * ERR_INVALID of family_above(). */
int	family_room(struct family *, const struct config *, int64_t parent, size_t more, struct err *);

#endif
