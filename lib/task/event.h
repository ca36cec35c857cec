/*
 * event - the log of what happened: .orch/events.jsonl
 *
 * One JSON object a line: {schema, seq, gen, at, topic, source, task, attempt, priority,
 * ttl, depth, data}.  Lines are appended before the commit that they tell of and carry its
 * generation; the next holder of the lock cuts them off if that commit did not
 * happen (store.h).  What is told without a commit (store_tell()) is synced by itself, has
 * no gen and always a source: what the suite says of itself has none, so that nobody can
 * speak in its name.  seq grows by one and never goes back.  When the file
 * reaches events.max_bytes it becomes events.jsonl.1, and so on to EVENT_FILES.
 *
 * A sync of the log for each commit would cost as much as that of its record, which is
 * synced anyway.  So the record carries the last lines too, the tail, and the log is
 * synced when that would become longer than EVENT_TAIL_MAX; lines that take a power cut
 * with them are put back from the record by the next holder of the lock.
 */
#ifndef ORCH_TASK_EVENT_H
#define ORCH_TASK_EVENT_H

#include <stdint.h>

#include "base/buf.h"

struct err;
struct project;
struct redact;
struct val;
struct vec_str;

#define EVENT_FILE  "events.jsonl"
#define EVENT_FILES 4
#define EVENT_TAIL_MAX 7168	/* bytes: with its record two pages */

/* The greatest number (of an event, or a generation): as that of a task, since options name
 * them so.  A line with a greater one is a person's, and no event. */
#define EVENT_SEQ_MAX INT64_C(999999999999999999)
#define EVENT_SEQ_ROOM (1 << 20)	/* that one commit may need */

/* What is told; all is borrowed. */
struct event {
	const char *topic;
	const char *source;	/* who tells it; NULL: the suite itself */
	const char *priority;	/* NULL: normal */
	int64_t task;		/* 0: of none */
	int attempt;
	int64_t ttl;		/* seconds; 0: it does not expire */
	int depth;		/* of event_depth() */
	const struct val *data;	/* or NULL */
	const struct redact *redact;	/* is taken out of it; NULL: what looks like a secret */
};

/* Appends one line to `out`.  What is 0 or NULL is left out, the generation too. */
void	event_line(struct buf *out, int64_t seq, int64_t gen, int64_t at, const struct event *);

/*
 * How many events stand behind what this process does: 0, but in a program that was run
 * for an event (work/dispatch.h), which has that event's depth and one more in this variable.
 * No more than EVENT_DEPTH_MAX.
 */
#define EVENT_DEPTH	"ORCH_EVENT_DEPTH"
#define EVENT_DEPTH_MAX 8
int	event_depth(void);

/* The end of the log, which may not be on the disk there: where it starts, and its lines. */
struct event_tail {
	int64_t at;
	struct buf lines;
};

/*
 * The log is to end with this tail.  If it does not, a power cut or a person was at it: a
 * torn line is taken off, the lines of the tail that are newer than all that is there are
 * put back, with a note, and the tail is empty then, all being on the disk.  Lines that were
 * told without a commit since then are no damage.  `seq` is the
 * newest number of the record; it becomes that of the log or the mark if that is greater, and
 * `task` the
 * greatest task that the suite tells of behind it (0: none), since a record may be lost, too.
 * ERR_INVALID: less than EVENT_SEQ_ROOM numbers are left, which only a person's edit can do.
 * Under the state lock, as the others.
 */
int	event_settle(struct project *, struct event_tail *, int64_t *seq, int64_t *task,
	    struct err *);

/*
 * The greatest number that was told without a commit, or seen by a group: a few bytes in
 * .orch/state/events, not synced.  The log and the record know it as well, unless a person
 * was at them: no number is given twice even then.  0: it is not known.
 */
int64_t	event_mark(const struct project *);
/* Under the state lock; it never goes back.  That it could not be written is no failure. */
void	event_mark_set(struct project *, int64_t seq);
/* What groups have seen stands there, a file NAME.json each (work/group.h). */
#define EVENT_GROUPS "state/groups"
/* The names of all that are there, sorted. */
int	event_groups(const struct project *, struct vec_str *names, struct err *);
/* Where it is greater than *seq it becomes that; without a mark what groups have seen counts. */
void	event_mark_raise(const struct project *, int64_t *seq);

/*
 * Where these lines will start; makes room by turning full files over first.  After
 * event_settle(); the tail is then as it will be with them.
 */
int	event_begin(struct project *, const struct buf *lines, struct event_tail *, int64_t *start,
	    struct err *);

/* What is told without a commit, after event_settle(): appended and synced. */
int	event_tell(struct project *, const struct buf *lines, struct err *);

/* Appends the lines, synced unless the tail has them; none is fine. */
int	event_append(struct project *, const struct buf *lines, struct err *);

/* Takes back the lines of that generation at the end of the log; they began at `start`. */
int	event_cut(struct project *, int64_t start, int64_t gen, struct err *);

#endif
