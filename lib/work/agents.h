/*
 * agents - what a person asks of agents and does to them: orch-agent
 *
 * Names are those of drivers; ERR_CONFIG names one that is none.  No names at all mean the
 * suite as a whole, or for the list all that are installed, in use or closed.
 */
#ifndef ORCH_WORK_AGENTS_H
#define ORCH_WORK_AGENTS_H

#include "work/pool.h"

struct buf;
struct err;
struct project;
struct store_opts;
struct val;
struct vec_str;

/*
 * A list of maps, sorted by name: {schema, agent, state, why, since, until, enabled,
 * installed, slots {used, total}, login, failures, breaker, today {attempts, seconds,
 * tokens, cost_usd, deep}, limits {the same}}; what is not known is left out.  Nothing is
 * changed and no program is run.
 */
int	agents_list(struct project *, const struct vec_str *names, struct val **, struct err *);

/* The same of these names, be they drivers or not; caller frees. */
struct val *agents_lines(const struct project *, const struct pool *, const struct vec_str *names);

/* One of those for people: name, state, slots, login, attempts and cost of today, why. */
void	agents_text(const struct val *, struct buf *);

enum agents_act { AGENTS_PAUSE, AGENTS_DRAIN, AGENTS_STOP, AGENTS_RESUME, AGENTS_RESET };

/* `changed` gets the names for which something is different now, "suite" among them.
 * ERR_NO: one is held back more strongly already, so nothing was changed; resume it first. */
int	agents_act(struct project *, const struct store_opts *, enum agents_act,
	    const struct vec_str *names, struct vec_str *changed, struct err *);

/*
 * Asks each for its login (login.h), without names those of the list, and records the
 * answers in one commit.  *status: 0, 69 if one cannot be run, 77 if one was refused.
 */
int	agents_probe(struct project *, const struct store_opts *, const struct vec_str *names,
	    int *status, struct err *);

#endif
