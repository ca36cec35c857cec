/*
 * Selectors, patterns and classes are compiled here, from a file whose shape has
 * been checked (agent_shape.c), so that reading an ending has nothing to refuse.
 */
#include "work/agent_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"

static int
compile_regex(regex_t **out, const struct val *map, const char *key, int flags,
    struct agent_where *w, struct err *e)
{
	const char *text = val_text(val_get(map, key));
	char reason[200];
	regex_t *re;
	int rc;

	*out = NULL;
	if (!text)
		return 0;
	re = xcalloc(1, sizeof *re);
	rc = xregcomp(re, text, REG_EXTENDED | REG_ICASE | flags);
	if (rc == 0) {
		*out = re;
		return 0;
	}
	regerror(rc, re, reason, sizeof reason);
	free(re);
	err_set(e, ERR_CONFIG, "'%s': %s", text, reason);
	return agent_where_in(w, key);
}

static int
compile_sel(struct jsonl_sel *out, bool *has, const struct val *map, const char *key,
    struct agent_where *w, struct err *e)
{
	const char *text = val_text(val_get(map, key));

	if (!text)
		return 0;
	if (jsonl_compile(out, JSONL_EVENT, text, e) == -1)
		return agent_where_in(w, key);
	*has = true;
	return 0;
}

/* A text, or a list of them; numbers were let pass as text, but no selector is one. */
static int
compile_sels(struct agent_sel_list *l, enum jsonl_kind kind, const struct val *map,
    const char *key, struct agent_where *w, struct err *e)
{
	const struct val *v = val_get(map, key);
	bool list = v && v->kind == VAL_LIST;
	size_t n = !v || v->kind == VAL_NULL ? 0 : list ? v->n : 1;
	const char *text;

	if (n == 0)
		return 0;
	l->v = xcalloc(n, sizeof *l->v);
	for (size_t i = 0; i < n; i++) {
		text = val_text(list ? v->v[i] : v);
		if (text ? jsonl_compile(&l->v[i], kind, text, e) == -1
		    : err_set(e, ERR_CONFIG, "text expected")) {
			if (list)
				agent_where_at(w, i);
			return agent_where_in(w, key);
		}
		l->n++;
	}
	return 0;
}

static int
compile_rule(struct agent_rule *r, const struct val *map, struct agent_where *w, struct err *e)
{
	const char *class = val_text(val_get(map, "class"));

	r->exit = (int)val_number(val_get(map, "exit"), -1);
	for (size_t i = 0; class && agent_classes[i]; i++)
		if (strcmp(agent_classes[i], class) == 0)
			r->class = agent_classes[i];
	if (compile_sel(&r->event, &r->has_event, map, "event", w, e) == -1
	    || compile_sel(&r->absent, &r->has_absent, map, "absent", w, e) == -1
	    || compile_regex(&r->re, map, "re", REG_NOSUB, w, e) == -1
	    || compile_regex(&r->errtext, map, "stderr", REG_NOSUB | REG_NEWLINE, w, e) == -1
	    || compile_regex(&r->reset, map, "reset", 0, w, e) == -1)
		return -1;
	if (!r->class)
		return err_set(e, ERR_CONFIG, "class is missing");
	if (!r->has_event && !r->has_absent && !r->errtext && r->exit == -1)
		return err_set(e, ERR_CONFIG, "a rule needs event, absent, stderr or exit");
	if ((r->re || r->reset) && !r->event.path)
		return err_set(e, ERR_CONFIG, "re and reset need an event with a path");
	return 0;
}

static int
compile_rules(struct agent_rule_list *l, const struct val *map, const char *key,
    struct agent_where *w, struct err *e)
{
	const struct val *list = val_get(map, key);

	if (!list || list->kind != VAL_LIST || list->n == 0)
		return 0;
	l->v = xcalloc(list->n, sizeof *l->v);
	for (size_t i = 0; i < list->n; i++) {
		l->n++;
		if (compile_rule(&l->v[i], list->v[i], w, e) == -1) {
			agent_where_at(w, i);
			return agent_where_in(w, key);
		}
	}
	return 0;
}

static int
compile_fields(struct agent_table *t, const struct val *map, struct agent_where *w,
    struct err *e)
{
	const struct val *field = val_get(map, "field");

	for (int i = 0; i < AGENT_FIELD_N; i++)
		if (compile_sels(&t->field[i], JSONL_FIELD, field, agent_field_names[i], w, e) == -1)
			return agent_where_in(w, "field");
	return 0;
}

