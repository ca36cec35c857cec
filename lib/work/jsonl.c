/*
 * Selectors are compiled once, when a driver is loaded, so that a mistake in a
 * file is found before anything is started.  Evaluation allocates only for the
 * text of a value that is compared.
 */
#include "work/jsonl.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"

/* ---- reading ---- */

/* The four digits of a \u escape at s, or -1. */
static int
hex4(const char *s, const char *end)
{
	int v = 0;

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *digits = "0123456789abcdef", *d;

		d = s[i] ? strchr(digits, s[i] | 0x20) : NULL;
		if (!d)
			return -1;
		v = v * 16 + (int)(d - digits);
	}
	return v;
}

/* How many bytes of an escape are taken over as they are; 0: it must go. */
static size_t
escape_len(const char *s, const char *end)
{
	int u = hex4(s, end), low;

	if (u < 0)
		return end - s < 2 ? 1 : 2;
	if (u >= 0xd800 && u <= 0xdbff) {
		low = hex4(s + 6, end);
		return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
	}
	return u == 0 || (u >= 0xdc00 && u <= 0xdfff) ? 0 : 6;
}

/*
 * The line with what JSON for us cannot hold replaced.  JavaScript programs cut
 * strings between the halves of a surrogate pair and print the half; a shell
 * tool's output has NUL bytes.  Neither may cost us the event.
 */
static void
mend(const char *text, size_t len, struct buf *out)
{
	struct buf clean = { 0 };
	const char *s, *end;
	size_t n;

	str_clean(&clean, text, len);
	s = buf_str(&clean);
	end = s + clean.len;
	while (s < end) {
		n = *s == '\\' ? escape_len(s, end) : 1;
		if (n == 0) {
			buf_puts(out, "\\ufffd");
			n = 6;
		} else {
			buf_append(out, s, n);
		}
		s += n;
	}
	buf_release(&clean);
}

static struct val *
parse(const char *text, size_t len)
{
	struct err ignored = { 0 };
	struct buf mended = { 0 };
	struct val *v;

	v = json_parse(text, len, &ignored);
	if (v)
		return v;
	mend(text, len, &mended);
	if (mended.len != len || memcmp(mended.data, text, len) != 0)
		v = json_parse(mended.data, mended.len, &ignored);
	buf_release(&mended);
	return v;
}

static void
keep(struct jsonl *l, struct val *event)
{
	l->v = vec_room(l->v, &l->cap, l->n, sizeof *l->v);
	l->v[l->n++] = event;
}

/* Takes the value over. */
static void
add(struct jsonl *l, struct val *v)
{
	if (v->kind == VAL_MAP) {
		keep(l, v);
		return;
	}
	for (size_t i = 0; v->kind == VAL_LIST && i < v->n; i++)
		if (v->v[i]->kind == VAL_MAP)
			keep(l, val_copy(v->v[i]));
	val_free(v);
}

static bool
opens(const char *s, size_t len)
{
	return len > 0 && len <= JSON_TEXT_MAX && (*s == '{' || *s == '[');
}

static void
skip_blanks(const char **s, size_t *len)
{
	for (; *len > 0 && strchr(" \t\r\n", **s) && **s; (*s)++, (*len)--)
		;
}

void
jsonl_read(struct jsonl *l, const char *text, size_t len, bool whole)
{
	struct val *v = NULL;
	const char *nl;
	size_t n;

	skip_blanks(&text, &len);
	if (whole && opens(text, len) && (v = parse(text, len)) != NULL) {
		add(l, v);
		return;
	}
	for (; len > 0; text += n, len -= n) {
		nl = memchr(text, '\n', len);
		n = nl ? (size_t)(nl - text) + 1 : len;
		if (opens(text, n) && (v = parse(text, n)) != NULL)
			add(l, v);
	}
}

void
jsonl_release(struct jsonl *l)
{
	for (size_t i = 0; i < l->n; i++)
		val_free(l->v[i]);
	free(l->v);
	*l = (struct jsonl){ 0 };
}

/* ---- compiling ---- */

/*
 * Takes the text up to the next mark (a character of `marks` between blanks, or
 * the end) off the front, without the blanks around it.  Returns the mark, 0 at
 * the end.
 */
