/*
 * agent_table - a driver file, checked and compiled; private to agent*.c
 *
 * Everything that can be wrong with a file is found here, when it is loaded:
 * unknown keys (the nearest known one is named), wrong types, selectors and
 * regular expressions that do not compile, classes that nobody knows.  What is
 * used afterwards cannot fail.
 *
 * Regular expressions are POSIX extended ones, case-insensitive, compiled once.
 * Those for stderr see each line by itself (^ and $ are its ends).
 */
#ifndef ORCH_WORK_AGENT_TABLE_H
#define ORCH_WORK_AGENT_TABLE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "work/jsonl.h"

struct agent;
struct agent_ending;
struct agent_report;
struct err;
struct val;

/* The classes a rule may give, NULL-terminated (AGENTS.md 8). */
extern const char *const agent_classes[];

/* One line of error:, soft: or evidence:.  All that is set must hold. */
struct agent_rule {
	const char *class;		/* of agent_classes */
	bool has_event, has_absent;
	struct jsonl_sel event;		/* some event; with `re`, whose value matches */
	struct jsonl_sel absent;	/* no such event */
	regex_t *re;			/* on the value of `event` */
	regex_t *errtext;		/* on stderr */
	regex_t *reset;			/* group 1.. on the value: when to come back */
	int exit;			/* -1: any */
};

struct agent_rule_list {
	struct agent_rule *v;
	size_t n;
};

enum agent_field {
	AGENT_F_SESSION, AGENT_F_TEXT, AGENT_F_JSON, AGENT_F_COST, AGENT_F_IN,
	AGENT_F_CACHED, AGENT_F_OUT, AGENT_F_REASONING, AGENT_F_DENIED, AGENT_F_RESET,
	AGENT_FIELD_N
};

/* The selectors of a field; the first that finds a value wins. */
struct agent_sel_list {
	struct jsonl_sel *v;
	size_t n;
};

struct agent_table {
	enum { AGENT_TEXT, AGENT_JSON, AGENT_JSONL } format;
	struct agent_rule_list error, soft, evidence;
	struct agent_sel_list field[AGENT_FIELD_N];
	bool has_need, has_not;
	struct jsonl_sel need, not;
	bool cached_in_input;
	bool cost_total, tokens_total;	/* scope: session */
};

/* Are keys and kinds right?  The first half of agent_table_new(). */
int	agent_shape_check(const struct val *map, struct err *);
extern const char *const agent_field_names[AGENT_FIELD_N];

/* ERR_CONFIG "error: 3: re: ..." (the caller names the file); NULL then. */
struct agent_table *agent_table_new(const struct val *map, struct err *);
void	agent_table_free(struct agent_table *);

/* A call that ended, while it is being judged (agent_read.c). */
struct agent_reading {
	const struct agent *a;
	const struct agent_table *t;
	const struct agent_ending *end;
	struct jsonl events;
	struct buf errtext;		/* stderr, plain */
	bool stopped;			/* by us */
};

/* The fields of the report that the program told of itself. */
void	agent_read_fields(struct agent_report *, const struct agent_reading *);
/* The value of a field as text, caller frees; NULL: none. */
char	*agent_field_text(const struct agent_reading *, enum agent_field);

/* "1763720000", in milliseconds too, RFC 3339, "20s", "5:56 AM" (the next one here):
 * seconds since the epoch, 0 if it is none of them. */
int64_t	agent_reset_time(const char *, int64_t now);

#endif
