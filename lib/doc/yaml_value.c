/*
 * What a tree means: types of scalars, look-up, values.
 *
 * Types are those of the YAML 1.2 core schema (§10.3.2), less what YAML 1.1
 * reads as a different number: "012" is ten there and twelve here, so it is
 * text to us.  What 1.1 alone takes for a number or a truth value ("1_000",
 * "1:30", "yes") is text in 1.2 already.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "doc/yaml_event.h"

#define CORE_TAG "tag:yaml.org,2002:"

static bool
one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool
is_null(const char *text)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

	return one_of(text, words);
}

static bool
is_true(const char *text)
{
	static const char *const words[] = { "true", "True", "TRUE", NULL };

	return one_of(text, words);
}

static bool
is_false(const char *text)
{
	static const char *const words[] = { "false", "False", "FALSE", NULL };

	return one_of(text, words);
}

static bool
all_in(const char *text, const char *set)
{
	return *text != '\0' && text[strspn(text, set)] == '\0';
}

static bool
is_int(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-' || *text == '+');
	int base = 10;

	if (strncmp(text, "0x", 2) == 0 && all_in(text + 2, "0123456789abcdefABCDEF"))
		base = 16;
	else if (strncmp(text, "0o", 2) == 0 && all_in(text + 2, "01234567"))
		base = 8;
	else if (!all_in(digits, "0123456789") || (digits[0] == '0' && digits[1] != '\0'))
		return false;
	errno = 0;
	*out = strtoll(base == 10 ? text : text + 2, NULL, base);
	return errno == 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool
is_real(const char *text, double *out)
{
	static const char digit[] = "0123456789";
	const char *p = text + (*text == '-' || *text == '+');
	size_t whole = strspn(p, digit), part = 0;
	bool point;

	p += whole;
	point = *p == '.';
	if (point) {
		part = strspn(++p, digit);
		p += part;
	}
	if (whole + part == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		if (!all_in(p, digit))
			return false;
	} else if (!point || *p != '\0')
		return false;
	*out = strtod(text, NULL);
	return isfinite(*out);
}

static int
core_kind(struct yaml_scalar *s, const char *text)
{
	char c = *text;

	/* Most texts start like none of these, and are done at once. */
	if (c != '\0' && strchr("~nNtTfF+-.0123456789", c) == NULL)
		return VAL_STR;
	if (is_null(text))
		return VAL_NULL;
	if (is_true(text) || is_false(text)) {
		s->b = is_true(text);
		return VAL_BOOL;
	}
	if (is_int(text, &s->i))
		return VAL_INT;
	if (is_real(text, &s->r))
		return VAL_REAL;
	return VAL_STR;
}

int
yaml_resolve(struct yaml_scalar *s, const char *text, bool plain, const char *tag)
{
	if (tag == NULL) {
		s->kind = plain ? core_kind(s, text) : VAL_STR;
		return 0;
	}
	if (strcmp(tag, CORE_TAG "str") == 0) {
		s->kind = VAL_STR;
		return 0;
	}
	s->kind = core_kind(s, text);
	if (strcmp(tag, CORE_TAG "int") == 0)
		return s->kind == VAL_INT ? 0 : -1;
	if (strcmp(tag, CORE_TAG "bool") == 0)
		return s->kind == VAL_BOOL ? 0 : -1;
	if (strcmp(tag, CORE_TAG "null") == 0)
		return s->kind == VAL_NULL ? 0 : -1;
	if (strcmp(tag, CORE_TAG "float") != 0)
		return -1;
	if (s->kind == VAL_INT) {
		s->kind = VAL_REAL;
		s->r = (double)s->i;
	}
	return s->kind == VAL_REAL ? 0 : -1;
}

static struct yaml_scalar
resolve(const struct yaml_node *n)
{
	const struct yaml_prop *p = yaml_prop(n);
	struct yaml_scalar s = { 0 };

	yaml_resolve(&s, n->text, n->style == YAML_PLAIN, p ? p->tag : NULL);
	return s;
}

