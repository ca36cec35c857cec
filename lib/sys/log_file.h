/*
 * log_file - a log that many processes write, rotated by size
 *
 *	orch.log		where lines go
 *	orch-000000001.log	full ones, numbered in the order of their lines
 *	lock			held for the moment of renaming, never waited for
 *
 * A line is one write(2) to a file opened with O_APPEND.  Before it, the file is compared with
 * what its name stands for: who finds it renamed opens the new one.  A line that is written in
 * the instant of the renaming stands at the end of the old file; one that went into a file that
 * was removed meanwhile is written again.  So rotation loses and tears nothing.
 */
#ifndef ORCH_SYS_LOG_FILE_H
#define ORCH_SYS_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define LOG_FILE "orch.log"

struct log_file {
	int dirfd;		/* owned; -1: closed */
	int fd;			/* -1: it could not be opened */
	int64_t max_bytes;
	int files;		/* how many are kept, with LOG_FILE; at least 2 */
};

/* Takes the descriptor of the folder over.  That no file can be opened now is no error. */
void	log_file_open(struct log_file *, int dirfd, int64_t max_bytes, int files);
void	log_file_close(struct log_file *);

/* For struct log: one line, with its newline.  errno is not kept. */
void	log_file_put(void *, const char *line, size_t);

/* The number of a full file, 0: it is none. */
int64_t	log_file_number(const char *name);

#endif
