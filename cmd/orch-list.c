/*
 * orch-list - selects, orders and prints tasks
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/ready.h"
#include "task/select.h"
#include "work/closed.h"
#include "work/list.h"

enum { OPT_READY = CMD_FIRST, OPT_EXPLAIN, OPT_TREE, OPT_JSON, OPT_ALL };

static const struct opt opts[] = {
	{ "all", 0, OPT_FLAG, 0, "archived tasks too", OPT_ALL },
	{ "ready", 0, OPT_FLAG, 0, "only what can run now, in that order", OPT_READY },
	{ "explain", 0, OPT_FLAG, 0, "print why each can or cannot run", OPT_EXPLAIN },
	{ "tree", 0, OPT_FLAG, 0, "print each below its parent", OPT_TREE },
	{ "json", 0, OPT_FLAG, 0, "print one JSON object a line", OPT_JSON },
	{ "output", 'o', OPT_TEXT, "FIELD,..", "print these fields, separated by tabs", 'o' },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-list",
	.purpose = "select, order and print tasks",
	.usage = (const char *const[]){
		"[--all] [--ready] [--explain | --json | --tree] [-o FIELD,..] [SELECTOR ..]",
		NULL,
	},
	.opts = opts,
};

struct request {
	bool all, ready, explain, tree, json;
	struct list_fields fields;
};

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		switch (key) {
		case OPT_ALL:
			q->all = true;
			break;
		case OPT_READY:
			q->ready = true;
			break;
		case OPT_EXPLAIN:
			q->explain = true;
			break;
		case OPT_TREE:
			q->tree = true;
			break;
		case OPT_JSON:
			q->json = true;
			break;
		case 'o':
			if (list_fields_add(&q->fields, value, e) == -1)
				return -1;
			break;
		case OPT_OPERAND:
			if (cmd_operand(c, value, e) == -1)
				return -1;
			break;
		default:
			return -1;
		}
	}
	if (q->explain + q->tree + q->json > 1)
		return err_set(e, ERR_USAGE, "only one of --explain, --json and --tree");
	if (q->fields.n > 0 && (q->explain || q->tree))
		return err_set(e, ERR_USAGE, "-o goes with neither --explain nor --tree");
	return 0;
}

/* Those of `ids` that can run now, in ready order; with `rest` the others behind them. */
static void
order_ready(const struct cmd *c, const struct tasks *tasks, const struct closed *closed, bool rest,
    struct vec_id *ids)
{
	enum { NAMED = 1, READY = 2 };
	uint8_t *mark = xcalloc(tasks->n + 1, sizeof *mark);
	struct vec_id all = { 0 }, kept = { 0 };
	struct ready_rules rules;
	const struct task *t;

	cmd_rules(c, &rules);
	ready_list(tasks, &rules, &all);
	for (size_t i = 0; i < ids->n; i++)
		if ((t = tasks_find(tasks, ids->v[i])) != NULL)
			mark[t - tasks->v] |= NAMED;
	for (size_t i = 0; i < all.n; i++) {
		uint8_t *m = &mark[(t = tasks_find(tasks, all.v[i])) - tasks->v];
		char *why = *m & NAMED ? closed_why(closed, t) : NULL;

		if (why == NULL && *m & NAMED)
			vec_id_push(&kept, all.v[i]);
		if (why == NULL)
			*m |= READY;
		free(why);
	}
	for (size_t i = 0; rest && i < ids->n; i++)
		if ((t = tasks_find(tasks, ids->v[i])) == NULL || !(mark[t - tasks->v] & READY))
			vec_id_push(&kept, ids->v[i]);
	free(mark);
	vec_id_release(&all);
	vec_id_release(ids);
	*ids = kept;
}

static void
write_list(const struct cmd *c, const struct list_from *from, const struct request *q,
    const struct closed *closed, const struct vec_id *ids, struct buf *out)
{
	struct list_colour colour = { cmd_colour("done")[0] != '\0', cmd_colour };
	struct ready_rules rules;

	cmd_rules(c, &rules);
	if (q->json)
		list_json(from, ids, &q->fields, out);
	else if (q->fields.n > 0)
		list_table(from, ids, &q->fields, out);
	else if (q->explain)
		list_explain(from, ids, &rules, closed, out);
	else if (q->tree)
		list_tree(from, ids, &colour, out);
	else
		list_columns(from, ids, &colour, out);
}

/* Columns and tree are safe and coloured already; the rest is the tasks' own text. */
static void
print(const struct request *q, const struct buf *out)
{
	if (q->json || q->fields.n > 0)
		cmd_text(buf_str(out));
	else
		fwrite(buf_str(out), 1, out->len, stdout);
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { 0 };
	struct tasks tasks = { 0 };
	struct list_from from = { .tasks = &tasks };
	struct closed closed = { 0 };
	struct store_look look;
	struct vec_id ids = { 0 };
	struct buf out = { 0 };
	int r = -1;

	if (parse(c, &q, e) == -1 || cmd_open(c, e) == -1)
		goto done;
	if ((q.ready || q.explain) && closed_open(&closed, &c->project, clock_now(), e) == -1)
		goto done;
	if (q.all) {
		from.archive = archive_ask_all(c->archive);
		if (archive_failed(c->archive, e) == -1)
			goto done;
	}
	if (store_look(&c->project, &look, &tasks, e) == -1)
		goto done;
	if (cmd_select_all(c, &tasks, from.archive, "all", &ids, e) == 0) {
		if (q.ready || q.explain)
			order_ready(c, &tasks, &closed, q.explain, &ids);
		write_list(c, &from, &q, &closed, &ids, &out);
		r = 0;
	}
	store_look_end(&look, &tasks);
	if (r == 0)
		print(&q, &out);
done:
	closed_release(&closed);
	buf_release(&out);
	vec_id_release(&ids);
	return r;
}
