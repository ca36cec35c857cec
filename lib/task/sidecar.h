/*
 * sidecar - state beside the task file that belongs to a commit: the limits of agents
 *
 * What a commit makes of them must hold if the commit happened, and not if it did not.
 * So the record of each generation (task/record.h) carries the value as it is with that
 * generation, and with the generation it comes and goes; it costs no sync of its own.
 * The next record carries it on, whether its commit changed it or not.
 *
 * What no record can carry stands in .orch/state/agents.json, replaced as a whole and
 * synced: a value that belongs to no commit (a person's stop), one that is too long, and
 * that nothing is known any more.
 *
 *	{"schema":1, "gen":N, "value":{..}, "before":{..}}
 *
 * It counts unless the record carries a value of a generation after N.  Without `before` it
 * always holds.  With it, it was written after the record of generation N and before the
 * exchange: `value` holds once generation N is committed, until then `before` does; whoever
 * finds that N never happened puts `before` back, before the number can be given again.
 *
 * Who is the first to have a record carry it leaves a file with what was before.  No file,
 * and no record that carries it, is an empty value.  A file that is damaged is kept as
 * agents.json.damaged and told of; what it said is unknown, and the value is
 * {"damaged":true} until somebody takes that out: whoever reads it must take every limit
 * for reached (work/pool.h closes all agents), because a budget or a person's stop may have
 * stood there.  A file of a later version is refused.  Where there is a file and the records
 * are lost, it is unknown likewise.
 */
#ifndef ORCH_TASK_SIDECAR_H
#define ORCH_TASK_SIDECAR_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct project;
struct record;
struct val;

#define SIDECAR_FILE	"agents.json"		/* in .orch/state */
#define SIDECAR_MAX	(1u << 20)		/* bytes */
#define SIDECAR_CARRIED_MAX 8192		/* bytes of a value that a record carries */
#define SIDECAR_DAMAGED "damaged"

/* Of one turn of a change, under the state lock. */
struct sidecar {
	const struct project *p;
	int state_fd;			/* -1: there is no such folder (a dry run) */
	const struct record *last;	/* of the last generation that was committed */
	bool dry_run;
	struct val *was, *now;		/* NULL: nobody has asked yet */
};

/* The value, a map to be read and edited; borrowed.  NULL with an error. */
struct val *sidecar_value(struct sidecar *, struct err *);

/* What the record of the next generation is to carry; it is named there. */
int	sidecar_carry(struct sidecar *, struct record *next, struct buf *, struct err *);

/* When that is written: what it does not carry of what was edited.  NULL: all, without a
 * commit. */
int	sidecar_write(const struct sidecar *, const struct record *next, struct err *);
void	sidecar_release(struct sidecar *);

/* Generation `gen` was not committed: what held before it holds again. */
int	sidecar_take_back(int state_fd, int64_t gen, struct err *);

/*
 * The value as it holds now, without the lock; the caller frees.  While a commit is on its
 * way it is the one before or after it.
 */
int	sidecar_read(const struct project *, struct val **, struct err *);

#endif
