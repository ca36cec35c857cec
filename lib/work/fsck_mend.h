/*
 * fsck_mend - findings that take a commit to be mended
 *
 * A check adds its finding and then what would mend it.  All of that is one commit;
 * where the store refuses it, each is tried alone, and what is refused then remains a
 * finding.  The file may have changed since it was looked at: what is not wrong any
 * more is left alone.
 */
#ifndef ORCH_WORK_FSCK_MEND_H
#define ORCH_WORK_FSCK_MEND_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct findings;
struct project;

enum fsck_mending {
	MEND_CHILD_ADD,		/* `task` gets `other`, which names it, as a child */
	MEND_CHILD_DROP,	/* `task` does not have `other` as a child any more */
	MEND_PARENT,		/* `task`, which has no parent, gets `other` */
	MEND_ADOPT,		/* tasks without an id get one */
	MEND_TELL_DONE,		/* the log gets an event: `task` is done, by hand */
	MEND_TELL_GONE,		/* `task` was removed by hand */
};

struct fsck_mend {
	enum fsck_mending what;
	int64_t task, other;
	size_t finding;		/* which one this mends */
};

/* For the finding that was just added. */
void	fsck_mend_later(struct findings *, enum fsck_mending, int64_t task, int64_t other);

/* A commit of nothing: what a killed holder of the lock, or a power cut, left is seen to. */
int	fsck_settle(struct project *, struct err *);

/* Does it, and marks what is mended. */
int	fsck_mend(struct findings *, struct project *, struct err *);

#endif
