/*
 * schema - checks a value against a JSON Schema
 *
 * The schema is judged before the value, and all of it, so that a keyword we
 * do not know is found on the first call and not by the first value that gets
 * there.  One table has a line for each keyword: what may stand behind it and
 * how it judges.  Both walks follow the schema, which ships with the suite,
 * so its depth bounds them whatever the value is; there is no $ref.
 *
 * A place in the value is a chain of frames on the stack, from the inside out,
 * and becomes text only in a message.
 */
#include "doc/schema.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"

#define SHOWN_MAX 60	/* bytes of a foreign word that a message repeats */
#define PLACE_MAX 64	/* frames of a place that a message shows, the inner ones */

struct place {
	const struct place *up;
	const char *key;	/* NULL: item number i */
	size_t i;
};

/* One bit for each enum val_kind. */
#define KIND(k) (1u << VAL_##k)
#define NUMBER (KIND(INT) | KIND(REAL))
#define ANY (~0u)

/* JSON Schema's names of the types, and ours for messages. */
static const struct type {
	const char *name, *shown;
	unsigned kinds;
} types[] = {
	{ "null", "null", KIND(NULL) },
	{ "boolean", "true or false", KIND(BOOL) },
	{ "integer", "whole number", KIND(INT) },
	{ "number", "number", NUMBER },
	{ "string", "text", KIND(STR) },
	{ "array", "list", KIND(LIST) },
	{ "object", "map", KIND(MAP) },
};

/* What a keyword has at hand when it judges the value `v` at `place`. */
struct check {
	const struct val *schema;	/* the map in which the keyword stands */
	const struct val *arg;		/* what stands behind the keyword */
	int bound;			/* of a limit: 1 at most, -1 at least */
	const struct place *place;
	bool prune;
	struct vec_str *where;		/* NULL: nobody asks */
	struct err *e;
};

static void
show(struct buf *b, const char *s)
{
	size_t len = strlen(s), cut = str_cut(s, len, SHOWN_MAX);

	str_visible(b, s, cut, false);
	if (cut < len)
		buf_puts(b, "..");
}

static void
show_place(struct buf *b, const struct place *p)
{
	const struct place *chain[PLACE_MAX];
	size_t n = 0;

	for (; p != NULL && n < PLACE_MAX; p = p->up)
		chain[n++] = p;
	if (n == 0)
		buf_puts(b, "the top");
	while (n-- > 0) {
		if (chain[n]->key != NULL)
			show(b, chain[n]->key);
		else
			buf_printf(b, "%zu", chain[n]->i);
		if (n > 0)
			buf_putc(b, '.');
	}
}

/* A value in a message: a scalar as it is, of the others what they are. */
static void
show_value(struct buf *b, const struct val *v)
{
	if (v->kind == VAL_STR) {
		buf_putc(b, '\'');
		show(b, v->s);
		buf_putc(b, '\'');
	} else if (v->kind == VAL_BOOL || v->kind == VAL_INT || v->kind == VAL_REAL) {
		val_plain(b, v);
	} else {
		buf_puts(b, val_kind_name(v->kind));
	}
}

/* "at delegations.0.title: WHAT"; releases `what`.  Returns -1. */
static int
fail(enum err_code code, const struct place *p, struct buf *what, struct err *e)
{
	struct buf place = { 0 };

	show_place(&place, p);
	err_set(e, code, "%sat %s: %s", code == ERR_CONFIG ? "schema, " : "", buf_str(&place),
	    buf_str(what));
	buf_release(&place);
	buf_release(what);
	return -1;
}

/* The same for the value that is judged, which is named to whoever asks; `key`: what it
 * has of that name, NULL: itself. */
static int
refuse_at(const struct check *c, const char *key, struct buf *what)
{
	for (const struct place *p = c->place; c->where != NULL && p != NULL; p = p->up)
		vec_str_take(c->where, p->key ? xstrdup(p->key) : xasprintf("%zu", p->i));
	for (size_t i = 0; c->where != NULL && i < c->where->n / 2; i++) {
		char **a = &c->where->v[i], **b = &c->where->v[c->where->n - 1 - i], *one = *a;

		*a = *b;
		*b = one;
	}
	if (c->where != NULL && key != NULL)
		vec_str_push(c->where, key);
	return fail(ERR_INVALID, c->place, what, c->e);
}

/* Completes "WHAT expected, found VALUE". */
static int
refuse(const struct check *c, struct buf *what, const struct val *found)
{
	buf_puts(what, " expected, found ");
	show_value(what, found);
	return refuse_at(c, NULL, what);
}

