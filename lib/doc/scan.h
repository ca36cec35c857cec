/*
 * scan - where JSON stands in a text that is mostly something else
 *
 * Looks at structure only: strings, brackets, colons, commas, and words for
 * everything else.  It accepts all JSON and some that is not (a word may be
 * anything, a comma may trail, a string may hold a newline), so that its answer
 * is "these bytes belong together"; whether they are JSON, json_parse() says.
 * Every function is linear in `len`, takes any bytes, and does not recurse.
 */
#ifndef ORCH_DOC_SCAN_H
#define ORCH_DOC_SCAN_H

#include <stddef.h>

#include "doc/json.h"

enum scan_end {
	SCAN_WHOLE,	/* one value; `pos` is behind it */
	SCAN_CUT,	/* the text ends inside the value */
	SCAN_BROKEN,	/* the byte at `pos` cannot stand there */
};

#define SCAN_NOWHERE ((size_t)-1)

struct scan {
	const char *text;	/* borrowed */
	size_t len;
	size_t pos;		/* in: where the value starts, or blanks before it */
	size_t deep;		/* out: the first bracket deeper than JSON_DEPTH_MAX,
				   else SCAN_NOWHERE */
	size_t values;		/* out: how many values there are, up to `deep` */
};

enum scan_end scan_value(struct scan *);

/* A list of parts of a text, in order; none overlaps another. */
struct scan_list {
	struct scan_span {
		size_t start, len;
	} *v;
	size_t n;
	size_t cap;
};

/* The contents of the closed ``` blocks that are called json or nothing. */
void	scan_fences(struct scan_list *, const char *text, size_t len);

/* The complete objects that stand in no other object; scan.c says how. */
void	scan_objects(struct scan_list *, const char *text, size_t len);

void	scan_release(struct scan_list *);

#endif
