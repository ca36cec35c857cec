/*
 * config_check - is a value right for its key?
 *
 * Values of orch.yml are of the kinds that fields of tasks are of, and are checked
 * by the same code; what is special here is sizes in bytes and the rules of the
 * router, and elsewhere the subscriptions (config_subscription.c).
 */
#include "task/config_read.h"

#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "task/config.h"
#include "task/field.h"
#include "task/pattern.h"

int
config_at(const struct config_reader *r, size_t offset)
{
	size_t line, col;

	yaml_place(r->yaml, (uint32_t)offset, &line, &col);
	r->e->code = ERR_CONFIG;
	return err_prefix(r->e, "%s:%zu:%zu", r->name, line, col);
}

/* The value of a key is checked as a field of that kind would be. */
static struct field_def
as_field(const struct config_key *k, const char *name)
{
	static const enum field_type type[] = {
		[CONFIG_INT] = FIELD_INT,
		[CONFIG_REAL] = FIELD_REAL,
		[CONFIG_BOOL] = FIELD_BOOL,
		[CONFIG_TEXT] = FIELD_TEXT,
		[CONFIG_WORD] = FIELD_WORD,
		[CONFIG_SPAN] = FIELD_SPAN,
		[CONFIG_SIZE] = FIELD_TEXT,
		[CONFIG_TEXTS] = FIELD_TEXTS,
		[CONFIG_TREE] = FIELD_MAPS,
	};

	return (struct field_def){ .name = name, .type = type[k->type], .words = k->words,
		.min = k->min, .max = k->max };
}

/* Bytes: "64K" or a number. */
static int
check_size(const struct config_key *k, const char *name, const struct val *v, struct err *e)
{
	struct buf text = { 0 };
	int64_t n;
	int r = 0;

	val_plain(&text, v);
	if (v->kind != VAL_INT && v->kind != VAL_STR)
		r = err_set(e, ERR_CONFIG, "%s: size expected, found %s", name,
		    val_kind_name(v->kind));
	else if (num_bytes(buf_str(&text), &n) == -1)
		r = err_set(e, ERR_CONFIG, "%s: '%.40s' is not a size such as 4096, 64K or 16M",
		    name, buf_str(&text));
	else if (n < k->min || n > k->max)
		r = err_set(e, ERR_CONFIG, "%s: '%.40s' is not within %lld to %lld bytes", name,
		    buf_str(&text), (long long)k->min, (long long)k->max);
	buf_release(&text);
	return r;
}

/* Of a kind that was checked before. */
static int
check_real(const struct config_key *k, const char *name, const struct val *v, struct err *e)
{
	double n = v->kind == VAL_REAL ? v->r : (double)v->i;

	if (n >= (double)k->min && n <= (double)k->max)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: %g is not within %lld to %lld", name, n,
	    (long long)k->min, (long long)k->max);
}

void
config_names_add(struct config_names *l, const char *name)
{
	l->v = vec_room(l->v, &l->cap, l->n, sizeof *l->v);
	l->v[l->n++] = name;
}

int
config_unknown(const struct config_reader *r, const struct yaml_key *key, const char *section,
    struct config_names *known)
{
	const char *dot = *section == '\0' ? "" : ".", *near;

	config_names_add(known, NULL);
	near = str_nearest(key->text, (const char *const *)known->v);
	free(known->v);
	if (near != NULL)
		err_set(r->e, ERR_CONFIG, "unknown key '%s%s%.64s', did you mean '%s%s%s'?",
		    section, dot, key->text, section, dot, near);
	else
		err_set(r->e, ERR_CONFIG, "unknown key '%s%s%.64s': see orch.yml(5)", section, dot,
		    key->text);
	return config_at(r, key->start);
}

static int
check_regex(const struct config_reader *r, const struct yaml_node *n)
{
	regex_t re;

	if (pattern_compile(&re, n->text, r->e) == -1)
		return err_prefix(r->e, "title");
	regfree(&re);
	return 0;
}

