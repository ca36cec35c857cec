/*
 * change_links.c - dependencies, parents and keys as they will be: what they name
 * exists, no way leads round in a circle, and no two tasks have one key
 *
 * Only what the change brings is refused.  What a person wrote into the file by
 * hand and the change leaves as it is stops nobody, least of all the one who mends
 * it step by step.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/change_impl.h"
#include "task/graph.h"

/* Was the field recorded?  *v is what it will be, borrowed; NULL: it goes. */
static bool
recorded(const struct change_entry *entry, enum field field, const struct val **v)
{
	*v = NULL;
	if (entry->map != NULL) {
		*v = val_get(entry->map, field_table[field].name);
		return true;
	}
	for (size_t i = 0; i < entry->n; i++)
		if (entry->v[i].field == field) {
			*v = entry->v[i].value;
			return true;
		}
	return false;
}

static void
val_ids(const struct val *v, struct vec_id *ids)
{
	if (v != NULL && v->kind == VAL_INT)
		vec_id_push(ids, v->i);
	for (size_t i = 0; v != NULL && v->kind == VAL_LIST && i < v->n; i++)
		vec_id_push(ids, val_number(v->v[i], 0));
}

/* The ids in the picture. */
static void
old_links(const struct task *t, enum field field, struct vec_id *ids)
{
	int64_t parent;

	if (field != F_PARENT_ID)
		task_ids(t, field, ids);
	else if ((parent = task_int(t, field, 0)) != 0)
		vec_id_push(ids, parent);
}

/* The ids as they will be; what the list held before is gone. */
static void
links_of(const struct change *c, int64_t id, enum field field, struct vec_id *ids)
{
	const struct change_entry *entry = change_find(c, id);
	const struct task *t = entry ? entry->task : tasks_find(c->tasks, id);
	const struct val *v;

	ids->n = 0;
	if (entry != NULL && recorded(entry, field, &v))
		val_ids(v, ids);
	else if (t != NULL)
		old_links(t, field, ids);
}

void
change_use_archive(struct change *c, struct archive_lookup *archive)
{
	c->archive = archive;
}

struct archive_lookup *
change_archive(const struct change *c)
{
	return c->archive;
}

/* An archived task is as good as one of the file; an archive that cannot be read is not
 * "no such task". */
static int
check_one(const struct change *c, enum field field, int64_t id, struct err *e)
{
	if (change_status(c, id) != ST_NONE || archive_ask(c->archive, id) != NULL)
		return 0;
	if (archive_failed(c->archive, e) == -1)
		return -1;
	return err_set(e, ERR_USAGE, "%s: no task %lld", field_table[field].name, (long long)id);
}

/* An id that stood in the picture's list already is not refused again. */
static int
check_exist(const struct change *c, const struct change_entry *entry, enum field field, struct err *e)
{
	struct vec_id ids = { 0 }, old = { 0 };
	const struct val *v;
	int r = 0;

	if (!recorded(entry, field, &v))
		return 0;
	val_ids(v, &ids);
	if (entry->task != NULL)
		old_links(entry->task, field, &old);
	for (size_t i = 0; i < ids.n && r == 0; i++)
		if (!vec_id_has(&old, ids.v[i]))
			r = check_one(c, field, ids.v[i], e);
	vec_id_release(&ids);
	vec_id_release(&old);
	return r;
}

/* ---- keys ---- */

struct holder {
	const char *key;
	int64_t id;
	bool taken;		/* by this change */
};

/* Of those with one key, who had it before comes first, then the older one. */
static int
compare_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;
	int r = strcmp(x->key, y->key);

	if (r != 0)
		return r;
	if (x->taken != y->taken)
		return x->taken ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Those who will have a key, of the picture and of the change, sorted. */
static struct holder *
holders(const struct change *c, size_t *n)
{
	struct holder *all = xcalloc(c->tasks->n + c->n + 1, sizeof *all);
	const struct val *v;
	const char *key;

	*n = 0;
	for (size_t i = 0; i < c->tasks->n; i++) {
		const struct task *t = &c->tasks->v[i];
		const struct change_entry *entry;

		if ((key = task_text(t, F_KEY)) == NULL)
			continue;
		if ((entry = change_find(c, t->id)) == NULL || !recorded(entry, F_KEY, &v))
			all[(*n)++] = (struct holder){ key, t->id, false };
	}
	for (size_t i = 0; i < c->n; i++)
		if (recorded(&c->v[i], F_KEY, &v) && (key = val_text(v)) != NULL)
			all[(*n)++] = (struct holder){ key, c->v[i].id, true };
	qsort(all, *n, sizeof *all, compare_holders);
	return all;
}

