/*
 * tmpl: templates against a second expander that does it the slow way
 *
 * Values look like templates themselves, and must come out as they are.  Names that
 * are not known, tags and blocks that do not end are errors in both.
 */
#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/tmpl.h"

static const struct tmpl_var vars[] = {
	{ "a", "{{b}}" }, { "b", "{{#if a}}x{{/if}}" }, { "empty", "" }, { "none", NULL },
	{ "c", "}} {{{{ {{zzz}}\n  {{/if}}\n" }, { "title", "t" }, { "x_1", "  " },
};
#define VARS (sizeof vars / sizeof *vars)

static const struct tmpl_var *
find(const char *s, size_t n)
{
	for (size_t i = 0; i < VARS; i++)
		if (strlen(vars[i].name) == n && memcmp(vars[i].name, s, n) == 0)
			return &vars[i];
	return NULL;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A tag "{{ word }}" at `at`; its end, 0: it does not end on its line. */
static size_t
tag_at(const char *t, size_t len, size_t at, const char **word, size_t *n)
{
	for (size_t i = at + 2; i + 1 < len && t[i] != '\n'; i++)
		if (t[i] == '}' && t[i + 1] == '}') {
			const char *from = t + at + 2, *to = t + i;

			while (from < to && blank(*from))
				from++;
			while (to > from && blank(to[-1]))
				to--;
			*word = from;
			*n = (size_t)(to - from);
			return i + 2;
		}
	return 0;
}

/* Is nothing else on the line?  Then where it starts, and where the next one does. */
static bool
alone(const char *t, size_t len, size_t *from, size_t *to)
{
	size_t a = *from, b = *to;

	while (a > 0 && blank(t[a - 1]))
		a--;
	while (b < len && (blank(t[b]) || t[b] == '\r'))
		b++;
	if ((a > 0 && t[a - 1] != '\n') || (b < len && t[b] != '\n'))
		return false;
	*from = a;
	*to = b < len ? b + 1 : b;
	return true;
}

static bool
expand(struct buf *out, const char *t, size_t len)
{
	bool on[TMPL_DEPTH_MAX + 1] = { true };
	size_t depth = 0, done = 0;		/* written up to there */

	for (size_t at = 0; at < len;) {
		const char *word;
		size_t n, start = at, end;

		if (at + 1 >= len || t[at] != '{' || t[at + 1] != '{') {
			at++;
			continue;
		}
		if (at + 3 < len && t[at + 2] == '{' && t[at + 3] == '{') {
			if (on[depth]) {
				buf_append(out, t + done, at + 2 - done);
			}
			done = at += 4;
			continue;
		}
		end = tag_at(t, len, at, &word, &n);
		if (end == 0)
			return false;
		if (n >= 4 && (memcmp(word, "#if ", 4) == 0 || memcmp(word, "#if\t", 4) == 0)) {
			const struct tmpl_var *v;

			for (word += 4, n -= 4; n > 0 && blank(*word); word++, n--)
				;
			v = find(word, n);
			if (v == NULL || depth == TMPL_DEPTH_MAX)
				return false;
			alone(t, len, &start, &end);
			if (start < done)
				start = done;
			if (on[depth])
				buf_append(out, t + done, start - done);
			on[depth + 1] = on[depth] && v->value != NULL && *v->value != '\0';
			depth++;
		} else if (n == 3 && memcmp(word, "/if", 3) == 0) {
			if (depth == 0)
				return false;
			alone(t, len, &start, &end);
			if (start < done)
				start = done;
			if (on[depth])
				buf_append(out, t + done, start - done);
			depth--;
		} else {
			const struct tmpl_var *v = find(word, n);

			if (v == NULL)
				return false;
			if (on[depth]) {
				buf_append(out, t + done, start - done);
				buf_puts(out, v->value ? v->value : "");
			}
		}
		done = at = end;
	}
	if (on[depth])
		buf_append(out, t + done, len - done);
	return depth == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len);
	struct buf got = { 0 }, want = { 0 };
	struct err e = { 0 };
	bool good = expand(&want, text, len);
	int rc;

	buf_puts(&got, "kept");
	rc = tmpl_expand(&got, "t", text, len, vars, VARS, &e);
	must((rc == 0) == good, "%s", e.msg);
	must(strncmp(buf_str(&got), "kept", 4) == 0, "%s", buf_str(&got));
	if (rc == 0)
		must(got.len - 4 == want.len && memcmp(got.data + 4, buf_str(&want), want.len) == 0,
		    "got:\n%s\nwant:\n%s", got.data + 4, buf_str(&want));
	else
		must(e.code == ERR_CONFIG && has_place(e.msg, "t", text, len) && got.len == 4, "%s",
		    e.msg);
	buf_release(&got);
	buf_release(&want);
	free(text);
	return 0;
}