static char
next_piece(const char **s, const char *marks, char **piece)
{
	const char *start, *p;
	size_t len;
	char mark;

	*s += strspn(*s, " ");
	start = p = *s;
	while (*p && !(strchr(marks, *p) && (p == start || p[-1] == ' ')
	    && (p[1] == ' ' || !p[1])))
		p++;
	mark = *p;
	len = (size_t)(p - start);
	while (len > 0 && start[len - 1] == ' ')
		len--;
	*piece = xstrndup(start, len);
	*s = mark ? p + 1 : p;
	return mark;
}

static bool
path_good(const char *p)
{
	return *p && !strpbrk(p, " =!:|&") && *p != '.' && p[strlen(p) - 1] != '.'
	    && !strstr(p, "..");
}

static int
compile_cond(struct jsonl_sel *sel, const char *text, struct err *e)
{
	struct jsonl_cond *c = &sel->cond[sel->n];
	const char *eq = strchr(text, '=');
	size_t len = eq ? (size_t)(eq - text) : strlen(text);

	if (sel->n == JSONL_CONDS)
		return err_set(e, ERR_CONFIG, "more than %d conditions", JSONL_CONDS);
	c->test = eq ? JSONL_IS : JSONL_EXISTS;
	if (eq && len > 0 && eq[-1] == '!') {
		c->test = JSONL_IS_NOT;
		len--;
	}
	c->path = xstrndup(text, len);
	c->value = eq ? xstrdup(eq + 1) : NULL;
	sel->n++;
	if (!path_good(c->path) || (eq && strchr(eq + 1, ' ')))
		return err_set(e, ERR_CONFIG, "'%s' is not a condition", text);
	return 0;
}

static int
compile_agg(struct jsonl_sel *sel, const char *word, struct err *e)
{
	static const char *const names[] = { "last", "first", "sum", "concat", NULL };

	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0) {
			sel->agg = (enum jsonl_agg)i;
			return 0;
		}
	return err_set(e, ERR_CONFIG, "'%s' is not one of last first sum concat", word);
}

/* "a.*.b" becomes "a" and "b". */
static int
cut_path(struct jsonl_sel *sel)
{
	char *star = strstr(sel->path, ".*");

	if (!star)
		return 0;
	if (star[2] != '.' || strchr(star + 3, '*'))
		return -1;
	sel->below = xstrdup(star + 3);
	*star = '\0';
	return 0;
}

static int
compile_path(struct jsonl_sel *sel, const char *s, struct err *e)
{
	char *agg = NULL;
	int rc = 0;
	char mark = next_piece(&s, "|", &sel->path);

	if (!path_good(sel->path))
		rc = err_set(e, ERR_CONFIG, "'%s' is not a path", sel->path);
	else if (cut_path(sel) == -1)
		rc = err_set(e, ERR_CONFIG, "one step of a path may be '*', and not the last");
	else if (mark == '|') {
		next_piece(&s, "|", &agg);
		rc = compile_agg(sel, agg, e);
	}
	free(agg);
	return rc;
}

static int
compile(struct jsonl_sel *sel, enum jsonl_kind kind, const char *s, struct err *e)
{
	bool more = kind == JSONL_EVENT;
	const char *p = s;
	char *piece, mark;
	int rc = 0;

	/* A field selector has conditions only if there is a ':'. */
	do {
		mark = next_piece(&p, ":", &piece);
		free(piece);
		more = more || mark == ':';
	} while (mark);
	while (more && rc == 0) {
		mark = next_piece(&s, "&:", &piece);
		rc = compile_cond(sel, piece, e);
		free(piece);
		if (mark == 0)
			return rc;
		more = mark == '&';
	}
	return rc ? rc : compile_path(sel, s, e);
}

int
jsonl_compile(struct jsonl_sel *sel, enum jsonl_kind kind, const char *text, struct err *e)
{
	*sel = (struct jsonl_sel){ 0 };
	if (compile(sel, kind, text, e) == 0)
		return 0;
	jsonl_sel_release(sel);
	return err_prefix(e, "selector '%s'", text);
}

