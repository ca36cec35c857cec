/*
 * proc - start a program, know when it is gone, stop all of it
 *
 * Arguments are an array for execve(2); nothing here knows a shell.  The child
 * has its own session, descriptors 0..2 only, umask 077, default signals, no new
 * privileges (but for `gains`), no core file, a raised OOM score, and exactly the environment it
 * is given.  If the exec fails, proc_spawn() says why (errno of the child, also in
 * e->sys).  Needs Linux 5.11.
 */
#ifndef ORCH_SYS_PROC_H
#define ORCH_SYS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;
struct vec_str;

struct proc_spec {
	char *const *argv;	/* argv[0] is searched on `path` if it has no slash */
	char *const *envp;
	const char *path;	/* PATH for the search; NULL: as in envp */
	int cwd;		/* descriptor of the folder to start in */
	int in, out, err;	/* descriptors that become 0, 1, 2; borrowed */
	int64_t max_file;	/* RLIMIT_FSIZE in bytes, 0: no limit */
	int death_signal;	/* sent to it when the caller's thread ends, 0: none */
	int cgroup;		/* cgroup.procs of the group it joins, to write; 0: none */
	int ruleset;		/* of Landlock (landlock.h), 0: none */
	bool gains;		/* it may gain privileges: crontab(1) is setgid */
	int keep;		/* a descriptor above 2 that it has, too: a lock that outlives us; 0: none */
};

struct proc {
	pid_t pid;		/* also its session and process group; 0: none */
	int pidfd;		/* readable when it ended; -1: none */
};

int	proc_spawn(struct proc *, const struct proc_spec *, struct err *);

/*
 * The same, and nothing of it is left when proc_reap() says that it has ended, whatever
 * sessions and orphans it made: the child is a process that starts it, is its subreaper,
 * sweeps and then ends as it did.  SIGTERM is handed on to its process group; SIGQUIT, or
 * the end of the caller's thread, kills all of it (and SIGKILL only that process and the program,
 * so it is not used).  The pids are those of the caller: what it starts of the suite writes
 * them down.
 */
int	proc_spawn_swept(struct proc *, const struct proc_spec *, struct err *);

/* fork(2) for a child that goes on in this program: 1 in the child, 0 in the
 * parent with *p filled in, -1. */
int	proc_fork(struct proc *, struct err *);

/*
 * The same with flags of clone(2) that give the child namespaces of its own
 * (CLONE_NEWPID, CLONE_NEWNS, CLONE_NEWUSER); -1 with errno in e->sys where they
 * cannot be had.  The C library does not know of this child, which must not call
 * raise(3) or abort(3); what it forks itself is like any other.
 */
int	proc_clone(struct proc *, unsigned int flags, struct err *);

/* Closes every descriptor above 2 that is not in the list, which it sorts. */
int	proc_close_others(int *fds, size_t n);

/* Signals the process group, or the process through its pidfd while it leads none: it
 * hears a request once.  A reaped one is left alone. */
void	proc_signal(const struct proc *, int sig);

/*
 * Reaps: 1 ended (*status as of waitpid, the pidfd is closed and pid is 0), 0
 * still running.  If somebody else has reaped it, the status is that of a SIGKILL.
 */
int	proc_reap(struct proc *, int *status);

/* Reaps every other child that has ended: orphans that fell to a subreaper. */
void	proc_reap_others(const struct proc *);

/* This process becomes the one that orphaned descendants fall to. */
int	proc_become_subreaper(struct err *);

/*
 * Kills and reaps every descendant of this process but itself, again and again
 * until none is left or `deadline` (clock_mono) has passed.  The number that a
 * SIGKILL ended, whoever sent it (proc_reap_others() first leaves out those that had
 * ended before), or -1 with ERR_SYSTEM if some would not go.  For a subreaper that
 * has one thread: an orphan must fall to it, or it is out of reach.
 */
int	proc_sweep(int64_t deadline, struct err *);

/*
 * Kills every process of this user, but for this one, that was started with all these
 * variables ("NAME=VALUE", ends with NULL), until none is left: descendants of who
 * could not sweep any more.  1: there were some, 0: none.  ERR_BUSY: at `deadline`
 * (clock_mono) some had not ended.
 */
int	proc_kill_marked(char *const *marks, int64_t deadline, struct err *);

/*
 * Runs a program to its end in the place of this one: with its terminal, session,
 * environment and descriptors 0..2, and with default signals.  argv[0] is an absolute
 * path; *status is as of waitpid, 127 if it could not be run.  For an editor.
 */
int	proc_foreground(char *const *argv, int *status, struct err *);

/*
 * The same with `out` for its descriptor 1, for a program of the suite that works in our
 * stead: what would end this process meanwhile (SIGINT, SIGTERM, SIGHUP, SIGQUIT) is handed
 * on as SIGTERM, and *stopped is that signal, 0: none came.
 */
int	proc_helper(char *const *argv, int out, int *status, int *stopped, struct err *);

/*
 * Starts such a program and returns: it works beside us, in a session of its own, so that
 * what a terminal sends is for us to hand on, with /dev/null for descriptor 0, `out` for 1
 * and no others above 2.  Its exit status is 127 if it could not be run.
 */
int	proc_helper_start(struct proc *, char *const *argv, int out, struct err *);

/*
 * The absolute path of a program on `path` ("a:b:c"; empty and relative entries
 * are passed over), caller frees; NULL if there is none that may be executed, with
 * errno ENOENT or EACCES.  A name with a slash is not searched: it must be absolute.
 */
char	*proc_find(const char *name, const char *path);

#endif
