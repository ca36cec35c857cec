/*
 * sync_outbox - what is made on GitHub once, whatever breaks on the way
 *
 * Issues and comments cannot be made twice without being there twice.  So before one is sent an
 * entry is written and synced: which, and when by GitHub's clock.  What is sent has a mark in
 * it.  An answer removes the entry; where there is none, the next run looks for the mark.  It
 * finds it and adopts what it is in; or it does not, and while the entry is young that proves
 * nothing, as lists lag: after gh.settle_seconds the entry goes, and it is sent anew.
 *
 * Entry: {"kind": "issue" | "comment", "task", "uid" | "key", "number", "at"}.
 */
#ifndef ORCH_WORK_SYNC_OUTBOX_H
#define ORCH_WORK_SYNC_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct gh_answer;
struct sync;
struct val;

/* Is such an entry there?  Then it must not be sent now. */
bool	sync_outbox_has_issue(const struct sync *, const char *uid);
bool	sync_outbox_has_comment(const struct sync *, const char *key);

/*
 * Sends it, once.  The answer tells what came of it; the entry is gone, in memory, where that
 * is certain: sync_state_save() when what was made has been recorded.  `body` is borrowed.
 */
int	sync_outbox_issue(struct sync *, int64_t task, const char *uid, const struct val *body,
	    struct gh_answer *, struct err *);
int	sync_outbox_comment(struct sync *, int64_t task, int64_t number, const char *key,
	    const char *text, struct gh_answer *, struct err *);

#endif
