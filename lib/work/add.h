/*
 * add - new tasks, all in one commit
 *
 * Each task is a map of fields as a person gives them: state, id and what only
 * the suite writes are refused.  `depends_on` and `parent_id` may name a task of
 * the same call, or an older one, by its `key`.
 */
#ifndef ORCH_WORK_ADD_H
#define ORCH_WORK_ADD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct project;
struct store_opts;
struct val;
struct vec_id;

/*
 * `list` is a VAL_LIST of maps.  With `dedupe` a task whose key another one has, or,
 * without a key, whose title and body (folded: ASCII case and blanks) one has that is not
 * cancelled, is not added again; the older one's id stands in its place.  Archived tasks
 * count like those of the file.  A key that another task has is otherwise refused.
 * The ids, in order, go to `ids`.  `lines` says where each stood in the input, for
 * messages; NULL: they are from arguments.
 */
int	add_tasks(struct project *, const struct store_opts *, const struct val *list,
	    const struct vec_id *lines, bool dedupe, struct vec_id *ids, struct err *);

/* What makes two tasks the same: title and body, folded; either may be NULL. */
void	add_identity(struct buf *, const char *title, const char *body);

/* ERR_INVALID if the title is nothing but blanks. */
int	add_check_title(const struct val *title, struct err *);

/* NDJSON: one object a line, blank lines passed over, at most `max` (a person's
 * ADD_MAX).  A list that the caller frees and the line of each, or NULL with ERR_INVALID "line 3: ...". */
#define ADD_MAX 10000
struct val *add_parse(const char *text, size_t len, size_t max, struct vec_id *lines,
	    struct err *);

#endif
