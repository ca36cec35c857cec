/*
 * sync_feedback - commands in comments (sync_command.h), each carried out once
 *
 * Comments of the whole repository are asked for in one question, when an issue that goes with a
 * task changed or a command still waits.  Those of bots, with a mark of ours, of people who are
 * not trusted, of our own login unless gh.own_commands lets them in (sync_trust_own()), and from
 * before the issue went with a task, are passed over.  What a command does is committed together
 * with the comment's id (`gh.comment` of the task, sync_order.h), so that a kill neither loses nor
 * repeats it; `cursor` of the issue follows when the person has seen an eye under the comment, or
 * an answer.  An edit is no new command.
 *
 * A command that waits for the end of an attempt, or whose answer is not there yet, keeps those
 * behind it waiting; but /close overtakes.  Without its files a run looks back for a day: what
 * was carried out stands in the tasks, what was answered is to be seen there.
 *
 *	sync_feedback_start(s, issue, e)	an issue is about to go with a task
 *	sync_feedback_read(s, &f, e)		asks
 *	sync_feedback_apply(c, s, &f, ..)	inside the commit; may be called again
 *	sync_feedback_done(s, &f)		after it: cursors move, in memory
 *	sync_feedback_answer(s, &f, e)		eyes, answers to /help, to what is no command, and to
 *						what was refused; saves what it changes
 *	sync_feedback_release(&f)
 */
#ifndef ORCH_WORK_SYNC_FEEDBACK_H
#define ORCH_WORK_SYNC_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "work/sync_twin.h"

struct change;
struct err;
struct sync;
struct sync_order;
struct val;

struct sync_feedback {
	struct sync_order *v;		/* private: by issue, then by id */
	size_t n, cap;
	struct vec_id answered;		/* comments that have an answer of ours */
	struct sync_twins twins;	/* of ours, those that are there twice */
	bool asked;
	bool more;			/* the list may lack some, or was not read to its end */
	int64_t since;			/* the newest comment's time, for the next question */
};

/*
 * The newest comment of the repository, into s->newest_comment: those up to it are from before.
 * Asked once in a run, and only if the issue has comments.
 */
int	sync_feedback_start(struct sync *, const struct val *issue, struct err *);

/* -1: the run must end. */
int	sync_feedback_read(struct sync *, struct sync_feedback *, struct err *);
bool	sync_feedback_any(const struct sync_feedback *);

/* `changed` gets the tasks that are different now, `moved` those that something follows from,
 * which is the caller's (propagate()). */
int	sync_feedback_apply(struct change *, struct sync *, struct sync_feedback *,
	    struct vec_id *changed, struct vec_id *moved, struct err *);
void	sync_feedback_done(struct sync *, struct sync_feedback *);
int	sync_feedback_answer(struct sync *, struct sync_feedback *, struct err *);
void	sync_feedback_release(struct sync_feedback *);

#endif
