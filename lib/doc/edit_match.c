/*
 * What stays of a list that another one replaces: items that both have, in the
 * same order (the longest such row), so that their bytes need not change.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "doc/edit_plan.h"

#define MATCH_MAX 65536		/* cells of the table; larger middles are not matched */

/* The entries of a map, from 1, by their keys: a map may have a hundred thousand. */
void
edit_index_val(struct table *t, const struct val *map)
{
	for (size_t i = 0; i < map->n; i++)
		table_put(t, map->key[i], (int64_t)i + 1);
}

void
edit_index_node(struct table *t, const struct yaml_node *map)
{
	int64_t i = 1;

	for (const struct yaml_node *n = map->child; n != NULL; n = n->next)
		table_put(t, n->key->text, i++);
}

static bool
same_scalar(const struct yaml_node *n, const struct val *v)
{
	const struct yaml_prop *p = yaml_prop(n);
	struct yaml_scalar s = { 0 };

	yaml_resolve(&s, n->text, n->style == YAML_PLAIN, p ? p->tag : NULL);
	if (s.kind != (int)v->kind)
		return false;
	switch (v->kind) {
	case VAL_STR:
		return strcmp(n->text, v->s) == 0;
	case VAL_INT:
		return s.i == v->i;
	case VAL_BOOL:
		return s.b == v->b;
	case VAL_REAL:
		return !(s.r < v->r || s.r > v->r);
	default:
		return true;
	}
}

static bool
same_map(const struct yaml_node *n, const struct val *v)
{
	struct table keys = { 0 };
	struct val *whole;
	bool same;

	if (n->merge) {
		whole = yaml_value(n);
		same = val_same(whole, v);
		val_free(whole);
		return same;
	}
	if (n->n != v->n)
		return false;
	edit_index_val(&keys, v);
	n = n->child;
	for (same = true; same && n != NULL; n = n->next) {
		int64_t i = table_get(&keys, n->key->text);

		same = i > 0 && edit_same(n, v->v[i - 1]);
	}
	table_release(&keys);
	return same;
}

/* Is this already the value?  Neither style nor the order of keys counts. */
bool
edit_same(const struct yaml_node *n, const struct val *v)
{
	n = yaml_deref(n);
	if (n->kind == YAML_SCALAR)
		return v->kind != VAL_LIST && v->kind != VAL_MAP && same_scalar(n, v);
	if (n->kind == YAML_MAP)
		return v->kind == VAL_MAP && same_map(n, v);
	if (v->kind != VAL_LIST || n->n != v->n)
		return false;
	n = n->child;
	for (size_t i = 0; i < v->n; i++, n = n->next)
		if (!edit_same(n, v->v[i]))
			return false;
	return true;
}

/*
 * Fills match[from .. to) for the middle of the lists, where old[from] and
 * new[from] differ, and so do their last ones: the longest common row.
 */
static void
match_middle(const struct yaml_node *const *old, size_t n, const struct val *v, size_t from,
    size_t m, uint32_t *match)
{
	uint16_t *len, *same;
	size_t w = m + 1;

	if ((n + 1) * w > MATCH_MAX)
		return;
	len = xcalloc((n + 1) * w, sizeof *len);
	same = xcalloc((n + 1) * w, sizeof *same);
	for (size_t i = n; i-- > 0;)
		for (size_t j = m; j-- > 0;) {
			size_t at = i * w + j;

			same[at] = edit_same(old[i], v->v[from + j]);
			if (same[at])
				len[at] = (uint16_t)(len[at + w + 1] + 1);
			else
				len[at] = len[at + w] > len[at + 1] ? len[at + w] : len[at + 1];
		}
	for (size_t i = 0, j = 0; i < n && j < m;) {
		size_t at = i * w + j;

		if (same[at] && len[at] == len[at + w + 1] + 1)
			match[from + i++] = (uint32_t)(from + j++);
		else if (len[at + w] >= len[at + 1])
			i++;
		else
			j++;
	}
	free(len);
	free(same);
}

/* For each item of the list the number of the new item that it is, or EDIT_NONE. */
uint32_t *
edit_match(const struct yaml_node *list, const struct val *v, uint32_t *count)
{
	size_t n = list->n, head = 0, tail = 0, m = v->n;
	const struct yaml_node **old = xcalloc(n, sizeof *old), *item = list->child;
	uint32_t *match = xcalloc(n, sizeof *match);

	*count = list->n;
	for (size_t i = 0; i < n; i++, item = item->next) {
		old[i] = item;
		match[i] = EDIT_NONE;
	}
	for (; head < n && head < m && edit_same(old[head], v->v[head]); head++)
		match[head] = (uint32_t)head;
	for (; tail < n - head && tail < m - head &&
	    edit_same(old[n - 1 - tail], v->v[m - 1 - tail]); tail++)
		match[n - 1 - tail] = (uint32_t)(m - 1 - tail);
	match_middle(old + head, n - head - tail, v, head, m - head - tail, match);
	free(old);
	return match;
}
