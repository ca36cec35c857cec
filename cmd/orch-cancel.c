/*
 * orch-cancel - withdraws tasks
 */
#include <stdio.h>

#include "cmd.h"
#include "task/ready.h"
#include "task/state.h"
#include "work/move.h"

enum { OPT_REASON = CMD_FIRST };

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, 0, "print one JSON object for each", CMD_JSON },
	{ "reason", 0, OPT_TEXT, "TEXT", "why", OPT_REASON },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-cancel",
	.purpose = "withdraw tasks",
	.usage = (const char *const[]){ "[-n] [--json] [--reason TEXT] SELECTOR ..", NULL },
	.opts = opts,
};

static void
print_json(const struct vec_id *ids, enum status status, const struct vec_id *stopped)
{
	for (size_t i = 0; i < ids->n; i++)
		printf("{\"schema\":1,\"id\":%lld,\"status\":\"%s\",\"stopped\":%s}\n", (long long)ids->v[i],
		    state_name(status), vec_id_has(stopped, ids->v[i]) ? "true" : "false");
}

static int
print(const struct cmd *c, const struct moved *m, bool json)
{
	for (size_t i = 0; i < m->refused.n; i++)
		cmd_warn(c, "%s", m->refused.v[i]);
	for (size_t i = 0; i < m->stopped.n; i++)
		cmd_say(c, "task %lld was stopped", (long long)m->stopped.v[i]);
	for (size_t i = 0; i < m->followed.skipped.n; i++)
		cmd_say(c, "task %lld is skipped", (long long)m->followed.skipped.v[i]);
	for (size_t i = 0; i < m->followed.joined.n; i++)
		cmd_say(c, "task %lld is not blocked any more", (long long)m->followed.joined.v[i]);
	if (json) {
		print_json(&m->there, ST_CANCELLED, &m->stopped);
		print_json(&m->followed.skipped, ST_SKIPPED, &m->stopped);
		return m->status;
	}
	cmd_print_ids(c->print_all ? &m->selected : &m->there);
	if (c->print_all)
		cmd_print_ids(&m->followed.skipped);
	return m->status;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct moved moved = { 0 };
	struct ready_rules rules;
	const char *value, *reason = NULL;
	bool json = false;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key == CMD_JSON)
			json = true;
		else if (key == OPT_REASON)
			reason = *value ? value : NULL;
		else if (cmd_operand(c, value, e) == -1)
			return -1;
	}
	if (c->select == NULL)
		return err_set(e, ERR_USAGE, "say which tasks (orch-select(7))");
	if (cmd_open_to_change(c, e) == -1)
		return -1;
	cmd_rules(c, &rules);
	if (move_away(&c->project, &c->store, c->select, &rules, reason, &moved, e) == 0)
		r = print(c, &moved, json);
	moved_release(&moved);
	return r;
}
