/*
 * backup - former generations of the task file: .orch/backup/gNNNNNNNNN.yml
 *
 * The store moves there what came out of an exchange, so that a backup costs no
 * copy; its number is that of the generation that it was, its time of change
 * when that generation was written.  Kept are the newest BACKUP_NEWEST, one for
 * each of the last BACKUP_HOURS hours and BACKUP_DAYS days that have any (the newest
 * of that hour or day, in UTC), and of all these no more than BACKUP_BYTES, oldest
 * first out; the newest stays whatever its size.  Newer is what has the greater
 * number.  The time of now has no part in it, so that a wrong clock removes nothing.
 * One that goes is not always removed: its blocks are worth having for the next
 * generation.  It is BACKUP_RETIRED until the folder is synced, so that none of its
 * former names can come back with another's content, then BACKUP_SPARE.
 * (Neither counts in BACKUP_BYTES.)
 * Only names of exactly that form, of regular files, are backups; anything else in
 * the folder is left alone and not listed.
 */
#ifndef ORCH_TASK_BACKUP_H
#define ORCH_TASK_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

#define BACKUP_NEWEST 20
#define BACKUP_HOURS  24
#define BACKUP_DAYS   14
#define BACKUP_BYTES  (64ll << 20)
#define BACKUP_NAME_MAX 64
#define BACKUP_RETIRED ".retired"
#define BACKUP_SPARE   ".spare"

struct backup {
	int64_t gen;
	int64_t at;		/* when it was written, seconds since 1970 */
	int64_t size;		/* bytes */
};

struct backups {
	struct backup *v;	/* newest generation first */
	size_t n, cap;
};

void	backup_name(int64_t gen, char out[BACKUP_NAME_MAX]);

/* `dirfd` is the folder.  A missing folder is the caller's matter. */
int	backup_list(int dirfd, struct backups *, struct err *);
void	backup_release(struct backups *);

/* In place of what the buffer had.  1: there is no such generation. */
int	backup_load(int dirfd, int64_t gen, struct buf *, struct err *);

/* Which of them (newest first) may go?  A pure function of its arguments. */
void	backup_plan(const struct backup *, size_t n, bool *doomed);

/*
 * Removes those; of the oldest only the name, which is BACKUP_RETIRED then.  Under the
 * lock, after each commit.  One that cannot be removed keeps none of the others from being
 * removed; -1 tells of the first.
 */
int	backup_rotate(int dirfd, struct err *);

/* The folder was synced after that: what is retired is spare. */
void	backup_settled(int dirfd);

/* Neither of the two is kept. */
void	backup_clear(int dirfd);

#endif
