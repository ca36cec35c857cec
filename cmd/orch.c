/*
 * orch - runs orch-NAME, the one beside itself or else the one on PATH
 *
 * Only what stands before NAME is read here; -C, -f, -q and -v are handed on.
 * The keys of help and version are this file's own: main() looks for the usual ones
 * in the whole line, and the -h of `orch add -h` is for orch-add.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "cmd.h"
#include "sys/proc.h"
#include "work/suite.h"

enum { OWN_HELP = CMD_FIRST, OWN_VERSION, OWN_TABLE };

static const struct opt opts[] = {
	{ "directory", 'C', OPT_DIR, "DIR", "find the project from DIR", 'C' },
	{ "file", 'f', OPT_FILE, "FILE", "use this task file; its folder is the project", 'f' },
	{ "quiet", 'q', OPT_FLAG, 0, "print errors only", 'q' },
	{ "verbose", 'v', OPT_FLAG, 0, "say what is being done", 'v' },
	{ "help", 'h', OPT_FLAG, 0, "print this help", OWN_HELP },
	{ "version", 0, OPT_FLAG, 0, "print the version", OWN_VERSION },
	{ "help-table", 0, OPT_FLAG, 0, 0, OWN_TABLE },
	{ 0, 0, OPT_FLAG, 0, 0, 0 },
};

const struct opt_cmd cmd_about = {
	.name = "orch",
	.purpose = "drive coding agents from a task file",
	.usage = (const char *const[]){
		"[-qv] [-C DIR] [-f FILE] NAME [ARG ..]",
		"help [NAME]",
		NULL,
	},
	.opts = opts,
};

static int
unknown(const char *dir, const char *name, struct err *e)
{
	struct vec_str names = { 0 };
	struct buf quote = { 0 };
	const char *near;

	str_visible(&quote, name, str_cut(name, strlen(name), 80), false);
	suite_names(dir, &names);
	near = str_nearest(name, (const char *const *)vec_str_argv(&names));
	if (near != NULL)
		err_set(e, ERR_USAGE, "no command '%s', did you mean '%s'?", buf_str(&quote), near);
	else
		err_set(e, ERR_USAGE, "no command '%s': 'orch help' lists them", buf_str(&quote));
	vec_str_release(&names);
	buf_release(&quote);
	return -1;
}

/* Never comes back if the program can be started. */
static int
become(const char *path, struct vec_str *args, struct err *e)
{
	/* What main() ignores is not to be ignored by whoever comes next. */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execv(path, vec_str_argv(args));
	return err_sys(e, "cannot start '%s'", path);
}

static int
list(const char *dir)
{
	struct vec_str names = { 0 };

	suite_names(dir, &names);
	for (size_t i = 0; i < names.n; i++)
		printf("%-10s%s\n", names.v[i], suite_purpose(names.v[i]));
	vec_str_release(&names);
	return 0;
}

/* The manual page; where man(1) or the page is not there, what -h says. */
static int
show_page(const char *dir, const char *name, struct err *e)
{
	struct vec_str args = { 0 };
	char *program = suite_program(dir, name), *page = suite_page(dir, name);
	char *man = getenv("PATH") ? proc_find("man", getenv("PATH")) : NULL;
	int r;

	if (program == NULL) {
		r = unknown(dir, name, e);
	} else if (man != NULL && page != NULL) {
		vec_str_push(&args, "man");
		vec_str_push(&args, "-l");
		vec_str_push(&args, page);
		r = become(man, &args, e);
	} else {
		vec_str_push(&args, program);
		vec_str_push(&args, "-h");
		r = become(program, &args, e);
	}
	vec_str_release(&args);
	free(program);
	free(page);
	free(man);
	return r;
}

static int
run(const struct cmd *c, const char *dir, const char *name, char **rest, struct err *e)
{
	struct vec_str args = { 0 };
	char *program = suite_program(dir, name);
	int r;

	if (program == NULL)
		return unknown(dir, name, e);
	vec_str_push(&args, program);
	if (c->dir != NULL) {
		vec_str_push(&args, "-C");
		vec_str_push(&args, c->dir);
	}
	if (c->file != NULL) {
		vec_str_push(&args, "-f");
		vec_str_push(&args, c->file);
	}
	if (c->quiet)
		vec_str_push(&args, "-q");
	if (c->verbose)
		vec_str_push(&args, "-v");
	while (*rest != NULL)
		vec_str_push(&args, *rest++);
	r = become(program, &args, e);
	vec_str_release(&args);
	free(program);
	return r;
}

static int
inform(int key)
{
	struct buf text = { 0 };

	if (key == OWN_HELP)
		opt_help(&text, &cmd_about);
	else if (key == OWN_TABLE)
		opt_table(&text, &cmd_about);
	else
		buf_printf(&text, "%s %s\n", cmd_about.name, ORCH_VERSION);
	fputs(buf_str(&text), stdout);
	buf_release(&text);
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	const char *name;
	char **rest, *dir;
	int key = cmd_next(c, &name, e), r;

	if (key == OWN_HELP || key == OWN_VERSION || key == OWN_TABLE)
		return inform(key);
	if (key == OPT_END)
		return err_set(e, ERR_USAGE, "a command is missing: 'orch help' lists them");
	if (key != OPT_OPERAND)
		return -1;
	rest = c->opt.argv + c->opt.next;
	dir = suite_dir();
	if (strcmp(name, "help") != 0)
		r = run(c, dir, name, rest, e);
	else if (rest[0] == NULL)
		r = list(dir);
	else if (rest[1] == NULL)
		r = show_page(dir, rest[0], e);
	else
		r = err_set(e, ERR_USAGE, "help takes one name");
	free(dir);
	return r;
}
