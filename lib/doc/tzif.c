/*
 * tzif - a time zone: bytes of a TZif file or a POSIX TZ string in, offsets out
 *
 * A file is a header and a block of 32-bit data; since version 2 there follow a header and a
 * block of 64-bit data, which are read instead, and a line with a TZ string (RFC 9636 3).
 * Every count is checked against what is left before anything behind it is looked at.
 */
#include "tzif_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

#define HEADER 44
#define OFFSET_MIN (-89999)	/* RFC 9636 3.2 */
#define OFFSET_MAX 93599

struct tzif {
	size_t n;			/* changes */
	int64_t *at;			/* ascending */
	uint8_t *to;			/* the type that holds from then on */
	size_t types;			/* at least 1 */
	struct tzif_type *type;
	bool has_rule;			/* that holds from the last change on */
	struct tzif_rule rule;
};

struct header {
	char version;
	size_t utcs, stds, leaps, times, types, chars;
};

struct bytes {
	const unsigned char *at;
	size_t left;
};

static int64_t
number(const unsigned char *p, size_t size)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < size; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

/* The bytes, which are there, or NULL. */
static const unsigned char *
take(struct bytes *b, size_t n)
{
	const unsigned char *p = b->at;

	if (n > b->left)
		return NULL;
	b->at += n;
	b->left -= n;
	return p;
}

static int
read_header(struct bytes *b, struct header *h, struct err *e)
{
	const unsigned char *p = take(b, HEADER);
	size_t *const count[] = { &h->utcs, &h->stds, &h->leaps, &h->times, &h->types, &h->chars };

	if (p == NULL || memcmp(p, "TZif", 4) != 0)
		return err_set(e, ERR_INVALID, "no TZif file");
	h->version = (char)p[4];
	if (h->version != '\0' && (h->version < '2' || h->version > '4'))
		return err_set(e, ERR_INVALID, "a TZif file of a version that is not known");
	for (size_t i = 0; i < sizeof count / sizeof *count; i++) {
		int64_t v = number(p + 20 + 4 * i, 4);

		if (v < 0 || v > TZIF_CHANGES_MAX)
			return err_set(e, ERR_INVALID, "counts too much");
		*count[i] = (size_t)v;
	}
	if (h->types > TZIF_TYPES_MAX || h->types == 0 || h->chars == 0 || (h->utcs != 0 && h->utcs != h->types) ||
	    (h->stds != 0 && h->stds != h->types))
		return err_set(e, ERR_INVALID, "its counts do not fit");
	return 0;
}

/* Times of `size` bytes. */
static size_t
block_size(const struct header *h, size_t size)
{
	return h->times * (size + 1) + h->types * 6 + h->chars + h->leaps * (size + 4) + h->stds + h->utcs;
}

static int
read_abbr(char out[TZIF_ABBR_MAX], const unsigned char *chars, size_t len, struct err *e)
{
	size_t n = 0;

	for (; n < len && chars[n] != '\0'; n++) {
		if (n == TZIF_ABBR_MAX - 1 || chars[n] <= ' ' || chars[n] > '~')
			return err_set(e, ERR_INVALID, "a name of a local time is no word");
		out[n] = (char)chars[n];
	}
	out[n] = '\0';
	return n < len ? 0 : err_set(e, ERR_INVALID, "a name of a local time has no end");
}

static int
read_types(struct tzif *z, const unsigned char *p, const struct header *h, struct err *e)
{
	const unsigned char *chars = p + 6 * h->types;

	z->types = h->types;
	z->type = xcalloc(h->types, sizeof *z->type);
	for (size_t i = 0; i < h->types; i++, p += 6) {
		int64_t offset = number(p, 4);

		if (offset < OFFSET_MIN || offset > OFFSET_MAX || p[4] > 1 || p[5] >= h->chars)
			return err_set(e, ERR_INVALID, "a type of local time is none");
		z->type[i].offset = (int32_t)offset;
		z->type[i].dst = p[4] != 0;
		if (read_abbr(z->type[i].abbr, chars + p[5], h->chars - p[5], e) == -1)
			return -1;
	}
	return 0;
}

