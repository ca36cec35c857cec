#include "hand.h"

#include <string.h>

#include "base/buf.h"
#include "doc/val.h"

const char *const hand_keys[HAND_KEYS + 1] = { "id", "title", "body", "labels", "status",
    "depends_on", "agent", "attempts", "updated_at", "summary", "history", "usage", "gh", NULL };

const char *const hand_nasty[] = {
	"", " ", "a ", " a", "~", "null", "True", "no", "On", "y", "=", "<<", "0", "-1", "+1", "012",
	"0o7", "0x1f", "0b11", "1_000", "1e3", "1.5", ".5", "5.", ".inf", "-.INF", ".nan", "1:30",
	"12:30:45", "2026-11-21", "2026-11-21T10:25:00Z", "2026-11-21 10:25:00", "a: b", "a:", ":a",
	"a #b", "#a", "- a", "-", "-a", "--- a", "---", "...", "... a", "? a", "?a", "[a]", "{a}",
	"a, b", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'a'", "\"a\"", "it's", "\\n",
	"a\"b\\c'd", "\t", "a\tb", "a\nb", "a\nb\n", "a\n\nb\n", "\na", "  a\nb", "\ta\nb", "a\n",
	"a\n\n", "\n", "a\n  \n", "a\n b \n", "a\r\nb", "a\rb", "\x01", "\x7f", "\xc2\x85",
	"a\xe2\x80\xa8" "b", "\xef\xbb\xbf" "a", "h\xc3\xa9llo", "\xf0\x9f\x98\x80",
	"key: |\n  x", "# c\nd", "a\n# b", "---\na", "...\na\n", "a\n---\nb", "a]", "a}", "x?",
	"a,b", "1.2.3", "0.10", "1e", "0x", "-0", "-", "--", "- ", ":", "a:b", "http://x/y#z", "%",
	"a\n\tb", "a\n \n b\n", "\n\na\n", "\xef\xbf\xbd", "a\xc2\xa0", "\xc2\xa0", "NaN", "Null",
};

size_t
hand_nasty_count(void)
{
	return sizeof hand_nasty / sizeof *hand_nasty;
}

/* How one file is laid out; parts of it may differ. */
struct hand {
	struct dice *d;
	struct buf *b;
	const char *eol;
	unsigned step, list, dash;	/* columns to nested keys, to dashes, from dash to item */
	bool comments, blanks, mixed, anchors, spaced;
	unsigned notes;			/* written so far */
	unsigned named;			/* anchors */
};

static bool
likely(struct hand *h, unsigned n)
{
	return once(h->d, n);
}

static void
pad(struct hand *h, unsigned n)
{
	buf_printf(h->b, "%*s", (int)n, "");
}

/* "# some words ~17~" */
static void
note(struct hand *h)
{
	static const char *const words[] = { "why", "- x: y", "see [1", "it's \"so\"", "", "#" };

	buf_printf(h->b, "#%s%s ~%u~", likely(h, 6) ? "" : " ", words[dice(h->d, 6)], h->notes++);
}

/* The end of a line, behind a value. */
static void
end_line(struct hand *h)
{
	if (h->comments && likely(h, 6)) {
		buf_puts(h->b, likely(h, 8) ? "\t" : dice(h->d, 2) ? " " : "  ");
		note(h);
	} else if (likely(h, 40))
		buf_puts(h->b, likely(h, 2) ? "\t" : "  ");
	buf_puts(h->b, h->eol);
}

/* Lines of comments and blank lines, before an entry. */
static void
between(struct hand *h, unsigned col)
{
	if (h->blanks && likely(h, 12)) {
		pad(h, likely(h, 4) ? dice(h->d, 6) : 0);
		buf_puts(h->b, h->eol);
	}
	for (unsigned n = h->comments && likely(h, 6) ? 1 + dice(h->d, 2) : 0; n > 0; n--) {
		pad(h, likely(h, 3) ? dice(h->d, 14) : likely(h, 3) ? 0 : col);
		note(h);
		buf_puts(h->b, h->eol);
		if (likely(h, 5))
			buf_puts(h->b, h->eol);
	}
}

static unsigned
step_of(struct hand *h)
{
	return h->mixed && likely(h, 3) ? 1 + dice(h->d, 5) : h->step;
}

