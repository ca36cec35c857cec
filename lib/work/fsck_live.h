/*
 * fsck_live - how the task file stands to what the store knows of its last commit
 *
 * For fsck_backup.c only.  Nothing is changed and no lock is taken, so a commit may be
 * on its way: what would be a finding is looked at again until twice the same is seen.
 */
#ifndef ORCH_WORK_FSCK_LIVE_H
#define ORCH_WORK_FSCK_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "work/fsck_backup.h"

struct err;
struct project;

struct live {
	enum fsck_live live;
	int64_t gen;			/* of the last commit; 0: not known */
	int64_t same_as;		/* FSCK_LIVE_OLD: that generation */
	const char *why;		/* FSCK_LIVE_DAMAGED: "it is empty" */
	int64_t instead;		/* and the generation that takes its place; 0: there is none */
	int64_t missing;		/* a generation that should be a backup and is none; -1: all
					   are there */
	int64_t before_gen;		/* the generation before, and its hash; 0: not known */
	char before_hash[FS_HASH_MAX];
	char was[FS_HASH_MAX];		/* what the last commit replaced; "": not known */
	bool damaged;			/* a slot of the record of generations cannot be read */
	bool lost;			/* nor is there another one */
};

/* Whether an edit is a task file (FSCK_LIVE_EDITED, _INVALID) is only looked at if `valid`. */
int	live_look(struct live *, const struct project *, int state_fd,
	    const struct fsck_backups *, bool valid, struct err *);

#endif
