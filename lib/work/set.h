/*
 * set - fields of tasks, changed with checks
 */
#ifndef ORCH_WORK_SET_H
#define ORCH_WORK_SET_H

#include <stdbool.h>
#include <stdint.h>

struct change;
struct err;
struct project;
struct ready_rules;
struct select;
struct store_opts;
struct vec_id;
struct vec_str;

/*
 * Is the word an assignment (FIELD=VALUE, FIELD+=ITEM, FIELD-=ITEM, FIELD=) rather
 * than a selector?  FIELD!=VALUE and tree=ID are selectors.
 */
bool	set_is_assignment(const char *word);

/*
 * Applies the assignments to all the tasks that are selected, in one commit and on
 * one reading of the file.  Values are text in the type of the field; with `json`
 * they are JSON.  A field that belongs to the state machine is ERR_USAGE and names
 * the verb.  `selected` gets all ids, `changed` those of tasks that differ now.
 */
int	set_fields(struct project *, const struct store_opts *, const struct select *,
	    const struct ready_rules *, const struct vec_str *assignments, bool json,
	    struct vec_id *selected, struct vec_id *changed, struct err *);

/* The agent was chosen as `how` says ("set by hand"): a task that had none is routed by it.
 * The field is still to be set. */
int	set_routed(struct change *, int64_t task, const char *how, struct err *);

#endif
