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
#include <string.h>

/*
 * The lines come out of blocks of 64 bytes.  One look at a block marks its control characters
 * and the first bytes of what is not ASCII.  Mostly these are newlines; what else there is, is
 * met on the way to the end of its line.  The end of the text is marked too: there is a NUL, or
 * it goes on with another line, so a few bytes behind a line can be read without a look at `end`.
 */
#define LINE_BLOCK 64

struct line_reader {
	const char *text, *end;
	const char *line, *stop;	/* of this line, its newline excluded */
	unsigned col;			/* of its first character that is no space */
	const char *block;
	uint64_t marks;			/* of the block, those behind `stop` */
	bool tabs;			/* there was a tab up to here */
	bool bad;			/* there was a line break that is not LF, or a BOM */
};

/* Marks the bytes of the block that begins at `p`. */
void	line_block(struct line_reader *, const char *p);
/* Notes what there is at `stop`, which is no newline.  False at the end of the text. */
bool	line_odd(struct line_reader *);

static inline unsigned
line_indent(const struct line_reader *r, const char *p)
{
	const char *start = p;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t spaces = UINT64_C(0x2020202020202020);
	uint64_t w;

	if (r->end - p >= (ptrdiff_t)sizeof w) {
		memcpy(&w, p, sizeof w);
		if (w != spaces)
			return (unsigned)__builtin_ctzll(w ^ spaces) / 8;
		p += sizeof w;
	}
#endif
	while (*p == ' ')
		p++;
	return (unsigned)(p - start);
}

/* To the line at `p`, where a block begins or which is in the one that was marked. */
static inline bool
line_take(struct line_reader *r, const char *p)
{
	if (p >= r->end)
		return false;
	do {
		while (r->marks == 0)
			line_block(r, r->block + LINE_BLOCK);
		r->stop = r->block + __builtin_ctzll(r->marks);
		r->marks &= r->marks - 1;
	} while (*r->stop != '\n' && line_odd(r));
	r->line = p;
	r->col = line_indent(r, p);
	return true;
}

/* To the line that starts at `p`, wherever that is; false at the end of the text. */
static inline bool
line_read(struct line_reader *r, const char *p)
{
	line_block(r, p);
	return line_take(r, p);
}

static inline bool
line_next(struct line_reader *r)
{
	return line_take(r, r->stop + 1);
}

static inline bool
line_is_blank(const struct line_reader *r)
{
	return r->line + r->col == r->stop;
}

#endif
