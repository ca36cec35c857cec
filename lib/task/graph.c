/*
 * graph - edges between ids
 *
 * Nodes and edges are collected in any order and any number of times; the first
 * question after a change sorts them into the usual form: ids ascending, and the
 * edges of node i at to[first[i]] .. to[first[i + 1]], as node numbers ascending.
 * From then on a walk is an array and a position, and the answers do not depend
 * on the order in which the edges came.
 */
#include "task/graph.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"

struct edge {
	int64_t from, to;
};

struct graph {
	struct vec_id id;	/* nodes; sorted and each once if `settled` */
	struct edge *edge;
	size_t nedge, cap;
	bool settled;
	size_t *first;		/* id.n + 1 */
	size_t *to;
};

struct graph *
graph_new(void)
{
	return xcalloc(1, sizeof(struct graph));
}

void
graph_free(struct graph *g)
{
	if (g == NULL)
		return;
	vec_id_release(&g->id);
	free(g->edge);
	free(g->first);
	free(g->to);
	free(g);
}

void
graph_node(struct graph *g, int64_t id)
{
	vec_id_push(&g->id, id);
	g->settled = false;
}

void
graph_edge(struct graph *g, int64_t from, int64_t to)
{
	graph_node(g, from);
	graph_node(g, to);
	g->edge = vec_room(g->edge, &g->cap, g->nedge, sizeof *g->edge);
	g->edge[g->nedge++] = (struct edge){ from, to };
}

static int
compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int
compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

/* The number of a node; g->id.n if there is none of that id. */
static size_t
number(const struct graph *g, int64_t id)
{
	const int64_t *p = g->id.n == 0 ? NULL :
	    bsearch(&id, g->id.v, g->id.n, sizeof id, compare_ids);

	return p == NULL ? g->id.n : (size_t)(p - g->id.v);
}

static void
settle(struct graph *g)
{
	size_t n = 0;

	if (g->settled)
		return;
	if (g->id.n > 1)
		qsort(g->id.v, g->id.n, sizeof *g->id.v, compare_ids);
	for (size_t i = 0; i < g->id.n; i++)
		if (n == 0 || g->id.v[i] != g->id.v[n - 1])
			g->id.v[n++] = g->id.v[i];
	g->id.n = n;
	if (g->nedge > 1)
		qsort(g->edge, g->nedge, sizeof *g->edge, compare_edges);
	g->first = xrealloc(g->first, (n + 1) * sizeof *g->first);
	g->to = xrealloc(g->to, (g->nedge + 1) * sizeof *g->to);
	for (size_t i = 0, k = 0; i <= n; i++) {
		g->first[i] = k;
		for (; i < n && k < g->nedge && g->edge[k].from == g->id.v[i]; k++)
			g->to[k] = number(g, g->edge[k].to);
	}
	g->settled = true;
}

/* A walk in depth, with a stack of its own. */
struct walk {
	size_t *stack, depth;
	size_t *place;		/* of a node: its place on the stack plus one, 0 if it was
				   not met yet, FINISHED if no cycle goes through it */
	size_t *next;		/* of a node on the stack: its edge to look at next */
};

#define FINISHED SIZE_MAX

static void
push(const struct graph *g, struct walk *w, size_t i)
{
	w->next[i] = g->first[i];
	w->stack[w->depth++] = i;
	w->place[i] = w->depth;
}

/* The stack from entry `low` up is a cycle: copied with its least id in front. */
static void
take_cycle(const struct graph *g, const struct walk *w, size_t low, struct vec_id *path)
{
	size_t n = w->depth - low, least = low;

	for (size_t i = low; i < w->depth; i++)
		if (w->stack[i] < w->stack[least])
			least = i;
	for (size_t i = 0; i <= n; i++)
		vec_id_push(path, g->id.v[w->stack[low + (least - low + i) % n]]);
}

/* Follows one edge, or steps back where there is none left; true at a cycle. */
static bool
step(const struct graph *g, struct walk *w, struct vec_id *path)
{
	size_t i = w->stack[w->depth - 1], to;

	if (w->next[i] == g->first[i + 1]) {
		w->place[i] = FINISHED;
		w->depth--;
		return false;
	}
	to = g->to[w->next[i]++];
	if (w->place[to] == 0) {
		push(g, w, to);
	} else if (w->place[to] != FINISHED) {
		take_cycle(g, w, w->place[to] - 1, path);
		return true;
	}
	return false;
}

int
graph_cycle(struct graph *g, struct vec_id *path)
{
	struct walk w = { 0 };
	bool found = false;

	settle(g);
	w.stack = xcalloc(g->id.n + 1, sizeof *w.stack);
	w.place = xcalloc(g->id.n + 1, sizeof *w.place);
	w.next = xcalloc(g->id.n + 1, sizeof *w.next);
	for (size_t i = 0; i < g->id.n && !found; i++) {
		if (w.place[i] == 0)
			push(g, &w, i);
		while (w.depth > 0 && !found)
			found = step(g, &w, path);
	}
	free(w.stack);
	free(w.place);
	free(w.next);
	return found;
}

