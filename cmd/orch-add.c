/*
 * orch-add - adds one task from arguments, or many from NDJSON, in one commit
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/val.h"
#include "work/add.h"

#define BODY_MAX (1u << 20)
#define JSON_MAX (64u << 20)

/* An option that fills a field carries it in its key. */
enum { OPT_BODY_FILE = CMD_FIRST, OPT_DEDUPE, OPT_JSON, OPT_SET, OPT_FIELD };
#define FIELD_KEY(field) (OPT_FIELD + (int)(field))

static const struct opt opts[] = {
	{ "body", 'b', OPT_TEXT, "TEXT", "what is to be done, in full", FIELD_KEY(F_BODY) },
	{ "body-file", 0, OPT_FILE, "FILE", "the body from a file, - for standard input", OPT_BODY_FILE },
	{ "label", 'l', OPT_LABEL, "LABEL", "a label; may be repeated", FIELD_KEY(F_LABELS) },
	{ "priority", 'p', OPT_WORD, "urgent|high|normal|low", "default: normal", FIELD_KEY(F_PRIORITY) },
	{ "agent", 'a', OPT_AGENT, "AGENT", "who does it; the task is routed then", FIELD_KEY(F_AGENT) },
	{ "command", 0, OPT_TEXT, "CMD", "shell command for the sh agent", FIELD_KEY(F_COMMAND) },
	{ "verify", 0, OPT_TEXT, "CMD", "a check of the result; may be repeated", FIELD_KEY(F_VERIFY) },
	{ "depends", 'd', OPT_ID, "ID", "runs after this one is done; may be repeated", FIELD_KEY(F_DEPENDS_ON) },
	{ "parent", 0, OPT_ID, "ID", "the task it is a part of", FIELD_KEY(F_PARENT_ID) },
	{ "project", 0, OPT_TEXT, "NAME", "a project of orch.yml", FIELD_KEY(F_PROJECT) },
	{ "key", 0, OPT_TEXT, "KEY", "a name of your own, unique", FIELD_KEY(F_KEY) },
	{ "dedupe", 0, OPT_FLAG, 0, "take the task that is there already", OPT_DEDUPE },
	{ "json", 0, OPT_FILE, "FILE|-", "tasks as JSON objects, one a line", OPT_JSON },
	{ "set", 0, OPT_TEXT, "FIELD=VALUE", "any other field; may be repeated", OPT_SET },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-add",
	.purpose = "add tasks",
	.usage = (const char *const[]){
		"[OPTION ..] TITLE",
		"[-n] [--dedupe] --json FILE|-",
		NULL,
	},
	.opts = opts,
};

struct request {
	struct val *fields;
	const char *title, *body_file, *json;
	bool dedupe;
};

static int
set_field(struct request *q, enum field field, const char *text, struct err *e)
{
	const char *name = field_table[field].name;
	struct val *v, *old;

	if ((v = field_parse(field, text, e)) == NULL)
		return -1;
	if (field == F_TITLE && add_check_title(v, e) == -1) {
		val_free(v);
		return err_set(e, ERR_USAGE, "title: must not be blank");
	}
	if (v->kind == VAL_LIST && (old = val_get(q->fields, name)) != NULL) {
		for (size_t i = 0; i < v->n; i++)
			val_push(old, val_copy(v->v[i]));
		val_free(v);
	} else {
		val_put(q->fields, name, v);
	}
	return 0;
}

/* --set FIELD=VALUE */
static int
set_named(struct request *q, const char *text, struct err *e)
{
	const char *equals = strchr(text, '=');
	enum field field;
	char *name;
	int r;

	if (equals == NULL)
		return err_set(e, ERR_USAGE, "--set: '%s' is not FIELD=VALUE", text);
	name = xstrndup(text, (size_t)(equals - text));
	if ((r = field_need(name, &field, e)) == 0 && field_table[field].owner != FIELD_PERSON)
		r = err_set(e, ERR_USAGE, "%s is written by the commands only", name);
	if (r == 0)
		r = set_field(q, field, equals + 1, e);
	free(name);
	return r;
}

/* A command or check is one item, commas and all. */
static void
add_item(struct request *q, enum field field, const char *text)
{
	struct val *list = val_get(q->fields, field_table[field].name);

	if (list == NULL) {
		list = val_list();
		val_put(q->fields, field_table[field].name, list);
	}
	val_push(list, val_str(text));
}

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == OPT_DEDUPE)
			q->dedupe = true;
		else if (key == OPT_JSON)
			q->json = value;
		else if (key == OPT_BODY_FILE)
			q->body_file = value;
		else if (key == FIELD_KEY(F_VERIFY))
			add_item(q, F_VERIFY, value);
		else if (key == OPT_SET) {
			if (set_named(q, value, e) == -1)
				return -1;
		} else if (key >= OPT_FIELD) {
			if (set_field(q, (enum field)(key - OPT_FIELD), value, e) == -1)
				return -1;
		} else if (q->title == NULL)
			q->title = value;
		else
			return err_set(e, ERR_USAGE, "one title only: quote '%s %s'", q->title, value);
	}
	if (q->json == NULL && q->title == NULL)
		return err_set(e, ERR_USAGE, "a title is missing");
	if (q->json != NULL && (q->title != NULL || q->fields->n > 0 || q->body_file != NULL))
		return err_set(e, ERR_USAGE, "--json goes with no title and no fields");
	return 0;
}

/* The list of tasks to add, from the arguments or from standard input. */
static struct val *
read_request(struct request *q, struct vec_id *lines, struct err *e)
{
	struct buf text = { 0 };
	struct val *list = NULL;

	if (q->json != NULL) {
		if (cmd_read(q->json, JSON_MAX, &text, e) == 0)
			list = add_parse(buf_str(&text), text.len, ADD_MAX, lines, e);
		goto done;
	}
	if (q->body_file != NULL) {
		if (cmd_read(q->body_file, BODY_MAX, &text, e) == -1)
			goto done;
		val_put(q->fields, "body", val_strn(buf_str(&text), text.len));
	}
	if (set_field(q, F_TITLE, q->title, e) == -1)
		goto done;
	list = val_list();
	val_push(list, q->fields);
	q->fields = NULL;
done:
	buf_release(&text);
	return list;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { .fields = val_map() };
	struct val *list = NULL;
	struct vec_id ids = { 0 }, lines = { 0 };
	int r = -1;

	if (parse(c, &q, e) == -1 || cmd_open_to_change(c, e) == -1 ||
	    (list = read_request(&q, &lines, e)) == NULL)
		goto done;
	if (list->n > 0 && (r = add_tasks(&c->project, &c->store, list,
	    q.json ? &lines : NULL, q.dedupe, &ids, e)) == -1)
		goto done;
	cmd_print_ids(&ids);
	r = 0;
done:
	val_free(list);
	val_free(q.fields);
	vec_id_release(&ids);
	vec_id_release(&lines);
	return r;
}
