/*
 * plan_impl - what the files of plan share with each other only
 */
#ifndef ORCH_WORK_PLAN_IMPL_H
#define ORCH_WORK_PLAN_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "doc/yaml.h"
#include "work/plan.h"

struct plan_reader {
	struct plan *plan;
	const struct project *project;
	const char *name;		/* of the file */
	struct yaml yaml;
	struct val *tiers;		/* those of orch.yml and its own */
	struct val *defaults;		/* fields that a task gets; may be empty */
	const char *prompt;		/* of the plan, NULL: none; the tree has it */
	bool *barrier;			/* of each stage */
	size_t barriers;		/* room for them */
	struct table stages;		/* whether there is one */
	struct table ids;		/* numbers of tasks, from 1 */
	struct table agents;		/* those that were looked at; names are of the tree or
					   of the tiers */
	size_t links;
	struct err *e;
};

/* Puts "NAME:LINE:COLUMN: " before the message, which is ERR_INVALID then.  Returns -1. */
int	plan_at(const struct plan_reader *, uint32_t offset);

/* "WHAT: 'word' TAIL", at the word.  Returns -1. */
int	plan_refuse(struct plan_reader *, const struct yaml_node *, const char *what,
	    const char *tail);

/* What each task needs, as mode, barriers and `depends` say, and the waves. */
int	plan_order(struct plan_reader *, const struct yaml_node *stages);

#endif
