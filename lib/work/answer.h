/*
 * answer - the agent's answer object, found in what it wrote and checked
 *
 * In a text the answer is the last object that says "status": of those in closed
 * ``` blocks if there is one, else of those that stand free, valid or not, because
 * whoever wrote it meant it.  An object within a sentence is a quotation; a byte order
 * mark and the escape sequences of a terminal are no words of one.  Two valid answers
 * with a different status are none.  What says no "status" is something the
 * agent shows, and becomes the answer only where there is nothing else, so that it
 * can be told what it lacks.
 */
#ifndef ORCH_WORK_ANSWER_H
#define ORCH_WORK_ANSWER_H

#include <stddef.h>

struct err;
struct val;

/*
 * The object that is meant to be the answer, for answer_check(); caller frees.  NULL:
 * there is none (e->code is 0), or what is there cannot be used (ERR_INVALID, why).
 * Linear in len.
 */
struct val *answer_find(const char *text, size_t len, const struct val *schema,
	    struct err *e);

#define ANSWER_SCHEMA "result.json"	/* for schema_file() */

/* Drops keys that are null or unknown; ERR_INVALID says what is wrong, ERR_CONFIG what
 * is wrong with the schema. */
int	answer_check(const struct val *schema, struct val *answer, struct err *);

#endif
