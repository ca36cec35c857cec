/*
 * sync_view_json - a view as it is kept, and back
 *
 * What is not what it ought to be makes the whole of it count as lost: half a base would show
 * edits that nobody made.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"
#include "work/sync_set.h"
#include "work/sync_view.h"

#define SCHEMA 1

static const char *const names[VIEW_MANAGED_N] = {
	[VIEW_STATUS] = "status", [VIEW_AGENT] = "agent", [VIEW_PRIORITY] = "priority",
	[VIEW_COMPLEXITY] = "complexity",
};

/* ---- to JSON ---- */

static void
put_set(struct val *map, const char *key, const struct vec_str *set)
{
	struct val *list;

	if (set->n == 0)
		return;
	list = val_list();
	for (size_t i = 0; i < set->n; i++)
		val_push(list, val_str(set->v[i]));
	val_add(map, key, list);
}

static void
put_text(struct val *map, const char *key, const char *s)
{
	if (s != NULL)
		val_add(map, key, val_str(s));
}

static void
put_managed(struct val *map, const struct view *v)
{
	struct val *managed = val_map(), *back = val_map();

	for (int m = 0; m < VIEW_MANAGED_N; m++) {
		put_set(managed, names[m], &v->managed[m]);
		if (v->back[m].local != NULL) {
			struct val *one = val_map();

			val_add(one, "local", val_str(v->back[m].local));
			put_set(one, "seen", &v->back[m].seen);
			val_add(back, names[m], one);
		}
	}
	val_add(map, "managed", managed);
	val_add(map, "back", back);
}

static void
put_blocked(struct val *map, const struct view *v)
{
	struct val *list = val_list();

	for (size_t i = 0; i < v->blocked_by.n; i++)
		val_push(list, val_int(v->blocked_by.v[i]));
	val_add(map, "blocked_by", list);
}

struct val *
view_json(const struct view *v)
{
	struct val *map = val_map();

	val_add(map, "schema", val_int(SCHEMA));
	val_add(map, "title", val_str(v->title ? v->title : ""));
	val_add(map, "body", val_str(v->body ? v->body : ""));
	if (v->cut)
		val_add(map, "cut", val_bool(true));
	put_set(map, "labels", &v->labels);
	put_managed(map, v);
	if (v->human)
		val_add(map, "human", val_bool(true));
	val_add(map, "open", val_bool(v->open));
	put_text(map, "state_reason", v->state_reason);
	put_set(map, "assignees", &v->assignees);
	val_add(map, "parent", val_int(v->parent));
	if (v->blocked_known)
		put_blocked(map, v);
	val_add(map, "blocked_count", val_int(v->blocked_count));
	val_add(map, "locked", val_bool(v->locked));
	val_add(map, "updated_at", val_int(v->updated_at));
	val_add(map, "unsaid", val_int(v->unsaid));
	val_add(map, "foreign", val_int(v->foreign));
	if (v->sent != NULL)
		val_add(map, "sent", view_json(v->sent));
	return map;
}

/* ---- back ---- */

struct reader {
	const struct val *map;
	bool bad;
};

static const struct val *
get(struct reader *r, const char *key, enum val_kind kind, bool needed)
{
	const struct val *v = val_get(r->map, key);

	if (v == NULL ? needed : v->kind != kind) {
		r->bad = true;
		return NULL;
	}
	return v;
}

static char *
get_text(struct reader *r, const char *key, bool needed)
{
	const struct val *v = get(r, key, VAL_STR, needed);

	return v ? xstrdup(val_text(v)) : needed ? xstrdup("") : NULL;
}

static void
get_set(struct reader *r, const char *key, struct vec_str *set)
{
	const struct val *list = get(r, key, VAL_LIST, false);

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		if (val_text(list->v[i]) == NULL)
			r->bad = true;
		else
			sync_set_add(set, val_text(list->v[i]));
	}
}

static int64_t
get_number(struct reader *r, const char *key)
{
	const struct val *v = get(r, key, VAL_INT, true);

	return val_number(v, 0);
}

static bool
get_truth(struct reader *r, const char *key)
{
	return val_truth(get(r, key, VAL_BOOL, true), false);
}

static void
get_managed(struct reader *r, struct view *v)
{
	struct reader managed = { .map = get(r, "managed", VAL_MAP, true) };
	struct reader back = { .map = get(r, "back", VAL_MAP, true) };

	for (int m = 0; m < VIEW_MANAGED_N; m++) {
		struct reader one = { .map = get(&back, names[m], VAL_MAP, false) };

		get_set(&managed, names[m], &v->managed[m]);
		if (one.map != NULL) {
			v->back[m].local = get_text(&one, "local", true);
			get_set(&one, "seen", &v->back[m].seen);
		}
		r->bad = r->bad || one.bad;
	}
	r->bad = r->bad || managed.bad || back.bad;
}

static void
get_blocked(struct reader *r, struct view *v)
{
	const struct val *list = get(r, "blocked_by", VAL_LIST, false);

	v->blocked_known = list != NULL;
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		if (val_number(list->v[i], 0) <= 0)
			r->bad = true;
		else
			sync_ids_add(&v->blocked_by, list->v[i]->i);
	}
}

/* `sent` has none itself, so that nothing goes deeper. */
static void
read_view(struct reader *r, struct view *v)
{
	*v = (struct view){ 0 };
	v->title = get_text(r, "title", true);
	v->body = get_text(r, "body", true);
	v->cut = val_truth(get(r, "cut", VAL_BOOL, false), false);
	get_set(r, "labels", &v->labels);
	get_managed(r, v);
	v->human = val_truth(get(r, "human", VAL_BOOL, false), false);
	v->open = get_truth(r, "open");
	v->state_reason = get_text(r, "state_reason", false);
	get_set(r, "assignees", &v->assignees);
	v->parent = get_number(r, "parent");
	get_blocked(r, v);
	v->blocked_count = get_number(r, "blocked_count");
	v->locked = get_truth(r, "locked");
	v->updated_at = get_number(r, "updated_at");
	v->unsaid = (unsigned)get_number(r, "unsaid");
	v->foreign = (unsigned)get_number(r, "foreign");
}

int
view_read(struct view *v, const struct val *map, struct err *e)
{
	struct reader r = { .map = map }, inner = { 0 };

	*v = (struct view){ 0 };
	if (val_number(val_get(map, "schema"), 0) != SCHEMA)
		return err_set(e, ERR_INVALID, "the base is of no schema that is known");
	read_view(&r, v);
	if ((inner.map = get(&r, "sent", VAL_MAP, false)) != NULL) {
		v->sent = xcalloc(1, sizeof *v->sent);
		read_view(&inner, v->sent);
	}
	if (!r.bad && !inner.bad)
		return 0;
	view_release(v);
	return err_set(e, ERR_INVALID, "the base is damaged");
}
