/*
 * merge_impl - what the parts of merge share; private to lib/task
 *
 * merge_pair.c says which tasks of the three generations are one task, and what
 * becomes of each; merge_value.c makes one value out of three; merge.c turns both
 * into operations on the text of `mine`; merge_note.c keeps what is reported.
 */
#ifndef ORCH_TASK_MERGE_IMPL_H
#define ORCH_TASK_MERGE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/field.h"
#include "task/merge.h"
#include "task/task.h"

struct val;

/* What becomes of a task of `mine`. */
enum pair_fate {
	PAIR_OWN,		/* the person added it */
	PAIR_BOTH,		/* in `last`, too, and perhaps in `base` */
	PAIR_GOES,		/* the machine removed it, the person did not change it */
	PAIR_STAYS,		/* the machine removed it, the person changed it */
	PAIR_MOVES,		/* the person added it with an id that another task has or had */
};

struct pair {
	enum pair_fate fate;
	const struct task *base, *last;		/* the same task; NULL: not there */
	int64_t id;				/* PAIR_MOVES: the new one */
};

struct pairs {
	struct pair *mine;	/* for each task of `mine` */
	bool *seen;		/* for each task of `last`: one of `mine` is the same */
	int64_t next_id;	/* past all ids that are or were, those given here too */
};

bool	pair_has_id(const struct task *);	/* else it is one that is foreseen */
bool	pair_changed(const struct task *from, const struct task *to);
int64_t	pair_next_id(const struct tasks *);	/* past those that are written down */
void	pair_tasks(struct pairs *, const struct tasks *base, const struct tasks *last,
	    const struct tasks *mine);
void	pair_release(struct pairs *);

/* How a value came about. */
enum value_winner {
	VALUE_AGREED,		/* nothing was lost */
	VALUE_PERSON,		/* both changed it, the person's was taken */
	VALUE_MACHINE,		/* both changed it, the machine's was taken */
};

/*
 * One value out of three, any of which may be NULL for absent; *out is the
 * caller's.  `field`: of the table, or -1.
 */
enum value_winner value_merge(int field, const struct val *base, const struct val *last,
	    const struct val *mine, struct val **out);

/* `field` may be NULL, and so may the values. */
void	note_add(struct merge_notes *, enum merge_kind, int64_t task, const char *field,
	    const struct val *kept, const struct val *lost);

#endif
