/*
 * cron_line - a project's line in a crontab: text only, nothing is read or written
 *
 *	* * * * * /usr/bin/orch-cron -C /srv/app tick --log # orch-cron tick of /srv/app
 *
 * The end of the line, a comment to the shell, says whose it is.  crontab(5): a line is a
 * schedule and, up to its end, a command for SHELL; "%" ends it unless a backslash stands
 * before.  Some implementations take "\\" for one backslash, too, and others do not.
 */
#ifndef ORCH_WORK_CRON_LINE_H
#define ORCH_WORK_CRON_LINE_H

#include <stdbool.h>

struct buf;
struct project;
struct vec_str;

/*
 * Appends a word for sh in a line of a crontab: as it is where sh and cron read nothing into
 * it, else in single quotes.  No "\\" arises, so that all implementations read the same.  Not
 * for words that cron_line_can() refuses.
 */
void	cron_line_word(struct buf *, const char *word);

/* False for control characters, what a terminal hides, and what is no UTF-8. */
bool	cron_line_can(const char *word);

/* "-C" and the folder of the project, or "-f" and its task file if it was named. */
const char *cron_line_option(const struct project *);
const char *cron_line_path(const struct project *);

/* The line without its newline, and its end, by which it is known; caller frees. */
char	*cron_line_of(const struct project *, const char *program);
char	*cron_line_mark(const struct project *);

/*
 * Appends `text` to `out` with `line` in the place of the first line that ends with `mark`
 * (blanks and a CR behind it do not matter, a comment is none), and without any other such.
 * If there is none it comes behind the last line that is whole: a last newline that is missing
 * stays missing.  `line` NULL: they all go.  `gone` gets what was taken out, without newlines.
 * False: `out` is the same as `text`.
 */
bool	cron_line_put(const struct buf *text, const char *mark, const char *line, struct buf *out,
	    struct vec_str *gone);

#endif
