/*
 * sync_status - where a synchronisation stands, without asking GitHub
 */
#ifndef ORCH_WORK_SYNC_STATUS_H
#define ORCH_WORK_SYNC_STATUS_H

#include <stdint.h>

struct buf;
struct err;
struct merge_out;
struct project;
struct sync_issue;
struct sync_state;
struct val;

#define SYNC_CONFLICTS_MAX 20

/*
 * {schema, host, repo, repo_id, last_run, error, since, linked, outbox, left [LINE],
 * held [{task, number, why}], elsewhere [{task, number, url}],
 * conflicts [{at, task, number, part, won "github"|"task", kept "history"}],
 * backoff [{resource, until}]}: what is not known is left out.  `resource` is GitHub's, or
 * "all", or "writes" where an hour has had enough of them; by the token of the last run.
 * ERR_NO: there was no run yet.
 */
int	sync_status(struct project *, struct val **, struct err *);

/* For people, one line a fact. */
void	sync_status_text(const struct val *, struct buf *);

/* Notes the parts that both sides had changed, of the newest SYNC_CONFLICTS_MAX; not saved yet. */
void	sync_status_conflicts(struct sync_state *, const struct sync_issue *, const struct merge_out *,
	    int64_t now);

#endif
