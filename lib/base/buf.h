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

struct buf {
	char *data;
	size_t len;
	size_t cap;		/* 0 with data: a view */
};

/* The bytes are followed by a NUL and stay as long as the buffer is used. */
struct buf buf_view(const char *, size_t);

void	 buf_reserve(struct buf *, size_t more);	/* room for `more` bytes and a NUL */
void	 buf_append(struct buf *, const void *, size_t);
void	 buf_puts(struct buf *, const char *);
void	 buf_putc(struct buf *, char);
void	 buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_cut(struct buf *, size_t len);		/* shorten to `len` bytes */
const char *buf_str(const struct buf *);		/* "" when empty; borrowed */
char	*buf_detach(struct buf *);			/* caller frees; buffer is empty again */
void	 buf_release(struct buf *);

#endif
