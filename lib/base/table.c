#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define CAP_LEAST 64

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t
hash_of(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h;
}

/* The slot of the text, or the free one where it belongs; there always is one. */
static struct table_slot *
slot_of(const struct table *t, const char *text, uint64_t hash)
{
	size_t i = hash & (t->cap - 1);

	while (t->v[i].text != NULL && (t->v[i].hash != hash || strcmp(t->v[i].text, text) != 0))
		i = (i + 1) & (t->cap - 1);
	return &t->v[i];
}

static void
grow(struct table *t)
{
	struct table bigger = { .n = t->n, .cap = t->cap ? 2 * t->cap : CAP_LEAST };

	bigger.v = xcalloc(bigger.cap, sizeof *bigger.v);
	for (size_t i = 0; i < t->cap; i++)
		if (t->v[i].text != NULL)
			*slot_of(&bigger, t->v[i].text, t->v[i].hash) = t->v[i];
	free(t->v);
	*t = bigger;
}

void
table_put(struct table *t, const char *text, int64_t number)
{
	uint64_t hash = hash_of(text);
	struct table_slot *slot;

	if (2 * (t->n + 1) > t->cap)
		grow(t);
	slot = slot_of(t, text, hash);
	if (slot->text != NULL)
		return;
	*slot = (struct table_slot){ text, hash, number };
	t->n++;
}

int64_t
table_get(const struct table *t, const char *text)
{
	return t->n > 0 ? slot_of(t, text, hash_of(text))->number : 0;
}

void
table_release(struct table *t)
{
	free(t->v);
	*t = (struct table){ 0 };
}
