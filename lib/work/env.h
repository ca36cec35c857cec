/*
 * env - the environment of an attempt: an allow-list, never the caller's whole
 *
 * What a program needs to find its way (PATH, HOME, LANG, ...), proxies and
 * certificates, the names listed under `env:` in orch.yml, those that the driver
 * lists under `env_pass:` (its own keys, for nobody else), and ORCH_* of the attempt
 * itself.  Of a proxy the user and password are left out, unless one of those lists names the
 * variable.  Never LD_*, GIT_*, BASH_ENV, ENV, IFS, and never a tracker's token
 * (GH_TOKEN, GITHUB_TOKEN), listed or not.
 *
 * What an attempt is not given it could still read from /proc/PID/environ of the
 * processes above it, which shows the memory that the kernel put the variables into.
 * So whoever starts attempts calls env_hide() first.
 */
#ifndef ORCH_WORK_ENV_H
#define ORCH_WORK_ENV_H

struct config;
struct val;
struct vec_str;

/* Appends NAME=VALUE for all that may pass from `from` (environ-style); `own`: the
 * list of names that this driver's program gets besides, may be NULL. */
void	env_pass(struct vec_str *env, char *const *from, const struct config *,
	    const struct val *own);

/*
 * Overwrites, in the array that is given (environ), every variable that not every
 * attempt may have.  This process still has them, elsewhere in its memory; of the
 * tracker's tokens only the project's redactor knows any more.  Values that getenv() gave
 * before are not to be used any more.  For environ as the kernel made it, once, with one
 * thread.
 */
void	env_hide(char **env);

/* Sets or replaces NAME=VALUE. */
void	env_set(struct vec_str *env, const char *name, const char *value);

/* The value of a name in the list, or NULL; borrowed. */
const char *env_get(const struct vec_str *env, const char *name);

#endif