/* ---- all cycles ---- */

/*
 * Sets of nodes that lead to each other: Tarjan, "Depth-first search and linear
 * graph algorithms", 1972, with a stack in place of recursion.
 */
struct sets {
	const struct graph *g;
	size_t *met;		/* when, from 1 on; 0: not yet */
	size_t *low;		/* the earliest met of those that it leads to and are open */
	size_t *next;		/* its edge to look at next */
	size_t *way, depth;	/* from the start to where we are */
	size_t *open, nopen;	/* met, and their set is not known */
	size_t *set;		/* the answer: the least node of its set plus one */
	size_t clock;
};

static void
enter(struct sets *s, size_t i)
{
	s->met[i] = s->low[i] = ++s->clock;
	s->next[i] = s->g->first[i];
	s->way[s->depth++] = i;
	s->open[s->nopen++] = i;
}

/* All that is open and was met since `i` is its set. */
static void
leave(struct sets *s, size_t i)
{
	size_t up = --s->depth > 0 ? s->way[s->depth - 1] : i, from = s->nopen, least = i;

	if (s->low[i] < s->low[up])
		s->low[up] = s->low[i];
	if (s->low[i] != s->met[i])
		return;
	do {
		from--;
		if (s->open[from] < least)
			least = s->open[from];
	} while (s->open[from] != i);
	for (size_t k = from; k < s->nopen; k++)
		s->set[s->open[k]] = least + 1;
	s->nopen = from;
}

static void
find_sets(struct sets *s)
{
	const struct graph *g = s->g;

	for (size_t start = 0; start < g->id.n; start++) {
		if (s->met[start] == 0)
			enter(s, start);
		while (s->depth > 0) {
			size_t i = s->way[s->depth - 1], to;

			if (s->next[i] == g->first[i + 1]) {
				leave(s, i);
				continue;
			}
			to = g->to[s->next[i]++];
			if (s->met[to] == 0)
				enter(s, to);
			else if (s->set[to] == 0 && s->met[to] < s->low[i])
				s->low[i] = s->met[to];
		}
	}
}

/*
 * The shortest way from `start` back to it within its set; false if there is none.
 * A search in breadth: from[i] is whence node i was reached plus one.
 */
static bool
shortest(const struct sets *s, size_t start, size_t *from, size_t *queue, struct vec_id *path)
{
	const struct graph *g = s->g;
	size_t n = 0, back = 0;

	queue[n++] = start;
	for (size_t i = 0; from[start] == 0 && i < n; i++)
		for (size_t k = g->first[queue[i]]; k < g->first[queue[i] + 1]; k++) {
			size_t to = g->to[k];

			if (s->set[to] != s->set[start] || from[to] != 0)
				continue;
			from[to] = queue[i] + 1;
			if (to != start)
				queue[n++] = to;
		}
	if (from[start] == 0)
		return false;
	/* Written from the end, into the queue that is not needed any more. */
	for (size_t i = from[start] - 1; i != start; i = from[i] - 1)
		queue[back++] = i;
	vec_id_push(path, g->id.v[start]);
	while (back > 0)
		vec_id_push(path, g->id.v[queue[--back]]);
	vec_id_push(path, g->id.v[start]);
	return true;
}

void
graph_cycles(struct graph *g, void (*each)(const struct vec_id *path, void *), void *arg)
{
	struct sets s = { .g = g };
	struct vec_id path = { 0 };
	size_t *words, n;

	settle(g);
	n = g->id.n + 1;
	words = xcalloc(n * 8, sizeof *words);
	s.met = words;
	s.low = words + n;
	s.next = words + 2 * n;
	s.way = words + 3 * n;
	s.open = words + 4 * n;
	s.set = words + 5 * n;
	find_sets(&s);
	for (size_t i = 0; i < g->id.n; i++) {
		path.n = 0;
		if (s.set[i] == i + 1 && shortest(&s, i, words + 6 * n, words + 7 * n, &path))
			each(&path, arg);
	}
	vec_id_release(&path);
	free(words);
}

void
graph_path_text(const struct vec_id *path, struct buf *b)
{
	for (size_t i = 0; i < path->n; i++)
		buf_printf(b, "%s%lld", i > 0 ? " -> " : "", (long long)path->v[i]);
}

void
graph_reach(struct graph *g, int64_t id, struct vec_id *out)
{
	size_t *queue, n = 0, start;
	bool *seen;

	settle(g);
	if ((start = number(g, id)) == g->id.n)
		return;
	seen = xcalloc(g->id.n, sizeof *seen);
	queue = xcalloc(g->id.n, sizeof *queue);
	seen[start] = true;
	queue[n++] = start;
	for (size_t i = 0; i < n; i++)
		for (size_t k = g->first[queue[i]]; k < g->first[queue[i] + 1]; k++)
			if (!seen[g->to[k]]) {
				seen[g->to[k]] = true;
				queue[n++] = g->to[k];
			}
	for (size_t i = 0; i < g->id.n; i++)
		if (seen[i] && i != start)
			vec_id_push(out, g->id.v[i]);
	free(seen);
	free(queue);
}
