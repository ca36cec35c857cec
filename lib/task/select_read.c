/*
 * select_read - the grammar of selectors
 *
 * What begins with '@' is a status, with '+' a label, with a digit ids and ranges,
 * and what has a '=' in it is a condition; "next" and "all" are words.  Nothing
 * else is a selector, and nothing is guessed: 01, 1.0, 0x1 and " 1" are not ids.
 */
#include "task/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/select_impl.h"
#include "task/state.h"

#define SHOWN_MAX 60		/* bytes of an operand in a message */
#define BLANKS " \t\r\n"

struct select *
select_new(void)
{
	return xcalloc(1, sizeof(struct select));
}

void
select_free(struct select *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		vec_str_release(&s->cond[i].texts);
		vec_id_release(&s->cond[i].ids);
	}
	vec_id_release(&s->named);
	vec_id_release(&s->must);
	free(s->cond);
	free(s);
}

bool
select_empty(const struct select *s)
{
	return !s->any;
}

static struct select_cond *
add_cond(struct select *s, enum select_kind kind)
{
	s->cond = vec_room(s->cond, &s->cap, s->n, sizeof *s->cond);
	s->cond[s->n] = (struct select_cond){ .kind = kind };
	return &s->cond[s->n++];
}

/* ERR_USAGE "'text' tail", the text made visible. */
static int
misuse(const char *text, const char *tail, struct err *e)
{
	struct buf b = { 0 };
	size_t len = strlen(text), n = str_cut(text, len, SHOWN_MAX);

	str_visible(&b, text, n, false);
	err_set(e, ERR_USAGE, "'%s%s' %s", buf_str(&b), n < len ? "..." : "", tail);
	buf_release(&b);
	return -1;
}

/* "a,b" as a list of texts; an empty one is kept. */
static void
split(const char *text, struct vec_str *out)
{
	for (;;) {
		size_t len = strcspn(text, ",");

		vec_str_take(out, xstrndup(text, len));
		if (text[len] == '\0')
			return;
		text += len + 1;
	}
}

/* "17" or "3..9": a pair; 17 is 17..17. */
static int
read_range(char *text, int64_t *low, int64_t *high, struct err *e)
{
	char *dots = strstr(text, "..");
	int bad;

	if (dots == NULL) {
		if (num_id(text, low) == -1)
			return misuse(text, "is not a task id", e);
		*high = *low;
		return 0;
	}
	*dots = '\0';
	bad = num_id(text, low) == -1 || num_id(dots + 2, high) == -1;
	*dots = '.';
	if (bad)
		return misuse(text, "is not a range of task ids such as 3..9", e);
	if (*low > *high)
		return misuse(text, "is a range that ends before it begins", e);
	return 0;
}

/* Named ids join those named before; with a range among them they are a condition. */
static int
read_ids(struct select *s, const char *word, struct err *e)
{
	bool ranges = strstr(word, "..") != NULL;
	struct vec_str parts = { 0 };
	struct vec_id ids = { 0 };
	int r = -1;

	split(word, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		int64_t low, high;

		if (read_range(parts.v[i], &low, &high, e) == -1)
			goto done;
		if (!ranges) {
			vec_id_push(&s->named, low);
			continue;
		}
		vec_id_push(&ids, low);
		vec_id_push(&ids, high);
		if (low == high && strstr(parts.v[i], "..") == NULL)
			vec_id_push(&s->must, low);
	}
	if (ranges) {
		add_cond(s, SELECT_IDS)->ids = ids;
		ids = (struct vec_id){ 0 };
	} else {
		s->named_any = true;
	}
	r = 0;
done:
	vec_str_release(&parts);
	vec_id_release(&ids);
	return r;
}

static int
check_word(const char *text, const char *const *words, const char *what, struct err *e)
{
	struct buf tail = { 0 };
	const char *near;

	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return 0;
	buf_printf(&tail, "is not a %s", what);
	if ((near = str_nearest(text, words)) != NULL)
		buf_printf(&tail, ", did you mean '%s'?", near);
	misuse(text, buf_str(&tail), e);
	buf_release(&tail);
	return -1;
}

/* A value that no task can have is a slip, not an empty answer. */
static int
check_value(enum field f, const char *text, struct err *e)
{
	const struct field_def *d = &field_table[f];
	int64_t id;

	if (*text == '\0')
		return 0;
	switch (d->type) {
	case FIELD_WORD:
		return check_word(text, d->words, d->name, e);
	case FIELD_INT:
		if (d->max == NUM_ID_MAX && num_id(text, &id) == -1)
			return misuse(text, "is not a task id", e);
		return 0;
	case FIELD_IDS:
		return num_id(text, &id) == -1 ? misuse(text, "is not a task id", e) : 0;
	case FIELD_MAP:
	case FIELD_MAPS:
		return misuse(d->name, "is no text: it is absent or not (FIELD= and FIELD!=)", e);
	default:
		return 0;
	}
}

