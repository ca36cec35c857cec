/*
 * sig - signals as descriptors
 *
 * A command calls sig_start() first of all.  One that only works and ends keeps
 * the default handlers: whatever kills it, what it has acknowledged is on the
 * disk.  A supervisor blocks what it wants to hear before its loop and reads it
 * from a descriptor, so that no handler ever runs.
 */
#ifndef ORCH_SYS_SIG_H
#define ORCH_SYS_SIG_H

#include <signal.h>

struct err;

/*
 * SIGPIPE and SIGXFSZ ignored (they become EPIPE and EFBIG), SIGCHLD not; 0..2
 * open.  One of those that was closed stays useless, reading and writing give
 * EBADF, but no file that is opened later becomes "standard output".
 */
void	sig_start(void);

/*
 * Blocks the signals (a list that ends with 0) and gives a close-on-exec,
 * non-blocking signalfd(2) for them.  One that this process was started to
 * ignore (nohup) stays ignored and is never read.
 */
int	sig_fd(const int *signals, struct err *);

/* The next pending signal of the descriptor, 0 if none. */
int	sig_next(int fd);

/* In a child before exec: default handlers, empty mask.  Async-signal-safe. */
void	sig_reset(void);

/* "TERM", "KILL", ... or "35"; "?" for what is no signal. */
const char *sig_name(int);

/* The number of "15", "TERM" or "SIGTERM"; 0: nothing is called so. */
int	sig_number(const char *name);

#endif
