/*
 * orch-sync-gh - tasks and GitHub issues, kept the same
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/sync.h"
#include "work/sync_link.h"
#include "work/sync_account.h"
#include "work/sync_status.h"

enum { OPT_FULL = CMD_FIRST, OPT_ONLY, OPT_WRITES, OPT_SETUP };

static const struct opt opts[] = {
	{ "full", 0, OPT_FLAG, 0, "ask for all issues, not only for those that changed", OPT_FULL },
	{ "only", 0, OPT_TEXT, "SELECTOR", "of the tasks only these; may be repeated", OPT_ONLY },
	{ "max-writes", 0, OPT_TEXT, "N", "write at most so often", OPT_WRITES },
	{ "setup", 0, OPT_FLAG, 0, "with board: write its ids into orch.yml", OPT_SETUP },
	{ "json", 0, OPT_FLAG, 0, "print an object for each thing done or left", CMD_JSON },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-sync-gh",
	.purpose = "synchronise tasks with GitHub issues",
	.usage = (const char *const[]){
		"[-n] [--json] [--full] [--only SELECTOR] [--max-writes N] [run|pull|push [SELECTOR ..]]",
		"[--json] status",
		"[-n] link ID NUMBER",
		"[-n] unlink SELECTOR ..",
		"[-n] board [--setup]",
		NULL,
	},
	.opts = opts,
};

enum verb { RUN, PULL, PUSH, STATUS, LINK, UNLINK, BOARD };

static const char *const verbs[] = { "run", "pull", "push", "status", "link", "unlink", "board",
	NULL };

struct request {
	enum verb verb;
	bool verb_given, json, full, only, setup;
	int64_t max_writes;
	int64_t task, number;		/* of link */
};

/* ---- the line ---- */

static int
operand(struct cmd *c, struct request *q, const char *value, struct err *e)
{
	int64_t *id = q->task == 0 ? &q->task : &q->number;
	int verb;

	if (!q->verb_given) {
		if ((verb = cmd_verb(value, verbs, e)) == -1)
			return -1;
		q->verb = (enum verb)verb;
		q->verb_given = true;
		return 0;
	}
	if (q->verb == LINK) {
		if (q->number != 0)
			return err_set(e, ERR_USAGE, "link takes a task and an issue");
		return num_id(value, id) == 0 ? 0 :
		    err_set(e, ERR_USAGE, "'%s' is no number of a task or an issue", value);
	}
	if (q->verb == STATUS || q->verb == BOARD)
		return err_set(e, ERR_USAGE, "%s takes no operand", verbs[q->verb]);
	return cmd_operand(c, value, e);
}

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END)
		switch (key) {
		case OPT_FULL:
		case OPT_SETUP:
		case CMD_JSON:
			*(key == OPT_FULL ? &q->full : key == OPT_SETUP ? &q->setup : &q->json) = true;
			break;
		case OPT_ONLY:
			q->only = true;
			if (cmd_operand(c, value, e) == -1)
				return -1;
			break;
		case OPT_WRITES:
			if (num_int(value, 0, 1000000, &q->max_writes) == -1)
				return err_set(e, ERR_USAGE, "--max-writes: '%s' is no number", value);
			break;
		case OPT_OPERAND:
			if (operand(c, q, value, e) == -1)
				return -1;
			break;
		default:
			return -1;
		}
	if (q->verb > PUSH && (q->full || q->only || q->max_writes >= 0))
		return err_set(e, ERR_USAGE, "%s goes with run, pull or push", q->full ? "--full" :
		    q->only ? "--only" : "--max-writes");
	if (q->setup && q->verb != BOARD)
		return err_set(e, ERR_USAGE, "--setup goes with board");
	if (q->verb == LINK && q->number == 0)
		return err_set(e, ERR_USAGE, "say the task and the number of the issue");
	if (q->verb == UNLINK && c->select == NULL)
		return err_set(e, ERR_USAGE, "say which tasks to unlink (orch-select(7))");
	return 0;
}

/* ---- output ---- */

