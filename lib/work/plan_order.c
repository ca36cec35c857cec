/*
 * plan_order - what the tasks of a plan need, and so in which waves they run
 *
 * Everything becomes dependencies: those that are declared, the chain of all-sequential,
 * and the barriers.  A barrier binds the first tasks of its stage, which need none of it,
 * to the last ones before it, which nobody there needs: what lies between follows.  That
 * is a link for each pair of them, so their number is bounded, and the message says how
 * to do with fewer.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "task/graph.h"
#include "work/plan_impl.h"

#define CYCLE_MAX 20	/* names of a cycle that a message shows */

static int
add_need(struct plan_reader *r, struct plan_task *t, int64_t number)
{
	if (++r->links > PLAN_LINKS_MAX) {
		err_set(r->e, ERR_INVALID, "stage '%s': tasks wait for each other in more than %d "
		    "ways: put a stage with one task in between", r->plan->stages.v[t->stage],
		    PLAN_LINKS_MAX);
		return plan_at(r, t->start);
	}
	vec_id_push(&t->needs, number);
	return 0;
}

/* ---- declared ---- */

static int
read_need(struct plan_reader *r, struct plan_task *t, const struct yaml_node *word)
{
	const struct plan *p = r->plan;
	int64_t self = t - p->v + 1, number = table_get(&r->ids, word->text);
	const struct plan_task *on = number != 0 ? &p->v[number - 1] : NULL;

	if (on == NULL)
		return plan_refuse(r, word, "depends", "is no task of this plan");
	if (on == t)
		return plan_refuse(r, word, "depends", "is the task itself");
	if (on->stage > t->stage)
		return plan_refuse(r, word, "depends", "is in a later stage");
	if (p->mode == PLAN_PARALLEL && on->stage == t->stage)
		return plan_refuse(r, word, "depends", "is in the same stage, whose tasks run at "
		    "the same time (all-parallel)");
	if (p->mode == PLAN_SEQUENTIAL && number > self)
		return plan_refuse(r, word, "depends", "stands behind it, and tasks run in the "
		    "order of the file (all-sequential)");
	return add_need(r, t, number);
}

static int
read_needs(struct plan_reader *r, const struct yaml_node *stages)
{
	struct plan_task *t = r->plan->v;

	for (const struct yaml_node *s = stages->child; s != NULL; s = s->next) {
		const struct yaml_node *tasks = yaml_get(yaml_deref(s), "tasks");

		for (const struct yaml_node *n = tasks->child; n != NULL; n = n->next, t++) {
			const struct yaml_node *list = yaml_get(yaml_deref(n), "depends");

			for (list = list ? list->child : NULL; list != NULL; list = list->next)
				if (read_need(r, t, yaml_deref(list)) == -1)
					return -1;
		}
	}
	return 0;
}

/* ---- by mode and barrier ---- */

static int
chain(struct plan_reader *r)
{
	for (size_t i = 1; i < r->plan->n; i++)
		if (add_need(r, &r->plan->v[i], (int64_t)i) == -1)
			return -1;
	return 0;
}

static bool
needs_own_stage(const struct plan *p, const struct plan_task *t)
{
	for (size_t i = 0; i < t->needs.n; i++)
		if (p->v[t->needs.v[i] - 1].stage == t->stage)
			return true;
	return false;
}

/* One stage, tasks [from, to): its barrier, and who is last behind it. */
static int
bar(struct plan_reader *r, size_t from, size_t to, bool *needed, struct vec_id *last)
{
	struct plan *p = r->plan;
	size_t kept = 0;

	for (size_t i = from; i < to && r->barrier[p->v[from].stage]; i++) {
		if (needs_own_stage(p, &p->v[i]))
			continue;
		for (size_t k = 0; k < last->n; k++)
			if (add_need(r, &p->v[i], last->v[k]) == -1)
				return -1;
	}
	for (size_t i = from; i < to; i++) {
		vec_id_push(last, (int64_t)i + 1);
		for (size_t k = 0; k < p->v[i].needs.n; k++)
			needed[p->v[i].needs.v[k]] = true;
	}
	for (size_t k = 0; k < last->n; k++)
		if (!needed[last->v[k]])
			last->v[kept++] = last->v[k];
	last->n = kept;
	return 0;
}

static int
bar_all(struct plan_reader *r)
{
	struct plan *p = r->plan;
	bool *needed = xcalloc(p->n + 1, sizeof *needed);
	struct vec_id last = { 0 };
	int bad = 0;

	for (size_t from = 0, to; from < p->n && bad == 0; from = to) {
		for (to = from; to < p->n && p->v[to].stage == p->v[from].stage;)
			to++;
		bad = bar(r, from, to, needed, &last);
	}
	vec_id_release(&last);
	free(needed);
	return bad;
}

/* ---- what it comes to ---- */

static void
keep_first(const struct vec_id *path, void *arg)
{
	struct vec_id *first = arg;

	for (size_t i = 0, had = first->n; had == 0 && i < path->n; i++)
		vec_id_push(first, path->v[i]);
}

static int
refuse_cycle(struct plan_reader *r, struct graph *g)
{
	const struct plan *p = r->plan;
	struct vec_id path = { 0 };
	struct buf b = { 0 };
	size_t n;

	graph_cycles(g, keep_first, &path);
	n = path.n <= CYCLE_MAX ? path.n : CYCLE_MAX;
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i > 0 ? " -> " : "", p->v[path.v[i] - 1].id);
	if (n < path.n)
		buf_printf(&b, " -> .. (%zu tasks)", path.n - 1);
	err_set(r->e, ERR_INVALID, "depends: a cycle: %s", buf_str(&b));
	plan_at(r, p->v[path.v[0] - 1].start);
	buf_release(&b);
	vec_id_release(&path);
	return -1;
}

/* Ascending, each once. */
static void
tidy(struct vec_id *ids)
{
	size_t kept = 0;

	vec_id_sort(ids);
	for (size_t i = 0; i < ids->n; i++)
		if (kept == 0 || ids->v[i] != ids->v[kept - 1])
			ids->v[kept++] = ids->v[i];
	ids->n = kept;
}

static int
find_waves(struct plan_reader *r)
{
	struct plan *p = r->plan;
	struct graph *g = graph_new();
	struct vec_id ids = { 0 }, waves = { 0 };
	int bad;

	for (size_t i = 0; i < p->n; i++) {
		tidy(&p->v[i].needs);
		graph_node(g, (int64_t)i + 1);
		for (size_t k = 0; k < p->v[i].needs.n; k++)
			graph_edge(g, (int64_t)i + 1, p->v[i].needs.v[k]);
	}
	if ((bad = graph_waves(g, &ids, &waves)) == -1)
		refuse_cycle(r, g);
	for (size_t i = 0; i < waves.n; i++) {
		p->v[i].wave = waves.v[i];
		if (waves.v[i] > p->waves)
			p->waves = waves.v[i];
	}
	vec_id_release(&ids);
	vec_id_release(&waves);
	graph_free(g);
	return bad;
}

int
plan_order(struct plan_reader *r, const struct yaml_node *stages)
{
	if (read_needs(r, stages) == -1)
		return -1;
	if ((r->plan->mode == PLAN_SEQUENTIAL ? chain(r) : bar_all(r)) == -1)
		return -1;
	return find_waves(r);
}
