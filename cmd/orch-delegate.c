/*
 * orch-delegate - makes parts of a task its children, joins parents, waits for tasks
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/val.h"
#include "task/archive.h"
#include "work/answer.h"
#include "work/delegate.h"
#include "work/propagate.h"
#include "work/schema_file.h"

enum { OPT_ADD = CMD_FIRST, OPT_JSON, OPT_JOIN, OPT_WAIT, OPT_ANY, OPT_TIMEOUT };

static const struct opt opts[] = {
	{ "add", 0, OPT_TEXT, "TITLE", "a part; may be repeated", OPT_ADD },
	{ "body", 'b', OPT_TEXT, "TEXT", "what is to be done in the part named last", 'b' },
	{ "label", 'l', OPT_LABEL, "LABEL", "a label of it; may be repeated", 'l' },
	{ "agent", 'a', OPT_AGENT, "AGENT", "who should do it", 'a' },
	{ "json", 0, OPT_FILE, "FILE|-", "parts as a JSON array, or objects one a line", OPT_JSON },
	{ "join", 0, OPT_FLAG, 0, "join the parents whose children have ended", OPT_JOIN },
	{ "wait", 0, OPT_FLAG, 0, "sleep until the tasks have ended", OPT_WAIT },
	{ "any", 0, OPT_FLAG, 0, "until one of them is done", OPT_ANY },
	{ "timeout", 0, OPT_TEXT, "SPAN", "at most so long", OPT_TIMEOUT },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-delegate",
	.purpose = "make parts of a task tasks of their own, wait for them",
	.usage = (const char *const[]){
		"[-n] [PARENT] --add TITLE [OPTION ..] ..",
		"[-n] [PARENT] --json FILE|-",
		"[-n] --join [SELECTOR ..]",
		"--wait [--any] [--timeout SPAN] SELECTOR ..",
		NULL,
	},
	.opts = opts,
};

struct request {
	struct val *list;		/* of --add */
	const char *json, *parent;	/* parent: the first operand */
	bool join, wait, any, more;	/* more: another operand */
	int64_t timeout_ms;
};

/* A part, or what is said of the one that was named last. */
static int
describe(struct request *q, int key, const char *value, struct err *e)
{
	struct val *part = q->list->n > 0 ? q->list->v[q->list->n - 1] : NULL;

	if (key == OPT_ADD) {
		part = val_map();
		val_put(part, "title", val_str(value));
		val_push(q->list, part);
	} else if (part == NULL) {
		return err_set(e, ERR_USAGE, "--add TITLE goes first");
	} else if (key == 'l') {
		if (val_get(part, "labels") == NULL)
			val_put(part, "labels", val_list());
		val_push(val_get(part, "labels"), val_str(value));
	} else {
		val_put(part, key == 'b' ? "body" : "suggested_agent", val_str(value));
	}
	return 0;
}

static int
parse_one(struct cmd *c, struct request *q, int key, const char *value, struct err *e)
{
	switch (key) {
	case OPT_ADD:
	case 'b':
	case 'l':
	case 'a':
		return describe(q, key, value, e);
	case OPT_JSON:
		q->json = value;
		return 0;
	case OPT_JOIN:
	case OPT_WAIT:
	case OPT_ANY:
		*(key == OPT_JOIN ? &q->join : key == OPT_WAIT ? &q->wait : &q->any) = true;
		return 0;
	case OPT_TIMEOUT:
		if (num_duration(value, &q->timeout_ms) == -1 || q->timeout_ms == 0)
			return err_set(e, ERR_USAGE, "--timeout: '%s' is no duration", value);
		return 0;
	case OPT_OPERAND:
		q->more = q->parent != NULL;
		q->parent = q->more ? q->parent : value;
		return cmd_operand(c, value, e);
	default:
		return -1;
	}
}

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int key, ways;

	while ((key = cmd_next(c, &value, e)) != OPT_END)
		if (parse_one(c, q, key, value, e) == -1)
			return -1;
	ways = (q->list->n > 0) + (q->json != NULL) + q->join + q->wait;
	if (ways != 1)
		return err_set(e, ERR_USAGE, "%s: --add, --json, --join or --wait", ways == 0 ?
		    "say what to do" : "only one of these can be said");
	if (!q->wait && (q->any || q->timeout_ms > 0))
		return err_set(e, ERR_USAGE, "%s goes with --wait", q->any ? "--any" : "--timeout");
	if (q->wait && q->parent == NULL)
		return err_set(e, ERR_USAGE, "say which tasks to wait for (orch-select(7))");
	if (!q->wait && !q->join && q->more)
		return err_set(e, ERR_USAGE, "one parent only");
	return 0;
}

