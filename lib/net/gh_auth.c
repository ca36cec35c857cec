#include "net/gh_auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/gh_auth_impl.h"

#define HOST_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"

const char *
gh_auth_variable(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=' && (*env)[len + 1] != '\0')
			return *env + len + 1;
	return NULL;
}

/* Takes the text without blanks around it; -1 if that can be no token. */
static int
take(const char *text, size_t len, const char *source, struct gh_credential *c, struct err *e)
{
	static const char blanks[] = " \t\r\n";

	while (len > 0 && memchr(blanks, text[len - 1], 4) != NULL)
		len--;
	while (len > 0 && memchr(blanks, *text, 4) != NULL)
		text++, len--;
	if (len == 0)
		return err_set(e, ERR_AUTH, "%s gave no token", source);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return err_set(e, ERR_AUTH, "%s gave something that is no token", source);
	c->token = xstrndup(text, len);
	c->source = xstrdup(source);
	return 0;
}

/* 1: taken, 0: none of them is set. */
static int
from_environment(const char *host, char *const *env, struct gh_credential *c, struct err *e)
{
	static const char *const ours[] = { "GH_TOKEN", "GITHUB_TOKEN" };
	static const char *const servers[] = { "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN" };
	size_t len = strlen(host);
	bool cloud = strcasecmp(host, "github.com") == 0 || (len > 8 && strcasecmp(host + len - 8, ".ghe.com") == 0);
	const char *const *names = cloud ? ours : servers;

	for (size_t i = 0; i < 2; i++) {
		const char *value = gh_auth_variable(env, names[i]);

		if (value != NULL)
			return take(value, strlen(value), names[i], c, e) == 0 ? 1 : -1;
	}
	return 0;
}

static int
from_command(const struct vec_str *argv, char *const *env, struct gh_credential *c, struct err *e)
{
	struct buf said = { 0 };
	int r = gh_auth_ask(argv, env, false, GH_AUTH_MS, &said, e);

	if (r == 1)
		r = err_set(e, ERR_AUTH, "no program '%s' on PATH, and no absolute path", argv->v[0]);
	if (r == 0)
		r = take(buf_str(&said), said.len, "gh.token_command", c, e);
	else
		err_prefix(e, "gh.token_command");
	buf_release(&said);
	return r == 0 ? 1 : -1;
}

/* 1: taken, 0: gh is not here, or has none for that host. */
static int
from_gh(const char *host, char *const *env, struct gh_credential *c)
{
	struct vec_str argv = { 0 };
	struct buf said = { 0 };
	struct err ignored = { 0 };
	int r;

	vec_str_push(&argv, "gh");
	vec_str_push(&argv, "auth");
	vec_str_push(&argv, "token");
	vec_str_push(&argv, "--hostname");
	vec_str_push(&argv, host);
	r = gh_auth_ask(&argv, env, true, GH_AUTH_MS, &said, &ignored);
	if (r == 0)
		r = take(buf_str(&said), said.len, "gh auth token", c, &ignored);
	else
		r = -1;
	buf_release(&said);
	vec_str_release(&argv);
	return r == 0;
}

int
gh_auth(const char *host, const struct vec_str *token_command, char *const *env, struct gh_credential *c, struct err *e)
{
	int r;

	*c = (struct gh_credential){ 0 };
	/* It becomes an argument of gh, and stands in messages. */
	if (*host == '\0' || *host == '-' || host[strspn(host, HOST_CHARS)] != '\0')
		return err_set(e, ERR_CONFIG, "gh.host: not the name of a host");
	r = from_environment(host, env, c, e);
	if (r == 0 && token_command != NULL && token_command->n > 0)
		r = from_command(token_command, env, c, e);
	if (r == 0)
		r = from_gh(host, env, c);
	if (r == 0)
		r = gh_auth_file(host, env, c);
	if (r == 0)
		err_set(e, ERR_AUTH, "no token for %s: log in with 'gh auth login --hostname %s', or set GH_TOKEN or "
		    "gh.token_command", host, host);
	if (r == 1)
		return 0;
	gh_credential_release(c);
	return -1;
}

void
gh_credential_release(struct gh_credential *c)
{
	if (c->token != NULL)
		explicit_bzero(c->token, strlen(c->token));
	free(c->token);
	free(c->source);
	free(c->note);
	*c = (struct gh_credential){ 0 };
}
