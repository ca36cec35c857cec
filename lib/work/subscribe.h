/*
 * subscribe - the programs of orch.yml that are run for events
 *
 * A subscription is a group (group.h) of its name.  It begins with what comes after the first
 * command that found it in orch.yml and may change something.
 */
#ifndef ORCH_WORK_SUBSCRIBE_H
#define ORCH_WORK_SUBSCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/event_filter.h"
#include "work/listen.h"

struct err;
struct project;
struct store_opts;
struct val;

#define SUBSCRIBE_NAME	   "ORCH_SUBSCRIPTION"	/* in the environment of its program */
#define SUBSCRIBE_FAILURES 10			/* in a row suspend it */

struct subscription {
	const char *name;		/* borrowed from the configuration, as `run` */
	const struct val *run;		/* its program and arguments */
	int64_t timeout_ms;
	struct event_filter filter;
};

struct subscriptions {
	struct subscription *v;
	size_t n;
};

/* Those of orch.yml, in their order. */
int	subscribe_load(struct subscriptions *, const struct project *, struct err *);
void	subscribe_release(struct subscriptions *);

/* Is one called so? */
bool	subscribe_has(const struct project *, const char *name);

/* Those that are not there yet begin now: before a command changes something. */
int	subscribe_begin(struct project *, const char *command, struct err *);

/* Runs a suspended one again.  ERR_USAGE: there is none of that name. */
int	subscribe_resume(struct project *, const struct store_opts *, const char *name, struct err *);

/*
 * One for each, subscriptions in their order, then other groups by name; caller frees the list:
 * {schema, name, kind, state, topic, run, seen, lag, pending, oldest, since, redelivered, missed,
 * errors, failures, error, suspended}; what is not there is left out.  The state "beyond" is that
 * of one that has seen more than the log, or what is known of it, has come to.
 */
int	subscribe_list(const struct project *, struct val **, struct err *);
/* A line for each of them, JSON or a text for people. */
int	subscribe_lines(const struct project *, bool json, listen_fn *, void *arg, struct err *);

/* Those that are suspended, or whose file is damaged (without `since`): a list of {name,
 * since, error}; caller frees. */
int	subscribe_suspended(const struct project *, struct val **, struct err *);

#endif
