/*
 * orch-answer - answers the question of a task
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "cmd.h"
#include "doc/yaml.h"
#include "work/reply.h"

static const struct opt opts[] = {
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-answer",
	.purpose = "answer the question of a task",
	.usage = (const char *const[]){ "[-n] ID TEXT", "[-n] ID -", NULL },
	.opts = opts,
};

static int
parse(struct cmd *c, int64_t *id, struct buf *text, struct err *e)
{
	const char *value, *answer = NULL;
	int key;

	*id = 0;
	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (answer != NULL)
			return err_set(e, ERR_USAGE, "one text is expected, found '%s' too", value);
		if (*id != 0)
			answer = value;
		else if (num_id(value, id) == -1)
			return err_set(e, ERR_USAGE, "'%s' is no task id", value);
	}
	if (*id == 0)
		return err_set(e, ERR_USAGE, "a task id is missing");
	if (answer == NULL)
		return err_set(e, ERR_USAGE, "an answer is missing");
	if (strcmp(answer, "-") == 0)
		return cmd_read("-", YAML_SCALAR_MAX, text, e);
	buf_puts(text, answer);
	return 0;
}

/* Before the answer, because it is about the attempt that asked. */
static int
find_session(struct cmd *c, int64_t id, char **session, struct err *e)
{
	struct tasks tasks = { 0 };
	const struct task *t;

	if (store_read(&c->project, &tasks, e) == -1)
		return -1;
	if ((t = tasks_find(&tasks, id)) != NULL)
		*session = reply_session(&c->project, t);
	tasks_release(&tasks);
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct buf text = { 0 };
	char *session = NULL, *message;
	int64_t id;
	int r = -1;

	if (parse(c, &id, &text, e) == -1 || cmd_open_to_change(c, e) == -1 ||
	    find_session(c, id, &session, e) == -1 ||
	    reply_give(&c->project, &c->store, id, buf_str(&text), text.len, e) == -1)
		goto done;
	printf("%lld\n", (long long)id);
	if (!c->quiet && session != NULL) {
		message = xasprintf("task %lld: %s", (long long)id, session);
		cmd_message("", message);
		free(message);
	}
	r = 0;
done:
	buf_release(&text);
	free(session);
	return r;
}
