/*
 * One pass over the lines, and a line is looked at only as far as needed to know what
 * the next one can be.  In a text that is valid YAML a line can be mistaken for
 * something else in three ways: it is inside of a block scalar, of quotes or of
 * brackets.  The first are skipped by their indentation, which must be deeper than that
 * of their key; the others must close on their own line, or the answer is no.
 */
#include "doc/outline_impl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "doc/outline_line.h"

static bool
is_dash(const struct line_reader *r, const char *p)
{
	return *p == '-' && (p + 1 == r->stop || p[1] == ' ');
}

/* What a character can be, at the start of a value or in a word. */
enum {
	IN_KEY = 1,		/* letters, digits, '_' and '-' */
	OPENS = 2,		/* quotes, brackets, block scalars, and what only libyaml reads */
	SPECIAL = 4,		/* of these, what only libyaml reads */
	BETWEEN = 8,		/* in brackets, a new value may stand behind it */
};

static const uint8_t class[UCHAR_MAX + 1] = {
	['"'] = OPENS, ['\''] = OPENS, ['['] = OPENS | BETWEEN, ['{'] = OPENS | BETWEEN,
	['|'] = OPENS | SPECIAL, ['>'] = OPENS | SPECIAL, ['&'] = OPENS | SPECIAL,
	['*'] = OPENS | SPECIAL, ['!'] = OPENS | SPECIAL, ['%'] = OPENS | SPECIAL,
	['@'] = OPENS | SPECIAL, ['`'] = OPENS | SPECIAL, ['\t'] = OPENS | SPECIAL,
	['?'] = SPECIAL,
	[','] = BETWEEN, [':'] = BETWEEN, [' '] = BETWEEN,
	['-'] = IN_KEY, ['_'] = IN_KEY,
	['0'] = IN_KEY, ['1'] = IN_KEY, ['2'] = IN_KEY, ['3'] = IN_KEY, ['4'] = IN_KEY,
	['5'] = IN_KEY, ['6'] = IN_KEY, ['7'] = IN_KEY, ['8'] = IN_KEY, ['9'] = IN_KEY,
	['A'] = IN_KEY, ['B'] = IN_KEY, ['C'] = IN_KEY, ['D'] = IN_KEY, ['E'] = IN_KEY,
	['F'] = IN_KEY, ['G'] = IN_KEY, ['H'] = IN_KEY, ['I'] = IN_KEY, ['J'] = IN_KEY,
	['K'] = IN_KEY, ['L'] = IN_KEY, ['M'] = IN_KEY,
	['N'] = IN_KEY, ['O'] = IN_KEY, ['P'] = IN_KEY, ['Q'] = IN_KEY, ['R'] = IN_KEY,
	['S'] = IN_KEY, ['T'] = IN_KEY, ['U'] = IN_KEY, ['V'] = IN_KEY, ['W'] = IN_KEY,
	['X'] = IN_KEY, ['Y'] = IN_KEY, ['Z'] = IN_KEY,
	['a'] = IN_KEY, ['b'] = IN_KEY, ['c'] = IN_KEY, ['d'] = IN_KEY, ['e'] = IN_KEY,
	['f'] = IN_KEY, ['g'] = IN_KEY, ['h'] = IN_KEY, ['i'] = IN_KEY, ['j'] = IN_KEY,
	['k'] = IN_KEY, ['l'] = IN_KEY, ['m'] = IN_KEY,
	['n'] = IN_KEY, ['o'] = IN_KEY, ['p'] = IN_KEY, ['q'] = IN_KEY, ['r'] = IN_KEY,
	['s'] = IN_KEY, ['t'] = IN_KEY, ['u'] = IN_KEY, ['v'] = IN_KEY, ['w'] = IN_KEY,
	['x'] = IN_KEY, ['y'] = IN_KEY, ['z'] = IN_KEY,
};

