#include "doc/val.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"

/* What a float needs at the most, "-1.2345678901234567e-308", with room to add ".0". */
#define REAL_MAX_TEXT 40

static struct val *
new(enum val_kind kind)
{
	struct val *v = xcalloc(1, sizeof *v);

	v->kind = kind;
	return v;
}

struct val *
val_null(void)
{
	return new(VAL_NULL);
}

struct val *
val_bool(bool b)
{
	struct val *v = new(VAL_BOOL);

	v->b = b;
	return v;
}

struct val *
val_int(int64_t i)
{
	struct val *v = new(VAL_INT);

	v->i = i;
	return v;
}

struct val *
val_real(double r)
{
	struct val *v = new(VAL_REAL);

	v->r = r;
	return v;
}

struct val *
val_str(const char *s)
{
	return val_strn(s, strlen(s));
}

struct val *
val_time(int64_t at)
{
	char text[CLOCK_MAX];

	clock_format(at, text);
	return val_str(text);
}

struct val *
val_strn(const char *s, size_t len)
{
	struct val *v = new(VAL_STR);

	v->s = xstrndup(s, len);
	return v;
}

struct val *
val_list(void)
{
	return new(VAL_LIST);
}

struct val *
val_map(void)
{
	return new(VAL_MAP);
}

struct val *
val_copy(const struct val *v)
{
	struct val *c = new(v->kind);

	switch (v->kind) {
	case VAL_NULL:
		break;
	case VAL_BOOL:
		c->b = v->b;
		break;
	case VAL_INT:
		c->i = v->i;
		break;
	case VAL_REAL:
		c->r = v->r;
		break;
	case VAL_STR:
		c->s = xstrdup(v->s);
		break;
	case VAL_LIST:
	case VAL_MAP:
		if (v->n == 0)
			break;
		c->n = c->cap = v->n;
		c->v = xcalloc(v->n, sizeof *c->v);
		if (v->kind == VAL_MAP)
			c->key = xcalloc(v->n, sizeof *c->key);
		for (size_t i = 0; i < v->n; i++) {
			c->v[i] = val_copy(v->v[i]);
			if (v->kind == VAL_MAP)
				c->key[i] = xstrdup(v->key[i]);
		}
		break;
	}
	return c;
}

void
val_free(struct val *v)
{
	if (v == NULL)
		return;
	if (v->kind == VAL_STR)
		free(v->s);
	for (size_t i = 0; i < v->n; i++) {
		val_free(v->v[i]);
		if (v->kind == VAL_MAP)
			free(v->key[i]);
	}
	free(v->v);
	free(v->key);
	free(v);
}

void
val_push(struct val *list, struct val *item)
{
	list->v = vec_room(list->v, &list->cap, list->n, sizeof *list->v);
	list->v[list->n++] = item;
}

/* The position of a key, or map->n. */
static size_t
find(const struct val *map, const char *key)
{
	size_t i = 0;

	while (i < map->n && strcmp(map->key[i], key) != 0)
		i++;
	return i;
}

void
val_put(struct val *map, const char *key, struct val *item)
{
	size_t i = find(map, key);

	if (i < map->n) {
		val_free(map->v[i]);
		map->v[i] = item;
		return;
	}
	val_add(map, key, item);
}

void
val_add(struct val *map, const char *key, struct val *item)
{
	size_t cap = map->cap;

	map->v = vec_room(map->v, &map->cap, map->n, sizeof *map->v);
	map->key = vec_room(map->key, &cap, map->n, sizeof *map->key);
	map->key[map->n] = xstrdup(key);
	map->v[map->n++] = item;
}

bool
val_drop(struct val *map, const char *key)
{
	size_t i = find(map, key);

	if (i == map->n)
		return false;
	val_free(map->v[i]);
	free(map->key[i]);
	map->n--;
	memmove(map->v + i, map->v + i + 1, (map->n - i) * sizeof *map->v);
	memmove(map->key + i, map->key + i + 1, (map->n - i) * sizeof *map->key);
	return true;
}

struct val *
val_get(const struct val *map, const char *key)
{
	size_t i;

	if (map == NULL || map->kind != VAL_MAP)
		return NULL;
	i = find(map, key);
	return i < map->n ? map->v[i] : NULL;
}

struct val *
val_at(const struct val *list, size_t i)
{
	if (list == NULL || list->kind != VAL_LIST || i >= list->n)
		return NULL;
	return list->v[i];
}

