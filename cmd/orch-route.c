/*
 * orch-route - chooses agent, model, profile and skills for new tasks
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/select.h"
#include "work/route.h"

enum { OPT_EXPLAIN = CMD_FIRST };

static const struct opt opts[] = {
	{ "agent", 'a', OPT_AGENT, "AGENT", "give it to this one, whatever the rules say", 'a' },
	{ "explain", 0, OPT_FLAG, 0, "print id, agent and why instead of ids", OPT_EXPLAIN },
	{ "json", 0, OPT_FLAG, 0, "print one JSON object a line instead", CMD_JSON },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-route",
	.purpose = "choose agents for tasks",
	.usage = (const char *const[]){
		"[-n] [--agent AGENT] [--explain | --json] [SELECTOR ..]",
		NULL,
	},
	.opts = opts,
};

static void
print_json(const struct route_line *line)
{
	struct val *v = route_line_value(line);
	struct buf text = { 0 };

	json_print(&text, v);
	puts(buf_str(&text));
	buf_release(&text);
	val_free(v);
}

/* Ids, or with --explain id, agent and reason; what went wrong is a warning. */
static int
print(const struct cmd *c, const struct routes *routes, bool explains, bool json)
{
	int status = 0;

	for (size_t i = 0; i < routes->n; i++) {
		const struct route_line *line = &routes->v[i];

		if (line->code != ERR_NONE) {
			status = err_worse(status, err_exit(line->code));
			cmd_warn(c, "task %lld: %s", (long long)line->id, line->reason);
		}
		if (json)
			print_json(line);
		if (json || (line->code != ERR_NONE && !c->print_all))
			continue;
		printf("%lld", (long long)line->id);
		if (explains) {
			printf("\t%s\t", line->agent ? line->agent : "-");
			cmd_text(line->reason);
		}
		putchar('\n');
	}
	return status;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct routes routes = { 0 };
	struct vec_id ids = { 0 };
	struct tasks tasks = { 0 };
	const char *value, *agent = NULL;
	bool explains = false, json = false;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == 'a')
			agent = value;
		else if (key == OPT_EXPLAIN)
			explains = true;
		else if (key == CMD_JSON)
			json = true;
		else if (cmd_operand(c, value, e) == -1)
			return -1;
	}
	if (cmd_open_to_change(c, e) == -1 || store_read(&c->project, &tasks, e) == -1)
		return -1;
	if (cmd_select(c, &tasks, "@new", &ids, e) == -1 || (ids.n > 0 &&
	    route_tasks(&c->project, &ids, agent, c->dry_run, &routes, e) == -1))
		goto done;
	r = print(c, &routes, explains, json);
done:
	tasks_release(&tasks);
	vec_id_release(&ids);
	routes_release(&routes);
	return r;
}
