/*
 * settle - the one commit that ends an attempt
 */
#ifndef ORCH_WORK_SETTLE_H
#define ORCH_WORK_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attempt;
struct err;
struct outcome;
struct vec_str;

/* What attempt_run() found out, beside the outcome itself. */
struct settle_facts {
	bool checked;			/* verify commands ran and passed */
	bool exit_is_check;		/* the driver's exit status is the check (sh) */
	bool task_fault;		/* how it failed says nothing of the agent: it is the
					   command of the task, or of a person */
	const struct vec_str *verify;	/* the checks that it had to pass */
	const char *verify_output;	/* tail of the failed check, NULL: none */
	const char *loose;		/* files that are not on the branch, NULL: none */
	const struct vec_str *warnings;	/* optional checks that failed, NULL: none */
	const struct vec_str *files;	/* changed files, NULL: no work tree */
	int64_t ms;			/* that the agent took */
};

/*
 * Writes outcome.json into the run folder: {schema, attempt, at, class, detail, message,
 * fingerprint, summary, verify (output of the check that failed), tip (commit of the branch
 * that was checked), checks (the list of them)}.  Then commits status, results, usage,
 * history and events of the task in one go, if it is still in progress with this attempt
 * number; else ERR_FAILED and nothing changes.  The exit status for the task (0, 75, 69),
 * or -1.  `message`: one line for people, two if there is a warning, caller frees.
 */
int	settle_attempt(struct attempt *, struct outcome *, const struct settle_facts *,
	    char **message, struct err *);

#endif
