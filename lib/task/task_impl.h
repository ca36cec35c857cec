/*
 * task_impl - how a picture holds the fields of a task, for the files of task only
 */
#ifndef ORCH_TASK_TASK_IMPL_H
#define ORCH_TASK_TASK_IMPL_H

#include "task/task.h"

enum part_kind {
	PART_TEXT,		/* a scalar, decoded */
	PART_PLAIN,		/* a scalar as it stands in the text, not quoted */
	PART_QUOTED,		/* likewise, what is between the quotes */
	PART_FLOW,		/* what is in brackets on one line, not read yet */
	PART_LATER,		/* something that only libyaml can read, not read yet */
	PART_NODE,		/* read; of another kind than a scalar, or tagged */
	PART_NONE,		/* read, and it was null */
};

/* A known field that is there. */
struct task_part {
	struct task_part *next;
	uint8_t field;
	uint8_t kind;		/* enum part_kind */
	bool plain;		/* PART_TEXT: was it without quotes? */
	uint32_t at, len;	/* of the text; TEXT: its length */
	union {
		const char *text;
		const struct yaml_node *node;
	};
};

struct task_more {
	struct tasks *of;
	const struct yaml_node *node;	/* NULL: not read yet */
	const struct yaml *tree;	/* the one that it is in */
	struct task_part *part;		/* those that were found */
	bool all;			/* there are no others */
};

/* A task's lines as a document of their own, below a line that says "tasks:". */
#define TASK_WINDOW_HEAD "tasks:\n"

struct task_window {
	struct task_window *next;
	struct yaml yaml;
	char text[];
};

/* task_lazy.c: the picture by its outline, read if ts->outline is empty; false: by libyaml
 * then. */
bool	tasks_outline(struct tasks *);

/* The field, read as far as its kind says; NULL: absent.  Never PART_LATER or PART_NONE. */
const struct task_part *task_part(const struct task *, enum field);
/* The same, but a PART_FLOW may be left as it is. */
const struct task_part *task_part_raw(const struct task *, enum field);

/* Adds a field that libyaml has read. */
void	task_part_add(const struct task *, enum field, const struct yaml_node *);

/* task.c */
int	tasks_index(struct tasks *, size_t *first, size_t *again);

#endif
