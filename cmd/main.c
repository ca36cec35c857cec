/*
 * main - the same for every command: sane descriptors and signals, the clock, the
 * options that only tell, then cmd_run(), its message and its exit status
 */
#include "cmd.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "sys/sig.h"
#include "task/archive.h"
#include "task/select.h"

/* -h, --version and --help-table win over everything else on the line. */
static bool
informs(int argc, char **argv)
{
	struct opt_state s = { 0 };
	struct buf text = { 0 };
	struct err e = { 0 };
	const char *value;
	int key;

	opt_start(&s, &cmd_about, argc, argv);
	while ((key = opt_next(&s, &value, &e)) != OPT_END && key != OPT_ERROR &&
	    key != OPT_HELP && key != OPT_VERSION && key != OPT_TABLE)
		continue;
	if (key == OPT_END || key == OPT_ERROR)
		return false;
	if (key == OPT_HELP)
		opt_help(&text, &cmd_about);
	else if (key == OPT_TABLE)
		opt_table(&text, &cmd_about);
	else
		buf_printf(&text, "%s %s\n", cmd_about.name, ORCH_VERSION);
	fputs(buf_str(&text), stdout);
	buf_release(&text);
	return true;
}

/* "orch-list | head -1": who has read enough has nothing to be told. */
static bool
reader_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int
main(int argc, char **argv)
{
	struct cmd c = { .project = { .orch_fd = -1, .log = { .fd = -1 } } };
	struct err e = { 0 };
	int status = 0;

	sig_start();
	opt_start(&c.opt, &cmd_about, argc, argv);
	if (clock_check(&e) == -1)
		status = -1;
	else if (!informs(argc, argv))
		status = cmd_run(&c, &e);
	for (size_t i = 0; c.open && i < c.project.notes->n; i++)
		cmd_message("warning: ", c.project.notes->v[i]);
	if (status == -1) {
		if (e.code != ERR_NO || e.msg[0] != '\0')
			cmd_error(&e);
		status = err_exit(e.code);
	} else if (archive_failed(c.archive, &e) == -1) {
		/* What was asked of it was answered with no: that is not the whole truth. */
		cmd_error(&e);
		status = err_worse(status, err_exit(e.code));
	}
	select_free(c.select);
	archive_lookup_free(c.archive);
	if (c.open)
		project_release(&c.project);
	if ((fflush(stdout) != 0 || ferror(stdout)) && !reader_gone()) {
		fprintf(stderr, "%s: cannot write to standard output%s\n", cmd_about.name,
		    status == 0 && c.changes ? "; what was asked for is done" : "");
		status = err_worse(status, 71);
	}
	return status;
}
