#include "work/env.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"

/* A name that ends in '*' stands for all that start so. */
static const char *const allowed[] = {
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ",
	"COLUMNS", "LINES", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME",
	"XDG_STATE_HOME", "XDG_RUNTIME_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "SSL_CERT_FILE",
	"SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "ORCH_TEST_*", NULL,
};

/* Tokens of the tracker: no program that is started here needs them, nor we. */
static const char *const tokens[] = {
	"GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
	"ORCH_GITHUB_TOKEN", NULL,
};

/* Of these a value may hold a password: "http://user:password@host:3128". */
static const char *const proxies[] = {
	"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", NULL,
};

/* Refused even when orch.yml lists them. */
static const char *const never[] = {
	"LD_*", "GIT_*", "BASH_ENV", "BASH_FUNC_*", "ENV", "IFS", "SHELLOPTS", "BASHOPTS",
	"PS4", "GLIBC_TUNABLES", NULL,
};

static bool
fits(const char *pattern, const char *name, size_t len)
{
	size_t n = strlen(pattern);

	if (n > 0 && pattern[n - 1] == '*')
		return len >= n - 1 && strncmp(pattern, name, n - 1) == 0;
	return len == n && strncmp(pattern, name, n) == 0;
}

static bool
listed(const char *const *list, const char *name, size_t len)
{
	for (; *list != NULL; list++)
		if (fits(*list, name, len))
			return true;
	return false;
}

static bool
among(const struct val *list, const char *name, size_t len)
{
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const char *pattern = val_text(list->v[i]);

		if (pattern != NULL && fits(pattern, name, len))
			return true;
	}
	return false;
}

static size_t
name_len(const char *line)
{
	const char *equals = strchr(line, '=');

	return equals ? (size_t)(equals - line) : 0;
}

/* The start of the host where it has a user before it; NULL: it has none, or is no proxy. */
static const char *
behind_user(const char *line, size_t len)
{
	const char *start = line + len + 1, *scheme = strstr(start, "://"), *at;

	if (!listed(proxies, line, len))
		return NULL;
	start = scheme != NULL ? scheme + strlen("://") : start;
	at = memrchr(start, '@', strcspn(start, "/"));
	return at != NULL ? at + 1 : NULL;
}

/* As it may pass to all: a proxy without its user. */
static void
pass(struct vec_str *env, const char *line, size_t len)
{
	const char *host = behind_user(line, len), *start = strstr(line + len, "://");
	size_t before = start != NULL ? (size_t)(start - line) + strlen("://") : len + 1;

	if (host == NULL)
		vec_str_push(env, line);
	else
		vec_str_take(env, xasprintf("%.*s%s", (int)before, line, host));
}

void
env_pass(struct vec_str *env, char *const *from, const struct config *config,
    const struct val *own)
{
	const struct val *more = config_val(config, "env");

	for (; *from != NULL; from++) {
		size_t len = name_len(*from);

		if (len == 0 || listed(never, *from, len) || listed(tokens, *from, len))
			continue;
		if (among(more, *from, len) || among(own, *from, len))
			vec_str_push(env, *from);
		else if (listed(allowed, *from, len))
			pass(env, *from, len);
	}
}

void
env_hide(char **env)
{
	size_t kept = 0;

	for (size_t i = 0; env[i] != NULL; i++) {
		char *line = env[i];
		size_t len = name_len(line);
		bool open = listed(allowed, line, len) && behind_user(line, len) == NULL;

		if (!listed(tokens, line, len))
			env[kept++] = open ? line : xstrdup(line);
		if (!open)
			explicit_bzero(line, strlen(line));
	}
	env[kept] = NULL;
}

static size_t
place(const struct vec_str *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return i;
	return env->n;
}

void
env_set(struct vec_str *env, const char *name, const char *value)
{
	char *line = xasprintf("%s=%s", name, value);
	size_t i = place(env, name);

	if (i < env->n) {
		free(env->v[i]);
		env->v[i] = line;
	} else {
		vec_str_take(env, line);
	}
}

const char *
env_get(const struct vec_str *env, const char *name)
{
	size_t i = place(env, name);

	return i < env->n ? env->v[i] + strlen(name) + 1 : NULL;
}