static int
read_block(struct tzif *z, struct bytes *b, const struct header *h, size_t size, struct err *e)
{
	const unsigned char *p = take(b, block_size(h, size)), *to;

	if (p == NULL)
		return err_set(e, ERR_INVALID, "is cut");
	if (h->leaps > 0)
		return err_set(e, ERR_INVALID, "counts leap seconds, which our clock does not");
	z->n = h->times;
	z->at = xcalloc(h->times + 1, sizeof *z->at);
	z->to = xcalloc(h->times + 1, sizeof *z->to);
	to = p + h->times * size;
	for (size_t i = 0; i < h->times; i++) {
		z->at[i] = number(p + i * size, size);
		z->to[i] = to[i];
		if (to[i] >= h->types || (i > 0 && z->at[i] <= z->at[i - 1]))
			return err_set(e, ERR_INVALID, "its changes are in disorder");
	}
	return read_types(z, to + h->times, h, e);
}

/* "\n" TZ string "\n"; an empty one says nothing. */
static int
read_footer(struct tzif *z, struct bytes *b, struct err *e)
{
	const unsigned char *p = take(b, 1), *end;

	end = p != NULL && *p == '\n' ? memchr(p + 1, '\n', b->left) : NULL;
	if (end == NULL)
		return err_set(e, ERR_INVALID, "has no TZ string at its end");
	z->has_rule = end > p + 1;
	return z->has_rule ? tzif_rule_parse(&z->rule, (const char *)p + 1, (size_t)(end - p) - 1, e) : 0;
}

static int
read_all(struct tzif *z, struct bytes *b, struct err *e)
{
	struct header h;

	if (read_header(b, &h, e) == -1)
		return -1;
	if (h.version == '\0')
		return read_block(z, b, &h, 4, e);
	if (take(b, block_size(&h, 4)) == NULL)
		return err_set(e, ERR_INVALID, "is cut");
	if (read_header(b, &h, e) == -1 || read_block(z, b, &h, 8, e) == -1)
		return -1;
	return read_footer(z, b, e);
}

struct tzif *
tzif_read(const void *data, size_t len, struct err *e)
{
	struct bytes b = { data, len };
	struct tzif *z = xcalloc(1, sizeof *z);

	if (len <= TZIF_SIZE_MAX ? read_all(z, &b, e) == 0 : err_set(e, ERR_INVALID, "is too long") == 0)
		return z;
	tzif_free(z);
	return NULL;
}

struct tzif *
tzif_posix(const char *tz, struct err *e)
{
	struct tzif *z = xcalloc(1, sizeof *z);

	z->has_rule = true;
	if (tzif_rule_parse(&z->rule, tz, strlen(tz), e) == 0)
		return z;
	tzif_free(z);
	return NULL;
}

void
tzif_free(struct tzif *z)
{
	if (z == NULL)
		return;
	free(z->at);
	free(z->to);
	free(z->type);
	free(z);
}

void
tzif_at(const struct tzif *z, int64_t t, struct tzif_span *span)
{
	size_t low = 0, high = z->n;		/* changes before `low` are not after t */
	const struct tzif_type *type;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->at[mid] <= t)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == z->n && z->has_rule) {
		tzif_rule_at(&z->rule, t, span);
		if (z->n > 0 && span->from < z->at[z->n - 1])
			span->from = z->at[z->n - 1];
		return;
	}
	type = &z->type[low > 0 ? z->to[low - 1] : 0];
	*span = (struct tzif_span){
		.from = low > 0 ? z->at[low - 1] : INT64_MIN,
		.until = low < z->n ? z->at[low] : INT64_MAX,
		.offset = type->offset, .dst = type->dst, .abbr = type->abbr,
	};
}

void
tzif_text(const struct tzif *z, int64_t t, char out[CLOCK_MAX])
{
	struct tzif_span span;

	tzif_at(z, t, &span);
	clock_format_east(t, span.offset, out);
}

unsigned
tzif_instants(const struct tzif *z, int64_t local, int64_t at[2])
{
	struct tzif_span span;
	int64_t t, latest;
	unsigned n = 0;

	/* Whatever the offset is, it is between these two. */
	if (__builtin_sub_overflow(local, OFFSET_MAX, &t) || __builtin_sub_overflow(local, OFFSET_MIN, &latest))
		return 0;
	for (; t <= latest && n < 2; t = span.until) {
		int64_t there;

		tzif_at(z, t, &span);
		there = local - span.offset;
		if (there >= span.from && there < span.until)
			at[n++] = there;
		if (span.until == INT64_MAX)
			break;
	}
	return n;
}
