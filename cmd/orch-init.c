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
#include "work/hook_place.h"
#include "work/init.h"
#include "work/suite.h"

enum { OPT_TRACK = CMD_FIRST, OPT_NO_GIT, OPT_HOOKS, OPT_CHAIN, OPT_NO_HOOKS };

static const struct opt opts[] = {
	{ "chain", 0, OPT_FLAG, 0, "rename hooks that are there, ours run them first", OPT_CHAIN },
	{ "hooks", 0, OPT_TEXT, "[=LIST]", "put hooks of git into the repository", OPT_HOOKS },
	{ "no-git", 0, OPT_FLAG, 0, "the folder need not be in a git repository", OPT_NO_GIT },
	{ "no-hooks", 0, OPT_FLAG, 0, "take them out again", OPT_NO_HOOKS },
	{ "track", 0, OPT_FLAG, 0, "let git track the task file", OPT_TRACK },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-init",
	.purpose = "set up a project in a git repository",
	.usage = (const char *const[]){ "[-n] [--track] [--no-git] [--hooks[=LIST] [--chain] | --no-hooks]",
		NULL },
	.opts = opts,
};

struct request {
	struct init_opts init;
	struct hook_place place;
	bool hooks;		/* they are to be placed, or taken out */
};

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	struct init_opts *o = &q->init;
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_TRACK)
			o->track = true;
		else if (key == OPT_NO_GIT)
			o->no_git = true;
		else if (key == OPT_CHAIN)
			q->place.chain = true;
		else if (key == OPT_HOOKS || key == OPT_NO_HOOKS) {
			if (q->hooks && q->place.remove != (key == OPT_NO_HOOKS))
				return err_set(e, ERR_USAGE, "only one of --hooks and --no-hooks can be given");
			q->hooks = true;
			q->place.remove = key == OPT_NO_HOOKS;
			q->place.list = value;
		} else if (key == OPT_OPERAND)
			return err_set(e, ERR_USAGE, "no argument is expected: '%s' (-C names a folder)",
			    value);
		else
			return -1;
	}
	if (q->place.chain && (!q->hooks || q->place.remove))
		return err_set(e, ERR_USAGE, "--chain goes with --hooks only");
	o->dry_run = q->place.dry_run = c->dry_run;
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
say_lines(const struct cmd *c, const char *would, const char *did, const struct vec_str *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		fprintf(stderr, "%s: %s '%s'\n", cmd_about.name, c->dry_run ? would : did, lines->v[i]);
}

static void
say_kept(const struct cmd *c, const struct vec_str *kept)
{
	for (size_t i = 0; i < kept->n && c->verbose; i++)
		fprintf(stderr, "%s: '%s' is there already\n", cmd_about.name, kept->v[i]);
}

static void
say(const struct cmd *c, const struct init_report *r)
{
	char *bin = suite_dir(), *cron;

	say_lines(c, "would make", "made", &r->made);
	say_kept(c, &r->kept);
	if (r->made.n == 0)
		fprintf(stderr, "%s: all of it is there already\n", cmd_about.name);
	if (!r->git)
		cmd_warn(c, "no git repository: attempts run in the folder itself, one at a time");
	else if (r->no_commit)
		cmd_warn(c, "the repository has no commit yet, and orch-run needs one");
	if (r->made.n > 0 && !c->dry_run && (cron = init_offer(&c->project, bin)) != NULL) {
		fprintf(stderr, "%s: to work by itself, in a crontab: %s\n", cmd_about.name, cron);
		free(cron);
	}
	if (r->made.n > 0 && !c->dry_run)
		fprintf(stderr, "%s: to have the schedules of jobs.yml looked at each minute: orch-cron install\n",
		    cmd_about.name);
	if (r->made.n > 0 && !c->dry_run && r->git)
		fprintf(stderr, "%s: to have git's hooks add tasks and guard pushes: orch-init --hooks\n",
		    cmd_about.name);
	free(bin);
}

/* 69: what a person has to decide is left. */
static int
hooks(struct cmd *c, const struct hook_place *place, struct err *e)
{
	struct hook_placed done;
	int r = hook_place(c->project.dir, c->project.share, place, &done, e);

	if (!c->quiet) {
		say_lines(c, "would make", "made", &done.made);
		say_lines(c, "would remove", "removed", &done.removed);
		say_kept(c, &done.kept);
	}
	for (size_t i = 0; i < done.told.n; i++)
		cmd_message("", done.told.v[i]);
	if (r == 0 && done.told.n > 0)
		r = 69;
	hook_placed_release(&done);
	return r;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { .hooks = false };
	struct init_report report = { 0 };
	const char *attempt = getenv("ORCH_ATTEMPT");
	int r, status = 0;

	if (parse(c, &q, e) == -1)
		return -1;
	if (attempt != NULL && *attempt != '\0' && !c->dry_run)
		return err_set(e, ERR_USAGE, "nothing is changed from inside an attempt (%s)", attempt);
	if (open_folder(c, e) == -1)
		return -1;
	/* A bare repository has no place for a project, but for hooks. */
	if (q.hooks && (q.place.remove || hook_place_is_bare(c->project.dir)))
		return hooks(c, &q.place, e);
	if (init_project(&c->project, &q.init, &report, e) == -1)
		return -1;
	if (!c->quiet)
		say(c, &report);
	if (q.hooks)
		status = hooks(c, &q.place, e);
	r = status == -1 ? -1 : print_agents(c, e);
	init_release(&report);
	return r == -1 ? -1 : status;
}
