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
#define FSCK_MANY 10000		/* findings of one check that are told of; then: how many more */
#define FSCK_CHECKS 20

struct archive;
struct err;
struct fsck_mend;
struct project;
struct statvfs;
struct store_refused;
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
	bool unset;		/* likewise: orch.yml is not valid, so what depends on it is
				   not looked at */

	struct {		/* private: how many of each check, and that were too many */
		const char *check;
		size_t n, more;
	} count[FSCK_CHECKS];
	bool dropped;		/* the newest was one too many */
	struct fsck_mend *mend;	/* what waits for a commit */
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

/* Would one more of that check be too many?  Then it is counted, and need not be made. */
bool	fsck_enough(struct findings *, const char *check);

/* Where a folder of ours belongs is something else: the check of modes names it. */
bool	fsck_is_named(const struct err *);

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
 * The tasks as they are now: `seen` if the same bytes still stand in the file, else *now, to
 * be released (seen: NULL, or a sound picture of the file).  NULL: an error.
 */
const struct tasks *fsck_now(const struct project *, const struct tasks *seen,
	    struct tasks *now, struct err *);

/*
 * fsck_schema.c: line ends, fields, ids.  `tasks` is the file; NULL: it is refused, for that
 * reason, and that is what stands in it.
 */
void	fsck_schema(struct findings *, const struct project *, const struct tasks *,
	    const struct store_refused *, const struct err *why);
/* fsck_link.c: links, cycle. */
void	fsck_links(struct findings *, const struct tasks *);
/* fsck_attempt.c: attempt, orphan (run folders), leftover (lock files of git). */
int	fsck_attempts(struct findings *, const struct project *, const struct tasks *,
	    struct err *);
/* fsck_worktree.c: orphan (work trees and branches). */
void	fsck_worktrees(struct findings *, const struct project *, const struct tasks *);
/* fsck_clock.c: clock.  `tasks` is NULL if they cannot be read. */
void	fsck_clock(struct findings *, const struct project *, const struct tasks *);
/* fsck_process.c: attempt: programs that have outlived it. */
int	fsck_processes(struct findings *, const struct project *, struct err *);
/* fsck_event.c: events, status, orphan, clock.  `tasks` is the file; NULL: it is refused, or
 * a killed commit waits to be taken back or completed. */
int	fsck_events(struct findings *, struct project *, const struct tasks *, struct err *);
/* fsck_group.c: events: who was given which. */
int	fsck_groups(struct findings *, struct project *, struct err *);
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
/* fsck_job.c: job.  `tasks` is NULL if they cannot be read. */
void	fsck_jobs(struct findings *, const struct project *, const struct tasks *);

#endif