/* need, not and last; exit is a number or a list of numbers. */
static int
compile_ok(struct agent_table *t, const struct val *ok, struct agent_where *w, struct err *e)
{
	const struct val *v = val_get(ok, "exit");

	if (compile_sels(&t->need, JSONL_EVENT, ok, "need", w, e) == -1
	    || compile_sels(&t->not, JSONL_EVENT, ok, "not", w, e) == -1
	    || compile_sel(&t->last, &t->has_last, ok, "last", w, e) == -1)
		return agent_where_in(w, "ok");
	if (!v || v->kind == VAL_INT)
		return 0;
	for (size_t i = 0; v->kind == VAL_LIST && i < v->n; i++)
		if (v->v[i]->kind != VAL_INT) {
			err_set(e, ERR_CONFIG, "whole number expected");
			agent_where_at(w, i);
			goto refused;
		}
	if (v->kind == VAL_LIST)
		return 0;
	err_set(e, ERR_CONFIG, "list of numbers expected");
refused:
	agent_where_in(w, "exit");
	return agent_where_in(w, "ok");
}

static double
price(const struct val *map, const char *key, double otherwise)
{
	const struct val *v = val_get(map, key);

	if (!v || v->kind == VAL_NULL)
		return otherwise;
	return v->kind == VAL_INT ? (double)v->i : v->r;
}

/* Half a price would be a wrong one; what is read from a cache costs what all costs,
 * unless told. */
static int
compile_prices(struct agent_table *t, const struct val *map, struct agent_where *w,
    struct err *e)
{
	const struct val *list = val_get(map, "price");

	if (!list || list->n == 0)
		return 0;
	t->price = xcalloc(list->n, sizeof *t->price);
	for (size_t i = 0; i < list->n; i++) {
		double in = price(list->v[i], "input", -1), out = price(list->v[i], "output", -1);

		if (in < 0 || out < 0) {
			err_set(e, ERR_CONFIG, "a price needs input and output");
			agent_where_in(w, list->key[i]);
			return agent_where_in(w, "price");
		}
		t->price[t->prices++] = (struct agent_price){ list->key[i], in,
		    price(list->v[i], "cached", in), out };
	}
	return 0;
}

static bool
is_word(const struct val *map, const char *path, const char *word)
{
	const char *s = val_text(val_path(map, path));

	return s && strcmp(s, word) == 0;
}

static void
set_simple(struct agent_table *t, const struct val *map)
{
	t->format = is_word(map, "format", "jsonl") ? AGENT_JSONL
	    : is_word(map, "format", "json") ? AGENT_JSON : AGENT_TEXT;
	t->cached_in_input = val_truth(val_get(map, "cached_in_input"), false);
	t->reasoning_in_output = val_truth(val_get(map, "reasoning_in_output"), false);
	t->cost_total = is_word(map, "scope.cost_usd", "session");
	t->tokens_total = is_word(map, "scope.tokens_in", "session");
}

/* The pattern of version: is used by who asks a program for its version. */
static int
check_version(const struct val *map, struct agent_where *w, struct err *e)
{
	regex_t *re = NULL;

	if (compile_regex(&re, val_get(map, "version"), "re", 0, w, e) == -1)
		return agent_where_in(w, "version");
	if (re)
		regfree(re);
	free(re);
	return 0;
}

static int
compile(struct agent_table *t, const struct val *map, struct agent_where *w, struct err *e)
{
	if (agent_shape_check(map, w, e) == -1)
		return -1;
	set_simple(t, map);
	if (!val_path(map, "argv.run")) {
		err_set(e, ERR_CONFIG, "argv.run is missing");
		return val_get(map, "argv") ? agent_where_in(w, "argv") : -1;
	}
	if (check_version(map, w, e) == -1 || compile_ok(t, val_get(map, "ok"), w, e) == -1
	    || compile_fields(t, map, w, e) == -1
	    || compile_prices(t, map, w, e) == -1
	    || compile_sels(&t->progress, JSONL_EVENT, map, "progress", w, e) == -1
	    || compile_rules(&t->error, map, "error", w, e) == -1
	    || compile_rules(&t->soft, map, "soft", w, e) == -1
	    || compile_rules(&t->evidence, map, "evidence", w, e) == -1)
		return -1;
	return 0;
}

struct agent_table *
agent_table_new(const struct val *map, struct agent_where *w, struct err *e)
{
	struct agent_table *t = xcalloc(1, sizeof *t);

	if (compile(t, map, w, e) == 0)
		return t;
	agent_table_free(t);
	return NULL;
}

/* ---- releasing ---- */

static void
regex_free(regex_t *re)
{
	if (re)
		regfree(re);
	free(re);
}

static void
rules_release(struct agent_rule_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		jsonl_sel_release(&l->v[i].event);
		jsonl_sel_release(&l->v[i].absent);
		regex_free(l->v[i].re);
		regex_free(l->v[i].errtext);
		regex_free(l->v[i].reset);
	}
	free(l->v);
}

static void
sels_release(struct agent_sel_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		jsonl_sel_release(&l->v[i]);
	free(l->v);
}

void
agent_table_free(struct agent_table *t)
{
	if (!t)
		return;
	for (int i = 0; i < AGENT_FIELD_N; i++)
		sels_release(&t->field[i]);
	rules_release(&t->error);
	rules_release(&t->soft);
	rules_release(&t->evidence);
	sels_release(&t->need);
	sels_release(&t->not);
	sels_release(&t->progress);
	jsonl_sel_release(&t->last);
	free(t->price);
	free(t);
}
