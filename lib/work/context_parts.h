/*
 * context_parts - where the text of each part of a prompt comes from
 *
 * Each function appends what there is to say, whole and unmarked, or nothing;
 * context.c cuts it to its cap, marks it and puts it into the template.  What is
 * listed newest first is cut at its end, so the newest is kept.  Private to
 * context*.c.
 */
#ifndef ORCH_WORK_CONTEXT_PARTS_H
#define ORCH_WORK_CONTEXT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct context_input;
struct err;

/* `cap`: how much will be kept; a part that could grow without bound stops there.  The
 * bytes that it has left out itself, or -1. */
typedef int64_t context_part_fn(const struct context_input *, size_t cap, struct buf *,
	    struct err *);

/* context_task.c: from the picture of the tasks */
context_part_fn context_task, context_profile, context_family, context_results,
    context_review, context_answers;

/* context_judged.c: what the attempt says of itself, and what the caller knows of it */
context_part_fn context_summary, context_checks, context_verdicts, context_refused;

/* context_skill.c: from the folders of skills */
context_part_fn context_skills;

/* context_past.c: from the run folders */
context_part_fn context_attempts;
bool	context_overflowed(const struct context_input *);	/* did the last attempt? */

/* context_repo.c: from the work tree */
context_part_fn context_instructions, context_tree, context_diff, context_log,
    context_changes;

#endif
