/*
 * circle.c - what could go on is taken away, then what waits for that, until nothing more
 * falls; what is left is stuck
 */
#include "task/circle.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "task/graph.h"
#include "task/task.h"

/* The task at place `task` waits for the one at place `on`. */
struct edge {
	size_t on, task;
};

struct search {
	const struct tasks *tasks;
	struct edge *v;			/* by `on` */
	size_t n, cap;
	size_t *left;			/* of each task: how many must go on before it can */
};

static int
compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->on != y->on)
		return x->on < y->on ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

/* A dependency that is named twice is two edges, which both fall with it. */
static void
add_edges(struct search *s, size_t i)
{
	const struct task *t = &s->tasks->v[i];
	bool blocked = t->status == ST_BLOCKED;
	struct vec_id ids = { 0 };
	size_t before = s->n;

	if (!blocked && t->status != ST_NEW && t->status != ST_ROUTED)
		return;
	task_ids(t, blocked ? F_CHILDREN : F_DEPENDS_ON, &ids);
	for (size_t k = 0; k < ids.n; k++) {
		const struct task *on = tasks_find(s->tasks, ids.v[k]);

		if (!blocked && on != NULL && state_ended(on->status) && on->status != ST_DONE) {
			s->n = before;
			break;
		}
		if (on == NULL || state_ended(on->status))
			continue;
		s->v = vec_room(s->v, &s->cap, s->n, sizeof *s->v);
		s->v[s->n++] = (struct edge){ (size_t)(on - s->tasks->v), i };
	}
	s->left[i] = blocked && s->n > before ? 1 : s->n - before;
	vec_id_release(&ids);
}

static size_t
first_edge(const struct search *s, size_t on)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->v[mid].on < on)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
fall(struct search *s)
{
	size_t *queue = xcalloc(s->tasks->n + 1, sizeof *queue), n = 0;

	for (size_t i = 0; i < s->tasks->n; i++)
		if (s->left[i] == 0)
			queue[n++] = i;
	for (size_t q = 0; q < n; q++)
		for (size_t k = first_edge(s, queue[q]); k < s->n && s->v[k].on == queue[q]; k++)
			if (s->left[s->v[k].task] > 0 && --s->left[s->v[k].task] == 0)
				queue[n++] = s->v[k].task;
	free(queue);
}

void
circles_find(struct circles *c, const struct tasks *tasks)
{
	struct search s = { .tasks = tasks };

	*c = (struct circles){ 0 };
	s.left = xcalloc(tasks->n + 1, sizeof *s.left);
	for (size_t i = 0; i < tasks->n; i++)
		add_edges(&s, i);
	if (s.n > 0) {
		qsort(s.v, s.n, sizeof *s.v, compare);
		fall(&s);
	}
	for (size_t i = 0; i < tasks->n; i++)
		if (s.left[i] > 0)
			vec_id_push(&c->stuck, tasks->v[i].id);
	vec_id_sort(&c->stuck);
	c->waits = c->stuck.n > 0 ? graph_new() : NULL;
	for (size_t k = 0; c->waits != NULL && k < s.n; k++)
		if (s.left[s.v[k].on] > 0 && s.left[s.v[k].task] > 0)
			graph_edge(c->waits, tasks->v[s.v[k].task].id, tasks->v[s.v[k].on].id);
	free(s.left);
	free(s.v);
}

void
circles_release(struct circles *c)
{
	if (c->waits != NULL)
		graph_free(c->waits);
	vec_id_release(&c->stuck);
	*c = (struct circles){ 0 };
}

bool
circles_have(const struct circles *c, int64_t id)
{
	return vec_id_has_sorted(&c->stuck, id);
}

int
circles_refuse(const struct circles *c, int64_t id, struct err *e)
{
	struct vec_id path = { 0 }, reach = { 0 };
	struct buf text = { 0 };
	bool itself = graph_cycle_at(c->waits, id, &path);

	if (!itself)
		graph_reach(c->waits, id, &reach);
	for (size_t i = 0; i < reach.n && !graph_cycle_at(c->waits, reach.v[i], &path); i++)
		continue;
	graph_path_text(&path, &text);
	err_set(e, ERR_INVALID, "task %lld waits for %s: %s", (long long)id,
	    itself ? "itself" : "a circle", buf_str(&text));
	buf_release(&text);
	vec_id_release(&path);
	vec_id_release(&reach);
	return -1;
}
