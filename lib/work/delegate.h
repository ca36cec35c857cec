/*
 * delegate - parts of a task that become tasks of their own, its children
 *
 * A list is a VAL_LIST of maps {title, body, labels, suggested_agent, depends_on: positions
 * in the list, from 0}, as schema/result.json has them under `delegations`.  All of it is
 * made or nothing.  A part that a child was asked for already, title and body folded, is
 * that child, whatever became of it, be it archived: so a list that is given again makes
 * nothing twice, and a task cannot ask for the same for ever.
 *
 *	delegate_parse()	a list from text
 *	delegate_check()	what can be said about it without the tasks
 *	delegate_children()	makes it, in a commit: of a person, or the one that settles
 *
 * An agent's request (orch-delegate inside its attempt) is a list on a line of
 * out/delegations.jsonl; it is carried out when the attempt is settled.
 */
#ifndef ORCH_WORK_DELEGATE_H
#define ORCH_WORK_DELEGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct change;
struct err;
struct project;
struct propagated;
struct store_opts;
struct task;
struct val;

#define DELEGATE_PLAN	  "plan"		/* the label of a task that is divided first */
#define DELEGATE_REQUESTS "delegations.jsonl"
#define DELEGATE_MAX	  100		/* parts of a list, as the schema has it */
#define DELEGATE_TEXT_MAX (8u << 20)		/* bytes of a list, and of all requests */

/* An array, or objects one a line; the caller frees it.  NULL: ERR_INVALID. */
struct val *delegate_parse(const char *text, size_t len, struct err *);

/*
 * The list as the schema (ANSWER_SCHEMA) wants it: unknown keys are dropped, and named
 * in `unknown`, which may be NULL.  ERR_INVALID "at delegations.2.title: ...".
 */
int	delegate_check(const struct val *schema, struct val **list, struct vec_str *unknown,
	    struct err *);

/* created_by of what an agent asked for, with the number of its task: its words are no person's. */
#define DELEGATE_AGENT	  "agent of task "

struct delegated {
	struct vec_id ids;		/* of the parts, in the order of the list */
	size_t made;			/* how many are new */
	struct vec_str warnings;	/* agents that were not taken */
};

/*
 * Makes the children of `parent`, asked for by its agent or a person, and its links; its
 * status stays.  Called before anything
 * else is added in the change; what `d` held is gone.  Refusals: ERR_USAGE no such parent;
 * ERR_INVALID a list that goes round in a circle, or asks for the parent or one above it
 * once more; ERR_FAILED more than children.max, .depth or .tree allow.
 */
int	delegate_children(struct change *, const struct project *, int64_t parent,
	    const struct val *list, bool by_agent, struct delegated *, struct err *);
void	delegated_release(struct delegated *);

/* A person's: one commit, and the parent is `blocked` in it if any part is new. */
int	delegate_tasks(struct project *, const struct store_opts *, int64_t parent,
	    const struct val *list, struct delegated *, struct err *);

/* Joins those of the tasks that are blocked and whose children have come far enough. */
int	delegate_join(struct project *, const struct store_opts *, const struct vec_id *,
	    struct propagated *, struct err *);

/* Is one of them (NULL: of all) blocked for ever?  Then ERR_INVALID, with the circle. */
int	delegate_check_circles(const struct project *, const struct vec_id *, struct err *);

/* The same as delegate_tasks() of an attempt, to see what would be refused: nothing is moved. */
int	delegate_try(struct project *, int64_t parent, const struct val *list,
	    struct delegated *, struct err *);

/* ---- of attempts: delegate_request.c ---- */

/* Must the next attempt only divide it?  So it is as long as it has no children. */
bool	delegate_plans(const struct task *);

/*
 * Notes the list in the folder `out` of an attempt, "17/2", after the same checks of all
 * that it has asked for, which are made again when it is settled.  ERR_USAGE: there is no
 * such folder (NULL), or `parent` is said (else NULL) and is not the task of the attempt.
 */
int	delegate_request(struct project *, const char *attempt, const char *out,
	    const char *parent, bool dry_run, const struct val *schema, const struct val *list,
	    struct err *);

/* All requests as one list, NULL if there are none, caller frees; `out` is the folder.
 * ERR_INVALID: what is there cannot be used. */
int	delegate_requested(int out, const struct val *schema, struct val **list, struct err *);

/* Adds a list to another one: its positions follow. */
void	delegate_append(struct val *list, const struct val *more);

/* What the children of a task were asked for, as add_identity() writes it. */
int	delegate_asked(const struct project *, int64_t parent, struct vec_str *, struct err *);

/* ---- delegate_wait.c ---- */

/*
 * Sleeps until all of the tasks have ended, or (`any`) one is done; `done` gets those that
 * are.  0: all, or one, are done.  1: others have ended otherwise, or are gone.
 * ERR_TIMEOUT after timeout_ms > 0.  ERR_INVALID: one of them (`any`: all that are left) waits
 * for itself (circle.h).
 */
int	delegate_wait(const struct project *, const struct vec_id *ids, bool any,
	    int64_t timeout_ms, struct vec_id *done, struct err *);

#endif
