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
 *  - changed on both to the same: that.  A field that is null is one that is absent.
 *  - changed on both to different values: the person wins on what people write and
 *    on keys that are no fields, the machine on what the suite writes
 *    (field_is_persons()); both values are reported as a conflict.  Not so:
 *  - lists of ids and of texts merge as sets: the person's order, without what the
 *    machine took away, then what it added.
 *  - history: the lines of both, by time, the newest 20.
 *  - updated_at: the later one.
 *  - a task that only one side added is there, the machine's at the end; if both gave
 *    one id to different tasks (other uids, else other titles), or the person an id
 *    that the machine gave since to a task that is gone, then that of `mine` gets a
 *    new id, and what the person wrote in `mine` refers to it there.
 *  - a task that the person wrote without id and a command has numbered since is the
 *    same one as long as its title is the same, and gets that id.
 *  - a task that the person removed is removed, unless last has it in_progress or
 *    changed it since base: then it is put back at the end and reported.
 *    A copy whose next_id says that it is older than `base` never had what came later:
 *    that was not removed, and stays.
 *  - a task that the machine removed (archived) is removed, unless the person changed
 *    it: then it stays and is reported.
 *  - next_id is past all ids that are or were known to one of the three; it is written
 *    down where the text of `mine` would give less, or the machine wrote another.
 *  - other top-level keys: like fields; the person wins.
 *
 * Pure: no files, no clock.  n log n in tasks, keys and items; ten thousand tasks on
 * each side, all of them changed, take less than a second, most of it the two
 * readings that prove the new text.
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
	MERGE_REMOVED,		/* no conflict: the person removed it; whether other tasks
				   refer to it is not looked at */
};

struct merge_note {
	enum merge_kind kind;
	int64_t task;		/* its id in `mine`, MERGE_PUT_BACK and _REMOVED in `last`;
				   0: a key of the file itself */
	char *field;		/* MERGE_FIELD: its name; else NULL */
	char *kept, *lost;	/* one line of text each, JSON of the value; NULL: absent, and
				   both for other kinds but MERGE_RENUMBERED's `kept` */
};

struct merge_notes {
	struct merge_note *v;
	size_t n, cap;
};

/* Is there anything in it that a person should look at? */
bool	merge_conflicts(const struct merge_notes *);
void	merge_release(struct merge_notes *);

/* One line for a person, without a newline, appended. */
void	merge_text(const struct merge_note *, struct buf *);

/*
 * The three pictures are whole ones (tasks_load()); without a known base an empty
 * one.  `name` stands in messages, the notes come zeroed.  On success `out` is the new
 * text, which reads back as a valid file; equal to the text of `mine` if nothing had to
 * be worked in.  -1 with ERR_INVALID: the edit was refused, since what had to change
 * has an anchor that is used elsewhere or the like (edit.h); `out` and notes are empty.
 */
int	merge_tasks(const struct tasks *base, const struct tasks *last,
	    const struct tasks *mine, const char *name, struct buf *out,
	    struct merge_notes *, struct err *);

#endif