static unsigned
list_of(struct hand *h)
{
	return h->mixed && likely(h, 3) ? dice(h->d, 5) : h->list;
}

static unsigned
dash_of(struct hand *h)
{
	return h->mixed && likely(h, 3) ? 2 + dice(h->d, 3) : h->dash;
}

/* An anchor or a tag, sometimes, with the blank behind it. */
static void
props(struct hand *h, const char *tag)
{
	if (h->anchors && likely(h, 14))
		buf_printf(h->b, "&a%u ", h->named++);
	if (tag != NULL && likely(h, 40))
		buf_printf(h->b, "%s ", tag);
}

/* ---- scalars ---- */

static const char *const plain[] = { "new", "12", "true", "~", "null", "fix the thing",
    "h\xc3\xa9llo", "2026-11-20T10:00:00Z", "0.25", "a:b", "x#y", "-1", "a, [b] {c}", "it's",
    "0x1f", "1e3", "yes", "\xf0\x9f\x98\x80 ok", "<<", "a\\b", "012", "-x", ":x", "?x" };
#define PLAIN (sizeof plain / sizeof *plain)

static const char *const quoted[] = { "'single'", "'it''s'", "''", "'a: b # c'", "\"double # q\"",
    "\"\"", "\"a\\tb\\n\"", "\"\\u00e9\\x41\"", "\"say \\\"no\\\"\"", "\"12\"", "'null'",
    "\"a\\/b\"" };
#define QUOTED (sizeof quoted / sizeof *quoted)

/* On several lines, the others deeper than `col`. */
static void
long_scalar(struct hand *h, unsigned col)
{
	unsigned in = col + 1 + dice(h->d, 4), kind = dice(h->d, 3);

	buf_puts(h->b, kind == 0 ? "plain on" : kind == 1 ? "'single # on" : "\"double on\\");
	for (unsigned n = 1 + dice(h->d, 2); n > 0; n--) {
		buf_puts(h->b, h->eol);
		if (likely(h, 4))
			buf_puts(h->b, h->eol);
		pad(h, in);
		buf_puts(h->b, n > 1 ? "more" : kind == 0 ? "lines" : kind == 1 ? "li''nes'" :
		    "lines\"");
	}
	end_line(h);
}

/* '|' and '>' with all that their header and their end may have; parent at `col`. */
static void
block_scalar(struct hand *h, unsigned col, bool root)
{
	unsigned in = col + (root ? 0 : 1) + dice(h->d, 4), n = 1 + dice(h->d, 3);
	const char *chomp = (const char *const[]){ "", "", "-", "+" }[dice(h->d, 4)];
	bool indicator = likely(h, 5) && in > col && in - col < 10, lead = false;
	char digit[2] = { (char)('0' + in - col), '\0' };

	buf_putc(h->b, likely(h, 3) ? '>' : '|');
	if (indicator && likely(h, 2))
		buf_printf(h->b, "%s%s", chomp, digit);
	else
		buf_printf(h->b, "%s%s", indicator ? digit : "", chomp);
	if (h->comments && likely(h, 4)) {
		buf_putc(h->b, ' ');
		note(h);
	}
	buf_puts(h->b, h->eol);
	if (indicator)
		lead = likely(h, 2);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0 && likely(h, 6))
			buf_puts(h->b, h->eol);
		pad(h, in + (i == 0 && lead ? 2 : i > 0 && likely(h, 4) ? 3 : 0));
		buf_puts(h->b, (const char *const[]){ "text # no comment", "- item: x", "a\tb  ",
		    "h\xc3\xa9", "key: |" }[dice(h->d, 5)]);
		buf_puts(h->b, h->eol);
	}
	if (likely(h, 4)) {
		pad(h, likely(h, 3) ? dice(h->d, in + 3) : 0);
		buf_puts(h->b, h->eol);
	}
}

static void
short_scalar(struct hand *h)
{
	if (h->anchors && h->named > 0 && likely(h, 12)) {
		buf_printf(h->b, "*a%u", dice(h->d, h->named));
		return;
	}
	props(h, "!!str");
	if (likely(h, 3))
		buf_puts(h->b, quoted[dice(h->d, QUOTED)]);
	else
		buf_puts(h->b, plain[dice(h->d, PLAIN)]);
}

/* ---- flow ---- */

