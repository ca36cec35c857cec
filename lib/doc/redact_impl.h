/*
 * redact_impl - what the two halves of redact share: known secrets (redact.c) and what
 * looks like one (redact_pattern.c)
 */
#ifndef ORCH_DOC_REDACT_IMPL_H
#define ORCH_DOC_REDACT_IMPL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A piece of text that is looked through from its start to its end.  A pattern sees
 * nothing outside of [done, len): what lies before is redacted already, and what
 * comes after the piece is redacted or the end.  No pattern may match more if it sees
 * less at the end, else redacting twice is not redacting once.
 */
struct redact_piece {
	const char *s;
	size_t len;
	size_t done;
	bool last;		/* the end of the piece is the end of the text */
	size_t prose;		/* up to here the words of an Authorization line are prose */
};

struct redact_hit {
	size_t from, to;
};

/* Does something that looks like a secret begin, or show itself, at `at`? */
bool	redact_pattern(struct redact_piece *, size_t at, struct redact_hit *);

#endif
