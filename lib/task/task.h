/*
 * task - the tasks of one reading of tasks.yml
 *
 * A `struct tasks` is an immutable picture of the bytes as they were read.  There are
 * two ways to make one.  tasks_load() reads all of it with libyaml and checks it whole
 * (field types, ids unique, references of the right kind).  tasks_load_known() is for
 * bytes that were checked before, as the record of generations can tell: it finds where
 * each task stands (doc/outline.h) and reads of a task what is asked for, when it is
 * asked for.  Both answer the same, and since all was checked the getters need no error.
 * Everything returned is borrowed from the picture; what is read late is kept in it, so
 * that one picture is for one thread.
 */
#ifndef ORCH_TASK_TASK_H
#define ORCH_TASK_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "doc/outline.h"
#include "doc/yaml.h"
#include "task/field.h"
#include "task/state.h"

struct err;
struct task_more;
struct task_window;
struct val;
struct vec_id;
struct vec_str;

/* Raised whenever what was a valid file no longer is one: pictures of bytes that an older
 * version had checked are then checked anew. */
#define TASKS_RULES 4

#define TASK_HISTORY_MAX 20	/* lines of history in a task, the newest */

enum priority { PRIORITY_URGENT, PRIORITY_HIGH, PRIORITY_NORMAL, PRIORITY_LOW };

struct task {
	int64_t id;			/* without F_ID: the one that it will be given */
	enum status status;		/* absent: ST_NEW */
	struct task_more *more;		/* private: its fields */
};

struct tasks {
	struct buf text;
	struct task *v;			/* in the order of the file */
	size_t n;
	int64_t next_id;		/* never smaller than the greatest id + 1 */
	int64_t written;		/* next_id as it stands in the file; 0: it does not */
	bool whole;			/* `yaml` is all of it; else `outline` is */
	struct yaml yaml;
	struct outline outline;

	/* private */
	size_t *by_id;
	struct task_more *more;
	struct task_window *window;
	struct arena arena;
};

/*
 * Takes the bytes over (they are the picture's from now on, also on failure).
 * `name` stands in messages: "tasks.yml:12:5: task 3: priority: ...".
 * -1: ERR_INVALID, nothing to release.  An empty text, one of comments alone and an empty
 * map are no tasks; a null is no task file.
 */
int	tasks_load(struct tasks *, struct buf *text, const char *name, struct err *);
int	tasks_load_known(struct tasks *, struct buf *text, const char *name, struct err *);
/* The same by an outline that is there already, and taken over; an empty one: there is none. */
int	tasks_load_outlined(struct tasks *, struct buf *text, struct outline *, const char *name,
	    struct err *);
/* What such an outline is of. */
void	tasks_outline_names(struct outline_names *);
/* tasks_load(), for whoever looks for all that is wrong: where it refuses what is YAML all
 * the same, `text` is as it was and `*tree` is its tree, which is released before it. */
int	tasks_load_or_tree(struct tasks *, struct buf *text, struct yaml *tree, const char *name,
	    struct err *);
/* tasks_load() of bytes that stay the caller's and must stay as long as the picture. */
int	tasks_view(struct tasks *, const struct buf *text, const char *name, struct err *);
/* Is it a task file? */
int	tasks_check(const struct buf *text, const char *name, struct err *);
void	tasks_release(struct tasks *);

/* An id was given before that the file does not know of any more: the next one, and
 * those foreseen, are `floor` at least. */
void	tasks_raise(struct tasks *, int64_t floor);

const struct task *tasks_find(const struct tasks *, int64_t id);	/* or NULL */

/* Absent and null are the same. */
bool	task_is_set(const struct task *, enum field);
enum priority task_priority(const struct task *);	/* absent: PRIORITY_NORMAL */

/* Scalars.  NULL / `otherwise` if absent. */
const char *task_text(const struct task *, enum field);
int64_t	task_int(const struct task *, enum field, int64_t otherwise);
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

/* Its mapping in a tree, and that tree: the whole one, or of the task's lines alone. */
const struct yaml_node *task_node(const struct task *);
const struct yaml *task_tree(const struct task *);

#endif
