/*
 * sync_owner - the person who is told when a task needs one, gh.owner
 *
 * A mention notifies them, but for the one whose token it is: then a label, needs-human, and the
 * assignment must do.  Both are ours, and are taken back when the task needs nobody any more:
 * so the next time they are news again.
 */
#ifndef ORCH_WORK_SYNC_OWNER_H
#define ORCH_WORK_SYNC_OWNER_H

struct err;
struct project;
struct sync;
struct sync_issue;

/* As it is mentioned: "ana", "acme/team"; *name is NULL if nobody is named.  ERR_CONFIG. */
int	sync_owner(const struct project *, const char **name, struct err *);

/* -1: the run must end.  What was refused is told. */
int	sync_owner_call(struct sync *, struct sync_issue *, const char *login, struct err *);
int	sync_owner_let_go(struct sync *, struct sync_issue *, struct err *);

#endif
