/*
 * sync - tasks and the issues of one GitHub repository, kept the same
 *
 * One run: the lock of the repository; what may have been written and was not confirmed is
 * looked for; issues that changed are read and merged, field by field, against what both sides
 * were when they last agreed; one commit of the task file; then the files of state; then what
 * GitHub is to know, one write after the other, each recorded before the next.  No state lock
 * is held while GitHub is asked.  Killed anywhere, the next run goes on from there.
 */
#ifndef ORCH_WORK_SYNC_H
#define ORCH_WORK_SYNC_H

#include <stdbool.h>
#include <stdint.h>


struct err;
struct project;
struct store_opts;
struct sync_account;
struct vec_id;

enum sync_way { SYNC_RUN, SYNC_PULL, SYNC_PUSH, SYNC_LINK, SYNC_BOARD };

struct sync_opts {
	enum sync_way way;
	bool full;			/* ask for all issues */
	bool dry_run;			/* GETs only, no file is changed */
	int64_t max_writes;		/* < 0: as many as there are */
	const struct vec_id *only;	/* these tasks and no new issue; NULL: all */
	int64_t task, number;		/* SYNC_LINK: these two become one */
	bool setup;			/* SYNC_BOARD: find out its ids, write them into orch.yml */
};

/*
 * ERR_CONFIG: no repository, or another one than before.  ERR_AUTH: no token, or refused.
 * ERR_FAILED: no access, cannot be reached.  ERR_BUSY: a limit, or another run.  The report
 * tells what was done until then, also with an error.
 */
int	sync_run(struct project *, const struct store_opts *, const struct sync_opts *,
	    struct sync_account *, struct err *);

#endif
