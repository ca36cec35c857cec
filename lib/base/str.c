/*
 * str - text: UTF-8, escaping, near misses
 *
 * Everything here walks a text once, in runs of plain ASCII or by str_decode(),
 * which always moves on: whatever the bytes are, a walk ends after at most `len`
 * steps.  No function looks at the locale; letters are ASCII letters, the rest is
 * carried along.
 */
#include "base/str.h"

#include <string.h>

#include "base/buf.h"

struct range {
	uint32_t first, last;
};

/*
 * What a terminal obeys or hides rather than shows (Unicode 15: Bidi_Control,
 * the invisible part of Default_Ignorable_Code_Point, line separators).  The
 * variation selectors U+FE00..FE0F are left alone: emoji need them.
 */
static const struct range unseen[] = {
	{ 0x0080, 0x009f },	/* C1 controls */
	{ 0x00ad, 0x00ad },	/* soft hyphen */
	{ 0x034f, 0x034f },	/* combining grapheme joiner */
	{ 0x061c, 0x061c },	/* Arabic letter mark */
	{ 0x115f, 0x1160 },	/* Hangul fillers */
	{ 0x17b4, 0x17b5 },	/* Khmer inherent vowels */
	{ 0x180b, 0x180f },	/* Mongolian selectors and vowel separator */
	{ 0x200b, 0x200f },	/* zero width, left-to-right and right-to-left marks */
	{ 0x2028, 0x202e },	/* line separators, embeddings, overrides */
	{ 0x2060, 0x206f },	/* word joiner, invisible operators, isolates */
	{ 0x3164, 0x3164 },	/* Hangul filler */
	{ 0xfeff, 0xfeff },	/* zero width no-break space */
	{ 0xffa0, 0xffa0 },	/* halfwidth Hangul filler */
	{ 0xfff0, 0xfffb },	/* interlinear annotation */
	{ 0x1d173, 0x1d17a },	/* musical beams and slurs */
	{ 0xe0000, 0xe0fff },	/* tags, variation selectors supplement */
};

bool
str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && memcmp(s + len - n, suffix, n) == 0;
}

bool
str_is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len > 0 && len <= STR_NAME_MAX && s[len] == '\0' && *s != '.' && *s != '-';
}

/*
 * The first byte fixes the length and the lowest code point that may be
 * written so; RFC 3629 3.
 */
size_t
str_decode(const char *s, size_t len, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c = p[0], least;
	size_t n;

	*cp = STR_BAD;
	if (c < 0x80) {
		*cp = c;
		return 1;
	} else if (c >= 0xc2 && c <= 0xdf) {
		n = 2, least = 0x80, c &= 0x1f;
	} else if (c >= 0xe0 && c <= 0xef) {
		n = 3, least = 0x800, c &= 0x0f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		n = 4, least = 0x10000, c &= 0x07;
	} else {
		return 1;
	}
	if (n > len)
		return 1;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 1;
	*cp = c;
	return n;
}

void
str_encode(struct buf *b, uint32_t cp)
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = 0xfffd;
	if (cp < 0x80) {
		buf_putc(b, (char)cp);
	} else if (cp < 0x800) {
		buf_putc(b, (char)(0xc0 | cp >> 6));
		buf_putc(b, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		buf_putc(b, (char)(0xe0 | cp >> 12));
		buf_putc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_putc(b, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_putc(b, (char)(0xf0 | cp >> 18));
		buf_putc(b, (char)(0x80 | (cp >> 12 & 0x3f)));
		buf_putc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_putc(b, (char)(0x80 | (cp & 0x3f)));
	}
}

bool
str_utf8(const char *s, size_t len, size_t *bad)
{
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = str_decode(s + i, len - i, &cp);
		if (cp == STR_BAD) {
			*bad = i;
			return false;
		}
	}
	return true;
}

size_t
str_cut(const char *s, size_t len, size_t max)
{
	uint32_t cp;

	if (len <= max)
		return len;
	/* A code point that crosses the cut starts at most three bytes before it. */
	for (size_t back = 1; back <= 3 && back <= max; back++)
		if (str_decode(s + max - back, len - max + back, &cp) > back)
			return max - back;
	return max;
}