/* One key of a rule; *sets counts those that say what the task gets. */
static int
check_rule_key(const struct config_reader *r, const struct yaml_node *n, int *sets)
{
	const struct field_def *match = field_def_find(config_rule_match, n->key->text);
	const struct field_def *set = field_def_find(config_rule_set, n->key->text);
	const struct yaml_node *where;
	struct config_names known = { 0 };

	if (match == NULL && set == NULL) {
		for (const struct field_def *d = config_rule_match; d->name != NULL; d++)
			config_names_add(&known, d->name);
		for (const struct field_def *d = config_rule_set; d->name != NULL; d++)
			config_names_add(&known, d->name);
		return config_unknown(r, n->key, "", &known);
	}
	*sets += set != NULL;
	if (field_check_node_as(match != NULL ? match : set, n, &where, r->e) == -1)
		return config_at(r, where == n ? n->key->start : where->start);
	if (strcmp(n->key->text, "title") == 0 && check_regex(r, yaml_deref(n)) == -1)
		return config_at(r, n->key->start);
	return 0;
}

/* router.rules, known to be a list of maps. */
static int
check_rules(const struct config_reader *r, const struct yaml_node *list)
{
	for (const struct yaml_node *raw = list->child; raw != NULL; raw = raw->next) {
		int sets = 0;

		for (const struct yaml_node *n = yaml_deref(raw)->child; n != NULL; n = n->next)
			if (check_rule_key(r, n, &sets) == -1)
				return -1;
		if (sets == 0) {
			err_set(r->e, ERR_CONFIG, "a rule without agent or another thing to set");
			return config_at(r, raw->start);
		}
	}
	return 0;
}

struct val *
config_value(const struct config_reader *r, const struct config_key *k,
    const struct yaml_node *node)
{
	struct field_def d = as_field(k, buf_str(&r->path));
	uint32_t place = node->key != NULL ? node->key->start : node->start;
	const struct yaml_node *where = node;
	struct val *v = yaml_value(node);
	int bad;

	if (k->type == CONFIG_SIZE)
		bad = check_size(k, d.name, v, r->e);
	else
		bad = field_check_node_as(&d, node, &where, r->e);
	if (bad == 0 && k->type == CONFIG_REAL)
		bad = check_real(k, d.name, v, r->e);
	if (bad == -1)
		config_at(r, where == node ? place : where->start);
	else if (k->type == CONFIG_TREE)
		bad = strcmp(k->path, "subscriptions") == 0 ?
		    config_check_subscriptions(r, yaml_deref(node)) : check_rules(r, yaml_deref(node));
	if (bad == 0)
		return v;
	val_free(v);
	return NULL;
}

/* A tree in a variable is YAML, most of the time on one line. */
static struct val *
env_tree(const struct config_key *k, const char *name, const char *text, struct err *e)
{
	struct yaml yaml;
	struct config_reader r = { .yaml = &yaml, .name = name, .e = e };
	struct val *v = NULL;

	if (yaml_parse(&yaml, text, strlen(text), name, e) == -1)
		return NULL;
	buf_puts(&r.path, k->path);
	if (yaml.root == NULL)
		err_set(e, ERR_CONFIG, "%s: must not be empty", name);
	else
		v = config_value(&r, k, yaml.root);
	buf_release(&r.path);
	yaml_release(&yaml);
	return v;
}

struct val *
config_env_value(const struct config_key *k, const char *name, const char *text,
    struct err *e)
{
	struct field_def d = as_field(k, name);
	struct val *v = NULL;

	if (k->type == CONFIG_TREE) {
		v = env_tree(k, name, text, e);
	} else if (k->type == CONFIG_SIZE) {
		v = val_str(text);
		if (check_size(k, name, v, e) == -1) {
			val_free(v);
			v = NULL;
		}
	} else if (*text == '\0' && k->type == CONFIG_TEXT) {
		v = val_str("");
	} else if (*text == '\0' && k->type == CONFIG_TEXTS) {
		v = val_list();
	} else {
		v = field_parse_as(&d, text, e);
	}
	if (v != NULL && k->type == CONFIG_REAL && check_real(k, name, v, e) == -1) {
		val_free(v);
		v = NULL;
	}
	if (v == NULL)
		e->code = ERR_CONFIG;
	return v;
}
