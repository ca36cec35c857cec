/*
 * member - a struct that is kept as a JSON object
 *
 * A table names the members.  What is zero, false or NULL is left out; what is of another
 * kind than it should be counts as absent, so that what a person or another version wrote
 * makes no nonsense.
 */
#ifndef ORCH_DOC_MEMBER_H
#define ORCH_DOC_MEMBER_H

#include <stddef.h>

struct val;

enum member_type {
	MEMBER_TEXT,		/* char *, owned */
	MEMBER_NUMBER,		/* int64_t */
	MEMBER_TRUTH,		/* bool */
	MEMBER_VALUE,		/* struct val *, owned */
};

struct member {
	const char *key;	/* NULL ends the table */
	enum member_type type;
	size_t offset;
};

#define MEMBER(s, key, type) { #key, MEMBER_##type, offsetof(struct s, key) }

/* Into an object that is all zero. */
void	members_read(const struct member *, const struct val *map, void *object);
/* Appends them to a map that has none of them. */
void	members_write(const struct member *, const void *object, struct val *map);
void	members_release(const struct member *, void *object);

#endif
