/*
 * cancel - the end of an attempt that a person withdraws while it runs
 *
 * Under the state lock cancel.json is put into the folder of the attempt (move_away()).
 * From then on nothing more is started for it, and whoever settles it, whatever came of
 * it, makes its task `cancelled`: so that happens once, when its processes are gone, and
 * what it did is kept and counted.  The mark outlives whoever made it: should that be
 * killed next, the next tick asks the processes again.
 */
#ifndef ORCH_WORK_CANCEL_H
#define ORCH_WORK_CANCEL_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct project;
struct val;
struct vec_id;
struct vec_str;

/* Marks an attempt, on the disk; the state lock is held and its task in progress.  reason
 * may be NULL. */
int	cancel_mark(struct project *, int64_t task, int number, const char *reason, struct err *);

/* The mark in the folder of an attempt, which the caller frees; NULL: there is none. */
struct val *cancel_read(int run_fd);
bool	cancel_asked(int run_fd);

/*
 * Asks every keeper of the attempt to stop its program; `kill`: kills it with all that it
 * has started.  There may be none, or not yet.
 */
int	cancel_stop(struct project *, int64_t task, int number, bool kill, struct err *);

/*
 * Brings the marked attempts of these tasks to their end and waits until each has been
 * settled, by its own worker or, where that is gone, by us: asks, kills after the grace,
 * and gives up some time after that.  What has not ended by then is in `left` and a line
 * in `problems`, and its mark stays.  0, or the worst exit status of those.
 */
int	cancel_wait(struct project *, const struct vec_id *tasks, struct vec_id *left,
	    struct vec_str *problems);

#endif
