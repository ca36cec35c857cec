/*
 * found - what a task file is that is not what the last commit left
 *
 * DESIGN 7, "What may be found": a person's edit, an editor's buffer or a git checkout
 * that is older than the last generation, damage, or a typo.  This module only looks and
 * says with which text to go on; the store commits it.
 */
#ifndef ORCH_TASK_FOUND_H
#define ORCH_TASK_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "task/merge.h"
#include "task/state.h"

struct change;
struct err;
struct project;
struct record;

enum found_kind {
	FOUND_FIRST,		/* no generation is known that it could be held against */
	FOUND_EDITED,		/* a person's edit of the last generation */
	FOUND_STALE,		/* somebody's copy of an older one, merged with the last */
	FOUND_DAMAGED,		/* the newest generation that can be had takes its place */
};

struct found_hand {		/* a status that was changed by hand */
	int64_t task;
	enum status from, to;
};

struct found {
	enum found_kind kind;
	struct buf text;		/* to go on with */
	bool rewrite;			/* it is not what stands in the file */
	bool asked;			/* who asked for it tells of it */
	bool unknown;			/* there was a last generation, which cannot be had */
	int64_t gen;			/* STALE: what it is based on; DAMAGED: what takes its place */
	struct merge_notes notes;	/* EDITED, STALE: tasks removed, conflicts */
	struct found_hand *hand;
	size_t nhand, hand_cap;
};

/*
 * The text of the last generation, made again from the backup before it and the record.
 * 1: it cannot be.
 */
int	found_last(const struct project *, const struct record *last, struct buf *, struct err *);

/*
 * The newest generation that can be had and is a valid file, up to `gen` (0: any): the
 * last one or a backup.  1: there is none.
 */
int	found_newest(const struct project *, const struct record *last, int64_t *gen,
	    struct buf *, struct err *);

/*
 * Judges a text that is not the last generation.  -1 with ERR_INVALID, line and column:
 * a typo; whoever changes leaves the file alone, whoever reads goes on with found_newest().
 * A missing file is an empty text.
 */
int	found_judge(struct found *, const struct project *, const struct record *last,
	    const struct buf *text, struct err *);
void	found_release(struct found *);

/*
 * Is this text a generation that was cut, emptied or filled with zeros by a machine?  1: yes,
 * and *gen and `newest` (empty before) are what takes its place.  0: no; they are the newest
 * generation all the same, or *gen is 0: there is none that a text could be held against.
 */
int	found_damage(const struct project *, const struct record *last, const struct buf *text,
	    int64_t *gen, struct buf *newest, struct err *);

/* ERR_INVALID: the file is empty or gone, and there is no generation to take its place. */
int	found_lost(const struct project *, struct err *);

/* Puts what was found into the event log of a change; a status that was changed by hand. */
void	found_tell(const struct found *, struct change *);
void	found_tell_hand(struct change *, int64_t task, enum status from, enum status to);

#endif
