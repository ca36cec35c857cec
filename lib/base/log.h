/*
 * log - one line a message, one format, for every command
 *
 *	2026-11-21T10:25:00Z info orch-run 4711 17/2 text
 *
 * time, level, command, pid, task/attempt ("17" for a task as a whole, "-" if
 * none), text made visible (str_visible).  The line, at most LOG_LINE_MAX bytes
 * with its newline, goes to the file in one write(2), so that lines of several
 * processes do not mix.  errno is left as it was.  A message that cannot be written is lost: the
 * log is advice, never state.  { .fd = -1 } is a log that goes nowhere.
 * Of files that are rotated knows sys/log_file.h.
 */
#ifndef ORCH_BASE_LOG_H
#define ORCH_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define LOG_LINE_MAX 4096

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* LOG_INFO for what is no level. */
enum log_level log_level_of(const char *name);

struct log {
	int fd;			/* open for appending, borrowed; -1 = none */
	/* Takes the line with its newline instead; NULL: it goes to fd. */
	void (*put)(void *, const char *, size_t);
	void *put_to;		/* its first argument, borrowed */
	enum log_level level;	/* the most detailed level written */
	const char *command;	/* borrowed */
	/* Appends the text without what must not be logged; NULL: all of it may be. */
	void (*wash)(const void *, const char *, size_t, struct buf *);
	const void *wash_with;	/* its first argument, borrowed */
};

/* Would a message of that level be written? */
bool	log_wants(const struct log *, enum log_level);

/* task 0: none.  attempt 0: the task as a whole. */
void	log_write(const struct log *, enum log_level, int64_t task, int attempt,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
