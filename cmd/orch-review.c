/*
 * orch-review - has finished work judged, or gives a person's verdict on it
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
#include "work/review.h"

enum { OPT_APPROVE = CMD_FIRST, OPT_CHANGES, OPT_REJECT, OPT_REVIEWERS, OPT_ROUNDS };

static const struct opt opts[] = {
	{ "approve", 0, OPT_FLAG, 0, "you approve: the tasks are done", OPT_APPROVE },
	{ "changes", 0, OPT_TEXT, "TEXT", "you ask for changes: they are tried again with TEXT", OPT_CHANGES },
	{ "json", 0, OPT_FLAG, 0, "print one JSON object for each, with all verdicts", CMD_JSON },
	{ "reject", 0, OPT_TEXT, "TEXT", "you reject: they are parked", OPT_REJECT },
	{ "reviewers", 0, OPT_AGENT, "A,B", "ask these agents (config: review.reviewers)", OPT_REVIEWERS },
	{ "rounds", 0, OPT_TEXT, "N", "send back at most N times (config: review.max_rounds)", OPT_ROUNDS },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-review",
	.purpose = "have finished work judged",
	.usage = (const char *const[]){
		"[-n] [--json] [--reviewers A,B] [--rounds N] SELECTOR ..",
		"[-n] [--json] --approve | --changes TEXT | --reject TEXT SELECTOR ..",
		NULL,
	},
	.opts = opts,
};

struct query {
	struct vec_str reviewers;
	struct review_wish wish;
	int decision;			/* of a person; -1: agents are asked */
	const char *text;
	bool json;
};

static int
read_names(struct vec_str *names, const char *list, struct err *e)
{
	for (const char *s = list;; s++) {
		size_t len = strcspn(s, ",");
		char *name = strndup(s, len);

		if (name == NULL)
			abort();
		vec_str_take(names, name);
		if (len == 0)
			return err_set(e, ERR_USAGE, "--reviewers: '%s' is no list of agents", list);
		s += len;
		if (*s == '\0')
			return 0;
	}
}

static int
speak(struct query *q, enum decision decision, const char *text, struct err *e)
{
	if (q->decision != -1)
		return err_set(e, ERR_USAGE, "one verdict is expected");
	if (text != NULL && text[strspn(text, " \t\r\n")] == '\0')
		return err_set(e, ERR_USAGE, "say what is wrong");
	q->decision = (int)decision;
	q->text = text;
	return 0;
}

static int
parse(struct cmd *c, struct query *q, struct err *e)
{
	const char *value;
	int key, r = 0;

	while (r == 0 && (key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == CMD_JSON)
			q->json = true;
		else if (key == OPT_APPROVE)
			r = speak(q, DECIDE_APPROVE, NULL, e);
		else if (key == OPT_CHANGES)
			r = speak(q, DECIDE_CHANGES, value, e);
		else if (key == OPT_REJECT)
			r = speak(q, DECIDE_REJECT, value, e);
		else if (key == OPT_REVIEWERS)
			r = read_names(&q->reviewers, value, e);
		else if (key == OPT_ROUNDS && num_int(value, 1, 100, &q->wish.rounds) == -1)
			r = err_set(e, ERR_USAGE, "--rounds: '%s' is not 1 to 100", value);
		else if (key != OPT_ROUNDS)
			r = cmd_operand(c, value, e);
	}
	if (r == 0 && c->select == NULL)
		r = err_set(e, ERR_USAGE, "say which tasks (orch-select(7))");
	if (r == 0 && q->decision != -1 && (q->reviewers.n > 0 || q->wish.rounds > 0))
		r = err_set(e, ERR_USAGE, "who gives the verdict asks nobody");
	return r;
}

static void
print_json(const struct review_line *line)
{
	struct val *v = review_line_value(line);
	struct buf text = { 0 };

	json_print(&text, v);
	puts(buf_str(&text));
	buf_release(&text);
	val_free(v);
}

/* Ids of what is approved; what is not is a warning. */
static int
print(const struct cmd *c, const struct reviews *reviews, bool json)
{
	int status = 0;

	for (size_t i = 0; i < reviews->n; i++) {
		const struct review_line *line = &reviews->v[i];

		status = err_worse(status, line->status);
		if (line->status != 0)
			cmd_warn(c, "task %lld: %s", (long long)line->id, line->text);
		else
			cmd_say(c, "task %lld: %s", (long long)line->id, line->text);
		if (json)
			print_json(line);
		else if (line->status == 0 || c->print_all)
			printf("%lld\n", (long long)line->id);
	}
	return status;
}

static int
judge(struct cmd *c, struct query *q, const struct vec_id *ids, struct reviews *reviews, struct err *e)
{
	if (q->decision != -1)
		return review_by_hand(&c->project, &c->store, ids, (enum decision)q->decision, q->text, reviews, e);
	q->wish.dry_run = c->dry_run;
	if (q->reviewers.n > 0)
		q->wish.reviewers = &q->reviewers;
	return review_tasks(&c->project, ids, &q->wish, reviews, e);
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct query q = { .decision = -1 };
	struct reviews reviews = { 0 };
	struct tasks tasks = { 0 };
	struct vec_id ids = { 0 };
	int r = -1;

	if (parse(c, &q, e) == -1 || cmd_open_to_change(c, e) == -1 ||
	    store_read(&c->project, &tasks, e) == -1 || cmd_select(c, &tasks, NULL, &ids, e) == -1)
		goto done;
	if (ids.n == 0)
		r = 0;
	else if (judge(c, &q, &ids, &reviews, e) == 0)
		r = print(c, &reviews, q.json);
done:
	tasks_release(&tasks);
	vec_id_release(&ids);
	vec_str_release(&q.reviewers);
	reviews_release(&reviews);
	return r;
}