/* A copy of a task that is in the file too does not count: the file's is the task. */
static int
check_archived_key(const struct change *c, const char *key, struct err *e)
{
	const struct task *t = archive_ask_key(c->archive, key);

	if (t != NULL && tasks_find(c->tasks, t->id) == NULL)
		return err_set(e, ERR_USAGE, "key: '%s' belongs to task %lld, which is archived",
		    key, (long long)t->id);
	return archive_failed(c->archive, e);
}

static int
check_keys(const struct change *c, struct err *e)
{
	struct holder *all;
	const struct val *v = NULL;
	size_t n, first = 0;
	int r = 0;

	for (size_t i = 0; i < c->n && v == NULL; i++)
		recorded(&c->v[i], F_KEY, &v);
	if (v == NULL)
		return 0;
	all = holders(c, &n);
	for (size_t i = 1; i < n && r == 0; i++)
		if (strcmp(all[i].key, all[first].key) != 0)
			first = i;
		else if (all[i].taken)
			r = err_set(e, ERR_USAGE, "key: '%s' belongs to task %lld", all[i].key,
			    (long long)all[first].id);
	for (size_t i = 0; i < n && r == 0; i++)
		if (all[i].taken)
			r = check_archived_key(c, all[i].key, e);
	free(all);
	return r;
}

/* ---- circles ---- */

#define NOWHERE SIZE_MAX

/*
 * The links of all tasks by their places: those of the picture, then the new ones.
 * The links of place i are to[first[i]] .. to[first[i + 1]].
 */
struct net {
	const struct change *c;
	size_t n;
	size_t *first;		/* n + 1 */
	size_t *to;
	size_t nto, cap;
};

static size_t
place_of(const struct change *c, int64_t id)
{
	const struct task *t;

	if (id >= c->first_new)
		return id < c->next_id ? c->tasks->n + (size_t)(id - c->first_new) : NOWHERE;
	t = tasks_find(c->tasks, id);
	return t ? (size_t)(t - c->tasks->v) : NOWHERE;
}

static int64_t
id_at(const struct change *c, size_t place)
{
	return place < c->tasks->n ? c->tasks->v[place].id :
	    c->first_new + (int64_t)(place - c->tasks->n);
}

static void
net_make(struct net *g, const struct change *c, enum field field)
{
	struct vec_id ids = { 0 };
	size_t to;

	*g = (struct net){ .c = c, .n = c->tasks->n + (size_t)(c->next_id - c->first_new) };
	g->first = xcalloc(g->n + 1, sizeof *g->first);
	for (size_t i = 0; i < g->n; i++) {
		g->first[i] = g->nto;
		links_of(c, id_at(c, i), field, &ids);
		for (size_t k = 0; k < ids.n; k++)
			if ((to = place_of(c, ids.v[k])) != NOWHERE) {
				g->to = vec_room(g->to, &g->cap, g->nto, sizeof *g->to);
				g->to[g->nto++] = to;
			}
	}
	g->first[g->n] = g->nto;
	vec_id_release(&ids);
}

/*
 * A walk in depth that finds who can come back to itself: Tarjan, "Depth-first
 * search and linear graph algorithms", 1972, with a stack in place of recursion.
 */
struct walk {
	const struct net *g;
	size_t *met;		/* when, from 1 on; 0: not yet; CLOSED: all is known of it */
	size_t *low;		/* the earliest met of those that it leads to */
	size_t *next;		/* its link to look at next */
	size_t *way, depth;	/* from the start to where we are */
	size_t *open, nopen;	/* met and not closed */
	size_t clock;
	bool *returns;		/* the answer */
};

#define CLOSED SIZE_MAX

static void
walk_init(struct walk *w, const struct net *g)
{
	*w = (struct walk){ .g = g };
	w->met = xcalloc(g->n + 1, sizeof *w->met);
	w->low = xcalloc(g->n + 1, sizeof *w->low);
	w->next = xcalloc(g->n + 1, sizeof *w->next);
	w->way = xcalloc(g->n + 1, sizeof *w->way);
	w->open = xcalloc(g->n + 1, sizeof *w->open);
	w->returns = xcalloc(g->n + 1, sizeof *w->returns);
}

