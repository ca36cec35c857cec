/*
 * select - the selectors of orch-select(7)
 *
 *	17  3..9  @status  +label  FIELD=VALUE  FIELD!=VALUE  tree=12  next  all  -
 *
 * Several are joined by "and"; commas within one value by "or" ("@new,routed",
 * "17,19", "+docs,api").  Ids that are named one by one ("3", "5,7", "-") form one
 * set: "3 5" selects both.  A named id that does not exist, or is archived
 * where the archive was not asked for, is ERR_USAGE; a range
 * or a condition that matches nothing is an empty answer.
 *
 * FIELD=VALUE compares the field as text, of a list any item; `label` is another
 * name for `labels`.  A status or priority that is not written counts as `new` and
 * `normal`.  An empty value stands for absent: "agent=" is what has no agent,
 * "agent!=" what has one.  "next" is the first in ready order of what the others
 * leave.  No operand at all selects nothing: who wants all then says "all".
 */
#ifndef ORCH_TASK_SELECT_H
#define ORCH_TASK_SELECT_H

#include <stdbool.h>
#include <stddef.h>

struct archive;
struct err;
struct ready_rules;
struct tasks;
struct vec_id;

struct select;

struct select *select_new(void);
void	select_free(struct select *);

/* One operand of the command line.  "-" is not for here: see select_stdin(). */
int	select_word(struct select *, const char *, struct err *);

/* The bytes of standard input for "-": ids separated by white space, or NDJSON
 * objects with an integer "id".  An empty input selects nothing. */
int	select_stdin(struct select *, const char *, size_t, struct err *);

bool	select_empty(const struct select *);	/* no operand was given at all */

/*
 * The ids selected, each once: in the order they were named if only named ones,
 * for "next" the first in ready order, else in the order of the file.
 */
int	select_run(const struct select *, const struct tasks *, const struct ready_rules *,
	    struct vec_id *, struct err *);

/*
 * The same among the tasks of the file and, behind them, the archived ones, oldest
 * archive first.  Of a task that stands in several places, the file's counts, then the newest
 * archived copy.
 */
int	select_run_all(const struct select *, const struct tasks *, const struct archive *,
	    const struct ready_rules *, struct vec_id *, struct err *);

#endif
