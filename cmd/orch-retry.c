/*
 * orch-retry - puts parked tasks back and reopens ended ones
 */
#include <stdio.h>

#include "base/vec.h"
#include "cmd.h"
#include "task/ready.h"
#include "work/due.h"
#include "work/move.h"

enum { OPT_DUE = CMD_FIRST };

static const struct opt opts[] = {
	{ "due", 0, OPT_FLAG, 0, "settle what was cut off, print what is due again", OPT_DUE },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-retry",
	.purpose = "put parked and ended tasks back",
	.usage = (const char *const[]){ "[-n] SELECTOR ..", "[-n] --due", NULL },
	.opts = opts,
};

static int
due(struct cmd *c, const struct ready_rules *rules, struct err *e)
{
	struct vec_id ids = { 0 };
	struct vec_str problems = { 0 };
	int status = 0, r = due_recover(&c->project, rules, c->dry_run, &ids, &problems, &status, e);

	for (size_t i = 0; i < problems.n; i++)
		cmd_warn(c, "%s", problems.v[i]);
	cmd_print_ids(&ids);
	vec_id_release(&ids);
	vec_str_release(&problems);
	return r == -1 ? -1 : status;
}

static int
print(const struct cmd *c, const struct moved *m)
{
	for (size_t i = 0; i < m->refused.n; i++)
		cmd_warn(c, "%s", m->refused.v[i]);
	cmd_print_ids(c->print_all ? &m->selected : &m->there);
	cmd_print_ids(&m->followed.back);
	return m->status;
}

static int
back(struct cmd *c, const struct ready_rules *rules, struct err *e)
{
	struct moved moved = { 0 };
	int r = move_back(&c->project, &c->store, c->select, rules, &moved, e);

	if (r == 0)
		r = print(c, &moved);
	moved_release(&moved);
	return r;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct ready_rules rules;
	const char *value;
	bool is_due = false;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == OPT_DUE)
			is_due = true;
		else if (cmd_operand(c, value, e) == -1)
			return -1;
	}
	if (is_due == (c->select != NULL))
		return err_set(e, ERR_USAGE, is_due ? "--due takes no selector" :
		    "say which tasks (orch-select(7)), or --due");
	if (cmd_open_to_change(c, e) == -1)
		return -1;
	cmd_rules(c, &rules);
	return is_due ? due(c, &rules, e) : back(c, &rules, e);
}
