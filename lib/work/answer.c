#include "work/answer.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "doc/json.h"
#include "doc/scan.h"
#include "doc/schema.h"
#include "doc/val.h"

/* ---- checking ---- */

/* A key that is null says nothing: many models write all keys that they know. */
static void
drop_nulls(struct val *map)
{
	for (size_t i = map->n; i-- > 0; )
		if (map->v[i]->kind == VAL_NULL)
			val_drop(map, map->key[i]);
}

int
answer_check(const struct val *schema, struct val *answer, struct err *e)
{
	const struct val *list;

	drop_nulls(answer);
	list = val_get(answer, "delegations");
	for (size_t i = 0; list && list->kind == VAL_LIST && i < list->n; i++)
		if (list->v[i]->kind == VAL_MAP)
			drop_nulls(list->v[i]);
	return schema_check(schema, answer, 1, e);
}

/* ---- finding ---- */

/* What is known while the objects of a text are looked at, one after the other. */
struct search {
	const char *text;
	size_t len;
	const struct val *schema;
	struct val *last;	/* the last that says "status"; NULL: none, or not parsed */
	struct val *other;	/* the last that does not */
	struct val *valid;	/* the first valid answer */
	struct err broken;	/* why the last that says "status" is no JSON */
	struct err disagree;	/* two valid ones do */
};

/* The start of what is no text and stands before `at`: a byte order mark or an escape
 * sequence of a terminal; `at` if there is none. */
static size_t
before_unseen(const char *text, size_t at)
{
	size_t i = at;

	if (at >= 3 && memcmp(text + at - 3, "\xef\xbb\xbf", 3) == 0)
		return at - 3;
	if (at < 3 || text[at - 1] < '@' || text[at - 1] > '~')
		return at;
	for (i--; i > 1 && strchr("0123456789;?", text[i - 1]) != NULL && text[i - 1] != '\0'; i--)
		continue;
	return i > 1 && text[i - 1] == '[' && text[i - 2] == '\033' ? i - 2 : at;
}

/* The end of an escape sequence that begins at `at`, else `at`. */
static size_t
behind_unseen(const char *text, size_t len, size_t at)
{
	size_t i = at + 2;

	if (len < 3 || at > len - 3 || text[at] != '\033' || text[at + 1] != '[')
		return at;
	while (i < len && text[i] != '\0' && strchr("0123456789;?", text[i]) != NULL)
		i++;
	return i < len && text[i] >= '@' && text[i] <= '~' ? i + 1 : at;
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Does nothing of a sentence stand before it on its line?  "Answer:" may. */
static bool
begins(const struct search *s, size_t at)
{
	size_t before;

	for (; at > 0; at = before) {
		before = before_unseen(s->text, at);
		if (before < at)
			continue;
		if (!is_one_of(s->text[at - 1], " \t\r`'\"*"))
			break;
		before = at - 1;
	}
	return at == 0 || is_one_of(s->text[at - 1], "\n:.!?>})]");
}

/* Nor behind it?  Another object may. */
static bool
ends(const struct search *s, size_t at)
{
	size_t behind;

	for (; at < s->len; at = behind) {
		behind = behind_unseen(s->text, s->len, at);
		if (behind > at)
			continue;
		if (!is_one_of(s->text[at], " \t\r`'\"*.,;)"))
			break;
		behind = at + 1;
	}
	return at >= s->len || is_one_of(s->text[at], "\n{");
}

static bool
says_status(const char *text, size_t len)
{
	return memmem(text, len, "\"status\"", strlen("\"status\"")) != NULL;
}

static const char *
status_of(const struct val *v)
{
	const char *status = val_text(val_get(v, "status"));

	return status ? status : "";
}

/* Remembers the first valid answer, and whether a later one says something else. */
static void
compare(struct search *s, const struct val *v)
{
	struct val *copy = val_copy(v);
	struct err ignored = { 0 };

	if (answer_check(s->schema, copy, &ignored) == -1) {
		val_free(copy);
	} else if (!s->valid) {
		s->valid = copy;
	} else {
		if (strcmp(status_of(s->valid), status_of(copy)) != 0)
			err_set(&s->disagree, ERR_INVALID, "two answers that disagree: '%s' and '%s'",
			    status_of(s->valid), status_of(copy));
		val_free(copy);
	}
}

/* `shown`: it is not in a block while the answer is, so it can only contradict. */
static void
look_at(struct search *s, size_t start, size_t len, bool shown)
{
	const char *text = s->text + start;
	struct err e = { 0 };
	struct val *v;

	if (!begins(s, start) || !ends(s, start + len))
		return;
	v = json_parse(text, len, &e);
	if (v && v->kind == VAL_MAP && val_get(v, "status"))
		compare(s, v);
	if (shown) {
		val_free(v);
	} else if (!v && says_status(text, len)) {
		val_free(s->last);
		s->last = NULL;
		err_set(&s->broken, ERR_INVALID, "not valid JSON: %s", e.msg);
	} else if (v && v->kind == VAL_MAP) {
		struct val **place = val_get(v, "status") ? &s->last : &s->other;

		if (place == &s->last)
			s->broken = (struct err){ 0 };
		val_free(*place);
		*place = v;
	} else {
		val_free(v);
	}
}

static void
look_into(struct search *s, const struct scan_span *block)
{
	struct scan_list objects = { 0 };

	scan_objects(&objects, s->text + block->start, block->len);
	for (size_t i = 0; i < objects.n; i++)
		look_at(s, block->start + objects.v[i].start, objects.v[i].len, false);
	scan_release(&objects);
}

struct val *
answer_find(const char *text, size_t len, const struct val *schema, struct err *e)
{
	struct search s = { .text = text, .len = len, .schema = schema };
	struct scan_list blocks = { 0 }, objects = { 0 };
	struct val *found = NULL;
	bool fenced;
	size_t b = 0;

	*e = (struct err){ 0 };
	scan_fences(&blocks, text, len);
	for (size_t i = 0; i < blocks.n; i++)
		look_into(&s, &blocks.v[i]);
	fenced = s.last || s.broken.code != ERR_NONE;
	scan_objects(&objects, text, len);
	for (size_t i = 0; i < objects.n; i++) {
		const struct scan_span *o = &objects.v[i];

		while (b < blocks.n && blocks.v[b].start + blocks.v[b].len <= o->start)
			b++;
		if (b == blocks.n || o->start < blocks.v[b].start)
			look_at(&s, o->start, o->len, fenced);
	}
	if (s.disagree.code != ERR_NONE) {
		*e = s.disagree;
	} else if (s.broken.code != ERR_NONE) {
		*e = s.broken;
	} else {
		found = s.last ? s.last : s.other;
		*(s.last ? &s.last : &s.other) = NULL;
	}
	val_free(s.last);
	val_free(s.other);
	val_free(s.valid);
	scan_release(&blocks);
	scan_release(&objects);
	return found;
}
