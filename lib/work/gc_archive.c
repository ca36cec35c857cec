/*
 * gc_archive - which tasks are finished for good, and their way to the archive
 *
 * A task leaves when it is done or cancelled, has been for long enough, and nobody that
 * stays speaks of it.  Who speaks of whom is a graph: from everybody to what it depends
 * on, between parent and child both ways, between the tasks of a plan all ways.  What can
 * be reached from a task that stays, stays.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/table.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/graph.h"
#include "task/project.h"
#include "task/store.h"
#include "work/gc.h"
#include "work/probe.h"

#define STAYING 0		/* the node from which all that stays is reached */

struct leaving {
	struct gc *gc;
	struct vec_id ids;
};

/* Looked at alone, may it go?  0: it may, 1: not, -1: it cannot be told. */
static int
must_stay(const struct gc *gc, const struct task *t, int64_t older, struct err *e)
{
	int held;

	if ((t->status != ST_DONE && t->status != ST_CANCELLED) ||
	    task_int(t, F_ID, 0) != t->id ||	/* it was not written down */
	    gc->now - gc_since(gc, t) < older)
		return 1;
	held = probe_attempt(gc->p, t->id, e);
	return held == -1 ? err_prefix(e, "whether task %lld is held", (long long)t->id) : held;
}

/* Of each job the newest task stays, to show how it went last, and the newest that is done:
 * failures are counted back to that one, and those behind it do not leave. */
static void
keep_newest(const struct tasks *tasks, bool *stays)
{
	struct table newest = { 0 }, done = { 0 };
	const char *job;

	for (size_t i = tasks->n; i-- > 0;) {
		if ((job = task_text(&tasks->v[i], F_JOB)) == NULL)
			continue;
		stays[i] = stays[i] || table_get(&newest, job) == 0;
		table_put(&newest, job, 1);
		if (tasks->v[i].status != ST_DONE)
			continue;
		stays[i] = stays[i] || table_get(&done, job) == 0;
		table_put(&done, job, 1);
	}
	table_release(&newest);
	table_release(&done);
}

static void
add_links(struct graph *g, const struct task *t)
{
	struct vec_id ids = { 0 };
	int64_t parent = task_int(t, F_PARENT_ID, 0);

	task_ids(t, F_DEPENDS_ON, &ids);
	for (size_t i = 0; i < ids.n; i++)
		graph_edge(g, t->id, ids.v[i]);
	ids.n = 0;
	task_ids(t, F_CHILDREN, &ids);
	if (parent != 0)
		vec_id_push(&ids, parent);
	for (size_t i = 0; i < ids.n; i++) {
		graph_edge(g, t->id, ids.v[i]);
		graph_edge(g, ids.v[i], t->id);
	}
	vec_id_release(&ids);
}

/* Plans are nodes too, below zero. */
static void
add_plan(struct graph *g, struct table *plans, const struct task *t)
{
	const char *plan = task_text(t, F_PLAN);
	int64_t node;

	if (plan == NULL)
		return;
	table_put(plans, plan, -(int64_t)plans->n - 1);
	node = table_get(plans, plan);
	graph_edge(g, t->id, node);
	graph_edge(g, node, t->id);
}

static int
choose(const struct gc *gc, const struct tasks *tasks, struct vec_id *ids, struct err *e)
{
	bool *stays = xcalloc(tasks->n + 1, sizeof *stays);
	int64_t older = gc_age(gc, "gc.archive_after");
	struct graph *g = graph_new();
	struct table plans = { 0 };
	struct vec_id reached = { 0 };
	int r = 0;

	archive_needed(tasks, stays);
	keep_newest(tasks, stays);
	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];

		if (!stays[i] && (r = must_stay(gc, t, older, e)) == -1)
			goto done;
		stays[i] = stays[i] || r != 0;
		if (stays[i])
			graph_edge(g, STAYING, t->id);
		add_links(g, t);
		add_plan(g, &plans, t);
	}
	graph_reach(g, STAYING, &reached);
	for (size_t i = 0; i < reached.n; i++) {
		const struct task *t = tasks_find(tasks, reached.v[i]);

		if (t != NULL)
			stays[t - tasks->v] = true;
	}
	for (size_t i = 0; i < tasks->n; i++)
		if (!stays[i])
			vec_id_push(ids, tasks->v[i].id);
	r = 0;
done:
	vec_id_release(&reached);
	table_release(&plans);
	graph_free(g);
	free(stays);
	return r;
}

/*
 * The archive is written here, before the commit, so that a kill in between leaves a
 * task in both files and never in none.  Called again with a newer file it does the same
 * again: older copies give way.
 */
static int
leave(struct change *c, void *arg, struct err *e)
{
	struct leaving *l = arg;
	const struct gc *gc = l->gc;

	l->ids.n = 0;
	if (choose(gc, change_tasks(c), &l->ids, e) == -1)
		return -1;
	if (l->ids.n > 0 && !gc->wish->dry_run &&
	    archive_append(gc->p, gc->now, change_tasks(c), l->ids.v, l->ids.n, e) == -1)
		return -1;
	for (size_t i = 0; i < l->ids.n; i++) {
		if (change_remove(c, l->ids.v[i], e) == -1)
			return -1;
		change_tell(c, "task.archived", l->ids.v[i], 0, NULL);
	}
	return 0;
}

int
gc_archive(struct gc *gc, struct err *e)
{
	const struct store_opts opts = { .dry_run = gc->wish->dry_run,
	    .command = gc->wish->command };
	struct leaving l = { .gc = gc };
	int r = store_update(gc->p, &opts, leave, &l, e);

	for (size_t i = 0; i < l.ids.n && r == 0; i++)
		gc_gone(gc, "task", xasprintf("%lld", (long long)l.ids.v[i]), l.ids.v[i], -1);
	vec_id_release(&l.ids);
	return r;
}