static void
print_json(const struct val *v)
{
	struct buf line = { 0 };

	json_print(&line, v);
	puts(buf_str(&line));
	buf_release(&line);
}

/* For people only what is left, unless they want to know all or it is not done yet. */
static void
print_line(const struct cmd *c, const struct request *q, const struct val *line)
{
	struct buf b = { 0 };

	sync_account_text(line, &b);
	if (q->json) {
		print_json(line);
	} else if (val_truth(val_get(line, "left"), false) && val_get(line, "again") == NULL) {
		cmd_warn(c, "left: %s", buf_str(&b));
	} else if (c->dry_run) {
		buf_putc(&b, '\n');
		cmd_text(buf_str(&b));
	} else {
		cmd_say(c, "%s", buf_str(&b));
	}
	buf_release(&b);
}

static void
print_report(struct cmd *c, const struct request *q, const struct sync_account *r, bool tried)
{
	char plan[SYNC_PLAN_MAX];
	struct val *sums;
	size_t later = 0;

	for (size_t i = 0; i < r->notes.n; i++)
		cmd_warn(c, "%s", r->notes.v[i]);
	for (size_t i = 0; r->lines != NULL && i < r->lines->n; i++)
		if (q->json || !sync_account_is_later(r->lines->v[i]) || later++ == 0)
			print_line(c, q, r->lines->v[i]);
	if (later > 1)
		cmd_warn(c, "left: " SYNC_LATER, later - 1);
	if (q->json) {
		sums = sync_account_sums(r);
		print_json(sums);
		val_free(sums);
	} else if (!c->dry_run) {
		cmd_print_ids(&r->changed);
	} else if (tried) {
		sync_account_plan(r, plan);
		cmd_warn(c, "%s", plan);
	}
}

/* ---- verbs ---- */

static int
run(struct cmd *c, const struct request *q, struct err *e)
{
	static const enum sync_way ways[] = { [RUN] = SYNC_RUN, [PULL] = SYNC_PULL, [PUSH] = SYNC_PUSH,
		[LINK] = SYNC_LINK, [BOARD] = SYNC_BOARD };
	struct sync_account report = { 0 };
	struct vec_id only = { 0 };
	struct sync_opts what = {
		.full = q->full, .dry_run = c->dry_run, .max_writes = q->max_writes,
		.only = c->select != NULL ? &only : NULL, .task = q->task, .number = q->number,
		.setup = q->setup,
	};
	struct tasks tasks = { 0 };
	int r = 0;

	if (c->select != NULL && (r = store_read(&c->project, &tasks, e)) == 0)
		r = cmd_select(c, &tasks, NULL, &only, e);
	if (r == 0 && q->verb == UNLINK) {
		r = sync_unlink(&c->project, &c->store, &only, &report, e);
	} else if (r == 0) {
		what.way = ways[q->verb];
		r = sync_run(&c->project, &c->store, &what, &report, e);
	}
	tasks_release(&tasks);
	if (r == 0 && q->verb == PULL && !q->json && (r = store_read(&c->project, &tasks, e)) == 0)
		sync_account_fit(&report, &tasks);
	tasks_release(&tasks);
	print_report(c, q, &report, r == 0 || report.requests > 0);
	if (r == 0)
		r = report.status;
	sync_account_release(&report);
	vec_id_release(&only);
	return r;
}

static int
status(struct cmd *c, const struct request *q, struct err *e)
{
	struct buf text = { 0 };
	struct val *v;

	if (sync_status(&c->project, &v, e) == -1)
		return -1;
	if (q->json) {
		print_json(v);
	} else {
		sync_status_text(v, &text);
		cmd_text(buf_str(&text));
	}
	buf_release(&text);
	val_free(v);
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { .max_writes = -1 };

	if (parse(c, &q, e) == -1)
		return -1;
	if (q.verb == STATUS)
		return cmd_open(c, e) == -1 ? -1 : status(c, &q, e);
	if (cmd_open_to_change(c, e) == -1)
		return -1;
	return run(c, &q, e);
}
