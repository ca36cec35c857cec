/*
 * git - work trees, branches, trees and diffs; the only user of libgit2
 *
 * All names of branches are short ("main", "orch/17-fix"); all folders are
 * absolute.  Nothing here touches the main work tree: no checkout, no index of
 * it, no stash; git_land.h alone does, when a branch lands that is checked out in it.
 * Repository hooks are not run.  The configuration that names an
 * author is read; where there is none, "orch <orch@localhost>" signs.
 *
 * libgit2 owns git_worktree_add, git_tree and git_diff, hence git_work_add,
 * git_names and git_changes.
 */
#ifndef ORCH_NET_GIT_H
#define ORCH_NET_GIT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct git;
struct vec_str;

/* The repository that holds `dir` (a linked work tree gives its main one).
 * ERR_CONFIG "'dir' is not in a git repository", or it is led elsewhere. */
struct git *git_open(const char *dir, struct err *);
void	 git_close(struct git *);		/* NULL is fine */

/*
 * To be said by who will fork processes that each open a repository.  Setting libgit2
 * up costs milliseconds (it reads all certificates), which are then spent once, here.
 */
void	 git_share(void);
const char *git_dir(const struct git *);	/* the common .git folder; borrowed */
const char *git_root(const struct git *);	/* the main work tree, NULL if bare */

/* The branch that HEAD names ("main"), caller frees; NULL if detached or unborn. */
char	*git_head(const struct git *);

/* Is there a commit to start from?  `base` as below. */
int	 git_check(const struct git *, const char *base, struct err *);

/*
 * A work tree at `path` on `branch`.  The branch is made at `base` (a branch,
 * tag or commit; NULL: HEAD) if it does not exist; if it does, it is taken as
 * it is.  A work tree that already stands at `path` on that branch, and is intact, is used
 * again; anything else at `path` is refused (ERR_FAILED), but for an empty folder
 * and for what a killed call left.  Folders above are made with mode 0700.
 * *base_id gets the 40 hex digits of the commit where branch and base part
 * (caller frees).  Several processes may make different work trees at once.
 */
int	 git_work_add(struct git *, const char *path, const char *branch,
	    const char *base, char **base_id, struct err *);

/*
 * Removes the locks that a killed git left behind in git's folder of the work tree at
 * `path`: index.lock, HEAD.lock, and the lock of its branch.  1: there were some.  Only
 * for who knows that no process works there.
 */
int	 git_work_unlock(struct git *, const char *path, const char *branch, struct err *);

/* Git's folder of the work tree at `path`, by git's record; caller frees.  NULL: it has
 * none. */
char	*git_work_record(const struct git *, const char *path);

/*
 * Removes a work tree that is clean; ERR_FAILED names what is not committed, or
 * says that it is locked or has commits on no branch.  Ignored files go with it.
 * A missing one is only forgotten.  The branch stays.
 */
int	 git_work_remove(struct git *, const char *path, struct err *);
/* Would it?  0, or -1 with the same errors. */
int	 git_work_removable(struct git *, const char *path, struct err *);
/* Removes a work tree and its branch, whatever is in them: for whoever made both for a
 * purpose of his own.  Neither need be there. */
int	 git_work_discard(struct git *, const char *path, const char *branch, struct err *);

struct git_work {
	size_t commits;		/* on HEAD of the work tree since base_id */
	size_t dirty;		/* files changed, added, deleted, not committed */
	char head[41];		/* hex id of HEAD */
};

/* What happened in the work tree at `path` since base_id; `files` (may be NULL)
 * gets the names of all files that differ from base_id, sorted. */
int	 git_work(const char *path, const char *base_id, struct git_work *,
	    struct vec_str *files, struct err *);

/*
 * Is it still what git has on record: a .git file that names the record, and a record that
 * names the work tree and this repository?  ERR_FAILED says what is not.  To be asked before
 * anything in the work tree is believed or run, when somebody who is not trusted had it.
 */
int	 git_work_intact(struct git *, const char *path, struct err *);

/* 1: that branch is checked out in the work tree.  0: another, or none. */
int	 git_on_branch(const char *path, const char *branch, struct err *);

/*
 * Commits all that is not committed and not ignored, but for repositories within
 * it.  1: there was nothing.  ERR_FAILED: conflicts, a merge or rebase that is not
 * finished, or a changed file that git runs a program for (git-lfs).
 */
int	 git_commit_all(const char *path, const char *message, struct err *);

/*
 * What lies in the work tree at `path` and in no commit: changed and untracked files and
 * repositories within it, or, with `ignored`, what git was told to ignore (a folder
 * counts once).  *n says how many; their names are appended ("a, b, c and 4 more").
 */
int	 git_loose(const char *path, bool ignored, size_t *n, struct buf *names, struct err *);

/* Names of tracked files, one a line, sorted, from HEAD of `path`, <= max bytes;
 * more are counted in a last line "... N more". */
int	 git_names(const char *path, size_t max, struct buf *, struct err *);

/*
 * Unified diff from base_id to HEAD of `path` (committed work), as text whatever attributes
 * say, <= max bytes: each file gets a fair share of them, and a line says how many bytes
 * were cut where.  `stat`: instead a line with the sums, and for at most 200 files one
 * "M +12 -3, 400 bytes: NAME"; more are counted.  *left (may be NULL): bytes left out of
 * the diff, or anything but 0 if not all files are named.
 */
int	 git_changes(const char *path, const char *base_id, bool stat, size_t max,
	    struct buf *, size_t *left, struct err *);

/* "1a2b3c4 subject" of the commits since base_id, newest first, <= max bytes. */
int	 git_log(const char *path, const char *base_id, size_t max, struct buf *,
	    struct err *);

/* The same of a branch against where it left `base`. */
int	 git_branch_diff(struct git *, const char *branch, const char *base, bool stat,
	    size_t max, struct buf *, struct err *);

/*
 * Has `base` (as above) all commits of the branch?  1 yes; 0 no, or it is the base
 * itself; 2 there is no such branch.
 */
int	 git_merged(struct git *, const char *branch, const char *base, struct err *);

/* Removes a branch that is merged and checked out nowhere; any other is ERR_FAILED.
 * 1: there is no such branch. */
int	 git_branch_drop(struct git *, const char *branch, const char *base, struct err *);

/* The local branches whose names begin so, sorted. */
int	 git_branches(struct git *, const char *prefix, struct vec_str *, struct err *);

/* The folder where a branch is checked out: the main work tree, a linked one, or NULL.
 * Caller frees. */
char	*git_holder(const struct git *, const char *branch);

/* Adds lines to .git/info/exclude that are not there yet. */
int	 git_exclude(struct git *, const char *const *lines, struct err *);

#endif
