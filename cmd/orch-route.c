/*
 * orch-route - chooses agent, model, profile and skills for new tasks
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"
#include "cmd.h"
#include "task/select.h"
#include "work/route.h"

enum { OPT_EXPLAIN = CMD_FIRST };

static const struct opt opts[] = {
	{ "agent", 'a', OPT_AGENT, "AGENT", "give it to this one, whatever the rules say", 'a' },
	{ "explain", 0, OPT_FLAG, 0, "print id, agent and why instead of ids", OPT_EXPLAIN },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-route",
	.purpose = "choose agents for tasks",
	.usage = (const char *const[]){
		"[-n] [--agent AGENT] [--explain] [SELECTOR ..]",
		NULL,
	},
	.opts = opts,
};

/* One line a task: what would be chosen and why, or why not. */
static int
explain(struct cmd *c, const struct tasks *tasks, const struct vec_id *ids, const char *agent)
{
	int status = 0;

	for (size_t i = 0; i < ids->n; i++) {
		struct route route = { 0 };
		struct err e = { 0 };

		if (route_choose(&route, &c->project, tasks, ids->v[i], agent, (unsigned)i, &e) == 0)
			printf("%lld\t%s\t%s\n", (long long)ids->v[i], route.agent, route.reason);
		else {
			printf("%lld\t-\t", (long long)ids->v[i]);
			cmd_text(e.msg);
			putchar('\n');
			status = err_worse(status, err_exit(e.code));
		}
		route_release(&route);
	}
	return status;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct vec_id ids = { 0 }, routed = { 0 };
	struct tasks tasks = { 0 };
	const char *value, *agent = NULL;
	bool explains = false;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == 'a')
			agent = value;
		else if (key == OPT_EXPLAIN)
			explains = true;
		else if (cmd_operand(c, value, e) == -1)
			return -1;
	}
	if ((explains ? cmd_open(c, e) : cmd_open_to_change(c, e)) == -1 ||
	    store_read(&c->project, &tasks, e) == -1)
		return -1;
	if (cmd_select(c, &tasks, "@new", &ids, e) == -1)
		goto done;
	if (explains) {
		r = explain(c, &tasks, &ids, agent);
		goto done;
	}
	if (ids.n > 0)
		r = route_tasks(&c->project, &ids, agent, c->dry_run, &routed, e);
	else
		r = 0;
	/* What could be routed is printed even if something else could not. */
	cmd_print_ids(&routed);
done:
	tasks_release(&tasks);
	vec_id_release(&ids);
	vec_id_release(&routed);
	return r;
}
