/*
 * One value out of three.
 *
 * What only one side changed is that side's.  What both changed is merged where it
 * is made of parts that come and go by themselves (ids, texts, lines of history),
 * and else belongs to whoever writes such a field.  Items of lists are compared by
 * their JSON, sorted, so that two lists of twenty thousand ids are no matter.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/merge_impl.h"


static struct val *
copy(const struct val *v)
{
	return v != NULL ? val_copy(v) : NULL;
}

static char *
text_of(const struct val *v)
{
	struct buf b = { 0 };

	json_print(&b, v);
	return buf_detach(&b);
}

/* The items of a list, sorted, for has(). */
static struct vec_str
set_of(const struct val *list)
{
	struct vec_str set = { 0 };

	for (size_t i = 0; list != NULL && i < list->n; i++)
		vec_str_take(&set, text_of(list->v[i]));
	vec_str_sort(&set);
	return set;
}

static int
compare_text(const void *key, const void *item)
{
	return strcmp(key, *(char *const *)item);
}

static bool
has(const struct vec_str *set, const struct val *v)
{
	char *text = text_of(v);
	bool there = set->n > 0 &&
	    bsearch(text, set->v, set->n, sizeof *set->v, compare_text) != NULL;

	free(text);
	return there;
}

/*
 * The person's items in their order, without those that the machine took away,
 * then those that the machine added.  An empty list that one side does not even
 * have is not there.
 */
static struct val *
merge_sets(const struct val *base, const struct val *last, const struct val *mine)
{
	struct vec_str in_base = set_of(base), in_last = set_of(last), in_mine = set_of(mine);
	struct val *out = val_list();

	for (size_t i = 0; mine != NULL && i < mine->n; i++)
		if (has(&in_last, mine->v[i]) || !has(&in_base, mine->v[i]))
			val_push(out, val_copy(mine->v[i]));
	for (size_t i = 0; last != NULL && i < last->n; i++)
		if (!has(&in_base, last->v[i]) && !has(&in_mine, last->v[i]))
			val_push(out, val_copy(last->v[i]));
	vec_str_release(&in_base);
	vec_str_release(&in_last);
	vec_str_release(&in_mine);
	if (out->n == 0 && (last == NULL || mine == NULL)) {
		val_free(out);
		return NULL;
	}
	return out;
}

struct line {
	const struct val *v;
	int64_t at;
	size_t number;
};

static int
compare_lines(const void *va, const void *vb)
{
	const struct line *a = va, *b = vb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Appends the lines that are not in `known`; one without a time follows the one before. */
static void
take_lines(struct line *line, size_t *n, const struct val *list, const struct vec_str *known)
{
	int64_t at = INT64_MIN;

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const char *text = val_text(val_get(list->v[i], "at"));
		int64_t t;

		if (text != NULL && clock_parse(text, &t) == 0)
			at = t;
		if (known != NULL && has(known, list->v[i]))
			continue;
		line[*n] = (struct line){ list->v[i], at, *n };
		++*n;
	}
}

static struct val *
merge_history(const struct val *last, const struct val *mine)
{
	size_t room = (last != NULL ? last->n : 0) + (mine != NULL ? mine->n : 0), n = 0;
	struct line *line = xcalloc(room > 0 ? room : 1, sizeof *line);
	struct vec_str known = set_of(last);
	struct val *out = val_list();

	take_lines(line, &n, last, NULL);
	take_lines(line, &n, mine, &known);
	qsort(line, n, sizeof *line, compare_lines);
	for (size_t i = n > TASK_HISTORY_MAX ? n - TASK_HISTORY_MAX : 0; i < n; i++)
		val_push(out, val_copy(line[i].v));
	vec_str_release(&known);
	free(line);
	return out;
}

/* The later of two times; what is none is earlier than all. */
static const struct val *
later(const struct val *a, const struct val *b)
{
	const char *ta = val_text(a), *tb = val_text(b);
	int64_t at, bt;

	if (tb == NULL || clock_parse(tb, &bt) == -1)
		return a;
	if (ta == NULL || clock_parse(ta, &at) == -1)
		return b;
	return bt > at ? b : a;
}

enum value_winner
value_merge(int field, const struct val *base, const struct val *last, const struct val *mine,
    struct val **out)
{
	if (val_same(base, last) || val_same(last, mine)) {
		*out = copy(mine);
		return VALUE_AGREED;
	}
	if (val_same(base, mine)) {
		*out = copy(last);
		return VALUE_AGREED;
	}
	if (field == F_UPDATED_AT) {
		*out = copy(later(last, mine));
		return VALUE_AGREED;
	}
	if (field == F_HISTORY) {
		*out = merge_history(last, mine);
		return VALUE_AGREED;
	}
	if (field != -1 && (field_table[field].type == FIELD_IDS ||
	    field_table[field].type == FIELD_TEXTS)) {
		*out = merge_sets(base, last, mine);
		return VALUE_AGREED;
	}
	if (field == -1 || field_is_persons((enum field)field)) {
		*out = copy(mine);
		return VALUE_PERSON;
	}
	*out = copy(last);
	return VALUE_MACHINE;
}
