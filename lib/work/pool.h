/*
 * pool - which agents may have work now, and what they and the suite have used today
 *
 * The value is that of .orch/state/agents.json (task/sidecar.h), changed in the commit of
 * a claim, of a settled attempt, or of a person's orch-agent.  All functions are pure:
 * the value and one instant in, an answer or the value as it is then out.
 *
 * Whether an agent is closed, the first of these that holds:
 *
 *	damaged		the state cannot be read; until orch-agent reset
 *	stopped		orch-agent stop, of the agent or of the suite; until resume
 *	paused		orch-agent pause, likewise
 *	draining	orch-agent drain: only tasks that have begun go on
 *	disabled	auth, billing or missing_tool; until reset, or a probe that is good
 *	cooling		rate_limited or overloaded; until the time that was told, at most a
 *			day ahead, else for a pause that doubles with each in a row
 *	tripped		its breaker is open: so many failures of its own in a row; until
 *			its cooldown is over
 *	trial		then one attempt tries it, and no other until that has ended: well, and
 *			the breaker is closed; by a failure of its own, and it is open again
 *
 * An agent that the value does not know is open.
 */
#ifndef ORCH_WORK_POOL_H
#define ORCH_WORK_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "work/outcome.h"

struct val;

struct pool {
	struct val *value;	/* borrowed; a map */
	int64_t now;
	struct clock_day day;
};

void	pool_at(struct pool *, struct val *, int64_t now);

/* ---- amounts ---- */

/* Time is in milliseconds here, in files in seconds with up to three decimals. */
enum pool_measure { POOL_ATTEMPTS, POOL_TIME, POOL_TOKENS, POOL_COST, POOL_MEASURES };

#define POOL_DOLLAR INT64_C(1000000)	/* cost is counted in millionths */
#define POOL_NO_LIMIT INT64_MAX

struct pool_amount {
	int64_t v[POOL_MEASURES];
};

extern const char *const pool_measure_names[POOL_MEASURES];	/* "cost_usd" */

/* An amount as a map, with the measures that are not zero; and back, absent is zero. */
struct val *pool_amount_value(const struct pool_amount *);
void	pool_amount_read(struct pool_amount *, const struct val *);
int64_t	pool_dollars(double);			/* in millionths, rounded; below zero is zero */
/* "1.5 USD", "3 attempts": for people. */
#define POOL_TEXT_MAX 48
void	pool_measure_text(enum pool_measure, int64_t, char out[POOL_TEXT_MAX]);

/* ---- closed? ---- */

enum pool_state {
	POOL_OPEN, POOL_DAMAGED, POOL_STOPPED, POOL_PAUSED, POOL_DRAINING, POOL_DISABLED,
	POOL_COOLING, POOL_TRIPPED, POOL_TRIAL,
	POOL_SPENT,		/* of budget.h, which is asked last */
	POOL_STATES
};

struct pool_answer {
	enum pool_state state;
	int64_t since;		/* 0: not known */
	int64_t until;		/* 0: until somebody does something */
	int status;		/* exit status of who wanted it: 0, 75 or 69; 77 for auth */
	char why[240];		/* "cooling until 2026-01-02T04:00:00Z: rate_limited: ..." */
};

/* `begun`: the task has had an attempt. */
void	pool_ask(const struct pool *, const char *agent, bool begun, struct pool_answer *);
const char *pool_state_name(enum pool_state);	/* "cooling"; "open" */

/* Is the suite as a whole stopped by hand, or is what was known of all agents lost? */
bool	pool_suite_closed(const struct pool *, struct pool_answer *);

/* How the suite as a whole does, by the agents that are in use. */
enum pool_level { POOL_NORMAL, POOL_DEGRADED, POOL_LIMITED, POOL_HALTED };

struct pool_health {
	enum pool_level level;
	int64_t since;		/* 0: not known, or normal */
	char why[400];		/* "codex: cooling ..; claude: ..", as far as it fits; "" if normal */
};

/*
 * normal: all are open.  degraded: one is closed.  limited: half of them or more, so that
 * each gets half of its slots.  halted: all, or a person's stop of the suite.  A drain
 * closes nothing.  An agent with a fault (it cannot be started) may be given as closed.
 */
void	pool_health(const struct pool *, const char *const *agents, const char *const *faults,
	    size_t n, struct pool_health *);
const char *pool_level_name(enum pool_level);

/* ---- attempts ---- */

struct pool_start {
	const char *agent;
	const char *attempt;		/* "17/2" */
	struct pool_amount reserve;	/* what it may use; attempts is 1 */
	bool deep;
};

/* Counts it for today, reserves, and makes it the trial if the breaker wants one. */
void	pool_start(struct pool *, const struct pool_start *);

/* What a policy of orch.yml says, and one random number for it. */
struct pool_policy {
	int64_t trip_after;		/* failures in a row */
	int64_t trip_seconds;
	int64_t (*pause)(const void *arg, int n);	/* seconds after the n'th limit in a row */
	const void *arg;
};

struct pool_end {
	const char *agent;
	const char *attempt;		/* NULL: of a call (call.h) */
	enum outcome_class class;
	bool task_fault;		/* the driver's exit status is the task's: not its own */
	struct pool_amount used;	/* -1: not told, what was reserved counts.  Of attempts
					   nothing is taken: they count when they begin */
	int64_t reset_at;		/* 0: not told */
	const char *message;
};

/*
 * What became of the agent by it, for the log of events: NULL, or "cooling", "disabled",
 * "tripped", "open".  A call is no attempt: it is not counted as one, has reserved nothing,
 * and of its agent it shows limits and logins only, because a model that answers may
 * still belong to a program that crashes at work.
 */
const char *pool_end(struct pool *, const struct pool_end *, const struct pool_policy *);

/* What is reserved by all attempts that have not ended. */
void	pool_reserved(const struct pool *, struct pool_amount *);
/* By those of one agent, or of one task. */
void	pool_reserved_by(const struct pool *, const char *agent, int64_t task, struct pool_amount *);
/* What this one reserved; false: nothing is known of it. */
bool	pool_reservation(const struct pool *, const char *attempt, struct pool_amount *, bool *deep);
/* Reservations of attempts that nothing is heard of any more count as used. */
void	pool_sweep(struct pool *, bool (*lives)(const void *arg, int64_t task, int number),
	    const void *arg);

/* Used today, by an agent or (NULL) all together; *deep may be NULL. */
void	pool_today(const struct pool *, const char *agent, struct pool_amount *, int64_t *deep);

/* ---- a person ---- */

/* What a person put the agent (NULL: the suite) into, whatever else closes it; POOL_OPEN:
 * nothing.  Of STOPPED, PAUSED and DRAINING the first is the strongest. */
enum pool_state pool_held(const struct pool *, const char *agent);
/* POOL_STOPPED, POOL_PAUSED, POOL_DRAINING, or POOL_OPEN to resume; agent NULL: the suite.
 * False: it was so already. */
bool	pool_hold(struct pool *, const char *agent, enum pool_state);
/* Forgets what closed the agent by itself, or all agents and the damage.  False: nothing did. */
bool	pool_reset(struct pool *, const char *agent);
/* What a probe of its login said ("good", "refused", "unknown"): a good one is no longer
 * disabled, one that is refused is. */
void	pool_login(struct pool *, const char *agent, const char *login);

/* The agents that are known, borrowed: a map of what is known of each; may be NULL. */
const struct val *pool_agents(const struct pool *);

#endif
