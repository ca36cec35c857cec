/*
 * select - which tasks meet the operands
 *
 * `hit` has a flag for every task of the pool, in the order of the file.  All
 * start as selected or, where ids were named, only those; each condition clears
 * the flags of the tasks that do not meet it.
 */
#include "task/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "task/archive.h"
#include "task/graph.h"
#include "task/ready.h"
#include "task/select_impl.h"
#include "task/task.h"

/* What is selected from: tasks of one or several pictures, each id once. */
struct pool {
	const struct tasks *live;
	const struct archive *archive;		/* NULL: not asked for */
	const struct task **v;			/* the live ones first */
	size_t n;
	size_t *by_id;				/* places of the others, sorted by id */
};

static int
compare_places(const void *a, const void *b, void *arg)
{
	const struct pool *p = arg;
	int64_t x = p->v[*(const size_t *)a]->id, y = p->v[*(const size_t *)b]->id;

	return (x > y) - (x < y);
}

static void
pool_fill(struct pool *p, const struct tasks *live, const struct archive *archive)
{
	size_t n = live->n;

	for (size_t i = 0; archive != NULL && i < archive->n; i++)
		n += archive->v[i].tasks->n;
	*p = (struct pool){ .live = live, .archive = archive };
	p->v = xcalloc(n + 1, sizeof *p->v);
	p->by_id = xcalloc(n - live->n + 1, sizeof *p->by_id);
	for (size_t i = 0; i < live->n; i++)
		p->v[p->n++] = &live->v[i];
	for (size_t i = 0; archive != NULL && i < archive->n; i++)
		for (size_t k = 0; k < archive->v[i].tasks->n; k++) {
			const struct task *t = &archive->v[i].tasks->v[k];

			if (tasks_find(live, t->id) == NULL && archive_find(archive, t->id) == t)
				p->v[p->n++] = t;
		}
	for (size_t i = live->n; i < p->n; i++)
		p->by_id[i - live->n] = i;
	if (p->n > live->n)
		qsort_r(p->by_id, p->n - live->n, sizeof *p->by_id, compare_places, p);
}

static void
pool_release(struct pool *p)
{
	free(p->v);
	free(p->by_id);
}

/* The place of a task, or p->n. */
static size_t
place(const struct pool *p, int64_t id)
{
	const struct task *t = tasks_find(p->live, id);
	size_t low = 0, n = p->n - p->live->n, high = n;

	if (t != NULL)
		return (size_t)(t - p->live->v);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->v[p->by_id[mid]]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && p->v[p->by_id[low]]->id == id ? p->by_id[low] : p->n;
}

static int
all_exist(const struct pool *p, const struct vec_id *ids, const struct ready_rules *rules,
    struct err *e)
{
	for (size_t i = 0; i < ids->n; i++) {
		long long id = ids->v[i];

		if (place(p, id) != p->n)
			continue;
		if (p->archive == NULL && archive_ask(rules->archive, id) != NULL)
			return err_set(e, ERR_USAGE, "task %lld is archived", id);
		return err_set(e, ERR_USAGE, "no task %lld", id);
	}
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
family(const struct pool *p)
{
	struct graph *g = graph_new();
	struct vec_id children = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct task *t = p->v[i];
		int64_t parent = task_int(t, F_PARENT_ID, 0);

		if (parent != 0)
			graph_edge(g, parent, t->id);
		children.n = 0;
		task_ids(t, F_CHILDREN, &children);
		for (size_t k = 0; k < children.n; k++)
			graph_edge(g, t->id, children.v[k]);
	}
	vec_id_release(&children);
	return g;
}

static void
apply_tree(const struct select_cond *c, const struct pool *p, bool *hit)
{
	bool *in = xcalloc(p->n + 1, sizeof *in);
	struct graph *g = family(p);
	struct vec_id below = { 0 };

	for (size_t i = 0; i < c->ids.n; i++) {
		vec_id_push(&below, c->ids.v[i]);
		graph_reach(g, c->ids.v[i], &below);
	}
	for (size_t i = 0; i < below.n; i++)
		in[place(p, below.v[i])] = true;
	for (size_t i = 0; i < p->n; i++)
		hit[i] = hit[i] && in[i] != c->negate;
	vec_id_release(&below);
	graph_free(g);
	free(in);
}

static void
apply(const struct select_cond *c, const struct pool *p, bool *hit)
{
	if (c->kind == SELECT_TREE) {
		apply_tree(c, p, hit);
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		hit[i] = hit[i] && meets(c, p->v[i]) != c->negate;
}

static void
begin(const struct select *s, const struct pool *p, bool *hit)
{
	/* A task that has no id yet cannot be named, listed or changed. */
	for (size_t i = 0; i < p->n; i++)
		hit[i] = s->any && !s->named_any;
	for (size_t i = 0; i < s->named.n; i++)
		hit[place(p, s->named.v[i])] = true;
}

/* Of `ids`, in their order, those that are selected, each once. */
static void
put_order(const struct pool *p, const struct vec_id *ids, bool *hit, size_t most,
    struct vec_id *out)
{
	for (size_t i = 0; i < ids->n && most > 0; i++) {
		size_t k = place(p, ids->v[i]);

		if (hit[k]) {
			vec_id_push(out, ids->v[i]);
			hit[k] = false;
			most--;
		}
	}
}

int
select_run_all(const struct select *s, const struct tasks *ts, const struct archive *archive,
    const struct ready_rules *rules, struct vec_id *out, struct err *e)
{
	struct vec_id queue = { 0 };
	struct pool p;
	bool *hit = NULL;
	int r = -1;

	pool_fill(&p, ts, archive);
	if (all_exist(&p, &s->named, rules, e) == -1 || all_exist(&p, &s->must, rules, e) == -1)
		goto done;
	hit = xcalloc(p.n + 1, sizeof *hit);
	begin(s, &p, hit);
	for (size_t i = 0; i < s->n; i++)
		apply(&s->cond[i], &p, hit);
	if (s->next) {
		ready_list(ts, rules, &queue);
		put_order(&p, &queue, hit, 1, out);
	} else if (s->named_any && s->n == 0) {
		put_order(&p, &s->named, hit, s->named.n, out);
	} else {
		for (size_t i = 0; i < p.n; i++)
			if (hit[i])
				vec_id_push(out, p.v[i]->id);
	}
	r = 0;
done:
	pool_release(&p);
	vec_id_release(&queue);
	free(hit);
	return r;
}

int
select_run(const struct select *s, const struct tasks *ts, const struct ready_rules *rules,
    struct vec_id *out, struct err *e)
{
	return select_run_all(s, ts, NULL, rules, out, e);
}
