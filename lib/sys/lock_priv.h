/*
 * lock_priv - what the files of the lock module share with each other only
 */
#ifndef ORCH_SYS_LOCK_PRIV_H
#define ORCH_SYS_LOCK_PRIV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The beginning of a file, as a string, in one read(2); its length, or -1. */
ssize_t	lock_read_text(const char *path, char *out, size_t size);

/* Fields 3 and 22 of /proc/PID/stat: the state (proc(5)) and when it started. */
int	lock_read_stat(pid_t, char *state, uint64_t *start);

/* Copies a name up to the first blank, with nothing in it that a message or JSON minds. */
void	lock_plain(const char *from, char *to, size_t size);

#endif
