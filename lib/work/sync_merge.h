/*
 * sync_merge - what two sides made of an issue since they last agreed
 *
 * Pure.  Each part of a view is held against the base by itself: who changed it has it; where
 * both did, GITHUB 2.5 says who wins, and what lost is in `notes`.
 *
 *	sync_merge(&in, &out)		what to change in the task
 *	.. sync_apply(), commit		as far as the task takes it
 *	.. store out.base, out.closed_by_us, out.refused
 *	sync_merge(&in, &out)		again, of the task as it is now and with that base:
 *					asks for nothing of the task; out.issue is what to write
 *	merge_sending(base, ..)		.. store
 *	.. write
 *	merge_sent(base, ..)		once it is known to be there; .. store
 *
 * The order makes each step one that can be lost.  The task is committed before the base: an
 * older base asks for the same again, and finds it done.  What is about to be written is kept
 * before it is: a write of which nobody heard again must not look like a person's edit.  What
 * was written for certain not to be (4xx) is dropped with merge_sending(base, NULL, 0).
 *
 * A managed label that somebody else set, and that does not become the task's value (refused,
 * or nothing that can be asked for), is written over once and then left alone until the task's
 * own value changes: it may be another machine's, which would write it again and for ever.
 * An issue without a label of the status is that of a new task, and gets one when the task is
 * new no more; from then on it has exactly one.
 * A base that was lost never lets our texts or labels take the place of people's.
 */
#ifndef ORCH_WORK_SYNC_MERGE_H
#define ORCH_WORK_SYNC_MERGE_H

#include "task/state.h"
#include "work/sync_view.h"

struct merge_in {
	const struct view *base;	/* NULL: lost */
	const struct view *local, *remote;
	enum status status;
	bool held;			/* an attempt holds the task: no event may be sent */
	bool closed_by_us;		/* the last closing that we know of was ours */
	bool text_trusted;		/* the remote title and body may reach a prompt */
	const struct vec_id *known;	/* database ids of issues that are tasks here; a relation to
					   another one is not ours to remove.  NULL: all are */
	bool doubted;			/* who closed or opened the issue may start no work by it */
	const char *refused;		/* a remote text that was held back before; or NULL */
	bool card;			/* the label of the status is not there: a card was moved */
};

enum merge_verb {
	MERGE_KEEP,
	MERGE_DONE,		/* a person closed it as completed, or says so with a label */
	MERGE_CANCEL, MERGE_REOPEN, MERGE_RETRY,
	MERGE_APPROVE,		/* it is in review, and a person says that it is done */
	MERGE_PARK,		/* its text was changed, or it was reopened, by somebody whom nobody
				   trusts */
};

struct merge_out {
	struct view merged;	/* what both shall have: take to the task what `task` and `managed`
				   say, write to the issue what `issue` says */
	unsigned task, issue;	/* SIDE_* that differ from local, from remote; SIDE_STATE is of the
				   issue alone, for the task there is `verb` */
	unsigned managed;	/* 1u << view_managed: values to be taken to the task, an empty set
				   removes it.  VIEW_STATUS is never among them */
	enum merge_verb verb;
	char *reason;		/* of the verb, a line for people; else NULL */
	bool queued;		/* a person's request waits for the end of the attempt; the base of
				   that part stays, so that it is found again */
	char *withdrawn;	/* queued, and the task is to be cancelled then: why; or NULL */
	bool stale;		/* `remote` is older than the base: nothing was merged */
	bool held_back;		/* there is a remote text that the task does not get */
	char *refused;		/* it, once it was told of; for the next merge; or NULL */
	bool closed_by_us;	/* likewise; after a write of SIDE_STATE it is !merged.open */
	struct view base;	/* the next base, right as soon as the task was committed */
	struct vec_str lost_here, lost_there;	/* parts that both changed, and who gave way: the
				   task, GitHub; "title", "priority" */
	struct vec_str notes;	/* for the task's history: texts that lost, what cannot be asked for */
};

void	sync_merge(const struct merge_in *, struct merge_out *);
void	merge_out_release(struct merge_out *);

/* Those parts of `merged` are about to be written; NULL: nothing is on its way any more. */
void	merge_sending(struct view *base, const struct view *merged, unsigned sides);
/* They are there.  updated_at: of the reply, 0 if it did not say. */
void	merge_sent(struct view *base, int64_t updated_at);

const char *merge_verb_name(enum merge_verb);	/* "done"; MERGE_KEEP: "" */

#endif