static bool
is_a(int what, char c)
{
	return (class[(unsigned char)c] & what) != 0;
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
is_over(const struct line_reader *r, const char *p)
{
	const char *q = skip_spaces(p);

	return q == r->stop || (*q == '#' && q > p);
}

static bool
is_block(char c)
{
	return c == '|' || c == '>';
}

/* Behind the closing quote, or NULL if that is not on this line. */
static const char *
close_quote(const struct line_reader *r, const char *p)
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
close_bracket(const struct line_reader *r, const char *p)
{
	unsigned depth = 0;
	bool token = true;		/* may one start here? */
	bool quoted = false;		/* did one in quotes end just here? */

	for (; p < r->stop; p++) {
		if (is_a(IN_KEY, *p)) {
			token = quoted = false;
			continue;
		}
		if (*p == '[' || *p == '{')
			depth++;
		else if ((*p == ']' || *p == '}') && --depth == 0)
			return p + 1;
		else if (*p == '"' || *p == '\'') {
			if (!token || (p = close_quote(r, p)) == NULL)
				return NULL;
			p--;
		} else if (*p == '#' || *p == '\t' || (token && is_a(SPECIAL, *p)))
			return NULL;
		/* In a plain value blanks change nothing, nor does a ':' within a word. */
		if (*p == ':')
			token = p[1] == ' ' || quoted;
		else if (*p != ' ')
			token = is_a(BETWEEN, *p);
		quoted = *p == '"' || *p == '\'';
	}
	return NULL;
}

enum value {
	VALUE_NO,		/* cannot tell */
	VALUE_ENDS,		/* on this line, or a plain one that may go on deeper */
	VALUE_EMPTY,
	VALUE_BLOCK,		/* a block scalar: deeper lines are its content */
};

/* What a value is that opens something at `p`. */
static enum value
look_at_opened(const struct line_reader *r, const char *p)
{
	switch (*p) {
	case '|':
	case '>':
		for (p++; *p == '+' || *p == '-' || (*p >= '1' && *p <= '9'); p++)
			;
		return is_over(r, p) ? VALUE_BLOCK : VALUE_NO;
	case '"':
	case '\'':
		p = close_quote(r, p);
		break;
	case '[':
	case '{':
		p = close_bracket(r, p);
		break;
	default:
		return VALUE_NO;
	}
	return p != NULL && is_over(r, p) ? VALUE_ENDS : VALUE_NO;
}

/* What a value that would start at `p` is. */
static inline enum value
look_at_value(const struct line_reader *r, const char *p)
{
	p = skip_spaces(p);
	if (is_a(OPENS, *p))
		return look_at_opened(r, p);
	return p == r->stop || *p == '#' ? VALUE_EMPTY : VALUE_ENDS;
}

/* Is this the ':' between a key and its value? */
static inline bool
is_colon(const struct line_reader *r, const char *p)
{
	return *p == ':' && (p[1] == ' ' || p + 1 == r->stop);
}

/* The ':' behind a plain word that is a key, or NULL if there is none. */
static inline const char *
key_end(const struct line_reader *r, const char *p)
{
	size_t len = 0;

	while (is_a(IN_KEY, p[len]))
		len++;
	return len > 0 && is_colon(r, p + len) ? p + len : NULL;
}

/* The ':' of "some key: value", or NULL: then it is a plain scalar, or a part of one. */
static const char *
find_colon(const struct line_reader *r, const char *p)
{
	for (; (p = memchr(p, ':', (size_t)(r->stop - p))) != NULL; p++)
		if (is_colon(r, p))
			return p;
	return NULL;
}

/*
 * A line below a key of an item, which is not taken apart: only what it opens counts.
 * *deep gets the column above which the lines of a block scalar lie.
 */
static enum value
look_inside(const struct line_reader *r, unsigned *deep)
{
	const char *p = r->line + r->col, *colon;

	while (is_dash(r, p)) {
		*deep = (unsigned)(p - r->line);
		p = skip_spaces(p + 1);
	}
	if (p == r->stop || *p == '#')
		return VALUE_EMPTY;
	if (*p == '?' || (r->tabs && memchr(p, '\t', (size_t)(r->stop - p)) != NULL))
		return VALUE_NO;
	if (is_a(OPENS, *p))
		return is_block(*p) && p == r->line + r->col ? VALUE_NO : look_at_opened(r, p);
	if ((colon = find_colon(r, p)) == NULL)
		return VALUE_ENDS;
	*deep = (unsigned)(p - r->line);
	return look_at_value(r, colon + 1);
}

/* ---- all lines ---- */

/* The wanted key of an item that begins with some letter. */
struct wanted {
	const char *key;		/* NULL: none */
	int len, number;
};

struct outliner {
	struct line_reader r;
	struct outline *o;
	const struct outline_names *names;
	struct wanted wanted[UCHAR_MAX + 1];
	unsigned keys;			/* column of the keys of an item, OUTSIDE without one */
	bool inside;			/* the list has begun, and not ended */
	bool had_list;
};

#define OUTSIDE UINT_MAX

static uint32_t
place(const struct line_reader *r, const char *p)
{
	return (uint32_t)(p - r->text);
}

static bool
is_word(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - p) == len && memcmp(p, word, len) == 0;
}

