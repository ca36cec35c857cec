/*
 * fsck_place - what fsck_place.c and fsck_beside.c share
 */
#ifndef ORCH_WORK_FSCK_PLACE_H
#define ORCH_WORK_FSCK_PLACE_H

#include <stdbool.h>

#define FSCK_LEFTOVER "a command was killed while it wrote: the next one that writes there removes it"

#define FSCK_IN_THE_WAY "it is a folder where a change puts what it writes: until it is moved away, " \
	"that is refused"

/* One of the names beside a file for the time of a change (fs.h). */
bool	fsck_is_temporary(const char *name);

#endif
