/*
 * env - the environment of an attempt: an allow-list, never the caller's whole
 *
 * What a program needs to find its way (PATH, HOME, LANG, ...), what the agents'
 * CLIs read (ANTHROPIC_*, OPENAI_*, ...), proxies and certificates, the names listed
 * under `env:` in orch.yml, and ORCH_* of the attempt itself.  Never LD_*, GIT_*,
 * BASH_ENV, ENV, IFS, and never a tracker's token (GH_TOKEN, GITHUB_TOKEN), listed
 * or not.
 */
#ifndef ORCH_WORK_ENV_H
#define ORCH_WORK_ENV_H

struct config;
struct vec_str;

/* Appends NAME=VALUE for all that may pass from `from` (environ-style). */
void	env_pass(struct vec_str *env, char *const *from, const struct config *);

/* Sets or replaces NAME=VALUE. */
void	env_set(struct vec_str *env, const char *name, const char *value);

/* The value of a name in the list, or NULL; borrowed. */
const char *env_get(const struct vec_str *env, const char *name);

#endif
