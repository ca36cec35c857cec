/*
 * sync_set - sets of labels and of ids, and what two sides made of one
 *
 * A set of labels is a sorted list in which no two differ in case alone: so GitHub compares
 * them.  The spelling of the first that is put in stays.  A set of ids is a sorted list, too.
 */
#ifndef ORCH_WORK_SYNC_SET_H
#define ORCH_WORK_SYNC_SET_H

#include <stdbool.h>

#include "base/vec.h"

bool	sync_set_has(const struct vec_str *, const char *);	/* of any list of labels */
void	sync_set_add(struct vec_str *, const char *);		/* copies */
void	sync_set_copy(struct vec_str *to, const struct vec_str *from);	/* `to` is replaced */
bool	sync_set_same(const struct vec_str *, const struct vec_str *);

/* What is in `a` and not in `b` is put into `out`; or what is in both, as `a` spells it. */
void	sync_set_minus(struct vec_str *out, const struct vec_str *a, const struct vec_str *b);
void	sync_set_both(struct vec_str *out, const struct vec_str *a, const struct vec_str *b);

/*
 * Three ways: what either side put in or took out since `base` holds.  As `remote` spells it
 * where it has it.
 */
void	sync_set_merge(struct vec_str *out, const struct vec_str *base, const struct vec_str *local,
	    const struct vec_str *remote);

/* What was to become of `base`, as far as `now` shows that it did: of each label what `sent`
 * and `now` agree on, else what `base` says. */
void	sync_set_adopt(struct vec_str *base, const struct vec_str *sent, const struct vec_str *now);

/* The same of ids. */
void	sync_ids_add(struct vec_id *, int64_t);
void	sync_ids_copy(struct vec_id *to, const struct vec_id *from);
bool	sync_ids_same(const struct vec_id *, const struct vec_id *);
void	sync_ids_both(struct vec_id *out, const struct vec_id *a, const struct vec_id *b);
void	sync_ids_merge(struct vec_id *out, const struct vec_id *base, const struct vec_id *local,
	    const struct vec_id *remote);
void	sync_ids_adopt(struct vec_id *base, const struct vec_id *sent, const struct vec_id *now);

#endif
