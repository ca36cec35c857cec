/*
 * patch - what a change puts in place of which bytes
 *
 * A new text is the old one with a few runs of bytes replaced.  Kept as that, it can be
 * written, hashed and stored without being put together first, and the new text of a
 * 14 MB file is a few hundred bytes.
 *
 *	struct patch p = { 0 };
 *	patch_add(&p, &old, start, end, new, len);	ascending, apart from each other
 *	v = patch_parts(&p, &old, &n, &size);		for writev(2) and the like
 */
#ifndef ORCH_DOC_PATCH_H
#define ORCH_DOC_PATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buf.h"

struct patch_run {
	uint32_t start, end;	/* bytes of the old text that go */
	uint32_t at, len;	/* of `ink`: what stands there instead */
};

struct patch {
	struct patch_run *v;
	size_t n, cap;
	struct buf ink;
};

/*
 * `old` is the text that the places are of: what is equal at both ends of the run is left
 * out, and nothing at all is added if it is all equal.
 */
void	patch_add(struct patch *, const struct buf *old, size_t start, size_t end,
	    const char *new, size_t len);
void	patch_release(struct patch *);

/* The bytes of the new text, in order, of `old` and of the patch; the caller frees the
 * array.  *size gets their sum. */
struct iovec *patch_parts(const struct patch *, const struct buf *old, size_t *n, size_t *size);

/* The new text. */
void	patch_apply(const struct patch *, const struct buf *old, struct buf *new);

/* As bytes, and back.  -1: these are not the bytes of a patch of a text of that length. */
void	patch_print(const struct patch *, struct buf *);
int	patch_parse(struct patch *, const char *, size_t, size_t old_len);

#endif
