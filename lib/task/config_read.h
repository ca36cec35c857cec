/*
 * config_read - between config_read.c and config_check.c: the state of one reading
 */
#ifndef ORCH_TASK_CONFIG_READ_H
#define ORCH_TASK_CONFIG_READ_H

#include <stddef.h>

#include "base/buf.h"

struct config_key;
struct err;
struct val;
struct yaml;
struct yaml_key;
struct yaml_node;

struct config_reader {
	const struct yaml *yaml;
	const char *name;		/* of the file, for messages */
	struct buf pattern;		/* the path as the table spells it: "agents.*.slots" */
	struct buf path;		/* the path as it was written: "agents.codex.slots" */
	struct err *e;
};

/* Puts "name:line:col: " before the message and makes it ERR_CONFIG.  Returns -1. */
int	config_at(const struct config_reader *, size_t offset);

/* Names to choose the nearest from; they are borrowed. */
struct config_names {
	const char **v;
	size_t n, cap;
};
void	config_names_add(struct config_names *, const char *);

/* "unknown key 'wokers', did you mean 'workers'?"; releases the names.  Returns -1. */
int	config_unknown(const struct config_reader *, const struct yaml_key *,
	    const char *section, struct config_names *);

/* config_subscription.c: `subscriptions`, known to be a list of maps. */
int	config_check_subscriptions(const struct config_reader *, const struct yaml_node *list);

/* The value of a node for the key, checked (caller frees); NULL with the error set. */
struct val *config_value(const struct config_reader *, const struct config_key *,
	    const struct yaml_node *);

/* The same from the text of a variable. */
struct val *config_env_value(const struct config_key *, const char *name, const char *text,
	    struct err *);

#endif
