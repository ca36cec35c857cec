/*
 * sandbox - what may be written by what runs in an attempt: agent, checks and hooks
 *
 * Always, where the container has mounts of its own (contain.h): .orch and the files of
 * the project are read-only, but for the attempt's out/ and tmp/.  With a work tree the
 * whole folder of the project is, but for the work tree, git's folder without its hooks
 * and config, what worktree.link and sandbox_paths name, and a home that lies in it.
 * Without one the folder is where the work is done, and tasks.yml is read-only until
 * somebody outside puts the next one into its place.  Of a task that works in another
 * project (repo.h) all that holds for both folders, and where the work is done is the other.
 *
 * Asked for, by the task or agents.ID.sandbox or sandbox, whatever the container is:
 *
 *	landlock  Only the work tree, out/, tmp/, what git needs to commit there (objects,
 *		  refs, logs, its record of the work tree), sandbox_paths, and what is no
 *		  storage below /dev.  Where there are mounts, all else is read-only too,
 *		  which holds modes and times as well.
 *	bwrap	  The same by bubblewrap, with a /dev of its own and no capabilities.
 *
 * What was asked for and cannot be had is an error, and then nothing runs.
 */
#ifndef ORCH_WORK_SANDBOX_H
#define ORCH_WORK_SANDBOX_H

#include <stddef.h>

#include "base/vec.h"
#include "sys/contain.h"

struct attempt;
struct err;
struct project;
struct repo;
struct task;

enum sandbox_kind { SANDBOX_NONE, SANDBOX_LANDLOCK, SANDBOX_BWRAP };

struct sandbox {
	struct contain_mount mounts[CONTAIN_MOUNTS + 1];
	size_t n;
	struct vec_str argv;		/* to stand before the program's; may be empty */
	struct vec_str paths;		/* what can be written, where it was asked for */
	struct vec_str names;		/* those of the mounts */
	int ruleset;			/* 0: none */
};

/* What a task asks for, which may be NULL, or the configuration for work in that repository:
 * of another project's and the list's own the stronger. */
enum sandbox_kind sandbox_of(const struct project *, const struct repo *, const struct task *,
	    const char *agent);

const char *sandbox_name(enum sandbox_kind);

/* Can it be had, as far as can be told at once?  ERR_FAILED says why not.  `path`: PATH. */
int	sandbox_check(enum sandbox_kind, const char *path, struct err *);

/* For a program of the attempt that starts in the folder `cwd`.  ERR_CONFIG: a path of
 * sandbox_paths cannot be granted. */
int	sandbox_make(struct sandbox *, const struct attempt *, const char *cwd, const char *path,
	    struct err *);
/* The same, told where git's folder and its record of the work tree are, or NULL.  An attempt
 * of task 0 only answers (call.h): nothing of the project is its to write. */
int	sandbox_make_for(struct sandbox *, const struct attempt *, const char *git,
	    const char *record, const char *cwd, const char *path, struct err *);
void	sandbox_release(struct sandbox *);

#endif
