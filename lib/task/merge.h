/*
 * merge - three generations of the task file into one
 *
 * Somebody changed a copy (`mine`: what an editor's stale buffer, a git checkout or
 * orch-edit brings) of an older generation (`base`) while commands went on from
 * it (`last`).  The answer is the text of `mine` with the changes from base to last
 * worked in, by task and by field, so that comments, order and quoting of `mine`
 * stay:
 *
 *  - changed on one side only: that side's value.
 *  - changed on both to the same: that.
 *  - changed on both to different values: the person wins on what people write, the
 *    machine on what the suite writes (field.h: owner, group); both values are
 *    reported as a conflict.
 *  - lists of ids and of texts merge as sets: what either side added or removed.
 *  - history: the lines of both, by time, the newest 20.
 *  - a task that only one side added is there; if both gave one id to different
 *    tasks, that of `mine` gets a new id, and what of `mine` refers to it follows.
 *  - a task that the person removed is removed, unless last has it in_progress or
 *    changed it since base: then it stays and is reported.
 *  - a task that the machine removed (archived) is removed, unless the person changed
 *    it: then it stays and is reported.
 *  - next_id is the greatest of the three, past all ids.
 *  - other top-level keys: like fields; the person wins.
 *
 * Pure: no files, no clock.
 */
#ifndef ORCH_TASK_MERGE_H
#define ORCH_TASK_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct tasks;

enum merge_kind {
	MERGE_FIELD,		/* both changed a field; `kept` was taken, `lost` was not */
	MERGE_PUT_BACK,		/* the person removed a task that the machine works on or changed */
	MERGE_STAYS,		/* the machine removed a task that the person changed */
	MERGE_RENUMBERED,	/* two tasks with one id; `kept` is the new id of the person's */
	MERGE_REMOVED,		/* no conflict: the person removed it */
};

struct merge_note {
	enum merge_kind kind;
	int64_t task;		/* 0: a key of the file itself */
	char *field;		/* MERGE_FIELD: its name; else NULL */
	char *kept, *lost;	/* one line of text each, JSON of the value; NULL: absent */
};

struct merge_notes {
	struct merge_note *v;
	size_t n, cap;
};

/* Is there anything in it that a person should look at? */
bool	merge_conflicts(const struct merge_notes *);
void	merge_release(struct merge_notes *);

/*
 * The three pictures are whole ones (tasks_load()).  On success `out` is the new
 * text, which reads back as a valid file; equal to the text of `mine` if nothing had to be
 * worked in.  -1: the edit was refused (ERR_INVALID), `out` empty.
 */
int	merge_tasks(const struct tasks *base, const struct tasks *last,
	    const struct tasks *mine, const char *name, struct buf *out,
	    struct merge_notes *, struct err *);

#endif