void
jsonl_sel_release(struct jsonl_sel *sel)
{
	for (size_t i = 0; i < sel->n; i++) {
		free(sel->cond[i].path);
		free(sel->cond[i].value);
	}
	free(sel->path);
	free(sel->below);
	*sel = (struct jsonl_sel){ 0 };
}

/* ---- evaluating ---- */

char *
jsonl_text(const struct val *v)
{
	struct buf b = { 0 };

	if (v->kind == VAL_LIST || v->kind == VAL_MAP)
		json_print(&b, v);
	else if (v->kind != VAL_NULL)
		val_plain(&b, v);
	return buf_detach(&b);
}

static bool
equals(const struct val *v, const char *text)
{
	char *s = jsonl_text(v);
	bool same = strcmp(s, text) == 0;

	free(s);
	return same;
}

static bool
holds(const struct jsonl_cond *c, const struct val *event)
{
	const struct val *v = val_path(event, c->path);

	switch (c->test) {
	case JSONL_EXISTS:
		return v && v->kind != VAL_NULL;
	case JSONL_IS:
		return v && equals(v, c->value);
	case JSONL_IS_NOT:
		return !v || !equals(v, c->value);
	}
	return false;
}

bool
jsonl_match(const struct jsonl_sel *sel, const struct val *event)
{
	for (size_t i = 0; i < sel->n; i++)
		if (!holds(&sel->cond[i], event))
			return false;
	return true;
}

bool
jsonl_seen(const struct jsonl_sel *sel, const struct jsonl *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (jsonl_match(sel, l->v[i]))
			return true;
	return false;
}

const struct val *
jsonl_pick(const struct jsonl_sel *sel, const struct val *event)
{
	const struct val *v;

	if (!sel->path || !jsonl_match(sel, event))
		return NULL;
	v = val_path(event, sel->path);
	return v && v->kind != VAL_NULL ? v : NULL;
}

/* Whole numbers stay whole while they fit. */
static struct val *
sum(struct val *total, const struct val *v)
{
	struct val *r = NULL;
	int64_t i;
	double a, b;

	if (v->kind != VAL_INT && v->kind != VAL_REAL)
		return total;
	if (!total)
		return val_copy(v);
	if (total->kind == VAL_INT && v->kind == VAL_INT
	    && !__builtin_add_overflow(total->i, v->i, &i)) {
		r = val_int(i);
	} else {
		a = total->kind == VAL_INT ? (double)total->i : total->r;
		b = v->kind == VAL_INT ? (double)v->i : v->r;
		r = val_real(a + b);
	}
	val_free(total);
	return r;
}

/* What came of the values so far. */
struct gathered {
	const struct val *found;	/* the one that counts, NULL: none yet */
	struct val *sum;
	struct buf all;
};

static void
gather(struct gathered *g, enum jsonl_agg agg, const struct val *v)
{
	char *s;

	if (!v || v->kind == VAL_NULL || (g->found && agg == JSONL_FIRST))
		return;
	g->found = v;
	if (agg == JSONL_SUM) {
		g->sum = sum(g->sum, v);
	} else if (agg == JSONL_CONCAT) {
		s = jsonl_text(v);
		buf_puts(&g->all, s);
		free(s);
	}
}

struct val *
jsonl_value(const struct jsonl_sel *sel, const struct jsonl *l)
{
	struct gathered g = { 0 };
	struct val *result = NULL;
	const struct val *v;

	for (size_t i = 0; i < l->n; i++) {
		v = jsonl_pick(sel, l->v[i]);
		if (!sel->below)
			gather(&g, sel->agg, v);
		else if (v && (v->kind == VAL_LIST || v->kind == VAL_MAP))
			for (size_t j = 0; j < v->n; j++)
				gather(&g, sel->agg, val_path(v->v[j], sel->below));
	}
	if (sel->agg == JSONL_SUM)
		result = g.sum;
	else if (g.found && sel->agg == JSONL_CONCAT)
		result = val_str(buf_str(&g.all));
	else if (g.found)
		result = val_copy(g.found);
	buf_release(&g.all);
	return result;
}