void
str_place(const char *s, size_t offset, size_t *line, size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset; i++) {
		if (s[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)s[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

void
str_clean(struct buf *b, const char *s, size_t len)
{
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = str_decode(s + i, len - i, &cp);
		if (cp == STR_BAD || cp == 0)
			str_encode(b, 0xfffd);
		else
			buf_append(b, s + i, n);
	}
}

bool
str_unseen(uint32_t cp)
{
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if (cp <= unseen[i].last)
			return cp >= unseen[i].first;
	return false;
}

bool
str_unprinted(uint32_t cp)
{
	if (cp == '\n' || cp == '\t')
		return false;
	return cp < 0x20 || cp == 0x7f || (cp >= 0xfe00 && cp <= 0xfe0f) || str_unseen(cp);
}

/* The run of ASCII at `s` that is shown as it is, which is most of any text. */
static size_t
plain_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= ' ' && s[n] < 0x7f)
		n++;
	return n;
}

void
str_visible(struct buf *b, const char *s, size_t len, bool newlines)
{
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		if ((n = plain_run(s + i, len - i)) > 0) {
			buf_append(b, s + i, n);
			continue;
		}
		n = str_decode(s + i, len - i, &cp);
		if (newlines && (cp == '\n' || cp == '\t'))
			buf_putc(b, (char)cp);
		else if (cp < 0x20 || cp == 0x7f || cp == STR_BAD)
			buf_printf(b, "\\x%02x", (unsigned)(unsigned char)s[i]);
		else if (str_unseen(cp))
			buf_printf(b, "\\u{%x}", (unsigned)cp);
		else
			buf_append(b, s + i, n);
	}
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
str_slug(struct buf *b, const char *s, size_t max)
{
	size_t start = b->len;

	for (; *s != '\0' && b->len - start < max; s++) {
		char c = lower(*s);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_putc(b, c);
		else if (b->len > start && b->data[b->len - 1] != '-')
			buf_putc(b, '-');
	}
	if (b->len > start && b->data[b->len - 1] == '-')
		buf_cut(b, b->len - 1);
	if (b->len == start)
		buf_puts(b, "task");
}

void
str_fold(struct buf *b, const char *s)
{
	size_t start = b->len;
	bool gap = false;

	for (; *s != '\0'; s++) {
		if (is_blank(*s)) {
			gap = true;
			continue;
		}
		if (gap && b->len > start)
			buf_putc(b, ' ');
		gap = false;
		buf_putc(b, lower(*s));
	}
}

/* Words longer than this are not typing errors of anything we know. */
#define WORD_MAX 48

/*
 * Edit distance in which two neighbours that changed places count once
 * ("lable"), the commonest slip of all; three rows of the table are enough.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1];
	size_t *before = row[0], *above = row[1], *here = row[2], *spare;
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		above[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		here[0] = i;
		for (size_t j = 1; j <= n; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);
			size_t d = above[j - 1] + (x != y);

			if (above[j] + 1 < d)
				d = above[j] + 1;
			if (here[j - 1] + 1 < d)
				d = here[j - 1] + 1;
			if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y &&
			    before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			here[j] = d;
		}
		spare = before;
		before = above;
		above = here;
		here = spare;
	}
	return above[n];
}

const char *
str_nearest(const char *word, const char *const *list)
{
	const char *best = NULL;
	size_t len = strlen(word), least = 1 + len / 4;

	if (len < 2 || len > WORD_MAX)
		return NULL;
	for (; *list != NULL; list++) {
		size_t d, n = strlen(*list);

		if (n < 2 || n > WORD_MAX)
			continue;
		d = distance(word, *list);
		/* A word of which no letter is right is not a near miss. */
		if (d >= n || d >= len)
			continue;
		if (d < least || (d == least && best == NULL)) {
			least = d;
			best = *list;
		}
	}
	return best;
}
