/*
 * outlines - changes of a text, and the outline that is patched against the one that is read
 */
#ifndef ORCH_TESTS_OUTLINES_H
#define ORCH_TESTS_OUTLINES_H

#include <stdbool.h>

#include "dice.h"
#include "doc/outline.h"
#include "doc/patch.h"

/* A few runs of bytes replaced by pieces of task files, anywhere, mostly near line ends. */
void	outlines_damage(struct dice *, const struct buf *text, struct patch *);

enum outlines_end {
	OUTLINES_NONE,		/* neither has an outline of the new text */
	OUTLINES_SAME,
	OUTLINES_SLOW,		/* only outline_read() has */
	OUTLINES_WRONG,
};

/* `o` is of the text. */
enum outlines_end outlines_compare(const struct outline *o, const struct buf *text,
	    const struct patch *, const struct outline_names *);

bool	outlines_same(const struct outline *, const struct outline *);

#endif
