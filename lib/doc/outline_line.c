#include "doc/outline_line.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

bool
line_odd(struct line_reader *r)
{
	if (r->stop == r->end)
		return false;
	r->tabs = r->tabs || *r->stop == '\t';
	r->bad = r->bad || odd_break(r->stop, r->end);
	return true;
}

/* ---- marks ---- */

static uint64_t
marks_in(const char *p, size_t n)
{
	uint64_t marks = 0;

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < 0x20 || (unsigned char)p[i] >= 0xc0)
			marks |= UINT64_C(1) << i;
	return marks;
}

#ifdef __SSE2__
/* Moved by 0x60, what begins at 0xc0 and ends at 0x1f lies in a row: from 0x20 to 0x7f. */
static inline uint64_t
marks_in_16(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i moved = _mm_add_epi8(v, _mm_set1_epi8(0x60));

	return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(moved, _mm_set1_epi8(0x1f)));
}

static inline uint64_t
marks_in_block(const char *p)
{
	return marks_in_16(p) | marks_in_16(p + 16) << 16 | marks_in_16(p + 32) << 32 |
	    marks_in_16(p + 48) << 48;
}
#else
static uint64_t
marks_in_block(const char *p)
{
	return marks_in(p, LINE_BLOCK);
}
#endif

void
line_block(struct line_reader *r, const char *p)
{
	size_t left = (size_t)(r->end - p);

	r->block = p;
	r->marks = left >= LINE_BLOCK ? marks_in_block(p) : marks_in(p, left) | UINT64_C(1) << left;
}
