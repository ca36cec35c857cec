/*
 * cmd_message - what a command says on standard error, and of it what goes into the log
 */
#include "cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/redact.h"
#include "work/told.h"

const struct redact *cmd_message_redact;
bool (*cmd_message_hear)(const char *);
struct project *cmd_message_project;
bool cmd_message_daily;

#define NO_LOG (-1)

/* "task 17: .." is about that one. */
static int64_t
task_of(const char *text)
{
	char digits[24];
	int64_t id = 0;
	size_t n;

	if (!str_starts(text, "task "))
		return 0;
	n = strspn(text + 5, "0123456789");
	snprintf(digits, sizeof digits, "%.*s", n < sizeof digits ? (int)n : 0, text + 5);
	return num_id(digits, &id) == 0 ? id : 0;
}

/* The log may not be open yet, where nothing was changed before it went wrong. */
static void
write_log(enum log_level level, const char *text)
{
	struct project *p = cmd_message_project;
	struct err ignored = { 0 };

	if (p != NULL && p->orch_fd != -1 && project_prepare(p, &ignored) == 0 &&
	    (!cmd_message_daily || told_new_logged(p, text, clock_now())))
		log_write(&p->log, level, task_of(text), 0, "%s", text);
}

static void
tell(const char *level, const char *text, int log, bool print)
{
	struct buf line = { 0 }, washed = { 0 };

	redact_text(cmd_message_redact, text, strlen(text), &washed);
	str_visible(&line, buf_str(&washed), washed.len, false);
	buf_release(&washed);
	if (log != NO_LOG)
		write_log((enum log_level)log, buf_str(&line));
	if (print && (cmd_message_hear == NULL || cmd_message_hear(buf_str(&line))))
		fprintf(stderr, "%s: %s%s\n", cmd_about.name, level, buf_str(&line));
	buf_release(&line);
}

void
cmd_message(const char *level, const char *text)
{
	tell(level, text, NO_LOG, true);
}

void
cmd_error(const struct err *e)
{
	/* No is an answer. */
	tell("", e->msg, e->code != ERR_NO ? (int)LOG_ERROR : NO_LOG, true);
}

void
cmd_warn(const struct cmd *c, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	tell("warning: ", text, LOG_WARN, !c->quiet);
}

/* The log has it already. */
void
cmd_report_subscription(void *cmd, const char *name, const char *message)
{
	const struct cmd *c = cmd;
	char text[ERR_MSG_MAX];

	snprintf(text, sizeof text, "subscription %s: %s", name, message);
	if (!c->quiet)
		cmd_message("warning: ", text);
}

void
cmd_say(const struct cmd *c, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	if (!c->verbose)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	cmd_message("", text);
}
