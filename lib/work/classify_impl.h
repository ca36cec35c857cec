/*
 * classify_impl - what the files of classify share with each other only
 */
#ifndef ORCH_WORK_CLASSIFY_IMPL_H
#define ORCH_WORK_CLASSIFY_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "work/agent_table.h"
#include "work/jsonl.h"

struct agent;
struct classify_ending;
struct classify_report;

/* A run that ended, while it is being judged. */
struct classify_reading {
	const struct agent *a;
	const struct agent_table *t;
	const struct classify_ending *end;
	struct jsonl events;
	struct jsonl usage;		/* the document of the usage file, if there is one */
	struct buf errtext;		/* stderr, plain */
	bool stopped;			/* by us */
	size_t after;			/* evidence begins with this event */
};

/* The fields of the report that the program told of itself. */
void	classify_fields(struct classify_report *, const struct classify_reading *);
/* The value of a field as text, caller frees; NULL: none. */
char	*classify_field_text(const struct classify_reading *, enum agent_field);

#endif
