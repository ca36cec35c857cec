/*
 * group - who has been given which events: .orch/state/groups/NAME.json
 *
 * A group has looked at all events up to a number (`seen`) and was given those that it
 * wants; these are pending until they are acknowledged, one by one.  What is pending is given
 * again to whoever speaks for the group next, with a count.  So each event is given at least
 * once, whatever is killed when: it is pending on the disk before it is given, and the log
 * is on the disk before it is said here that it was seen.
 *
 * One process at a time speaks for a group: it holds NAME.lock.  The file is changed under
 * the state lock, so that others can acknowledge meanwhile.  A subscription of orch.yml is a
 * group of its name; what is told of its failures stands here, too.
 */
#ifndef ORCH_WORK_GROUP_H
#define ORCH_WORK_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct lock;
struct project;
struct store_opts;
struct vec_id;
struct vec_str;

#define GROUP_PENDING_MAX 1000		/* as many are given before one is acknowledged */

struct group_event {
	int64_t seq;
	int64_t count;		/* how often it may have been given */
	int64_t at;		/* when it was first */
};

struct group {
	bool made;		/* false: there is no such group yet */
	int64_t seen;
	struct group_event *v;	/* pending, by number */
	size_t n, cap;
	int64_t redelivered;	/* events given again, all in all */
	int64_t missed;		/* that had left the log before they were looked at */
	int64_t errors;		/* of a subscription: failures in all, */
	int64_t failures;	/* in a row, */
	int64_t suspended;	/* since when it is not run any more; 0: it is */
	char *error;		/* the last one; NULL: none */
};

/* As it is now.  1: there is none, and *g is that of a new one. */
int	group_read(const struct project *, const char *name, struct group *, struct err *);
void	group_release(struct group *);

/* Is there a file of it, whatever it says? */
bool	group_exists(const struct project *, const char *name);

/* Changes it; nothing is written if the function gives 1. */
typedef int group_fn(struct group *, void *arg, struct err *);
int	group_change(struct project *, const char *name, const char *command, group_fn *, void *arg,
	    struct err *);

/* Speaks for the group until lock_release().  1: somebody else does. */
int	group_claim(struct lock *, struct project *, const char *name, struct err *);

/* Within the function: the pending event of that number, or NULL; one more; one less. */
struct group_event *group_find(const struct group *, int64_t seq);
void	group_add(struct group *, int64_t seq, int64_t now);
void	group_drop(struct group *, int64_t seq);

/*
 * Acknowledges events, those that are pending, in one change; of none it is no change.
 * ERR_USAGE: there is no such group, or it has not come to such a number yet.
 */
int	group_ack_ids(struct project *, const char *name, const char *command, const struct vec_id *,
	    struct err *);
/* All of these words, "17" or "3..9", or none. */
int	group_ack_all(struct project *, const struct store_opts *, const char *name,
	    const struct vec_str *, struct err *);

#endif
