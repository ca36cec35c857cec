/*
 * arena - many small things that are freed all at once
 *
 * Structs and texts are taken from chunks, structs from the front and texts from the
 * back of one, so that neither wastes room for the other's alignment.  { 0 } is a
 * valid empty arena; `hint` may say before the first use how many bytes will be needed
 * in all, which decides how large a chunk is.
 */
#ifndef ORCH_BASE_ARENA_H
#define ORCH_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk;	/* the newest; the others behind it */
	size_t hint;
};

void	*arena_take(struct arena *, size_t);		/* aligned to 8 bytes, not cleared */
const char *arena_text(struct arena *, const char *, size_t);	/* a copy, with NUL */
void	 arena_release(struct arena *);

#endif
