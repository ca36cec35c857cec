/*
 * follow - the output of an attempt while it grows
 *
 * Reads what the keeper has written so far (keeper_output.h: a head, then segments,
 * joined at the end), waits for more, and ends when the run lock is free and
 * everything has been passed on.  Bytes that were thrown away before they could be
 * read are told as a line "[... N bytes left out ...]".
 */
#ifndef ORCH_WORK_FOLLOW_H
#define ORCH_WORK_FOLLOW_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct project;

/* Not 0: enough, stop following. */
typedef int follow_fn(void *arg, const char *data, size_t len);

int	follow_attempt(const struct project *, int64_t task, int number, follow_fn *,
	    void *arg, struct err *);

#endif
