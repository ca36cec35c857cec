/*
 * keeper - the small process that belongs to one attempt
 *
 * keeper_start() forks it.  It leads a session of its own, is the subreaper of
 * all it starts, and keeps open the locks that it inherited (run lock, slot):
 * a held run lock is the proof that something of the attempt still lives.  It
 * starts the program, drains its output into bounded files, watches wall clock
 * and silence, and stops it with TERM to the group, grace, KILL to all that is
 * left.  When the last descendant is gone it writes "NAMEresult.json" into the
 * run folder (temporary file, fsync, rename, fsync) and exits.  It outlives its
 * starter; SIGTERM asks it to stop the program (`stopped: "asked"`).
 *
 * Files in the run folder, all prefixed with spec.name ("" for the agent,
 * "verify-1." for a check): stdout, stderr, result.json.  Of each stream the
 * first KEEPER_HEAD_MAX and the last KEEPER_TAIL_MAX bytes are kept, with a line
 * "\n[... N bytes left out ...]\n" between them.
 *
 * The starter has one thread; all descriptors of the spec are above 2.
 */
#ifndef ORCH_WORK_KEEPER_H
#define ORCH_WORK_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct proc;

#define KEEPER_HEAD_MAX (64 << 10)
#define KEEPER_TAIL_MAX (1 << 20)

struct keeper_spec {
	const char *name;	/* prefix of the files */
	int run_fd;		/* the run folder */
	char *const *argv;
	char *const *envp;
	int cwd_fd;
	const char *input;	/* a file of the run folder for stdin; NULL: /dev/null */
	int64_t timeout_ms;	/* wall clock; 0: none */
	int64_t idle_ms;	/* neither stdout nor stderr gave a byte; 0: none */
	int64_t grace_ms;	/* between TERM and KILL */
	int64_t max_output;	/* bytes of both streams together after which the
				   program is stopped ("output"); 0: none */
	const int *keep;	/* descriptors that must stay open (locks), ends with -1 */
};

enum keeper_stop { KEEPER_NOT, KEEPER_TIMEOUT, KEEPER_IDLE, KEEPER_ASKED, KEEPER_OUTPUT };

struct keeper_result {
	bool started;		/* false: exec failed, `error` says why */
	int exit;		/* exit status, -1 if it died by a signal */
	int signal;		/* that signal, 0 if none */
	enum keeper_stop stop;	/* why we stopped it */
	int64_t ms;		/* how long it ran */
	int64_t out_bytes, err_bytes;	/* all that was written, kept or not */
	int swept;		/* descendants that had to be killed at the end */
	char error[256];
};

/* The keeper's pid in *proc (a child of the caller). */
int	keeper_start(struct proc *, const struct keeper_spec *, struct err *);

/* Reads NAMEresult.json.  1: there is none (yet).  ERR_INVALID: not by a keeper. */
int	keeper_read(int run_fd, const char *name, struct keeper_result *, struct err *);

/*
 * For a keeper that was killed: joins the parts of its output, so that stdout
 * and stderr are what they would be had it ended then.  Otherwise does nothing.
 */
int	keeper_salvage(int run_fd, const char *name, struct err *);

/* Starts, waits, reads: for checks and probes.  A signal that arrives in `stop_fd`
 * (a signalfd, -1: none) is passed on to the keeper as SIGTERM.  1: the
 * keeper was killed and left no result; `e` says how. */
int	keeper_run(const struct keeper_spec *, int stop_fd, struct keeper_result *,
	    struct err *);

/* "timeout", "idle", ...; "" for KEEPER_NOT. */
const char *keeper_stop_name(enum keeper_stop);

#endif
