/*
 * yaml - YAML text in, a tree with byte spans out
 *
 * The only user of libyaml.  The tree remembers for every node which bytes of
 * the text it came from, so that edit.c can change those bytes and no others.
 * Values follow the YAML 1.2 core schema; text that YAML 1.1 would read as
 * something else ("yes", "012", "1:30") is a string here and is quoted on
 * writing.  libyaml's marks count characters, include properties and run past
 * blank lines; all that is corrected here (spans are trimmed byte offsets).
 *
 * Refused, with line and column: invalid UTF-8, UTF-16/32, NUL and other
 * control characters, several documents, custom tags, tags that their value
 * does not fit, keys that are not text, duplicate keys, undefined aliases,
 * aliases inside what they stand for, alias expansion beyond the bounds, and
 * the limits below.  A text without a value (empty, comments, "---") is a
 * document whose root is NULL.
 *
 * The text is borrowed and must stay while the tree is used.  Nodes live in
 * the tree's arena: they are borrowed too, and go with yaml_release().  They
 * are kept small, since a tree may hold a hundred thousand: what few nodes
 * have (anchor, tag, what an alias stands for) is behind yaml_prop() and
 * yaml_deref(), and a key is a smaller struct than a node.
 */
#ifndef ORCH_DOC_YAML_H
#define ORCH_DOC_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct err;
struct val;

#define YAML_TEXT_MAX   (64u << 20)	/* bytes of a file */
#define YAML_DEPTH_MAX  64		/* nesting, also through aliases */
#define YAML_SCALAR_MAX (1u << 20)	/* bytes of one scalar */
#define YAML_VALUES_MAX 4194304		/* keys and values of a text, so that no file of
					   64 MiB needs 768 MiB or ten seconds */
#define YAML_ALIAS_MAX  100000		/* nodes reached through aliases */
#define YAML_MERGE_MAX  1000		/* keys of a map that has a merge key */

enum yaml_kind { YAML_SCALAR, YAML_SEQ, YAML_MAP, YAML_ALIAS };

enum yaml_style {
	YAML_PLAIN, YAML_SINGLE, YAML_DOUBLE, YAML_LITERAL, YAML_FOLDED,	/* scalars */
	YAML_BLOCK, YAML_FLOW,							/* collections */
};

/*
 * A key of a mapping.  Its span includes an anchor or a tag.  Equal keys of one
 * tree share their text, so that within a tree pointers may be compared.
 */
struct yaml_key {
	uint8_t kind;			/* YAML_SCALAR or YAML_ALIAS */
	uint8_t style;
	uint32_t start, end;
	uint32_t len;
	const char *text;		/* decoded, of an alias what it stands for */
};

struct yaml_node {
	uint8_t kind;			/* enum yaml_kind */
	uint8_t style;			/* enum yaml_style */
	bool implicit:1;		/* no text at all: the null of "key:" */
	bool merge:1;			/* a mapping with a "<<" key */
	bool props:1;			/* yaml_prop() has something */
	uint32_t start, end;		/* bytes of the value, without anchor, tag, comments;
					   of a block scalar from its header on; of an implicit
					   null the empty span behind its ':' or '-' */
	union {
		uint32_t len;		/* scalar, alias: bytes of text */
		uint32_t n;		/* SEQ: items; MAP: pairs */
	};
	const char *text;		/* scalar: decoded, NUL-terminated; alias: its name;
					   else NULL */
	const struct yaml_key *key;	/* for a value of a mapping: its key */
	struct yaml_node *next;		/* next item; next value of the mapping */
	struct yaml_node *child;	/* SEQ: first item; MAP: first value; else NULL */
};

/* Anchor, tag and target of a node. */
struct yaml_prop {
	uint32_t start, end;		/* bytes of anchor and tag and what is between them;
					   of an alias its own span */
	const char *anchor;		/* NULL: none */
	const char *tag;		/* NULL: none; else "tag:yaml.org,2002:str" or another
					   of the core schema */
	struct yaml_node *target;	/* ALIAS: what it stands for; else NULL */
	struct yaml_node *next;		/* the next alias of the text, in order; else NULL */
};

struct yaml {
	const char *text;		/* borrowed */
	size_t len;
	struct yaml_node *root;		/* NULL: empty document */
	struct yaml_node *alias;	/* the first alias; the others by yaml_prop()->next.
					   Those of keys are here, and nowhere else */
	bool bom, crlf;			/* crlf: the first line end is CRLF */
	uint32_t close;			/* where the "..." at its end stands, else len */
	struct arena arena;		/* private */
};

/*
 * `name` stands in messages: "tasks.yml:3:7: ...".  0, or -1 with ERR_INVALID
 * and nothing to release.
 */
int	yaml_parse(struct yaml *, const char *text, size_t len, const char *name,
	    struct err *);
void	yaml_release(struct yaml *);

/* The value of a key, aliases followed, merge keys looked through; or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* The same without following or merging: what stands in the text. */
const struct yaml_node *yaml_own(const struct yaml_node *map, const char *key);
/* Would the map have the key without its own one, through a merge? */
bool	yaml_inherits(const struct yaml_node *map, const char *key);
/* Follows an alias; any other node is itself. */
const struct yaml_node *yaml_deref(const struct yaml_node *);
/* Anchor and tag, or NULL if the node has none and is no alias. */
const struct yaml_prop *yaml_prop(const struct yaml_node *);

/* Line and column, both from 1, columns in characters as editors count them. */
void	yaml_place(const struct yaml *, uint32_t offset, size_t *line, size_t *col);

/*
 * A node as a value (caller frees): core schema types, aliases expanded, merge
 * keys applied.  A number too large for int64_t or not finite is a string.
 * NULL is a null.  Bounds were checked by yaml_parse(), so this cannot fail.
 */
struct val *yaml_value(const struct yaml_node *);

/* The value of a scalar without a tag, from its text and whether it stood without quotes. */
struct val *yaml_scalar_value(const char *text, size_t len, bool plain);

/* The type that a scalar has: VAL_NULL, _BOOL, _INT, _REAL, _STR. */
int	yaml_scalar_kind(const struct yaml_node *);

#endif
