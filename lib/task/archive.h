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
	struct tasks tasks;
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
const struct task *archive_find_key(const struct archive *, const char *key);

/*
 * Adds the tasks of these ids, as they stand in `leaving`, to the file of the month of
 * `now` (seconds).  Older copies in that file give way.  Durable when it returns 0.
 */
int	archive_append(struct project *, int64_t now, const struct tasks *leaving,
	    const int64_t *ids, size_t n, struct err *);

#endif
