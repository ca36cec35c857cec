/*
 * ready_why - why a task is or is not ready, in one line for a person
 *
 * What people or agents wrote is made visible and cut, so that the line is one
 * line.  Where a task waits for others, those of them that wait in turn are
 * followed far enough to find out whether it waits for itself.
 */
#include "task/ready.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "task/graph.h"
#include "task/ready_impl.h"
#include "task/task.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define QUOTE_MAX 160		/* bytes of foreign text */
#define NAMED_MAX 3		/* dependencies named before "and 5 more" */
#define EDGES_MAX 1000		/* dependencies followed in search of a ring, so that
				   explaining a whole file stays cheap */

static void
put_span(struct buf *b, int64_t seconds)
{
	char text[NUM_DURATION_MAX];

	if (seconds >= DAY)
		seconds -= seconds % HOUR;
	else if (seconds >= HOUR)
		seconds -= seconds % MINUTE;
	num_duration_text(seconds * 1000, text);
	buf_puts(b, text);
}

/* "lead: text" where the field has a text, else "lead". */
static void
put_field(struct buf *b, const char *lead, const struct task *t, enum field f)
{
	const char *text = task_text(t, f);
	size_t len, n;

	buf_puts(b, lead);
	if (text == NULL || *text == '\0')
		return;
	len = strlen(text);
	n = str_cut(text, len, QUOTE_MAX);
	buf_puts(b, ": ");
	str_visible(b, text, n, false);
	if (n < len)
		buf_puts(b, "...");
}

static void
put_other(struct buf *b, const struct tasks *ts, const struct ready_rules *r, int64_t id)
{
	const struct task *t = tasks_find(ts, id);

	if (t == NULL && (t = ready_find(ts, r, id)) != NULL)
		buf_printf(b, "task %lld (%s, archived)", (long long)id, state_name(t->status));
	else if (t == NULL)
		buf_printf(b, "task %lld, which does not exist", (long long)id);
	else
		buf_printf(b, "task %lld (%s)", (long long)id, state_name(t->status));
}

/* From the start of the queue to place i of it, and to the start again. */
static void
way_back(const struct vec_id *queue, const struct vec_id *came, size_t i, struct vec_id *ring)
{
	vec_id_push(ring, queue->v[0]);
	for (; i != 0; i = (size_t)came->v[i])
		vec_id_push(ring, queue->v[i]);
	vec_id_push(ring, queue->v[0]);
	for (size_t low = 0, high = ring->n - 1; low < high; low++, high--) {
		int64_t id = ring->v[low];

		ring->v[low] = ring->v[high];
		ring->v[high] = id;
	}
}

/* A parent that is blocked waits for its children. */
static void
waits_for(const struct tasks *ts, const struct ready_rules *r, const struct task *t,
    struct vec_id *ids)
{
	size_t kept = ids->n;

	if (t->status != ST_BLOCKED) {
		ready_unmet(ts, r, t, ids);
		return;
	}
	task_ids(t, F_CHILDREN, ids);
	for (size_t i = kept; i < ids->n; i++) {
		const struct task *child = tasks_find(ts, ids->v[i]);

		if (child != NULL && !state_ended(child->status))
			ids->v[kept++] = ids->v[i];
	}
	ids->n = kept;
}

/*
 * The shortest ring through the task, "3 -> 5 -> 3"; false if there is none, or none
 * near.  Breadth first: came[i] is the place in the queue from which queue[i] was
 * reached, so that the way back can be told.
 */
static bool
find_ring(const struct tasks *ts, const struct ready_rules *r, const struct task *t,
    struct vec_id *ring)
{
	bool *seen = xcalloc(ts->n, sizeof *seen);
	struct vec_id queue = { 0 }, came = { 0 }, unmet = { 0 };
	size_t edges = 0;

	vec_id_push(&queue, t->id);
	vec_id_push(&came, 0);
	for (size_t i = 0; i < queue.n && edges < EDGES_MAX && ring->n == 0; i++) {
		unmet.n = 0;
		waits_for(ts, r, tasks_find(ts, queue.v[i]), &unmet);
		edges += unmet.n;
		for (size_t k = 0; k < unmet.n && ring->n == 0; k++) {
			const struct task *on = tasks_find(ts, unmet.v[k]);

			if (on == t) {
				way_back(&queue, &came, i, ring);
			} else if (on != NULL && !seen[on - ts->v]) {
				seen[on - ts->v] = true;
				vec_id_push(&queue, on->id);
				vec_id_push(&came, (int64_t)i);
			}
		}
	}
	free(seen);
	vec_id_release(&queue);
	vec_id_release(&came);
	vec_id_release(&unmet);
	return ring->n > 0;
}

