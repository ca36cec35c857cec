/*
 * orch-context - prints the prompt that an attempt would get
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "task/config.h"
#include "task/ready.h"
#include "task/repo.h"
#include "work/context.h"

enum { OPT_EXPLAIN = CMD_FIRST };

static const struct opt opts[] = {
	{ "explain", 0, OPT_FLAG, 0, "print the bytes of each part instead", OPT_EXPLAIN },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-context",
	.purpose = "print the prompt of a task",
	.usage = (const char *const[]){
		"[--explain] ID|next",
		NULL,
	},
	.opts = opts,
};

/* part, bytes, cap, bytes left out: tab-separated; the last line is the whole. */
static void
explain(const struct context *context, int64_t cap)
{
	size_t out = 0;

	for (size_t i = 0; i < context->n; i++) {
		const struct context_part *part = &context->part[i];

		printf("%s\t%zu\t%zu\t%zu\n", part->name, part->bytes, part->cap, part->left_out);
		out += part->left_out;
	}
	printf("total\t%zu\t%lld\t%zu\n", context->prompt.len, (long long)cap, out);
}

static int64_t
first_ready(const struct cmd *c, const struct tasks *tasks)
{
	struct ready_rules rules;
	struct vec_id ready = { 0 };
	int64_t id;

	cmd_rules(c, &rules);
	ready_list(tasks, &rules, &ready);
	id = ready.n > 0 ? ready.v[0] : 0;
	vec_id_release(&ready);
	return id;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct context_input input = { 0 };
	struct context context = { 0 };
	struct tasks tasks = { 0 };
	const char *value, *name = NULL;
	bool explains = false;
	int64_t id = 0;
	char *base = NULL;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == OPT_EXPLAIN)
			explains = true;
		else if (name != NULL)
			return err_set(e, ERR_USAGE, "one task id is expected, found '%s' too", value);
		else
			name = value;
	}
	if (name == NULL)
		return err_set(e, ERR_USAGE, "a task id is missing");
	if (strcmp(name, "next") != 0 && num_id(name, &id) == -1)
		return err_set(e, ERR_USAGE, "'%s' is no task id", name);
	if (cmd_open(c, e) == -1 || store_read(&c->project, &tasks, e) == -1)
		return -1;
	if (id == 0 && (id = first_ready(c, &tasks)) == 0) {
		err_set(e, ERR_NO, "nothing is ready");
		goto done;
	}
	input.project = &c->project;
	input.tasks = &tasks;
	if ((input.task = tasks_find(&tasks, id)) == NULL) {
		err_set(e, ERR_USAGE, "no task %lld", (long long)id);
		goto done;
	}
	if ((input.repo = repo_of(&c->project, input.task, e)) == NULL)
		goto done;
	input.attempt = (int)task_int(input.task, F_ATTEMPTS, 0) + 1;
	if ((input.worktree = task_text(input.task, F_WORKTREE)) != NULL)
		input.base_id = base = context_base(&c->project, input.task);
	if (context_build(&context, &input, e) == -1)
		goto done;
	if (explains)
		explain(&context, config_int(&c->project.config, "context.max_bytes"));
	else
		cmd_text(buf_str(&context.prompt));
	r = 0;
done:
	context_release(&context);
	free(base);
	tasks_release(&tasks);
	return r;
}