/* Skips the content of a block scalar.  False at the end of the text. */
static bool
skip_block(struct line_reader *r, unsigned deep)
{
	while (line_next(r))
		if (r->col <= deep && !line_is_blank(r))
			return true;
	return false;
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
	o->dash = x->r.col;
	x->keys = o->dash + 2;
}

/* A key of an item at `p`. */
static enum value
take_key(struct outliner *x, const char *p)
{
	const struct wanted *w = &x->wanted[(unsigned char)*p];
	const char *end = key_end(&x->r, p);

	if (end == NULL)
		return VALUE_NO;
	if (end - p == w->len && memcmp(p, w->key, (size_t)w->len) == 0)
		x->o->v[x->o->n - 1].wanted[w->number] = place(&x->r, p);
	return look_at_value(&x->r, end + 1);
}

/* A key of the file itself; the list's must have nothing behind it. */
static enum value
take_top(struct outliner *x)
{
	const char *p = x->r.line, *end = key_end(&x->r, p);
	enum value v;

	if (x->inside) {
		x->inside = false;
		x->keys = OUTSIDE;
		x->o->end = place(&x->r, p);
	}
	if (end == NULL)
		return VALUE_NO;
	v = look_at_value(&x->r, end + 1);
	if (is_word(p, end, x->names->mark)) {
		if (x->o->mark != OUTLINE_NONE)
			return VALUE_NO;
		x->o->mark = place(&x->r, p);
	}
	if (is_word(p, end, x->names->list)) {
		if (v != VALUE_EMPTY || x->had_list)
			return VALUE_NO;
		x->inside = x->had_list = true;
		x->o->list = place(&x->r, x->r.stop < x->r.end ? x->r.stop + 1 : x->r.end);
	}
	return v;
}

/*
 * One line that is not blank, no comment and not inside of a block scalar.  *deep gets the
 * column above which the lines of a block scalar lie.
 */
static enum value
take_line(struct outliner *x, unsigned *deep)
{
	struct line_reader *r = &x->r;
	const char *p = r->line + r->col;
	bool dash = is_dash(r, p);

	*deep = r->col;
	if (dash && x->inside && (x->keys == OUTSIDE || r->col == x->o->dash)) {
		if (p + 1 == r->stop || p[2] == ' ')
			return VALUE_NO;
		begin_item(x);
		p += 2;
	} else if (r->col != x->keys || dash) {
		if (r->col == 0)
			return take_top(x);
		return x->inside && r->col < x->keys ? VALUE_NO : look_inside(r, deep);
	}
	*deep = x->keys;
	return take_key(x, p);
}

