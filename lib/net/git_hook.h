/*
 * git_hook - what a hook of git wants to know of the repository that it was called for
 *
 * That is the one of GIT_DIR, which git says to its hooks, else the one of the working
 * directory; HEAD is that of the work tree.  Only this is opened: nothing is written.
 */
#ifndef ORCH_NET_GIT_HOOK_H
#define ORCH_NET_GIT_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct git;
struct git_hook;
struct vec_str;

struct git_hook *git_hook_open(struct err *);
void	 git_hook_close(struct git_hook *);		/* NULL is fine */

/* The last line of the log of HEAD: from where to where, and how ("commit: ..."). */
struct git_moved {
	char was[41], is[41];	/* hex; zeros: there was no commit */
	char *how;		/* owned */
};

/* 1: there is no log, so nothing is known. */
int	 git_hook_moved(const struct git_hook *, struct git_moved *, struct err *);

/* A commit; texts are owned, whatever bytes they are of. */
struct git_said {
	char id[41];
	char *author, *committer;	/* their addresses */
	int64_t at;			/* of the author, seconds */
	char *message;
};

int	 git_hook_said(const struct git_hook *, const char *id, struct git_said *, struct err *);
void	 git_said_release(struct git_said *);

/* The ids of commits that `is` has and `was` has not, oldest first, at most `max`; *left: how
 * many there are beyond. */
int	 git_hook_between(const struct git_hook *, const char *was, const char *is, size_t max,
	    struct vec_str *ids, size_t *left, struct err *);

/* All values of a key of the configuration, in order. */
void	 git_hook_config(const struct git_hook *, const char *key, struct vec_str *);

/*
 * Where git looks for the hooks of a repository: core.hooksPath or its folder `hooks`.  Caller
 * frees.  *inside: that is in the repository, or in its work tree; others do not use it.
 */
char	*git_hooks_dir(const struct git *, bool *inside);

#endif
