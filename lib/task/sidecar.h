/*
 * sidecar - state beside the task file that belongs to a commit: .orch/state/agents.json
 *
 * What a commit makes of the limits of agents must hold if the commit happened, and not
 * if it did not, though it stands in another file.  So that file has two values:
 *
 *	{"schema":1, "gen":N, "value":{..}, "before":{..}}
 *
 * It is replaced as a whole and synced after the record of generation N is written and
 * before the exchange.  `value` holds once generation N is committed, until then `before`
 * does; whoever finds that N never happened puts `before` back, before the number can be
 * given again.  A value that belongs to no commit has gen 0 and always holds.
 *
 * No file is an empty value.  One that is damaged is kept as agents.json.damaged and told
 * of; what it said is unknown, and the value is {"damaged":true} until somebody takes that
 * out: whoever reads it must take every limit for reached (work/pool.h closes all agents),
 * because a budget or a person's stop may have stood there.  A file of a later version is
 * refused.
 */
#ifndef ORCH_TASK_SIDECAR_H
#define ORCH_TASK_SIDECAR_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct project;
struct val;

#define SIDECAR_FILE	"agents.json"		/* in .orch/state */
#define SIDECAR_MAX	(1u << 20)		/* bytes */
#define SIDECAR_DAMAGED "damaged"

/* Of one turn of a change, under the state lock. */
struct sidecar {
	const struct project *p;
	int state_fd;		/* -1: there is no such folder (a dry run) */
	int64_t gen;		/* the last generation that was committed */
	bool dry_run;
	struct val *was, *now;	/* NULL: nobody has asked yet */
};

/* The value, a map to be read and edited; borrowed.  NULL with an error. */
struct val *sidecar_value(struct sidecar *, struct err *);

/* Writes what was edited, if anything was, with generation `gen`; 0: alone. */
int	sidecar_write(const struct sidecar *, int64_t gen, struct err *);
void	sidecar_release(struct sidecar *);

/* Generation `gen` was not committed: what held before it holds again. */
int	sidecar_take_back(int state_fd, int64_t gen, struct err *);

/*
 * The value as it holds now, without the lock; the caller frees.  While a commit is on its
 * way it is the one before or after it.
 */
int	sidecar_read(const struct project *, struct val **, struct err *);

#endif
