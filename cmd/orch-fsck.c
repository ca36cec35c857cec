/*
 * orch-fsck - names everything that is wrong with a project, and mends what it may
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/fsck.h"
#include "work/fsck_backup.h"
#include "work/fsck_lock.h"
#include "work/pipeline.h"

enum { KEY_FIX = CMD_FIRST, KEY_KILL, KEY_LOCKS, KEY_LIST, KEY_VERIFY,
	KEY_RESTORE, KEY_PIPELINE };

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, 0, "print one JSON object on a line for each", CMD_JSON },
	{ "fix", 0, OPT_FLAG, 0, "mend what can be mended without a loss", KEY_FIX },
	{ "locks", 0, OPT_FLAG, 0, "say who holds which lock instead", KEY_LOCKS },
	{ "kill", 0, OPT_FLAG, 0, "with --locks: end a stale holder of the state lock", KEY_KILL },
	{ "list-backups", 0, OPT_FLAG, 0, "list the former generations instead", KEY_LIST },
	{ "verify", 0, OPT_FLAG, 0, "check the former generations alone", KEY_VERIFY },
	{ "restore", 0, OPT_TEXT, "[=GEN]", "put a former generation back, the newest", KEY_RESTORE },
	{ "pipeline", 0, OPT_TEXT, "N", "run N goals that mean nothing in a scratch project", KEY_PIPELINE },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-fsck",
	.purpose = "check the files of a project",
	.usage = (const char *const[]){ "[--json] [--fix [-n]]",
	    "[--json] --locks [--kill [-n]]", "[--json] --list-backups | --verify",
	    "[--json] [-n] --restore[=GEN]", "[--json] --pipeline N", NULL },
	.opts = opts,
};

struct asked {
	bool json, fix, kill;
	int what;		/* KEY_LOCKS, ...; 0: the check */
	int64_t gen;		/* to restore; 0: the newest that can be */
	int64_t goals;		/* of the pipeline */
};

/* As an object or as a line, both of which it frees. */
static void
print(const struct asked *a, struct val *v, char *line)
{
	struct buf text = { 0 };

	if (a->json)
		json_print(&text, v);
	else
		buf_puts(&text, line);
	buf_putc(&text, '\n');
	cmd_text(buf_str(&text));
	buf_release(&text);
	val_free(v);
	free(line);
}

static void
print_finding(const struct cmd *c, const struct asked *a, const struct finding *f)
{
	const char *done = f->fixed ? "fixed: " : a->fix && c->dry_run && f->fixable ? "fixable: " : "";

	print(a, fsck_value(f), xasprintf("%s\t%s\t%s%s", f->check, f->place, done, f->message));
}

/*
 * What keeps every other command from opening the project is what this one is asked
 * about: a configuration that is not valid, or an .orch that is not private.
 */
static int
check(struct cmd *c, const struct asked *a, struct err *e)
{
	struct findings f = { .fix = a->fix && !c->dry_run };
	int r;

	/* What a change may do, or more than the check, is not known without it. */
	c->any_config = a->what == 0 && !f.fix;
	r = f.fix ? cmd_open_to_change(c, e) : cmd_open(c, e);
	if ((f.unset = c->config.code != ERR_NONE))
		fsck_unopened(&f, &c->config);
	if (r == -1 && a->what == 0 && e->code != ERR_USAGE) {
		fsck_unopened(&f, e);
		r = 0;
	} else if (r == 0) {
		r = a->what == KEY_VERIFY ? fsck_generations(&f, &c->project, e) :
		    fsck_project(&f, &c->project, e);
	}
	for (size_t i = 0; i < f.n; i++)
		print_finding(c, a, &f.v[i]);
	if (r == 0 && fsck_unfixed(&f) > 0)
		r = 1;
	fsck_release(&f);
	return r;
}

