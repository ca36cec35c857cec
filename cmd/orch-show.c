/*
 * orch-show - one task whole, its attempts, their logs and prompts
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/ready.h"
#include "work/follow.h"
#include "work/show.h"

enum { OPT_ATTEMPT = CMD_FIRST, OPT_FOLLOW, OPT_JSON, OPT_LOG, OPT_PATH, OPT_PROMPT };

static const struct opt opts[] = {
	{ "attempt", 0, OPT_TEXT, "N", "this attempt instead of the newest", OPT_ATTEMPT },
	{ "follow", 0, OPT_FLAG, 0, "with --log: go on while the attempt runs", OPT_FOLLOW },
	{ "json", 0, OPT_FLAG, 0, "print one JSON object", OPT_JSON },
	{ "log", 0, OPT_FLAG, 0, "print what the attempt wrote", OPT_LOG },
	{ "path", 0, OPT_FLAG, 0, "print the folder of the attempt", OPT_PATH },
	{ "prompt", 0, OPT_FLAG, 0, "print the prompt of the attempt", OPT_PROMPT },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-show",
	.purpose = "show a task, its attempts and their logs",
	.usage = (const char *const[]){
		"[--attempt N] [--json | --path | --prompt | --log [--follow]] ID", NULL },
	.opts = opts,
};

struct request {
	const char *name;	/* the operand */
	int what;		/* one of the keys above, 0: the task as text */
	int number;		/* 0: the newest */
	bool follow;
};

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int64_t n;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == OPT_FOLLOW) {
			q->follow = true;
		} else if (key == OPT_ATTEMPT) {
			if (num_int(value, 1, INT32_MAX, &n) == -1)
				return err_set(e, ERR_USAGE, "--attempt: '%s' is no number", value);
			q->number = (int)n;
		} else if (key == OPT_OPERAND) {
			if (q->name != NULL)
				return err_set(e, ERR_USAGE, "one task at a time: '%s'", value);
			q->name = value;
		} else if (q->what != 0 && q->what != key) {
			return err_set(e, ERR_USAGE,
			    "only one of --json, --log, --path and --prompt can be given");
		} else {
			q->what = key;
		}
	}
	if (q->follow && q->what != OPT_LOG)
		return err_set(e, ERR_USAGE, "--follow goes with --log only");
	if (q->name == NULL)
		return err_set(e, ERR_USAGE, "the id of a task is missing");
	return 0;
}

/* 0, 1: nothing is next, -1. */
static int
find(struct cmd *c, const struct request *q, const struct tasks *tasks, const struct task **t,
    struct err *e)
{
	struct ready_rules rules;
	struct vec_id ready = { 0 };
	int64_t id = 0;

	if (strcmp(q->name, "next") == 0) {
		cmd_rules(c, &rules);
		ready_list(tasks, &rules, &ready);
		id = ready.n > 0 ? ready.v[0] : 0;
		vec_id_release(&ready);
		if (id == 0)
			return err_set(e, ERR_NO, "nothing is ready");
	} else if (num_id(q->name, &id) == -1) {
		return err_set(e, ERR_USAGE, "'%s' is no id", q->name);
	}
	if ((*t = tasks_find(tasks, id)) != NULL || (*t = archive_ask(c->archive, id)) != NULL)
		return 0;
	if (archive_failed(c->archive, e) == -1)
		return -1;
	return err_set(e, ERR_USAGE, "no task %lld", (long long)id);
}

/* As it is into a pipe or file, NUL and all; made visible on a terminal. */
static int
put(void *arg, const char *data, size_t len)
{
	struct buf text = { 0 };

	(void)arg;
	if (isatty(STDOUT_FILENO))
		str_visible(&text, data, len, true);
	else
		buf_append(&text, data, len);
	fwrite(buf_str(&text), 1, text.len, stdout);
	buf_release(&text);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}

static int
put_file(const struct cmd *c, int64_t id, int number, const char *name, struct err *e)
{
	struct buf text = { 0 };
	int r = show_file(&c->project, id, number, name, &text, e);

	if (r == 0 && text.len > 0)
		put(NULL, text.data, text.len);
	buf_release(&text);
	return r;
}

static int
print_attempt(const struct cmd *c, const struct request *q, const struct task *t,
    const struct show_attempts *attempts, struct err *e)
{
	const struct show_attempt *a = show_attempt(attempts, q->number);
	int r = 0;

	if (a == NULL)
		return err_set(e, ERR_NO, q->number ? "task %lld has no attempt %d" :
		    "task %lld has no attempt yet", (long long)t->id, q->number);
	if (q->what == OPT_PATH) {
		cmd_text(a->path);
		putchar('\n');
	} else if (q->what == OPT_PROMPT) {
		r = put_file(c, t->id, a->number, "prompt.md", e);
		if (r == 1)
			err_set(e, ERR_NO, "attempt %d got no prompt", a->number);
	} else if (q->follow && a->class == NULL) {
		r = follow_attempt(&c->project, t->id, a->number, put, NULL, e);
	} else if (put_file(c, t->id, a->number, "stdout", e) == -1 ||
	    put_file(c, t->id, a->number, "stderr", e) == -1) {
		r = -1;	/* that neither is there yet is no error */
	}
	return r == 0 ? 0 : -1;
}

static void
print_task(const struct task *t, const char *archived, const struct show_attempts *attempts,
    bool json)
{
	struct buf text = { 0 };
	struct val *v;

	if (json) {
		v = show_value(t, archived, attempts);
		json_print(&text, v);
		puts(buf_str(&text));
		val_free(v);
	} else {
		show_text(t, archived, attempts, &text);
		put(NULL, text.data, text.len);
	}
	buf_release(&text);
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { 0 };
	struct tasks tasks = { 0 };
	struct show_attempts attempts = { 0 };
	const struct task *t = NULL;
	int r = -1;

	if (parse(c, &q, e) == -1 || cmd_open(c, e) == -1 ||
	    store_read(&c->project, &tasks, e) == -1)
		return -1;
	if (find(c, &q, &tasks, &t, e) == -1 ||
	    show_attempts(&attempts, &c->project, t->id, e) == -1)
		goto done;
	r = 0;
	if (q.what == 0 || q.what == OPT_JSON)
		print_task(t, tasks_find(&tasks, t->id) != NULL ? NULL :
		    archive_place(archive_ask_all(c->archive), t), &attempts, q.what == OPT_JSON);
	else
		r = print_attempt(c, &q, t, &attempts, e);
done:
	show_attempts_release(&attempts);
	tasks_release(&tasks);
	return r;
}
