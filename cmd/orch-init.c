/*
 * orch-init - makes a folder a project, and says which agents are there
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "cmd.h"
#include "sys/path.h"
#include "work/init.h"
#include "work/suite.h"

enum { OPT_TRACK = CMD_FIRST, OPT_NO_GIT };

static const struct opt opts[] = {
	{ "no-git", 0, OPT_FLAG, 0, "the folder need not be in a git repository", OPT_NO_GIT },
	{ "track", 0, OPT_FLAG, 0, "let git track the task file", OPT_TRACK },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-init",
	.purpose = "set up a project in a git repository",
	.usage = (const char *const[]){ "[-n] [--track] [--no-git]", NULL },
	.opts = opts,
};

static int
parse(struct cmd *c, struct init_opts *o, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_TRACK)
			o->track = true;
		else if (key == OPT_NO_GIT)
			o->no_git = true;
		else if (key == OPT_OPERAND)
			return err_set(e, ERR_USAGE, "no argument is expected: '%s' (-C names a folder)",
			    value);
		else
			return -1;
	}
	o->dry_run = c->dry_run;
	o->command = cmd_about.name;
	return 0;
}

static const char *
given(const char *flag, const char *variable)
{
	const char *value = flag ? flag : getenv(variable);

	return value && *value ? value : NULL;
}

/* The folder that is to be a project; one above it that is one is not meant. */
static int
open_folder(struct cmd *c, struct err *e)
{
	const char *dir = given(c->dir, "ORCH_DIR"), *file = given(c->file, "ORCH_TASKS");
	char *path, *folder;
	int r;

	path = path_join(dir ? dir : ".", file ? file : "tasks.yml");
	folder = path_dir(path);
	r = project_at(&c->project, folder, cmd_about.name, e);
	c->open = r == 0;
	if (r == 0 && file != NULL) {
		free(c->project.tasks);
		c->project.tasks = path_join(c->project.dir, path_base(file));
	}
	free(folder);
	free(path);
	return r;
}

static int
print_agents(const struct cmd *c, struct err *e)
{
	struct vec_str names = { 0 }, paths = { 0 };
	int r = init_agents(&c->project, &names, &paths, e);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		printf("%s\t", names.v[i]);
		cmd_text(paths.v[i]);
		putchar('\n');
	}
	vec_str_release(&names);
	vec_str_release(&paths);
	return r;
}

static void
say(const struct cmd *c, const struct init_report *r)
{
	struct vec_str lines = { 0 };
	char *bin = suite_dir();

	for (size_t i = 0; i < r->made.n; i++)
		fprintf(stderr, "%s: %s '%s'\n", cmd_about.name,
		    c->dry_run ? "would make" : "made", r->made.v[i]);
	for (size_t i = 0; i < r->kept.n && c->verbose; i++)
		fprintf(stderr, "%s: '%s' is there already\n", cmd_about.name, r->kept.v[i]);
	if (r->made.n == 0)
		fprintf(stderr, "%s: all of it is there already\n", cmd_about.name);
	if (r->hooks == NULL)
		cmd_warn(c, "no git repository: attempts run in the folder itself, one at a time");
	else if (r->no_commit)
		cmd_warn(c, "the repository has no commit yet, and orch-run needs one");
	if (r->made.n > 0 && !c->dry_run) {
		init_offer(&c->project, r, bin, &lines);
		for (size_t i = 0; i < lines.n; i++)
			fprintf(stderr, "%s: %s %s\n", cmd_about.name,
			    i == 0 ? "to work by itself, in a crontab:" : "to work after each pull:",
			    lines.v[i]);
	}
	vec_str_release(&lines);
	free(bin);
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct init_opts o = { 0 };
	struct init_report report = { 0 };
	const char *attempt = getenv("ORCH_ATTEMPT");
	int r;

	if (parse(c, &o, e) == -1)
		return -1;
	if (attempt != NULL && *attempt != '\0' && !c->dry_run)
		return err_set(e, ERR_USAGE, "nothing is changed from inside an attempt (%s)", attempt);
	if (open_folder(c, e) == -1 || init_project(&c->project, &o, &report, e) == -1)
		return -1;
	if (!c->quiet)
		say(c, &report);
	r = print_agents(c, e);
	init_release(&report);
	return r;
}