int
yaml_scalar_kind(const struct yaml_node *n)
{
	return resolve(n).kind;
}

const struct yaml_node *
yaml_deref(const struct yaml_node *n)
{
	return n != NULL && n->kind == YAML_ALIAS ? yaml_prop(n)->target : n;
}

const struct yaml_node *
yaml_own(const struct yaml_node *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *v = map->child; v != NULL; v = v->next)
		if (strcmp(v->key->text, key) == 0)
			return v;
	return NULL;
}

bool
yaml_is_merge(const struct yaml_key *key)
{
	return key->kind == YAML_SCALAR && key->style == YAML_PLAIN && strcmp(key->text, "<<") == 0;
}

/* The value of "<<" in a map that has one. */
static const struct yaml_node *
merge_of(const struct yaml_node *map)
{
	const struct yaml_node *v = map->child;

	while (v != NULL && !yaml_is_merge(v->key))
		v = v->next;
	return yaml_deref(v);
}

/*
 * What a map has of its merges.  The levels are bounded by yaml_parse(), which
 * counts them through aliases.
 */
static const struct yaml_node *
inherited(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *v = NULL, *from = merge_of(map);

	if (from == NULL || from->kind == YAML_MAP)
		return yaml_get(from, key);
	for (from = from->child; from != NULL && v == NULL; from = from->next)
		v = yaml_get(from, key);
	return v;
}

const struct yaml_node *
yaml_get(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *v;

	map = yaml_deref(map);
	v = yaml_own(map, key);
	if (v != NULL || map == NULL || map->kind != YAML_MAP || !map->merge)
		return yaml_deref(v);
	return inherited(map, key);
}

bool
yaml_inherits(const struct yaml_node *map, const char *key)
{
	return map->kind == YAML_MAP && map->merge && inherited(map, key) != NULL;
}

/* Puts what `from` has and `map` has not; earlier ones win (YAML 1.1 merge). */
static void
merge(struct val *map, const struct yaml_node *from)
{
	struct val *v = yaml_value(from);

	for (size_t i = 0; i < v->n; i++)
		if (val_get(map, v->key[i]) == NULL) {
			val_add(map, v->key[i], v->v[i]);
			v->v[i] = NULL;
		}
	val_free(v);
}

static struct val *
map_value(const struct yaml_node *n)
{
	struct val *map = val_map();
	const struct yaml_node *from;

	for (const struct yaml_node *v = n->child; v != NULL; v = v->next)
		if (!yaml_is_merge(v->key))
			val_add(map, v->key->text, yaml_value(v));
	if (!n->merge)
		return map;
	from = merge_of(n);
	if (from->kind == YAML_MAP)
		merge(map, from);
	else
		for (from = from->child; from != NULL; from = from->next)
			merge(map, from);
	return map;
}

static struct val *
typed_value(struct yaml_scalar s, const char *text, size_t len)
{
	switch (s.kind) {
	case VAL_NULL:
		return val_null();
	case VAL_BOOL:
		return val_bool(s.b);
	case VAL_INT:
		return val_int(s.i);
	case VAL_REAL:
		return val_real(s.r);
	default:
		return val_strn(text, len);
	}
}

struct val *
yaml_scalar_value(const char *text, size_t len, bool plain)
{
	struct yaml_scalar s = { 0 };

	yaml_resolve(&s, text, plain, NULL);
	return typed_value(s, text, len);
}

struct val *
yaml_value(const struct yaml_node *n)
{
	struct val *list;

	n = yaml_deref(n);
	if (n == NULL)
		return val_null();
	if (n->kind == YAML_SCALAR)
		return typed_value(resolve(n), n->text, n->len);
	if (n->kind == YAML_MAP)
		return map_value(n);
	list = val_list();
	for (n = n->child; n != NULL; n = n->next)
		val_push(list, yaml_value(n));
	return list;
}
