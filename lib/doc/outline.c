/*
 * One pass over the lines, and a line is looked at only as far as needed to know what
 * the next one can be.  In a text that is valid YAML a line can be mistaken for
 * something else in three ways: it is inside of a block scalar, of quotes or of
 * brackets.  The first are skipped by their indentation, which must be deeper than that
 * of their key; the others must close on their own line, or the answer is no.
 */
#include "doc/outline.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

struct reader {
	const char *text, *end;
	const char *line, *stop;	/* of this line, its newline excluded */
	unsigned col;			/* of its first character that is no space */
};

/* ---- bytes that are not for line by line ---- */

/* Line breaks that are not LF, and a BOM. */
static bool
odd_break(const char *p, const char *end)
{
	static const char next[] = "\x85", bom[] = "\xbb\xbf";

	if (*p == '\xc2')
		return end - p > 1 && p[1] == next[0];
	if (*p == '\xe2')
		return end - p > 2 && p[1] == '\x80' && (p[2] == '\xa8' || p[2] == '\xa9');
	return *p == '\xef' && end - p > 2 && memcmp(p + 1, bom, 2) == 0;
}

static bool
has_odd_breaks(const char *p, const char *end)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t w;

	if (memchr(p, '\r', (size_t)(end - p)) != NULL)
		return true;
	while (end - p >= (ptrdiff_t)sizeof w) {
		memcpy(&w, p, sizeof w);
		for (size_t i = 0; (w & high) != 0 && i < sizeof w; i++)
			if (p[i] < 0 && odd_break(p + i, end))
				return true;
		p += sizeof w;
	}
	for (; p < end; p++)
		if (*p < 0 && odd_break(p, end))
			return true;
	return false;
}

/* ---- one line ---- */

/* To the line at `p`; false at the end of the text. */
static bool
read_line(struct reader *r, const char *p)
{
	if (p >= r->end)
		return false;
	r->line = p;
	r->stop = memchr(p, '\n', (size_t)(r->end - p));
	if (r->stop == NULL)
		r->stop = r->end;
	while (*p == ' ')
		p++;
	r->col = (unsigned)(p - r->line);
	return true;
}

static bool
next_line(struct reader *r)
{
	return read_line(r, r->stop < r->end ? r->stop + 1 : r->end);
}

static bool
is_blank_line(const struct reader *r)
{
	return r->line + r->col == r->stop;
}

static bool
is_dash(const struct reader *r, const char *p)
{
	return *p == '-' && (p + 1 == r->stop || p[1] == ' ');
}

