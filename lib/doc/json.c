/*
 * json - JSON text to values and back (RFC 8259); the only user of jansson
 *
 * jansson is a good judge of JSON and a poor guard: it recurses 2048 levels
 * deep and allocates some 300 bytes for two characters of "{}".  So scan.c
 * looks first at how deep and how many, in one pass, and what is left is
 * jansson's to parse and copied into values, which hold no more than 64 levels.
 */
#include "doc/json.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/scan.h"
#include "doc/val.h"

/* Line and column, both from 1, columns in characters, as jansson counts. */
static int
fail_at(const char *text, size_t offset, struct err *e, const char *reason)
{
	size_t line, column;

	str_place(text, offset, &line, &column);
	return err_set(e, ERR_INVALID, "%zu:%zu: %s", line, column, reason);
}

/* jansson's message repeats what a stranger wrote. */
static void
fail_jansson(const json_error_t *je, struct err *e)
{
	struct buf text = { 0 };

	str_visible(&text, je->text, strlen(je->text), false);
	err_set(e, ERR_INVALID, "%d:%d: %s", je->line > 0 ? je->line : 1,
	    je->column > 0 ? je->column : 1, buf_str(&text));
	buf_release(&text);
}

static int
check_size(const char *text, size_t len, const struct json_bounds *b, struct err *e)
{
	struct scan s = { .text = text, .len = len };

	if (len > (b->text > 0 ? b->text : JSON_TEXT_MAX))
		return fail_at(text, 0, e, "text is too long");
	scan_value(&s);
	if (s.deep != SCAN_NOWHERE)
		return fail_at(text, s.deep, e, "nested too deep");
	if (s.values > (b->values > 0 ? b->values : JSON_VALUES_MAX))
		return fail_at(text, 0, e, "too many values");
	return 0;
}

static struct val *convert(json_t *);

/* Only what is allowed to has a NUL in it. */
static struct val *
convert_string(json_t *j)
{
	const char *s = json_string_value(j);
	size_t len = json_string_length(j);
	struct buf b = { 0 };
	struct val *v;

	if (memchr(s, '\0', len) == NULL)
		return val_strn(s, len);
	str_clean(&b, s, len);
	v = val_strn(b.data, b.len);
	buf_release(&b);
	return v;
}

/*
 * Fills the map directly: jansson has refused duplicate keys already, and
 * val_put(), which looks for the key each time, would make 100,000 keys slow.
 */
static struct val *
convert_map(json_t *j)
{
	struct val *map = val_map();
	size_t n = json_object_size(j);
	const char *key;
	json_t *item;

	if (n == 0)
		return map;
	map->cap = n;
	map->v = xcalloc(n, sizeof *map->v);
	map->key = xcalloc(n, sizeof *map->key);
	json_object_foreach(j, key, item) {
		map->key[map->n] = xstrdup(key);
		map->v[map->n++] = convert(item);
	}
	return map;
}

static struct val *
convert_list(json_t *j)
{
	struct val *list = val_list();
	size_t n = json_array_size(j);

	for (size_t i = 0; i < n; i++)
		val_push(list, convert(json_array_get(j, i)));
	return list;
}

/* Recurses no deeper than check_size() let through. */
static struct val *
convert(json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return convert_map(j);
	case JSON_ARRAY:
		return convert_list(j);
	case JSON_STRING:
		return convert_string(j);
	case JSON_INTEGER:
		return val_int(json_integer_value(j));
	case JSON_REAL:
		return val_real(json_real_value(j));
	case JSON_TRUE:
		return val_bool(true);
	case JSON_FALSE:
		return val_bool(false);
	case JSON_NULL:
		break;
	}
	return val_null();
}

struct val *
json_parse_within(const char *text, size_t len, const struct json_bounds *bounds, struct err *e)
{
	size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | (bounds->nul ? JSON_ALLOW_NUL : 0);
	json_error_t je;
	json_t *j;
	struct val *v;

	if (check_size(text, len, bounds, e) != 0)
		return NULL;
	/* Without memory jansson would say that the text is not valid. */
	json_set_alloc_funcs(xmalloc, free);
	j = json_loadb(len > 0 ? text : "", len, flags, &je);
	if (j == NULL) {
		fail_jansson(&je, e);
		return NULL;
	}
	v = convert(j);
	json_decref(j);
	return v;
}

struct val *
json_parse(const char *text, size_t len, struct err *e)
{
	static const struct json_bounds usual = { 0 };

	return json_parse_within(text, len, &usual, e);
}

