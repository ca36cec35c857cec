/*
 * suite - the commands that lie beside the running one
 */
#ifndef ORCH_WORK_SUITE_H
#define ORCH_WORK_SUITE_H

struct err;
struct project;
struct vec_str;

/* The folder of the running program, caller frees; "" if /proc does not say. */
char	*suite_dir(void);

/* What can be run in that folder as orch-NAME: the names, sorted. */
void	suite_names(const char *dir, struct vec_str *);

/* One line about a command; "" for one that is not of this suite. */
const char *suite_purpose(const char *name);

/* The program orch-NAME, in the folder or else on PATH; caller frees.  NULL: nobody
 * has it, or the name has a slash. */
char	*suite_program(const char *dir, const char *name);

/*
 * Runs orch-NAME on the project, with these words behind it and what it prints going to `out`,
 * as proc_helper() has it.  *status becomes the worse of itself and the program's exit status,
 * 75 if a signal ended it; *stopped is the signal that came for us, 0: none.
 */
int	suite_run(const struct project *, const char *name, const struct vec_str *words, int out,
	    int *status, int *stopped, struct err *);

/* Its manual page, installed or beside the sources; caller frees.  NULL: none. */
char	*suite_page(const char *dir, const char *name);

#endif
