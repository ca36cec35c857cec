/*
 * ready - the queue
 *
 * One pass picks what can run, with a search by id for every dependency, and one
 * sort puts it in order: O((n + d) log n) for n tasks with d dependencies.
 */
#include "task/ready.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "task/archive.h"
#include "task/ready_impl.h"
#include "task/repo.h"
#include "task/task.h"

#define HOUR 3600

struct entry {
	int64_t id;
	int64_t created;
	int priority;		/* after ageing; less is sooner */
};

bool
ready_status(const struct task *t, const struct ready_rules *r)
{
	return t->status == ST_ROUTED || (t->status == ST_NEW && r->include_new);
}

bool
ready_due(const struct task *t, const struct ready_rules *r)
{
	int64_t at = task_time(t, F_RETRY_AT, INT64_MIN);

	return r->ignore_retry_at || at <= r->now || at - r->now > READY_RETRY_AHEAD_MAX;
}

int64_t
ready_waited(const struct task *t, const struct ready_rules *r)
{
	int64_t created = task_time(t, F_CREATED_AT, r->now);

	return created < r->now ? r->now - created : 0;
}

bool
ready_place(const struct task *t, const struct ready_rules *r, struct err *e)
{
	return r->project == NULL || repo_of(r->project, t, e) != NULL;
}

const struct task *
ready_find(const struct tasks *ts, const struct ready_rules *r, int64_t id)
{
	const struct task *t = tasks_find(ts, id);

	return t != NULL ? t : archive_ask(r->archive, id);
}

void
ready_unmet(const struct tasks *ts, const struct ready_rules *r, const struct task *t,
    struct vec_id *ids)
{
	size_t kept = ids->n;

	task_ids(t, F_DEPENDS_ON, ids);
	for (size_t i = kept; i < ids->n; i++) {
		const struct task *on = ready_find(ts, r, ids->v[i]);

		if (on == NULL || on->status != ST_DONE)
			ids->v[kept++] = ids->v[i];
	}
	ids->n = kept;
}

int
ready_priority(const struct task *t, const struct ready_rules *r)
{
	int64_t steps = r->aging_hours <= 0 ? 0 : ready_waited(t, r) / HOUR / r->aging_hours;
	int p = (int)task_priority(t);

	return steps >= p - (int)PRIORITY_URGENT ? (int)PRIORITY_URGENT : p - (int)steps;
}

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

void
ready_list(const struct tasks *ts, const struct ready_rules *r, struct vec_id *out)
{
	struct entry *v = xcalloc(ts->n + 1, sizeof *v);
	struct vec_id unmet = { 0 };
	size_t n = 0;

	for (const struct task *t = ts->v; t < ts->v + ts->n; t++) {
		struct err e = { 0 };

		if (!ready_status(t, r) || !ready_due(t, r))
			continue;
		unmet.n = 0;
		ready_unmet(ts, r, t, &unmet);
		if (unmet.n == 0 && ready_place(t, r, &e))
			v[n++] = (struct entry){ t->id, task_time(t, F_CREATED_AT, INT64_MIN),
				ready_priority(t, r) };
	}
	qsort(v, n, sizeof *v, compare);
	for (size_t i = 0; i < n; i++)
		vec_id_push(out, v[i].id);
	vec_id_release(&unmet);
	free(v);
}
