/*
 * change_links.c - dependencies and parents as they will be: they exist, and there
 * is no way round in a circle
 */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/change_impl.h"
#include "task/graph.h"

/* The edges id -> dependency (or id -> parent) of all tasks as they will be. */
static struct graph *
links_of(const struct change *c, enum field field)
{
	struct graph *g = graph_new();
	struct vec_id ids = { 0 };

	for (size_t i = 0; i < c->tasks->n; i++) {
		const struct task *t = &c->tasks->v[i];
		const struct change_entry *entry = change_find(c, t->id);

		if (t->field[field] == NULL || (entry != NULL && entry->links))
			continue;
		ids.n = 0;
		if (field == F_PARENT_ID)
			vec_id_push(&ids, task_int(t, field, 0));
		else
			task_ids(t, field, &ids);
		for (size_t k = 0; k < ids.n; k++)
			graph_edge(g, t->id, ids.v[k]);
	}
	for (size_t i = 0; i < c->n; i++) {
		struct val *v;

		if (!c->v[i].links || (v = change_get(c, c->v[i].id, field)) == NULL)
			continue;
		if (v->kind == VAL_INT)
			graph_edge(g, c->v[i].id, v->i);
		for (size_t k = 0; v->kind == VAL_LIST && k < v->n; k++)
			graph_edge(g, c->v[i].id, v->v[k]->i);
		val_free(v);
	}
	vec_id_release(&ids);
	return g;
}

static int
check_exist(const struct change *c, const struct change_entry *entry, enum field field, struct err *e)
{
	struct val *v = change_get(c, entry->id, field);
	size_t n = v == NULL ? 0 : v->kind == VAL_LIST ? v->n : 1;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		int64_t id = v->kind == VAL_LIST ? v->v[i]->i : v->i;

		if (change_status(c, id) == ST_NONE)
			r = err_set(e, ERR_USAGE, "%s: no task %lld", field_table[field].name,
			    (long long)id);
	}
	val_free(v);
	return r;
}

/* A cycle that goes through one of the tasks whose links were recorded. */
static int
check_cycle(const struct change *c, enum field field, struct err *e)
{
	struct graph *g = links_of(c, field);
	struct vec_id path = { 0 };
	struct buf text = { 0 };
	int r = 0;

	if (graph_cycle(g, &path)) {
		for (size_t i = 0; i < c->n && r == 0; i++) {
			if (!c->v[i].links || !vec_id_has(&path, c->v[i].id))
				continue;
			graph_path_text(&path, &text);
			r = err_set(e, ERR_USAGE, "%s would make a cycle: %s",
			    field_table[field].name, buf_str(&text));
		}
	}
	buf_release(&text);
	vec_id_release(&path);
	graph_free(g);
	return r;
}

/* The other task that has the key; 0: none. */
static int64_t
owner_of_key(const struct change *c, int64_t id, const char *key)
{
	for (size_t i = 0; i < c->tasks->n; i++) {
		const struct task *t = &c->tasks->v[i];
		const char *other = task_text(t, F_KEY);
		const struct change_entry *entry;

		if (t->id == id || other == NULL || strcmp(other, key) != 0)
			continue;
		entry = change_find(c, t->id);
		if (entry == NULL || !entry->links)
			return t->id;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct val *other;
		bool same;

		if (c->v[i].id == id || !c->v[i].links)
			continue;
		other = change_get(c, c->v[i].id, F_KEY);
		same = other != NULL && strcmp(val_text(other), key) == 0;
		val_free(other);
		if (same)
			return c->v[i].id;
	}
	return 0;
}

static int
check_key(const struct change *c, const struct change_entry *entry, struct err *e)
{
	struct val *key = change_get(c, entry->id, F_KEY);
	int64_t owner = key ? owner_of_key(c, entry->id, val_text(key)) : 0;
	int r = 0;

	if (owner != 0)
		r = err_set(e, ERR_USAGE, "key: '%s' belongs to task %lld", val_text(key),
		    (long long)owner);
	val_free(key);
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
		    check_exist(c, &c->v[i], F_PARENT_ID, e) == -1 ||
		    check_key(c, &c->v[i], e) == -1)
			return -1;
	}
	if (!any)
		return 0;
	if (check_cycle(c, F_DEPENDS_ON, e) == -1 || check_cycle(c, F_PARENT_ID, e) == -1)
		return -1;
	return 0;
}
