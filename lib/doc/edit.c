/*
 * Changes values of a YAML text and not one byte more: the operations.
 *
 * edit_apply() sorts the operations by the place of their map and walks down
 * the tree to them.  What they mean for one map is a struct edit_change; from
 * there the other parts make splices (edit_plan.h names them).  Nothing is
 * written anywhere until all splices are known to be apart and edit_check() has
 * proved that the new text is what was meant.  An edit that changes nothing has
 * no splices, and the old text is the answer.
 *
 * What cannot be kept is refused, with the place: a map or a value with an
 * anchor that is used elsewhere, a key that comes out of a merge and is to be
 * dropped or appended to, a pair in a flow list without braces.
 */
#include "doc/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/edit_plan.h"

#define HABIT_LOOK 2000		/* nodes that are looked at for how the file is laid out */

static const struct yaml_node *
map_of(const struct edit *ed, const struct edit_op *op)
{
	return op->map != NULL ? op->map : ed->y->root;
}

static uint32_t
place_of(const struct edit_op *op)
{
	return op->map != NULL ? op->map->start : 0;
}

/* An item that is removed has no key, and comes first of what is at its place. */
static const char *
key_of(const struct edit_op *op)
{
	return op->kind == EDIT_REMOVE ? "" : op->key;
}

/* By place, then by key, then as they were given. */
static int
compare(const void *va, const void *vb)
{
	const struct edit_op *a = *(const struct edit_op *const *)va;
	const struct edit_op *b = *(const struct edit_op *const *)vb;
	int order;

	if (place_of(a) != place_of(b))
		return place_of(a) < place_of(b) ? -1 : 1;
	order = strcmp(key_of(a), key_of(b));
	if (order != 0)
		return order;
	return a < b ? -1 : a > b;
}

