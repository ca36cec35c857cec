/*
 * outline_file - the outline of the task file, kept by its last commit: .orch/state/outline
 *
 * Whoever has read a text knows where its tasks stand, and what a commit makes of that is
 * told by its patch (doc/outline.h).  So a commit leaves the outline of its text, and those
 * who come next need not look for all line ends of 1.4 MB again.
 *
 * It is a guess that saves time, and nothing else.  It names the hash of its text, which
 * every reader has compared with the record before, and has a sum of itself; it is written
 * in place, without a sync, and read without the lock, so that it may be of another text,
 * torn, or mixed: then it is as if it were not there.  A debug build reads the text all
 * the same and aborts where the two differ.
 */
#ifndef ORCH_TASK_OUTLINE_FILE_H
#define ORCH_TASK_OUTLINE_FILE_H

#include "doc/outline.h"

struct buf;
struct patch;
struct project;
struct tasks;

/* The outline of a text with that hash; an empty one if it is not there. */
void	outline_file_read(const struct project *, const char *hash, const struct buf *text,
	    struct outline *);

/*
 * Keeps the outline of the text that `patch` makes of that picture's, and that has that hash.
 * Does nothing if the picture is by no outline, or if that cannot be done in this way.
 * Under the state lock.
 */
void	outline_file_write(const struct project *, const struct tasks *, const struct patch *,
	    const char *hash);

#endif
