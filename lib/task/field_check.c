/*
 * field_check - is a value right for its field?
 *
 * The loader looks at nodes of a parsed text, everybody else at values.  Both
 * are first looked at through `struct seen`, which is their kind and the text or
 * number in it, so that there is one set of rules and the answer cannot depend
 * on the way in.  Numbers are decimal: 0x10, 1e3 for a whole number and 010 are
 * YAML that readers disagree about, and refused.
 */
#include "task/field.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/val.h"
#include "doc/yaml.h"

#define SHOWN_MAX 40		/* bytes of foreign text in a message */

struct seen {
	enum val_kind kind;
	const char *text;		/* VAL_STR; for a node also of numbers */
	const struct val *val;		/* one of the two */
	const struct yaml_node *node;
	const struct yaml_node *raw;	/* the node before its alias was followed */
};

static struct seen
see_val(const struct val *v)
{
	return (struct seen){ .kind = v->kind, .text = val_text(v), .val = v };
}

static struct seen
see_node(const struct yaml_node *raw)
{
	const struct yaml_node *node = yaml_deref(raw);
	struct seen s = { .node = node, .raw = raw };

	switch ((enum yaml_kind)node->kind) {
	case YAML_SEQ:
		s.kind = VAL_LIST;
		break;
	case YAML_MAP:
		s.kind = VAL_MAP;
		break;
	case YAML_SCALAR:
	case YAML_ALIAS:
		s.kind = (enum val_kind)yaml_scalar_kind(node);
		s.text = node->text;
		break;
	}
	return s;
}

/* Item or map value number i of `of`; for i > 0 *item holds the one before. */
static bool
next_item(const struct seen *of, size_t i, struct seen *item)
{
	const struct yaml_node *raw;

	if (of->val != NULL) {
		if (i >= of->val->n)
			return false;
		*item = see_val(of->val->v[i]);
		return true;
	}
	raw = i == 0 ? of->node->child : item->raw->next;
	if (raw == NULL)
		return false;
	*item = see_node(raw);
	return true;
}

static bool
whole(const struct seen *s, int64_t min, int64_t max)
{
	int64_t i;

	if (s->val != NULL)
		return s->val->i >= min && s->val->i <= max;
	if (s->text[0] == '0' && s->text[1] != '\0')
		return false;
	return num_int(s->text, min, max, &i) == 0;
}

static bool
amount(const struct seen *s)
{
	double r;

	if (s->kind != VAL_INT && s->kind != VAL_REAL)
		return false;
	if (s->node != NULL)
		return num_real(s->text, &r) == 0 && r >= 0;
	return s->kind == VAL_INT ? s->val->i >= 0 : s->val->r >= 0;
}

/* What stands there, as text; `room` holds it where it has to be made. */
static const char *
shown(const struct seen *s, struct buf *room)
{
	if (s->text != NULL)
		return s->text;
	val_plain(room, s->val);
	return buf_str(room);
}

/* What was found is shown where it is a text or a number: line and column alone do not
 * tell a person what was taken for what. */
static int
expected(const struct seen *s, const char *what, struct err *e)
{
	struct buf b = { 0 }, room = { 0 };
	const char *hint = "", *text;
	size_t len, n;

	if (s->node != NULL && strcmp(what, "text") == 0 &&
	    (s->kind == VAL_BOOL || s->kind == VAL_INT || s->kind == VAL_REAL))
		hint = " (write it in quotes)";
	if (s->kind != VAL_STR && s->kind != VAL_INT && s->kind != VAL_REAL)
		return err_set(e, ERR_INVALID, "%s expected, found %s%s", what,
		    val_kind_name(s->kind), hint);
	text = shown(s, &room);
	len = strlen(text);
	n = str_cut(text, len, SHOWN_MAX);
	str_visible(&b, text, n, false);
	err_set(e, ERR_INVALID, "%s expected, found %s '%s%s'%s", what, val_kind_name(s->kind),
	    buf_str(&b), n < len ? "..." : "", hint);
	buf_release(&room);
	buf_release(&b);
	return -1;
}

/* "'text' tail", the text made visible and cut to a length that can be read. */
static int
wrong(const char *text, const char *tail, struct err *e)
{
	struct buf b = { 0 };
	size_t len = strlen(text), n = str_cut(text, len, SHOWN_MAX);

	str_visible(&b, text, n, false);
	err_set(e, ERR_INVALID, "'%s%s' %s", buf_str(&b), n < len ? "..." : "", tail);
	buf_release(&b);
	return -1;
}

