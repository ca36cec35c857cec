/*
 * sync_report - what people read of a task in its issue: Markdown, pure
 *
 * The status comment is one for an issue and edited in place; a result comment is one for
 * an attempt.  Both say what the task says, no more.  What agents wrote is redacted, then
 * clipped, then made harmless (sync_text.h), in this order: half a secret would not be known
 * any more where all that leaves is redacted (sync_send.c).  Each part has a share of the
 * 60,000 code points that a comment may have, markers included.
 */
#ifndef ORCH_WORK_SYNC_REPORT_H
#define ORCH_WORK_SYNC_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

struct redact;
struct task;

/* Of the task as it is, with the key of its kind "status", attempt 0.  Caller frees. */
char	*sync_report_status(const struct task *, const struct redact *);

/* What one attempt came to.  Texts are owned; NULL and empty lists are left out. */
struct sync_result {
	char *uid;
	int64_t attempt;
	char *status;			/* of the task after it: "needs_review" */
	char *reason;
	char *agent, *model, *branch;
	char *summary, *question, *error, *error_class;
	char *verify;			/* what the check that failed printed */
	struct vec_str accomplished, remaining, blockers, files;
	char *owner;			/* who is called, the one who is; NULL: nobody */
};

/* May it be mentioned: a login, or ORGANIZATION/TEAM? */
bool	sync_report_is_owner(const char *name);

/* The newest attempt of the task, as far as the task tells; `verify` and `owner` are NULL. */
void	sync_result_of(struct sync_result *, const struct task *);
void	sync_result_release(struct sync_result *);

/* With the key of its kind "result".  Caller frees. */
char	*sync_report_result(const struct sync_result *, const struct redact *);

#endif
