/*
 * verdict - what a reviewer answered, read as strictly as can be
 *
 * An answer is one JSON object and nothing else, blanks and one ``` fence around all of it
 * aside.  An object in prose is none, because it may be quoted, and two are none, whichever
 * would be valid.  It must fit
 * schema/verdict.json: unknown keys are dropped, wrong types, numbers that are none and
 * numbers out of bounds are refused.  It must name the task and the attempt that were
 * judged, and have a finding unless it approves.  What is refused is no verdict, and the
 * error says why, for people and for the model.
 */
#ifndef ORCH_WORK_VERDICT_H
#define ORCH_WORK_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "work/consensus.h"

struct buf;
struct err;
struct val;

/* From the text of an answer, or from `json` where the CLI gives one of its own (else
 * NULL); caller frees.  NULL: ERR_INVALID, or ERR_CONFIG: the schema is at fault. */
struct val *verdict_read(const struct val *schema, int64_t task, int attempt, const char *text,
	    const struct val *json, struct err *);

/* The same of a value, which is completed. */
int	verdict_check(const struct val *schema, int64_t task, int attempt, struct val *verdict,
	    struct err *);

/* Fills decision, confidence and spots of a checked verdict; `spots` has room for
 * VERDICT_FINDINGS and borrows from the verdict. */
#define VERDICT_FINDINGS 50
void	verdict_vote(const struct val *verdict, struct consensus_vote *, struct consensus_spot *spots);

/* "beta asks for changes (0.90)" */
void	verdict_line(struct buf *, const char *agent, const struct val *verdict);

/* That and the findings, a line or more each: for people, and for the next attempt. */
void	verdict_text(struct buf *, const char *agent, const struct val *verdict);

#endif
