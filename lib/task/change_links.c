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

/*
 * The links of all tasks, those of the picture and the new ones.  With its dependencies
 * goes who else a task waits for: its children, while it is blocked.
 */
static struct graph *
links_graph(const struct change *c, enum field field)
{
	struct graph *g = graph_new();
	struct vec_id ids = { 0 };
	size_t n = c->tasks->n + (size_t)(c->next_id - c->first_new);

	for (size_t i = 0; i < n; i++) {
		int64_t id = i < c->tasks->n ? c->tasks->v[i].id :
		    c->first_new + (int64_t)(i - c->tasks->n);

		links_of(c, id, field, &ids);
		for (size_t k = 0; k < ids.n; k++)
			graph_edge(g, id, ids.v[k]);
		if (field != F_DEPENDS_ON || change_status(c, id) != ST_BLOCKED)
			continue;
		links_of(c, id, F_CHILDREN, &ids);
		for (size_t k = 0; k < ids.n; k++)
			graph_edge(g, id, ids.v[k]);
	}
	vec_id_release(&ids);
	return g;
}

static bool
is_new_link(const struct change *c, const struct change_entry *entry, enum field field)
{
	const struct val *v;

	if (entry->links && recorded(entry, field, &v) && v != NULL)
		return true;
	return field == F_DEPENDS_ON && change_status(c, entry->id) == ST_BLOCKED &&
	    (entry->links || entry->task == NULL || entry->task->status != ST_BLOCKED);
}

/*
 * Refused is a circle through a task whose links were recorded, or that begins to wait for
 * its children, and no other.  Most changes do neither, and then nobody's links are read.
 */
static int
check_cycle(const struct change *c, enum field field, struct err *e)
{
	struct graph *g = NULL;
	struct vec_id path = { 0 };
	struct buf text = { 0 };
	int r = 0;

	for (size_t i = 0; i < c->n && r == 0; i++) {
		if (!is_new_link(c, &c->v[i], field))
			continue;
		if (g == NULL)
			g = links_graph(c, field);
		if (!graph_cycle_at(g, c->v[i].id, &path))
			continue;
		graph_path_text(&path, &text);
		r = err_set(e, ERR_USAGE, "%s would make a cycle: %s", field_table[field].name,
		    buf_str(&text));
	}
	graph_free(g);
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
	if (any && (check_keys(c, e) == -1 || check_cycle(c, F_PARENT_ID, e) == -1))
		return -1;
	return check_cycle(c, F_DEPENDS_ON, e);
}
