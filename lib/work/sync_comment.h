/*
 * sync_comment - what an issue is told of its task
 *
 * One comment has the state of the task and is edited in place, which notifies nobody; it is made
 * when there is something to say, that is when the task first ran or waits for a person.  Each
 * attempt has one comment with its result.  gh.owner is mentioned once for each time that a task
 * comes to need a person.  A comment has a mark, so that it is never made twice (sync_outbox.h).
 * At most ten are made for an issue in an hour: the rest is left to a later run, which is told
 * each time.  A hundred in all: that is told with the last one, and no run waits for more.
 */
#ifndef ORCH_WORK_SYNC_COMMENT_H
#define ORCH_WORK_SYNC_COMMENT_H

#include <stdbool.h>
#include <stdint.h>


struct err;
struct sync;
struct sync_issue;
struct sync_key;
struct task;
struct val;

/* Writes what is due.  -1: the run must end. */
int	sync_comment_push(struct sync *, struct sync_issue *, const struct task *, struct err *);

/* "UID.attempt.kind"; caller frees. */
char	*sync_comment_key(const struct sync_key *);

/* A comment of ours was made by a run that broke off; `item` is GitHub's JSON of it. */
int	sync_comment_made(struct sync *, int64_t number, const struct val *item, struct err *);

/*
 * One more comment, of that kind and number ("answer", 4711), unless it is on its way already.
 * 1: it is there; 0: not now, which was told.  The number of an answer is the id of the comment
 * that it answers, and becomes the cursor of the issue.
 */
int	sync_comment_post(struct sync *, struct sync_issue *, const char *kind, int64_t number,
	    const char *text, struct err *);

#endif
