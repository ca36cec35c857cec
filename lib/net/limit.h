/*
 * limit - what an answer of GitHub says about limits
 *
 * Pure: headers and a message in, what they mean out.  The source is GitHub's "Rate limits
 * for the REST API" and "... for the GraphQL API"; of what they leave open the side is taken
 * that asks less.  A 403 is a limit only if something says so: most say that a permission is
 * missing, which no waiting mends.
 */
#ifndef ORCH_NET_LIMIT_H
#define ORCH_NET_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum limit_kind {
	LIMIT_NONE,
	LIMIT_SPENT,		/* the answer counts, and was the last before `until` */
	LIMIT_PRIMARY,		/* the quota is used up: of that resource, and no other */
	LIMIT_ASKED,		/* told to wait (retry-after): for everything with that token */
	LIMIT_SECONDARY,	/* too fast, and no time was given: for everything as well */
};

/* Headers as they came, or NULL. */
struct limit_seen {
	int status;
	const char *message;	/* what the body says went wrong, or NULL */
	bool rate_limited;	/* GraphQL: an error of the type RATE_LIMITED */
	const char *retry_after, *remaining, *reset, *date;
	int64_t now;		/* our clock, ms since the epoch */
	unsigned int before;	/* LIMIT_SECONDARY one after the other until now */
};

struct limit {
	enum limit_kind kind;
	int64_t until;		/* our clock, ms since the epoch; 0: LIMIT_NONE */
};

#define LIMIT_SECONDARY_MS 60000	/* the first time, then twice as long each time */
#define LIMIT_SECONDARY_MAX 3600000
#define LIMIT_WAIT_MAX 86400000		/* whatever is asked for, then is asked again */

/*
 * `reset` is a time of the server's clock and is measured from `date`, so that it does not
 * matter what ours says.
 */
struct limit limit_judge(const struct limit_seen *);

/* HTTP-date (RFC 9110 5.6.7), all three forms: ms since the epoch.  0, or -1. */
int	limit_date(const char *, int64_t *ms);

#endif
