/*
 * schema_files - the JSON Schemas for editors say what the tables say
 *
 * Every field and every key must be there, in the order of its table, with the same
 * type, words, bounds, default and help, and there must be nothing else.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/field.h"
#include "task/job.h"

#include "../lib/tap.h"

#define FOLDER "share/orch/schema/"

static struct val *
load(const char *name)
{
	struct buf text = { 0 }, path = { 0 };
	struct err e = { 0 };
	struct val *v = NULL;
	char piece[4096];
	FILE *in;
	size_t n;

	buf_printf(&path, FOLDER "%s", name);
	if ((in = fopen(path.data, "r")) != NULL) {
		while ((n = fread(piece, 1, sizeof piece, in)) > 0)
			buf_append(&text, piece, n);
		fclose(in);
		v = json_parse(buf_str(&text), text.len, &e);
	}
	ok(v != NULL, "%s is JSON %s", path.data, e.msg);
	buf_release(&text);
	buf_release(&path);
	return v;
}

/* The types as one text: "string null". */
static void
types(const struct val *schema, struct buf *b)
{
	const struct val *t = val_get(schema, "type");

	if (val_text(t) != NULL)
		buf_puts(b, val_text(t));
	for (size_t i = 0; t != NULL && t->kind == VAL_LIST && i < t->n; i++)
		buf_printf(b, "%s%s", i > 0 ? " " : "", val_text(t->v[i]));
}

static const char *
type_of(enum field_type t)
{
	switch (t) {
	case FIELD_INT:
		return "integer null";
	case FIELD_REAL:
		return "number null";
	case FIELD_BOOL:
		return "boolean null";
	case FIELD_TEXT:
	case FIELD_LINE:
	case FIELD_TIME:
		return "string null";
	case FIELD_SPAN:
		return "string integer null";
	case FIELD_TEXTS:
	case FIELD_IDS:
	case FIELD_MAPS:
		return "array null";
	case FIELD_BUDGET:
		return "number object null";
	case FIELD_MAP:
		return "object null";
	case FIELD_WORD:
	case FIELD_JOIN:
		return "";
	}
	return "?";
}

/* Are the words of the schema those of the table (and null, which is absent)? */
static bool
same_words(const struct val *schema, const char *const *words, bool null)
{
	const struct val *list = val_get(schema, "enum");
	size_t n = 0;

	for (; words[n] != NULL; n++) {
		const char *word = val_text(val_at(list, n));

		if (word == NULL || strcmp(word, words[n]) != 0)
			return false;
	}
	return list != NULL && list->n == n + null;
}

static bool
bounded(const struct val *schema, int64_t min, int64_t max)
{
	return val_number(val_get(schema, "minimum"), -1) == min &&
	    val_number(val_get(schema, "maximum"), -1) == max;
}

/* `null`: the value may be left empty. */
static void
check_def(const struct val *schema, const struct field_def *d, bool null)
{
	struct buf got = { 0 }, want = { 0 };
	const struct val *items = val_get(schema, "items");

	buf_puts(&want, type_of(d->type));
	if (!null && want.len > 5)
		buf_cut(&want, want.len - 5);
	types(schema, &got);
	is(buf_str(&got), buf_str(&want), d->name);
	is(val_text(val_get(schema, "description")), d->help, "... help");
	if (d->type == FIELD_WORD)
		ok(same_words(schema, d->words, null), "... words");
	if (d->type == FIELD_INT)
		ok(bounded(schema, d->min, d->max), "... bounds");
	if (d->type == FIELD_LINE)
		ok(val_number(val_get(schema, "minLength"), 0) == 1 &&
		    val_get(schema, "pattern") != NULL, "... one line");
	if (d->type == FIELD_TIME)
		is(val_text(val_get(schema, "format")), "date-time", "... a time");
	if (d->type == FIELD_TEXTS)
		is(val_text(val_get(items, "type")), "string", "... of texts");
	if (d->type == FIELD_MAPS)
		is(val_text(val_get(items, "type")), "object", "... of maps");
	if (d->type == FIELD_IDS)
		ok(bounded(items, 1, NUM_ID_MAX), "... of ids");
	buf_release(&got);
	buf_release(&want);
}

static void
test_tasks(void)
{
	struct val *schema = load("tasks.json");
	const struct val *item = val_path(schema, "properties.tasks.items");
	const struct val *fields = val_get(item, "properties");
	const char *const *order = field_order();

	is(val_text(val_path(item, "required.0")), "title", "a task has a title");
	ok(val_get(item, "additionalProperties") == NULL &&
	    val_get(schema, "additionalProperties") == NULL, "unknown keys are kept");
	is_int((int64_t)(fields != NULL ? fields->n : 0), FIELD_N, "as many fields as in the table");
	for (size_t i = 0; fields != NULL && i < fields->n && i < FIELD_N; i++)
		if (strcmp(fields->key[i], order[i]) != 0)
			is(fields->key[i], order[i], "the order of the table");
	for (int f = 0; f < FIELD_N; f++)
		check_def(val_get(fields, order[f]), &field_table[f], f != F_TITLE);
	ok(bounded(val_path(schema, "properties.next_id"), 1, NUM_ID_MAX), "next_id");
	val_free(schema);
}

