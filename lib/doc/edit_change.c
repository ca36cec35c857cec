/*
 * What becomes of the entries of a collection, and in which order that is done.
 *
 * A list that replaces a list keeps what both have (edit_match.c).  Between two
 * items that stay, old ones become new ones in place as far as there are as
 * many; the rest goes or comes.  A map that replaces a map changes key by key.
 * The entries themselves are moved by edit_block.c and edit_flow.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "base/vec.h"
#include "doc/edit_plan.h"

struct edit_change
edit_change_of(const struct yaml_node *node)
{
	struct edit_change c = { .n = node->n, .kept = node->n };

	c.slot = xcalloc(c.n, sizeof *c.slot);
	node = node->child;
	for (uint32_t i = 0; i < c.n; i++, node = node->next)
		c.slot[i].node = node;
	return c;
}

void
edit_change_release(struct edit_change *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		val_free(c->slot[i].own);
	for (size_t i = 0; i < c->adds; i++)
		val_free(c->add[i].own);
	free(c->slot);
	free(c->add);
	*c = (struct edit_change){ 0 };
}

/* Keeps them sorted by place, then by rank; equal ones in the order of coming. */
void
edit_change_add(struct edit_change *c, const struct edit_add *add)
{
	size_t i;

	c->add = vec_room(c->add, &c->cap, c->adds, sizeof *c->add);
	/* EDIT_NONE + 1 is 0: what comes before all sorts first. */
	for (i = c->adds++; i > 0 && (c->add[i - 1].after + 1 > add->after + 1 ||
	    (c->add[i - 1].after == add->after && c->add[i - 1].rank > add->rank)); i--)
		c->add[i] = c->add[i - 1];
	c->add[i] = *add;
}

static void
drop(struct edit_change *c, uint32_t i)
{
	c->slot[i].what = EDIT_GONE;
	c->kept--;
}

int
edit_list(struct edit *ed, const struct edit_site *site, const struct val *v)
{
	struct edit_change c = edit_change_of(site->node);
	uint32_t n, *match = edit_match(site->node, v, &n), i = 0, after = EDIT_NONE;
	int rc;

	/* Up to the next item that stays: change in place, then drop or add the rest. */
	for (uint32_t j = 0; i < n || j < v->n;) {
		uint32_t stop_i = i, stop_j;

		while (stop_i < n && match[stop_i] == EDIT_NONE)
			stop_i++;
		stop_j = stop_i < n ? match[stop_i] : (uint32_t)v->n;
		for (; i < stop_i && j < stop_j; i++, j++) {
			c.slot[i].what = EDIT_CHANGE;
			c.slot[i].val = v->v[j];
			after = i;
		}
		for (; i < stop_i; i++)
			drop(&c, i);
		for (; j < stop_j; j++)
			edit_change_add(&c, &(struct edit_add){ .after = after, .rank = j,
			    .val = v->v[j] });
		if (i < n) {
			after = i++;
			j++;
		}
	}
	rc = edit_change_run(ed, site, &c);
	free(match);
	edit_change_release(&c);
	return rc;
}

static uint32_t
slot_of(const struct edit_change *c, const char *key)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->slot[i].what != EDIT_GONE && strcmp(c->slot[i].node->key->text, key) == 0)
			return i;
	return EDIT_NONE;
}

uint32_t
edit_last_kept(const struct edit_change *c)
{
	uint32_t i = c->n;

	while (i-- > 0)
		if (c->slot[i].what != EDIT_GONE)
			return i;
	return EDIT_NONE;
}

/*
 * The slot behind which a new key goes: the nearest of those before it in
 * `order` that stays, else the last one.  `rank` sorts several behind one slot.
 */
uint32_t
edit_change_place(const struct edit_change *c, const char *const *order, size_t n,
    const char *key, size_t *rank)
{
	size_t i = 0;
	uint32_t slot = EDIT_NONE;

	while (i < n && strcmp(order[i], key) != 0)
		i++;
	*rank = i;
	if (i < n)
		while (slot == EDIT_NONE && i-- > 0)
			slot = slot_of(c, order[i]);
	return slot != EDIT_NONE ? slot : edit_last_kept(c);
}

