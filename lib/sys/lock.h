/*
 * lock - the fair state lock, and plain locks as proofs of life
 *
 * Nothing else may call flock(2).  The state lock is two files in `.orch/`:
 * take `lock.gate`, take `lock`, release `lock.gate`.  Whoever waits at the gate
 * is next, so that thirty-two writers are served in turn.  Files are created
 * once, never renamed and never removed; after taking, the path must still name
 * the inode that is held.  Only the kernel decides who holds a lock; what the
 * holder writes into the file (struct lock_holder) is for messages.
 *
 * Nothing robs a lock.  When it cannot be had in time, the message names the
 * process that has it, as /proc shows it, and what can be done about that.
 *
 * No exec, fork, network, terminal, sleep or hook while the state lock is held:
 * lock_held() lets a debug build check that.
 */
#ifndef ORCH_SYS_LOCK_H
#define ORCH_SYS_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct err;

#define LOCK_WAIT_MS    10000	/* commands */
#define LOCK_SETTLE_MS  60000	/* recording a finished attempt */

struct lock {
	int fd;			/* -1: not held */
	bool alone;		/* private: the state lock, which no child shares */
};

/*
 * A pid means something only together with when it started, in which boot and
 * in which pid namespace.
 */
struct lock_holder {
	pid_t pid;		/* 0: nothing usable was written */
	uint64_t start;		/* field 22 of /proc/PID/stat */
	char boot[40];		/* /proc/sys/kernel/random/boot_id */
	char command[32];
	int64_t since;		/* seconds since 1970, for people */
	int64_t up;		/* clock_mono(): how long is measured from here, in that boot */
	uint64_t space;		/* inode of /proc/PID/ns/pid, 0: not known */
	char host[65];		/* host name, "" if not known */
};

/*
 * Takes the state lock of the folder.  ERR_BUSY after `wait_ms` (0: at once),
 * with the holder's pid, command, state and for how long in the message.  What is no
 * regular file in the place of the lock or of the gate is refused at once
 * (ERR_INVALID), with its path.
 * While it waits, the thread's SIGRTMIN is used for a timer and then put back.
 */
int	lock_take(struct lock *, int dirfd, int64_t wait_ms, const char *command,
	    struct err *);

/* Fine if it is not held; the value can be used again. */
void	lock_release(struct lock *);

/*
 * A lock file on its own (a run lock, an agent's slot): made if missing, taken
 * without waiting.  0 held, 1 somebody else holds it, -1 cannot tell (error).
 * The open file may be shared with a child by fork: the lock lasts until the
 * last process that has it closes it.
 */
int	lock_try(struct lock *, int dirfd, const char *name, struct err *);

/*
 * Does anybody hold it?  1 yes, 0 no (or there is no such file), -1 cannot tell.
 * Nothing is made and nothing kept: for whoever only reports.  While it looks, for
 * microseconds, a lock_try() of somebody else is refused; two lookers do not meet.
 */
int	lock_probe(int dirfd, const char *name, struct err *);

/*
 * Who wrote the metadata: any content at all, and a missing file, give pid 0
 * and 0; -1 if the file cannot be read or is no regular file.
 */
int	lock_read_holder(int dirfd, const char *name, struct lock_holder *, struct err *);
int	lock_write_holder(const struct lock *, const char *command, struct err *);

/*
 * Is it still that process?  1 yes; 0 no: it ended, or the machine was started
 * anew; -1 unknown: nothing usable was written, it is from another host or pid
 * namespace, or /proc does not show it.  Unknown must never be taken for no.
 */
int	lock_alive(const struct lock_holder *);

/*
 * Where was that written?  1 in this boot, about the pids that we see; 0 in a former
 * boot of this machine: nothing that ran then lives; -1 unknown, as above.
 */
int	lock_here(const struct lock_holder *);

/* A process as a holder is written: what cannot be found out stays 0 and "". */
void	lock_describe(struct lock_holder *, pid_t, const char *command);

/*
 * A process that has the file open and locked, whatever is written in it: its
 * pid, 0 if there is none or it cannot be seen.  Looks through all of /proc.
 * lock_state.h says more.
 */
pid_t	lock_find(int dirfd, const char *name);

/* ERR_BUSY, saying who holds the lock file `name` as lock_take() does; only the state lock and
 * its gate are held for too long.  Returns -1. */
int	lock_busy(int dirfd, const char *name, struct err *);

/* The boot id and a process's start time; -1 if they cannot be read. */
int	lock_boot_id(char out[40]);
int	lock_start_time(pid_t, uint64_t *);

/* The state lock of this process, held?  (always false in a release build) */
bool	lock_held(void);

#endif
