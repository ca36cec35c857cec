/*
 * hook_place - puts hooks into a repository and takes them out: orch-init --hooks
 *
 * A hook of the suite is a copy of share/orch/hooks/NAME.sample; HOOK_MARK in its second line
 * says that it may be replaced and removed.  Any other file, link or folder of that name is
 * somebody's: it stays, or, if a person says so, becomes NAME.before-orch and is run by ours.
 */
#ifndef ORCH_WORK_HOOK_PLACE_H
#define ORCH_WORK_HOOK_PLACE_H

#include <stdbool.h>

#include "base/vec.h"

struct err;

#define HOOK_MARK   "# Made by orch-init --hooks,"
#define HOOK_BEFORE ".before-orch"

struct hook_place {
	const char *list;	/* "post-commit,pre-push"; NULL: those that the repository needs */
	bool remove;		/* take them out instead */
	bool chain;
	bool dry_run;
};

struct hook_placed {
	struct vec_str made, removed, kept;	/* paths */
	struct vec_str told;	/* lines for a person: what stays, and what can be done */
};

/* 1: `dir` is a bare repository; 0: it is not, or is in none. */
int	hook_place_is_bare(const char *dir);

/* `share` has the shipped files.  ERR_CONFIG: no repository, or hooks outside of it;
 * ERR_USAGE: the list names what is no hook. */
int	hook_place(const char *dir, const char *share, const struct hook_place *,
	    struct hook_placed *, struct err *);
void	hook_placed_release(struct hook_placed *);

#endif
