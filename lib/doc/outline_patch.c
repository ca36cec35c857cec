/*
 * outline_patch - the outline of a text that was changed here and there
 *
 * A text is cut into parts: what is before the first item, each item, and what is behind
 * the list.  At the start of a part nothing but the column of the dashes is known to
 * outline_scan() that the lines before could change: block scalars end there, since a
 * dash and a key of the file stand further left than all that is inside of an item.  So
 * the parts that were touched are read by the same code, in runs; of the others only the
 * places move.
 *
 * Touched is a part that has the byte before a change, or the one behind it: then each run
 * begins with a byte that was there before, at the start of a line, and so does what
 * follows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"
#include "doc/outline_impl.h"
#include "doc/patch.h"

/* 0 is before the items, 1 to n are the items, n + 1 is behind them. */
static uint32_t
part_start(const struct outline *o, size_t part)
{
	return part == 0 ? 0 : o->v[part - 1].start;
}

/* The one that the byte is in; the last at the end of the text. */
static size_t
part_of(const struct outline *o, uint32_t at)
{
	size_t low = 0, high = o->n + 1;

	while (low < high) {
		size_t mid = low + (high - low + 1) / 2;

		if (part_start(o, mid) <= at)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

struct patcher {
	struct outline *new;
	const struct outline *old;
	const struct buf *text;		/* the old one */
	const struct patch *patch;
	const struct outline_names *names;
	size_t next;			/* change of the patch */
	uint32_t shift;			/* from old places to new ones, modulo 2^32 */
	struct buf run;			/* new bytes of the parts that were touched */
	bool twice;			/* there are two marks, as in no text that has an outline */
};

static uint32_t
moved(uint32_t at, uint32_t by)
{
	return at == OUTLINE_NONE ? at : at + by;
}

static void
add_mark(struct patcher *p, uint32_t at)
{
	if (at == OUTLINE_NONE)
		return;
	p->twice = p->new->mark != OUTLINE_NONE;
	p->new->mark = at;
}

/* n items, and the one that stands for the end of the list. */
static void
add_items(struct patcher *p, const struct outline_item *v, size_t n, uint32_t by)
{
	struct outline *o = p->new;

	if (n > 0)
		o->v = vec_room(o->v, &o->cap, o->n + n, sizeof *o->v);
	for (size_t i = 0; i < n; i++, o->n++) {
		o->v[o->n].start = v[i].start + by;
		for (size_t k = 0; k < OUTLINE_WANTED; k++)
			o->v[o->n].wanted[k] = moved(v[i].wanted[k], by);
	}
}

/* What nobody touched: `from` to `to`, that excluded. */
static void
move_parts(struct patcher *p, size_t from, size_t to)
{
	const struct outline *old = p->old;
	size_t first = from == 0 ? 0 : from - 1, last = to == 0 ? 0 : to - 1;

	if (from == to)
		return;
	if (from == 0)
		p->new->list = old->list;
	if (last > old->n) {
		last = old->n;
		p->new->end = old->end + p->shift;
	}
	if (old->mark != OUTLINE_NONE && old->mark >= part_start(old, from) &&
	    (to > old->n + 1 || old->mark < part_start(old, to)))
		add_mark(p, old->mark + p->shift);
	add_items(p, old->v + first, last - first, p->shift);
}

/* The new bytes of the old ones from `at` to `end`; p->next is behind them then. */
static void
apply(struct patcher *p, uint32_t at, uint32_t end)
{
	const char *text = buf_str(p->text), *ink = buf_str(&p->patch->ink);

	buf_cut(&p->run, 0);
	for (; p->next < p->patch->n && p->patch->v[p->next].end <= end; p->next++) {
		const struct patch_run *r = &p->patch->v[p->next];

		buf_append(&p->run, text + at, r->start - at);
		buf_append(&p->run, ink + r->at, r->len);
		at = r->end;
	}
	buf_append(&p->run, text + at, end - at);
}

/* What was touched: `first` to `last`, that included. */
static bool
read_parts(struct patcher *p, size_t first, size_t last)
{
	const struct outline *old = p->old;
	uint32_t at = part_start(old, first), by = at + p->shift;
	bool all = last == old->n + 1, inside = first > 0, good;
	uint32_t end = all ? (uint32_t)p->text->len : part_start(old, last + 1);
	struct outline o;

	apply(p, at, end);
	if (!outline_scan(&o, buf_str(&p->run), p->run.len, p->names, &inside))
		return false;
	good = (all || inside) && (o.n == 0 || o.dash == old->dash);
	if (first == 0)
		p->new->list = o.list;
	if (all)
		p->new->end = o.end + by;
	add_mark(p, moved(o.mark, by));
	add_items(p, o.v, o.n, by);
	p->shift += (uint32_t)p->run.len - (end - at);
	outline_release(&o);
	return good;
}

/* The part of the byte before. */
static size_t
part_before(const struct outline *o, uint32_t at)
{
	return at == 0 ? 0 : part_of(o, at - 1);
}

/* The next run of parts that were touched, changes in parts beside each other together. */
static bool
next_run(const struct patcher *p, size_t *first, size_t *last)
{
	const struct patch_run *r = p->patch->v;
	size_t i = p->next;

	if (i == p->patch->n)
		return false;
	*first = part_before(p->old, r[i].start);
	*last = part_of(p->old, r[i].end);
	while (++i < p->patch->n && part_before(p->old, r[i].start) <= *last + 1)
		*last = part_of(p->old, r[i].end);
	return true;
}

bool
outline_patch(struct outline *new, const struct outline *old, const struct buf *old_text,
    const struct patch *patch, const struct outline_names *names)
{
	struct patcher p = { .new = new, .old = old, .text = old_text, .patch = patch, .names = names };
	size_t part = 0, first, last, parts = old->n + 2;
	bool good = true;

	*new = (struct outline){ .dash = old->dash, .mark = OUTLINE_NONE };
	while (good && next_run(&p, &first, &last)) {
		move_parts(&p, part, first);
		good = read_parts(&p, first, last);
		part = last + 1;
	}
	if (good)
		move_parts(&p, part, parts);
	buf_release(&p.run);
	if (!good || p.twice || new->n == 0) {
		outline_release(new);
		return false;
	}
	new->v[new->n].start = new->end;
	return true;
}

/* ---- one that was stored ---- */

struct key {
	const char *name;
	size_t len;
};

/* Does the key stand at `at`, with a ':' behind it, in the lines of the item? */
static inline bool
key_fits(const struct outline_item *item, uint32_t col, uint32_t at, const char *text,
    const struct key *key)
{
	return at >= item->start + col && at < item[1].start && key->len < item[1].start - at &&
	    (at == item->start + col || text[at - col - 1] == '\n') && text[at + key->len] == ':' &&
	    memcmp(text + at, key->name, key->len) == 0;
}

static bool
item_fits(const struct outline *o, const struct outline_item *item, const char *text,
    const struct key *keys, size_t nkeys)
{
	uint32_t dash = item->start + o->dash;

	if (item->start == 0 || item->start >= item[1].start || item[1].start > o->end ||
	    o->dash >= item[1].start - item->start || text[item->start - 1] != '\n' ||
	    text[dash] != '-' || text[dash + 1] != ' ')
		return false;
	for (size_t i = 0; i < OUTLINE_WANTED; i++)
		if (item->wanted[i] != OUTLINE_NONE && (i >= nkeys ||
		    !key_fits(item, o->dash + 2, item->wanted[i], text, &keys[i])))
			return false;
	return true;
}

/* Is this the start of a line that has that key of the file? */
static bool
top_fits(const char *text, size_t len, size_t at, const char *key)
{
	size_t n = strlen(key);

	return at < len && n < len - at && (at == 0 || text[at - 1] == '\n') && text[at + n] == ':' &&
	    memcmp(text + at, key, n) == 0;
}

/* The list begins behind the line of its key, and ends where a line begins that is none of it. */
static bool
list_fits(const struct outline *o, const char *text, size_t len, const char *key)
{
	const char *before;

	if (o->list < 2 || o->list > o->v[0].start || o->v[0].start >= o->end ||
	    text[o->list - 1] != '\n')
		return false;
	before = memrchr(text, '\n', o->list - 1);
	return top_fits(text, len, before != NULL ? (size_t)(before - text) + 1 : 0, key) &&
	    (o->end == len || (text[o->end - 1] == '\n' && strchr(" #\n", text[o->end]) == NULL &&
	    (text[o->end] != '-' || text[o->end + 1] != ' ')));
}

bool
outline_fits(const struct outline *o, const char *text, size_t len,
    const struct outline_names *names)
{
	struct key keys[OUTLINE_WANTED];
	size_t n = 0;

	for (; n < OUTLINE_WANTED && names->wanted[n] != NULL; n++)
		keys[n] = (struct key){ names->wanted[n], strlen(names->wanted[n]) };
	if (o->n == 0 || o->end > len || o->v[o->n].start != o->end ||
	    !list_fits(o, text, len, names->list))
		return false;
	if (o->mark != OUTLINE_NONE && (!top_fits(text, len, o->mark, names->mark) ||
	    (o->mark >= o->list && o->mark < o->end)))
		return false;
	for (size_t i = 0; i < o->n; i++)
		if (!item_fits(o, &o->v[i], text, keys, n))
			return false;
	return true;
}
