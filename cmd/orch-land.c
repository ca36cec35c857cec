/*
 * orch-land - brings finished branches onto the target branch, one at a time
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/land.h"

enum { OPT_ONTO = CMD_FIRST, OPT_UNCHECKED };

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, 0, "print one JSON object for each task", CMD_JSON },
	{ "onto", 0, OPT_TEXT, "BRANCH", "land on this one", OPT_ONTO },
	{ "unchecked", 0, OPT_FLAG, 0, "what nothing verifies lands too", OPT_UNCHECKED },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-land",
	.purpose = "merge finished branches, one at a time",
	.usage = (const char *const[]){
		"[-n] [--json] [--onto BRANCH] [--unchecked] [SELECTOR ..]",
		NULL,
	},
	.opts = opts,
};

struct request {
	struct cmd *cmd;
	bool json;
};

static void
print_json(const struct land_line *line)
{
	struct val *v = land_value(line);
	struct buf text = { 0 };

	json_print(&text, v);
	buf_putc(&text, '\n');
	cmd_text(buf_str(&text));
	buf_release(&text);
	val_free(v);
}

/* Each task as soon as it is settled: the next one may take an hour. */
static void
report(void *arg, const struct land_line *line)
{
	const struct request *q = arg;
	bool fit = strcmp(line->result, "landed") == 0 || strcmp(line->result, "fits") == 0;

	if (q->json)
		print_json(line);
	else if (fit || q->cmd->print_all)
		printf("%lld\n", (long long)line->task);
	fflush(stdout);
	if (line->code != ERR_NONE || (fit && line->text != NULL))
		cmd_warn(q->cmd, "task %lld %s%s%s", (long long)line->task, line->result,
		    line->text ? ": " : "", line->text ? line->text : "");
	else
		cmd_say(q->cmd, "task %lld %s%s%s", (long long)line->task, line->result,
		    line->text ? ": " : "", line->text ? line->text : "");
}

/* "3" and "5,7" name tasks; any other operand selects them. */
static void
name(struct vec_id *named, const char *word)
{
	for (size_t n; *word != '\0'; word += n + (word[n] == ',')) {
		char *one = xstrndup(word, n = strcspn(word, ","));
		int64_t id;

		if (num_id(one, &id) == 0)
			vec_id_push(named, id);
		free(one);
	}
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { .cmd = c };
	struct land_wish wish = { .command = cmd_about.name, .report = report, .arg = &q };
	struct tasks tasks = { 0 };
	struct vec_id ids = { 0 }, named = { 0 };
	const char *value;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == CMD_JSON)
			q.json = true;
		else if (key == OPT_ONTO)
			wish.onto = value;
		else if (key == OPT_UNCHECKED)
			wish.unchecked = true;
		else if (cmd_operand(c, value, e) == -1)
			return -1;
		else
			name(&named, value);
	}
	if (cmd_open_to_change(c, e) == -1 || store_read(&c->project, &tasks, e) == -1)
		return -1;
	wish.dry_run = c->dry_run;
	wish.ids = &ids;
	wish.named = &named;
	if (cmd_select(c, &tasks, "@done", &ids, e) == 0)
		r = ids.n > 0 ? land_tasks(&c->project, &wish, e) : 0;
	tasks_release(&tasks);
	vec_id_release(&ids);
	vec_id_release(&named);
	return r;
}
