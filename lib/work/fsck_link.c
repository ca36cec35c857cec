/*
 * fsck_link - what the tasks say about each other
 *
 * The child's parent_id is what a command believes; a parent's children follow it.
 * A dependency that names nothing stays: taking it away could start a task too early.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/table.h"
#include "base/vec.h"
#include "task/archive.h"
#include "task/graph.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/fsck_mend.h"

enum { TOP_UNKNOWN = -1, TOP_ASKED = -2, TOP_RING = 0 };	/* else an id */

struct pair {
	int64_t parent, child;
};

struct links {
	struct findings *f;
	const struct tasks *tasks;
	struct pair *listed;	/* what the lists of children say, sorted */
	size_t nlisted, cap;
	int64_t *top;		/* of each task, once it was asked for: who has no parent */
};

static int
compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return x->child < y->child ? -1 : x->child > y->child;
}

static void
list_children(struct links *l)
{
	struct vec_id ids = { 0 };

	for (size_t i = 0; i < l->tasks->n; i++) {
		ids.n = 0;
		task_ids(&l->tasks->v[i], F_CHILDREN, &ids);
		for (size_t k = 0; k < ids.n; k++) {
			l->listed = vec_room(l->listed, &l->cap, l->nlisted, sizeof *l->listed);
			l->listed[l->nlisted++] = (struct pair){ l->tasks->v[i].id, ids.v[k] };
		}
	}
	if (l->nlisted > 0)
		qsort(l->listed, l->nlisted, sizeof *l->listed, compare_pairs);
	vec_id_release(&ids);
}

static bool
lists(const struct links *l, int64_t parent, int64_t child)
{
	struct pair pair = { parent, child };

	return l->nlisted > 0 &&
	    bsearch(&pair, l->listed, l->nlisted, sizeof pair, compare_pairs) != NULL;
}

static bool
is_missing(const struct links *l, int64_t id)
{
	return tasks_find(l->tasks, id) == NULL && !fsck_archived(l->f, id);
}

static const struct task *
parent_of(const struct links *l, const struct task *t)
{
	return tasks_find(l->tasks, task_int(t, F_PARENT_ID, 0));
}

/*
 * Would `child`, which has no parent, be its own ancestor below `t`?  A ring above counts as
 * one too.  Each task is gone by once, however many ask and however long the chains are.
 */
static bool
is_above(struct links *l, int64_t child, const struct task *t)
{
	const struct task *at = t, *up;
	int64_t top, *slot;

	while (*(slot = &l->top[at - l->tasks->v]) == TOP_UNKNOWN) {
		up = parent_of(l, at);
		*slot = up ? TOP_ASKED : at->id;
		at = up ? up : at;
	}
	top = *slot == TOP_ASKED ? TOP_RING : *slot;
	for (at = t; at != NULL && *(slot = &l->top[at - l->tasks->v]) == TOP_ASKED;
	    at = parent_of(l, at))
		*slot = top;
	return top == TOP_RING || top == child;
}

static void
check_dependencies(const struct links *l, const struct task *t)
{
	struct vec_id ids = { 0 };

	task_ids(t, F_DEPENDS_ON, &ids);
	for (size_t i = 0; i < ids.n; i++)
		if (is_missing(l, ids.v[i]))
			fsck_add_task(l->f, "links", t->id, "depends_on names task %lld, which does not "
			    "exist: orch-set %lld depends_on-=%lld", (long long)ids.v[i],
			    (long long)t->id, (long long)ids.v[i]);
	vec_id_release(&ids);
}

static void
check_child(struct links *l, const struct task *t, int64_t id)
{
	const struct task *child = tasks_find(l->tasks, id);
	int64_t parent = child ? task_int(child, F_PARENT_ID, 0) : 0;

	if (child == NULL) {
		if (!is_missing(l, id))
			return;
		fsck_add_task(l->f, "links", t->id, "children names task %lld, which does not exist",
		    (long long)id);
		fsck_mend_later(l->f, MEND_CHILD_DROP, t->id, id);
	} else if (parent == 0) {
		fsck_add_task(l->f, "links", t->id, "children names task %lld, which has no parent_id",
		    (long long)id);
		if (!is_above(l, id, t))
			fsck_mend_later(l->f, MEND_PARENT, id, t->id);
	} else if (parent != t->id) {
		fsck_add_task(l->f, "links", t->id, "children names task %lld, whose parent_id is %lld",
		    (long long)id, (long long)parent);
		fsck_mend_later(l->f, MEND_CHILD_DROP, t->id, id);
	}
}

