/*
 * hosts.yml, where gh keeps tokens if it has no keyring:
 *
 *	github.com:
 *	    user: ana
 *	    oauth_token: gho_...	(of the user that is active)
 *	    users:			(since 2.40)
 *	        ana:
 *	            oauth_token: gho_...
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "net/gh_auth_impl.h"
#include "sys/fs.h"
#include "sys/path.h"

#define FILE_MAX_BYTES (1u << 20)

static char *
place(char *const *env)
{
	const char *dir = gh_auth_variable(env, "GH_CONFIG_DIR"), *xdg = gh_auth_variable(env, "XDG_CONFIG_HOME");
	const char *home = gh_auth_variable(env, "HOME");

	if (dir != NULL)
		return path_join(dir, "hosts.yml");
	if (xdg != NULL && *xdg == '/')
		return path_join(xdg, "gh/hosts.yml");
	return home != NULL && *home == '/' ? path_join(home, ".config/gh/hosts.yml") : NULL;
}

/* Names of hosts are compared without regard to case. */
static const struct val *
host_of(const struct val *hosts, const char *host)
{
	for (size_t i = 0; hosts != NULL && hosts->kind == VAL_MAP && i < hosts->n; i++)
		if (strcasecmp(hosts->key[i], host) == 0)
			return hosts->v[i];
	return NULL;
}

static bool
usable(const char *token)
{
	const char *p = token;

	while (p != NULL && (unsigned char)*p > ' ' && (unsigned char)*p < 0x7f)
		p++;
	return p != NULL && p != token && *p == '\0';
}

static const char *
token_of(const struct val *host)
{
	const char *token = val_text(val_get(host, "oauth_token")), *user = val_text(val_get(host, "user"));

	/* Empty where the keyring has it. */
	if (!usable(token) && user != NULL)
		token = val_text(val_get(val_get(val_get(host, "users"), user), "oauth_token"));
	return usable(token) ? token : NULL;
}

int
gh_auth_file(const char *host, char *const *env, struct gh_credential *c)
{
	struct err ignored = { 0 };
	struct yaml y = { 0 };
	struct buf text = { 0 };
	struct val *hosts = NULL;
	struct stat st;
	const char *token;
	char *named = place(env), *real = named != NULL ? path_absolute(named, &ignored) : NULL;

	/* A message of the parser would have the line in it. */
	if (real == NULL || fs_read(AT_FDCWD, real, FILE_MAX_BYTES, &text, &ignored) != 0 ||
	    yaml_parse(&y, buf_str(&text), text.len, "hosts.yml", &ignored) == -1)
		goto done;
	hosts = y.root != NULL ? yaml_value(y.root) : NULL;
	yaml_release(&y);
	token = token_of(host_of(hosts, host));
	if (token == NULL)
		goto done;
	c->token = xstrdup(token);
	c->source = xstrdup(named);
	if (stat(real, &st) == -1)
		goto done;
	if ((st.st_mode & 077) != 0)
		c->note = xasprintf("'%s' has a token and can be read by others (mode %03o): chmod 600 it", named,
		    (unsigned)st.st_mode & 0777);
	else if (st.st_uid != geteuid())
		c->note = xasprintf("'%s' has the token and belongs to another user", named);
done:
	val_free(hosts);
	buf_release(&text);
	free(named);
	free(real);
	return c->token != NULL;
}
