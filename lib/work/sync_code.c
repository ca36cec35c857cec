/*
 * sync_code - which bytes of a Markdown text surely are code
 *
 * Line by line: a fence, or a paragraph, which ends at a blank line or where a fence
 * begins.  A paragraph is walked twice, for what is odd in it and for its spans.
 */
#include "work/sync_code.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct fence {
	char letter;		/* '\0': none is open */
	size_t len;
};

static size_t
run_of(const char *s, size_t at, size_t end, char c)
{
	size_t n = at;

	while (n < end && s[n] == c)
		n++;
	return n - at;
}

static size_t
line_end(const char *s, size_t at, size_t len)
{
	const char *nl = memchr(s + at, '\n', len - at);

	return nl ? (size_t)(nl - s) : len;
}

static bool
blank(const char *s, size_t at, size_t end)
{
	for (; at < end; at++)
		if (s[at] != ' ' && s[at] != '\t' && s[at] != '\r')
			return false;
	return true;
}

/* In the first column, and no backtick in what follows a fence of backticks. */
static bool
opens(const char *s, size_t at, size_t end, struct fence *f)
{
	char c = at < end ? s[at] : '\0';
	size_t n = run_of(s, at, end, c);

	if ((c != '`' && c != '~') || n < 3 || (c == '`' && memchr(s + at + n, '`', end - at - n)))
		return false;
	*f = (struct fence){ c, n };
	return true;
}

static bool
closes(const char *s, size_t at, size_t end, const struct fence *f)
{
	size_t indent = run_of(s, at, end, ' '), n = run_of(s, at + indent, end, f->letter);

	return indent <= 3 && n >= f->len && blank(s, at + indent + n, end);
}

/* A fence may begin behind what opens lists and quotations. */
static bool
maybe_fence(const char *s, size_t at, size_t end)
{
	while (at < end && (strchr(" \t>-*+.)", s[at]) || isdigit((unsigned char)s[at])))
		at++;
	return run_of(s, at, end, '`') >= 3 || run_of(s, at, end, '~') >= 3;
}

/* Where the run of exactly n backticks that ends a span begins; `end` if none does. */
static size_t
span_end(const char *s, size_t at, size_t end, size_t n)
{
	while (at < end) {
		const char *tick = memchr(s + at, '`', end - at);
		size_t k;

		if (tick == NULL)
			return end;
		at = (size_t)(tick - s);
		if ((k = run_of(s, at, end, '`')) == n)
			return at;
		at += k;
	}
	return end;
}

/* The target of a link, if nothing in it is more than a letter of it (CommonMark 6.3). */
static bool
plain_target(const char *s, size_t at, size_t end)
{
	while (at < end && s[at] != ')' && !strchr("`\"'(<\\", s[at]))
		at++;
	return at < end && s[at] == ')';
}

/*
 * The spans of one line.  False: a backtick is escaped or stays alone, a table cuts it, or
 * what follows "](" may take it as a part of a link.  A run that has no
 * end is met once in a line, since it makes the paragraph odd and ends the walk.
 */
static bool
spans(const char *s, size_t at, size_t end, bool *is)
{
	while (at < end) {
		size_t n = run_of(s, at, end, '`'), to;

		if (n == 0) {
			if (at + 1 < end && ((s[at] == '\\' && s[at + 1] == '`') ||
			    (s[at] == ']' && s[at + 1] == '(' && !plain_target(s, at + 2, end))))
				return false;
			at++;
			continue;
		}
		if ((to = span_end(s, at + n, end, n)) == end || memchr(s + at, '|', to - at))
			return false;
		if (is)
			memset(is + at, true, to + n - at);
		at = to + n;
	}
	return true;
}

static bool
tag(const char *s, size_t at, size_t end, const bool *is)
{
	for (; at + 1 < end; at++)
		if (s[at] == '<' && !is[at] && (isalpha((unsigned char)s[at + 1]) ||
		    strchr("/!?", s[at + 1])))
			return true;
	return false;
}

/* One paragraph; where it ends. */
static size_t
paragraph(struct sync_code *c, const char *s, size_t at, size_t len)
{
	struct fence f;
	bool sure = true;
	size_t end, to;

	for (end = at; end < len; end = to + (to < len)) {
		to = line_end(s, end, len);
		if (end > at && (blank(s, end, to) || opens(s, end, to, &f)))
			break;
		sure = sure && spans(s, end, to, NULL);
		c->odd |= maybe_fence(s, end, to);
	}
	for (size_t line = at; sure && line < end; line = to + 1) {
		to = line_end(s, line, end);
		spans(s, line, to, c->is);
	}
	return end;
}

void
sync_code_find(struct sync_code *c, const char *s, size_t len, bool html)
{
	struct fence f = { 0 };
	size_t end, open = 0;

	*c = (struct sync_code){ .is = xcalloc(len + 1, sizeof *c->is), .open = len };
	for (size_t at = 0; at < len; at = end) {
		size_t to = line_end(s, at, len);

		end = to + (to < len);
		if (f.letter != '\0') {
			memset(c->is + at, true, end - at);
			if (closes(s, at, to, &f))
				f.letter = '\0';
			continue;
		}
		if (opens(s, at, to, &f)) {
			memset(c->is + at, true, end - at);
			open = at;
			continue;
		}
		end = paragraph(c, s, at, len);
		if (c->odd || (html && tag(s, at, end, c->is))) {
			memset(c->is + at, false, end - at);
			return;
		}
	}
	if (f.letter != '\0') {
		c->odd = true;
		c->open = open;
	}
}

void
sync_code_release(struct sync_code *c)
{
	free(c->is);
	*c = (struct sync_code){ 0 };
}
