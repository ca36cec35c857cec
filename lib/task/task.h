/*
 * task - the tasks of one reading of tasks.yml
 *
 * A `struct tasks` is an immutable picture: the bytes as they were read, their
 * tree, and for each task the node of every known field.  It was checked whole
 * when it was loaded (field types, ids unique, references of the right kind), so
 * the getters need no error.  Everything returned is borrowed from the picture.
 */
#ifndef ORCH_TASK_TASK_H
#define ORCH_TASK_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "doc/yaml.h"
#include "task/field.h"
#include "task/state.h"

struct err;
struct val;
struct vec_id;
struct vec_str;

enum priority { PRIORITY_URGENT, PRIORITY_HIGH, PRIORITY_NORMAL, PRIORITY_LOW };

struct task {
	int64_t id;			/* without F_ID: the one that it will be given */
	enum status status;		/* absent: ST_NEW */
	enum priority priority;		/* absent: PRIORITY_NORMAL */
	const struct yaml_node *node;	/* the mapping */
	const struct yaml_node *field[FIELD_N];	/* values; NULL: absent or null */
};

struct tasks {
	struct buf text;
	struct yaml yaml;
	struct task *v;			/* in the order of the file */
	size_t n;
	int64_t next_id;		/* never smaller than the greatest id + 1 */
	size_t *by_id;			/* private */
};

/*
 * Takes the bytes over (they are the picture's from now on, also on failure).
 * `name` stands in messages: "tasks.yml:12:5: task 3: priority: ...".
 * -1: ERR_INVALID, nothing to release.  Empty text: no tasks.
 */
int	tasks_load(struct tasks *, struct buf *text, const char *name, struct err *);
void	tasks_release(struct tasks *);

/* An id was given before that the file does not know of any more: the next one, and
 * those foreseen, are `floor` at least. */
void	tasks_raise(struct tasks *, int64_t floor);

const struct task *tasks_find(const struct tasks *, int64_t id);	/* or NULL */

/* Scalars.  NULL / `otherwise` if absent. */
const char *task_text(const struct task *, enum field);
int64_t	task_int(const struct task *, enum field, int64_t otherwise);
bool	task_bool(const struct task *, enum field);
int64_t	task_time(const struct task *, enum field, int64_t otherwise);	/* seconds */
int64_t	task_span(const struct task *, enum field, int64_t otherwise);	/* ms */

/* Lists: appended to the caller's list.  task_has() tests for one text. */
void	task_texts(const struct task *, enum field, struct vec_str *);
void	task_ids(const struct task *, enum field, struct vec_id *);
bool	task_has(const struct task *, enum field, const char *text);
size_t	task_count(const struct task *, enum field);

/* Any field as a value that the caller frees; NULL if absent. */
struct val *task_value(const struct task *, enum field);
/* The whole task, unknown keys too, as a map that the caller frees. */
struct val *task_map(const struct task *);

#endif
