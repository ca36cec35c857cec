/*
 * outline_line - one line of a text after the other; private to lib/doc
 *
 *	struct line_reader r = { .text = text, .end = text + len };
 *	for (more = line_read(&r, text); more; more = line_next(&r)) ...
 */
#ifndef ORCH_DOC_OUTLINE_LINE_H
#define ORCH_DOC_OUTLINE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The lines come out of blocks of 64 bytes, of which one look says where the newlines are
 * and whether there is anything that needs a closer one.
 */
struct line_reader {
	const char *text, *end;
	const char *line, *stop;	/* of this line, its newline excluded */
	unsigned col;			/* of its first character that is no space */
	const char *block;
	uint64_t newlines;		/* of the block, those behind `stop` */
	bool tabs;			/* there was a tab up to the end of the block */
	bool bad;			/* there was a line break that is not LF, or a BOM */
};

/* To the line that starts at `p`, wherever that is; false at the end of the text. */
bool	line_read(struct line_reader *, const char *p);
bool	line_next(struct line_reader *);

static inline bool
line_is_blank(const struct line_reader *r)
{
	return r->line + r->col == r->stop;
}

#endif
