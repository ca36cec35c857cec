/*
 * archive - finished tasks that have left tasks.yml: .orch/archive/YYYY-MM.yml
 *
 * One file for each month in which tasks were archived, laid out like tasks.yml
 * (`tasks:` and a list), each task as its bytes stood there, comments too.  Only
 * orch-gc writes them, under the state lock and before the commit that removes the
 * tasks: a task that a kill left in both is a live one, and the next orch-gc moves it
 * again without a second copy.  A task is looked up here only when tasks.yml does
 * not have it, so that commands that meet no archived id never open these files.
 */
#ifndef ORCH_TASK_ARCHIVE_H
#define ORCH_TASK_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/task.h"

struct err;
struct project;

struct archive_file {
	char *name;		/* "2026-11.yml" */
	struct tasks *tasks;	/* not within: a task points to where its picture was read */
};

struct archive {
	struct archive_file *v;	/* oldest first */
	size_t n, cap;
};

/* All files; no folder is no archive.  A file that is not valid is ERR_INVALID, named. */
int	archive_read(struct archive *, const struct project *, struct err *);
void	archive_release(struct archive *);

/* The newest copy, or NULL. */
const struct task *archive_find(const struct archive *, int64_t id);
/* The name of the file in which one of its tasks stands; borrowed. */
const char *archive_place(const struct archive *, const struct task *);

/*
 * Adds the tasks of these ids, as they stand in `leaving`, to the file of the month of
 * `now` (seconds).  Older copies, in whatever file, give way, and do so first: until
 * the commit that follows the task is in tasks.yml.  Lines are copied where that can be
 * done; a task that is written in flow style, or needs an anchor of another one, is
 * written anew.  What the files then say is compared with what they should before they
 * are written.  A task whose id is not written down yet is a bug.  Called under the
 * state lock, and again if a person saved in between; durable when it returns 0.
 */
int	archive_append(struct project *, int64_t now, const struct tasks *leaving,
	    const int64_t *ids, size_t n, struct err *);

/* Sets the flag of each task, in the order of the picture, that cannot leave: another one
 * needs it for an alias, or it is one itself. */
void	archive_needed(const struct tasks *, bool *needed);

/*
 * The archive for one reading of tasks.yml: the files are read when it is first asked
 * for something, and once.  The reading comes first: a task that is in neither then was
 * in neither.
 */
struct archive_lookup;

struct archive_lookup *archive_lookup_new(const struct project *);	/* borrowed */
void	archive_lookup_free(struct archive_lookup *);			/* NULL is fine */

/*
 * A task that tasks.yml does not have, or NULL.  An archive that cannot be read has no
 * tasks, and archive_failed() says why: for who must not go on then.  A NULL lookup is
 * an empty archive.
 */
const struct task *archive_ask(struct archive_lookup *, int64_t id);
const struct task *archive_ask_key(struct archive_lookup *, const char *key);
const struct archive *archive_ask_all(struct archive_lookup *);
/* -1 with the error if it was asked and could not be read. */
int	archive_failed(const struct archive_lookup *, struct err *);

#endif