static void
check_parent(const struct links *l, const struct task *t)
{
	int64_t id = task_int(t, F_PARENT_ID, 0);
	const struct task *parent = tasks_find(l->tasks, id);

	if (id == 0)
		return;
	if (parent != NULL && !lists(l, id, t->id)) {
		fsck_add_task(l->f, "links", t->id, "parent_id names task %lld, whose children do not "
		    "have it", (long long)id);
		fsck_mend_later(l->f, MEND_CHILD_ADD, id, t->id);
	} else if (parent == NULL && is_missing(l, id)) {
		fsck_add_task(l->f, "links", t->id, "parent_id names task %lld, which does not exist",
		    (long long)id);
	}
}

/* ---- keys ---- */

/* What --dedupe and a manifest know a task by; a command lets no two have one. */
static void
check_keys(struct findings *f, const struct tasks *tasks)
{
	const struct archive *archive = f->archive;
	struct table seen = { 0 }, archived = { 0 };
	const char *key;

	for (size_t i = archive ? archive->n : 0; i-- > 0;)
		for (size_t k = archive->v[i].tasks->n; k-- > 0;)
			if ((key = task_text(&archive->v[i].tasks->v[k], F_KEY)) != NULL)
				table_put(&archived, key, archive->v[i].tasks->v[k].id);
	for (size_t i = 0; i < tasks->n; i++) {
		long long id = tasks->v[i].id, other;

		if ((key = task_text(&tasks->v[i], F_KEY)) == NULL)
			continue;
		if ((other = table_get(&seen, key)) != 0)
			fsck_add_task(f, "links", id, "its key '%s' is that of task %lld too: orch-set "
			    "%lld key=", key, other, id);
		else if ((other = table_get(&archived, key)) != 0 && other != id)
			fsck_add_task(f, "links", id, "its key '%s' is that of task %lld too, which is "
			    "archived: orch-set %lld key=", key, other, id);
		table_put(&seen, key, id);
	}
	table_release(&seen);
	table_release(&archived);
}

/* ---- cycles ---- */

struct telling {
	struct findings *f;
	const char *what;
};

static void
tell_cycle(const struct vec_id *path, void *arg)
{
	const struct telling *t = arg;
	struct buf text = { 0 };

	graph_path_text(path, &text);
	fsck_add_task(t->f, "cycle", path->v[0], "%s: %s", t->what, buf_str(&text));
	buf_release(&text);
}

/* Who waits for whom: for dependencies always, for children while blocked. */
static void
check_cycles(struct findings *f, const struct tasks *tasks)
{
	struct graph *waits = graph_new(), *descent = graph_new();
	struct vec_id ids = { 0 };

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		int64_t parent = task_int(t, F_PARENT_ID, 0);

		ids.n = 0;
		task_ids(t, F_DEPENDS_ON, &ids);
		if (t->status == ST_BLOCKED)
			task_ids(t, F_CHILDREN, &ids);
		for (size_t k = 0; k < ids.n; k++)
			graph_edge(waits, t->id, ids.v[k]);
		if (parent != 0)
			graph_edge(descent, t->id, parent);
	}
	graph_cycles(waits, tell_cycle, &(struct telling){ f, "it waits for itself" });
	graph_cycles(descent, tell_cycle, &(struct telling){ f, "it is its own ancestor" });
	graph_free(waits);
	graph_free(descent);
	vec_id_release(&ids);
}

void
fsck_links(struct findings *f, const struct tasks *tasks)
{
	struct links l = { .f = f, .tasks = tasks, .top = xcalloc(tasks->n + 1, sizeof *l.top) };
	struct vec_id ids = { 0 };

	for (size_t i = 0; i < tasks->n; i++)
		l.top[i] = TOP_UNKNOWN;
	list_children(&l);
	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];

		check_dependencies(&l, t);
		ids.n = 0;
		task_ids(t, F_CHILDREN, &ids);
		for (size_t k = 0; k < ids.n; k++)
			check_child(&l, t, ids.v[k]);
		check_parent(&l, t);
	}
	vec_id_release(&ids);
	free(l.listed);
	free(l.top);
	check_keys(f, tasks);
	check_cycles(f, tasks);
}
