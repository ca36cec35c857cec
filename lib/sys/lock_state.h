/*
 * lock_state - who has a lock, why it looks stale, and what can be done about it
 *
 * For orch-fsck --locks; the messages of lock_take() are made of the same.  Four
 * things look like a stale lock and are none (DESIGN 7): a holder that died while a
 * child had the descriptor, one that is stopped or hangs, a program that is none of
 * ours, and one that cannot be seen.  Only the kernel says who holds a lock: fdinfo
 * shows it at every process that has the open file.  What is written in the file
 * gives those processes a name.
 *
 *	struct lock_state s = { 0 };
 *	lock_state(&s, orch_fd, "lock", LOCK_HUNG_MS, e);
 *	if (s.verdict != LOCK_FREE)
 *		lock_state_text(&s, &line), lock_state_remedy(&s, path, &advice);
 *	lock_kill(orch_fd, "lock", &s.v[0], LOCK_KILL_MS, e);	for each of s.v
 *	lock_state_release(&s);
 */
#ifndef ORCH_SYS_LOCK_STATE_H
#define ORCH_SYS_LOCK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sys/lock.h"

struct buf;
struct err;

#define LOCK_HUNG_MS 30000	/* the state lock is held for milliseconds */
#define LOCK_KILL_MS 2000	/* for each signal */

enum lock_verdict {
	LOCK_FREE,
	LOCK_HELD,		/* by a command of ours that is at work */
	LOCK_INHERITED,		/* who took it is gone, a child of it has it still */
	LOCK_STOPPED,		/* by one that is stopped, or whose debugger has it */
	LOCK_HUNG,		/* by one that waits for a device, or for too long already */
	LOCK_FOREIGN,		/* by a program that is no command of orch: flock(1) */
	LOCK_UNSEEN,		/* by a process that /proc does not show us */
};

struct lock_process {
	pid_t pid;
	uint64_t start;		/* field 22 of /proc/PID/stat; 0: not known */
	char state;		/* R S D T t ... of proc(5), '?': not known */
	char command[32];	/* its name; "?" if not known */
	bool writer;		/* the one that the file names */
};

struct lock_state {
	enum lock_verdict verdict;
	struct lock_holder holder;	/* what is written in the file, true or not */
	int alive;		/* is that process alive?  lock_alive(): 1, 0, -1 unknown */
	pid_t taker;		/* who took it, says the kernel; it may be gone.  0: not known */
	int64_t age_ms;		/* held for so long, by no clock that is set; -1: not known */
	struct lock_process *v;	/* all that have it; the one that the file names first */
	size_t n, cap;
};

/*
 * The state of one lock file; a missing file is free.  `hung_ms` is how long it may be
 * held before it counts as hung, 0: as long as it likes (a run lock).  -1: it cannot be
 * looked at, or is no regular file.  Looks through all of /proc if somebody has it.
 */
int	lock_state(struct lock_state *, int dirfd, const char *name, int64_t hung_ms,
	    struct err *);
void	lock_state_release(struct lock_state *);

const char *lock_verdict_name(enum lock_verdict);	/* "free", "held", "inherited", .. */

/* "held for 12 s by pid 4711 (orch-retry, state T, stopped)": appended. */
void	lock_state_text(const struct lock_state *, struct buf *);
/* What a person does about it, one line; appended, nothing if there is nothing to do. */
void	lock_state_remedy(const struct lock_state *, struct buf *);

/*
 * Ends a process that has the lock: made sure, through a pidfd, that it is still that
 * one (pid, start time) and still has it; then CONT, TERM and KILL, each followed by at
 * most `wait_ms` in which it may let go of the lock or end.  0: it does not have it any
 * more.  1: it had let go of it, or ended, before.  ERR_USAGE: it is this process, or
 * init; ERR_BUSY: it would not die; ERR_SYSTEM: not permitted, or we cannot see whether
 * it is that one, which is never taken for yes.
 */
int	lock_kill(int dirfd, const char *name, const struct lock_process *, int64_t wait_ms,
	    struct err *);

#endif