static void
put_unmet(struct buf *b, const struct tasks *ts, const struct ready_rules *r,
    const struct task *t, const struct vec_id *unmet)
{
	struct vec_id ring = { 0 };

	if (find_ring(ts, r, t, &ring)) {
		buf_puts(b, "waits for itself: ");
		graph_path_text(&ring, b);
	} else {
		buf_puts(b, "waits for ");
		for (size_t i = 0; i < unmet->n && i < NAMED_MAX; i++) {
			buf_puts(b, i > 0 ? " and " : "");
			put_other(b, ts, r, unmet->v[i]);
		}
		if (unmet->n > NAMED_MAX)
			buf_printf(b, " and %zu more", unmet->n - NAMED_MAX);
	}
	vec_id_release(&ring);
}

static void
put_children(struct buf *b, const struct tasks *ts, const struct ready_rules *r,
    const struct task *t)
{
	struct vec_id ids = { 0 }, ring = { 0 };
	size_t ended = 0;
	int64_t open = 0;

	task_ids(t, F_CHILDREN, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		const struct task *child = tasks_find(ts, ids.v[i]);

		if (child == NULL || state_ended(child->status))
			ended++;
		else if (open == 0)
			open = child->id;
	}
	buf_printf(b, "blocked: %zu of %zu children have ended", ended, ids.n);
	if (find_ring(ts, r, t, &ring)) {
		buf_puts(b, ", waits for itself: ");
		graph_path_text(&ring, b);
	} else if (open != 0) {
		buf_puts(b, ", waits for ");
		put_other(b, ts, r, open);
	}
	vec_id_release(&ids);
	vec_id_release(&ring);
}

static void
put_status(struct buf *b, const struct tasks *ts, const struct ready_rules *r,
    const struct task *t)
{
	switch (t->status) {
	case ST_NEW:
		put_field(b, "new: orch-route chooses an agent", t, F_ROUTE_WARNING);
		break;
	case ST_IN_PROGRESS:
		buf_printf(b, "in_progress: attempt %lld", (long long)task_int(t, F_ATTEMPTS, 1));
		put_field(b, "", t, F_AGENT);
		break;
	case ST_BLOCKED:
		put_children(b, ts, r, t);
		break;
	case ST_IN_REVIEW:
		put_field(b, "in_review: waits for a verdict", t, F_REASON);
		break;
	case ST_NEEDS_REVIEW:
		put_field(b, "needs_review: waits for a person", t,
		    task_text(t, F_QUESTION) != NULL ? F_QUESTION : F_REASON);
		break;
	case ST_DONE:
		buf_puts(b, "done");
		break;
	case ST_FAILED:
		put_field(b, "failed, orch-retry puts it back", t,
		    task_text(t, F_LAST_ERROR) != NULL ? F_LAST_ERROR : F_REASON);
		break;
	case ST_SKIPPED:
		put_field(b, "skipped", t, F_REASON);
		break;
	case ST_CANCELLED:
		put_field(b, "cancelled, orch-retry reopens it", t, F_REASON);
		break;
	case ST_ROUTED:
	case ST_NONE:
	case STATUS_N:
		abort();
	}
}

static void
put_retry(struct buf *b, const struct task *t, const struct ready_rules *r)
{
	int64_t at = task_time(t, F_RETRY_AT, 0);
	char text[CLOCK_MAX];

	clock_format(at, text);
	buf_printf(b, "not before %s, in ", text);
	put_span(b, at - r->now);
	put_field(b, "", t, F_LAST_ERROR);
}

static void
put_ready(struct buf *b, const struct task *t, const struct ready_rules *r)
{
	int raised = ready_priority(t, r);

	buf_printf(b, "ready: %s", field_table[F_PRIORITY].words[task_priority(t)]);
	if (raised != (int)task_priority(t))
		buf_printf(b, " raised to %s", field_table[F_PRIORITY].words[raised]);
	if (task_is_set(t, F_CREATED_AT)) {
		buf_puts(b, ", waiting ");
		put_span(b, ready_waited(t, r));
	}
}

int
ready_why(const struct tasks *ts, const struct task *t, const struct ready_rules *r,
    struct buf *why)
{
	struct buf scratch = { 0 }, *b = why != NULL ? why : &scratch;
	struct vec_id unmet = { 0 };
	struct err e = { 0 };
	int ready = 0;

	ready_unmet(ts, r, t, &unmet);
	if (!ready_status(t, r)) {
		if (why != NULL)
			put_status(b, ts, r, t);
	} else if (unmet.n > 0) {
		if (why != NULL)
			put_unmet(b, ts, r, t, &unmet);
	} else if (!ready_due(t, r)) {
		put_retry(b, t, r);
	} else if (!ready_place(t, r, &e)) {
		buf_puts(b, e.msg);
	} else {
		put_ready(b, t, r);
		ready = 1;
	}
	vec_id_release(&unmet);
	buf_release(&scratch);
	return ready;
}
