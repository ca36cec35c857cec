/*
 * Where the API is: by the host's name, or as the environment says.  The token goes to that
 * origin and to no other, so what the environment may say has bounds.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "net/gh_impl.h"
#include "net/http.h"

/* "name", "name:port": letters, digits, dots and hyphens, nothing that a URL could take otherwise. */
static bool
plain_host(const char *host)
{
	size_t name = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
	const char *port = host + name;

	if (name == 0 || (*port != '\0' && *port != ':'))
		return false;
	return *port == '\0' || (port[1] != '\0' && strspn(port + 1, "0123456789") == strlen(port + 1));
}

static char *
without_slash(const char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return xstrndup(url, len);
}

/* What the host's name says. */
static void
default_bases(const char *host, char **api, char **graphql)
{
	size_t len = strlen(host);

	if (strcasecmp(host, "github.com") == 0)
		*api = xstrdup("https://api.github.com");
	else if (len > 8 && strcasecmp(host + len - 8, ".ghe.com") == 0)
		*api = xasprintf("https://api.%s", host);
	else {
		*api = xasprintf("https://%s/api/v3", host);
		*graphql = xasprintf("https://%s/api/graphql", host);
		return;
	}
	*graphql = xasprintf("%s/graphql", *api);
}

/* A base of the environment in the place of *url; 1 if there is one. */
static int
override(const char *name, char **url, struct err *e)
{
	const char *value = getenv(name);
	char *origin;

	if (value == NULL || *value == '\0')
		return 0;
	origin = http_origin(value, e);
	if (origin == NULL)
		return err_prefix(e, "%s", name);
	free(origin);
	if (strpbrk(value, "?#") != NULL)
		return err_set(e, ERR_CONFIG, "%s has more than a path", name);
	free(*url);
	*url = without_slash(value);
	return 1;
}

int
gh_find_bases(struct gh *g, struct err *e)
{
	char *own = NULL, *graphql = NULL;
	int r, given;

	if (!plain_host(g->opts.host))
		return err_set(e, ERR_CONFIG, "gh.host: not the name of a host");
	default_bases(g->opts.host, &g->api, &g->graphql);
	own = http_origin(g->api, e);
	given = own == NULL ? -1 : override("GITHUB_API_URL", &g->api, e);
	if (given == 1) {
		/* An Enterprise Server has them side by side. */
		bool server = str_ends(g->api, "/api/v3");

		free(g->graphql);
		g->graphql = xasprintf("%.*s/graphql", (int)(strlen(g->api) - (server ? strlen("/v3") : 0)), g->api);
	}
	r = given == -1 ? -1 : override("GITHUB_GRAPHQL_URL", &g->graphql, e);
	if (r != -1 && ((g->origin = http_origin(g->api, e)) == NULL ||
	    (graphql = http_origin(g->graphql, e)) == NULL))
		r = -1;
	if (r != -1 && strcmp(g->origin, graphql) != 0)
		r = err_set(e, ERR_CONFIG, "GITHUB_API_URL and GITHUB_GRAPHQL_URL are of two hosts");
	/* The token of one host is not for another; github.com is what stands there unasked. */
	if (r != -1 && strcasecmp(g->opts.host, "github.com") != 0 && strcmp(own, g->origin) != 0 &&
	    !http_loopback(g->origin))
		r = err_set(e, ERR_CONFIG, "GITHUB_API_URL is of another host than gh.host (%s)", g->opts.host);
	free(own);
	free(graphql);
	return r == -1 ? -1 : 0;
}
