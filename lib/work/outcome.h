/*
 * outcome - what an attempt amounts to, judged by evidence
 *
 * In this order: how the process ended, the structured fields of the agent's own
 * output, then text (FAILURES, lesson 4).  The agent's answer object comes from
 * the output file named in its prompt, else from its text; it is validated against
 * schema/result.json, unknown keys dropped, wrong types refused.  What the agent noted
 * with orch-delegate is part of its answer; delegations that its children were all asked
 * for before are none.  Anything that is
 * not understood is a failure class, never OUTCOME_OK.
 */
#ifndef ORCH_WORK_OUTCOME_H
#define ORCH_WORK_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/state.h"

struct agent;
struct classify_ending;
struct config;
struct err;
struct project;
struct redact;
struct val;
struct vec_str;

enum outcome_class {
	OUTCOME_OK, OUTCOME_CONTINUE, OUTCOME_ASKS, OUTCOME_DELEGATED,
	OUTCOME_RATE_LIMITED, OUTCOME_OVERLOADED,
	OUTCOME_AUTH, OUTCOME_BILLING, OUTCOME_MISSING_TOOL,
	OUTCOME_CONTEXT_OVERFLOW,
	OUTCOME_TIMEOUT, OUTCOME_IDLE,
	OUTCOME_CRASHED, OUTCOME_INVALID_OUTPUT, OUTCOME_NO_WORK,
	OUTCOME_REFUSED,		/* refused, denied, bad request: a person looks */
	OUTCOME_VERIFY_FAILED, OUTCOME_SETUP_FAILED, OUTCOME_ORPHANED, OUTCOME_INTERRUPTED,
	OUTCOME_OVER_BUDGET,		/* stopped by us: it used more than it may */
	OUTCOME_N
};

struct outcome {
	enum outcome_class class;
	char *message;		/* one line, made visible: goes to last_error */
	char *detail;		/* the driver's finer class ("truncated"), or NULL */
	struct val *answer;	/* validated map, NULL: none */
	char *session;
	char *session_odd;	/* told, but no session that anything can be given; or NULL */
	int64_t tokens_in, tokens_out;	/* -1: not told */
	double cost_usd;		/* < 0: not told */
	bool cost_priced;		/* the agent told none: it is an estimate from tokens and
					   the prices of its driver */
	bool tokens_total, cost_total;	/* they count the session, not this run: book the
					   difference to its last value */
	int64_t reset_at;
	bool hopeless;		/* no retry can mend it: a person must look first */
	const struct redact *redact;	/* of the facts; borrowed */
};

/* What is known besides the agent's own output. */
struct outcome_facts {
	const struct classify_ending *ending;
	const char *file;	/* the answer file, NULL: there is none */
	size_t file_len;
	int64_t left_out;	/* bytes of its output that were not kept (keeper.h) */
	bool changed;		/* commits or changed files in the work tree */
	bool committed;
	const char *produces;	/* "any", "commits", "text" */
	const struct val *requested;	/* delegations that it noted while it ran; NULL: none */
	const struct vec_str *asked;	/* what its children were asked for, as add_identity()
					   writes it; NULL: it has none */
	bool plan;		/* it may only delegate */
	const struct redact *redact;	/* is taken out of answer and message; NULL: what looks
					   like a secret */
};

/*
 * `schema` is schema/result.json as a value.  A null in the answer is an absent key.
 * -1: ERR_CONFIG, the schema itself is at fault.
 */
int	outcome_judge(struct outcome *, const struct agent *, const struct val *schema,
	    const struct outcome_facts *, struct err *);
void	outcome_release(struct outcome *);

const char *outcome_name(enum outcome_class);	/* "rate_limited" */
int	outcome_find(const char *);		/* enum, or -1 */
/* What a class of a driver is treated as: "quota" is billing. */
enum outcome_class outcome_of(const char *driver_class);

/* A short stable text that is equal for "the same error": digits, paths and hex
 * runs are folded out of the message.  Caller frees. */
char	*outcome_fingerprint(const struct outcome *);

/* What is done about it: one row per class (DESIGN 9). */
struct outcome_policy {
	enum state_event event;		/* the event for the state table */
	enum state_verdict verdict;	/* where a failed attempt goes by itself */
	bool counts;			/* does it use an attempt up? */
	bool backoff;			/* retry_at = now + backoff; else at once */
};
extern const struct outcome_policy outcome_policy[OUTCOME_N];

/* The policy with the caps applied. */
struct outcome_history {
	int attempts;		/* this one included */
	int max_attempts;
	int same;		/* how many in a row ended with this fingerprint, this one included */
	int64_t now;
	uint32_t random;	/* for the jitter */
	int64_t reset_at;	/* 0: not told */
	bool hopeless;		/* of the outcome */
};
struct outcome_decision {
	enum state_event event;
	enum state_verdict verdict;
	int64_t retry_at;	/* seconds; 0: at once or not at all */
	char reason[160];	/* for F_REASON, "" if none is needed */
};

/*
 * Retries that count end as VERDICT_PARK after `same_error_limit` equal errors (a second
 * context overflow is enough) and as VERDICT_FAIL when the attempts are used up.
 * What does not count (limits of the agent) waits for reset_at, at most a day, or
 * for min(base * 2^(n-1), cap) +- jitter, where n is `same`; n is `attempts` else.
 */
void	outcome_decide(enum outcome_class, const struct outcome_history *,
	    const struct config *, struct outcome_decision *);

/* Seconds of that pause, the n'th in a row. */
int64_t	outcome_backoff(int n, uint32_t random, const struct config *);

#endif
