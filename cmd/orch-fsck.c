/*
 * orch-fsck - names everything that is wrong with a project, and changes nothing
 */
#include <stdio.h>

#include "base/buf.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/fsck.h"

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, 0, "print one JSON object for each finding", CMD_JSON },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-fsck",
	.purpose = "check the files of a project",
	.usage = (const char *const[]){ "[--json]", NULL },
	.opts = opts,
};

static void
print(const struct finding *f, bool json)
{
	struct buf text = { 0 };
	struct val *v;

	if (json) {
		v = fsck_value(f);
		json_print(&text, v);
		val_free(v);
	} else {
		buf_printf(&text, "%s\t%s\t%s", f->check, f->place, f->message);
	}
	buf_putc(&text, '\n');
	cmd_text(buf_str(&text));
	buf_release(&text);
}

/*
 * What keeps every other command from opening the project is what this one is asked
 * about: a configuration that is not valid, or an .orch that is not private.
 */
static int
look(struct cmd *c, struct findings *f, struct err *e)
{
	if (cmd_open(c, e) == 0)
		return fsck_project(f, &c->project, e);
	if (e->code == ERR_USAGE)
		return -1;
	fsck_unopened(f, e);
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct findings f = { 0 };
	bool json = false;
	int r;

	if (cmd_only_json(c, &json, e) == -1)
		return -1;
	r = look(c, &f, e);
	for (size_t i = 0; i < f.n; i++)
		print(&f.v[i], json);
	if (r == 0 && f.n > 0)
		r = 1;
	fsck_release(&f);
	return r;
}
