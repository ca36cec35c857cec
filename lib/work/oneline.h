/*
 * oneline - one line for people out of text that a stranger wrote
 *
 * What goes into last_error, a log or a history note is one line, made visible
 * (str_visible), without colour codes, cut on a code point with "..." at the end.
 */
#ifndef ORCH_WORK_ONELINE_H
#define ORCH_WORK_ONELINE_H

#include <stddef.h>

struct buf;

#define ONELINE_MAX 400		/* bytes of the result */

/* The whole text on one line: runs of blanks and line ends become one space. */
char	*oneline(const char *, size_t);		/* caller frees; "" if there is nothing */
/* Its last line that is not blank; likewise its first. */
char	*oneline_last(const char *, size_t);
char	*oneline_first(const char *, size_t);

/* Appends the text without terminal sequences (ECMA-48 5.4) and as clean UTF-8. */
void	oneline_plain(struct buf *, const char *, size_t);

#endif
