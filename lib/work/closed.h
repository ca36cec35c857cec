/*
 * closed - why a task that is ready cannot run yet: its agent is closed
 *
 * What orch-run would say of it, asked without a lock and without a change: the state of
 * its agent (pool.h), what a day may use, and whether its `fallback` list has somebody
 * else.  Whether a slot is free, and what the task may use itself, shows when it is claimed.
 */
#ifndef ORCH_WORK_CLOSED_H
#define ORCH_WORK_CLOSED_H

#include <stdbool.h>
#include <stdint.h>

#include "work/pool.h"

struct err;
struct project;
struct task;
struct val;

struct closed {
	const struct project *project;	/* borrowed */
	struct pool pool;
	struct val *beside;
};

/* Reads the state of the agents as it is now; ERR_INVALID, ERR_SYSTEM. */
int	closed_open(struct closed *, const struct project *, int64_t now, struct err *);
void	closed_release(struct closed *);	/* { 0 } is fine */

/* "its agent codex is cooling until 2026-01-02T04:00:00Z: ...", caller frees; NULL: it can
 * be asked for the task, or another one that takes its place can. */
char	*closed_why(const struct closed *, const struct task *);

#endif
