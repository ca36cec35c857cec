/*
 * list - tasks as text: columns, fields, JSON lines, a tree
 *
 * Pure: a picture and ids in, text out.  Titles are made visible (str_visible) in
 * the forms for people; fields and JSON carry them exactly.
 */
#ifndef ORCH_WORK_LIST_H
#define ORCH_WORK_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "task/field.h"

struct archive;
struct buf;
struct closed;
struct err;
struct ready_rules;
struct tasks;
struct vec_id;

struct list_fields {
	enum field v[FIELD_N];
	size_t n;
};

/* "id,title": ERR_USAGE for a name that is no field, or one that is there twice. */
int	list_fields_add(struct list_fields *, const char *names, struct err *);

/* SGR sequences by status, "" to end one; only called if `on`. */
struct list_colour {
	bool on;
	const char *(*sgr)(const char *status);
};

/* Where the ids are looked up: in the file, then in the archive (NULL: none). */
struct list_from {
	const struct tasks *tasks;
	const struct archive *archive;
};

/* id, status ("done, archived" where it is), agent, title */
void	list_columns(const struct list_from *, const struct vec_id *, const struct list_colour *,
	    struct buf *);
/* Children below their parent; a task whose parent is not selected stands at the top. */
void	list_tree(const struct list_from *, const struct vec_id *, const struct list_colour *,
	    struct buf *);
/* One line a task, tab-separated; backslash, tab and line ends escaped. */
void	list_table(const struct list_from *, const struct vec_id *, const struct list_fields *,
	    struct buf *);
/* One object a line with "schema":1, and "archived":true where it is; all fields if
 * `fields` is empty. */
void	list_json(const struct list_from *, const struct vec_id *, const struct list_fields *,
	    struct buf *);
/* "id<tab>why"; of one that is ready the state of its agent (closed.h) has the last word. */
void	list_explain(const struct list_from *, const struct vec_id *, const struct ready_rules *,
	    const struct closed *, struct buf *);

#endif
