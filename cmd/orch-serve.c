/*
 * orch-serve - does what is due until it is told to end
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "cmd.h"
#include "work/serve.h"

enum { OPT_ONCE = CMD_FIRST };

static const struct opt opts[] = {
	{ "jobs", 'j', OPT_TEXT, "N", "begin no attempt while N run (config: serve.jobs)", 'j' },
	{ "once", 0, OPT_FLAG, 0, "end when nothing is due or runs any more", OPT_ONCE },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-serve",
	.purpose = "do what is due, until told to end",
	.usage = (const char *const[]){ "[-n] [-j N] [--once]", NULL },
	.opts = opts,
};

struct reporting {
	const struct cmd *cmd;
	bool journal;
};

/* Does standard error go to the journal of systemd?  JOURNAL_STREAM is "DEVICE:INODE" of it. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return false;
	snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(own, stream) == 0;
}

/* The prefixes are those of sd-daemon(3). */
static void
report(void *arg, enum log_level level, const char *text)
{
	static const struct {
		const char *prefix, *word;
	} levels[] = {
		[LOG_ERROR] = { "<3>", "" },
		[LOG_WARN] = { "<4>", "warning: " },
		[LOG_INFO] = { "<6>", "" },
		[LOG_DEBUG] = { "<7>", "" },
	};
	const struct reporting *r = arg;

	if (level > (r->cmd->quiet ? LOG_ERROR : r->cmd->verbose ? LOG_DEBUG : LOG_WARN) &&
	    !(r->journal && level == LOG_INFO && !r->cmd->quiet))
		return;
	/* The server may have found the project anew. */
	cmd_message_redact = r->cmd->project.redact;
	if (r->journal)
		fputs(levels[level].prefix, stderr);
	cmd_message(levels[level].word, text);
}

static int
parse(struct cmd *c, struct serve_opts *o, struct err *e)
{
	const char *value;
	int64_t n;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		switch (key) {
		case 'j':
			if (num_int(value, 1, 256, &n) == -1)
				return err_set(e, ERR_USAGE, "--jobs: '%s' is not 1 to 256", value);
			o->jobs = (int)n;
			break;
		case OPT_ONCE:
			o->once = true;
			break;
		case OPT_OPERAND:
			return err_set(e, ERR_USAGE, "no argument is expected: '%s'", value);
		default:
			return -1;
		}
	}
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct reporting reporting = { .cmd = c, .journal = is_journal() };
	struct serve_opts o = { .report = report, .arg = &reporting };
	struct buf plan = { 0 };
	int r;

	if (parse(c, &o, e) == -1 || cmd_open_to_change(c, e) == -1)
		return -1;
	o.verbose = c->verbose;
	if (!c->dry_run) {
		r = project_prepare(&c->project, e) == -1 ? -1 : serve(&c->project, &o, e);
		cmd_message_redact = c->project.redact;
		return r;
	}
	if ((r = serve_plan(&c->project, &o, &plan, e)) == 0)
		fputs(buf_str(&plan), stdout);
	buf_release(&plan);
	return r;
}
