/*
 * yaml_pool - memory of a tree, and its names; private to lib/doc
 *
 * Structs and texts are taken from chunks, one after the other, and all freed
 * at once.  Names (keys, anchors, tags) are interned: equal ones are one struct
 * yaml_name and share its text.
 */
#ifndef ORCH_DOC_YAML_POOL_H
#define ORCH_DOC_YAML_POOL_H

#include <stddef.h>
#include <stdint.h>

struct yaml_chunk;
struct yaml_node;

struct yaml_name {
	struct yaml_name *next;		/* of the same hash */
	struct yaml_node *anchored;	/* what the anchor of this name stands for now */
	uint32_t hash;
	uint32_t stamp;			/* the last map that had it as a key */
	char text[];
};

struct yaml_pool {
	struct yaml_chunk *chunk;	/* the newest; the others behind it */
	struct yaml_name **table;
	size_t slots, names;
	size_t text_len;		/* of the document: how large a chunk should be */
};

void	*yaml_take(struct yaml_pool *, size_t);		/* not cleared */
const char *yaml_take_text(struct yaml_pool *, const char *, size_t);	/* a copy, with NUL */
struct yaml_name *yaml_intern(struct yaml_pool *, const char *, size_t);
struct yaml_name *yaml_name_of(const char *text);	/* of an interned text */

/* The chunks, for yaml_pool_free(); the table of names is gone. */
void	*yaml_pool_close(struct yaml_pool *);
void	 yaml_pool_free(void *chunks);

#endif
