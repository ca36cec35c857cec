/*
 * land - finished branches come onto the target branch, one at a time
 *
 * For each task: its branch is rebased onto the target as it is now, in memory; the
 * result is checked out in a work tree of its own, and the verify commands run in there
 * as those of an attempt do; then the target moves from exactly the commit that was
 * tested with.  If somebody else has moved it meanwhile, all of it is done again.  So two
 * branches that are good alone and bad together never both land.
 *
 * One landing at a time in a repository: the lock is ".git/orch-land.lock", which the
 * keeper of a check and git(1) hold on to, whatever becomes of us.  Those of all repositories
 * that the tasks work in (repo.h) are taken before the first landing, in ascending order of
 * device and inode, after ".orch/state/land.lock", by which a list has one landing at a time.
 * The run lock of the task is held too, so that no attempt begins meanwhile.  The state lock
 * is taken for two commits only: what landed, and what is parked.
 *
 * Before the target moves .orch/state/land.json says what is about to happen.  Who finds
 * it asks the target whether it did, and does what is still missing.
 */
#ifndef ORCH_WORK_LAND_H
#define ORCH_WORK_LAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "net/git_land.h"
#include "sys/lock.h"

struct buf;
struct git;
struct outcome;
struct project;
struct repo;
struct task;
struct tasks;
struct val;
struct vec_id;
struct vec_str;

/* What came of one task. */
struct land_line {
	int64_t task;
	const char *result;	/* "landed", "parked", "kept", or in a dry run "fits" */
	const char *branch;	/* NULL: it has none */
	const char *target;	/* NULL: not known */
	const char *commit;	/* where the target is after it; NULL: it did not move */
	const char *text;	/* why, or what else should be known; NULL: nothing */
	enum err_code code;	/* ERR_NONE: as it should be, also if there was nothing to do */
};

typedef void land_report(void *arg, const struct land_line *);

struct land_wish {
	const struct vec_id *ids;	/* in this order */
	const struct vec_id *named;	/* of these the work lands though nobody accepted it */
	const char *onto;		/* NULL: `base` of orch.yml, or the branch of HEAD */
	bool unchecked;			/* what nothing verifies lands too */
	bool dry_run;			/* rebase only, and that in memory */
	const char *command;
	land_report *report;
	void *arg;
};

/* The worst exit status of the tasks, or -1: nothing could be begun.  ERR_BUSY: another
 * landing is under way. */
int	land_tasks(struct project *, const struct land_wish *, struct err *);

/* {"schema":1, task, result, branch, target, commit, text}; caller frees. */
struct val *land_value(const struct land_line *);

/* ---- for the files of land only ---- */

/* A repository that is landed in. */
struct land_site {
	const struct repo *repo;
	struct git *git;
	char *tasks;			/* the task file in there, if it has one: nobody's business */
	char *target;
	char *tree, *branch;		/* where checks run */
	struct lock lock;
	struct lock *held;		/* its own, or that of a site with the same folder of git */
	dev_t dev;			/* of that folder */
	ino_t ino;
	char tip[GIT_ID_MAX];		/* dry run: where the target would be; "": where it is */
	struct err bad;			/* why nothing can land here */
};

struct land {
	struct project *p;
	const struct land_wish *wish;
	struct lock list;
	struct land_site **sites;
	size_t n, cap;
	int stop_fd;
	bool stopped;
	int status;
};

/* One task on its way. */
struct landing {
	int64_t task;
	struct land_site *at;		/* NULL: not known yet */
	int number;			/* of its last attempt */
	char *branch;
	struct lock run;
	char was[GIT_ID_MAX];		/* its branch */
	char onto[GIT_ID_MAX];		/* the target, when it was rebased */
	char id[GIT_ID_MAX];		/* the result */
};

/*
 * The sites of all tasks of the wish, and of a landing that was killed; what they miss is in
 * `bad`.  -1: the list's own repository cannot be landed in.
 */
int	land_sites(struct land *, struct err *);
/* The lock of the list, before anything is looked at; those of the sites.  ERR_BUSY. */
int	land_lock_list(struct land *, struct err *);
int	land_lock(struct land *, struct err *);
struct land_site *land_site(const struct land *, const struct repo *);
void	land_leave(struct land *);

void	land_one(struct land *, int64_t id);

/* Checks the result in a work tree of its own.  0 passed, 1 failed: the outcome and
 * `output` say how, -1. */
int	land_verify(struct land *, const struct landing *, const struct task *,
	    const struct vec_str *commands, struct outcome *, struct buf *output, struct err *);
/* That work tree goes, whatever is in it. */
int	land_sweep(const struct land_site *, struct err *);

/* land.json: what is about to happen, and that it is over. */
int	land_announce(struct land *, const struct landing *, struct err *);
int	land_forget(struct land *, struct err *);
/* What a landing that was killed left to do. */
int	land_recover(struct land *, struct err *);
/* Where that was: 1: there was none.  Caller frees *project, NULL: in the list's own. */
int	land_left(struct land *, char **project, struct err *);

/* The target has it: the branch follows (if not, `text` says why), the task is told. */
int	land_finish(struct land *, const struct landing *, const char *target, struct buf *text,
	    struct err *);
int	land_park(struct land *, const struct landing *, const char *class, const char *reason,
	    const char *output, struct err *);

/* Did it land as the last thing that happened to it?  From where, as what. */
bool	land_landed(const struct task *, char was[GIT_ID_MAX], char id[GIT_ID_MAX]);

#endif
