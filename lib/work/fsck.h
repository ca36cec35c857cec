/*
 * fsck - everything that is wrong with a project, and what of it can be mended
 *
 * All checks are made, whatever the first of them find.  A finding names the check,
 * the place, and says what to do about it.  Other commands may be at work: what
 * looks wrong only because one of them is in the middle of something is looked at
 * again, or passed over while it holds the lock.
 *
 * Nothing is changed unless `fix` is set.  Then a finding that can be mended without
 * losing anything is mended where it is found, or, if that takes a commit, together
 * with all others of its kind (fsck_mend.h).
 */
#ifndef ORCH_WORK_FSCK_H
#define ORCH_WORK_FSCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FSCK_CLOCK_SLACK_S 60	/* two machines that share a file may differ by so much */

struct archive;
struct err;
struct fsck_mend;
struct project;
struct statvfs;
struct tasks;
struct val;

struct finding {
	const char *check;	/* "schema", "links", ...: orch-fsck(1) */
	char *place;		/* "tasks.yml:3:5", "task 7", a path */
	char *message;		/* one line, made visible */
	int64_t task;		/* 0: it is not about one */
	bool fixable;		/* it can be mended without a loss */
	bool fixed;		/* and was */
};

struct findings {
	struct finding *v;
	size_t n, cap;
	bool fix;		/* set by the caller */

	struct fsck_mend *mend;	/* private: what waits for a commit */
	size_t nmend, mend_cap;
	struct archive *archive;
	bool no_archive;	/* it cannot be read */
};

/*
 * -1 if something could not be looked at; the findings made so far are kept.
 * ERR_BUSY: something could not be mended because the lock was not to be had.
 */
int	fsck_project(struct findings *, struct project *, struct err *);

/* Its part that is about former generations (fsck_backup.h): backup. */
int	fsck_generations(struct findings *, const struct project *, struct err *);

/* The finding that a project cannot even be opened (what project_find() said). */
void	fsck_unopened(struct findings *, const struct err *);

size_t	fsck_unfixed(const struct findings *);	/* those that remain */
void	fsck_release(struct findings *);

/* {"schema":1, check, place, message, task, fixable, fixed}; caller frees. */
struct val *fsck_value(const struct finding *);

/* ---- for the files of fsck only ---- */

void	fsck_add(struct findings *, const char *check, int64_t task, const char *place,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same about a task: its place is "task 7". */
void	fsck_add_task(struct findings *, const char *check, int64_t task, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* A message that begins "place: ", as those of the readers do, is taken apart. */
void	fsck_add_err(struct findings *, const char *check, int64_t task, const char *place,
	    const struct err *);

/* Takes back all findings but the first `n`: what they are about is looked at again. */
void	fsck_forget(struct findings *, size_t n);

/* The finding that was just added can be mended: is it to be, now?  Who did it says so. */
bool	fsck_may_fix(struct findings *);
void	fsck_fixed(struct findings *);

/* fsck_archive.c: reads the archive, a finding if it is not valid.  Then: does a task of
 * that id stand in it?  Of one that cannot be read the answer is yes. */
int	fsck_archive(struct findings *, const struct project *, struct err *);
bool	fsck_archived(const struct findings *, int64_t id);
void	fsck_archive_release(struct findings *);

/*
 * fsck_schema.c: line ends, fields, ids.  `shown` is the picture that commands show, which
 * need not be of what stands in the file, or `whole` why there is none.  1: it is of that.
 */
int	fsck_schema(struct findings *, const struct project *, const struct tasks *shown,
	    const struct err *whole, struct err *);
/* fsck_link.c: links, cycle. */
void	fsck_links(struct findings *, const struct tasks *);
/* fsck_attempt.c: attempt, orphan (run folders), leftover (lock files of git). */
int	fsck_attempts(struct findings *, const struct project *, const struct tasks *,
	    struct err *);
/* fsck_clock.c: clock.  `tasks` is NULL if they cannot be read. */
void	fsck_clock(struct findings *, const struct project *, const struct tasks *);
/* fsck_process.c: attempt: programs that have outlived it. */
int	fsck_processes(struct findings *, const struct project *, struct err *);
/* fsck_event.c: events, status, orphan, clock.  `settled`: the tasks stand in the file,
 * and no killed commit waits to be taken back or completed. */
int	fsck_events(struct findings *, struct project *, bool settled, struct err *);
/* fsck_place.c: leftover, mode.  fsck_beside() is the part that settles a killed commit. */
int	fsck_beside(struct findings *, struct project *, struct err *);
int	fsck_places(struct findings *, const struct project *, struct err *);
/* fsck_disk.c: disk, fs. */
int	fsck_disk(struct findings *, const struct project *, struct err *);
/* Its parts that need no disk. */
void	fsck_room(struct findings *, const char *place, const struct statvfs *);
void	fsck_kind(struct findings *, const char *place, const char *kind, bool network,
	    bool allowed);
/* fsck_setup.c: config, agent, git.  `tasks` is NULL if they cannot be read. */
int	fsck_setup(struct findings *, const struct project *, const struct tasks *,
	    struct err *);

#endif