static int
replace_all(struct edit *ed, const struct edit_site *site, const struct edit_change *c)
{
	struct val *v = site->node->kind == YAML_MAP ? val_map() : val_list();
	int rc;

	for (size_t i = 0; i < c->adds; i++)
		if (c->add[i].key != NULL)
			val_add(v, c->add[i].key, val_copy(c->add[i].val));
		else
			val_push(v, val_copy(c->add[i].val));
	rc = edit_replace(ed, site, v);
	val_free(v);
	return rc;
}

/* The bytes of an entry, for what may stand in it. */
static uint32_t
entry_start(const struct yaml_node *n)
{
	return n->key != NULL ? n->key->start : n->start;
}

/* Forgets changes that change nothing.  True if some are left. */
static bool
has_effect(struct edit_change *c)
{
	bool effect = c->adds > 0 || c->kept < c->n;

	for (uint32_t i = 0; i < c->n; i++)
		if (c->slot[i].what == EDIT_CHANGE && edit_same(c->slot[i].node, c->slot[i].val))
			c->slot[i].what = EDIT_KEEP;
		else if (c->slot[i].what != EDIT_KEEP)
			effect = true;
	return effect;
}

int
edit_change_run(struct edit *ed, const struct edit_site *site, struct edit_change *c)
{
	const struct yaml_node *n = site->node;

	if (!has_effect(c))
		return 0;
	if (edit_guard(ed, n) < 0)
		return -1;
	for (uint32_t i = 0; i < c->n; i++)
		if (c->slot[i].what == EDIT_GONE &&
		    edit_guard_gone(ed, entry_start(c->slot[i].node), c->slot[i].node->end) < 0)
			return -1;
	if (c->kept == 0)
		return replace_all(ed, site, c);
	if ((n->style == YAML_FLOW ? edit_flow : edit_block)(ed, site, c) < 0)
		return -1;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct edit_slot *s = &c->slot[i];
		struct edit_site child;

		if (s->what != EDIT_CHANGE && s->what != EDIT_EXTEND)
			continue;
		child = edit_child(ed, site, s->node);
		if ((s->what == EDIT_CHANGE ? edit_value : edit_extend)(ed, &child, s->val) < 0)
			return -1;
	}
	return 0;
}

/*
 * A new key goes behind the nearest one before it in the new map that was there, else
 * behind the last that stays.
 */
static void
add_keys(struct edit_change *c, const struct val *v, const struct table *old)
{
	uint32_t last = edit_last_kept(c), after = EDIT_NONE;

	for (size_t j = 0; j < v->n; j++) {
		int64_t slot = table_get(old, v->key[j]);

		if (slot > 0)
			after = (uint32_t)slot - 1;
		else
			edit_change_add(c, &(struct edit_add){ .rank = j, .key = v->key[j],
			    .val = v->v[j], .after = after != EDIT_NONE ? after : last });
	}
}

int
edit_map(struct edit *ed, const struct edit_site *site, const struct val *v)
{
	struct edit_change c = edit_change_of(site->node);
	struct table old = { 0 }, new = { 0 };
	int rc;

	if (site->node->merge) {
		edit_change_release(&c);
		return edit_refuse(ed, site->node->start, "the map has a merge key");
	}
	edit_index_node(&old, site->node);
	edit_index_val(&new, v);
	for (uint32_t i = 0; i < c.n; i++) {
		int64_t in = table_get(&new, c.slot[i].node->key->text);

		if (in == 0)
			drop(&c, i);
		else {
			c.slot[i].what = EDIT_CHANGE;
			c.slot[i].val = v->v[in - 1];
		}
	}
	add_keys(&c, v, &old);
	rc = edit_change_run(ed, site, &c);
	edit_change_release(&c);
	table_release(&old);
	table_release(&new);
	return rc;
}
