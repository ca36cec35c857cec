/*
 * fence - text that others wrote, in a prompt: cleaned, cut, between markers
 *
 * The markers have a nonce in them, and the text cannot hold it, so that no text can end
 * its own block:
 *
 *	<<<data NONCE title="task">>>
 *	...
 *	<<<end NONCE>>>
 */
#ifndef ORCH_WORK_FENCE_H
#define ORCH_WORK_FENCE_H

#include <stddef.h>

struct buf;

/* Makes it clean UTF-8 that ends with a line end, without the nonce; blanks alone become
 * nothing. */
void	fence_wash(struct buf *, const char *nonce);

/* Appends the block; the content was washed. */
void	fence_put(struct buf *, const char *nonce, const char *title, const struct buf *content);

/*
 * Appends at most cap bytes of the text: all of it, or its head up to the end of a
 * line (or a code point) and a line "[... N bytes left out ...]".  Returns N.
 */
size_t	fence_cut(struct buf *, const char *, size_t len, size_t cap);
/* The same for the tail: the mark stands first. */
size_t	fence_cut_head(struct buf *, const char *, size_t len, size_t cap);

#endif
