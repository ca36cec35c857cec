/*
 * field - the table of task fields: names, types, bounds, who may set them
 *
 * The one truth about what a task may hold.  Reading, orch-set, the JSON Schema
 * of tasks.yml (a test compares the two) and orch-tasks(5) follow it.  The order
 * of the table is the order in which missing keys are inserted.
 */
#ifndef ORCH_TASK_FIELD_H
#define ORCH_TASK_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct val;
struct yaml_node;

enum field {
	/* identity */
	F_ID, F_UID, F_KEY, F_TITLE, F_BODY, F_LABELS, F_PRIORITY, F_CREATED_AT,
	F_UPDATED_AT, F_CREATED_BY, F_EVENT_DEPTH,
	/* place */
	F_PROJECT, F_JOB, F_SCHEDULED_FOR, F_PLAN, F_STAGE,
	/* flow */
	F_STATUS, F_REASON, F_DEPENDS_ON, F_PARENT_ID, F_CHILDREN, F_JOIN,
	/* routing */
	F_AGENT, F_AGENT_MODEL, F_AGENT_PROFILE, F_SELECTED_SKILLS, F_COMPLEXITY,
	F_ROUTE_REASON, F_ROUTE_WARNING,
	/* running */
	F_ATTEMPTS, F_RETRIED_AFTER, F_RETRIED_USAGE, F_MAX_ATTEMPTS, F_RETRY_AT, F_LAST_ERROR,
	F_ERROR_CLASS,
	F_TIMEOUT, F_IDLE_TIMEOUT, F_BUDGET, F_COMMAND, F_VERIFY, F_OPTIONAL_VERIFY, F_PRODUCES,
	F_ISOLATION, F_SANDBOX,
	F_EXECUTOR, F_BRANCH, F_WORKTREE, F_SESSION, F_TRIED_AGENTS,
	/* result */
	F_SUMMARY, F_ACCOMPLISHED, F_REMAINING, F_WARNINGS, F_BLOCKERS, F_FILES_CHANGED,
	F_NEEDS_HELP,
	F_QUESTION, F_ANSWER, F_USAGE,
	/* review */
	F_REVIEW_DECISION, F_REVIEW_NOTES, F_REVIEW_ROUND, F_REVIEW_CALLS,
	/* history, tracker */
	F_HISTORY, F_GH,
	FIELD_N
};

enum field_type {
	FIELD_INT,		/* within min..max */
	FIELD_REAL,
	FIELD_BOOL,
	FIELD_TEXT,		/* any text */
	FIELD_LINE,		/* text without line ends, not empty */
	FIELD_WORD,		/* one of `words` */
	FIELD_TIME,		/* RFC 3339 */
	FIELD_SPAN,		/* duration, "2h" */
	FIELD_TEXTS,		/* list of text */
	FIELD_IDS,		/* list of task ids */
	FIELD_JOIN,		/* all, any or a number >= 1 */
	FIELD_BUDGET,		/* a number (US dollars) or a map of numbers */
	FIELD_MAP,		/* map, checked where it is used */
	FIELD_MAPS,		/* list of maps */
};

enum field_owner {
	FIELD_PERSON,		/* orch-set may change it */
	FIELD_MACHINE,		/* only the commands change it */
	FIELD_STATE,		/* only the state table: orch-set names the verb */
};

struct field_def {
	const char *name;
	enum field_type type;
	enum field_owner owner;
	const char *const *words;	/* FIELD_WORD; NULL-terminated */
	int64_t min, max;		/* FIELD_INT; FIELD_SPAN in ms */
	const char *help;		/* for the manual and the schema */
};

/* The table, indexed by enum field. */
extern const struct field_def field_table[FIELD_N];

/* Their names in table order, NULL-terminated: the order of insertion for edit.h. */
const char *const *field_order(void);

/* The field of that name, or -1. */
int	field_find(const char *name);
int	field_find_n(const char *name, size_t len);
/* Likewise, with the nearest name in the message. */
int	field_need(const char *name, enum field *, struct err *);

/*
 * Where a person and a command both changed it and the two must become one text:
 * is it the person's value that counts?  So for all that orch-set may change, and
 * for `parent_id`: no command changes that once the task is there.
 */
bool	field_is_persons(enum field);

/*
 * A value of the type of the field from the text of a command line: "3" for an
 * int, "a,b" for a list, "" is refused (unset a field by dropping it).  NULL with
 * ERR_USAGE "priority: 'hihg' is not one of urgent high normal low".
 */
struct val *field_parse(enum field, const char *text, struct err *);

/* Is the value right for the field?  -1 with ERR_INVALID "labels: list of text
 * expected, found number" (the place is prefixed by the caller). */
int	field_check(enum field, const struct val *, struct err *);
/* The same for a node of a parsed text, of which nothing is built: for the loader.
 * *where gets the node at fault. */
int	field_check_node(enum field, const struct yaml_node *, const struct yaml_node **where,
	    struct err *);

/*
 * Of a value that is right: does all of it mean something?  -1 with ERR_INVALID for a key of
 * a budget that nobody reads.  Commands refuse to write it; a file that a person edited can
 * be read all the same, and orch-fsck tells of it.
 */
int	field_check_meaning(enum field, const struct val *, struct err *);
int	field_check_meaning_as(const struct field_def *, const struct val *, struct err *);
int	field_check_meaning_node(enum field, const struct yaml_node *, const struct yaml_node **where,
	    struct err *);

/* Of definitions that end with one without a name; NULL: none is called so. */
const struct field_def *field_def_find(const struct field_def *, const char *name);

/* The three for a definition that is not of the table: orch.yml holds values of the
 * same kinds, and they are to be written and refused in the same way. */
struct val *field_parse_as(const struct field_def *, const char *text, struct err *);
int	field_check_as(const struct field_def *, const struct val *, struct err *);
int	field_check_node_as(const struct field_def *, const struct yaml_node *,
	    const struct yaml_node **where, struct err *);

#endif
