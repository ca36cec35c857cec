/*
 * Which tasks of three generations are one task.
 *
 * Tasks are known by their id.  Those that a person wrote without one have none
 * until the next commit: a task without id of `mine` is one without id of `base`
 * if the titles are equal, and then that of `last` which was given the id that was
 * foreseen for it.  So an editor that saves its buffer again, in which the task
 * still has no id, does not add it twice.
 *
 * An id that `mine` and `last` have and `base` has not was given twice, unless the
 * titles show that it is one task after all.  One that lies between what `base` and
 * `last` would give next was given to a task that is gone (archived); ids are never
 * used again, so that the person's task gets another one, too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "doc/val.h"
#include "task/merge_impl.h"

bool
pair_has_id(const struct task *t)
{
	return task_int(t, F_ID, 0) != 0;
}

int64_t
pair_next_id(const struct tasks *ts)
{
	int64_t next = ts->next_id;

	for (size_t i = 0; i < ts->n; i++)
		next -= !pair_has_id(&ts->v[i]);
	return next;
}

/* An id that was written down for a task that had none is no change of it. */
bool
pair_changed(const struct task *from, const struct task *to)
{
	struct val *a = task_map(from), *b = task_map(to);
	bool same;

	if (!pair_has_id(from))
		val_drop(b, "id");
	same = val_same(a, b);
	val_free(a);
	val_free(b);
	return !same;
}

/* A task without id, by its title and its place in the file. */
struct nameless {
	const struct task *t;
	const char *title;
};

static int
compare_titles(const void *va, const void *vb)
{
	const struct nameless *a = va, *b = vb;
	int order = strcmp(a->title, b->title);

	return order != 0 ? order : a->t < b->t ? -1 : a->t > b->t;
}

static struct nameless *
nameless_of(const struct tasks *ts, size_t *n)
{
	struct nameless *v = xcalloc(ts->n > 0 ? ts->n : 1, sizeof *v);

	*n = 0;
	for (size_t i = 0; i < ts->n; i++)
		if (!pair_has_id(&ts->v[i]))
			v[(*n)++] = (struct nameless){ &ts->v[i], task_text(&ts->v[i], F_TITLE) };
	qsort(v, *n, sizeof *v, compare_titles);
	return v;
}

/* Those of one title belong together in their order. */
static void
pair_nameless(struct pairs *p, const struct tasks *base, const struct tasks *mine, bool *taken)
{
	size_t n, m, i = 0, j = 0;
	struct nameless *a = nameless_of(base, &n), *b = nameless_of(mine, &m);

	while (i < n && j < m) {
		int order = strcmp(a[i].title, b[j].title);

		if (order == 0) {
			p->mine[b[j].t - mine->v].base = a[i].t;
			taken[a[i].t - base->v] = true;
		}
		i += order <= 0;
		j += order >= 0;
	}
	free(a);
	free(b);
}

static bool
same_text(const struct task *a, const struct task *b, enum field f)
{
	const char *s = task_text(a, f), *t = task_text(b, f);

	return s != NULL && t != NULL && strcmp(s, t) == 0;
}

/* Both sides added it: is it one task? */
static bool
is_one(const struct task *a, const struct task *b)
{
	if (task_text(a, F_UID) != NULL && task_text(b, F_UID) != NULL)
		return same_text(a, b, F_UID);
	return same_text(a, b, F_TITLE);
}

struct pairing {
	struct pairs *p;
	const struct tasks *base, *last;
	const bool *taken;		/* tasks of base that one without id is */
	int64_t from, to;		/* ids that were given since base */
};

static void
pair_one(const struct pairing *g, struct pair *pair, const struct task *t)
{
	const struct task *base = pair->base, *last;
	bool used = false;

	if (base == NULL && pair_has_id(t)) {
		base = tasks_find(g->base, t->id);
		used = base != NULL && g->taken[base - g->base->v];
		/* Foreseen only: was it this one that it was foreseen for? */
		if (used || (base != NULL && !pair_has_id(base) && !is_one(base, t)))
			base = NULL;
	}
	last = base != NULL ? tasks_find(g->last, base->id) : NULL;
	if (base == NULL && pair_has_id(t) && !used) {
		last = tasks_find(g->last, t->id);
		used = last != NULL ? !is_one(last, t) : t->id >= g->from && t->id < g->to;
	}
	pair->base = base;
	if (used) {
		pair->fate = PAIR_MOVES;
		return;
	}
	pair->last = last;
	if (last != NULL) {
		pair->fate = PAIR_BOTH;
		g->p->seen[last - g->last->v] = true;
	} else if (base != NULL)
		pair->fate = pair_changed(base, t) ? PAIR_STAYS : PAIR_GOES;
	else
		pair->fate = PAIR_OWN;
}

static int64_t
greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void
pair_tasks(struct pairs *p, const struct tasks *base, const struct tasks *last,
    const struct tasks *mine)
{
	bool *taken = xcalloc(base->n > 0 ? base->n : 1, sizeof *taken);
	struct pairing g = { p, base, last, taken, pair_next_id(base), pair_next_id(last) };

	*p = (struct pairs){ 0 };
	p->mine = xcalloc(mine->n > 0 ? mine->n : 1, sizeof *p->mine);
	p->seen = xcalloc(last->n > 0 ? last->n : 1, sizeof *p->seen);
	p->next_id = greater(greater(g.from, g.to), pair_next_id(mine));
	pair_nameless(p, base, mine, taken);
	for (size_t i = 0; i < mine->n; i++)
		pair_one(&g, &p->mine[i], &mine->v[i]);
	for (size_t i = 0; i < mine->n; i++)
		if (p->mine[i].fate == PAIR_MOVES)
			p->mine[i].id = p->next_id++;
	free(taken);
}

void
pair_release(struct pairs *p)
{
	free(p->mine);
	free(p->seen);
	*p = (struct pairs){ 0 };
}
