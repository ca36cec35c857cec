/*
 * scan - where JSON stands in a text that is mostly something else
 *
 * An agent's last message is prose with code, examples and the answer in it,
 * and it may have been cut at any byte.  What is looked for is the objects that
 * stand at the top of that text.  "At the top" is decided thus:
 *
 * An object has begun where '{' is followed by a key and a colon; a list has
 * begun where '[' is followed by such an object.  What has begun is followed by
 * structure to its end, and what it contains is not at the top, whatever
 * becomes of it:
 *
 *	whole	a '{' is an object; the search goes on behind it.
 *	cut	the text ends inside.  The rest of the text belongs to something
 *		incomplete, and nothing in it is an answer.
 *	broken	a byte that JSON cannot have there, a quote too many perhaps.
 *		Nobody knows any more what is inside and what is outside; the
 *		search goes on at the next line that begins with a bracket.
 *
 * Any other '{' is prose or code.  If a '}' answers it later, what stood
 * between was inside and is forgotten again; if none does, it was only a
 * character.  An object that begins a line is taken to be outside of those.
 * "{}" is how prose writes a pair of braces, and never an answer.
 *
 * Linear: what has begun is scanned once, and a '{' that has not begun costs a
 * look at blanks and one string; that string ends at the next quote, so that
 * no byte is looked at for more than two braces.
 */
#include "doc/scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vec.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '-' || c == '+' || c == '.';
}

static size_t
skip_blanks(const char *text, size_t len, size_t pos)
{
	while (pos < len && is_blank(text[pos]))
		pos++;
	return pos;
}

/* Behind the string whose opening quote is at pos; len + 1 if it does not end. */
static size_t
skip_string(const char *text, size_t len, size_t pos)
{
	for (pos++; pos < len; pos++) {
		if (text[pos] == '"')
			return pos + 1;
		if (text[pos] == '\\')
			pos++;
	}
	return len + 1;
}

/* Too deep to be of use: brackets are only counted, from `open` down to none. */
static enum scan_end
skip_deep(struct scan *s, size_t open)
{
	while (s->pos < s->len) {
		char c = s->text[s->pos];

		if (c == '"') {
			s->pos = skip_string(s->text, s->len, s->pos);
			continue;
		}
		s->pos++;
		if (c == '{' || c == '[')
			open++;
		if ((c == '}' || c == ']') && --open == 0)
			return SCAN_WHOLE;
	}
	return SCAN_CUT;
}

enum want { VALUE, VALUE_OR_END, KEY_OR_END, COLON, COMMA_OR_END };

/* One bit a level says whether it is a map: JSON_DEPTH_MAX levels fit a word. */
struct nest {
	uint64_t maps;
	size_t depth;
};

_Static_assert(JSON_DEPTH_MAX <= 64, "a level needs a bit");

static enum want
open_bracket(struct nest *n, char c)
{
	n->maps = n->maps << 1 | (c == '{');
	n->depth++;
	return c == '{' ? KEY_OR_END : VALUE_OR_END;
}

static bool
close_bracket(struct nest *n, char c)
{
	if (n->depth == 0 || (n->maps & 1) != (c == '}'))
		return false;
	n->maps >>= 1;
	n->depth--;
	return true;
}

enum scan_end
scan_value(struct scan *s)
{
	enum want want = VALUE;
	struct nest nest = { 0 };

	s->deep = SCAN_NOWHERE;
	s->values = 0;
	do {
		bool value = want == VALUE || want == VALUE_OR_END;
		bool end = want == VALUE_OR_END || want == KEY_OR_END || want == COMMA_OR_END;
		char c;

		s->pos = skip_blanks(s->text, s->len, s->pos);
		if (s->pos >= s->len)
			return SCAN_CUT;
		c = s->text[s->pos];
		s->values += value && c != ']';
		if (value && (c == '{' || c == '[')) {
			if (nest.depth == JSON_DEPTH_MAX) {
				s->deep = s->pos;
				return skip_deep(s, nest.depth);
			}
			want = open_bracket(&nest, c);
			s->pos++;
		} else if (end && (c == '}' || c == ']') && close_bracket(&nest, c)) {
			want = COMMA_OR_END;
			s->pos++;
		} else if (c == '"' && (value || want == KEY_OR_END)) {
			s->pos = skip_string(s->text, s->len, s->pos);
			if (s->pos > s->len)
				return SCAN_CUT;
			want = value ? COMMA_OR_END : COLON;
		} else if (value && is_word(c)) {
			while (s->pos < s->len && is_word(s->text[s->pos]))
				s->pos++;
			want = COMMA_OR_END;
		} else if ((c == ':' && want == COLON) || (c == ',' && want == COMMA_OR_END)) {
			want = c == ':' ? VALUE : (nest.maps & 1) ? KEY_OR_END : VALUE_OR_END;
			s->pos++;
		} else {
			return SCAN_BROKEN;
		}
	} while (nest.depth > 0);
	return SCAN_WHOLE;
}

