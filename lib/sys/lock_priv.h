/*
 * lock_priv - what the files of the lock module share with each other only
 */
#ifndef ORCH_SYS_LOCK_PRIV_H
#define ORCH_SYS_LOCK_PRIV_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct err;
struct lock_state;

/* The beginning of a file, as a string, in one read(2); its length, or -1. */
ssize_t	lock_read_text(const char *path, char *out, size_t size);

/* Fields 3 and 22 of /proc/PID/stat: the state (proc(5)) and when it started. */
int	lock_read_stat(pid_t, char *state, uint64_t *start);

/* Copies a name up to the first blank, with nothing in it that a message or JSON minds. */
void	lock_plain(const char *from, char *to, size_t size);

/* "/a/.orch/lock", for messages; the name alone if the folder's path is not to be had. */
void	lock_path(int dirfd, const char *name, char out[PATH_MAX]);

/* ERR_INVALID for what is no regular file, ERR_SYSTEM for one of another user. */
int	lock_check_file(int dirfd, const char *name, const struct stat *, struct err *);

/* Opens a lock file to look at it; -1 with e->sys ENOENT if there is none. */
int	lock_open_plain(int dirfd, const char *name, int flags, struct err *);

/*
 * Has that process a flock on the file?  1 yes, with *taker: who took it, says the
 * kernel, or 0; 0 no, or it is gone; -1 we may not look at what it has open.
 */
int	lock_process_has(pid_t, const struct stat *file, pid_t *taker);

/* Appends to s->v all processes that have a flock on the file; sets s->taker. */
void	lock_scan(struct lock_state *, const struct stat *file);
/* Appends that one, whether it has it or not. */
void	lock_add_process(struct lock_state *, pid_t);

/* CLOCK_MONOTONIC, milliseconds: no wait is longer because somebody sets a clock. */
int64_t	lock_now_ms(void);

#endif
