/*
 * orch-set - changes fields of tasks, with checks
 */
#include <stdio.h>

#include "base/vec.h"
#include "cmd.h"
#include "task/ready.h"
#include "task/select.h"
#include "work/set.h"

enum { OPT_JSON_VALUE = CMD_FIRST };

static const struct opt opts[] = {
	{ "json-value", 0, OPT_FLAG, 0, "values are JSON, not text", OPT_JSON_VALUE },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-set",
	.purpose = "change fields of tasks",
	.usage = (const char *const[]){
		"[-n] [--json-value] SELECTOR .. FIELD=VALUE ..",
		"[-n] [--json-value] SELECTOR .. FIELD+=ITEM .. FIELD-=ITEM .. FIELD= ..",
		NULL,
	},
	.opts = opts,
};

int
cmd_run(struct cmd *c, struct err *e)
{
	struct vec_str assignments = { 0 };
	struct vec_id ids = { 0 }, changed = { 0 };
	struct ready_rules rules;
	const char *value;
	bool json = false;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			goto done;
		if (key == OPT_JSON_VALUE)
			json = true;
		else if (set_is_assignment(value))
			vec_str_push(&assignments, value);
		else if (cmd_operand(c, value, e) == -1)
			goto done;
	}
	if (c->select == NULL)
		err_set(e, ERR_USAGE, "say which tasks (orch-select(7))");
	else if (assignments.n == 0)
		err_set(e, ERR_USAGE, "say what to set: FIELD=VALUE");
	if (c->select == NULL || assignments.n == 0 || cmd_open_to_change(c, e) == -1)
		goto done;
	cmd_rules(c, &rules);
	if (set_fields(&c->project, &c->store, c->select, &rules, &assignments, json, &ids,
	    &changed, e) == -1)
		goto done;
	cmd_print_ids(c->print_all ? &ids : &changed);
	r = 0;
done:
	vec_id_release(&ids);
	vec_id_release(&changed);
	vec_str_release(&assignments);
	return r;
}
