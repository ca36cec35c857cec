/*
 * orch-edit - the task file in an editor: a copy, merged back
 */
#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

#include "base/vec.h"
#include "cmd.h"
#include "work/edit_session.h"

enum { OPT_RESUME = CMD_FIRST };

static const struct opt opts[] = {
	{ "resume", 0, OPT_FLAG, 0, "go on with a copy that was kept", OPT_RESUME },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-edit",
	.purpose = "edit the task file in an editor",
	.usage = (const char *const[]){ "[-n | --resume]", NULL },
	.opts = opts,
};

static int
parse(struct cmd *c, bool *resume, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_RESUME)
			*resume = true;
		else if (key == OPT_OPERAND)
			return err_set(e, ERR_USAGE, "no argument is expected: '%s'", value);
		else
			return -1;
	}
	if (*resume && c->dry_run)
		return err_set(e, ERR_USAGE, "--resume and --dry-run exclude each other");
	return 0;
}

/* Once more, where there is a person to ask? */
static bool
again(struct err *e)
{
	char answer[64];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	cmd_message("", e->msg);
	for (;;) {
		fputs("(e)dit again or (q)uit? ", stderr);
		if (fgets(answer, sizeof answer, stdin) == NULL ||
		    tolower((unsigned char)*answer) == 'q')
			break;
		if (tolower((unsigned char)*answer) == 'e')
			return true;
	}
	err_set(e, ERR_INVALID, "nothing was changed");
	return false;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct edit_session s;
	struct vec_id changed = { 0 };
	bool resume = false;
	int r = -1;

	if (parse(c, &resume, e) == -1 || cmd_open_to_change(c, e) == -1)
		return -1;
	if (edit_begin(&s, &c->project, c->dry_run, resume, e) == -1)
		goto done;
	do
		if ((r = edit_run(&s, e)) == 0)
			r = edit_merge(&s, &c->store, &changed, e);
	while (r == -1 && e->code == ERR_INVALID && again(e));
	if (r == 1)
		cmd_say(c, "nothing was changed");
	if (r == 0)
		cmd_print_ids(&changed);
	r = r == -1 ? -1 : 0;
done:
	edit_end(&s);
	vec_id_release(&changed);
	return r;
}
