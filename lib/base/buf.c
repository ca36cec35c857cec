#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void
buf_grow(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1;

	if (need < b->cap + b->cap / 2)
		need = b->cap + b->cap / 2;
	if (need < 64)
		need = 64;
	if (b->cap == 0 && b->data != NULL)
		b->data = memcpy(xmalloc(need), b->data, b->len);
	else
		b->data = xrealloc(b->data, need);
	b->cap = need;
	b->data[b->len] = '\0';
}

void
buf_append(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_int(struct buf *b, int64_t n)
{
	char digits[20], *p = digits + sizeof digits;
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--p = '-';
	buf_append(b, p, (size_t)(digits + sizeof digits - p));
}

void
buf_pad(struct buf *b, size_t len)
{
	if (len <= b->len)
		return;
	buf_reserve(b, len - b->len);
	memset(b->data + b->len, ' ', len - b->len);
	b->len = len;
	b->data[len] = '\0';
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap > b->len ? b->cap - b->len : 0;
	va_list ap;
	int n;

	/* Mostly it fits into what is there. */
	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= room) {
		if (room > 0)
			b->data[b->len] = '\0';
		buf_reserve(b, (size_t)n);
		va_start(ap, fmt);
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += n > 0 ? (size_t)n : 0;
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	if (b->cap == 0)
		buf_reserve(b, 0);
	b->len = len;
	b->data[len] = '\0';
}

const char *
buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *
buf_detach(struct buf *b)
{
	char *p;

	if (b->cap == 0 && b->data != NULL)
		buf_reserve(b, 0);
	p = b->data ? b->data : xstrdup("");
	*b = (struct buf){ 0 };
	return p;
}

void
buf_release(struct buf *b)
{
	if (b->cap > 0)
		free(b->data);
	*b = (struct buf){ 0 };
}

struct buf
buf_view(const char *data, size_t len)
{
	/* A cast would drop the const in silence. */
	union {
		const char *in;
		char *out;
	} p = { .in = data };

	return (struct buf){ .data = p.out, .len = len };
}
