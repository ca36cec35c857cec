/*
 * yaml_pool - memory of a tree, and its names; private to lib/doc
 *
 * All of it comes from one arena.  Names (keys, anchors, tags) are interned: equal
 * ones are one struct yaml_name and share its text.
 */
#ifndef ORCH_DOC_YAML_POOL_H
#define ORCH_DOC_YAML_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct yaml_node;

struct yaml_name {
	struct yaml_name *next;		/* of the same hash */
	struct yaml_node *anchored;	/* what the anchor of this name stands for now */
	uint32_t hash;
	uint32_t stamp;			/* the last map that had it as a key */
	char text[];
};

struct yaml_pool {
	struct arena arena;
	struct yaml_name **table;
	size_t slots, names;
};

struct yaml_name *yaml_intern(struct yaml_pool *, const char *, size_t);
struct yaml_name *yaml_name_of(const char *text);	/* of an interned text */

/* Frees the table of names; the arena is the caller's from now on. */
struct arena yaml_pool_close(struct yaml_pool *);

#endif
