/*
 * buf - a growable run of bytes
 *
 * `data` is always followed by a NUL that `len` does not count (it may be
 * NULL while the buffer is empty and untouched: use buf_str()).  { 0 } is a
 * valid empty buffer.  Release with buf_release(), or take the bytes with
 * buf_detach().
 *
 * A buffer may also be a view of bytes that somebody else has (buf_view()): it is
 * read like any other, never written or freed, and what is appended makes a copy.
 */
#ifndef ORCH_BASE_BUF_H
#define ORCH_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;		/* 0 with data: a view */
};

/* The bytes are followed by a NUL and stay as long as the buffer is used. */
struct buf buf_view(const char *, size_t);

void	 buf_grow(struct buf *, size_t more);		/* buf_reserve() where there is none */
void	 buf_append(struct buf *, const void *, size_t);
void	 buf_int(struct buf *, int64_t);		/* in decimal */
void	 buf_pad(struct buf *, size_t len);		/* blanks, until it has `len` bytes */
void	 buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_cut(struct buf *, size_t len);		/* shorten to `len` bytes */
const char *buf_str(const struct buf *);		/* "" when empty; borrowed */
char	*buf_detach(struct buf *);			/* caller frees; buffer is empty again */
void	 buf_release(struct buf *);

/* Room for `more` bytes and a NUL. */
static inline void
buf_reserve(struct buf *b, size_t more)
{
	if (b->len + more >= b->cap)
		buf_grow(b, more);
}

static inline void
buf_putc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

static inline void
buf_puts(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

#endif