static void
flow_gap(struct hand *h, unsigned col, bool lines)
{
	if (lines && likely(h, 2)) {
		if (h->comments && likely(h, 5)) {
			buf_putc(h->b, ' ');
			note(h);
		}
		buf_puts(h->b, h->eol);
		if (likely(h, 10))
			buf_puts(h->b, h->eol);
		pad(h, col + 1 + dice(h->d, 3));
	} else if (!likely(h, 5))
		buf_putc(h->b, ' ');
}

static void
flow_scalar(struct hand *h)
{
	if (likely(h, 3))
		buf_puts(h->b, quoted[dice(h->d, QUOTED)]);
	else
		buf_puts(h->b, (const char *const[]){ "a", "b c", "12", "true", "~", "x-y", "h\xc3\xa9",
		    "0.5", "null" }[dice(h->d, 9)]);
}

static void
flow_value(struct hand *h, unsigned col, bool lines, unsigned depth)
{
	unsigned kind = depth > 2 ? 0 : dice(h->d, 5), n = dice(h->d, 4);
	bool map = kind == 4;

	if (kind < 3 && depth > 0) {
		flow_scalar(h);
		return;
	}
	buf_putc(h->b, map ? '{' : '[');
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(h->b, ',');
		if (i > 0 || lines)
			flow_gap(h, col, lines);
		if (map) {
			buf_printf(h->b, likely(h, 4) ? "\"%c\"" : likely(h, 12) ? "? %c" : "%c",
			    'a' + (char)i);
			if (likely(h, 14))
				continue;
			buf_puts(h->b, likely(h, 8) ? " : " : ": ");
			if (likely(h, 14))
				continue;
		} else if (likely(h, 16))
			buf_puts(h->b, "pair: ");
		flow_value(h, col, lines, depth + 1);
	}
	if (n > 0 && likely(h, 8))
		buf_puts(h->b, likely(h, 2) ? "," : " ,");
	if (lines || likely(h, 9))
		flow_gap(h, col, lines);
	buf_putc(h->b, map ? '}' : ']');
}

/* ---- blocks ---- */

static void	value(struct hand *, unsigned col, unsigned depth, bool key);

/* Entries "a: ..", the first where we are if `here`. */
static void
block_map(struct hand *h, unsigned col, unsigned depth, bool here)
{
	for (unsigned i = 0, n = 1 + dice(h->d, 3); i < n; i++) {
		if (i > 0 || !here) {
			between(h, col);
			pad(h, col);
		}
		buf_printf(h->b, likely(h, 8) ? "'%c':" : likely(h, 20) ? "%c :" : "%c:",
		    'a' + (char)i);
		value(h, col, depth + 1, true);
	}
}

static void
block_list(struct hand *h, unsigned col, unsigned dash, unsigned depth, bool here)
{
	for (unsigned i = 0, n = 1 + dice(h->d, 3); i < n; i++) {
		if (i > 0 || !here) {
			between(h, col);
			pad(h, col);
		}
		buf_putc(h->b, '-');
		switch (dice(h->d, 12)) {
		case 0:
		case 1:
		case 2:
			pad(h, dash - 1);
			block_map(h, col + dash, depth + 1, true);
			break;
		case 3:
			pad(h, dash - 1);
			block_list(h, col + dash, dash_of(h), depth + 1, true);
			break;
		case 4:
			end_line(h);		/* what it holds stands below, or it is null */
			if (likely(h, 2))
				block_map(h, col + 1 + dice(h->d, 4), depth + 1, false);
			break;
		default:
			value(h, col, depth + 1, false);
			break;
		}
	}
}

