/*
 * sync_status - where a synchronisation stands, without asking GitHub
 */
#ifndef ORCH_WORK_SYNC_STATUS_H
#define ORCH_WORK_SYNC_STATUS_H

struct buf;
struct err;
struct project;
struct val;

/*
 * {schema, host, repo, repo_id, last_run, error, since, linked, outbox, waiting_until, left [LINE],
 * held [{task, number, why}]}: what is not known is left out.  ERR_NO: there was no run yet.
 */
int	sync_status(struct project *, struct val **, struct err *);

/* For people, one line a fact. */
void	sync_status_text(const struct val *, struct buf *);

#endif