static void
walk_release(struct walk *w)
{
	free(w->met);
	free(w->low);
	free(w->next);
	free(w->way);
	free(w->open);
	free(w->returns);
}

static void
enter(struct walk *w, size_t i)
{
	w->met[i] = w->low[i] = ++w->clock;
	w->next[i] = w->g->first[i];
	w->way[w->depth++] = i;
	w->open[w->nopen++] = i;
}

/* All that was met since `i` and is open leads back to it, and it to them. */
static void
leave(struct walk *w, size_t i)
{
	bool many = w->open[w->nopen - 1] != i;
	size_t k;

	if (--w->depth > 0 && w->low[i] < w->low[w->way[w->depth - 1]])
		w->low[w->way[w->depth - 1]] = w->low[i];
	if (w->low[i] != w->met[i])
		return;
	do {
		k = w->open[--w->nopen];
		w->met[k] = CLOSED;
		w->returns[k] = w->returns[k] || many;
	} while (k != i);
}

/* Does a way lead from this place back to it? */
static bool
returns(struct walk *w, size_t start)
{
	if (w->met[start] == 0)
		enter(w, start);
	while (w->depth > 0) {
		size_t i = w->way[w->depth - 1], to;

		if (w->next[i] == w->g->first[i + 1]) {
			leave(w, i);
			continue;
		}
		to = w->g->to[w->next[i]++];
		if (to == i)
			w->returns[i] = true;
		if (w->met[to] == 0)
			enter(w, to);
		else if (w->met[to] < w->low[i])
			w->low[i] = w->met[to];
	}
	return w->returns[start];
}

/* The shortest way from the place back to it, which there is; a search in breadth. */
static void
shortest(const struct net *g, size_t start, struct vec_id *path)
{
	size_t *from = xcalloc(g->n, sizeof *from), *queue = xcalloc(g->n, sizeof *queue);
	size_t n = 0, back = 0;

	for (size_t i = 0; i < g->n; i++)
		from[i] = NOWHERE;
	queue[n++] = start;
	for (size_t i = 0; from[start] == NOWHERE && i < n; i++)
		for (size_t k = g->first[queue[i]]; k < g->first[queue[i] + 1]; k++)
			if (from[g->to[k]] == NOWHERE) {
				from[g->to[k]] = queue[i];
				if (g->to[k] != start)
					queue[n++] = g->to[k];
			}
	/* Written from the end, into the queue that is not needed any more. */
	for (size_t i = from[start]; i != start; i = from[i])
		queue[back++] = i;
	vec_id_push(path, id_at(g->c, start));
	while (back > 0)
		vec_id_push(path, id_at(g->c, queue[--back]));
	vec_id_push(path, id_at(g->c, start));
	free(from);
	free(queue);
}

/* Refused is a circle through a task whose links were recorded, and no other. */
static int
check_cycle(const struct change *c, enum field field, struct err *e)
{
	struct vec_id path = { 0 };
	struct buf text = { 0 };
	struct net g;
	struct walk w;
	const struct val *v;
	int r = 0;

	net_make(&g, c, field);
	walk_init(&w, &g);
	for (size_t i = 0; i < c->n && r == 0; i++) {
		if (!c->v[i].links || !recorded(&c->v[i], field, &v) || v == NULL ||
		    !returns(&w, place_of(c, c->v[i].id)))
			continue;
		shortest(&g, place_of(c, c->v[i].id), &path);
		graph_path_text(&path, &text);
		r = err_set(e, ERR_USAGE, "%s would make a cycle: %s", field_table[field].name,
		    buf_str(&text));
	}
	walk_release(&w);
	free(g.first);
	free(g.to);
	buf_release(&text);
	vec_id_release(&path);
	return r;
}

int
change_check_links(const struct change *c, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < c->n; i++) {
		if (!c->v[i].links)
			continue;
		any = true;
		if (check_exist(c, &c->v[i], F_DEPENDS_ON, e) == -1 ||
		    check_exist(c, &c->v[i], F_PARENT_ID, e) == -1)
			return -1;
	}
	if (!any)
		return 0;
	if (check_keys(c, e) == -1 || check_cycle(c, F_DEPENDS_ON, e) == -1 ||
	    check_cycle(c, F_PARENT_ID, e) == -1)
		return -1;
	return 0;
}