/* ---- children ---- */

static int
read_list(struct request *q, struct err *e)
{
	struct buf text = { 0 };
	struct val *list = NULL;

	if (cmd_read(q->json, DELEGATE_TEXT_MAX, &text, e) == 0)
		list = delegate_parse(buf_str(&text), text.len, e);
	val_free(q->list);
	q->list = list;
	buf_release(&text);
	return list != NULL ? 0 : -1;
}

static int
make(struct cmd *c, const struct request *q, struct err *e)
{
	struct delegated d = { 0 };
	int64_t parent;
	int r;

	if (q->parent == NULL || num_id(q->parent, &parent) == -1)
		return err_set(e, ERR_USAGE, "say the id of the parent");
	c->changes = !c->dry_run;
	if ((r = delegate_tasks(&c->project, &c->store, parent, q->list, &d, e)) == 0) {
		for (size_t i = 0; i < d.warnings.n; i++)
			cmd_warn(c, "%s", d.warnings.v[i]);
		cmd_print_ids(&d.ids);
	}
	delegated_release(&d);
	return r;
}

static int
delegate(struct cmd *c, struct request *q, struct err *e)
{
	const char *attempt = getenv("ORCH_ATTEMPT");
	struct vec_str unknown = { 0 };
	struct val *schema = NULL;
	int r = -1;

	if (cmd_open(c, e) == -1 || (q->json != NULL && read_list(q, e) == -1) ||
	    (schema = schema_file(&c->project, ANSWER_SCHEMA, e)) == NULL ||
	    delegate_check(schema, &q->list, &unknown, e) == -1)
		goto done;
	for (size_t i = 0; i < unknown.n; i++)
		cmd_warn(c, "'%s' is no key of a delegation: it is not taken", unknown.v[i]);
	if (attempt == NULL || *attempt == '\0')
		r = make(c, q, e);
	else if ((r = delegate_request(&c->project, attempt, getenv("ORCH_OUT"), q->parent,
	    c->dry_run, schema, q->list, e)) == 0)
		cmd_say(c, "%zu parts: they are made when the attempt has ended well", q->list->n);
done:
	val_free(schema);
	vec_str_release(&unknown);
	return r;
}

/* ---- joining, waiting ---- */

/* Those that were named, live or archived. */
static int
select_ids(struct cmd *c, struct vec_id *ids, struct err *e)
{
	struct tasks tasks = { 0 };
	int r;

	if (store_read(&c->project, &tasks, e) == -1)
		return -1;
	r = cmd_select_all(c, &tasks, archive_ask_all(c->archive), NULL, ids, e);
	tasks_release(&tasks);
	return r;
}

static int
join(struct cmd *c, struct err *e)
{
	struct propagated p = { 0 };
	struct vec_id ids = { 0 };
	int r = -1;

	if (cmd_open_to_change(c, e) == 0 && (c->select == NULL || select_ids(c, &ids, e) == 0))
		r = c->select == NULL ? propagate_all(&c->project, &c->store, &p, e) :
		    delegate_join(&c->project, &c->store, &ids, &p, e);
	if (r == 0) {
		cmd_print_ids(&p.joined);
		cmd_print_ids(&p.back);
		cmd_print_ids(&p.skipped);
		r = delegate_check_circles(&c->project, c->select ? &ids : NULL, e);
	}
	vec_id_release(&ids);
	propagated_release(&p);
	return r;
}

static int
wait_for(struct cmd *c, const struct request *q, struct err *e)
{
	struct vec_id ids = { 0 }, done = { 0 };
	int r = cmd_open(c, e) == -1 ? -1 : select_ids(c, &ids, e);

	if (r == 0 && ids.n > 0) {
		r = delegate_wait(&c->project, &ids, q->any, q->timeout_ms, &done, e);
		cmd_print_ids(&done);
	}
	vec_id_release(&ids);
	vec_id_release(&done);
	return r == 1 ? err_set(e, ERR_FAILED, "not all of them are done: see orch-list") : r;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { .list = val_list() };
	int r = parse(c, &q, e);

	if (r == 0)
		r = q.wait ? wait_for(c, &q, e) : q.join ? join(c, e) : delegate(c, &q, e);
	val_free(q.list);
	return r;
}
