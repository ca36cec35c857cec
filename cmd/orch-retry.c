/*
 * orch-retry - puts parked tasks back and reopens ended ones
 */
#include <stdio.h>

#include "cmd.h"
#include "task/ready.h"
#include "work/move.h"

static const struct opt opts[] = {
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-retry",
	.purpose = "put parked and ended tasks back",
	.usage = (const char *const[]){ "[-n] SELECTOR ..", NULL },
	.opts = opts,
};

static int
print(const struct cmd *c, const struct moved *m)
{
	for (size_t i = 0; i < m->refused.n; i++)
		cmd_warn(c, "%s", m->refused.v[i]);
	cmd_print_ids(c->print_all ? &m->selected : &m->there);
	cmd_print_ids(&m->followed);
	return m->status;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct moved moved = { 0 };
	struct ready_rules rules;
	const char *value;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END)
		if (key == OPT_ERROR || cmd_operand(c, value, e) == -1)
			return -1;
	if (c->select == NULL)
		return err_set(e, ERR_USAGE, "say which tasks (orch-select(7))");
	if (cmd_open_to_change(c, e) == -1)
		return -1;
	cmd_rules(c, &rules);
	if (move_back(&c->project, &c->store, c->select, &rules, &moved, e) == 0)
		r = print(c, &moved);
	moved_release(&moved);
	return r;
}
