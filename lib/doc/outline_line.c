#include "doc/outline_line.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 64

/* ---- bytes that are not for line by line ---- */

/* Line breaks that are not LF, and a BOM. */
static bool
odd_break(const char *p, const char *end)
{
	switch ((unsigned char)*p) {
	case '\r':
		return true;
	case 0xc2:
		return end - p > 1 && (unsigned char)p[1] == 0x85;
	case 0xe2:
		return end - p > 2 && (unsigned char)p[1] == 0x80 &&
		    ((unsigned char)p[2] == 0xa8 || (unsigned char)p[2] == 0xa9);
	case 0xef:
		return end - p > 2 && (unsigned char)p[1] == 0xbb && (unsigned char)p[2] == 0xbf;
	default:
		return false;
	}
}

/* The newlines among n bytes; *odd: there are control characters, or what is not ASCII. */
static uint64_t
newlines_in(const char *p, size_t n, bool *odd)
{
	uint64_t found = 0;

#ifdef __SSE2__
	if (n == BLOCK) {
		const __m128i newline = _mm_set1_epi8('\n'), space = _mm_set1_epi8(' ');
		unsigned other = 0;

		for (unsigned i = 0; i < BLOCK; i += 16) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
			__m128i is = _mm_cmpeq_epi8(v, newline);

			/* Bytes from 0x80 on are negative, and so below a space too. */
			other |= (unsigned)_mm_movemask_epi8(_mm_andnot_si128(is,
			    _mm_cmplt_epi8(v, space)));
			found |= (uint64_t)(unsigned)_mm_movemask_epi8(is) << i;
		}
		*odd = other != 0;
		return found;
	}
#endif
	*odd = false;
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n')
			found |= UINT64_C(1) << i;
		else if ((signed char)p[i] < ' ')
			*odd = true;
	return found;
}

static void
read_block(struct line_reader *r, const char *p)
{
	size_t n = r->end - p < BLOCK ? (size_t)(r->end - p) : BLOCK;
	bool odd;

	r->block = p;
	r->newlines = newlines_in(p, n, &odd);
	for (size_t i = 0; odd && i < n; i++) {
		r->tabs = r->tabs || p[i] == '\t';
		r->bad = r->bad || odd_break(p + i, r->end);
	}
}

/* ---- one line ---- */

static unsigned
indent_of(const struct line_reader *r, const char *p)
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
	while (p < r->end && *p == ' ')
		p++;
	return (unsigned)(p - start);
}

/* To the line at `p`, where a block begins or which is in the one that was read. */
static bool
take_line_at(struct line_reader *r, const char *p)
{
	if (p >= r->end)
		return false;
	r->line = p;
	while (r->newlines == 0 && r->end - r->block > BLOCK)
		read_block(r, r->block + BLOCK);
	if (r->newlines == 0) {
		r->stop = r->end;
	} else {
		r->stop = r->block + __builtin_ctzll(r->newlines);
		r->newlines &= r->newlines - 1;
	}
	r->col = indent_of(r, p);
	return true;
}

bool
line_read(struct line_reader *r, const char *p)
{
	if (p < r->end)
		read_block(r, p);
	return take_line_at(r, p);
}

bool
line_next(struct line_reader *r)
{
	return take_line_at(r, r->stop < r->end ? r->stop + 1 : r->end);
}