static int
check_int(const struct field_def *d, const struct seen *s, struct err *e)
{
	struct buf room = { 0 };
	char tail[96];

	if (s->kind != VAL_INT && s->kind != VAL_REAL)
		return expected(s, "number", e);
	if (s->kind == VAL_INT && whole(s, d->min, d->max))
		return 0;
	snprintf(tail, sizeof tail, "is not a whole number from %lld to %lld",
	    (long long)d->min, (long long)d->max);
	wrong(shown(s, &room), d->max == NUM_ID_MAX ? "is not a task id" : tail, e);
	buf_release(&room);
	return -1;
}

static int
check_id(const struct seen *s, struct err *e)
{
	static const struct field_def id = { .min = 1, .max = NUM_ID_MAX };

	return check_int(&id, s, e);
}

static int
check_text(const struct seen *s, struct err *e)
{
	size_t bad;

	if (s->kind != VAL_STR)
		return expected(s, "text", e);
	if (strlen(s->text) > YAML_SCALAR_MAX)
		return err_set(e, ERR_INVALID, "text is longer than %u bytes", YAML_SCALAR_MAX);
	if (s->val != NULL && !str_utf8(s->text, strlen(s->text), &bad))
		return err_set(e, ERR_INVALID, "text is not valid UTF-8");
	return 0;
}

static int
check_line(const struct seen *s, struct err *e)
{
	if (check_text(s, e) == -1)
		return -1;
	if (s->text[0] == '\0')
		return err_set(e, ERR_INVALID, "must not be empty");
	if (s->text[strcspn(s->text, "\r\n")] != '\0')
		return err_set(e, ERR_INVALID, "must be one line");
	return 0;
}

static int
check_word(const struct field_def *d, const struct seen *s, struct err *e)
{
	struct buf tail = { 0 };

	if (s->kind != VAL_STR)
		return expected(s, "text", e);
	for (size_t i = 0; d->words[i] != NULL; i++)
		if (strcmp(s->text, d->words[i]) == 0)
			return 0;
	buf_puts(&tail, "is not one of");
	for (size_t i = 0; d->words[i] != NULL; i++)
		buf_printf(&tail, " %s", d->words[i]);
	wrong(s->text, buf_str(&tail), e);
	buf_release(&tail);
	return -1;
}

static int
check_time(const struct seen *s, struct err *e)
{
	int64_t t;

	if (s->kind != VAL_STR)
		return expected(s, "text", e);
	if (clock_parse(s->text, &t) == -1)
		return wrong(s->text, "is not a time such as 2026-11-21T10:25:00Z", e);
	return 0;
}

/* "2h" or a number of seconds. */
static int
check_span(const struct field_def *d, const struct seen *s, struct err *e)
{
	char low[NUM_DURATION_MAX], high[NUM_DURATION_MAX], tail[3 * NUM_DURATION_MAX];
	struct buf room = { 0 };
	const char *text;
	int64_t ms;
	int r = 0;

	if (s->kind != VAL_STR && s->kind != VAL_INT)
		return expected(s, "duration", e);
	text = shown(s, &room);
	if (num_duration(text, &ms) == -1) {
		r = wrong(text, "is not a duration such as 90s, 30m or 2h", e);
	} else if (ms < d->min || ms > d->max) {
		num_duration_text(d->min, low);
		num_duration_text(d->max, high);
		snprintf(tail, sizeof tail, "is not within %s to %s", low, high);
		r = wrong(text, tail, e);
	}
	buf_release(&room);
	return r;
}

static int
check_join(const struct seen *s, struct err *e)
{
	static const char *const words[] = { "all", "any", NULL };
	static const struct field_def count = { .min = 1, .max = 1000000 };
	static const struct field_def word = { .words = words };

	if (s->kind == VAL_INT)
		return check_int(&count, s, e);
	if (s->kind != VAL_STR)
		return expected(s, "all, any or a number", e);
	return check_word(&word, s, e);
}

/* The key of value number i, for messages. */
static const char *
key_of(const struct seen *map, const struct seen *item, size_t i)
{
	if (map->val != NULL)
		return map->val->key[i];
	return item->raw->key->text;
}

static int
check_budget(const struct seen *s, const struct yaml_node **where, struct err *e)
{
	struct seen item = { 0 };

	if (s->kind == VAL_INT || s->kind == VAL_REAL) {
		if (!amount(s))
			return err_set(e, ERR_INVALID, "a budget is a decimal number, 0 or more");
		return 0;
	}
	if (s->kind != VAL_MAP)
		return expected(s, "number or map of numbers", e);
	for (size_t i = 0; next_item(s, i, &item); i++) {
		const char *key = key_of(s, &item, i);

		if (amount(&item) || (s->node != NULL && strcmp(key, "<<") == 0))
			continue;
		*where = item.raw;
		err_set(e, ERR_INVALID, "a decimal number, 0 or more, expected");
		return err_prefix(e, "%.64s", key);
	}
	return 0;
}

