/*
 * orch-gc - archives finished tasks and removes what is old
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/gc.h"

enum { OPT_EVIDENCE = CMD_FIRST, OPT_OLDER };

static const struct opt opts[] = {
	{ "evidence", 0, OPT_FLAG, 0, "remove old evidence of damage too", OPT_EVIDENCE },
	{ "json", 0, OPT_FLAG, 0, "print one JSON object for each thing", CMD_JSON },
	{ "older", 0, OPT_TEXT, "AGE", "this age instead of those of orch.yml", OPT_OLDER },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-gc",
	.purpose = "archive finished tasks, remove what is old",
	.usage = (const char *const[]){
		"[-n] [--evidence] [--json] [--older AGE] [archive | runs | worktrees | logs ..]",
		NULL,
	},
	.opts = opts,
};

static int
kind_of(const char *word, struct err *e)
{
	static const struct { const char *word; enum gc_kind kind; } kinds[] = {
		{ "archive", GC_ARCHIVE }, { "worktrees", GC_WORKTREES }, { "runs", GC_RUNS },
		{ "logs", GC_LOGS },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(word, kinds[i].word) == 0)
			return (int)kinds[i].kind;
	return err_set(e, ERR_USAGE, "'%s' is not archive, runs, worktrees or logs", word);
}

static int
parse(struct cmd *c, struct gc_wish *wish, bool *json, struct err *e)
{
	const char *value;
	int64_t ms;
	int key, kind;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_EVIDENCE) {
			wish->evidence = true;
		} else if (key == CMD_JSON) {
			*json = true;
		} else if (key == OPT_OLDER) {
			if (num_duration(value, &ms) == -1)
				return err_set(e, ERR_USAGE, "--older: '%s' is no duration such as 30d", value);
			wish->older = ms / 1000;
		} else if (key == OPT_OPERAND) {
			if ((kind = kind_of(value, e)) == -1)
				return -1;
			wish->kinds |= (unsigned)kind;
		} else {
			return -1;
		}
	}
	if (wish->kinds == 0)
		wish->kinds = GC_ALL;
	return 0;
}

static void
print_json(const struct gc_thing *t)
{
	struct val *v = gc_value(t);
	struct buf line = { 0 };

	json_print(&line, v);
	buf_putc(&line, '\n');
	cmd_text(buf_str(&line));
	buf_release(&line);
	val_free(v);
}

/* Ids on standard output; the rest is said, what failed in any case. */
static int
print(const struct cmd *c, const struct gc_report *report, bool json)
{
	int status = 0;

	for (size_t i = 0; i < report->n; i++) {
		const struct gc_thing *t = &report->v[i];

		if (json)
			print_json(t);
		else if (strcmp(t->kind, "task") == 0)
			printf("%s\n", t->what);
		else if (t->kept == NULL)
			cmd_say(c, "%s %s %s", t->kind, t->what, c->dry_run ? "would go" : "is gone");
		else if (t->code == ERR_NONE)
			cmd_say(c, "%s %s stays: %s", t->kind, t->what, t->kept);
		if (t->code != ERR_NONE) {
			cmd_warn(c, "%s %s stays: %s", t->kind, t->what, t->kept);
			status = err_worse(status, err_exit(t->code));
		}
	}
	return status;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct gc_wish wish = { .older = -1, .command = cmd_about.name };
	struct gc_report report = { 0 };
	bool json = false;
	int r, status;

	if (parse(c, &wish, &json, e) == -1 || cmd_open_to_change(c, e) == -1)
		return -1;
	wish.dry_run = c->dry_run;
	c->verbose = c->verbose || (c->dry_run && !c->quiet);
	r = gc_run(&c->project, &wish, &report, e);
	status = print(c, &report, json);
	gc_release(&report);
	return r == -1 ? -1 : status;
}
