/*
 * New text: how a value is written.
 *
 * A scalar keeps the quotes that were there.  A new one is plain where a plain
 * one is safe, and safe means that readers of YAML 1.1 and of 1.2 both get the
 * same text back: nothing that either takes for a null, a truth value, a number
 * or a time, and none of the characters that start something else.  A time that
 * replaces a plain time stays plain, since whoever reads it has read it so
 * before.  Text of several lines is a literal ('|' or '|-') where lines can be,
 * and double-quoted elsewhere.  Never '>', whose folding hides what changed;
 * never '|+', which would swallow the blank lines behind it.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "doc/edit_plan.h"

void
edit_pad(struct buf *b, uint32_t col)
{
	while (col-- > 0)
		buf_putc(b, ' ');
}

/* Characters that YAML or a reader of it does not take as they are. */
static bool
must_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 ||
	    c == 0xfeff || c == 0xfffe || c == 0xffff || c == STR_BAD;
}

/* Any of those, but for tab and newline where the caller allows them. */
static bool
has_control(const char *s, bool lines)
{
	size_t len = strlen(s), n;
	uint32_t c;

	for (; len > 0; s += n, len -= n) {
		n = str_decode(s, len, &c);
		if (must_escape(c) && !(lines && (c == '\n' || c == '\t')))
			return true;
	}
	return false;
}

/* What YAML 1.1 or 1.2 reads as null, true or false. */
static bool
is_word(const char *s)
{
	static const char *const words[] = { "~", "null", "true", "false", "yes", "no", "on",
	    "off", "y", "n", "=", "<<" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

/* What either might read as a number or a time: rather too much than too little. */
static bool
is_number_like(const char *s)
{
	const char *p = s + (*s == '-' || *s == '+');

	if (*p == '.' && (strncasecmp(p, ".inf", 4) == 0 || strncasecmp(p, ".nan", 4) == 0))
		return true;
	if (!isdigit((unsigned char)p[*p == '.']))
		return false;
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return true;
	return p[strspn(p, "0123456789_.:+-xobeETZtz ")] == '\0';
}

/* "2026-11-21T10:25:00Z" and its like. */
static bool
is_time(const char *s)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";

	for (size_t i = 0; shape[i] != '\0'; i++)
		if (shape[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != shape[i])
			return false;
	return is_number_like(s);
}

static bool
plain_safe(const char *s, bool flow)
{
	size_t len = strlen(s);

	if (len == 0 || isspace((unsigned char)s[len - 1]) || s[len - 1] == ':')
		return false;
	if (strchr(" ?:,[]{}#&*!|>'\"%@`", *s) != NULL)
		return false;
	if (*s == '-' && !isalpha((unsigned char)s[1]))
		return false;
	if (strncmp(s, "...", 3) == 0 || is_word(s) || is_number_like(s))
		return false;
	if (strstr(s, ": ") != NULL || strstr(s, " #") != NULL)
		return false;
	if (flow && strpbrk(s, ",[]{}?:") != NULL)
		return false;
	return !has_control(s, false);
}

/* Can these lines be the body of a literal, so that it reads back the same? */
static bool
literal_safe(const char *s)
{
	size_t len = strlen(s), last;

	if (strchr(s, '\n') == NULL || has_control(s, true) || s[strspn(s, " \t\n")] == '\0')
		return false;
	if (s[len - 1] == '\n' && (len < 2 || s[len - 2] == '\n'))
		return false;
	/* A last line of blanks alone is one that an editor would trim. */
	last = len - (s[len - 1] == '\n');
	while (last > 0 && (s[last - 1] == ' ' || s[last - 1] == '\t'))
		last--;
	return last > 0 && s[last - 1] != '\n';
}

static int
choose_style(const char *s, const struct yaml_node *old, const struct edit_ink *ink)
{
	bool scalar = old != NULL && old->kind == YAML_SCALAR;
	int was = scalar ? old->style : YAML_PLAIN;

	if (strchr(s, '\n') != NULL && !ink->flow && !ink->no_literal && literal_safe(s) &&
	    !(was == YAML_DOUBLE && strchr(old->text, '\n') != NULL))
		return YAML_LITERAL;
	if (was == YAML_DOUBLE || has_control(s, false))
		return YAML_DOUBLE;
	if (was == YAML_SINGLE)
		return YAML_SINGLE;
	if (ink->quote)
		return YAML_DOUBLE;
	if (plain_safe(s, ink->flow))
		return YAML_PLAIN;
	if (scalar && was == YAML_PLAIN && is_time(s) && is_time(old->text) && !ink->flow)
		return YAML_PLAIN;
	return strpbrk(s, "\"\\") != NULL && strchr(s, '\'') == NULL ? YAML_SINGLE : YAML_DOUBLE;
}

static void
write_single(struct buf *b, const char *s)
{
	buf_putc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_putc(b, '\'');
		buf_putc(b, *s);
	}
	buf_putc(b, '\'');
}

/* Escapes that JSON has, too, and "\x.." never: a JSON file stays one. */
static void
write_double(struct buf *b, const char *s)
{
	size_t len = strlen(s), n;
	uint32_t c;

	buf_putc(b, '"');
	for (; len > 0; s += n, len -= n) {
		n = str_decode(s, len, &c);
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (int)c);
		else if (c == '\n')
			buf_puts(b, "\\n");
		else if (c == '\t')
			buf_puts(b, "\\t");
		else if (c == '\r')
			buf_puts(b, "\\r");
		else if (must_escape(c))
			buf_printf(b, "\\u%04x", c == STR_BAD ? 0xfffd : c);
		else
			buf_append(b, s, n);
	}
	buf_putc(b, '"');
}

