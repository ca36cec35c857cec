/*
 * found_base - the generation that somebody's copy of the file was made from
 *
 * For found.c only.  Generations are compared task by task, and tasks that differ line by
 * line.  Whatever the person changed, a later generation differs from the copy in that
 * and in what was changed since, and an earlier one in what the person could read and it
 * has not.  So the nearest one is the base, and of several the newest.
 */
#ifndef ORCH_TASK_FOUND_BASE_H
#define ORCH_TASK_FOUND_BASE_H

#include <stdint.h>

struct buf;
struct err;
struct project;
struct record;
struct tasks;

/* *gen and the text of the base of `mine`, a whole picture; mostly the last generation. */
int	found_base(const struct project *, const struct record *last, const struct buf *last_text,
	    const struct tasks *mine, int64_t *gen, struct buf *base, struct err *);

#endif