/* NULL: goes into a string as it is. */
static const char *
escape(uint32_t cp, char hex[8])
{
	switch (cp) {
	case '"':	return "\\\"";
	case '\\':	return "\\\\";
	case '\b':	return "\\b";
	case '\f':	return "\\f";
	case '\n':	return "\\n";
	case '\r':	return "\\r";
	case '\t':	return "\\t";
	case STR_BAD:	return "\xef\xbf\xbd";
	}
	if (cp >= 0x20 && !(cp >= 0x7f && cp <= 0x9f) && cp != 0x2028 && cp != 0x2029)
		return NULL;
	snprintf(hex, 8, "\\u%04x", (unsigned)cp & 0xffff);
	return hex;
}

/*
 * RFC 8259 7, and escaped beyond it what a terminal, a line reader or a script
 * in a page would take for more than a character: DEL, C1, U+2028, U+2029.
 */
static void
print_string(struct buf *b, const char *s)
{
	size_t len = strlen(s), from = 0;
	uint32_t cp;

	buf_putc(b, '"');
	for (size_t i = 0, n; i < len; i += n) {
		char hex[8];
		const char *escaped;

		n = str_decode(s + i, len - i, &cp);
		escaped = escape(cp, hex);
		if (escaped == NULL)
			continue;
		buf_append(b, s + from, i - from);
		buf_puts(b, escaped);
		from = i + n;
	}
	buf_append(b, s + from, len - from);
	buf_putc(b, '"');
}

/* The fewest digits that read back equal, and a point or an exponent always. */
static void
print_real(struct buf *b, double r)
{
	char text[40];

	if (!isfinite(r)) {
		buf_puts(b, "null");
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		double back;

		snprintf(text, sizeof text, "%.*g", digits, r);
		back = strtod(text, NULL);
		if (!(back < r || back > r))
			break;
	}
	buf_puts(b, text);
	if (strpbrk(text, ".e") == NULL)
		buf_puts(b, ".0");
}

/* As deep as the value, and values come from readers that bound it. */
void
json_print(struct buf *b, const struct val *v)
{
	switch (v->kind) {
	case VAL_NULL:
		buf_puts(b, "null");
		break;
	case VAL_BOOL:
		buf_puts(b, v->b ? "true" : "false");
		break;
	case VAL_INT:
		buf_int(b, v->i);
		break;
	case VAL_REAL:
		print_real(b, v->r);
		break;
	case VAL_STR:
		print_string(b, v->s);
		break;
	case VAL_LIST:
		for (size_t i = 0; i < v->n; i++) {
			buf_putc(b, i == 0 ? '[' : ',');
			json_print(b, v->v[i]);
		}
		buf_puts(b, v->n > 0 ? "]" : "[]");
		break;
	case VAL_MAP:
		for (size_t i = 0; i < v->n; i++) {
			buf_putc(b, i == 0 ? '{' : ',');
			print_string(b, v->key[i]);
			buf_putc(b, ':');
			json_print(b, v->v[i]);
		}
		buf_puts(b, v->n > 0 ? "}" : "{}");
		break;
	}
}

/* The value if the text is one object and blanks, else NULL. */
static struct val *
parse_object(const char *text, size_t len)
{
	static const char blanks[] = " \t\r\n";
	struct err e = { 0 };
	struct val *v;

	while (len > 0 && memchr(blanks, text[len - 1], 4) != NULL)
		len--;
	while (len > 0 && memchr(blanks, *text, 4) != NULL)
		text++, len--;
	if (len < 2 || *text != '{' || text[len - 1] != '}')
		return NULL;
	v = json_parse(text, len, &e);
	if (v != NULL && v->kind != VAL_MAP) {
		val_free(v);
		v = NULL;
	}
	return v;
}

/* Of the parts of a text the last that is an object. */
static struct val *
last_object(const char *text, const struct scan_list *l)
{
	struct val *v = NULL;

	for (size_t i = l->n; i > 0 && v == NULL; i--)
		v = parse_object(text + l->v[i - 1].start, l->v[i - 1].len);
	return v;
}

struct val *
json_extract(const char *text, size_t len)
{
	struct scan_list parts = { 0 };
	struct val *v = parse_object(text, len);

	if (v == NULL) {
		scan_fences(&parts, text, len);
		v = last_object(text, &parts);
		scan_release(&parts);
	}
	if (v == NULL) {
		scan_objects(&parts, text, len);
		v = last_object(text, &parts);
		scan_release(&parts);
	}
	return v;
}
