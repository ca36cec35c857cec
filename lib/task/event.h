/*
 * event - the log of what happened: .orch/events.jsonl
 *
 * One JSON object a line: {schema, seq, gen, at, topic, task, attempt, priority,
 * data}.  Lines are appended and synced before the commit that they tell of and
 * carry its generation; the next holder of the lock cuts them off if that commit
 * did not happen (store.h).  seq grows by one and never goes back.  When the file
 * reaches events.max_bytes it becomes events.jsonl.1, and so on to EVENT_FILES.
 */
#ifndef ORCH_TASK_EVENT_H
#define ORCH_TASK_EVENT_H

#include <stdint.h>

struct buf;
struct err;
struct project;
struct val;

#define EVENT_FILE  "events.jsonl"
#define EVENT_FILES 4

/* Appends one line to `out`.  task 0, attempt 0: left out.  data: borrowed or NULL. */
void	event_line(struct buf *out, int64_t seq, int64_t gen, int64_t at, const char *topic,
	    int64_t task, int attempt, const struct val *data);

/* Where the next line will start; makes room by turning full files over first. */
int	event_begin(struct project *, int64_t *start, struct err *);

/* Appends and syncs the lines; none is fine.  Under the state lock, as the others. */
int	event_append(struct project *, const struct buf *lines, struct err *);

/* Takes back what was appended from `start` on. */
int	event_cut(struct project *, int64_t start, struct err *);

#endif
