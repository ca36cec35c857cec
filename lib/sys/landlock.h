/*
 * landlock - a domain of Linux' Landlock: which files a program may change
 *
 *	landlock_make(&fd, paths, e)	a ruleset, once
 *	landlock_enter(fd)		between fork and exec, and for ever
 *
 * In the domain files are written, truncated, made, renamed, linked and removed at and
 * below the paths of its ruleset only, by whatever name they are reached; no device node
 * is made anywhere.  Reading is not restricted, and neither are changes of mode, owner,
 * times and attributes, nor what other processes do when they are asked through a socket.
 * A process in it cannot trace one outside, nor mount anything; from ABI 6 on it cannot
 * send one outside a signal either.  What it starts is in it too.  See landlock(7).
 */
#ifndef ORCH_SYS_LANDLOCK_H
#define ORCH_SYS_LANDLOCK_H

struct err;

#define LANDLOCK_ABI_NEEDED 3	/* the first that knows of truncation: Linux 6.2 */

/* The version that this kernel has, 0: none.  ORCH_TEST_LANDLOCK=N, for tests, is it
 * where that is less. */
int	landlock_abi(void);

/* ERR_FAILED "this kernel has no Landlock" if it is not LANDLOCK_ABI_NEEDED or more. */
int	landlock_check(struct err *);

/* `paths` ends with NULL; one that is not there is passed over.  The caller closes *fd. */
int	landlock_make(int *fd, char *const *paths, struct err *);

/* 0, or -1 with errno.  Needs no new privileges to be set. */
int	landlock_enter(int fd);

#endif
