/*
 * log - one line a message, one format, for every command
 *
 * A line has a bound, so that one write(2) to a file opened with O_APPEND
 * carries it whole; what is longer is cut between two code points.  The text
 * is cut once before it is made visible, where cutting is cheap, and once
 * after, where it counts.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

static const char *const names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

enum log_level
log_level_of(const char *name)
{
	for (int level = LOG_ERROR; level <= LOG_DEBUG; level++)
		if (strcmp(name, names[level]) == 0)
			return (enum log_level)level;
	return LOG_INFO;
}

bool
log_wants(const struct log *l, enum log_level level)
{
	return (l->put != NULL || l->fd >= 0) && level <= l->level;
}

static void
head(struct buf *line, const struct log *l, enum log_level level, int64_t task, int attempt)
{
	char now[CLOCK_MAX];

	clock_format(clock_now(), now);
	buf_printf(line, "%s %s %s %ld ", now, names[level], l->command ? l->command : "-",
	    (long)getpid());
	if (task == 0)
		buf_puts(line, "- ");
	else if (attempt == 0)
		buf_printf(line, "%lld ", (long long)task);
	else
		buf_printf(line, "%lld/%d ", (long long)task, attempt);
}

void
log_write(const struct log *l, enum log_level level, int64_t task, int attempt,
    const char *fmt, ...)
{
	/* Longer than a line, so that a code point or a secret cut here is cut away below. */
	char text[2 * LOG_LINE_MAX];
	struct buf line = { 0 }, washed = { 0 };
	int saved = errno;
	ssize_t done = 0;
	va_list ap;

	if (!log_wants(l, level))
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	head(&line, l, level, task, attempt);
	if (l->wash)
		l->wash(l->wash_with, text, strlen(text), &washed);
	else
		buf_puts(&washed, text);
	str_visible(&line, buf_str(&washed), washed.len, false);
	buf_cut(&line, str_cut(line.data, line.len, LOG_LINE_MAX - 1));
	buf_putc(&line, '\n');
	if (l->put != NULL)
		l->put(l->put_to, line.data, line.len);
	else
		do
			done = write(l->fd, line.data, line.len);
		while (done < 0 && errno == EINTR);
	buf_release(&washed);
	buf_release(&line);
	errno = saved;
}
