/*
 * sync_account - what a synchronisation did, would do, and left to the next one
 *
 * A line is {"schema": 1, "do": WHAT, "task": ID, "number": N, "detail": TEXT}, with "left": true
 * where it was not done, and why in "detail"; task and number where there are such.  WHAT is
 * import, ignore, update, park, link, unlink, adopt, follow, gone; create, patch, comment, status,
 * react, parent, blocked_by, card, board: the latter are writes.  "later": true is in those that
 * were left for want of writes, of which there may be very many: people read one, and SYNC_LATER.
 * "again": true is in what people were told of by an earlier run.
 */
#ifndef ORCH_WORK_SYNC_ACCOUNT_H
#define ORCH_WORK_SYNC_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct buf;
struct tasks;
struct val;

struct sync_account {
	struct val *lines;		/* list; NULL: none */
	struct vec_id changed;		/* tasks that were imported or changed */
	struct vec_str notes;		/* for a person: what was pinned, what is held up */
	int64_t requests, billed, writes;
	int64_t seconds;		/* dry run: that the writes would take at least */
	size_t left;			/* lines that say so */
	int status;			/* worst exit status of what was left; 0 */
};

/* 0 for no task and no number, NULL or "" for no detail. */
void	sync_account_add(struct sync_account *, const char *what, int64_t task, int64_t number,
	    bool left, const char *detail);
/* Is that line there? */
bool	sync_account_has(const struct sync_account *, const char *what, int64_t task, int64_t number,
	    bool left, const char *detail);
/* Of those changed only what is for the next stage: an agent can be chosen for it, or it can run. */
void	sync_account_fit(struct sync_account *, const struct tasks *);
void	sync_account_release(struct sync_account *);

/* {"schema": 1, "do": "sums", requests, billed, writes, seconds, changed, left}; caller frees. */
struct val *sync_account_sums(const struct sync_account *);

/* Of a dry run, for people: "3 writes, which take 3s at least, after 1 requests". */
#define SYNC_PLAN_MAX 160
void	sync_account_plan(const struct sync_account *, char out[SYNC_PLAN_MAX]);

/* A write that was left to the next run, whatever it was. */
void	sync_account_later(struct sync_account *);	/* the line that was added last is one */
void	sync_account_again(struct sync_account *);	/* it was told of before */
bool	sync_account_is_later(const struct val *line);
#define SYNC_LATER "and %zu more writes"

/* A line for people: "create task 3: Mend the greeting". */
void	sync_account_text(const struct val *line, struct buf *);

#endif
