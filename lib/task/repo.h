/*
 * repo - where the work of a task is done: in the project's folder, or in another project's
 *
 * The list and all that leads it are the project's: order, limits, agents, router, reviewers,
 * budgets, events.  What belongs to the place is the repository's: its instructions, and the
 * keys that say how work is made and checked there.  They are read from its own orch.yml, that
 * of the user and the environment, and never from the project's: see orch-projects(7).
 *
 *	const struct repo *repo = repo_of(p, task, e);
 *	git = git_open(repo->dir, e);
 *	base = config_text(repo->config, "base");
 */
#ifndef ORCH_TASK_REPO_H
#define ORCH_TASK_REPO_H

#include <stdbool.h>

struct config;
struct err;
struct project;
struct repos;
struct task;
struct vec_str;

struct repo {
	const char *name;		/* as `projects` of orch.yml calls it; NULL: the project's own */
	const char *dir;		/* its folder, absolute */
	const struct config *config;	/* for accept base isolation land.verify produces sandbox
					   sandbox_paths verify worktree.* worktrees */
	const char *prefix;		/* of the names of branches and work trees: "" or "shop-1f09a2c7/" */
};

/* All are borrowed from the project and live as long as it does. */

const struct repo *repo_own(const struct project *);

/*
 * The one that `projects` of orch.yml has under the name; NULL, or one that leads to the
 * project's folder: its own.  ERR_CONFIG, and NULL: there is no such project, its folder is
 * not there, or its orch.yml is not valid.
 */
const struct repo *repo_find(const struct project *, const char *name, struct err *);
const struct repo *repo_of(const struct project *, const struct task *, struct err *);

/* Is the task's work done elsewhere, or nobody knows where? */
bool	repo_is_foreign(const struct project *, const struct task *);

/* The names that `projects` has, in the order in which they stand there. */
void	repo_names(const struct project *, struct vec_str *);

/* Has orch.yml a project of that name?  ERR_USAGE, with the nearest one. */
int	repo_check_name(const struct project *, const char *name, struct err *);

/* The checks of a task's work: its own, or, if it names none and the work changed something,
 * those of `verify`. */
void	repo_verify(const struct repo *, const struct task *, bool changed, struct vec_str *);

/* For project.c. */
struct repos *repos_new(const struct project *);
void	repos_free(struct repos *);

#endif
