#include "doc/yaml_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

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
	n = arena_take(&p->arena, sizeof *n + len + 1);
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

struct arena
yaml_pool_close(struct yaml_pool *p)
{
	struct arena arena = p->arena;

	free(p->table);
	*p = (struct yaml_pool){ 0 };
	return arena;
}