static int
read_field(struct select *s, enum field f, bool negate, const char *values, struct err *e)
{
	struct select_cond *c = add_cond(s, SELECT_FIELD);

	c->field = f;
	c->negate = negate;
	split(values, &c->texts);
	for (size_t i = 0; i < c->texts.n; i++)
		if (check_value(f, c->texts.v[i], e) == -1)
			return -1;
	return 0;
}

/* "@new,routed" and "+docs": there is no status and no label that is empty. */
static int
read_marked(struct select *s, enum field f, const char *word, struct err *e)
{
	const struct select_cond *c;

	if (read_field(s, f, false, word + 1, e) == -1)
		return -1;
	c = &s->cond[s->n - 1];
	for (size_t i = 0; i < c->texts.n; i++)
		if (*c->texts.v[i] == '\0')
			return misuse(word, f == F_STATUS ? "lacks a status" : "lacks a label", e);
	return 0;
}

static int
read_tree(struct select *s, bool negate, const char *values, struct err *e)
{
	struct select_cond *c = add_cond(s, SELECT_TREE);
	struct vec_str parts = { 0 };
	int r = 0;

	c->negate = negate;
	split(values, &parts);
	for (size_t i = 0; i < parts.n && r == 0; i++) {
		int64_t id;

		if (num_id(parts.v[i], &id) == -1) {
			r = misuse(parts.v[i], "is not a task id", e);
		} else {
			vec_id_push(&c->ids, id);
			vec_id_push(&s->must, id);
		}
	}
	vec_str_release(&parts);
	return r;
}

/* NAME=VALUE or NAME!=VALUE; `eq` is where the '=' stands. */
static int
read_cond(struct select *s, const char *word, const char *eq, struct err *e)
{
	bool negate = eq > word && eq[-1] == '!';
	char *name = xstrndup(word, (size_t)(eq - word) - negate);
	enum field f = F_LABELS;
	int r;

	if (strcmp(name, "tree") == 0)
		r = read_tree(s, negate, eq + 1, e);
	else if (strcmp(name, "label") != 0 && field_need(name, &f, e) == -1)
		r = -1;
	else
		r = read_field(s, f, negate, eq + 1, e);
	free(name);
	return r;
}

int
select_word(struct select *s, const char *word, struct err *e)
{
	const char *eq;

	s->any = true;
	if (*word == '\0')
		return err_set(e, ERR_USAGE, "an empty operand selects nothing: see orch-select(7)");
	if (*word == '@')
		return read_marked(s, F_STATUS, word, e);
	if (*word == '+')
		return read_marked(s, F_LABELS, word, e);
	if (strcmp(word, "all") == 0)
		return 0;
	if (strcmp(word, "next") == 0) {
		s->next = true;
		return 0;
	}
	if ((eq = strchr(word, '=')) != NULL)
		return read_cond(s, word, eq, e);
	if (*word >= '0' && *word <= '9')
		return read_ids(s, word, e);
	if (state_find(word) != -1)
		return misuse(word, "is not a selector, a status is written with '@'", e);
	return misuse(word, "is not a selector: an id, 3..9, @status, +label, FIELD=VALUE, "
	    "tree=ID, next or all", e);
}

/* One blank-separated word of standard input. */
static int
read_token(struct select *s, const char *text, size_t len, struct err *e)
{
	char *word = xstrndup(text, len);
	int64_t id;
	int r = 0;

	if (strlen(word) != len || num_id(word, &id) == -1)
		r = misuse(word, "is not a task id", e);
	else
		vec_id_push(&s->named, id);
	free(word);
	return r;
}

/* One line of NDJSON. */
static int
read_object(struct select *s, const char *text, size_t len, struct err *e)
{
	struct val *v = json_parse(text, len, e);
	int64_t id;

	if (v == NULL)
		return -1;
	id = val_number(val_get(v, "id"), 0);
	val_free(v);
	if (id < 1 || id > NUM_ID_MAX)
		return err_set(e, ERR_INVALID, "an object without an integer \"id\"");
	vec_id_push(&s->named, id);
	return 0;
}

static int
read_line(struct select *s, const char *text, size_t len, struct err *e)
{
	const char *end = text + len;

	while (text < end && strchr(BLANKS, *text) != NULL && *text != '\0')
		text++;
	if (text < end && *text == '{')
		return read_object(s, text, (size_t)(end - text), e);
	while (text < end) {
		const char *word = text;

		while (text < end && (*text == '\0' || strchr(BLANKS, *text) == NULL))
			text++;
		if (read_token(s, word, (size_t)(text - word), e) == -1)
			return -1;
		while (text < end && *text != '\0' && strchr(BLANKS, *text) != NULL)
			text++;
	}
	return 0;
}

int
select_stdin(struct select *s, const char *text, size_t len, struct err *e)
{
	s->any = true;
	s->named_any = true;
	for (size_t line = 1, n; len > 0; line++, text += n, len -= n) {
		const char *nl = memchr(text, '\n', len);

		n = nl != NULL ? (size_t)(nl - text) + 1 : len;
		if (read_line(s, text, n, e) == -1)
			return err_prefix(e, "standard input, line %zu", line);
	}
	return 0;
}
