/*
 * fsck - everything that is wrong with a project, found without touching it
 *
 * All checks are made, whatever the first of them find.  A finding names the check,
 * the place, and says what to do about it.  Other commands may be at work: what
 * looks wrong only because one of them is in the middle of something is looked at
 * again, or passed over while it holds the lock.
 */
#ifndef ORCH_WORK_FSCK_H
#define ORCH_WORK_FSCK_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct project;
struct tasks;
struct val;

struct finding {
	const char *check;	/* "schema", "links", ...: orch-fsck(1) */
	char *place;		/* "tasks.yml:3:5", "task 7", a path */
	char *message;		/* one line, made visible */
	int64_t task;		/* 0: it is not about one */
};

struct findings {
	struct finding *v;
	size_t n, cap;
};

/* -1 if something could not be looked at; the findings made so far are kept. */
int	fsck_project(struct findings *, const struct project *, struct err *);

/* The finding that a project cannot even be opened (what project_find() said). */
void	fsck_unopened(struct findings *, const struct err *);

void	fsck_release(struct findings *);

/* {"schema":1, check, place, message, task}; caller frees. */
struct val *fsck_value(const struct finding *);

/* ---- for the files of fsck only ---- */

void	fsck_add(struct findings *, const char *check, int64_t task, const char *place,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A message that begins "place: ", as those of the readers do, is taken apart. */
void	fsck_add_err(struct findings *, const char *check, int64_t task, const char *place,
	    const struct err *);

/* fsck_task.c: links, cycle, attempt, clock. */
int	fsck_tasks(struct findings *, const struct project *, const struct tasks *,
	    struct err *);
/* fsck_place.c: leftover, mode, fs. */
int	fsck_places(struct findings *, const struct project *, struct err *);
/* fsck_setup.c: config, agent, git.  `tasks` is NULL if they cannot be read. */
int	fsck_setup(struct findings *, const struct project *, const struct tasks *,
	    struct err *);

#endif