/* The item that the first `len` bytes of a list position name, or NULL. */
static struct val *
at_text(const struct val *list, const char *s, size_t len)
{
	size_t i = 0;

	if (len == 0 || len > 9)
		return NULL;
	for (; len > 0; len--, s++) {
		if (*s < '0' || *s > '9')
			return NULL;
		i = i * 10 + (size_t)(*s - '0');
	}
	return val_at(list, i);
}

static struct val *
get_text(const struct val *map, const char *s, size_t len)
{
	for (size_t i = 0; i < map->n; i++)
		if (strncmp(map->key[i], s, len) == 0 && map->key[i][len] == '\0')
			return map->v[i];
	return NULL;
}

struct val *
val_path(const struct val *v, const char *path)
{
	struct val *found = NULL;

	for (;;) {
		size_t len = strcspn(path, ".");

		if (v == NULL)
			return NULL;
		if (v->kind == VAL_MAP)
			found = get_text(v, path, len);
		else
			found = at_text(v, path, len);
		if (path[len] == '\0')
			return found;
		path += len + 1;
		v = found;
	}
}

const char *
val_text(const struct val *v)
{
	return v != NULL && v->kind == VAL_STR ? v->s : NULL;
}

int64_t
val_seconds(const struct val *v)
{
	int64_t at;

	return val_text(v) != NULL && clock_parse(v->s, &at) == 0 ? at : 0;
}

int64_t
val_number(const struct val *v, int64_t otherwise)
{
	return v != NULL && v->kind == VAL_INT ? v->i : otherwise;
}

bool
val_truth(const struct val *v, bool otherwise)
{
	return v != NULL && v->kind == VAL_BOOL ? v->b : otherwise;
}

static bool
same_list(const struct val *a, const struct val *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!val_same(a->v[i], b->v[i]))
			return false;
	return true;
}

/* Most maps that are compared have the same order, so the same place is looked at first. */
static bool
same_map(const struct val *a, const struct val *b)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct val *other = strcmp(a->key[i], b->key[i]) == 0 ?
		    b->v[i] : val_get(b, a->key[i]);

		if (other == NULL || !val_same(a->v[i], other))
			return false;
	}
	return true;
}

struct val *
val_some(const struct val *map, const char *const *keys, size_t n)
{
	struct val *some = val_map();
	const struct val *v;

	for (size_t i = 0; i < n; i++)
		if ((v = val_get(map, keys[i])) != NULL)
			val_add(some, keys[i], val_copy(v));
	return some;
}

bool
val_same(const struct val *a, const struct val *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VAL_NULL:
		return true;
	case VAL_BOOL:
		return a->b == b->b;
	case VAL_INT:
		return a->i == b->i;
	case VAL_REAL:
		return !(a->r < b->r || a->r > b->r);
	case VAL_STR:
		return strcmp(a->s, b->s) == 0;
	case VAL_LIST:
		return a->n == b->n && same_list(a, b);
	case VAL_MAP:
		return a->n == b->n && same_map(a, b);
	}
	return false;
}

/*
 * The shortest digits that read back as the same number, and always with a
 * point, since YAML 1.1 takes neither "3" nor "1e+20" for a float.
 */
static void
plain_real(struct buf *b, double r)
{
	char text[REAL_MAX_TEXT];
	const char *exponent;

	for (int digits = 15; digits <= 17; digits++) {
		double back;

		snprintf(text, sizeof text, "%.*g", digits, r);
		back = strtod(text, NULL);
		if (!(back < r || back > r))
			break;
	}
	exponent = text + strcspn(text, "e");
	buf_append(b, text, (size_t)(exponent - text));
	if (memchr(text, '.', (size_t)(exponent - text)) == NULL)
		buf_puts(b, ".0");
	buf_puts(b, exponent);
}

void
val_plain(struct buf *b, const struct val *v)
{
	if (v == NULL)
		return;
	switch (v->kind) {
	case VAL_BOOL:
		buf_puts(b, v->b ? "true" : "false");
		break;
	case VAL_INT:
		buf_int(b, v->i);
		break;
	case VAL_REAL:
		plain_real(b, v->r);
		break;
	case VAL_STR:
		buf_puts(b, v->s);
		break;
	case VAL_NULL:
	case VAL_LIST:
	case VAL_MAP:
		break;
	}
}

const char *
val_kind_name(enum val_kind kind)
{
	static const char *const name[] = {
		[VAL_NULL] = "null",
		[VAL_BOOL] = "true or false",
		[VAL_INT] = "number",
		[VAL_REAL] = "number",
		[VAL_STR] = "text",
		[VAL_LIST] = "list",
		[VAL_MAP] = "map",
	};

	return name[kind];
}
