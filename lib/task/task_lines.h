/*
 * task_lines - the lines of a task: what can be copied or cut as it stands
 *
 * An item of a block list is a run of whole lines, from that of its dash to the last
 * that has something of it; comments behind that one belong to nobody.
 */
#ifndef ORCH_TASK_TASK_LINES_H
#define ORCH_TASK_TASK_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct task;

/* Bytes of the text of task_tree(). */
struct task_lines {
	size_t start, end;	/* whole lines; the last one of a file may lack its end */
	size_t column;		/* of the dash */
};

/* False: it has no lines of its own, being in flow style, an alias, or an anchor. */
bool	task_lines_find(const struct task *, struct task_lines *);

#endif
