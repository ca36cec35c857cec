/*
 * move_dependants.c - tasks that are skipped, or come back, because others moved
 *
 * Breadth first along the dependencies as they were read, which no verb here changes.
 * Each task is moved at most once, so that a ring comes to an end.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/store.h"
#include "work/move.h"

/* `task` waits for `on`. */
struct wait {
	int64_t on, task;
};

struct waits {
	struct wait *v;
	size_t n, cap;
};

static int
compare(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	if (x->on != y->on)
		return x->on < y->on ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

static void
read_waits(const struct tasks *tasks, struct waits *w)
{
	struct vec_id ids = { 0 };

	for (size_t i = 0; i < tasks->n; i++) {
		ids.n = 0;
		task_ids(&tasks->v[i], F_DEPENDS_ON, &ids);
		for (size_t k = 0; k < ids.n; k++) {
			w->v = vec_room(w->v, &w->cap, w->n, sizeof *w->v);
			w->v[w->n++] = (struct wait){ ids.v[k], tasks->v[i].id };
		}
	}
	vec_id_release(&ids);
	if (w->n > 0)
		qsort(w->v, w->n, sizeof *w->v, compare);
}

/* The place of the first that waits for the task, or the end. */
static size_t
first_wait(const struct waits *w, int64_t on)
{
	size_t low = 0, high = w->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (w->v[mid].on < on)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* 0: done, or the task is not one that it concerns; *moved tells which. */
typedef int step_fn(struct change *, int64_t id, int64_t on, bool *moved, struct err *);

static int
follow(struct change *c, struct moved *m, step_fn *step, struct err *e)
{
	struct waits w = { 0 };
	int r = 0;

	if (m->there.n == 0)
		return 0;
	read_waits(change_tasks(c), &w);
	for (size_t i = 0; i < m->there.n + m->followed.n && r == 0; i++) {
		int64_t on = i < m->there.n ? m->there.v[i] : m->followed.v[i - m->there.n];

		for (size_t k = first_wait(&w, on); k < w.n && w.v[k].on == on && r == 0; k++) {
			bool moved = false;

			r = step(c, w.v[k].task, on, &moved, e);
			if (moved)
				vec_id_push(&m->followed, w.v[k].task);
		}
	}
	free(w.v);
	return r;
}

/* "task 3 is cancelled"; caller frees. */
static char *
blame(int64_t id, enum status status)
{
	return xasprintf("task %lld is %s", (long long)id, state_name(status));
}

static int
skip(struct change *c, int64_t id, int64_t on, bool *moved, struct err *e)
{
	enum status next;
	struct err refused = { 0 };
	char *reason;
	int r;

	if (state_next(change_status(c, id), EV_SKIP, NULL, &next, &refused) == -1)
		return 0;
	reason = blame(on, change_status(c, on));
	r = change_event(c, id, EV_SKIP, NULL, reason, reason, e);
	*moved = r == 0;
	free(reason);
	return r;
}

int
move_skip(struct change *c, struct moved *m, struct err *e)
{
	return follow(c, m, skip, e);
}

/* The first dependency that ended badly, and how; 0: there is none. */
static int64_t
to_blame(const struct change *c, int64_t id, enum status *how)
{
	struct vec_id ids = { 0 };
	int64_t found = 0;

	task_ids(tasks_find(change_tasks(c), id), F_DEPENDS_ON, &ids);
	for (size_t i = 0; i < ids.n && found == 0; i++) {
		const struct task *archived;

		*how = change_status(c, ids.v[i]);
		if (*how == ST_NONE && (archived = archive_ask(change_archive(c), ids.v[i])) != NULL)
			*how = archived->status;
		if (*how != ST_DONE && state_ended(*how))
			found = ids.v[i];
	}
	vec_id_release(&ids);
	return found;
}

/* Was it skipped because of that task?  Then its reason begins with its name. */
static bool
is_because_of(const struct change *c, int64_t id, int64_t on)
{
	struct val *reason = change_get(c, id, F_REASON);
	char *name = xasprintf("task %lld ", (long long)on);
	bool yes = change_status(c, id) == ST_SKIPPED && val_text(reason) != NULL &&
	    str_starts(val_text(reason), name);

	val_free(reason);
	free(name);
	return yes;
}

static int
unskip(struct change *c, int64_t id, int64_t on, bool *moved, struct err *e)
{
	struct state_facts facts = { 0 };
	struct val *agent;
	enum status how;
	char *text;
	int64_t other;
	int r;

	if (!is_because_of(c, id, on))
		return 0;
	if ((other = to_blame(c, id, &how)) != 0) {
		text = blame(other, how);
		r = change_set(c, id, F_REASON, val_str(text), e);
		free(text);
		return r;
	}
	agent = change_get(c, id, F_AGENT);
	facts.has_agent = agent != NULL;
	val_free(agent);
	text = xasprintf("task %lld is back", (long long)on);
	r = change_event(c, id, EV_UNSKIP, &facts, NULL, text, e);
	*moved = r == 0;
	free(text);
	return r;
}

int
move_unskip(struct change *c, struct moved *m, struct err *e)
{
	return follow(c, m, unskip, e) == -1 ? -1 : archive_failed(change_archive(c), e);
}
