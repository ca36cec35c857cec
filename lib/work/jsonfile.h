/*
 * jsonfile - one JSON object in a file of its own: attempt.json, result.json and so on
 *
 * One line, mode 0600, replaced as a whole and synced (fs_replace()).
 */
#ifndef ORCH_WORK_JSONFILE_H
#define ORCH_WORK_JSONFILE_H

#include <stddef.h>

struct err;
struct val;

/* Takes the value over, also on failure. */
int	jsonfile_write(int dirfd, const char *name, struct val *, struct err *);

/*
 * The value, which the caller frees, of a file that may lie deeper; NULL where there is
 * none of at most `max` bytes, or what is there cannot be read.
 */
struct val *jsonfile_peek(int dirfd, const char *name, size_t max);

#endif
