/*
 * select_impl - what select_read.c reads and select.c applies
 */
#ifndef ORCH_TASK_SELECT_IMPL_H
#define ORCH_TASK_SELECT_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"
#include "task/field.h"

enum select_kind {
	SELECT_IDS,		/* low and high of ranges, in pairs */
	SELECT_FIELD,		/* the field is one of the texts */
	SELECT_TREE,		/* one of the ids or below it */
};

struct select_cond {
	enum select_kind kind;
	bool negate;
	enum field field;
	struct vec_str texts;
	struct vec_id ids;
};

struct select {
	bool any;			/* an operand was given */
	bool next;
	bool named_any;			/* `named` counts, even if it is empty */
	struct vec_id named;		/* ids named one by one, in their order */
	struct vec_id must;		/* further ids that must exist */
	struct select_cond *cond;
	size_t n, cap;
};

#endif
