/*
 * gc - what is finished moves to the archive, what is old goes
 *
 * Four kinds, each on its own: tasks, run folders, work trees with their branches, logs
 * and backups.
 * Nothing that a live attempt holds is touched, nothing that is not merged, and no task
 * that one that stays refers to.  A kill at any moment loses nothing, and what it left
 * half done the next run ends.
 */
#ifndef ORCH_WORK_GC_H
#define ORCH_WORK_GC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct archive_lookup;
struct project;
struct task;
struct tasks;
struct val;

enum gc_kind { GC_ARCHIVE = 1, GC_WORKTREES = 2, GC_RUNS = 4, GC_LOGS = 8, GC_ALL = 15 };

struct gc_wish {
	unsigned kinds;
	int64_t older;		/* seconds; -1: as the configuration says */
	bool evidence;		/* what tells of damage goes too */
	bool dry_run;
	const char *command;
};

/* One thing that went, or (dry run) would go, or was left for a reason. */
struct gc_thing {
	const char *kind;	/* "task", "worktree", "branch", "run", "call", "log", "backup", "evidence" */
	char *what;		/* an id, a path, a branch */
	int64_t task;		/* 0: of none */
	int64_t bytes;		/* -1: not known */
	char *kept;		/* why it was left, NULL: it goes */
	enum err_code code;	/* of what failed; ERR_NONE: it was left on purpose */
};

struct gc_report {
	struct gc_thing *v;
	size_t n, cap;
};

/* -1: a whole kind could not be done; the others are, as far as that is possible. */
int	gc_run(struct project *, const struct gc_wish *, struct gc_report *, struct err *);
void	gc_release(struct gc_report *);

/* {"schema":1, kind, what, bytes, task, kept}; caller frees. */
struct val *gc_value(const struct gc_thing *);

/* ---- for the files of gc only ---- */

struct gc {
	struct project *p;
	const struct gc_wish *wish;
	struct gc_report *report;
	int64_t now;
};

/* Seconds: what was asked for, else that key. */
int64_t	gc_age(const struct gc *, const char *key);

/* When the task came to its status, as far as is known; else now. */
int64_t	gc_since(const struct gc *, const struct task *);

/* They take `what` over. */
void	gc_gone(struct gc *, const char *kind, char *what, int64_t task, int64_t bytes);
void	gc_kept(struct gc *, const char *kind, char *what, int64_t task, int64_t bytes,
	    const char *why);
void	gc_failed(struct gc *, const char *kind, char *what, int64_t task, const struct err *);

int	gc_archive(struct gc *, struct err *);
int	gc_worktrees(struct gc *, struct err *);
int	gc_runs(struct gc *, struct err *);
int	gc_calls(struct gc *, struct err *);
int	gc_logs(struct gc *, struct err *);

#endif