/* Its keys are those of the measures (pool_measure_names), two of which are counts. */
static int
check_budget_keys(const struct seen *s, const struct yaml_node **where, struct err *e)
{
	static const char *const keys[] = { "attempts", "tokens", "seconds", "cost_usd", NULL };
	static const size_t counts = 2;
	static const struct field_def known = { .words = keys };
	struct seen item = { 0 };

	for (size_t i = 0; s->kind == VAL_MAP && next_item(s, i, &item); i++) {
		const char *key = key_of(s, &item, i);
		const struct seen word = { .kind = VAL_STR, .text = key };
		size_t k = 0;

		if (s->node != NULL && strcmp(key, "<<") == 0)
			continue;
		*where = item.raw;
		if (check_word(&known, &word, e) == -1)
			return -1;
		while (strcmp(keys[k], key) != 0)
			k++;
		if (k < counts && item.kind == VAL_REAL) {
			err_set(e, ERR_INVALID, "a whole number expected");
			return err_prefix(e, "%s", key);
		}
	}
	return 0;
}

static int
check_items(enum field_type type, const struct seen *s, const struct yaml_node **where,
    struct err *e)
{
	struct seen item = { 0 };

	for (size_t i = 0; next_item(s, i, &item); i++) {
		int r = 0;

		if (type == FIELD_TEXTS)
			r = check_text(&item, e);
		else if (type == FIELD_IDS)
			r = check_id(&item, e);
		else if (item.kind != VAL_MAP)
			r = expected(&item, "map", e);
		if (r == -1) {
			*where = item.raw;
			return err_prefix(e, "item %zu", i + 1);
		}
	}
	return 0;
}

static int
check_list(enum field_type type, const struct seen *s, const struct yaml_node **where,
    struct err *e)
{
	if (s->kind == VAL_LIST)
		return check_items(type, s, where, e);
	return expected(s, type == FIELD_TEXTS ? "list of text" :
	    type == FIELD_IDS ? "list of task ids" : "list of maps", e);
}

static int
check(const struct field_def *d, const struct seen *s, const struct yaml_node **where,
    struct err *e)
{
	switch (d->type) {
	case FIELD_INT:
		return check_int(d, s, e);
	case FIELD_REAL:
		return s->kind == VAL_INT || s->kind == VAL_REAL ? 0 : expected(s, "number", e);
	case FIELD_BOOL:
		return s->kind == VAL_BOOL ? 0 : expected(s, "true or false", e);
	case FIELD_TEXT:
		return check_text(s, e);
	case FIELD_LINE:
		return check_line(s, e);
	case FIELD_WORD:
		return check_word(d, s, e);
	case FIELD_TIME:
		return check_time(s, e);
	case FIELD_SPAN:
		return check_span(d, s, e);
	case FIELD_TEXTS:
	case FIELD_IDS:
	case FIELD_MAPS:
		return check_list(d->type, s, where, e);
	case FIELD_JOIN:
		return check_join(s, e);
	case FIELD_BUDGET:
		return check_budget(s, where, e);
	case FIELD_MAP:
		return s->kind == VAL_MAP ? 0 : expected(s, "map", e);
	}
	abort();
}

int
field_check_as(const struct field_def *d, const struct val *v, struct err *e)
{
	const struct yaml_node *where = NULL;
	struct seen s = see_val(v);

	return check(d, &s, &where, e) == -1 ? err_prefix(e, "%s", d->name) : 0;
}

int
field_check_node_as(const struct field_def *d, const struct yaml_node *node,
    const struct yaml_node **where, struct err *e)
{
	struct seen s = see_node(node);

	*where = node;
	return check(d, &s, where, e) == -1 ? err_prefix(e, "%s", d->name) : 0;
}

int
field_check(enum field f, const struct val *v, struct err *e)
{
	return field_check_as(&field_table[f], v, e);
}

int
field_check_node(enum field f, const struct yaml_node *node, const struct yaml_node **where,
    struct err *e)
{
	return field_check_node_as(&field_table[f], node, where, e);
}

static int
check_meaning(const struct field_def *d, const struct seen *s, const struct yaml_node **where,
    struct err *e)
{
	if (d->type != FIELD_BUDGET || check_budget_keys(s, where, e) == 0)
		return 0;
	return err_prefix(e, "%s", d->name);
}

int
field_check_meaning_as(const struct field_def *d, const struct val *v, struct err *e)
{
	const struct yaml_node *where = NULL;
	struct seen s = see_val(v);

	return check_meaning(d, &s, &where, e);
}

int
field_check_meaning(enum field f, const struct val *v, struct err *e)
{
	return field_check_meaning_as(&field_table[f], v, e);
}

int
field_check_meaning_node(enum field f, const struct yaml_node *node,
    const struct yaml_node **where, struct err *e)
{
	struct seen s = see_node(node);

	*where = node;
	return check_meaning(&field_table[f], &s, where, e);
}