/* What stands behind "key:" or "-", whose column is `col`, to the end of its lines. */
static void
value(struct hand *h, unsigned col, unsigned depth, bool key)
{
	unsigned kind = dice(h->d, 16);
	const char *gap = likely(h, 20) ? "   " : key && likely(h, 60) ? "\t" : " ";

	if (kind >= 12 && (!key || depth > 3))
		kind = 5;
	switch (kind) {
	case 0:
		buf_puts(h->b, gap);
		long_scalar(h, col);
		break;
	case 1:
		buf_puts(h->b, gap);
		props(h, NULL);
		block_scalar(h, col, false);
		break;
	case 2:
		end_line(h);			/* a null */
		break;
	case 3:
	case 4:
		buf_puts(h->b, gap);
		props(h, NULL);
		flow_value(h, col, kind == 4, 0);
		end_line(h);
		break;
	case 11:
		if (key && likely(h, 4)) {	/* the value on a line of its own */
			end_line(h);
			between(h, col + 1);
			pad(h, col + step_of(h));
		} else
			buf_puts(h->b, gap);
		short_scalar(h);
		end_line(h);
		break;
	case 12:
	case 13:
		if (h->anchors && likely(h, 14))
			buf_printf(h->b, " &a%u", h->named++);
		end_line(h);
		block_list(h, col + list_of(h), dash_of(h), depth, false);
		break;
	case 14:
	case 15:
		if (h->anchors && likely(h, 14))
			buf_printf(h->b, " &a%u", h->named++);
		end_line(h);
		block_map(h, col + step_of(h), depth, false);
		break;
	default:
		buf_puts(h->b, gap);
		short_scalar(h);
		end_line(h);
		break;
	}
}

/* "key:" in one of its forms; false: "? key" was written, and the value comes below. */
static void
key_of(struct hand *h, const char *key, unsigned col)
{
	if (likely(h, 30)) {
		buf_printf(h->b, "? %s", key);
		end_line(h);
		between(h, col);
		pad(h, col);
		buf_putc(h->b, ':');
	} else if (likely(h, 10))
		buf_printf(h->b, "\"%s\":", key);
	else if (likely(h, 20))
		buf_printf(h->b, "'%s':", key);
	else
		buf_printf(h->b, h->spaced ? "%s :" : "%s:", key);
}

static void
task(struct hand *h, unsigned top, int id, bool merge)
{
	unsigned dash = dash_of(h), col = top + dash;
	bool first = true;

	between(h, top);
	pad(h, top);
	buf_putc(h->b, '-');
	if (h->anchors && likely(h, 10))
		buf_printf(h->b, " &a%u", h->named++), first = false;
	else if (likely(h, 20))
		first = false;		/* a dash alone */
	if (first)
		pad(h, dash - 1);
	else
		end_line(h);
	for (unsigned k = 0; k < HAND_KEYS; k++) {
		if (k > 1 && likely(h, 2))
			continue;
		if (!first || k > 0) {
			between(h, col);
			pad(h, col);
		}
		key_of(h, hand_keys[k], col);
		if (k == 0) {
			buf_printf(h->b, " %d", id);
			end_line(h);
		} else
			value(h, col, 0, true);
		if (k == 1 && merge && likely(h, 3)) {
			pad(h, col);
			buf_puts(h->b, likely(h, 4) ? "<<: [*base]" : "<<: *base");
			end_line(h);
		}
	}
}

static void
block_file(struct hand *h)
{
	int n = (int)dice(h->d, 5);
	unsigned top = list_of(h);
	bool merge = h->anchors && likely(h, 2);

	between(h, 0);
	if (merge) {
		buf_printf(h->b, "x-base: &base%s  agent: b%s  usage: {a: 1}%s", h->eol, h->eol,
		    h->eol);
		between(h, 0);
	}
	if (!likely(h, 8)) {
		key_of(h, "next_id", 0);
		buf_printf(h->b, " %d", n + 1);
		end_line(h);
		between(h, 0);
	}
	key_of(h, "tasks", 0);
	if (n == 0) {
		buf_puts(h->b, (const char *const[]){ "", " []", " [ ]", " ~" }[dice(h->d, 4)]);
		end_line(h);
	} else
		end_line(h);
	for (int i = 1; i <= n; i++) {
		task(h, top, i, merge);
		if (h->blanks && likely(h, 2) && i < n)
			buf_puts(h->b, h->eol);
	}
	between(h, 0);
	if (likely(h, 3)) {
		key_of(h, "other", 0);
		value(h, 0, 2, true);
		between(h, 0);
	}
}

