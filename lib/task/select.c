/*
 * select - which tasks meet the operands
 *
 * `hit` has a flag for every task of the picture, in the order of the file.  All
 * start as selected or, where ids were named, only those; each condition clears
 * the flags of the tasks that do not meet it.
 */
#include "task/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "task/graph.h"
#include "task/ready.h"
#include "task/select_impl.h"
#include "task/task.h"

static int
all_exist(const struct tasks *ts, const struct vec_id *ids, struct err *e)
{
	for (size_t i = 0; i < ids->n; i++)
		if (tasks_find(ts, ids->v[i]) == NULL)
			return err_set(e, ERR_USAGE, "no task %lld", (long long)ids->v[i]);
	return 0;
}

static bool
in_ranges(const struct vec_id *pairs, int64_t id)
{
	for (size_t i = 0; i + 1 < pairs->n; i += 2)
		if (id >= pairs->v[i] && id <= pairs->v[i + 1])
			return true;
	return false;
}

/* The text of a scalar field; what is not written has the value that it counts as. */
static const char *
text_of(const struct task *t, enum field f)
{
	if (f == F_STATUS)
		return state_name(t->status);
	if (f == F_PRIORITY)
		return field_table[F_PRIORITY].words[task_priority(t)];
	return task_text(t, f);
}

static bool
is_list(enum field f)
{
	enum field_type type = field_table[f].type;

	return type == FIELD_TEXTS || type == FIELD_IDS || type == FIELD_MAPS;
}

static bool
equals(const struct task *t, enum field f, const char *want)
{
	const char *text;

	if (*want == '\0') {
		text = task_text(t, f);
		return !task_is_set(t, f) || (text != NULL && *text == '\0') ||
		    (is_list(f) && task_count(t, f) == 0);
	}
	if (is_list(f))
		return task_has(t, f, want);
	text = text_of(t, f);
	return text != NULL && strcmp(text, want) == 0;
}

static bool
meets(const struct select_cond *c, const struct task *t)
{
	if (c->kind == SELECT_IDS)
		return in_ranges(&c->ids, t->id);
	for (size_t i = 0; i < c->texts.n; i++)
		if (equals(t, c->field, c->texts.v[i]))
			return true;
	return false;
}

/* Parent to child, as either of the two says it. */
static struct graph *
family(const struct tasks *ts)
{
	struct graph *g = graph_new();
	struct vec_id children = { 0 };

	for (const struct task *t = ts->v; t < ts->v + ts->n; t++) {
		int64_t parent = task_int(t, F_PARENT_ID, 0);

		if (parent != 0)
			graph_edge(g, parent, t->id);
		children.n = 0;
		task_ids(t, F_CHILDREN, &children);
		for (size_t i = 0; i < children.n; i++)
			graph_edge(g, t->id, children.v[i]);
	}
	vec_id_release(&children);
	return g;
}

static void
apply_tree(const struct select_cond *c, const struct tasks *ts, bool *hit)
{
	bool *in = xcalloc(ts->n + 1, sizeof *in);
	struct graph *g = family(ts);
	struct vec_id below = { 0 };

	for (size_t i = 0; i < c->ids.n; i++) {
		vec_id_push(&below, c->ids.v[i]);
		graph_reach(g, c->ids.v[i], &below);
	}
	for (size_t i = 0; i < below.n; i++) {
		const struct task *t = tasks_find(ts, below.v[i]);

		if (t != NULL)
			in[t - ts->v] = true;
	}
	for (size_t i = 0; i < ts->n; i++)
		hit[i] = hit[i] && in[i] != c->negate;
	vec_id_release(&below);
	graph_free(g);
	free(in);
}

static void
apply(const struct select_cond *c, const struct tasks *ts, bool *hit)
{
	if (c->kind == SELECT_TREE) {
		apply_tree(c, ts, hit);
		return;
	}
	for (size_t i = 0; i < ts->n; i++)
		hit[i] = hit[i] && meets(c, &ts->v[i]) != c->negate;
}

static void
begin(const struct select *s, const struct tasks *ts, bool *hit)
{
	/* A task that has no id yet cannot be named, listed or changed. */
	for (size_t i = 0; i < ts->n; i++)
		hit[i] = s->any && !s->named_any;
	for (size_t i = 0; i < s->named.n; i++)
		hit[tasks_find(ts, s->named.v[i]) - ts->v] = true;
}

/* Of `ids`, in their order, those that are selected, each once. */
static void
put_order(const struct tasks *ts, const struct vec_id *ids, bool *hit, size_t most,
    struct vec_id *out)
{
	for (size_t i = 0; i < ids->n && most > 0; i++) {
		size_t k = (size_t)(tasks_find(ts, ids->v[i]) - ts->v);

		if (hit[k]) {
			vec_id_push(out, ids->v[i]);
			hit[k] = false;
			most--;
		}
	}
}

int
select_run(const struct select *s, const struct tasks *ts, const struct ready_rules *rules,
    struct vec_id *out, struct err *e)
{
	struct vec_id queue = { 0 };
	bool *hit;

	if (all_exist(ts, &s->named, e) == -1 || all_exist(ts, &s->must, e) == -1)
		return -1;
	hit = xcalloc(ts->n + 1, sizeof *hit);
	begin(s, ts, hit);
	for (size_t i = 0; i < s->n; i++)
		apply(&s->cond[i], ts, hit);
	if (s->next) {
		ready_list(ts, rules, &queue);
		put_order(ts, &queue, hit, 1, out);
	} else if (s->named_any && s->n == 0) {
		put_order(ts, &s->named, hit, s->named.n, out);
	} else {
		for (size_t i = 0; i < ts->n; i++)
			if (hit[i])
				vec_id_push(out, ts->v[i].id);
	}
	vec_id_release(&queue);
	free(hit);
	return 0;
}
