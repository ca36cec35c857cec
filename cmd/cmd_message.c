/*
 * cmd_message - what a command says on standard error
 */
#include "cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "doc/redact.h"

const struct redact *cmd_message_redact;
bool (*cmd_message_hear)(const char *);

void
cmd_message(const char *level, const char *text)
{
	struct buf line = { 0 }, washed = { 0 };

	redact_text(cmd_message_redact, text, strlen(text), &washed);
	str_visible(&line, buf_str(&washed), washed.len, false);
	buf_release(&washed);
	if (cmd_message_hear == NULL || cmd_message_hear(buf_str(&line)))
		fprintf(stderr, "%s: %s%s\n", cmd_about.name, level, buf_str(&line));
	buf_release(&line);
}

void
cmd_warn(const struct cmd *c, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	if (c->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	cmd_message("warning: ", text);
}

void
cmd_report_subscription(void *cmd, const char *name, const char *message)
{
	cmd_warn(cmd, "subscription %s: %s", name, message);
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
