/*
 * merge - three generations of the task file into one
 *
 * Every task of `mine` is compared with what it was and with what it became, key by
 * key, and where another value is wanted than the one that stands there, that is an
 * operation on the text of `mine`.  So what the person wrote is only touched where
 * something has to be worked in, and a merge with nothing to work in is no edit.
 */
#include "task/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "task/merge_impl.h"

/* An id of `mine` that became another. */
struct moved {
	int64_t from, to;
};

struct merge {
	const struct tasks *base, *last, *mine;
	struct pairs pairs;
	struct moved *moved;		/* sorted by `from` */
	size_t nmoved;
	struct edit_op *op;
	size_t n, cap;
	struct val **own;		/* {key: value} of operations */
	size_t nown, own_cap;
	struct merge_notes *notes;
};

/* Where a merged mapping stands: a task of `mine`, or the file itself. */
struct place {
	const struct yaml_node *node;	/* NULL: the file */
	int64_t id;			/* 0: the file */
};

/* Takes `value` over; NULL drops the key. */
static void
add_op(struct merge *m, enum edit_kind kind, const struct yaml_node *node, const char *key,
    struct val *value)
{
	struct val *pair = val_map();

	val_add(pair, key, value != NULL ? value : val_null());
	m->own = vec_room(m->own, &m->own_cap, m->nown, sizeof(struct val *));
	m->own[m->nown++] = pair;
	m->op = vec_room(m->op, &m->cap, m->n, sizeof *m->op);
	m->op[m->n++] = (struct edit_op){ kind, node, pair->key[0], pair->v[0] };
}

static void
remove_task(struct merge *m, const struct task *t)
{
	m->op = vec_room(m->op, &m->cap, m->n, sizeof *m->op);
	m->op[m->n++] = (struct edit_op){ .kind = EDIT_REMOVE, .map = task_node(t) };
}

static int
compare_moved(const void *va, const void *vb)
{
	const struct moved *a = va, *b = vb;

	return a->from < b->from ? -1 : a->from > b->from;
}

/* The new id of what is an id in `mine`, or the same. */
static int64_t
moved_id(const struct merge *m, int64_t id)
{
	struct moved key = { .from = id };
	const struct moved *found = NULL;

	if (m->nmoved > 0)
		found = bsearch(&key, m->moved, m->nmoved, sizeof key, compare_moved);
	return found != NULL ? found->to : id;
}

/*
 * Renumbered ids in a value of `mine`: a copy with the new ones, NULL if there are
 * none.  What stood so in `base` means a task of that time, not the person's.
 */
static struct val *
follow_ids(const struct merge *m, int field, const struct val *base, const struct val *mine)
{
	struct val *v;
	bool any = false;

	if (m->nmoved == 0 || mine == NULL || val_same(base, mine) ||
	    (field != F_DEPENDS_ON && field != F_CHILDREN && field != F_PARENT_ID))
		return NULL;
	v = val_copy(mine);
	for (size_t i = 0; i < (v->kind == VAL_LIST ? v->n : 1); i++) {
		struct val *id = v->kind == VAL_LIST ? v->v[i] : v;

		if (id->kind != VAL_INT || moved_id(m, id->i) == id->i)
			continue;
		id->i = moved_id(m, id->i);
		any = true;
	}
	if (any)
		return v;
	val_free(v);
	return NULL;
}

static void
merge_key(struct merge *m, const struct place *p, const char *key, const struct val *base,
    const struct val *last, const struct val *mine)
{
	int field = p->node != NULL ? field_find(key) : -1;
	struct val *followed = follow_ids(m, field, base, mine), *want = NULL;
	const struct val *person = followed != NULL ? followed : mine;

	if (followed == NULL && val_same(base, last))
		return;
	switch (value_merge(field, base, last, person, &want)) {
	case VALUE_PERSON:
		note_add(m->notes, MERGE_FIELD, p->id, key, want, last);
		break;
	case VALUE_MACHINE:
		note_add(m->notes, MERGE_FIELD, p->id, key, want, person);
		break;
	case VALUE_AGREED:
		break;
	}
	val_free(followed);
	if (val_same(want, mine))
		val_free(want);
	else
		add_op(m, want != NULL ? EDIT_PUT : EDIT_DROP, p->node, key, want);
}

