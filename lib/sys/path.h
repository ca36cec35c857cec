/*
 * path - names of files
 *
 * Text only, but for the questions whether something is there.  A name is cut
 * at its last slash: path_dir("a/b") is "a", path_base("a/b") is "b", and
 * path_base("a/") is "".
 */
#ifndef ORCH_SYS_PATH_H
#define ORCH_SYS_PATH_H

#include <stdbool.h>

struct err;

char	*path_join(const char *dir, const char *name);	/* name if absolute; caller frees */
char	*path_dir(const char *path);			/* caller frees; "." if no slash */
const char *path_base(const char *path);		/* borrowed */
char	*path_absolute(const char *, struct err *);	/* realpath(3); caller frees */
bool	 path_exists(const char *);			/* through links */
bool	 path_is_dir(const char *);

/* Makes a folder and those above it, mode 0700 for what is new. */
int	 path_make(const char *dir, struct err *);

/* $XDG_CONFIG_HOME/orch, $XDG_STATE_HOME/orch with their defaults below $HOME;
 * caller frees; NULL with ERR_CONFIG if neither is set to an absolute path. */
char	*path_config_home(struct err *);
char	*path_state_home(struct err *);

/* The folder of shipped defaults: $ORCH_SHARE, else share/orch beside the
 * program's ../ or ../../../ (a build folder), else the compiled-in prefix;
 * caller frees; NULL with ERR_CONFIG if there is none. */
char	*path_share(struct err *);

#endif
