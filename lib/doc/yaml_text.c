/*
 * The bytes of a text, before and beside libyaml: which of them are allowed,
 * and the line and column of one of them for a message.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "doc/yaml_event.h"

#define BLOCK 32		/* bytes that are checked at once */

/* Line and column of a byte, from 1; CR LF, LF and CR end a line, as in editors. */
static void
place(const char *text, size_t len, size_t offset, size_t *line, size_t *col)
{
	size_t from = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	*line = 1;
	for (size_t i = from; i < offset && i < len; i++)
		if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'))) {
			++*line;
			from = i + 1;
		}
	*col = 1;
	for (size_t i = from; i < offset && i < len; i++)
		*col += ((unsigned char)text[i] & 0xc0) != 0x80;
}

void
yaml_place(const struct yaml *y, uint32_t offset, size_t *line, size_t *col)
{
	place(y->text, y->len, offset, line, col);
}

int
yaml_refuse(struct err *e, const char *name, const char *text, size_t len, size_t offset,
    const char *fmt, ...)
{
	char why[ERR_MSG_MAX];
	size_t line, col;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	place(text, len, offset, &line, &col);
	return err_set(e, ERR_INVALID, "%s:%zu:%zu: %s", name, line, col, why);
}

/*
 * Is all of a block ' ' .. '~' or LF?  Where not, its bytes are looked at one by
 * one.  The loop has no exit, so that compilers make vector code of it.
 */
static bool
printable(const char *p)
{
	unsigned char bad = 0;

	for (int i = 0; i < BLOCK; i++) {
		unsigned char c = (unsigned char)p[i];

		bad |= (unsigned char)((unsigned char)(c - ' ') > '~' - ' ') & (c != '\n');
	}
	return bad == 0;
}

/* What the YAML character set leaves out (YAML 1.2 §5.1), and what UTF-8 does not allow. */
static const char *
bad_char(uint32_t cp)
{
	if (cp == STR_BAD)
		return "invalid UTF-8";
	if (cp == 0)
		return "a NUL byte";
	if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0x7f ||
	    (cp >= 0x80 && cp < 0xa0 && cp != 0x85))
		return "a control character";
	if (cp == 0xfffe || cp == 0xffff)
		return "a character that YAML does not allow";
	return NULL;
}

/* The characters that start in the block at `*at`, which moves behind them. */
static int
check_chars(struct yaml_reader *r, size_t *at, struct err *e)
{
	size_t i = *at, stop = i + BLOCK < r->len ? i + BLOCK : r->len, n;
	const char *why;
	uint32_t cp;

	for (; i < stop; i += n) {
		n = 1;
		cp = (unsigned char)r->text[i];
		if (cp >= ' ' && cp <= '~')
			continue;
		if (cp >= 0x80)
			n = str_decode(r->text + i, r->len - i, &cp);
		if ((why = bad_char(cp)) == NULL)
			continue;
		if (cp == STR_BAD || cp < 0x80)
			return yaml_refuse(e, r->name, r->text, r->len, i, "%s (0x%02x)", why,
			    (unsigned char)r->text[i]);
		return yaml_refuse(e, r->name, r->text, r->len, i, "%s (U+%04X)", why, cp);
	}
	*at = i;
	return 0;
}

/* Refuses what is not text; finds the BOM. */
int
yaml_check_text(struct yaml_reader *r, struct err *e)
{
	const char *t = r->text;

	if (r->len > YAML_TEXT_MAX)
		return err_set(e, ERR_INVALID, "%s: larger than %u MiB", r->name,
		    YAML_TEXT_MAX >> 20);
	if (r->len >= 2 && ((t[0] == '\xff' && t[1] == '\xfe') ||
	    (t[0] == '\xfe' && t[1] == '\xff') || (t[0] == '\0') != (t[1] == '\0')))
		return yaml_refuse(e, r->name, t, r->len, 0,
		    "this is UTF-16 or UTF-32: save it as UTF-8");
	r->bom = r->len >= 3 && memcmp(t, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	for (size_t i = r->bom; i < r->len;)
		if (r->len - i >= BLOCK && printable(t + i))
			i += BLOCK;
		else if (check_chars(r, &i, e) < 0)
			return -1;
	return 0;
}
