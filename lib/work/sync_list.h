/*
 * sync_list - which issues changed since the last run
 *
 * The time to ask from is the newest `updated_at` that GitHub itself told, less an overlap, as
 * lists lag; so the question stays the same while nothing changes, and the answer is then "not
 * modified", which is not billed.  An issue that is in no list is not gone: where all open ones
 * were asked for and a linked one is missing, it is asked for alone.
 */
#ifndef ORCH_WORK_SYNC_LIST_H
#define ORCH_WORK_SYNC_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct sync;

/* Fills s->remote.  What is to be remembered once it is merged: sync_list_done(). */
int	sync_list(struct sync *, struct err *);
void	sync_list_done(struct sync *);

/* One issue, into s->remote; where it is not to be had, its file says so (`gone`) and 0. */
int	sync_list_one(struct sync *, int64_t number, struct err *);

#endif
