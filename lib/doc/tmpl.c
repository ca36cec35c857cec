/*
 * tmpl - text templates: {{name}} and {{#if name}}...{{/if}}
 *
 * One pass over the template, never over a value.  What is false is read like
 * everything else and only not written, so that a mistake in a template shows
 * whatever the values are.  Open blocks are a stack of offsets; of the blocks
 * that are false only the outermost is remembered.
 */
#include "doc/tmpl.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct state {
	struct buf *out;
	const char *name;		/* of the template */
	const char *text;
	size_t len;
	const struct tmpl_var *vars;
	size_t nvars;
	size_t open[TMPL_DEPTH_MAX];	/* where each open block's tag starts */
	size_t depth;
	size_t silent;			/* the depth at which a block was false, 0: none */
};

/* A stretch of the template: [start, end). */
struct tag {
	size_t start, end;	/* from the first brace to behind the last */
	size_t word, wordlen;	/* what stands between, without blanks */
};

/* ERR_CONFIG "name:line:col: reason 'quote'", columns in characters. */
static int
fail(const struct state *s, size_t offset, struct err *e, const char *reason, const char *quote,
    size_t len)
{
	struct buf shown = { 0 };
	size_t line, column;

	str_place(s->text, offset, &line, &column);
	str_visible(&shown, quote, str_cut(quote, len, 80), false);
	err_set(e, ERR_CONFIG, "%s:%zu:%zu: %s '%s'", s->name, line, column, reason,
	    buf_str(&shown));
	buf_release(&shown);
	return -1;
}

static const struct tmpl_var *
find(const struct state *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->nvars; i++)
		if (strlen(s->vars[i].name) == len && memcmp(s->vars[i].name, name, len) == 0)
			return &s->vars[i];
	return NULL;
}

/* Reads the tag that starts at `start`; it ends on its line. */
static int
read_tag(const struct state *s, size_t start, struct tag *t, struct err *e)
{
	const char *text = s->text + start;
	const char *nl = memchr(text, '\n', s->len - start);
	size_t len = nl != NULL ? (size_t)(nl - text) : s->len - start;
	const char *close = memmem(text, len, "}}", 2);
	size_t from = 2, to;

	if (close == NULL)
		return fail(s, start, e, "unclosed tag", text, len);
	to = (size_t)(close - text);
	while (from < to && (text[from] == ' ' || text[from] == '\t'))
		from++;
	while (to > from && (text[to - 1] == ' ' || text[to - 1] == '\t'))
		to--;
	*t = (struct tag){ start, start + (size_t)(close - text) + 2, start + from, to - from };
	return 0;
}

/*
 * Behind the tag; if nothing but blanks shares its line, behind that line, with
 * the blanks before the tag taken back.  They were the last thing written if
 * anything was.
 */
static size_t
take_line(struct state *s, const struct tag *t)
{
	size_t from = t->start, to = t->end;

	while (from > 0 && (s->text[from - 1] == ' ' || s->text[from - 1] == '\t'))
		from--;
	while (to < s->len && (s->text[to] == ' ' || s->text[to] == '\t' || s->text[to] == '\r'))
		to++;
	if ((from > 0 && s->text[from - 1] != '\n') || (to < s->len && s->text[to] != '\n'))
		return t->end;
	if (s->silent == 0)
		buf_cut(s->out, s->out->len - (t->start - from));
	return to < s->len ? to + 1 : to;
}

static int
open_block(struct state *s, const struct tag *t, struct err *e)
{
	size_t skip = strlen("#if ");
	const char *name = s->text + t->word + skip;
	size_t len = t->wordlen - skip;
	const struct tmpl_var *v;

	for (; len > 0 && (*name == ' ' || *name == '\t'); len--)
		name++;
	v = find(s, name, len);
	if (v == NULL)
		return fail(s, t->start, e, "unknown name", name, len);
	if (s->depth == TMPL_DEPTH_MAX)
		return fail(s, t->start, e, "blocks nested too deep at", name, len);
	s->open[s->depth++] = t->start;
	if (s->silent == 0 && (v->value == NULL || *v->value == '\0'))
		s->silent = s->depth;
	return 0;
}

static int
close_block(struct state *s, const struct tag *t, struct err *e)
{
	if (s->depth == 0)
		return fail(s, t->start, e, "nothing to close with", "{{/if}}", 7);
	if (s->silent == s->depth)
		s->silent = 0;
	s->depth--;
	return 0;
}

/* Does what the tag at `start` says; *next is where the text goes on. */
static int
do_tag(struct state *s, size_t start, size_t *next, struct err *e)
{
	const struct tmpl_var *v;
	const char *word;
	struct tag t = { 0 };

	if (read_tag(s, start, &t, e) != 0)
		return -1;
	word = s->text + t.word;
	if (t.wordlen > 4 && (memcmp(word, "#if ", 4) == 0 || memcmp(word, "#if\t", 4) == 0)) {
		*next = take_line(s, &t);
		return open_block(s, &t, e);
	}
	if (t.wordlen == 3 && memcmp(word, "/if", 3) == 0) {
		*next = take_line(s, &t);
		return close_block(s, &t, e);
	}
	if (t.wordlen > 0 && (*word == '#' || *word == '/'))
		return fail(s, start, e, "unknown tag", word, t.wordlen);
	v = find(s, word, t.wordlen);
	if (v == NULL)
		return fail(s, start, e, "unknown name", word, t.wordlen);
	if (s->silent == 0 && v->value != NULL)
		buf_puts(s->out, v->value);
	*next = t.end;
	return 0;
}

static void
copy(struct state *s, size_t from, size_t to)
{
	if (s->silent == 0)
		buf_append(s->out, s->text + from, to - from);
}

static int
expand(struct state *s, struct err *e)
{
	size_t pos = 0;

	while (pos < s->len) {
		const char *brace = memmem(s->text + pos, s->len - pos, "{{", 2);
		size_t start = brace != NULL ? (size_t)(brace - s->text) : s->len;

		copy(s, pos, start);
		if (brace == NULL)
			break;
		if (s->len - start >= 4 && memcmp(brace, "{{{{", 4) == 0) {
			copy(s, start, start + 2);
			pos = start + 4;
		} else if (do_tag(s, start, &pos, e) != 0) {
			return -1;
		}
	}
	if (s->depth > 0)
		return fail(s, s->open[s->depth - 1], e, "unclosed block", "{{#if}}", 7);
	return 0;
}

int
tmpl_expand(struct buf *out, const char *name, const char *text, size_t len,
    const struct tmpl_var *vars, size_t n, struct err *e)
{
	struct state s = { .out = out, .name = name, .text = text, .len = len, .vars = vars,
		.nvars = n };
	size_t before = out->len;

	if (expand(&s, e) == 0)
		return 0;
	buf_cut(out, before);
	return -1;
}
