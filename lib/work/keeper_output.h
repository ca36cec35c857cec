/*
 * keeper_output - one stream's bytes on the disk: the head, and the last of the rest
 *
 * The head is written straight into the file.  What follows goes into segments of
 * KEEPER_TAIL_MAX bytes, "stdout.tail-0", "-1", ..., of which only the newest
 * two exist at any time; together they hold at least the last KEEPER_TAIL_MAX
 * bytes.  At the end they are joined to the head.  So the memory needed is
 * nothing, the disk space at most 2 MiB more, and a keeper that is killed loses
 * nothing it was given: the numbers and lengths of the segments say all that the
 * joining needs.
 */
#ifndef ORCH_WORK_KEEPER_OUTPUT_H
#define ORCH_WORK_KEEPER_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

struct err;

struct keeper_output {
	int dirfd;		/* borrowed */
	char *name;		/* of the file that holds the head and, at the end, all */
	int fd;			/* what is being written, -1: closed */
	int64_t segment;	/* its number, -1: the head */
	size_t room;		/* bytes that still go there */
	int64_t bytes;		/* seen in all */
	int sys;		/* errno of the first failed write, 0: none */
};

/* Makes the file anew, mode 0600; removes segments of a former one. */
int	keeper_output_open(struct keeper_output *, int dirfd, const char *prefix,
	    const char *name, struct err *);

/* Never stops the reading: after a failed write (disk full) bytes are only counted. */
void	keeper_output_add(struct keeper_output *, const char *, size_t);

/* Joins, syncs, closes.  Safe on one that was not opened if .fd is -1. */
int	keeper_output_end(struct keeper_output *, struct err *);

/* Joins what a killed process left of NAME; nothing to do is fine. */
int	keeper_output_join(int dirfd, const char *name, struct err *);

#endif
