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
compile_regex(regex_t **out, const struct val *map, const char *key, int flags, struct err *e)
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
	return err_set(e, ERR_CONFIG, "%s: '%s': %s", key, text, reason);
}

static int
compile_sel(struct jsonl_sel *out, bool *has, const struct val *map, const char *key,
    struct err *e)
{
	const char *text = val_text(val_get(map, key));

	if (!text)
		return 0;
	if (jsonl_compile(out, JSONL_EVENT, text, e) == -1)
		return err_prefix(e, "%s", key);
	*has = true;
	return 0;
}

static int
compile_rule(struct agent_rule *r, const struct val *map, struct err *e)
{
	const char *class = val_text(val_get(map, "class"));

	r->exit = (int)val_number(val_get(map, "exit"), -1);
	for (size_t i = 0; class && agent_classes[i]; i++)
		if (strcmp(agent_classes[i], class) == 0)
			r->class = agent_classes[i];
	if (compile_sel(&r->event, &r->has_event, map, "event", e) == -1
	    || compile_sel(&r->absent, &r->has_absent, map, "absent", e) == -1
	    || compile_regex(&r->re, map, "re", REG_NOSUB, e) == -1
	    || compile_regex(&r->errtext, map, "stderr", REG_NOSUB | REG_NEWLINE, e) == -1
	    || compile_regex(&r->reset, map, "reset", 0, e) == -1)
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
compile_rules(struct agent_rule_list *l, const struct val *map, const char *key, struct err *e)
{
	const struct val *list = val_get(map, key);

	if (!list || list->kind != VAL_LIST || list->n == 0)
		return 0;
	l->v = xcalloc(list->n, sizeof *l->v);
	for (size_t i = 0; i < list->n; i++) {
		l->n++;
		if (compile_rule(&l->v[i], list->v[i], e) == -1)
			return err_prefix(e, "%s: %zu", key, i);
	}
	return 0;
}

static int
compile_field(struct agent_sel_list *l, const struct val *list, struct err *e)
{
	const char *text;

	if (!list || list->n == 0)
		return 0;
	l->v = xcalloc(list->n, sizeof *l->v);
	for (size_t i = 0; i < list->n; i++) {
		text = val_text(list->v[i]);
		if (!text)
			return err_set(e, ERR_CONFIG, "%zu: text expected", i);
		if (jsonl_compile(&l->v[l->n], JSONL_FIELD, text, e) == -1)
			return -1;
		l->n++;
	}
	return 0;
}

static int
compile_fields(struct agent_table *t, const struct val *map, struct err *e)
{
	const struct val *field = val_get(map, "field");

	for (int i = 0; i < AGENT_FIELD_N; i++)
		if (compile_field(&t->field[i], val_get(field, agent_field_names[i]), e) == -1)
			return err_prefix(e, "field: %s", agent_field_names[i]);
	return 0;
}

/* ok.exit is a number or a list of numbers. */
static int
check_exit(const struct val *map, struct err *e)
{
	const struct val *v = val_path(map, "ok.exit");

	if (!v || v->kind == VAL_INT)
		return 0;
	for (size_t i = 0; v->kind == VAL_LIST && i < v->n; i++)
		if (v->v[i]->kind != VAL_INT)
			return err_set(e, ERR_CONFIG, "ok.exit: whole numbers expected");
	return v->kind == VAL_LIST ? 0
	    : err_set(e, ERR_CONFIG, "ok.exit: list of numbers expected");
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
	t->cost_total = is_word(map, "scope.cost_usd", "session");
	t->tokens_total = is_word(map, "scope.tokens_in", "session");
}

static int
compile(struct agent_table *t, const struct val *map, struct err *e)
{
	const struct val *ok = val_get(map, "ok");
	regex_t *version = NULL;
	int rc = -1;

	if (agent_shape_check(map, e) == -1 || check_exit(map, e) == -1)
		return -1;
	set_simple(t, map);
	if (!val_path(map, "argv.run")) {
		err_set(e, ERR_CONFIG, "argv.run is missing");
		goto done;
	}
	if (compile_regex(&version, val_get(map, "version"), "re", 0, e) == -1) {
		err_prefix(e, "version");
		goto done;
	}
	if (compile_sel(&t->need, &t->has_need, ok, "need", e) == -1
	    || compile_sel(&t->not, &t->has_not, ok, "not", e) == -1) {
		err_prefix(e, "ok");
		goto done;
	}
	if (compile_fields(t, map, e) == -1
	    || compile_rules(&t->error, map, "error", e) == -1
	    || compile_rules(&t->soft, map, "soft", e) == -1
	    || compile_rules(&t->evidence, map, "evidence", e) == -1)
		goto done;
	rc = 0;
done:
	if (version)
		regfree(version);
	free(version);
	return rc;
}

struct agent_table *
agent_table_new(const struct val *map, struct err *e)
{
	struct agent_table *t = xcalloc(1, sizeof *t);

	if (compile(t, map, e) == 0)
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

void
agent_table_free(struct agent_table *t)
{
	if (!t)
		return;
	for (int i = 0; i < AGENT_FIELD_N; i++) {
		for (size_t j = 0; j < t->field[i].n; j++)
			jsonl_sel_release(&t->field[i].v[j]);
		free(t->field[i].v);
	}
	rules_release(&t->error);
	rules_release(&t->soft);
	rules_release(&t->evidence);
	jsonl_sel_release(&t->need);
	jsonl_sel_release(&t->not);
	free(t);
}
