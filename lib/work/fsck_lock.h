/*
 * fsck_lock - who has which lock, and which of them only look stale
 *
 * The state lock is held for milliseconds: whoever has it longer, is stopped, has it
 * from a parent that is gone or is none of ours keeps all commands waiting.  Run locks
 * and slots are held for as long as an attempt lasts, first by orch-run and then perhaps
 * by its keeper alone: that is no fault, but a program that is none of ours has no
 * business with them.  A tick, a landing (of any list, in each repository that this one's
 * tasks land in), a sync and a server have one for as long as they work: who has it from one
 * of them that is gone keeps the next one waiting.
 *
 *	struct fsck_locks list = { 0 };
 *	fsck_locks(&list, p, kill, e);
 *	fsck_locks_release(&list);
 */
#ifndef ORCH_WORK_FSCK_LOCK_H
#define ORCH_WORK_FSCK_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct project;
struct val;

enum fsck_kill { FSCK_KILL_NONE, FSCK_KILL_DRY, FSCK_KILL };

struct fsck_lock {
	char *place;		/* ".orch/runs/3/lock"; absolute outside of the project */
	const char *verdict;	/* "held", "inherited", "stopped", ...: lock_state.h */
	char *message;		/* one line: who, and what to do about it */
	int64_t task;		/* of a run lock; 0: it is another */
	bool stale;		/* a person should look */
	bool ended;		/* whoever had it was ended */
	struct val *processes;	/* a list of {pid, command, state} */
};

struct fsck_locks {
	struct fsck_lock *v;
	size_t n, cap;
};

/*
 * Those that are held, and those that are no lock files any more ("broken").  With
 * `kill` who has the state lock by inheritance, is stopped or hangs is ended, if it is
 * still that process, and who has that of a command by inheritance; nobody else ever is.
 * -1: something could not be looked at.
 */
int	fsck_locks(struct fsck_locks *, const struct project *, enum fsck_kill, struct err *);
void	fsck_locks_release(struct fsck_locks *);

/* {"schema":1, lock, verdict, message, task, stale, ended, processes}; caller frees. */
struct val *fsck_lock_value(const struct fsck_lock *);

#endif
