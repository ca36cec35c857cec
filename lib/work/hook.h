/*
 * hook - what commits, merges and pushes mean for tasks: orch-hook
 *
 * First git is asked, without the project: most often there is nothing to do.  What is left
 * is a request, which one or two commits of the store then do.
 */
#ifndef ORCH_WORK_HOOK_H
#define ORCH_WORK_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct config;
struct err;
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
};

void	hook_wish_release(struct hook_wish *);
bool	hook_wish_empty(const struct hook_wish *);

/*
 * The trailers of a message: whole lines of its last paragraph that begin with "Orch-", at
 * most HOOK_TRAILERS_MAX, each as it stands but for blanks at its end.  Its first paragraph
 * has none.
 */
void	hook_trailers(const char *message, struct vec_str *);

/* ERR_USAGE: a trailer that says nothing that is known; the others are wished anyway. */
int	hook_after_commit(const struct git_hook *, struct hook_wish *, struct err *);
/* Authors that are trusted are of orch.yml. */
int	hook_after_merge(const struct git_hook *, const struct config *, struct hook_wish *,
	    struct err *);
/* Lines of git's: "LOCAL ID REMOTE ID" and "OLD NEW REF"; ERR_INVALID: they are not. */
int	hook_before_push(const char *lines, struct hook_wish *, struct err *);
int	hook_after_receive(const struct git_hook *, const char *lines, struct hook_wish *,
	    struct err *);

/* Does what was wished; `told` gets a line for each task, *status the worst of those that
 * could not be retried. */
int	hook_do(struct project *, const struct store_opts *, const struct ready_rules *,
	    const struct hook_wish *, struct vec_str *told, int *status, struct err *);

/* 1: one of the branches may not be pushed; `told` says which and why, or warns. */
int	hook_judge(struct project *, const struct hook_wish *, struct vec_str *told, struct err *);

#endif
