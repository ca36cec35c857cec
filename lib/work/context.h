/*
 * context - the prompt of an attempt: parts, caps, markers
 *
 * Parts in a fixed order, each with its own cap in bytes and a visible mark where
 * it was cut (newest kept), the whole at most context.max_bytes.  Same inputs,
 * same bytes: nothing here reads the clock.  Text that people or agents wrote
 * stands between markers with a nonce and is named as data.  The wording comes
 * from prompts/run.md (a template) and prompts/system.md.  All that stands in it is found
 * by the ids of task and attempt alone.
 */
#ifndef ORCH_WORK_CONTEXT_H
#define ORCH_WORK_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct project;
struct repo;
struct task;
struct tasks;

#define CONTEXT_PARTS 16

struct context_part {
	const char *name;	/* "task", "tree", ... */
	size_t bytes;		/* in the prompt */
	size_t cap;
	size_t left_out;	/* bytes that did not fit */
};

struct context {
	struct buf system;	/* rules and the contract of the answer */
	struct buf prompt;	/* system rules first, then everything else */
	struct context_part part[CONTEXT_PARTS];
	size_t n;
};

struct context_input {
	const struct project *project;
	const struct repo *repo;	/* of the task */
	const struct tasks *tasks;
	const struct task *task;
	int attempt;		/* the number it has or would have */
	const char *worktree;	/* folder for instructions, tree and diff; NULL: that of the repository */
	const char *base_id;	/* commit for diff and log; NULL: none */
	const char *answer_file;/* where the agent may put its answer; NULL: a placeholder */
	const char *nonce;	/* hex; NULL: fence_nonce() */
	const struct context_judged *judged;	/* for who judges that attempt, by
				   prompts/review.md and review-system.md; NULL: for who makes it */
};

/* What a reviewer sees besides; NULL where there is nothing. */
struct context_judged {
	const char *checks;	/* what verified the attempt, and what that printed */
	const char *verdicts;	/* of others, for an arbiter */
	const char *refused;	/* why an answer could not be used, and the answer */
};

int	context_build(struct context *, const struct context_input *, struct err *);
void	context_release(struct context *);

/* For base_id where no attempt runs: the commit from which the branch of the last one went,
 * caller frees; NULL: it had none. */
char	*context_base(const struct project *, const struct task *);

#endif