/* The keys of a map, sorted; a field that is null is not there. */
struct keys {
	const struct val *map;
	size_t *at;			/* positions in the map */
	size_t n, next;
};

static int
compare_keys(const void *a, const void *b, void *map)
{
	char *const *key = map;

	return strcmp(key[*(const size_t *)a], key[*(const size_t *)b]);
}

static struct keys
keys_of(const struct val *map, bool fields)
{
	struct keys k = { .map = map };

	if (map == NULL || map->n == 0)
		return k;
	k.at = xcalloc(map->n, sizeof *k.at);
	for (size_t i = 0; i < map->n; i++)
		if (!fields || map->v[i]->kind != VAL_NULL || field_find(map->key[i]) == -1)
			k.at[k.n++] = i;
	qsort_r(k.at, k.n, sizeof *k.at, compare_keys, map->key);
	return k;
}

static const char *
first_key(const struct keys *k, const char *least)
{
	const char *key;

	if (k->next == k->n)
		return least;
	key = k->map->key[k->at[k->next]];
	return least == NULL || strcmp(key, least) < 0 ? key : least;
}

static const struct val *
take_key(struct keys *k, const char *key)
{
	if (k->next == k->n || strcmp(k->map->key[k->at[k->next]], key) != 0)
		return NULL;
	return k->map->v[k->at[k->next++]];
}

/* Works the changes from base to last into a map of `mine`; any may be NULL. */
static void
merge_maps(struct merge *m, const struct place *p, const struct val *base,
    const struct val *last, const struct val *mine)
{
	struct keys b = keys_of(base, p->node != NULL), l = keys_of(last, p->node != NULL);
	struct keys k = keys_of(mine, p->node != NULL);
	const char *key;

	while ((key = first_key(&b, first_key(&l, first_key(&k, NULL)))) != NULL) {
		const struct val *in_base = take_key(&b, key), *in_last = take_key(&l, key);
		const struct val *in_mine = take_key(&k, key);

		merge_key(m, p, key, in_base, in_last, in_mine);
	}
	free(b.at);
	free(l.at);
	free(k.at);
}

/* A task of `mine`: what became of it in `last`, and where its ids went. */
static void
merge_task(struct merge *m, const struct task *t, const struct pair *pair)
{
	struct place p = { task_node(t), t->id };
	struct val *base, *last, *mine;

	if (pair->last == NULL && m->nmoved == 0)
		return;
	base = pair->base != NULL ? task_map(pair->base) : NULL;
	last = pair->last != NULL ? task_map(pair->last) : NULL;
	mine = task_map(t);
	merge_maps(m, &p, base, last != NULL ? last : base, mine);
	val_free(base);
	val_free(last);
	val_free(mine);
}

static void
move_task(struct merge *m, const struct task *t, int64_t id)
{
	struct val *v = val_int(id);

	note_add(m->notes, MERGE_RENUMBERED, t->id, NULL, v, NULL);
	add_op(m, EDIT_PUT, task_node(t), "id", v);
}

static void
merge_mine(struct merge *m)
{
	for (size_t i = 0; i < m->mine->n; i++) {
		const struct task *t = &m->mine->v[i];
		const struct pair *pair = &m->pairs.mine[i];

		if (pair->fate == PAIR_GOES) {
			remove_task(m, t);
			continue;
		}
		if (pair->fate == PAIR_STAYS)
			note_add(m->notes, MERGE_STAYS, pair->base->id, NULL, NULL, NULL);
		else if (pair->fate == PAIR_MOVES)
			move_task(m, t, pair->id);
		merge_task(m, t, pair);
	}
}