static const char *
skip_spaces(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/* Is there nothing from `p` on but blanks and a comment? */
static bool
is_over(const struct reader *r, const char *p)
{
	const char *q = skip_spaces(p);

	return q == r->stop || (*q == '#' && q > p);
}

/* Behind the closing quote, or NULL if that is not on this line. */
static const char *
close_quote(const struct reader *r, const char *p)
{
	char quote = *p++;

	for (; p < r->stop; p++) {
		if (*p == '\\' && quote == '"')
			p++;
		else if (*p == quote && quote == '\'' && p[1] == '\'')
			p++;
		else if (*p == quote)
			return p + 1;
	}
	return NULL;
}

/* Behind the closing bracket, or NULL if that is not on this line or cannot be told. */
static const char *
close_bracket(const struct reader *r, const char *p)
{
	unsigned depth = 0;
	bool token = true;		/* may one start here? */

	for (; p < r->stop; p++) {
		if (*p == '[' || *p == '{')
			depth++;
		else if ((*p == ']' || *p == '}') && --depth == 0)
			return p + 1;
		else if (*p == '"' || *p == '\'') {
			if (!token || (p = close_quote(r, p)) == NULL)
				return NULL;
			p--;
		} else if (*p == '#' || *p == '\t' || (token && strchr("&*!?|>%@`", *p)))
			return NULL;
		token = strchr("[{,: ", *p) != NULL;
	}
	return NULL;
}

enum value {
	VALUE_NO,		/* cannot tell */
	VALUE_ENDS,		/* on this line, or a plain one that may go on deeper */
	VALUE_EMPTY,
	VALUE_BLOCK,		/* a block scalar: deeper lines are its content */
};

/* What a value that would start at `p` is. */
static enum value
look_at_value(const struct reader *r, const char *p)
{
	p = skip_spaces(p);
	if (p == r->stop || *p == '#')
		return VALUE_EMPTY;
	switch (*p) {
	case '|':
	case '>':
		p += 1 + strspn(p + 1, "+-123456789");
		return is_over(r, p) ? VALUE_BLOCK : VALUE_NO;
	case '"':
	case '\'':
		p = close_quote(r, p);
		return p != NULL && is_over(r, p) ? VALUE_ENDS : VALUE_NO;
	case '[':
	case '{':
		p = close_bracket(r, p);
		return p != NULL && is_over(r, p) ? VALUE_ENDS : VALUE_NO;
	case '&':
	case '*':
	case '!':
	case '%':
	case '@':
	case '`':
	case '\t':
		return VALUE_NO;
	default:
		return VALUE_ENDS;
	}
}

/* Letters, digits, '_' and '-'. */
static const bool in_key[UCHAR_MAX + 1] = {
	['-'] = 1, ['_'] = 1,
	['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,
	['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
	['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1,
	['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,
	['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,
	['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1,
	['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1,
	['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1,
	['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1,
	['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

/* The length of the plain word before a ':', 0 if it is none. */
static size_t
key_length(const struct reader *r, const char *p)
{
	const char *start = p;

	while (in_key[(unsigned char)*p])
		p++;
	if (p == start || *p != ':' || (p + 1 != r->stop && p[1] != ' '))
		return 0;
	return (size_t)(p - start);
}

/* The ':' of "some key: value", or NULL: then it is a plain scalar, or a part of one. */
static const char *
find_colon(const struct reader *r, const char *p)
{
	for (; (p = memchr(p, ':', (size_t)(r->stop - p))) != NULL; p++)
		if (p + 1 == r->stop || p[1] == ' ')
			return p;
	return NULL;
}

/*
 * A line below a key of an item, which is not taken apart: only what it opens counts.
 * *deep gets the column above which the lines of a block scalar lie.
 */
static enum value
look_inside(const struct reader *r, unsigned *deep)
{
	const char *p = r->line + r->col, *colon;
	bool item = false;

	while (is_dash(r, p)) {
		*deep = (unsigned)(p - r->line);
		p = skip_spaces(p + 1);
		item = true;
	}
	if (p == r->stop || *p == '#')
		return VALUE_EMPTY;
	if (*p == '?' || ((*p == '|' || *p == '>') && !item) ||
	    memchr(p, '\t', (size_t)(r->stop - p)) != NULL)
		return VALUE_NO;
	if (strchr("\"'[{|>&*!%@`\t", *p) != NULL)
		return look_at_value(r, p);
	if ((colon = find_colon(r, p)) == NULL)
		return VALUE_ENDS;
	*deep = (unsigned)(p - r->line);
	return look_at_value(r, colon + 1);
}

/* ---- all lines ---- */

struct outliner {
	struct reader r;
	struct outline *o;
	const char *list, *mark;
	const char *wanted[UCHAR_MAX + 1];	/* by their first letter */
	uint8_t number[UCHAR_MAX + 1];
	bool inside;			/* the list has begun, and not ended */
	bool had_list;
};

static uint32_t
place(const struct reader *r, const char *p)
{
	return (uint32_t)(p - r->text);
}

static bool
is_word(const char *p, size_t len, const char *word)
{
	return strncmp(p, word, len) == 0 && word[len] == '\0';
}

/* Skips the content of a block scalar.  False at the end of the text. */
static bool
skip_block(struct reader *r, unsigned deep)
{
	bool more;

	while ((more = next_line(r)) && (r->col > deep || is_blank_line(r)))
		;
	return more;
}

static void
begin_item(struct outliner *x)
{
	struct outline *o = x->o;
	struct outline_item *item;

	o->v = vec_room(o->v, &o->cap, o->n, sizeof *o->v);
	item = &o->v[o->n++];
	item->start = place(&x->r, x->r.line);
	for (size_t i = 0; i < OUTLINE_WANTED; i++)
		item->wanted[i] = OUTLINE_NONE;
}

/* A key of an item at `p`. */
static enum value
take_key(struct outliner *x, const char *p)
{
	struct outline_item *item = &x->o->v[x->o->n - 1];
	size_t len = key_length(&x->r, p);

	if (len == 0)
		return VALUE_NO;
	if (x->wanted[(unsigned char)*p] != NULL && is_word(p, len, x->wanted[(unsigned char)*p]))
		item->wanted[x->number[(unsigned char)*p]] = place(&x->r, p);
	return look_at_value(&x->r, p + len + 1);
}

/* A key of the file itself; the list's must have nothing behind it. */
static enum value
take_top(struct outliner *x)
{
	const char *p = x->r.line;
	size_t len = key_length(&x->r, p);
	enum value v;

	if (x->inside) {
		x->inside = false;
		x->o->end = place(&x->r, p);
	}
	if (len == 0)
		return VALUE_NO;
	v = look_at_value(&x->r, p + len + 1);
	if (is_word(p, len, x->mark))
		x->o->mark = place(&x->r, p);
	if (is_word(p, len, x->list)) {
		if (v != VALUE_EMPTY || x->had_list)
			return VALUE_NO;
		x->inside = x->had_list = true;
		x->o->list = place(&x->r, x->r.stop < x->r.end ? x->r.stop + 1 : x->r.end);
	}
	return v;
}

/* One line that is not blank, no comment and not inside of a block scalar. */
static enum value
take_line(struct outliner *x, unsigned *deep)
{
	struct reader *r = &x->r;
	struct outline *o = x->o;
	const char *p = r->line + r->col;

	*deep = r->col;
	if (x->inside && o->n == 0 && is_dash(r, p))
		o->dash = r->col;
	if (x->inside && is_dash(r, p) && r->col == o->dash) {
		if (p + 1 == r->stop || p[2] == ' ')
			return VALUE_NO;
		begin_item(x);
		*deep = o->dash + 2;
		return take_key(x, p + 2);
	}
	if (r->col == 0)
		return take_top(x);
	if (!x->inside)
		return look_inside(r, deep);
	if (o->n == 0 || r->col < o->dash + 2)
		return VALUE_NO;
	if (r->col == o->dash + 2 && !is_dash(r, p))
		return take_key(x, p);
	return look_inside(r, deep);
}

static bool
take_lines(struct outliner *x)
{
	struct reader *r = &x->r;
	bool more = read_line(r, r->text), first = true;
	unsigned deep;

	while (more) {
		const char *p = r->line + r->col;

		if (is_blank_line(r) || *p == '#') {
			more = next_line(r);
			continue;
		}
		if (*p == '\t')
			return false;
		if (first && r->stop - p == 3 && r->col == 0 && memcmp(p, "---", 3) == 0) {
			first = false;
			more = next_line(r);
			continue;
		}
		first = false;
		switch (take_line(x, &deep)) {
		case VALUE_NO:
			return false;
		case VALUE_BLOCK:
			more = skip_block(r, deep);
			break;
		case VALUE_ENDS:
		case VALUE_EMPTY:
			more = next_line(r);
			break;
		}
	}
	return true;
}

bool
outline_read(struct outline *o, const char *text, size_t len, const char *list,
    const char *const wanted[], size_t nwanted, const char *mark)
{
	struct outliner x = { .r = { .text = text, .end = text + len }, .o = o, .list = list,
	    .mark = mark };

	for (size_t i = 0; i < nwanted; i++) {
		x.wanted[(unsigned char)*wanted[i]] = wanted[i];
		x.number[(unsigned char)*wanted[i]] = (uint8_t)i;
	}
	*o = (struct outline){ .end = (uint32_t)len, .mark = OUTLINE_NONE };
	if (has_odd_breaks(text, x.r.end) || !take_lines(&x) || o->n == 0) {
		outline_release(o);
		return false;
	}
	o->v = vec_room(o->v, &o->cap, o->n, sizeof *o->v);
	o->v[o->n].start = o->end;
	return true;
}

void
outline_release(struct outline *o)
{
	free(o->v);
	*o = (struct outline){ 0 };
}

/* ---- the keys of one item ---- */

/* What the value on the line is, when nothing of it is on the next. */
static void
take_value(const struct reader *r, const char *p, struct outline_key *k)
{
	const char *stop = r->stop, *hash;

	p = skip_spaces(p);
	k->at = place(r, p);
	k->kind = OUTLINE_OTHER;
	if (*p == '"' || *p == '\'') {
		stop = close_quote(r, p) - 1;
		if (memchr(p + 1, *p == '"' ? '\\' : '\'', (size_t)(stop - p - 1)) == NULL) {
			k->kind = *p == '"' ? OUTLINE_DOUBLE : OUTLINE_SINGLE;
			k->at++;
		}
	} else if (*p == '[' || *p == '{') {
		stop = close_bracket(r, p);
		k->kind = OUTLINE_FLOW;
	} else if (p < stop && *p != '#' && *p != '|' && *p != '>') {
		k->kind = OUTLINE_PLAIN;
		for (hash = p; (hash = memchr(hash, '#', (size_t)(stop - hash))) != NULL; hash++)
			if (hash[-1] == ' ' || hash[-1] == '\t')
				break;
		if (hash != NULL)
			stop = hash;
		while (stop[-1] == ' ' || stop[-1] == '\t')
			stop--;
	}
	k->len = (uint32_t)(stop - r->text) - k->at;
}

static bool
starts_key(const struct reader *r, unsigned col)
{
	const char *p = r->line + r->col;

	return r->col == col && p != r->stop && *p != '#' && !is_dash(r, p);
}

/* The key at the column of the keys on the line of `r`; *more: there is a next line, and
 * `r` is there. */
static void
take_pair(struct reader *r, unsigned col, struct outline_key *k, bool *more)
{
	const char *p = r->line + col;

	k->key = place(r, p);
	k->key_len = (uint32_t)key_length(r, p);
	take_value(r, p + k->key_len + 1, k);
	do
		*more = next_line(r);
	while (*more && (is_blank_line(r) || r->line[r->col] == '#'));
	if (*more && !starts_key(r, col))
		k->kind = OUTLINE_OTHER;	/* it goes on */
}

bool
outline_next(const struct outline *o, size_t i, const char *text, uint32_t *at,
    struct outline_key *k)
{
	struct reader r = { .text = text, .end = text + o->v[i + 1].start };
	bool more;

	/* Whatever is inside of a value is deeper than the keys, or a dash. */
	more = read_line(&r, text + *at);
	while (more && *at != o->v[i].start && !starts_key(&r, o->dash + 2))
		more = next_line(&r);
	if (!more)
		return false;
	take_pair(&r, o->dash + 2, k, &more);
	*at = more ? place(&r, r.line) : o->v[i + 1].start;
	return true;
}

void
outline_key(const struct outline *o, size_t i, const char *text, uint32_t at,
    struct outline_key *k)
{
	struct reader r = { .text = text, .end = text + o->v[i + 1].start };
	bool more;

	read_line(&r, text + at - o->dash - 2);
	take_pair(&r, o->dash + 2, k, &more);
}
