#include "work/sync_set.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"

/* ---- labels ---- */

bool
sync_set_has(const struct vec_str *set, const char *label)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcasecmp(set->v[i], label) == 0)
			return true;
	return false;
}

void
sync_set_add(struct vec_str *set, const char *label)
{
	size_t i;

	if (sync_set_has(set, label))
		return;
	vec_str_push(set, label);
	for (i = set->n - 1; i > 0 && strcasecmp(set->v[i - 1], set->v[i]) > 0; i--) {
		char *moved = set->v[i];

		set->v[i] = set->v[i - 1];
		set->v[i - 1] = moved;
	}
}

void
sync_set_copy(struct vec_str *to, const struct vec_str *from)
{
	struct vec_str copy = { 0 };

	for (size_t i = 0; i < from->n; i++)
		sync_set_add(&copy, from->v[i]);
	vec_str_release(to);
	*to = copy;
}

bool
sync_set_same(const struct vec_str *a, const struct vec_str *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcasecmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

void
sync_set_minus(struct vec_str *out, const struct vec_str *a, const struct vec_str *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!sync_set_has(b, a->v[i]))
			sync_set_add(out, a->v[i]);
}

void
sync_set_both(struct vec_str *out, const struct vec_str *a, const struct vec_str *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (sync_set_has(b, a->v[i]))
			sync_set_add(out, a->v[i]);
}

/* Where the two sides differ, one of them differs from the base: that one counts. */
void
sync_set_merge(struct vec_str *out, const struct vec_str *base, const struct vec_str *local,
    const struct vec_str *remote)
{
	for (size_t i = 0; i < remote->n; i++)
		if (sync_set_has(local, remote->v[i]) || !sync_set_has(base, remote->v[i]))
			sync_set_add(out, remote->v[i]);
	for (size_t i = 0; i < local->n; i++)
		if (!sync_set_has(base, local->v[i]))
			sync_set_add(out, local->v[i]);
}

void
sync_set_adopt(struct vec_str *base, const struct vec_str *sent, const struct vec_str *now)
{
	struct vec_str out = { 0 };

	sync_set_both(&out, now, sent);
	for (size_t i = 0; i < base->n; i++)
		if (sync_set_has(sent, base->v[i]) || sync_set_has(now, base->v[i]))
			sync_set_add(&out, base->v[i]);
	vec_str_release(base);
	*base = out;
}

/* ---- ids ---- */

void
sync_ids_add(struct vec_id *set, int64_t id)
{
	if (!vec_id_has(set, id)) {
		vec_id_push(set, id);
		vec_id_sort(set);
	}
}

void
sync_ids_copy(struct vec_id *to, const struct vec_id *from)
{
	struct vec_id copy = { 0 };

	for (size_t i = 0; i < from->n; i++)
		sync_ids_add(&copy, from->v[i]);
	vec_id_release(to);
	*to = copy;
}

bool
sync_ids_same(const struct vec_id *a, const struct vec_id *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof *a->v) == 0);
}

void
sync_ids_both(struct vec_id *out, const struct vec_id *a, const struct vec_id *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (vec_id_has(b, a->v[i]))
			sync_ids_add(out, a->v[i]);
}

void
sync_ids_merge(struct vec_id *out, const struct vec_id *base, const struct vec_id *local,
    const struct vec_id *remote)
{
	for (size_t i = 0; i < remote->n; i++)
		if (vec_id_has(local, remote->v[i]) || !vec_id_has(base, remote->v[i]))
			sync_ids_add(out, remote->v[i]);
	for (size_t i = 0; i < local->n; i++)
		if (!vec_id_has(base, local->v[i]))
			sync_ids_add(out, local->v[i]);
}

void
sync_ids_adopt(struct vec_id *base, const struct vec_id *sent, const struct vec_id *now)
{
	struct vec_id out = { 0 };

	sync_ids_both(&out, now, sent);
	for (size_t i = 0; i < base->n; i++)
		if (vec_id_has(sent, base->v[i]) || vec_id_has(now, base->v[i]))
			sync_ids_add(&out, base->v[i]);
	vec_id_release(base);
	*base = out;
}
