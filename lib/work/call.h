/*
 * call - one question to a model, asked once
 *
 * A call is a small attempt: a keeper supervises the program, it has a folder, a slot of
 * its agent and a timeout.  It works on nothing: the program stands in an empty folder
 * outside of the project, gets the prompt on standard input and answers with text.
 *
 *	call_open(&c, p, agent, name, mark, wait, e)	the folder, its lock
 *	call_ask(&c, &wish, &report, e)			the answer; perhaps again, with
 *							another prefix
 *	call_close(&c)
 *
 * The folder is for one question.  The keeper holds its lock too, so that whoever comes
 * after a kill waits for the answer that was asked for, and finds it: an answer that lies
 * there is never asked for again.  No other lock may be held.
 *
 * Files, the last four with the prefix of the wish: lock, out/, tmp/, schema.json;
 * system.md, prompt.md, argv, env, and those of the keeper.
 */
#ifndef ORCH_WORK_CALL_H
#define ORCH_WORK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/lock.h"
#include "work/pool.h"

struct agent;
struct classify_report;
struct err;
struct project;

struct call {
	struct project *project;	/* borrowed */
	const struct agent *agent;	/* borrowed */
	char *path;			/* of the folder, absolute */
	char *mark;			/* ORCH_ATTEMPT of its processes */
	int dir;			/* -1: not open */
	struct lock lock, slot;
	enum pool_state closed;		/* why call_ask() has refused; POOL_OPEN: not for that */
};

/*
 * `name` of the folder below .orch/, made if it is missing, also names the call in the
 * environment of its processes.  ERR_BUSY: somebody else asked for longer than `wait_ms`.
 */
int	call_open(struct call *, struct project *, const struct agent *, const char *name,
	    int64_t wait_ms, struct err *);
void	call_close(struct call *);

struct call_wish {
	const char *name;	/* prefix of its files: "" */
	const char *prompt;
	const char *system;	/* in place of the CLI's own rules, where it can do that */
	const char *schema;	/* of the answer, where it can be held to one; NULL: none */
	const char *model;	/* NULL: as orch.yml says for the agent */
	int64_t timeout_ms;
	bool reviews;		/* a reviewer's command line, which may only read; else a
				   router's */
	const char *sealed;	/* a folder besides those of the project that it must not
				   write to; NULL: none */
};

/*
 * What came of it, also if that is no answer: report->good says.  *ms: how long it ran.
 * The caller releases the report; what the call has used is booked by call_book.h.  -1:
 * nothing was asked.  ERR_BUSY: the agent has no free slot, a person holds it back, or its
 * day is spent.  ERR_FAILED: it is closed by a limit or failures of its own (pool.h).
 */
int	call_ask(struct call *, const struct call_wish *, struct classify_report *, int64_t *ms,
	    struct err *);

/* What became of the question with that prefix, which nobody asks any more: waits for
 * nothing, ends what a killed keeper left.  1: it never ran, or nothing is known of it. */
int	call_former(const struct call *, const char *name, struct classify_report *, int64_t *ms,
	    struct err *);

/* The answer with that prefix, if there is one, is to be asked for again. */
int	call_forget(const struct call *, const char *name, struct err *);

/* Nothing that lies there is about what is asked now. */
int	call_clear(const struct call *, struct err *);

#endif
