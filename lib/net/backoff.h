/*
 * backoff - what all processes with one token have to wait for, and the pace of writes
 *
 *	backoff_open(&b, host, token, e)
 *	backoff_look(&b, "core", now, &until, e)	may something be sent?
 *	backoff_turn(&b, now, interval, &at, e)		when the next write may be
 *	backoff_note(&b, "all", until, ...)		nothing before that
 *	backoff_close(&b)
 *
 * A file below $XDG_STATE_HOME/orch/gh/, private, one for each host and token: its name has a
 * hash of the token, from which that cannot be had.  It is advice of GitHub's, not state: one
 * that is not readable as such counts as empty and is written anew.  Kept by resource
 * ("core", "graphql", "search"; "all" is for each of them).
 *
 * Times are of our clock, ms since the epoch.  When that was set back since something was
 * noted, what is left to wait stays what it was.
 *
 * The lock of that folder is held for the moment of a change only; not to be called with the
 * state lock held.
 */
#ifndef ORCH_NET_BACKOFF_H
#define ORCH_NET_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct val;

#define BACKOFF_ALL "all"
#define BACKOFF_HOUR_MAX 480		/* writes in an hour: GitHub allows 500, people's included */

struct backoff {
	int dirfd;		/* -1: the folder is made when there is something to note */
	char *dir;
	char *name;		/* of the file; NULL: closed */
};

int	backoff_open(struct backoff *, const char *host, const char *token, struct err *);
/* The same of a token of which only the hash (fs_hash()) is known. */
int	backoff_open_hash(struct backoff *, const char *host, const char *hash, struct err *);
void	backoff_close(struct backoff *);

/* *until 0: something may be sent.  *before: LIMIT_SECONDARY one after the other until now;
 * it is forgotten when an hour has passed without. */
int	backoff_look(struct backoff *, const char *resource, int64_t now, int64_t *until,
	    unsigned int *before, struct err *);

/* {resource: until} of all that must be waited for, and "writes" where an hour has had its
 * BACKOFF_HOUR_MAX; changes nothing. */
int	backoff_list(const struct backoff *, int64_t now, struct val **, struct err *);

/* A wait that was noted before and lasts longer stays. */
int	backoff_note(struct backoff *, const char *resource, int64_t now, int64_t until,
	    bool secondary, struct err *);

/*
 * Takes the next place in the row of all writes, `interval` ms after the one before: *at is
 * when it may be sent.  1: an hour has had its BACKOFF_HOUR_MAX, and *at is when the next
 * begins; no place was taken.  An interval of 0 is no pace at all: *at is now.
 */
int	backoff_turn(struct backoff *, int64_t now, int64_t interval, int64_t *at, struct err *);

#endif
