/*
 * orch-inbox - prints what waits for a person
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/config.h"
#include "work/closed.h"
#include "work/inbox.h"
#include "work/jobs.h"
#include "work/job_state.h"
#include "work/list.h"
#include "work/subscribe.h"

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, 0, "print one JSON object a line", CMD_JSON },
	{ "output", 'o', OPT_TEXT, "FIELD,..", "print these fields, separated by tabs", 'o' },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-inbox",
	.purpose = "print what waits for a person",
	.usage = (const char *const[]){ "[--json] [-o FIELD,..] [SELECTOR ..]", NULL },
	.opts = opts,
};

struct request {
	bool json;
	struct list_fields fields;
};

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == CMD_JSON)
			q->json = true;
		else if (key == 'o' && list_fields_add(&q->fields, value, e) == -1)
			return -1;
		else if (key == OPT_OPERAND && cmd_operand(c, value, e) == -1)
			return -1;
	}
	return 0;
}

static void
write_fields(const struct inbox *box, const struct tasks *tasks, const struct request *q,
    struct buf *out)
{
	struct list_from from = { .tasks = tasks };
	struct vec_id ids = { 0 };

	for (size_t i = 0; i < box->n; i++)
		if (box->v[i].task != NULL)
			vec_id_push(&ids, box->v[i].task->id);
	if (q->json)
		list_json(&from, &ids, &q->fields, out);
	else
		list_table(&from, &ids, &q->fields, out);
	vec_id_release(&ids);
}

static void
write_inbox(const struct cmd *c, const struct tasks *tasks, const struct vec_id *ids,
    const struct request *q, const struct closed *closed, struct buf *out)
{
	const struct val *reviewers = config_val(&c->project.config, "review.reviewers");
	struct inbox_rules rules = { reviewers != NULL && reviewers->n > 0, c->archive };
	struct list_colour colour = { cmd_colour("done")[0] != '\0', cmd_colour };
	struct inbox box;

	inbox_collect(&box, tasks, ids, &rules);
	if (closed != NULL)
		inbox_agents(&box, &c->project, tasks, &closed->pool);
	if (q->fields.n > 0)
		write_fields(&box, tasks, q, out);
	else if (q->json)
		inbox_json(&box, out);
	else
		inbox_text(&box, &colour, out);
	inbox_release(&box);
}

/* A subscription that is not run any more waits for a person, too. */
static int
write_suspended(const struct cmd *c, bool json, struct buf *out, struct err *e)
{
	struct val *list, *line;

	if (subscribe_suspended(&c->project, &list, e) == -1)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		const char *since = val_text(val_get(list->v[i], "since"));
		const char *error = val_text(val_get(list->v[i], "error"));

		if (!json) {
			buf_printf(out, "-  subscription  %s  %s\n    ", since ? since : "-",
			    val_text(val_get(list->v[i], "name")));
			str_visible(out, error, strlen(error), false);
		} else {
			line = val_copy(list->v[i]);
			val_put(line, "schema", val_int(1));
			val_put(line, "kind", val_str("subscription"));
			json_print(out, line);
			val_free(line);
		}
		buf_putc(out, '\n');
	}
	val_free(list);
	return 0;
}

/* So does a job that makes no tasks until somebody acts. */
static void
write_jobs(const struct cmd *c, const struct tasks *tasks, bool json, struct buf *out)
{
	struct job_states jobs;

	job_states_read(&jobs, &c->project, tasks, clock_now());
	jobs_waiting(&jobs, json, out);
	job_states_release(&jobs);
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { 0 };
	struct tasks tasks = { 0 };
	struct store_look look;
	struct closed closed = { 0 };
	struct vec_id ids = { 0 };
	struct buf out = { 0 };
	struct buf jobs = { 0 };
	bool whole;
	int r = -1;

	if (parse(c, &q, e) == -1 || cmd_open(c, e) == -1)
		return -1;
	/* Who asks for tasks is told of them alone. */
	whole = c->select == NULL;
	if ((whole && closed_open(&closed, &c->project, clock_now(), e) == -1) ||
	    store_look(&c->project, &look, &tasks, e) == -1)
		goto done;
	if (cmd_select(c, &tasks, "all", &ids, e) == 0) {
		write_inbox(c, &tasks, &ids, &q, whole ? &closed : NULL, &out);
		if (whole && q.fields.n == 0)
			write_jobs(c, &tasks, q.json, &jobs);
		r = 0;
	}
	store_look_end(&look, &tasks);
	if (r == 0 && whole && q.fields.n == 0)
		r = write_suspended(c, q.json, &out, e);
	buf_append(&out, buf_str(&jobs), jobs.len);
	/* The text for people is safe and coloured already; the rest is the tasks' own. */
	if (q.json || q.fields.n > 0)
		cmd_text(buf_str(&out));
	else
		fwrite(buf_str(&out), 1, out.len, stdout);
done:
	closed_release(&closed);
	buf_release(&jobs);
	buf_release(&out);
	vec_id_release(&ids);
	return r;
}