/*
 * The header, and every line at column `body`; `col` is that of the block it
 * stands in, from which an indentation indicator counts.  No line end at last.
 */
static void
write_literal(struct buf *b, const char *s, const struct edit_ink *ink, uint32_t col,
    uint32_t body)
{
	size_t len = strlen(s);

	buf_putc(b, '|');
	if (*s == ' ' || *s == '\t' || *s == '\n')
		buf_printf(b, "%u", (unsigned)(body - col));
	if (s[len - 1] != '\n')
		buf_putc(b, '-');
	else
		len--;
	for (const char *end = s + len; s <= end;) {
		size_t n = strcspn(s, "\n");

		buf_puts(b, ink->eol);
		if (n > 0)
			edit_pad(b, body);
		buf_append(b, s, n);
		s += n + 1;
	}
}

void
edit_write_scalar(struct buf *b, const struct val *v, const struct yaml_node *old,
    const struct edit_ink *ink, uint32_t col, uint32_t body)
{
	if (v->kind == VAL_NULL) {
		buf_puts(b, "null");
		return;
	}
	if (v->kind != VAL_STR) {
		val_plain(b, v);
		return;
	}
	switch (choose_style(v->s, old, ink)) {
	case YAML_SINGLE:
		write_single(b, v->s);
		break;
	case YAML_DOUBLE:
		write_double(b, v->s);
		break;
	case YAML_LITERAL:
		write_literal(b, v->s, ink, col, body);
		break;
	default:
		buf_puts(b, v->s);
		break;
	}
}

void
edit_write_key(struct buf *b, const char *key, const struct edit_ink *ink)
{
	if (!ink->quote && plain_safe(key, ink->flow))
		buf_puts(b, key);
	else
		write_double(b, key);
}

void
edit_write_flow(struct buf *b, const struct val *v, const struct edit_ink *ink)
{
	struct edit_ink in = *ink;
	bool map = v->kind == VAL_MAP;

	in.flow = true;
	if (!map && v->kind != VAL_LIST) {
		edit_write_scalar(b, v, NULL, &in, 0, 0);
		return;
	}
	buf_putc(b, map ? '{' : '[');
	for (size_t i = 0; i < v->n; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		if (map) {
			edit_write_key(b, v->key[i], &in);
			buf_puts(b, ": ");
		}
		edit_write_flow(b, v->v[i], &in);
	}
	buf_putc(b, map ? '}' : ']');
}

static bool
is_scalar(const struct val *v)
{
	return v->kind != VAL_LIST && v->kind != VAL_MAP;
}

/* Scalars of one line each that fill no more than a line from column `col` on. */
bool
edit_fits_flow(const struct val *v, const struct edit_ink *ink, uint32_t col)
{
	struct buf b = { 0 };
	bool fits;

	for (size_t i = 0; i < v->n; i++)
		if (!is_scalar(v->v[i]) ||
		    (v->v[i]->kind == VAL_STR && strpbrk(v->v[i]->s, "\r\n") != NULL))
			return false;
	edit_write_flow(&b, v, ink);
	fits = col + b.len <= EDIT_WIDTH;
	buf_release(&b);
	return fits;
}

/* A value behind "key:" or "-" at column `col`. */
static void
write_after(struct buf *b, const struct val *v, const struct edit_ink *ink, uint32_t col,
    size_t used)
{
	uint32_t in = col + (v->kind == VAL_LIST ? ink->habit.list : ink->habit.step);

	if (is_scalar(v)) {
		buf_putc(b, ' ');
		edit_write_scalar(b, v, NULL, ink, col, col + ink->habit.step);
	} else if (v->n == 0 || (v->kind == VAL_LIST &&
	    edit_fits_flow(v, ink, (uint32_t)(col + used + 1)))) {
		buf_putc(b, ' ');
		edit_write_flow(b, v, ink);
	} else {
		buf_puts(b, ink->eol);
		edit_pad(b, in);
		edit_write_block(b, v, ink, in);
	}
}

/* "key: value", its first byte at column `col`, without a line end at last. */
void
edit_write_pair(struct buf *b, const char *key, const struct val *v,
    const struct edit_ink *ink, uint32_t col)
{
	size_t from = b->len;

	edit_write_key(b, key, ink);
	buf_putc(b, ':');
	write_after(b, v, ink, col, b->len - from);
}

/* "- item": what is nested starts on the line of the dash. */
void
edit_write_item(struct buf *b, const struct val *v, const struct edit_ink *ink, uint32_t col)
{
	uint32_t in = col + ink->habit.dash;

	buf_putc(b, '-');
	edit_pad(b, ink->habit.dash - 1);
	if (is_scalar(v))
		edit_write_scalar(b, v, NULL, ink, col, in);
	else if (v->n == 0 || (v->kind == VAL_LIST && edit_fits_flow(v, ink, in)))
		edit_write_flow(b, v, ink);
	else
		edit_write_block(b, v, ink, in);
}

/* All entries of a collection that is not empty, the first at column `col`. */
void
edit_write_block(struct buf *b, const struct val *v, const struct edit_ink *ink, uint32_t col)
{
	for (size_t i = 0; i < v->n; i++) {
		if (i > 0) {
			buf_puts(b, ink->eol);
			edit_pad(b, col);
		}
		if (v->kind == VAL_MAP)
			edit_write_pair(b, v->key[i], v->v[i], ink, col);
		else
			edit_write_item(b, v->v[i], ink, col);
	}
}
