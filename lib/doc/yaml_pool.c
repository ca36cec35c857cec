#include "doc/yaml_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define CHUNK_MIN 4096
#define CHUNK_MAX (256u << 10)

struct yaml_chunk {
	struct yaml_chunk *next;
	size_t used, size;		/* structs from the front, texts from the back */
	char data[];
};

static struct yaml_chunk *
chunk_with(struct yaml_pool *p, size_t size)
{
	struct yaml_chunk *c = p->chunk;
	size_t room = p->text_len / 32;

	if (c != NULL && c->size - c->used >= size)
		return c;
	room = room < CHUNK_MIN ? CHUNK_MIN : room > CHUNK_MAX ? CHUNK_MAX : room;
	room = room < size ? size : room;
	c = xmalloc(sizeof *c + room);
	c->next = p->chunk;
	c->used = 0;
	c->size = room;
	p->chunk = c;
	return c;
}

void *
yaml_take(struct yaml_pool *p, size_t size)
{
	struct yaml_chunk *c;

	size = (size + 7) & ~(size_t)7;
	c = chunk_with(p, size);
	c->used += size;
	return c->data + c->used - size;
}

/* Texts need no alignment: at the back of the chunk they waste none. */
const char *
yaml_take_text(struct yaml_pool *p, const char *s, size_t len)
{
	struct yaml_chunk *c = chunk_with(p, len + 1);
	char *copy = c->data + (c->size -= len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

/*
 * Starts from an address, which differs from run to run, so that nobody can
 * write a file of keys that all have one hash.
 */
static uint32_t
hash_of(const struct yaml_pool *p, const char *s, size_t len)
{
	uint64_t h = (uintptr_t)p;

	for (size_t i = 0; i < len; i++) {
		h = (h ^ (unsigned char)s[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (uint32_t)(h >> 16);
}

static void
grow_table(struct yaml_pool *p)
{
	size_t slots = p->slots ? p->slots * 2 : 128;
	struct yaml_name **table = xcalloc(slots, sizeof *table), *n, *next;

	for (size_t i = 0; i < p->slots; i++)
		for (n = p->table[i]; n != NULL; n = next) {
			next = n->next;
			n->next = table[n->hash & (slots - 1)];
			table[n->hash & (slots - 1)] = n;
		}
	free(p->table);
	p->table = table;
	p->slots = slots;
}

struct yaml_name *
yaml_intern(struct yaml_pool *p, const char *s, size_t len)
{
	uint32_t hash = hash_of(p, s, len);
	struct yaml_name *n = NULL;

	if (p->slots > 0)
		n = p->table[hash & (p->slots - 1)];
	for (; n != NULL; n = n->next)
		if (n->hash == hash && strncmp(n->text, s, len) == 0 && n->text[len] == '\0')
			return n;
	if (p->names >= p->slots)
		grow_table(p);
	n = yaml_take(p, sizeof *n + len + 1);
	*n = (struct yaml_name){ .hash = hash, .next = p->table[hash & (p->slots - 1)] };
	memcpy(n->text, s, len);
	n->text[len] = '\0';
	p->table[hash & (p->slots - 1)] = n;
	p->names++;
	return n;
}

struct yaml_name *
yaml_name_of(const char *text)
{
	union {
		const char *in;
		char *out;
	} p = { .in = text };	/* a cast would drop the const in silence */

	return (struct yaml_name *)(void *)(p.out - offsetof(struct yaml_name, text));
}

void *
yaml_pool_close(struct yaml_pool *p)
{
	struct yaml_chunk *chunks = p->chunk;

	free(p->table);
	*p = (struct yaml_pool){ 0 };
	return chunks;
}

void
yaml_pool_free(void *chunks)
{
	struct yaml_chunk *c = chunks, *next;

	for (; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
}