static int
show_locks(struct cmd *c, const struct asked *a, struct err *e)
{
	enum fsck_kill kill = !a->kill ? FSCK_KILL_NONE : c->dry_run ? FSCK_KILL_DRY : FSCK_KILL;
	struct fsck_locks list = { 0 };
	int r = -1;
	bool stale = false;

	if ((a->kill ? cmd_open_to_change(c, e) : cmd_open(c, e)) == 0)
		r = fsck_locks(&list, &c->project, kill, e);
	for (size_t i = 0; i < list.n; i++) {
		const struct fsck_lock *l = &list.v[i];

		stale = stale || (l->stale && !l->ended);
		print(a, fsck_lock_value(l), xasprintf("%s\t%s\t%s", l->place, l->verdict, l->message));
	}
	fsck_locks_release(&list);
	return r == 0 && stale ? 1 : r;
}

static int
list_backups(struct cmd *c, const struct asked *a, struct err *e)
{
	struct fsck_backups list = { 0 };
	int r = cmd_open(c, e);

	if (r == 0)
		r = fsck_backups(&list, &c->project, true, e);
	for (size_t i = 0; i < list.n; i++)
		print(a, fsck_backup_value(&list.v[i]), fsck_backup_text(&list.v[i]));
	fsck_backups_release(&list);
	return r;
}

static int
restore(struct cmd *c, const struct asked *a, struct err *e)
{
	int64_t restored = 0;

	if (cmd_open_to_change(c, e) == -1 ||
	    store_restore(&c->project, &c->store, a->gen, &restored, e) == -1)
		return -1;
	if (a->json)
		printf("{\"schema\":1,\"restored\":%lld,\"dry_run\":%s}\n", (long long)restored,
		    c->dry_run ? "true" : "false");
	else
		printf("%lld\n", (long long)restored);
	return 0;
}

/* It needs no project and touches none but its own. */
static int
run_pipeline(const struct asked *a, struct err *e)
{
	struct pipeline p;
	int r = pipeline_run(&p, a->goals, e);

	if (r == 0)
		print(a, pipeline_value(&p), pipeline_text(&p));
	if (r == 0 && (p.done < p.goals || p.left.n > 0))
		r = 1;
	pipeline_release(&p);
	return r;
}

/* They are different commands in truth, so only one of them at a time. */
static int
choose(struct asked *a, int what, struct err *e)
{
	if (a->what != 0 && a->what != what)
		return err_set(e, ERR_USAGE, "only one of --locks, --list-backups, --verify, "
		    "--restore and --pipeline");
	a->what = what;
	return 0;
}

static int
read_line(struct cmd *c, struct asked *a, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END)
		switch (key) {
		case CMD_JSON:
			a->json = true;
			break;
		case KEY_FIX:
			a->fix = true;
			break;
		case KEY_LOCKS:
		case KEY_LIST:
		case KEY_VERIFY:
			if (choose(a, key, e) == -1)
				return -1;
			break;
		case KEY_KILL:
			a->kill = true;
			break;
		case KEY_RESTORE:
			if (choose(a, key, e) == -1)
				return -1;
			if (value != NULL && num_int(value, 1, NUM_ID_MAX, &a->gen) == -1)
				return err_set(e, ERR_USAGE, "--restore: '%s' is no generation", value);
			break;
		case KEY_PIPELINE:
			if (choose(a, key, e) == -1)
				return -1;
			if (num_int(value, 1, PIPELINE_MAX, &a->goals) == -1)
				return err_set(e, ERR_USAGE, "--pipeline: '%s' is not 1 to %d", value, PIPELINE_MAX);
			break;
		case OPT_OPERAND:
			return err_set(e, ERR_USAGE, "no argument is expected: '%s'", value);
		default:
			return -1;
		}
	if (a->kill && a->what != KEY_LOCKS)
		return err_set(e, ERR_USAGE, "--kill is for --locks");
	if (a->fix && a->what != 0)
		return err_set(e, ERR_USAGE, "--fix is for the check of all");
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct asked a = { 0 };

	if (read_line(c, &a, e) == -1)
		return -1;
	switch (a.what) {
	case KEY_LOCKS:
		return show_locks(c, &a, e);
	case KEY_LIST:
		return list_backups(c, &a, e);
	case KEY_RESTORE:
		return restore(c, &a, e);
	case KEY_PIPELINE:
		return run_pipeline(&a, e);
	default:
		return check(c, &a, e);
	}
}
