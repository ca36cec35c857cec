#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define CHUNK_MIN 4096
#define CHUNK_MAX (256u << 10)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;		/* structs from the front, texts from the back */
	char data[];
};

static struct arena_chunk *
chunk_with(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunk;
	size_t room = a->hint / 32;

	if (c != NULL && c->size - c->used >= size)
		return c;
	room = room < CHUNK_MIN ? CHUNK_MIN : room > CHUNK_MAX ? CHUNK_MAX : room;
	room = room < size ? size : room;
	c = xmalloc(sizeof *c + room);
	c->next = a->chunk;
	c->used = 0;
	c->size = room;
	a->chunk = c;
	return c;
}

void *
arena_take(struct arena *a, size_t size)
{
	struct arena_chunk *c;

	size = (size + 7) & ~(size_t)7;
	c = chunk_with(a, size);
	c->used += size;
	return c->data + c->used - size;
}

const char *
arena_text(struct arena *a, const char *s, size_t len)
{
	struct arena_chunk *c = chunk_with(a, len + 1);
	char *copy = c->data + (c->size -= len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

void
arena_release(struct arena *a)
{
	struct arena_chunk *c = a->chunk, *next;

	for (; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){ 0 };
}
