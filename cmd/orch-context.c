/*
 * orch-context - prints the prompt that an attempt would get
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "cmd.h"
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
		"[--explain] ID",
		NULL,
	},
	.opts = opts,
};

/* part, bytes, cap, bytes left out: tab-separated; the last line is the whole. */
static void
explain(const struct context *context)
{
	size_t bytes = 0, out = 0;

	for (size_t i = 0; i < context->n; i++) {
		const struct context_part *part = &context->part[i];

		printf("%s\t%zu\t%zu\t%zu\n", part->name, part->bytes, part->cap, part->left_out);
		bytes += part->bytes;
		out += part->left_out;
	}
	printf("total\t%zu\t%zu\t%zu\n", context->prompt.len, bytes, out);
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct context_input input = { 0 };
	struct context context = { 0 };
	struct tasks tasks = { 0 };
	const char *value;
	bool explains = false;
	int64_t id = 0;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == OPT_EXPLAIN)
			explains = true;
		else if (id != 0 || num_id(value, &id) == -1)
			return err_set(e, ERR_USAGE, "one task id is expected, found '%s'", value);
	}
	if (id == 0)
		return err_set(e, ERR_USAGE, "a task id is missing");
	if (cmd_open(c, e) == -1 || store_read(&c->project, &tasks, e) == -1)
		return -1;
	input.project = &c->project;
	input.tasks = &tasks;
	if ((input.task = tasks_find(&tasks, id)) == NULL) {
		err_set(e, ERR_USAGE, "no task %lld", (long long)id);
		goto done;
	}
	input.attempt = (int)task_int(input.task, F_ATTEMPTS, 0) + 1;
	input.worktree = task_text(input.task, F_WORKTREE);
	if (context_build(&context, &input, e) == -1)
		goto done;
	if (explains)
		explain(&context);
	else
		fwrite(buf_str(&context.prompt), 1, context.prompt.len, stdout);
	r = 0;
done:
	context_release(&context);
	tasks_release(&tasks);
	return r;
}
