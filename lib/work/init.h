/*
 * init - makes a folder a project
 *
 * Each file is made where it is missing and left alone where it is there, so that
 * doing it twice is doing it once.
 */
#ifndef ORCH_WORK_INIT_H
#define ORCH_WORK_INIT_H

#include <stdbool.h>

#include "base/vec.h"

struct err;
struct project;

struct init_opts {
	bool track;		/* git may track the task file */
	bool no_git;		/* attempts run in the folder itself, one at a time */
	bool dry_run;
	const char *command;	/* for the lock */
};

struct init_report {
	struct vec_str made, kept;	/* relative to the folder, "/" behind a folder */
	bool git;		/* there is a repository */
	bool no_commit;		/* the repository has none yet */
};

/*
 * ERR_CONFIG: there is no git repository and !no_git.  ERR_USAGE: the folder is a
 * linked work tree, where nothing looks for a project.
 */
int	init_project(struct project *, const struct init_opts *, struct init_report *,
	    struct err *);
void	init_release(struct init_report *);

/* The agents whose program was found, and where, in pairs. */
int	init_agents(const struct project *, struct vec_str *names, struct vec_str *paths,
	    struct err *);

/* A line for a crontab; `bin` is the folder of the commands.  Caller frees; NULL if a path
 * cannot stand in it. */
char	*init_offer(const struct project *, const char *bin);

#endif