/* What of `last` is not in `mine`: added there, or removed by the person. */
static void
merge_last(struct merge *m)
{
	for (size_t i = 0; i < m->last->n; i++) {
		const struct task *t = &m->last->v[i], *was;

		if (m->pairs.seen[i])
			continue;
		was = tasks_find(m->base, t->id);
		/* The copy is older than what it is held against: it never had this task. */
		if (m->mine->written > 0 && m->mine->written < m->base->written &&
		    t->id >= m->mine->written)
			was = NULL;
		if (was != NULL && t->status != ST_IN_PROGRESS && !pair_changed(was, t)) {
			note_add(m->notes, MERGE_REMOVED, t->id, NULL, NULL, NULL);
			continue;
		}
		if (was != NULL)
			note_add(m->notes, MERGE_PUT_BACK, t->id, NULL, NULL, NULL);
		add_op(m, EDIT_APPEND, NULL, "tasks", task_map(t));
	}
}

/* The keys of the file but for those that are merged by what they mean. */
static struct val *
root_of(const struct tasks *ts)
{
	const struct yaml_node *root = ts->yaml.root;
	struct val *v;

	if (root == NULL || root->kind != YAML_MAP)
		return val_map();
	if (root->merge) {
		v = yaml_value(root);
		val_drop(v, "tasks");
		val_drop(v, "next_id");
		return v;
	}
	v = val_map();
	for (const struct yaml_node *n = root->child; n != NULL; n = n->next)
		if (strcmp(n->key->text, "tasks") != 0 && strcmp(n->key->text, "next_id") != 0)
			val_add(v, n->key->text, yaml_value(n));
	return v;
}

static void
merge_root(struct merge *m)
{
	struct val *base = root_of(m->base), *last = root_of(m->last), *mine = root_of(m->mine);

	merge_maps(m, &(struct place){ 0 }, base, last, mine);
	val_free(base);
	val_free(last);
	val_free(mine);
}

/* next_id as it is written, 0 if it is not. */
static int64_t
written_next_id(const struct tasks *ts)
{
	const struct yaml_node *root = ts->yaml.root, *n;
	struct val *v;
	int64_t id;

	n = root != NULL && root->kind == YAML_MAP ? yaml_get(root, "next_id") : NULL;
	v = n != NULL ? yaml_value(n) : NULL;
	id = val_number(v, 0);
	val_free(v);
	return id;
}

/*
 * It is written where the text of `mine` by itself would give too small a number,
 * or where the machine has written another than it found.
 */
static void
merge_next_id(struct merge *m)
{
	int64_t was = written_next_id(m->base), is = written_next_id(m->last);
	int64_t mine = written_next_id(m->mine), next = m->pairs.next_id;

	if (mine != next && (pair_next_id(m->mine) < next || is != was))
		add_op(m, EDIT_PUT, NULL, "next_id", val_int(next));
}

static void
find_moved(struct merge *m)
{
	m->moved = xcalloc(m->mine->n > 0 ? m->mine->n : 1, sizeof *m->moved);
	for (size_t i = 0; i < m->mine->n; i++)
		if (m->pairs.mine[i].fate == PAIR_MOVES)
			m->moved[m->nmoved++] = (struct moved){ m->mine->v[i].id,
			    m->pairs.mine[i].id };
	qsort(m->moved, m->nmoved, sizeof *m->moved, compare_moved);
}

/* Is the new text one that commands will read? */
static int
check_result(const struct buf *out, const char *name, struct err *e)
{
	return tasks_check(out, name, e) == -1 ? err_prefix(e, "not merged") : 0;
}

int
merge_tasks(const struct tasks *base, const struct tasks *last, const struct tasks *mine,
    const char *name, struct buf *out, struct merge_notes *notes, struct err *e)
{
	struct merge m = { .base = base, .last = last, .mine = mine, .notes = notes };
	int rc = -1;

	pair_tasks(&m.pairs, base, last, mine);
	find_moved(&m);
	merge_root(&m);
	merge_next_id(&m);
	merge_mine(&m);
	merge_last(&m);
	if (edit_apply(&mine->yaml, m.op, m.n, field_order(), name, out, e) == -1)
		goto done;
	if (m.n > 0 && check_result(out, name, e) == -1)
		goto done;
	rc = 0;
done:
	if (rc == -1) {
		buf_cut(out, 0);
		merge_release(notes);
	}
	for (size_t i = 0; i < m.nown; i++)
		val_free(m.own[i]);
	free(m.own);
	free(m.op);
	free(m.moved);
	pair_release(&m.pairs);
	return rc;
}
