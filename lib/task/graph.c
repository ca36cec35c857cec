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
	size_t *set;		/* of a node: the least of those that it leads to and that lead to
				   it, itself among them, plus one; NULL: not asked yet */
	size_t *members;	/* of the set of that least node */
	size_t *from, *queue;	/* room for a search; `from` is all zero between two */
};

struct graph *
graph_new(void)
{
	return xcalloc(1, sizeof(struct graph));
}

static void
forget_sets(struct graph *g)
{
	free(g->set);
	free(g->members);
	free(g->from);
	free(g->queue);
	g->set = g->members = g->from = g->queue = NULL;
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
	forget_sets(g);
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
	forget_sets(g);
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

/* ---- cycles ---- */

/*
 * Sets of nodes that lead to each other: Tarjan, "Depth-first search and linear
 * graph algorithms", 1972, with a stack in place of recursion.
 */
struct sets {
	struct graph *g;
	size_t *met;		/* when, from 1 on; 0: not yet */
	size_t *low;		/* the earliest met of those that it leads to and are open */
	size_t *next;		/* its edge to look at next */
	size_t *way, depth;	/* from the start to where we are */
	size_t *open, nopen;	/* met, and their set is not known */
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
	s->g->members[least] = s->nopen - from;
	for (size_t k = from; k < s->nopen; k++)
		s->g->set[s->open[k]] = least + 1;
	s->nopen = from;
}

static void
walk(struct sets *s, size_t start)
{
	const struct graph *g = s->g;

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
		else if (g->set[to] == 0 && s->met[to] < s->low[i])
			s->low[i] = s->met[to];
	}
}

static void
find_sets(struct graph *g)
{
	struct sets s = { .g = g };
	size_t *words, n = g->id.n + 1;

	if (g->set != NULL)
		return;
	g->set = xcalloc(n, sizeof *g->set);
	g->members = xcalloc(n, sizeof *g->members);
	g->from = xcalloc(n, sizeof *g->from);
	g->queue = xcalloc(n, sizeof *g->queue);
	words = xcalloc(n * 5, sizeof *words);
	s.met = words;
	s.low = words + n;
	s.next = words + 2 * n;
	s.way = words + 3 * n;
	s.open = words + 4 * n;
	for (size_t i = 0; i < g->id.n; i++)
		if (s.met[i] == 0)
			walk(&s, i);
	free(words);
}

/* Does any way lead from it back to it? */
static bool
returns(const struct graph *g, size_t i)
{
	if (g->members[g->set[i] - 1] > 1)
		return true;
	for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
		if (g->to[k] == i)
			return true;
	return false;
}

/*
 * The shortest way from `start`, which returns, back to it; a search in breadth within its
 * set.  from[i] is whence node i was reached plus one.
 */
static void
shortest(struct graph *g, size_t start, struct vec_id *path)
{
	size_t *from = g->from, *queue = g->queue, n = 0, first;

	queue[n++] = start;
	for (size_t i = 0; from[start] == 0 && i < n; i++)
		for (size_t k = g->first[queue[i]]; k < g->first[queue[i] + 1]; k++) {
			size_t to = g->to[k];

			if (g->set[to] != g->set[start] || from[to] != 0)
				continue;
			from[to] = queue[i] + 1;
			if (to != start)
				queue[n++] = to;
		}
	vec_id_push(path, g->id.v[start]);
	first = path->n;
	for (size_t i = from[start] - 1; i != start; i = from[i] - 1)
		vec_id_push(path, g->id.v[i]);
	for (size_t a = first, b = path->n; a + 1 < b; a++, b--) {
		int64_t id = path->v[a];

		path->v[a] = path->v[b - 1];
		path->v[b - 1] = id;
	}
	vec_id_push(path, g->id.v[start]);
	while (n > 0)
		from[queue[--n]] = 0;
}

int
graph_cycle_at(struct graph *g, int64_t id, struct vec_id *path)
{
	size_t i;

	settle(g);
	find_sets(g);
	if ((i = number(g, id)) == g->id.n || !returns(g, i))
		return 0;
	shortest(g, i, path);
	return 1;
}

void
graph_cycles(struct graph *g, void (*each)(const struct vec_id *path, void *), void *arg)
{
	struct vec_id path = { 0 };

	settle(g);
	find_sets(g);
	for (size_t i = 0; i < g->id.n; i++) {
		path.n = 0;
		if (g->set[i] != i + 1 || !returns(g, i))
			continue;
		shortest(g, i, &path);
		each(&path, arg);
	}
	vec_id_release(&path);
}

void
graph_path_text(const struct vec_id *path, struct buf *b)
{
	for (size_t i = 0; i < path->n; i++)
		buf_printf(b, "%s%lld", i > 0 ? " -> " : "", (long long)path->v[i]);
}

/* ---- waves ---- */

/* Whom each node is needed by, in the form of `first` and `to`. */
static void
turn_round(const struct graph *g, size_t *first, size_t *by)
{
	size_t n = g->id.n;

	for (size_t k = 0; k < g->first[n]; k++)
		first[g->to[k] + 1]++;
	for (size_t i = 0; i < n; i++)
		first[i + 1] += first[i];
	/* Filled from the end of each, so that first[i] moves on to where its own begin. */
	for (size_t i = n; i-- > 0;)
		for (size_t k = g->first[i + 1]; k-- > g->first[i];)
			by[--first[g->to[k] + 1]] = i;
	for (size_t i = 0; i < n; i++)
		first[i] = first[i + 1];
	first[n] = g->first[n];
}

int
graph_waves(struct graph *g, struct vec_id *ids, struct vec_id *waves)
{
	size_t *words, *first, *by, *left, *queue, n = 0, kept = waves->n;

	settle(g);
	words = xcalloc(3 * (g->id.n + 1) + g->first[g->id.n] + 1, sizeof *words);
	first = words;
	left = words + g->id.n + 1;
	queue = left + g->id.n + 1;
	by = queue + g->id.n + 1;
	turn_round(g, first, by);
	for (size_t i = 0; i < g->id.n; i++) {
		vec_id_push(waves, 1);
		if ((left[i] = g->first[i + 1] - g->first[i]) == 0)
			queue[n++] = i;
	}
	/* A node follows when the last that it needs is through: that is of the wave before. */
	for (size_t q = 0; q < n; q++)
		for (size_t k = first[queue[q]]; k < first[queue[q] + 1]; k++)
			if (--left[by[k]] == 0) {
				waves->v[kept + by[k]] = waves->v[kept + queue[q]] + 1;
				queue[n++] = by[k];
			}
	free(words);
	if (n < g->id.n) {
		waves->n = kept;
		return -1;
	}
	for (size_t i = 0; i < g->id.n; i++)
		vec_id_push(ids, g->id.v[i]);
	return 0;
}

void
graph_next(struct graph *g, int64_t id, struct vec_id *out)
{
	size_t i;

	settle(g);
	if ((i = number(g, id)) == g->id.n)
		return;
	for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
		if (k == g->first[i] || g->to[k] != g->to[k - 1])
			vec_id_push(out, g->id.v[g->to[k]]);
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
