/*
 * hook - what commits, merges and pushes mean for tasks: orch-hook
 *
 * First git is asked, without the project: most often there is nothing to do.  What is left
 * is a request, which a commit of the store then does: one for all tasks that are added, and
 * one for each that is answered or put back, so that what cannot be done undoes nothing else.
 */
#ifndef ORCH_WORK_HOOK_H
#define ORCH_WORK_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

struct config;
struct git_hook;
struct project;
struct ready_rules;
struct store_opts;
struct val;

#define HOOK_TRAILERS_MAX 20	/* of one commit */
#define HOOK_COMMITS_MAX  1000	/* of one merge */

enum hook_kind { HOOK_POST_COMMIT, HOOK_POST_MERGE, HOOK_PRE_PUSH, HOOK_POST_RECEIVE, HOOK_KINDS };
extern const char *const hook_names[HOOK_KINDS + 1];	/* NULL behind them */

struct hook_wish {
	struct val *add;	/* a list of tasks, for add_tasks() */
	struct vec_id retry;
	struct vec_id answer;	/* ids, and for each */
	struct vec_str text;	/* its answer */
	struct vec_str push;	/* branches that are pushed, each once */
	char *project;		/* orch.project of the repository; or NULL */
	struct vec_str undone;	/* what is not done, a line for each, and */
	int status;		/* the worst exit status of these */
};

void	hook_wish_release(struct hook_wish *);
/* There is nothing to do, and nothing to tell. */
bool	hook_wish_empty(const struct hook_wish *);
/* One line more of what is not done, owned from now on. */
void	hook_undone(struct hook_wish *, enum err_code, char *line);

/*
 * The trailers of a message, however many: lines of its last paragraph that begin with
 * "Orch-", without blanks at the end.  A line that begins with a blank goes on with the one
 * before it, behind one blank (git-interpret-trailers(1)).  The first paragraph has none.
 */
void	hook_trailers(const char *message, struct vec_str *);

/* What says nothing that is known, and what is more than the limits above, is `undone`. */
int	hook_after_commit(const struct git_hook *, struct hook_wish *, struct err *);
/* Authors that are trusted are of orch.yml. */
int	hook_after_merge(const struct git_hook *, const struct config *, struct hook_wish *,
	    struct err *);
/* Lines of git's: "LOCAL ID REMOTE ID" and "OLD NEW REF"; ERR_INVALID: they are not. */
int	hook_before_push(const char *lines, struct hook_wish *, struct err *);
int	hook_after_receive(const struct git_hook *, const char *lines, struct hook_wish *,
	    struct err *);

/* Does what was wished; `told` gets a line for each task, `undone` of the wish one for each
 * that could not be done. */
void	hook_do(struct project *, const struct store_opts *, const struct ready_rules *,
	    struct hook_wish *, struct vec_str *told);

/* 1: one of the branches may not be pushed; `told` says which and why, or warns. */
int	hook_judge(struct project *, const struct hook_wish *, struct vec_str *told, struct err *);

#endif
