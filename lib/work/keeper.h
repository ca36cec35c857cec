/*
 * keeper - the small process that belongs to one attempt
 *
 * keeper_start() forks it.  It leads a session of its own, is the subreaper of
 * all it starts, and keeps open the locks that it inherited (run lock, slot):
 * a held run lock is the proof that something of the attempt still lives.  It makes
 * a container (sys/contain.h), the best that can be had here, writes down where that
 * is, and starts the program in it.  It drains the output into bounded files, watches
 * wall clock, silence, the time since the program told its result and what it uses, stops it
 * with TERM to its group, grace, KILL to all of the container.  When nothing is left
 * in there it writes "NAMEresult.json" into the run folder (temporary file, fsync,
 * rename, fsync) and exits.  It outlives its starter; SIGTERM asks it to stop the
 * program (`stopped: "asked"`).  If it is killed itself, keeper_end() ends what it had
 * started.
 *
 * Files in the run folder, all prefixed with spec.name ("" for the agent,
 * "verify-1." for a check): container.json, stdout, stderr, result.json.  Of each stream the
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

#include "sys/contain.h"

struct agent_meter;
struct err;
struct jsonl_sel;
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
	const struct jsonl_sel *result;	/* the event on stdout after which the program
				   should end; NULL: none is known */
	int64_t result_ms;	/* for how long it may still run after the last one */
	int64_t max_output;	/* bytes of both streams together after which the
				   program is stopped ("output"); 0: none */
	struct agent_meter *meter;	/* what its stdout tells that it uses; NULL: not looked at */
	int64_t max_tokens;	/* after which it is stopped ("over_budget"); 0: no limit */
	double max_cost;	/* likewise, in US dollars */
	const int *keep;	/* descriptors that must stay open (locks), ends with -1 */
	const struct contain_mount *mounts;	/* for the container; may be NULL */
	int ruleset;		/* of Landlock, for the program; 0: none */
};

enum keeper_stop { KEEPER_NOT, KEEPER_TIMEOUT, KEEPER_IDLE, KEEPER_ASKED, KEEPER_OUTPUT,
	KEEPER_RESULT, KEEPER_BUDGET };

struct keeper_result {
	bool started;		/* false: exec failed, `error` says why */
	int exit;		/* exit status, -1 if it died by a signal */
	int signal;		/* that signal, 0 if none */
	enum keeper_stop stop;	/* why we stopped it */
	int64_t ms;		/* how long it ran */
	int64_t out_bytes, err_bytes;	/* all that was written, kept or not */
	int swept;		/* descendants that had to be killed at the end */
	char error[256];
	enum contain_kind container;	/* what it ran in; CONTAIN_NONE: not told */
	bool sealed;		/* its mounts were made: what they cover was read-only */
};

/* The keeper's pid in *proc (a child of the caller). */
int	keeper_start(struct proc *, const struct keeper_spec *, struct err *);

/* Reads NAMEresult.json.  1: there is none (yet).  ERR_INVALID: not by a keeper. */
int	keeper_read(int run_fd, const char *name, struct keeper_result *, struct err *);

#define KEEPER_TRACE "container.json"	/* behind spec.name */

/*
 * For a keeper that was killed, by who holds the run lock: ends what is left of its
 * container.  1: something was; 0: nothing, or it had not come so far.  ERR_BUSY: not
 * all of it had ended at `deadline` (clock_mono), or it cannot be seen from here.
 * ERR_INVALID: NAMEcontainer.json is not by a keeper.
 */
int	keeper_end(int run_fd, const char *name, int64_t deadline, struct err *);

/* Asks a keeper to stop its program, as SIGTERM does.  1: it is asked; 0: it is gone, or has
 * not come so far.  Errors as above. */
int	keeper_ask(int run_fd, const char *name, struct err *);

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
