/*
 * fsck_backup - are the former generations of the task file any good?
 *
 * `orch-fsck --list-backups` prints what fsck_backups() finds, `--verify` what
 * fsck_verify() adds to the findings (check "backup").  Both read only, take no lock
 * and make nothing; a project without .orch/ has no generations and nothing wrong.
 *
 *	struct fsck_backups list = { 0 };
 *	fsck_backups(&list, p, true, e);	newest first
 *	fsck_verify(&findings, &live, p, &list, e);
 *	fsck_backups_release(&list);
 */
#ifndef ORCH_WORK_FSCK_BACKUP_H
#define ORCH_WORK_FSCK_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/fs.h"

struct err;
struct findings;
struct project;
struct val;

struct fsck_backup {
	int64_t gen;
	int64_t at;		/* when it was written, seconds since 1970 */
	int64_t size;		/* bytes */
	bool valid;		/* tasks_load() takes it: it can be restored */
	size_t tasks;		/* how many are in it, if it is valid */
	char hash[FS_HASH_MAX];	/* of its bytes; "" if they cannot be read */
	char *why;		/* what is wrong with it, one line made visible; or NULL */
};

struct fsck_backups {
	struct fsck_backup *v;	/* newest generation first */
	size_t n, cap;
};

/* What the task file is, held against what the store knows of its last commit. */
enum fsck_live {
	FSCK_LIVE_UNKNOWN,	/* the store has not committed anything yet */
	FSCK_LIVE_OURS,		/* as the last commit left it */
	FSCK_LIVE_EDITED,	/* a person's edit since then; the next command adopts it */
	FSCK_LIVE_OLD,		/* a former generation again: a finding */
	FSCK_LIVE_DAMAGED,	/* found_damage(): a finding */
	FSCK_LIVE_INVALID,	/* cannot be read as tasks otherwise; no finding here: "schema" */
};

/*
 * All of them, each read and checked; how many tasks are in it is only told if `count`, of
 * one that is known to be good.  One that cannot be read is in the list, with
 * the reason; -1 only if the folder itself cannot be looked at.
 */
int	fsck_backups(struct fsck_backups *, const struct project *, bool count,
	    struct err *);
void	fsck_backups_release(struct fsck_backups *);

/* "12\tTIME\tBYTES\t3 tasks", or what is wrong with it.  Caller frees. */
char	*fsck_backup_text(const struct fsck_backup *);
/* {"schema":1, gen, at, size, valid, tasks, hash, why}; `at` as text.  Caller frees. */
struct val *fsck_backup_value(const struct fsck_backup *);

/*
 * A finding for each backup that is not valid or not there any more, and for a task file that
 * is damaged or was put back.  *live (may be NULL) tells the rest; fsck_live_name() is its word in
 * messages and JSON: "unknown", "ours", "edited", "old", "damaged", "invalid".
 */
int	fsck_verify(struct findings *, enum fsck_live *live, const struct project *,
	    const struct fsck_backups *, struct err *);
const char *fsck_live_name(enum fsck_live);

#endif
