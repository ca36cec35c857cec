/*
 * git_impl - what the files of git share; for lib/net/git*.c only
 *
 * <git2.h> is not included here but by the .c files, so that it stays in them.
 */
#ifndef ORCH_NET_GIT_IMPL_H
#define ORCH_NET_GIT_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct buf;
struct git_commit;
struct git_config;
struct git_index;
struct git_oid;
struct git_repository;
struct git_signature;
struct git_worktree;
struct lock;

struct git {
	struct git_repository *repo;	/* the main one, never a linked work tree */
	char *dir;			/* its common folder, no slash at the end */
	char *root;			/* its work tree likewise, NULL if bare */
};

/* A work tree that is looked at, and the commits between which it is looked at. */
struct git_at {
	struct git_repository *repo;
	struct git_commit *head;
	struct git_commit *base;	/* NULL if none was asked for */
};

/* Sets the message and appends ": " and what libgit2 says.  Returns -1. */
int	gitlib_fail(struct err *, enum err_code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * Opens exactly the work tree at `path`: never one further up, where a folder
 * that lost its .git file would otherwise be taken for part of another project.
 */
int	gitlib_at(struct git_at *, const char *path, const char *base_id, struct err *);
void	gitlib_at_close(struct git_at *);

/* The commit of a branch, a tag or an id; NULL: HEAD.  Caller frees. */
int	gitlib_commit(const struct git *, const char *name, struct git_commit **,
	    struct err *);

/* The commit where two of them part. */
int	gitlib_parting(struct git_repository *, const struct git_commit *,
	    const struct git_commit *, struct git_oid *, struct err *);

/* Opens a folder of the common .git folder, made if it is missing. */
int	gitlib_dir(const struct git *, const char *name, struct err *);

/* The path without the slashes at its end; caller frees. */
char	*gitlib_folder(const char *);

/* Who signs: the configured person, or the suite itself.  The time is our clock's.  What
 * libgit2 returns. */
int	gitlib_signature(struct git_repository *, struct git_signature **);

/* git_loose() for an open repository. */
int	gitlib_loose(struct git_repository *, bool ignored, size_t *n, struct buf *names,
	    struct err *);

/* ---- git_intact.c ---- */

/* git_work_intact() for one whose record was found. */
int	gitlib_intact(const struct git *, struct git_worktree *, struct err *);

/* ---- git_look.c ---- */

struct gitlib_look {
	struct git_repository *repo;	/* of a work tree; borrowed */
	struct git_index *index;
	struct git_config *config;
};

enum gitlib_file {
	GITLIB_PLAIN,		/* what libgit2 says of it holds */
	GITLIB_SAME,		/* it is as git had it last, whatever libgit2 says */
	GITLIB_FILTERED,	/* it is changed, and for `filter` a program must run */
};

int	gitlib_look_begin(struct gitlib_look *, struct git_repository *, struct err *);
enum gitlib_file gitlib_look(const struct gitlib_look *, const char *path, const char **filter);
void	gitlib_look_end(struct gitlib_look *);

/* ---- git_land.c ---- */

int	gitlib_id(const char *hex, struct git_oid *, struct err *);
/* 0; 1: the branch is not at `old`; -1 */
int	gitlib_move(const struct git *, const char *branch, const struct git_oid *old,
	    const struct git_oid *id, struct err *);

/* ---- git_run.c ---- */

/* ERR_BUSY if tracked files are changed in the checkout; the file `except` (absolute, may
 * be NULL) does not count. */
int	gitlib_tidy(const char *where, const char *except, struct err *);
/* "git merge --ff-only".  `hold` becomes its standard input; -1: nothing. */
int	gitlib_forward(const char *where, const char *id, int hold, struct err *);

/* ---- git_place.c ---- */

/* Where a work tree stands or will stand. */
struct git_place {
	int dirfd;		/* the folder above, -1: there is none */
	char *path;		/* with symbolic links above it resolved */
	const char *base;	/* its last component */
	char *marker;		/* ".BASE.orch-new" */
	char *gone;		/* ".BASE.orch-gone" */
};

int	git_place_open(struct git_place *, const char *path, bool make, struct err *);
void	git_place_close(struct git_place *);		/* { .dirfd = -1 } is fine */
bool	git_place_exists(const struct git_place *);

/* git's record of the place, whether or not anything stands there; NULL: none.
 * Caller frees. */
struct git_worktree *git_place_record(const struct git *, const struct git_place *);
/* Drops the record of a work tree that does not stand any more.  Under the lock. */
int	git_place_forget(struct git_worktree *, const struct git_place *, struct err *);
/* Opens the folder of all records. */
int	git_place_records(const struct git *, struct err *);

/*
 * The lock under which records come and go, ".git/orch.lock".  Held for
 * milliseconds; ERR_BUSY after LOCK_WAIT_MS.
 */
int	git_place_lock(const struct git *, struct lock *, struct err *);

/* Removes the marker, for good. */
int	git_place_unmark(const struct git_place *, struct err *);
/* Removes the folder, the record of that name, and the marker.  Under the lock. */
int	git_place_discard(const struct git *, const struct git_place *, const char *record,
	    struct err *);
/* Discards what a killed making left, if there is a marker.  Under the lock. */
int	git_place_recover(const struct git *, const struct git_place *, struct err *);

#endif