/* The first operation at this place or behind it. */
static size_t
first_at(const struct edit *ed, uint32_t place)
{
	size_t low = 0, high = ed->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (place_of(ed->op[mid]) < place)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
edit_any_in(const struct edit *ed, const struct yaml_node *n)
{
	size_t i = first_at(ed, n->start);

	return i < ed->n && place_of(ed->op[i]) <= n->end;
}

bool
edit_removed(const struct edit *ed, const struct yaml_node *item)
{
	size_t i;

	if (!ed->removes)
		return false;
	i = first_at(ed, item->start);
	while (i < ed->n && place_of(ed->op[i]) == item->start && ed->op[i]->map != item)
		i++;
	return i < ed->n && ed->op[i]->map == item && ed->op[i]->kind == EDIT_REMOVE;
}

const struct edit_op *const *
edit_ops_of(const struct edit *ed, const struct yaml_node *map, size_t *n)
{
	uint32_t place = map != NULL ? map->start : 0;
	size_t low = first_at(ed, place);

	*n = 0;
	while (low + *n < ed->n && place_of(ed->op[low + *n]) == place &&
	    (map == NULL || ed->op[low + *n]->map == map))
		++*n;
	return ed->op + low;
}

static uint32_t
slot_of(const struct edit_change *c, const char *key)
{
	uint32_t i = 0;

	while (i < c->n && strcmp(c->slot[i].node->key->text, key) != 0)
		i++;
	return i;
}

/* The values of n APPENDs as one list, which the caller frees. */
static struct val *
items_of(const struct edit_op *const *op, size_t n)
{
	struct val *list = val_list();

	for (size_t i = 0; i < n; i++)
		val_push(list, val_copy(op[i]->value));
	return list;
}

/* What n operations mean for the slot of their key, which is there. */
static int
change_slot(struct edit *ed, const struct yaml_node *map, struct edit_change *c,
    struct edit_slot *slot, const struct edit_op *const *op, size_t n)
{
	if (yaml_is_merge(slot->node->key))
		return edit_refuse(ed, slot->node->key->start, "it is a merge key");
	switch (op[0]->kind) {
	case EDIT_PUT:
		slot->what = EDIT_CHANGE;
		slot->val = op[0]->value;
		break;
	case EDIT_DROP:
		if (yaml_inherits(map, op[0]->key))
			return edit_refuse(ed, slot->node->key->start, "'%s' would then come from a "
			    "merge key", op[0]->key);
		slot->what = EDIT_GONE;
		c->kept--;
		break;
	case EDIT_APPEND:
		slot->what = EDIT_EXTEND;
		slot->val = slot->own = items_of(op, n);
		break;
	case EDIT_REMOVE:		/* of a list, not of a map: walk() */
		break;
	}
	return 0;
}

static int
add_key(struct edit *ed, const struct yaml_node *map, struct edit_change *c,
    const struct edit_op *const *op, size_t n, size_t names)
{
	const struct yaml_node *in = yaml_get(map, op[0]->key);
	struct edit_add add = { .key = op[0]->key, .val = op[0]->value };

	if (in != NULL && op[0]->kind == EDIT_PUT && edit_same(in, op[0]->value))
		return 0;
	if (in != NULL && op[0]->kind != EDIT_PUT)
		return edit_refuse(ed, map->start, "'%s' comes from a merge key", op[0]->key);
	if (op[0]->kind == EDIT_DROP)
		return 0;
	if (op[0]->kind == EDIT_APPEND)
		add.val = add.own = items_of(op, n);
	add.after = edit_change_place(c, ed->order, names, op[0]->key, &add.rank);
	if (add.rank == names)
		add.rank += (size_t)(op[0] - ed->given);
	edit_change_add(c, &add);
	return 0;
}

static size_t
names_in(const char *const *order)
{
	size_t n = 0;

	while (order != NULL && order[n] != NULL)
		n++;
	return n;
}

static size_t
same_key(const struct edit_op *const *op, size_t n)
{
	size_t i = 1;

	while (i < n && strcmp(op[i]->key, op[0]->key) == 0)
		i++;
	return i;
}

/* Keys that are there first: a new one goes behind one that stays. */
static int
fill(struct edit *ed, const struct yaml_node *map, struct edit_change *c,
    const struct edit_op *const *op, size_t n)
{
	size_t names = names_in(ed->order), count;

	for (size_t i = 0; i < n; i += count) {
		uint32_t slot = slot_of(c, op[i]->key);

		count = same_key(op + i, n - i);
		for (size_t j = 1; j < count; j++)
			if (op[i]->kind != EDIT_APPEND || op[i + j]->kind != EDIT_APPEND)
				return edit_refuse(ed, place_of(op[i]), "two changes of '%s'",
				    op[i]->key);
		if (slot < c->n && change_slot(ed, map, c, &c->slot[slot], op + i, count) < 0)
			return -1;
	}
	for (size_t i = 0; i < n; i += count) {
		count = same_key(op + i, n - i);
		if (slot_of(c, op[i]->key) == c->n && add_key(ed, map, c, op + i, count, names) < 0)
			return -1;
	}
	return 0;
}

static int
change_map(struct edit *ed, const struct edit_site *site, const struct edit_op *const *op,
    size_t n)
{
	struct edit_change c = edit_change_of(site->node);
	int rc = fill(ed, site->node, &c, op, n);

	if (rc == 0)
		rc = edit_change_run(ed, site, &c);
	edit_change_release(&c);
	return rc;
}

/* What the operations on a map do to one of its entries, whose inside others are about. */
enum fate { FATE_STAYS, FATE_GROWS, FATE_GOES };

static enum fate
fate_of(const struct edit_op *const *op, size_t n, const struct yaml_node *entry)
{
	for (size_t i = 0; i < n; i++)
		if (entry->key != NULL && strcmp(op[i]->key, entry->key->text) == 0)
			return op[i]->kind == EDIT_APPEND ? FATE_GROWS : FATE_GOES;
	return FATE_STAYS;
}

/* Does one of the operations `from` .. `to` remove an item of this list? */
static bool
loses_item(const struct edit *ed, const struct yaml_node *list, size_t from, size_t to)
{
	for (const struct yaml_node *v = list->child; v != NULL && from < to; v = v->next) {
		while (from < to && place_of(ed->op[from]) < v->start)
			from++;
		if (from < to && ed->op[from]->map == v && ed->op[from]->kind == EDIT_REMOVE)
			return true;
	}
	return false;
}

/*
 * Does the operations `from` .. `to`, all of them inside of what stands at `site`.
 * Where the list there has got new items those to be removed are gone already.
 */
static int
walk(struct edit *ed, const struct edit_site *site, enum fate fate, size_t from, size_t to)
{
	const struct yaml_node *n = site->node;
	const struct edit_op *const *here;
	size_t count = 0;

	here = edit_ops_of(ed, n, &count);
	if (count > 0 && here[0]->kind == EDIT_REMOVE)
		return edit_refuse(ed, n->start, "it is not an item of a list");
	if (n->kind == YAML_MAP && count > 0 && change_map(ed, site, here, count) < 0)
		return -1;
	from += count;
	if (n->kind == YAML_SEQ && ed->removes && fate != FATE_GROWS &&
	    loses_item(ed, n, from, to) && edit_remove(ed, site) < 0)
		return -1;
	for (const struct yaml_node *v = n->child; v != NULL && from < to; v = v->next) {
		struct edit_site child;
		size_t stop = from;

		/* An item without text may stand where what it is in ends. */
		while (stop < to && place_of(ed->op[stop]) <= v->end)
			stop++;
		if (stop == from)
			continue;
		if (place_of(ed->op[from]) < v->start)
			break;
		if (n->kind == YAML_SEQ && edit_removed(ed, v)) {
			if (stop > from + 1)
				return edit_refuse(ed, v->start, "two changes of what is removed");
			from = stop;
			continue;
		}
		fate = fate_of(here, count, v);
		if (fate == FATE_GOES)
			return edit_refuse(ed, v->start, "two changes of '%s'", v->key->text);
		child = edit_child(ed, site, v);
		if (walk(ed, &child, fate, from, stop) < 0)
			return -1;
		from = stop;
	}
	if (from < to)
		return edit_refuse(ed, place_of(ed->op[from]), "it is not a map of this text");
	return 0;
}

/* The first map of a text that has no value yet. */
static void
make_root(struct edit *ed)
{
	struct yaml_node nothing = { .kind = YAML_MAP };
	struct edit_change c = { 0 };
	struct edit_ink ink = { .eol = ed->y->crlf ? "\r\n" : "\n", .habit = ed->habit };
	struct buf text = { 0 };

	fill(ed, &nothing, &c, ed->op, ed->n);
	for (size_t i = 0; i < c.adds; i++) {
		edit_write_pair(&text, c.add[i].key, c.add[i].val, &ink, 0);
		buf_puts(&text, ink.eol);
	}
	edit_put_text(ed, ed->y->close, ed->y->close, &text, 0, true);
	buf_release(&text);
	edit_change_release(&c);
}

static void
look_at(const struct edit *ed, const struct yaml_node *n, struct edit_habit *h, int *left)
{
	for (; n != NULL && --*left > 0; n = n->next)
		if (n->child != NULL && n->style == YAML_BLOCK) {
			look_at(ed, n->child, h, left);
			edit_habit_of(ed, n, h);
		}
}

static int
plan(struct edit *ed)
{
	const struct yaml_node *root = ed->y->root;
	struct edit_site site = { .node = root, .after = EDIT_NONE, .col = -1 };
	int left = HABIT_LOOK;

	ed->habit = (struct edit_habit){ 2, 2, 2 };
	look_at(ed, root, &ed->habit, &left);
	if (root == NULL) {
		make_root(ed);
		return 0;
	}
	return walk(ed, &site, FATE_STAYS, 0, ed->n);
}

static int
check_ops(struct edit *ed)
{
	for (size_t i = 0; i < ed->n; i++) {
		const struct yaml_node *map = map_of(ed, ed->op[i]);

		if (ed->op[i]->kind == EDIT_REMOVE) {
			ed->removes = true;
			if (map == NULL)
				return edit_refuse(ed, 0, "it is not an item of a list");
			continue;
		}
		if (map != NULL && map->kind == YAML_ALIAS)
			return edit_refuse(ed, map->start, "it is an alias, '*%s'", map->text);
		if (map != NULL && map->kind != YAML_MAP)
			return edit_refuse(ed, map->start, "it is not a map");
	}
	return 0;
}

int
edit_apply(const struct yaml *y, const struct edit_op *op, size_t n, const char *const *order,
    const char *name, struct buf *out, struct err *e)
{
	struct edit ed = { .y = y, .text = y->text, .len = (uint32_t)y->len, .name = name,
	    .order = order, .n = n, .e = e };
	struct edit_op *own = xcalloc(n, sizeof *own);
	int rc = -1;

	ed.first = y->bom ? 3 : 0;
	ed.given = own;
	ed.op = xcalloc(n, sizeof *ed.op);
	for (size_t i = 0; i < n; i++) {
		own[i] = op[i];
		if (own[i].map == NULL)
			own[i].map = y->root;
		ed.op[i] = &own[i];
	}
	qsort(ed.op, n, sizeof *ed.op, compare);
	edit_notes_tree(&ed.notes, y);
	buf_cut(out, 0);
	if (check_ops(&ed) < 0 || plan(&ed) < 0 || edit_splice_all(&ed, out) < 0)
		goto done;
	rc = ed.splices > 0 ? edit_check(&ed, out) : 0;
done:
	if (rc < 0)
		buf_cut(out, 0);
	free(own);
	free(ed.op);
	free(ed.notes.v);
	free(ed.splice);
	buf_release(&ed.ink);
	return rc;
}

void
edit_scalar(struct buf *out, const struct val *v)
{
	static const struct edit_ink ink = { .eol = "\n", .habit = { 2, 2, 2 } };

	edit_write_scalar(out, v, NULL, &ink, 0, 2);
}

void
edit_document(struct buf *out, const struct val *map)
{
	static const struct edit_ink ink = { .eol = "\n", .habit = { 2, 2, 2 } };

	if (map->n > 0)
		edit_write_block(out, map, &ink, 0);
	else
		buf_puts(out, "{}");
	buf_putc(out, '\n');
}
