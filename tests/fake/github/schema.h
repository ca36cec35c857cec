/*
 * schema - the types of GraphQL that boards need, as a table of fields
 *
 * A thing is an object of one of those types: a map of the store, and for some the project
 * or the item that it belongs to.  A field of a thing is a scalar, one thing, a list of
 * them or a connection (which wants `first` or `last` and has nodes, totalCount, pageInfo).
 */
#ifndef FAKE_SCHEMA_H
#define FAKE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct call;
struct val;

struct thing {
	const char *type;	/* the concrete one; NULL: nothing */
	struct val *v;		/* borrowed from the store */
	struct val *up;		/* the project or item that it is part of */
};

enum schema_shape { SCHEMA_SCALAR, SCHEMA_ONE, SCHEMA_LIST, SCHEMA_CONNECTION };

/* What a resolver looks at and where it leaves what it found. */
struct resolve {
	struct call *c;
	const struct val *args;
	struct thing out[512];
	size_t n;
	const char *error;	/* type of an error, NULL: none */
	char message[256];
};

struct schema_field {
	const char *on;			/* the type that has it */
	const char *name;
	enum schema_shape shape;
	const char *type;		/* of the result; an interface or a union, too; of a
					   scalar without a function: its key in the store */
	const char *args;		/* "login! number!": '!' is required */
	struct val *(*scalar)(struct call *, struct thing);
	void (*find)(struct resolve *, struct thing);
	const char *scope;		/* that the token must have */
};

/* NULL: the type has no such field. */
const struct schema_field *schema_field(const char *type, const char *name);
/* Can a thing of this concrete type stand where `type` is asked for? */
bool	schema_is(const char *concrete, const char *type);

/* resolve.c: the things behind the fields, one function each. */
void	resolve_user(struct resolve *, struct thing);
void	resolve_organization(struct resolve *, struct thing);
void	resolve_viewer(struct resolve *, struct thing);
void	resolve_repository(struct resolve *, struct thing);
void	resolve_issue(struct resolve *, struct thing);
void	resolve_node(struct resolve *, struct thing);
void	resolve_project(struct resolve *, struct thing);
void	resolve_projects(struct resolve *, struct thing);
void	resolve_fields(struct resolve *, struct thing);
void	resolve_field(struct resolve *, struct thing);
void	resolve_items(struct resolve *, struct thing);
void	resolve_items_of_issue(struct resolve *, struct thing);
void	resolve_options(struct resolve *, struct thing);
void	resolve_project_of_item(struct resolve *, struct thing);
void	resolve_content(struct resolve *, struct thing);
void	resolve_repository_of_issue(struct resolve *, struct thing);
void	resolve_value(struct resolve *, struct thing);
/* mutation.c: the fields that change something. */
void	mutation_add_item(struct resolve *, struct thing);
void	mutation_update_value(struct resolve *, struct thing);

/* Used by both. */
void	resolve_error(struct resolve *, const char *type, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
void	resolve_put(struct resolve *, const char *type, struct val *v, struct val *up);
/* The project, item, field or issue behind an opaque id, NULL: none. */
struct val *schema_project(struct call *, const char *node);

#endif
