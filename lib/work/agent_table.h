/*
 * agent_table - a driver file, checked and compiled; private to agent*.c and classify*.c
 *
 * Everything that can be wrong with a file is found here, when it is loaded:
 * unknown keys (the nearest known one is named), wrong types, selectors and
 * regular expressions that do not compile, classes that nobody knows.  What is
 * used afterwards cannot fail.
 *
 * Regular expressions are POSIX extended ones, case-insensitive, compiled once.
 * Those for stderr see each line by itself (^ and $ are its ends).  classify.c shows
 * them the first 4096 bytes of a value or a line.
 */
#ifndef ORCH_WORK_AGENT_TABLE_H
#define ORCH_WORK_AGENT_TABLE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "work/jsonl.h"

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
	AGENT_F_SESSION, AGENT_F_MODEL, AGENT_F_TEXT, AGENT_F_JSON, AGENT_F_COST, AGENT_F_IN,
	AGENT_F_CACHED, AGENT_F_CACHE_WRITE, AGENT_F_OUT, AGENT_F_REASONING, AGENT_F_DENIED,
	AGENT_F_RESET, AGENT_FIELD_N
};

/* Of a field the first that finds a value wins; of events (need, not) any will do. */
struct agent_sel_list {
	struct jsonl_sel *v;
	size_t n;
};

/* US dollars for a million tokens. */
struct agent_price {
	const char *model;	/* borrowed from the file */
	double input, cached, output;
};

struct agent_table {
	enum { AGENT_TEXT, AGENT_JSON, AGENT_JSONL } format;
	struct agent_rule_list error, soft, evidence;
	struct agent_sel_list field[AGENT_FIELD_N];
	struct agent_sel_list need, not, progress;
	bool has_last;
	struct jsonl_sel last;		/* of these events need and not hear the last one */
	struct agent_price *price;
	size_t prices;
	bool cached_in_input;		/* tokens_in counts the cached ones */
	bool reasoning_in_output;	/* tokens_out counts those of reasoning */
	bool cost_total, tokens_total;	/* scope: session */
};

/*
 * Where in a file the fault is: keys and positions, filled in from the innermost on
 * the way out.  Longer steps are cut, deeper ones left out: then the place is that of
 * what holds them.
 */
#define AGENT_STEPS    6
#define AGENT_STEP_MAX 64

struct agent_where {
	char step[AGENT_STEPS][AGENT_STEP_MAX];
	size_t n;
	bool key;		/* the key is at fault, not its value */
};

/* Adds a step outside of those that are there.  Returns -1. */
int	agent_where_in(struct agent_where *, const char *key);
int	agent_where_at(struct agent_where *, size_t position);

/* Are keys and kinds right?  The first half of agent_table_new(). */
int	agent_shape_check(const struct val *map, struct agent_where *, struct err *);
extern const char *const agent_field_names[AGENT_FIELD_N];

/* NULL with ERR_CONFIG, which says what is wrong, and where. */
struct agent_table *agent_table_new(const struct val *map, struct agent_where *,
	    struct err *);
void	agent_table_free(struct agent_table *);

#endif
