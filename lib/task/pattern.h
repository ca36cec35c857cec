/*
 * pattern - regular expressions that somebody else wrote
 *
 * POSIX extended ones.  A configuration comes with a checkout, so they are bounded: intervals
 * within intervals, "((a{1,99}){1,99}){1,99}", multiply while they are compiled, and a
 * back-reference makes a match take for ever.
 */
#ifndef ORCH_TASK_PATTERN_H
#define ORCH_TASK_PATTERN_H

#include <regex.h>

struct err;

#define PATTERN_MAX	  500	/* bytes */
#define PATTERN_INTERVALS 2	/* {a,b} in one */
#define PATTERN_TIMES	  256	/* the product of their bounds */

/* A match may take as long as the square of the text: more of it is not looked at. */
#define PATTERN_TEXT_MAX  4096	/* bytes */

/* Only whether it matches can be asked of it.  ERR_INVALID with the reason, without the
 * pattern; else regfree(3) releases it. */
int	pattern_compile(regex_t *, const char *text, struct err *);

#endif
