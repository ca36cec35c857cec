/*
 * classify - what the end of an agent's run means, by the rules of its driver
 *
 * Bytes and numbers in, a report out: no file, no process, no clock.  Two call it:
 * outcome_judge(), at the end of an attempt, and `orch-agent classify`, for whoever
 * writes a driver.  What the report says of the *work* (is there an answer, is it
 * valid, is something done?) is not asked here; outcome.h does.
 *
 * All that comes in was written by a program that we do not trust.  Whatever the
 * bytes are there is a report, and its class is "ok" only if the driver's terminal
 * event was seen and nothing that it forbids: what is not known is a failure.
 * Numbers are checked, the session looks like a name, texts are clean UTF-8.
 *
 * Memory is bounded by what is given: each stream is read to CLASSIFY_MAX bytes at
 * most (its end, where the terminal event stands); a byte of stdout costs forty at
 * worst, when all of it is tiny objects, and two as a rule.
 */
#ifndef ORCH_WORK_CLASSIFY_H
#define ORCH_WORK_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;
struct val;

#define CLASSIFY_MAX (8u << 20)		/* bytes of a stream */

/* How a run ended. */
struct classify_ending {
	const char *out, *errtext;	/* what was kept of stdout and stderr */
	size_t out_len, err_len;
	const char *usage;		/* the file that {usage_file} named, NULL: none; only
					   for fields that stdout does not tell */
	size_t usage_len;
	bool started;			/* false: exec failed */
	int exit;			/* -1: by signal */
	int signal;			/* that signal, else 0 */
	const char *stopped;		/* "timeout", "idle", "output" or "asked" if we
					   stopped it; else "" */
	const char *model;		/* that it was told to use, NULL: not known */
	int64_t now;			/* seconds: "try again in 20s" counts from here */
};

/* Counts of tokens; -1: not told.  What kinds contain is the same for every agent. */
struct classify_tokens {
	int64_t in;			/* all that was read: cached ones are in it */
	int64_t cached;			/* of these, read from a cache */
	int64_t out;			/* all that was written: reasoning is in it */
	int64_t reasoning;		/* of these, thought and not shown */
};

/* Strings are owned; release it. */
struct classify_report {
	bool good;			/* the run ended as it should: class is "ok" or soft */
	char *class;			/* "ok", "rate_limited", "crashed", ... (AGENTS.md 8) */
	char *message;			/* one line for people: why; "" for ok */
	char *rule;			/* of the driver, that decided: "error.2"; NULL: none */
	char *evidence;			/* what it found, one line, NULL: nothing with words */
	char *text;			/* the answer's text, NULL: none */
	struct val *json;		/* a structured answer of the CLI itself, NULL: none */
	char *session;			/* NULL: none was told, or */
	char *session_odd;		/* what was told looks like none: one line, else NULL */
	char *model;			/* that the CLI says it used, NULL: it does not say */
	char *denied;			/* a tool that the CLI was not allowed, NULL: none */
	struct classify_tokens tokens;
	double cost_usd;		/* < 0: not told, and no price is known */
	bool cost_priced;		/* the CLI told none: from tokens and the price table */
	bool tokens_total, cost_total;	/* they count the session, not this run: book the
					   difference to its last value */
	int64_t reset_at;		/* seconds, 0: not told */
};

/*
 * The algorithm of AGENTS.md 8: good = exit status allowed (or we stopped it), the
 * needed event seen, the forbidden one not; good: the first `soft` rule or "ok";
 * stopped: the first `error` rule on events, then `evidence`, else how we stopped
 * it; else the first `error` rule, "crashed" (signal), "no_result" (exit 0) or
 * "failed".  A program that could not be started, or that says so with 126 or 127
 * where exit status is not the answer, is "missing_tool".
 *
 * `evidence` is what the stream showed last: an event before the last one of
 * `progress` was overcome, so a limit at the beginning does not excuse hours of work
 * that then ran out of time.  stderr has no order with stdout; it is believed only
 * of a run without progress.
 */
void	classify(struct classify_report *, const struct agent *,
	    const struct classify_ending *);
void	classify_release(struct classify_report *);

/* The report as a map, for JSON; what is not told is left out.  Caller frees. */
struct val *classify_value(const struct classify_report *);
/* The same with the agent, and what an attempt that ended so is treated as. */
struct val *classify_told(const char *agent, const struct classify_report *);

/*
 * When a limit ends, as CLIs say it: "1763720000", in milliseconds too, RFC 3339,
 * "20s", "5:56 AM", "3pm", "6:05am (UTC)", "Nov 22nd, 2026 5:56 AM".  A time of day is
 * the next one, where this machine stands unless UTC is said.  Seconds since the
 * epoch, 0 if it is none of them (another zone by name is not understood either).
 */
int64_t	classify_reset_time(const char *, int64_t now);

#endif