/* All in brackets: as JSON, pretty or not, or as a person writes flow. */
static void
flow_file(struct hand *h)
{
	bool json = !likely(h, 3), pretty = likely(h, 2);
	const char *q = json ? "\"" : "", *c = json && !pretty && likely(h, 2) ? ":" : ": ";
	int n = (int)dice(h->d, 4);

#define LINE(col) \
	do { \
		if (!pretty) \
			break; \
		if (!json && h->comments && likely(h, 8)) { \
			buf_putc(h->b, ' '); \
			note(h); \
		} \
		buf_puts(h->b, h->eol); \
		pad(h, (col)); \
	} while (0)

	buf_putc(h->b, '{');
	LINE(h->step);
	buf_printf(h->b, "%snext_id%s%s%d,", q, q, c, n + 1);
	LINE(h->step);
	buf_printf(h->b, "%stasks%s%s[", q, q, c);
	for (int i = 1; i <= n; i++) {
		LINE(2 * h->step);
		buf_printf(h->b, "{%sid%s%s%d", q, q, c, i);
		for (unsigned k = 1; k < HAND_KEYS; k++) {
			if (k > 1 && likely(h, 2))
				continue;
			buf_putc(h->b, ',');
			LINE(3 * h->step);
			buf_printf(h->b, "%s%s%s%s", q, hand_keys[k], q, c);
			if (!json)
				flow_value(h, 1, false, 1);
			else
				buf_puts(h->b, (const char *const[]){ "\"x\"", "12", "null", "[]",
				    "[\"a\",\"b\"]", "{\"a\":1,\"b\":[2]}", "\"h\\u00e9\\n\"", "true",
				    "0.5", "{}" }[dice(h->d, 10)]);
		}
		LINE(2 * h->step);
		buf_putc(h->b, '}');
		if (i < n)
			buf_putc(h->b, ',');
	}
	LINE(h->step);
	buf_putc(h->b, ']');
	LINE(0);
	buf_putc(h->b, '}');
#undef LINE
	buf_puts(h->b, h->eol);
}

void
hand_file(struct dice *d, struct buf *b)
{
	struct hand h = { .d = d, .b = b, .eol = once(d, 6) ? "\r\n" : once(d, 40) ? "\r" : "\n" };

	h.step = dice(d, 3) ? 2 : 1 + dice(d, 4);
	h.list = dice(d, 3) == 0 ? 0 : dice(d, 3) ? 2 : 1 + dice(d, 4);
	h.dash = dice(d, 3) ? 2 : 2 + dice(d, 3);
	h.comments = dice(d, 4) != 0;
	h.blanks = dice(d, 2) != 0;
	h.mixed = once(d, 4);
	h.anchors = once(d, 4);
	h.spaced = once(d, 20);
	if (once(d, 8))
		buf_puts(b, "\xef\xbb\xbf");
	if (once(d, 16))
		buf_printf(b, "%%YAML 1.1%s---%s", h.eol, h.eol);
	else if (once(d, 12)) {
		buf_puts(b, "---");
		end_line(&h);
	}
	if (once(d, 8))
		flow_file(&h);
	else
		block_file(&h);
	if (once(d, 12)) {
		buf_puts(b, "...");
		end_line(&h);
	} else if (once(d, 6) && b->len >= strlen(h.eol))
		buf_cut(b, b->len - strlen(h.eol));
}

struct val *
hand_value(struct dice *d, unsigned depth)
{
	static const char *const texts[] = { "done", "two words", "a: b", "line\nline\n", "no",
	    "2026-11-21T10:25:00Z", "x # y", "",
	    "a long text that fills a line so well that two do not fit",
	    "one\n\n  three\nfour" };
	static const char *const keys[] = { "a", "b", "at", "note", "c d", "no", "1" };
	struct val *v;
	unsigned n = dice(d, 4);

	switch (dice(d, depth > 2 ? 6 : 10)) {
	case 0:
		return val_int((int64_t)dice(d, 100) - 10);
	case 1:
		return val_null();
	case 2:
		return once(d, 3) ? val_real(0.25 * (dice(d, 40) - 10.0)) : val_bool(dice(d, 2));
	case 6:
		v = val_list();
		for (unsigned i = 0; i < n; i++)
			val_push(v, val_str(texts[dice(d, 2)]));
		return v;
	case 7:
		v = val_list();
		for (unsigned i = 0; i < n; i++)
			val_push(v, dice(d, 4) ? val_str("a") : hand_value(d, depth + 1));
		return v;
	case 8:
		v = val_map();
		for (unsigned i = 0; i < n; i++)
			val_put(v, keys[dice(d, 7)], hand_value(d, depth + 1));
		return v;
	default:
		return val_str(dice(d, 3) ? texts[dice(d, 10)] :
		    hand_nasty[dice(d, (unsigned)hand_nasty_count())]);
	}
}