static bool
is_comment(const struct line_reader *r)
{
	return r->line[r->col] == '#';
}

static bool
is_document(const struct line_reader *r)
{
	return r->stop - r->line == 3 && memcmp(r->line, "---", 3) == 0;
}

/* To the first line of the document; its "---" may be there once. */
static bool
take_start(struct line_reader *r)
{
	bool more = line_read(r, r->text);

	while (more && (line_is_blank(r) || is_comment(r)))
		more = line_next(r);
	return more && is_document(r) ? line_next(r) : more;
}

static bool
take_lines(struct outliner *x)
{
	struct line_reader *r = &x->r;
	bool more = x->inside ? line_read(r, r->text) : take_start(r);
	unsigned deep;

	while (more) {
		enum value v = VALUE_EMPTY;

		if (!line_is_blank(r) && !is_comment(r))
			v = take_line(x, &deep);
		if (v == VALUE_NO)
			return false;
		more = v == VALUE_BLOCK ? skip_block(r, deep) : line_next(r);
	}
	return true;
}

bool
outline_scan(struct outline *o, const char *lines, size_t len, const struct outline_names *names,
    bool *inside)
{
	struct outliner x = { .r = { .text = lines, .end = lines + len }, .o = o, .names = names,
	    .keys = OUTSIDE, .inside = *inside, .had_list = *inside };

	for (int i = 0; i < OUTLINE_WANTED && names->wanted[i] != NULL; i++)
		x.wanted[(unsigned char)*names->wanted[i]] =
		    (struct wanted){ names->wanted[i], (int)strlen(names->wanted[i]), i };
	*o = (struct outline){ .end = (uint32_t)len, .mark = OUTLINE_NONE };
	if (!take_lines(&x) || x.r.bad) {
		outline_release(o);
		return false;
	}
	o->v = vec_room(o->v, &o->cap, o->n, sizeof *o->v);
	o->v[o->n].start = o->end;
	*inside = x.inside;
	return true;
}

bool
outline_read(struct outline *o, const char *text, size_t len, const struct outline_names *names)
{
	bool inside = false;

	if (!outline_scan(o, text, len, names, &inside))
		return false;
	if (o->n == 0)
		outline_release(o);
	return o->n > 0;
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
take_value(const struct line_reader *r, const char *p, struct outline_key *k)
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
	} else if (p < stop && *p != '#' && !is_block(*p)) {
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

static inline bool
starts_key(const struct line_reader *r, unsigned col)
{
	const char *p = r->line + r->col;

	return r->col == col && p != r->stop && *p != '#' && !is_dash(r, p);
}

/* The key at the column of the keys on the line of `r`; *more: there is a next line, and
 * `r` is there. */
static inline void
take_pair(struct line_reader *r, unsigned col, struct outline_key *k, bool *more)
{
	const char *p = r->line + col, *end = key_end(r, p);

	k->key = place(r, p);
	k->key_len = (uint32_t)(end - p);
	take_value(r, end + 1, k);
	do
		*more = line_next(r);
	while (*more && (line_is_blank(r) || r->line[r->col] == '#'));
	if (*more && !starts_key(r, col))
		k->kind = OUTLINE_OTHER;	/* it goes on */
}

bool
outline_next(const struct outline *o, size_t i, const char *text, uint32_t *at,
    struct outline_key *k)
{
	struct line_reader r = { .text = text, .end = text + o->v[i + 1].start };
	bool more;

	/* Whatever is inside of a value is deeper than the keys, or a dash. */
	more = line_read(&r, text + *at);
	while (more && *at != o->v[i].start && !starts_key(&r, o->dash + 2))
		more = line_next(&r);
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
	struct line_reader r = { .text = text, .end = text + o->v[i + 1].start };
	bool more;

	line_read(&r, text + at - o->dash - 2);
	take_pair(&r, o->dash + 2, k, &more);
}
