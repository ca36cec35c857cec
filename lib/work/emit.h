/*
 * emit - an event that a program or a person tells of
 */
#ifndef ORCH_WORK_EMIT_H
#define ORCH_WORK_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct project;
struct store_opts;

#define EMIT_DATA_MAX	(64 << 10)	/* bytes of the data, as JSON on one line */
#define EMIT_SOURCE_MAX 100		/* bytes */

struct emit_wish {
	const char *topic;
	const char *source;	/* NULL: the subscription that this runs for, or "orch-event" */
	const char *priority;	/* NULL: normal */
	const char *data;	/* JSON; NULL: none */
	size_t data_len;
	int64_t ttl_ms;		/* 0: it does not expire; else at least a second */
	int64_t task;		/* 0: of none */
};

/* A line of at most EMIT_SOURCE_MAX bytes, without control characters? */
bool	emit_source_good(const char *);

/*
 * *seq gets its number; it is on the disk then.  ERR_USAGE: the topic is none, or one of the
 * suite's own, and so on; ERR_INVALID: the data is no JSON, or too long.  A dry run tells the
 * number that it would have.
 */
int	emit(struct project *, const struct store_opts *, const struct emit_wish *, int64_t *seq,
	    struct err *);

#endif