static const struct type *
find_type(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

/* Name number i of "type", which is one name or a list of them; NULL behind the last. */
static const char *
type_name(const struct val *arg, size_t i)
{
	return arg->kind == VAL_LIST ? val_text(val_at(arg, i)) : i == 0 ? val_text(arg) : NULL;
}

static int
judge_type(const struct check *c, struct val *v)
{
	struct buf b = { 0 };

	for (size_t i = 0; type_name(c->arg, i) != NULL; i++) {
		const struct type *t = find_type(type_name(c->arg, i));

		if (t->kinds & 1u << v->kind) {
			buf_release(&b);
			return 0;
		}
		buf_printf(&b, "%s%s", i > 0 ? " or " : "", t->shown);
	}
	buf_printf(&b, " expected, found %s", val_kind_name(v->kind));
	return refuse_at(c, NULL, &b);
}

static int
judge_enum(const struct check *c, struct val *v)
{
	struct buf b = { 0 };

	buf_puts(&b, "one of ");
	for (size_t i = 0; i < c->arg->n; i++) {
		if (val_same(c->arg->v[i], v)) {
			buf_release(&b);
			return 0;
		}
		buf_puts(&b, i > 0 ? ", " : "");
		show_value(&b, c->arg->v[i]);
	}
	return refuse(c, &b, v);
}

static int
judge_const(const struct check *c, struct val *v)
{
	struct buf b = { 0 };

	if (val_same(c->arg, v))
		return 0;
	show_value(&b, c->arg);
	return refuse(c, &b, v);
}

/* -1, 0 or 1: exactly where both are whole numbers, else as doubles. */
static int
compare(const struct val *x, const struct val *y)
{
	double a, b;

	if (x->kind == VAL_INT && y->kind == VAL_INT)
		return (x->i > y->i) - (x->i < y->i);
	a = x->kind == VAL_INT ? (double)x->i : x->r;
	b = y->kind == VAL_INT ? (double)y->i : y->r;
	return (a > b) - (a < b);
}

/* `what` is that which is counted: "a length of ", or nothing for the value itself. */
static int
judge_limit(const struct check *c, const struct val *v, const char *what)
{
	struct buf b = { 0 };

	if (compare(v, c->arg) * c->bound <= 0)
		return 0;
	buf_printf(&b, "%sat %s ", what, c->bound > 0 ? "most" : "least");
	val_plain(&b, c->arg);
	return refuse(c, &b, v);
}

static int
judge_number(const struct check *c, struct val *v)
{
	return v->kind == VAL_INT || v->kind == VAL_REAL ? judge_limit(c, v, "") : 0;
}

static int
judge_length(const struct check *c, struct val *v)
{
	struct val count = { .kind = VAL_INT };
	uint32_t cp;

	if (v->kind != VAL_STR)
		return 0;
	for (size_t i = 0, len = strlen(v->s); i < len; count.i++)
		i += str_decode(v->s + i, len - i, &cp);
	return judge_limit(c, &count, "a length of ");
}

static int
judge_count(const struct check *c, struct val *v)
{
	const struct val count = { .kind = VAL_INT, .i = (int64_t)v->n };

	return v->kind == VAL_LIST ? judge_limit(c, &count, "a count of ") : 0;
}

static int check_value(const struct check *up, const struct val *schema, struct val *,
    const struct place *);

static int
judge_items(const struct check *c, struct val *v)
{
	for (size_t i = 0; v->kind == VAL_LIST && i < v->n; i++) {
		const struct place here = { .up = c->place, .i = i };

		if (check_value(c, c->arg, v->v[i], &here) != 0)
			return -1;
	}
	return 0;
}

static int
judge_properties(const struct check *c, struct val *v)
{
	for (size_t i = 0; v->kind == VAL_MAP && i < v->n; i++) {
		const struct place here = { .up = c->place, .key = v->key[i] };
		const struct val *schema = val_get(c->arg, v->key[i]);

		if (schema != NULL && check_value(c, schema, v->v[i], &here) != 0)
			return -1;
	}
	return 0;
}

static int
judge_required(const struct check *c, struct val *v)
{
	struct buf b = { 0 };

	for (size_t i = 0; v->kind == VAL_MAP && i < c->arg->n; i++)
		if (val_get(v, c->arg->v[i]->s) == NULL) {
			buf_printf(&b, "'%s' is missing", c->arg->v[i]->s);
			return refuse_at(c, NULL, &b);
		}
	return 0;
}

static int
unknown_key(const struct check *c, const struct val *properties, const char *key)
{
	size_t n = properties != NULL ? properties->n : 0;
	const char **names = xcalloc(n + 1, sizeof *names), *near;
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		names[i] = properties->key[i];
	near = str_nearest(key, names);
	free(names);
	buf_puts(&b, "unknown key '");
	show(&b, key);
	buf_putc(&b, '\'');
	if (near != NULL)
		buf_printf(&b, ", did you mean '%s'?", near);
	return refuse_at(c, key, &b);
}

/* Closes the gaps in one pass: a stranger's map may have 100,000 unknown keys. */
static int
judge_additional(const struct check *c, struct val *v)
{
	const struct val *properties = val_get(c->schema, "properties");
	size_t n = 0;

	if (v->kind != VAL_MAP || c->arg->b)
		return 0;
	for (size_t i = 0; i < v->n && !c->prune; i++)
		if (val_get(properties, v->key[i]) == NULL)
			return unknown_key(c, properties, v->key[i]);
	for (size_t i = 0; i < v->n; i++) {
		if (val_get(properties, v->key[i]) != NULL) {
			v->key[n] = v->key[i];
			v->v[n++] = v->v[i];
		} else {
			free(v->key[i]);
			val_free(v->v[i]);
		}
	}
	v->n = n;
	return 0;
}

/*
 * In the order in which they judge: the type before what is asked of it, and
 * keys that must go before those that are looked into.
 */
static const struct keyword {
	const char *name;
	unsigned kinds;		/* what may stand behind it */
	int (*judge)(const struct check *, struct val *);	/* NULL: an annotation */
	int bound;
} keywords[] = {
	{ "type", KIND(STR) | KIND(LIST), judge_type, 0 },
	{ "enum", KIND(LIST), judge_enum, 0 },
	{ "const", ANY, judge_const, 0 },
	{ "minimum", NUMBER, judge_number, -1 },
	{ "maximum", NUMBER, judge_number, 1 },
	{ "minLength", KIND(INT), judge_length, -1 },
	{ "maxLength", KIND(INT), judge_length, 1 },
	{ "minItems", KIND(INT), judge_count, -1 },
	{ "maxItems", KIND(INT), judge_count, 1 },
	{ "items", KIND(MAP), judge_items, 0 },
	{ "additionalProperties", KIND(BOOL), judge_additional, 0 },
	{ "required", KIND(LIST), judge_required, 0 },
	{ "properties", KIND(MAP), judge_properties, 0 },
	{ "$schema", ANY, NULL, 0 },
	{ "$id", ANY, NULL, 0 },
	{ "$comment", ANY, NULL, 0 },
	{ "title", ANY, NULL, 0 },
	{ "description", ANY, NULL, 0 },
	{ "default", ANY, NULL, 0 },
	{ "examples", ANY, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

static int
check_value(const struct check *up, const struct val *schema, struct val *v,
    const struct place *place)
{
	struct check c = { .schema = schema, .place = place, .prune = up->prune,
		.where = up->where, .e = up->e };

	for (const struct keyword *k = keywords; k->name != NULL; k++) {
		c.arg = val_get(schema, k->name);
		c.bound = k->bound;
		if (k->judge != NULL && c.arg != NULL && k->judge(&c, v) != 0)
			return -1;
	}
	return 0;
}

/* Of the keywords whose kind does not say it all: are the words in them words? */
static bool
is_sound(const struct keyword *k, const struct val *arg)
{
	if (!(k->kinds & 1u << arg->kind))
		return false;
	if (k->judge == judge_type && arg->kind == VAL_STR)
		return find_type(arg->s) != NULL;
	for (size_t i = 0; k->judge == judge_type && i < arg->n; i++)
		if (find_type(val_text(arg->v[i])) == NULL)
			return false;
	for (size_t i = 0; k->judge == judge_required && i < arg->n; i++)
		if (val_text(arg->v[i]) == NULL)
			return false;
	return true;
}

static int check_schema(const struct val *schema, const struct place *, struct err *);

static int
check_keyword(const char *name, const struct val *arg, const struct place *p, struct err *e)
{
	const struct keyword *k = keywords;
	struct buf b = { 0 };

	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	if (k->name == NULL || !is_sound(k, arg)) {
		buf_puts(&b, k->name == NULL ? "unknown keyword '" : "not valid: '");
		show(&b, name);
		buf_putc(&b, '\'');
		return fail(ERR_CONFIG, p, &b, e);
	}
	if (k->judge == judge_items) {
		const struct place here = { .up = p, .key = name };

		return check_schema(arg, &here, e);
	}
	for (size_t i = 0; k->judge == judge_properties && i < arg->n; i++) {
		const struct place here = { .up = p, .key = arg->key[i] };

		if (check_schema(arg->v[i], &here, e) != 0)
			return -1;
	}
	return 0;
}

static int
check_schema(const struct val *schema, const struct place *p, struct err *e)
{
	struct buf b = { 0 };

	if (schema == NULL || schema->kind != VAL_MAP) {
		buf_puts(&b, "map expected");
		return fail(ERR_CONFIG, p, &b, e);
	}
	for (size_t i = 0; i < schema->n; i++)
		if (check_keyword(schema->key[i], schema->v[i], p, e) != 0)
			return -1;
	return 0;
}

int
schema_check(const struct val *schema, struct val *value, int prune, struct err *e)
{
	return schema_check_where(schema, value, prune, NULL, e);
}

int
schema_check_where(const struct val *schema, struct val *value, int prune, struct vec_str *where,
    struct err *e)
{
	const struct check top = { .prune = prune != 0, .where = where, .e = e };

	if (check_schema(schema, NULL, e) != 0)
		return -1;
	return check_value(&top, schema, value, NULL);
}
