/*
 * brief - work that somebody waits for, but not for long
 *
 *	switch (brief_fork(&b, e)) {
 *	case 1:		the child works; what it prints, on 1 and 2, is caught
 *	case 0:		brief_wait(&b, 1000, &said, &status) tells whether it has ended
 *	}
 *
 * The child has a session of its own and none of the caller's descriptors, so that nobody
 * waits for their end while it goes on: git reads what its hooks say until they close it.  When
 * nobody listens any more what it prints is lost, and it works on.
 */
#ifndef ORCH_SYS_BRIEF_H
#define ORCH_SYS_BRIEF_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/proc.h"

struct buf;
struct err;

struct brief {
	struct proc child;
	int from;		/* what it prints */
};

/* 1 in the child, 0 in the parent, -1. */
int	brief_fork(struct brief *, struct err *);

/*
 * Appends what it prints.  1: it has ended, *status is its exit status (71 if a signal ended
 * it); 0: it has not, within `ms`, and goes on, or with `kill` is killed.
 */
int	brief_wait(struct brief *, int64_t ms, bool kill, struct buf *, int *status);

#endif
