/*
 * config - orch.yml: one table of keys, five layers, checked whole
 *
 * defaults < user < project < environment ORCH_* < flags.  A mapping merges by
 * key, a list is replaced; false, 0 and "" are values.  An unknown key is
 * ERR_CONFIG with file, line, column and the nearest known key; so is a value of
 * the wrong type or outside its bounds.  Durations and sizes may be written as
 * text ("2h", "64K"); they are read as milliseconds and bytes.
 *
 * The variable of a key is ORCH_ and its path in capitals with '_' for '.':
 * retry.base is ORCH_RETRY_BASE.  A list is written there with commas, a tree as
 * YAML.  A key without a value ("base:") says nothing and changes nothing.
 */
#ifndef ORCH_TASK_CONFIG_H
#define ORCH_TASK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/field.h"

struct buf;
struct err;
struct val;

enum config_type {
	CONFIG_INT, CONFIG_REAL, CONFIG_BOOL, CONFIG_TEXT, CONFIG_WORD, CONFIG_SPAN,
	CONFIG_SIZE, CONFIG_TEXTS,
	CONFIG_TREE,		/* a map or list with a shape of its own; see its table */
};

struct config_key {
	const char *path;		/* "retry.base"; "agents.*.slots": any name */
	enum config_type type;
	const char *otherwise;		/* the default as text, NULL: absent; "=slots": the
					   value of that other key */
	int64_t min, max;		/* in ms or bytes where it is a span or a size */
	const char *const *words;	/* CONFIG_WORD */
	const char *help;		/* for orch.yml(5) and the schema */
};

extern const struct config_key config_table[];		/* ends with path NULL */

/*
 * The keys of one rule of router.rules: what a task must have to match it (all that
 * are given), and what it then gets (at least one).  Both end with name NULL.
 */
extern const struct field_def config_rule_match[];
extern const struct field_def config_rule_set[];

/* The keys of one of the subscriptions: name, topic and run are needed. */
extern const struct field_def config_subscription[];

#define CONFIG_TOPIC_MAX 100	/* subscriptions of one topic */

struct config {
	struct val *map;		/* merged, as written (text stays text) */
};

/* Adds a layer: the text of one orch.yml, `name` for messages. */
int	config_add(struct config *, const char *text, size_t, const char *name, struct err *);
/* Adds the environment as a layer (environ-style array). */
int	config_add_env(struct config *, char *const *env, struct err *);
void	config_release(struct config *);

/* The value of a path of the table, or its default.  A path that the table does
 * not have is a bug: abort().  A '*' is given by the caller as a real name. */
/* INT, SPAN (ms), SIZE (bytes); 0 if there is no default. */
int64_t	config_int(const struct config *, const char *path);
double	config_real(const struct config *, const char *path);
bool	config_bool(const struct config *, const char *path);
const char *config_text(const struct config *, const char *path);	/* or NULL */
/* As it was written, without default; also of a section ("agents").  Or NULL. */
const struct val *config_val(const struct config *, const char *path);

/* The same of "agents.AGENT.KEY", whatever the agent's name is. */
int64_t	config_agent_int(const struct config *, const char *agent, const char *key);
double	config_agent_real(const struct config *, const char *agent, const char *key);
bool	config_agent_bool(const struct config *, const char *agent, const char *key);
const char *config_agent_text(const struct config *, const char *agent, const char *key);
const struct val *config_agent_val(const struct config *, const char *agent, const char *key);

/* The key of a path, with '*' for any name; or NULL. */
const struct config_key *config_find(const char *path);

/* All keys with their defaults as a commented orch.yml, for orch-init. */
void	config_sample(struct buf *);

#endif
