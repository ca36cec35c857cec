/*
 * attempt_impl - what the files of attempt share with each other only
 */
#ifndef ORCH_WORK_ATTEMPT_IMPL_H
#define ORCH_WORK_ATTEMPT_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/task.h"
#include "work/attempt.h"
#include "work/keeper.h"
#include "work/outcome.h"

struct agent;
struct buf;
struct vec_str;

#define ATTEMPT_ANSWER	   "out/result.json"
#define ATTEMPT_RECORD_MAX (1u << 20)
#define ATTEMPT_STREAM_MAX (2u << 20)	/* KEEPER_HEAD_MAX + KEEPER_TAIL_MAX and the mark */

/* How the pool calls it: "17/2". */
#define ATTEMPT_KEY_MAX 48
void	attempt_key(const struct attempt *, char out[ATTEMPT_KEY_MAX]);

/* A field of the task, or the key of its repository's orch.yml that stands in for it. */
const char *attempt_setting(const struct attempt *, const struct task *, enum field,
	    const char *key);

/* An outcome of our own making: something before or around the agent went wrong. */
void	attempt_outcome(struct outcome *, enum outcome_class, const char *message);

/* The same for what failed before the agent could be started. */
void	attempt_setup_failed(struct outcome *, const struct err *);

/* The same for what lost its keeper, or never got one because it was cancelled. */
void	attempt_lost(const struct attempt *, struct outcome *, const struct err *);

/* Opens (and makes) the run folder of task and number. */
int	attempt_open(struct attempt *, struct err *);

/* attempt.json: agent, branch and work tree, for whoever goes on after a kill.
 * 1: it was killed before there was one that can be used. */
int	attempt_read_record(struct attempt *, struct err *);

/*
 * For whoever took over the run lock of one that was killed: kills what lives of it
 * (ERR_BUSY: not all of it ends, so it must be left alone) and removes what is half
 * written in its folder.
 */
int	attempt_clear(const struct attempt *, struct err *);

/* Asks every keeper in the folder of an attempt to stop, or kills it and its container. */
int	attempt_stop(int run_fd, bool kill, struct err *);

/* Its work tree has no process any more: locks that git left in there are removed. */
int	attempt_unlock(const struct attempt *, struct err *);

/* Is its work tree, if it has one, still the project's?  To be asked when something that is
 * not trusted has worked there, before anything in it is believed or run.  ERR_FAILED. */
int	attempt_intact(const struct attempt *, struct err *);

/* A file of the run folder that was read with ERR_INVALID becomes NAME.damaged: 1.
 * Any other error stays one: -1. */
int	attempt_put_aside(const struct attempt *, const char *name, struct err *);

/* The environment of an agent, or of a check (NULL), which gets no agent's keys. */
void	attempt_env(const struct attempt *, const struct agent *, struct vec_str *env);

/* Milliseconds. */
struct attempt_limits {
	int64_t timeout;	/* wall clock */
	int64_t idle;		/* silence; 0: as long as it likes */
	int64_t grace;		/* that the program can use between TERM and KILL; it gets no
				   more than orch.yml grants */
};

/* Runs a program under a keeper: a check, or the agent, of which the driver (else NULL)
 * may know how it tells its result.  1: the keeper was killed, and what it had started
 * is gone, or the attempt is cancelled and it was not started; `e` says how. */
int	attempt_keep(struct attempt *, const char *name, const struct agent *,
	    struct vec_str *argv, struct vec_str *env, const struct attempt_limits *,
	    struct keeper_result *, struct err *);

/* The same for a command line that a person configured, a check or a hook; it gets no
 * agent's keys, and `timeout` milliseconds. */
int	attempt_shell(struct attempt *, const char *name, const char *command, int64_t timeout,
	    struct keeper_result *, struct err *);

/*
 * Work tree, prompt, record, agent.  0: there is a result.  1: the attempt could not
 * be started, the outcome says why.  -1: the supervision failed.
 */
int	attempt_start(struct attempt *, const struct agent *, const struct tasks *,
	    const struct task *, struct keeper_result *, struct outcome *, struct err *);

/* The session in which this attempt goes on, borrowed from the task; NULL: a new one. */
const char *attempt_session(const struct attempt *, const struct agent *,
	    const struct task *);

/* For an attempt without a result: what its stream tells of the session. */
void	attempt_salvage(const struct attempt *, const struct agent *, struct outcome *);

/* What the agent's ending and output amount to; `files`: what it changed. */
int	attempt_judge(struct attempt *, const struct agent *, const struct task *,
	    const struct keeper_result *, struct outcome *, struct vec_str *files,
	    struct err *);

/* Of what a session tells as a whole leaves only what is new since its attempt before. */
int	attempt_usage(const struct attempt *, struct outcome *, struct err *);

/* Runs shell commands in the work tree, one after the other, as an attempt's container
 * does.  0: all passed.  1: one failed, the outcome and `output` say how. */
int	attempt_verify(struct attempt *, const struct task *, const struct vec_str *commands,
	    struct outcome *, struct buf *output, struct err *);

/*
 * The leftovers of a success are committed on its branch, then the verify commands
 * run on exactly that.  0: all passed (*checked: there were some).  1: one failed,
 * the outcome and `output` say how.
 * `commands` gets those that had to pass, `loose` the names of files that were there to be
 * checked and are on no branch, `warnings` a line for each optional check that failed.
 */
int	attempt_check(struct attempt *, const struct task *, struct outcome *,
	    struct vec_str *commands, struct buf *output, struct buf *loose, struct vec_str *warnings,
	    bool *checked, struct err *);

#endif