static void
push(struct scan_list *l, size_t start, size_t end)
{
	l->v = vec_room(l->v, &l->cap, l->n, sizeof *l->v);
	l->v[l->n++] = (struct scan_span){ start, end - start };
}

void
scan_release(struct scan_list *l)
{
	free(l->v);
	*l = (struct scan_list){ 0 };
}

/* A line that is a fence: how many backticks, and what is said behind them. */
struct fence {
	size_t ticks;		/* 0: not a fence */
	const char *info;	/* not NUL-terminated */
	size_t len;
};

/* CommonMark 4.5, but for the indentation, which may be anything. */
static struct fence
read_fence(const char *line, size_t len)
{
	struct fence f = { 0 };
	size_t i = skip_blanks(line, len, 0), start = i;

	while (i < len && line[i] == '`')
		i++;
	if (i - start < 3 || memchr(line + i, '`', len - i) != NULL)
		return f;
	f.ticks = i - start;
	i = skip_blanks(line, len, i);
	while (len > i && is_blank(line[len - 1]))
		len--;
	f.info = line + i;
	f.len = len - i;
	return f;
}

static bool
is_json_fence(const struct fence *f)
{
	return f->len == 0 ||
	    (f->len >= 4 && strncasecmp(f->info, "json", 4) == 0 &&
	    (f->len == 4 || is_blank(f->info[4])));
}

void
scan_fences(struct scan_list *l, const char *text, size_t len)
{
	size_t next, start = 0, ticks = 0;	/* ticks 0: outside */
	bool wanted = false;

	for (size_t pos = 0; pos < len; pos = next) {
		const char *nl = memchr(text + pos, '\n', len - pos);
		struct fence f;

		next = nl != NULL ? (size_t)(nl - text) + 1 : len;
		f = read_fence(text + pos, next - pos);
		if (f.ticks == 0)
			continue;
		if (ticks == 0) {
			ticks = f.ticks;
			wanted = is_json_fence(&f);
			start = next;
		} else if (f.len == 0 && f.ticks >= ticks) {
			if (wanted)
				push(l, start, pos);
			ticks = 0;
		}
	}
}

/* Is the bracket at pos followed by a key on one line and a colon? */
static bool
has_begun(const char *text, size_t len, size_t pos)
{
	if (text[pos] == '[') {
		pos = skip_blanks(text, len, pos + 1);
		if (pos >= len || text[pos] != '{')
			return false;
	}
	pos = skip_blanks(text, len, pos + 1);
	if (pos >= len || text[pos] != '"')
		return false;
	for (pos++; pos < len && text[pos] != '"'; pos++) {
		if (text[pos] == '\n')
			return false;
		if (text[pos] == '\\')
			pos++;
	}
	pos = skip_blanks(text, len, pos + 1);
	return pos < len && text[pos] == ':';
}

static bool
begins_line(const char *text, size_t pos)
{
	return pos == 0 || text[pos - 1] == '\n';
}

/* Where the next line starts that begins with a bracket, or len. */
static size_t
next_fresh(const char *text, size_t len, size_t pos)
{
	while (pos < len && !(begins_line(text, pos) && (text[pos] == '{' || text[pos] == '['))) {
		const char *nl = memchr(text + pos, '\n', len - pos);

		pos = nl != NULL ? (size_t)(nl - text) + 1 : len;
	}
	return pos;
}

void
scan_objects(struct scan_list *l, const char *text, size_t len)
{
	struct vec_id braces = { 0 };	/* for each open '{' of prose, l->n before it */
	struct scan s = { .text = text, .len = len };

	while (s.pos < len) {
		size_t start = s.pos;
		char c = text[start];

		if ((c != '{' && c != '[') || !has_begun(text, len, start)) {
			if (c == '{')
				vec_id_push(&braces, (int64_t)l->n);
			else if (c == '}' && braces.n > 0)
				l->n = (size_t)braces.v[--braces.n];
			s.pos++;
			continue;
		}
		if (begins_line(text, start))
			braces.n = 0;
		switch (scan_value(&s)) {
		case SCAN_WHOLE:
			if (c == '{' && s.deep == SCAN_NOWHERE)
				push(l, start, s.pos);
			break;
		case SCAN_CUT:
			s.pos = len;
			break;
		case SCAN_BROKEN:
			s.pos = next_fresh(text, len, s.pos);
			braces.n = 0;
			break;
		}
	}
	vec_id_release(&braces);
}
