/*
 * git_land - bringing a branch onto another one that goes on meanwhile
 *
 *	git_tip()	where both stand
 *	git_replay()	what the one would be on top of the other: new commits, and
 *			nothing else; no branch moves, no file is touched
 *	git_advance()	the other branch moves there, if it is still where it was
 *	git_carry()	the one follows, with the work tree that it is checked out in
 *
 * Ids are 40 hex digits.  Rebasing is done in memory by libgit2: a kill leaves commits
 * that nothing refers to, which git removes in its time.  Objects and branches are
 * synced before the calls return, but for ORCH_TEST_NOSYNC.
 *
 * Where the branch that advances is checked out, git(1) itself brings the files along
 * ("git merge --ff-only"), since only it knows all filters of a person's checkout.  It
 * gets a clean environment, and none of the repository's hooks are run.
 */
#ifndef ORCH_NET_GIT_LAND_H
#define ORCH_NET_GIT_LAND_H

struct buf;
struct err;
struct git;

#define GIT_ID_MAX 41		/* with the end of the string */

/* The commit of a branch.  2: there is no such branch. */
int	git_tip(struct git *, const char *branch, char id[GIT_ID_MAX], struct err *);

/* Is `part` the commit `whole` or before it?  1, 0, -1. */
int	git_has(struct git *, const char *whole, const char *part, struct err *);

/* From now on no object that is made is written: for a dry run. */
int	git_dry(struct git *, struct err *);

/*
 * The commits of `tip` that `onto` has not, on top of it; merges are left out, as git
 * does, and so is what comes to nothing.  `id` is the last one: `tip` itself if it stands
 * on `onto` already, `onto` if nothing is new.  1: a commit does not fit; `conflicts`
 * gets the names of the files ("a, b and 4 more").
 */
int	git_replay(struct git *, const char *tip, const char *onto, char id[GIT_ID_MAX],
	    struct buf *conflicts, struct err *);

/*
 * Could the branch advance?  ERR_BUSY names tracked files that are changed where it is
 * checked out; the file `except` (absolute, may be NULL) is nobody's business.
 */
int	git_advance_check(struct git *, const char *branch, const char *except, struct err *);

/*
 * Moves the branch from `old` to `id`, which comes after it.  1: it is not at `old` any
 * more, nothing changed.  ERR_BUSY: the checkout cannot follow.  git(1), if it is needed,
 * keeps the descriptor `hold` open, so that a lock lasts as long as it.
 */
int	git_advance(struct git *, const char *branch, const char *old, const char *id,
	    const char *except, int hold, struct err *);

/*
 * Moves a branch from `old` to `id`, wherever that is.  The linked work tree that has it
 * follows; what is not committed in there stays, or is in the way (ERR_FAILED).  1: it is
 * not at `old`.  In the main work tree it is left alone (ERR_FAILED).
 */
int	git_carry(struct git *, const char *branch, const char *old, const char *id,
	    struct err *);

#endif