static enum field_type
field_type_of(enum config_type t)
{
	static const enum field_type type[] = {
		[CONFIG_INT] = FIELD_INT, [CONFIG_REAL] = FIELD_REAL, [CONFIG_BOOL] = FIELD_BOOL,
		[CONFIG_TEXT] = FIELD_TEXT, [CONFIG_WORD] = FIELD_WORD,
		[CONFIG_SPAN] = FIELD_SPAN, [CONFIG_SIZE] = FIELD_SPAN,
		[CONFIG_TEXTS] = FIELD_TEXTS, [CONFIG_TREE] = FIELD_MAPS,
	};

	return type[t];
}

static void
check_default(const struct val *schema, const char *otherwise)
{
	struct buf b = { 0 };
	const struct val *v = val_get(schema, "default");

	if (otherwise != NULL && *otherwise == '=')
		otherwise = NULL;
	if (v != NULL)
		val_plain(&b, v);
	is(v != NULL ? buf_str(&b) : NULL, otherwise, "... default");
	buf_release(&b);
}

/* The schema of a path; counts the sections that it goes through. */
static const struct val *
descend(const struct val *schema, const char *path)
{
	char part[64];

	for (size_t len; *path != '\0'; path += len + (path[len] == '.')) {
		if (val_get(schema, "additionalProperties") == NULL)
			return NULL;
		len = strcspn(path, ".");
		snprintf(part, sizeof part, "%.*s", (int)len, path);
		if (*part == '*')
			schema = val_get(schema, "additionalProperties");
		else
			schema = val_get(val_get(schema, "properties"), part);
	}
	return schema;
}

/* How many keys there are below, sections not counted; no deeper than the table. */
static size_t
count_keys(const struct val *schema, int depth)
{
	const struct val *p = val_get(schema, "properties");
	const struct val *any = val_get(schema, "additionalProperties");
	size_t n = 0;

	if (depth > 4 || any == NULL)
		return 1;
	for (size_t i = 0; p != NULL && i < p->n; i++)
		n += count_keys(p->v[i], depth + 1);
	return any->kind == VAL_MAP ? n + count_keys(any, depth + 1) : n;
}

static void
test_rules(const struct val *schema)
{
	const struct val *item = val_get(schema, "items"), *keys = val_get(item, "properties");
	size_t n = 0;

	for (const struct field_def *d = config_rule_match; d->name != NULL; d++, n++)
		check_def(val_get(keys, d->name), d, false);
	for (const struct field_def *d = config_rule_set; d->name != NULL; d++, n++)
		check_def(val_get(keys, d->name), d, false);
	is_int((int64_t)(keys != NULL ? keys->n : 0), (int64_t)n, "a rule has no other keys");
	ok(!val_truth(val_get(item, "additionalProperties"), true), "... and may have no other");
}

static void
test_subscriptions(const struct val *schema)
{
	const struct val *item = val_get(schema, "items"), *keys = val_get(item, "properties");
	size_t n = 0;

	for (const struct field_def *d = config_subscription; d->name != NULL; d++, n++)
		check_def(val_get(keys, d->name), d, false);
	is_int((int64_t)(keys != NULL ? keys->n : 0), (int64_t)n, "a subscription has no other keys");
	ok(!val_truth(val_get(item, "additionalProperties"), true), "... and may have no other");
}

static void
test_orch(void)
{
	struct val *schema = load("orch.json");
	size_t n = 0;

	for (const struct config_key *k = config_table; k->path != NULL; k++, n++) {
		const struct val *at = descend(schema, k->path);
		struct field_def d = { k->path, field_type_of(k->type), FIELD_PERSON, k->words,
			k->min, k->max, k->help };

		check_def(at, &d, true);
		check_default(at, k->otherwise);
	}
	is_int((int64_t)count_keys(schema, 0), (int64_t)n, "no other keys");
	test_rules(descend(schema, "router.rules"));
	test_subscriptions(descend(schema, "subscriptions"));
	val_free(schema);
}

static void
test_jobs(void)
{
	struct val *schema = load("jobs.json");
	const struct val *item = val_path(schema, "properties.jobs.items");
	const struct val *keys = val_get(item, "properties");
	size_t n = 0;

	for (const struct field_def *d = job_keys; d->name != NULL; d++, n++)
		check_def(val_get(keys, d->name), d, n >= 2);
	is(val_text(val_path(keys, "task.$ref")), "tasks.json#/properties/tasks/items", "its task");
	is_int((int64_t)(keys != NULL ? keys->n : 0), (int64_t)n + 1, "a job has no other keys");
	ok(!val_truth(val_get(item, "additionalProperties"), true), "... and may have no other");
	val_free(schema);
}

int
main(void)
{
	test_tasks();
	test_jobs();
	test_orch();
	return done_testing();
}
