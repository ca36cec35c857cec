/*
 * project - which files belong together: resolved once, absolute, passed down
 *
 * The project is the folder found by walking up from the working directory (or
 * `-C DIR`, or $ORCH_DIR) to the first that holds tasks.yml or .orch/; `-f FILE`
 * (or $ORCH_TASKS) names another task file, whose folder is then the project.
 * Inside a linked git work tree the look-up goes on in the main one, so that a
 * tracked copy of tasks.yml is never mistaken for the file.  Nothing later looks
 * at the working directory again.
 *
 * A command that only reads makes nothing: orch_fd is -1 while there is no .orch/.
 */
#ifndef ORCH_TASK_PROJECT_H
#define ORCH_TASK_PROJECT_H

#include <stdbool.h>

#include "base/log.h"
#include "sys/log_file.h"
#include "task/config.h"

struct buf;
struct err;
struct redact;
struct repos;
struct vec_str;

struct project {
	char *dir;		/* the folder */
	char *tasks;		/* the task file (it may not exist yet) */
	bool named;		/* by -f or ORCH_TASKS: reading needs it to exist */
	char *orch;		/* dir/.orch; of another task file .orch/files/NAME */
	char *user;		/* $XDG_CONFIG_HOME/orch, NULL if there is no home */
	char *share;		/* shipped defaults */
	int orch_fd;		/* .orch, checked private; -1: not there */
	struct config config;	/* loaded and merged */
	struct repos *repos;	/* where its tasks work: repo.h */
	struct redact *redact;	/* the secrets that the environment names */
	struct log log;		/* .orch/log/orch.log, or nowhere; redacted */
	struct log_file *log_file;	/* that file; NULL until project_prepare() */
	struct vec_str *notes;	/* what a person should be told, redacted; the command prints them */
};

/* One more note, also written to the log; one that is there already is not repeated. */
void	project_note(const struct project *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * `dir` and `file` are -C and -f, or NULL.  ERR_USAGE "no tasks.yml or .orch here
 * or above: run orch-init"; ERR_CONFIG from orch.yml.
 */
int	project_find(struct project *, const char *dir, const char *file,
	    const char *command, struct err *);

/*
 * The same, but a configuration that is not valid is no error: *config (untouched if it is
 * valid) says what is wrong with it, and there is none, all keys have their defaults.
 */
int	project_find_anyway(struct project *, const char *dir, const char *file,
	    const char *command, struct err *config, struct err *);

/* The same as project_find() for a folder that is to become a project (orch-init). */
int	project_at(struct project *, const char *dir, const char *command, struct err *);

void	project_release(struct project *);

/*
 * Where a folder stands in the main work tree of its repository, if it is in a linked one: the same
 * place there, or the nearest above that exists.  Any other folder: itself.  Caller frees.
 */
char	*project_main(const char *dir);

/* What orch.yml of another folder, the user and the environment say together. */
int	project_config(const struct project *, const char *dir, struct config *, struct err *);

/* Makes .orch/ and what is in it (0700, .gitignore of "*"), opens orch_fd. */
int	project_prepare(struct project *, struct err *);

/* Opens a private folder below .orch/, made if missing ("runs/17/2"). */
int	project_dir(struct project *, const char *name, struct err *);

/*
 * Reads an asset ("agents", "sh.yml") from orch.d/, the user's folder or
 * share/orch, the first that has it.  *path (may be NULL; caller frees) is where it was.
 * 1: nobody has it.  `name` is refused if it is not a plain file name.
 */
int	project_asset(const struct project *, const char *kind, const char *name,
	    struct buf *, char **path, struct err *);

/* The names of all assets of a kind with that suffix, without it, sorted. */
int	project_assets(const struct project *, const char *kind, const char *suffix,
	    struct vec_str *, struct err *);

#endif
