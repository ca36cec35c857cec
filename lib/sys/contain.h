/*
 * contain - a program and all that it starts, so that all of it can be ended
 *
 * A container is made for one program, by one process (the keeper, which is the
 * subreaper of all it starts), and is empty before its maker goes.  Its kinds, best
 * first:
 *
 *	pidns	 A pid namespace, with a mount namespace and a /proc of its own.  Its
 *		 init is our child and starts the program; when init ends the kernel
 *		 kills all others before init counts as ended, and when we end, by
 *		 whatever signal, init is killed.  Nothing gets out: no session, no
 *		 double fork, however fast it moves.
 *	userns	 The same within a user namespace in which our user and group keep their
 *		 numbers (all others look like nobody's): for who is not root.
 *	cgroup	 A cgroup of version 2 below our own, wherever it is mounted, that has
 *		 cgroup.kill (Linux 5.14).  One write kills all of it; "populated 0"
 *		 says that nothing is left.  If we are killed only the program itself
 *		 dies with us; the rest is there for contain_end().
 *	weak	 A process group, the children that fall to us, and a sweep until the
 *		 kernel says that there are no more.  If we are killed the rest is out of
 *		 reach but for what its environment tells (proc_kill_marked()).
 *
 * Whether a kind can be had is found by making it: the first that works is taken.
 * ORCH_TEST_CONTAIN=kind, for tests, allows that one only.
 *
 *	contain_make(&c, &spec, mounts, keep, e)	an empty container
 *	c.trace					is written down by the caller
 *	contain_start(&c, e)			the program runs
 *	poll contain_fd(&c), contain_ended(&c, &status), contain_signal(), contain_kill()
 *	contain_sweep(&c, deadline, &n, e)	nothing of it is left
 *	contain_release(&c)			always
 *
 * Who comes later and has the trace calls contain_end().  The maker has one thread and
 * blocks SIGCHLD.  Nothing here allocates.
 */
#ifndef ORCH_SYS_CONTAIN_H
#define ORCH_SYS_CONTAIN_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sys/lock.h"
#include "sys/proc.h"

struct err;

#define CONTAIN_MOUNTS 64	/* in a list of them, at most */

/*
 * A path that the kinds with a mount namespace mount anew, read-only or as it was
 * outside; one that is not there is passed over.  In a list a later one lies upon an
 * earlier one, and a path of NULL is the end.  A file is what it is now: what is put
 * into its place later is not covered any more.  Who is root in there can undo it.
 */
struct contain_mount {
	const char *path;	/* absolute */
	bool writable;
};

enum contain_kind { CONTAIN_NONE, CONTAIN_PIDNS, CONTAIN_USERNS, CONTAIN_CGROUP, CONTAIN_WEAK };

/* All that is needed to find a container again.  Numbers are those of its maker. */
struct contain_trace {
	enum contain_kind kind;
	struct lock_holder maker;	/* the keeper; where and in which boot */
	pid_t init;			/* of a pid namespace, 0: none */
	uint64_t init_start;		/* field 22 of its /proc/PID/stat */
	uint64_t space;			/* inode of that pid namespace, for people */
	char cgroup[PATH_MAX];		/* absolute path of the group, "": none */
	bool sealed;			/* all of its mounts could be made */
};

struct contain {
	struct contain_trace trace;
	struct proc_spec spec;
	struct proc process;		/* our child: the program, or init */
	int line;			/* to init, -1: none */
	int group;			/* folder of the cgroup, -1: none */
	int join;			/* its cgroup.procs, -1: none */
	bool asked;			/* init, to kill everything */
	int killed;			/* how many it had to kill */
};

/*
 * What `spec` points to and its descriptors must last until contain_release();
 * `keep`, which ends with -1, are descriptors that init shall have too (locks); mounts
 * and keep may be NULL.  The spec's folder is entered as it is mounted in there.
 * ERR_CONFIG if ORCH_TEST_CONTAIN asks for what cannot be had.
 */
int	contain_make(struct contain *, const struct proc_spec *spec,
	    const struct contain_mount *mounts, const int *keep, struct err *);

/* As proc_spawn().  ERR_BUSY: somebody killed the container before it could say whether the
 * program runs; nothing of it is left. */
int	contain_start(struct contain *, struct err *);

/* Readable when contain_ended() has something to find out. */
int	contain_fd(const struct contain *);

/* 1: the program has ended, *status as of waitpid; 0: not yet.  Not after a 1. */
int	contain_ended(struct contain *, int *status);

/* To the program and its process group. */
void	contain_signal(struct contain *, int sig);

/* Everything in it, at once; asked again, more rudely.  Its end is seen as any other. */
void	contain_kill(struct contain *);

/*
 * After the program's end: kills what it left and waits until nothing is there.
 * *killed: how many there were.  ERR_SYSTEM: at `deadline` (clock_mono) there still
 * was something; call it again.
 */
int	contain_sweep(struct contain *, int64_t deadline, int *killed, struct err *);

/* Safe at any time; what runs in it is killed, but not waited for. */
void	contain_release(struct contain *);

/*
 * For who knows that its maker is dead, or may be killed (because they hold its run
 * lock): kills maker and container and waits until both are gone.  1: something of it
 * had lived; 0: nothing, as after a reboot, and whoever has its numbers by now is left
 * alone.  ERR_BUSY: at `deadline` it had not ended, or it cannot be seen from here
 * (another machine, another pid namespace): it may live, so it must be left alone.
 * What a cgroup cannot hold and a weak container has lost is not seen: see above.
 */
int	contain_end(const struct contain_trace *, int64_t deadline, struct err *);

/* Asks its maker to end, with SIGTERM.  1: it is asked; 0: it is gone.  ERR_BUSY: it cannot
 * be seen from here. */
int	contain_ask(const struct contain_trace *, struct err *);

/* "pidns", ...; CONTAIN_NONE is "", and is what an unknown name gives. */
const char *contain_name(enum contain_kind);
enum contain_kind contain_kind_of(const char *name);

#endif
