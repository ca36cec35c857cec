/*
 * What a reply means: GitHub's statuses, headers and messages become an end.  Nothing here
 * sends anything.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "net/gh_impl.h"
#include "net/limit.h"

/*
 * One parameter of a link, from behind its ';': moves *s behind it, -1 if it has no end.
 * *rel says if it is a rel, *next if one with "next" in it.
 */
static int
parameter(const char **s, bool *rel, bool *next)
{
	const char *name = *s + strspn(*s, " \t"), *p = name + strcspn(name, " \t=;,"), *value;
	size_t len;

	*rel = p - name == 3 && strncasecmp(name, "rel", 3) == 0;
	*next = false;
	*s = p += strspn(p, " \t");
	if (*p != '=')
		return 0;
	p++;
	p += strspn(p, " \t");
	value = *p == '"' ? p + 1 : p;
	if (*p == '"') {
		for (p++; *p != '\0' && *p != '"'; p++)
			p += *p == '\\' && p[1] != '\0';
		if (*p == '\0')
			return -1;
		len = (size_t)(p++ - value);
	} else
		p += len = strcspn(p, " \t;,");
	for (size_t i = 0; *rel && i < len; i += 1 + strcspn(value + i, " \""))
		*next |= len - i >= 4 && strncasecmp(value + i, "next", 4) == 0 &&
		    (len - i == 4 || value[i + 4] == ' ');
	*s = p + strspn(p, " \t");
	return 0;
}

int
gh_next(const char *link, const char *url, char **next)
{
	struct err ignored = { 0 };

	*next = NULL;
	for (const char *p = link;;) {
		bool found = false, rel, is_next, rel_seen = false;
		const char *target, *end;

		p += strspn(p, " \t,");
		if (*p == '\0')
			return 1;
		if (*p != '<' || (end = strchr(p, '>')) == NULL)
			return -1;
		target = p + 1;
		p = end + 1 + strspn(end + 1, " \t");
		while (*p == ';') {
			p++;
			if (parameter(&p, &rel, &is_next) == -1)
				return -1;
			/* Of several the first counts (RFC 8288 3.3). */
			found |= is_next && !rel_seen;
			rel_seen |= rel;
		}
		if (*p != ',' && *p != '\0')
			return -1;
		if (found) {
			char *reference = xstrndup(target, (size_t)(end - target));

			*next = http_resolve(url, reference, &ignored);
			free(reference);
			return *next != NULL ? 0 : -1;
		}
	}
}

/* "application/json; charset=utf-8", "application/vnd.github+json" */
static bool
is_json(const struct http_reply *reply)
{
	const char *type = http_header(reply, "content-type");
	size_t len = type != NULL ? strcspn(type, "; \t,") : 0;

	if (len == 16 && strncasecmp(type, "application/json", 16) == 0)
		return true;
	return len > 17 && strncasecmp(type, "application/", 12) == 0 && strncasecmp(type + len - 5, "+json", 5) == 0;
}

/* The body as a value, of whatever status.  NULL: there is none to be believed, and why. */
static struct val *
parse(const struct http_reply *reply, struct err *why)
{
	static const struct json_bounds bounds = { .text = HTTP_BODY_MAX, .values = GH_VALUES_MAX, .nul = true };
	struct val *v;

	if (!is_json(reply)) {
		err_set(why, ERR_INVALID, "the reply is not JSON");
		return NULL;
	}
	v = json_parse_within(buf_str(&reply->body), reply->body.len, &bounds, why);
	if (v == NULL)
		err_prefix(why, "the reply is not valid JSON");
	return v;
}

static bool
wanted(const struct val *body, enum gh_want want)
{
	switch (want) {
	case GH_MAP:
		return body != NULL && body->kind == VAL_MAP;
	case GH_LIST:
		return body != NULL && body->kind == VAL_LIST;
	case GH_ANY:
		break;
	}
	return body == NULL || body->kind == VAL_MAP || body->kind == VAL_LIST;
}

/* Of a status that is no success and no limit. */
static enum gh_end
refusal(int status, bool write)
{
	switch (status) {
	case 304:
		return GH_SAME;
	case 401:
		return GH_AUTH;
	case 403:
		return GH_REFUSED;
	case 404:
		return GH_MISSING;
	case 410:
		return GH_GONE;
	case 451:
		return GH_LEGAL;
	case 408:	/* the server waited for the rest of the request, it says */
	case 425:
		break;
	default:
		if (status / 100 == 4)
			return GH_INVALID;
		if (status / 100 == 3)
			return GH_ELSEWHERE;
	}
	return write ? GH_UNSURE : GH_DOWN;
}

/* The name of a resource as GitHub sends it, else that of the call. */
static const char *
resource_of(const struct gh_call *c, const struct http_reply *reply)
{
	const char *name = http_header(reply, "x-ratelimit-resource");

	if (name == NULL || *name == '\0' || strlen(name) > 40 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz_") != strlen(name) || strcmp(name, BACKOFF_ALL) == 0)
		return c->resource;
	return name;
}

/* 1: it is a limit, and noted. */
static int
look_for_limit(struct gh *g, const struct gh_call *c, const struct http_reply *reply, const char *said, bool limited,
    struct gh_answer *a, struct err *e)
{
	struct limit_seen seen = { .status = reply->status, .message = said, .rate_limited = limited,
		.retry_after = http_header(reply, "retry-after"), .remaining = http_header(reply,
		    "x-ratelimit-remaining"),
		.reset = http_header(reply, "x-ratelimit-reset"), .date = http_header(reply, "date"),
		.now = clock_now_ms() };
	struct limit limit;
	const char *of;
	char text[CLOCK_MAX];
	int64_t ignored;

	if (backoff_look(&g->backoff, c->resource, seen.now, &ignored, &seen.before, e) == -1)
		return -1;
	limit = limit_judge(&seen);
	if (limit.kind == LIMIT_NONE)
		return 0;
	of = limit.kind == LIMIT_SPENT || limit.kind == LIMIT_PRIMARY ? resource_of(c, reply) : BACKOFF_ALL;
	if (backoff_note(&g->backoff, of, seen.now, limit.until, limit.kind == LIMIT_SECONDARY, e) == -1)
		return -1;
	a->until = limit.until;
	clock_format((limit.until + 999) / 1000, text);
	gh_log(g, LOG_WARN, "limited (%s) until %s: status %d", of, text, reply->status);
	if (limit.kind == LIMIT_SPENT) {
		a->until = 0;
		return 0;
	}
	gh_why(g, a, "limited by GitHub until %s%s%s (HTTP %d)", text, *said != '\0' ? ": " : "", said, reply->status);
	return 1;
}

/* Said once in a run. */
static void
notice(struct gh *g, const char *url, const struct http_reply *reply)
{
	const char *deprecation = http_header(reply, "deprecation"), *sunset = http_header(reply, "sunset");
	const char *sso = http_header(reply, "x-github-sso");

	if ((deprecation != NULL || sunset != NULL) && !g->told_deprecated) {
		g->told_deprecated = true;
		gh_log(g, LOG_WARN, "deprecated: %s (deprecation %s, sunset %s)", url, deprecation ? deprecation : "-",
		    sunset ? sunset : "-");
	}
	if (sso != NULL && str_starts(sso, "partial-results") && !g->told_partial) {
		g->told_partial = true;
		gh_log(g, LOG_WARN, "a list is not whole, the token is not authorized for SSO: %s", sso);
	}
}

/* The next page, which has to be of our origin: a list that ends early would look whole. */
static void
take_next(const struct gh *g, const char *url, const struct http_reply *reply, struct gh_answer *a)
{
	const char *link = http_header(reply, "link");
	struct err ignored = { 0 };
	char *next = NULL, *origin;
	int r = link != NULL ? gh_next(link, url, &next) : 1;

	if (r == 1)
		return;
	origin = r == 0 ? http_origin(next, &ignored) : NULL;
	if (r == -1 || strcmp(next, url) == 0) {
		a->end = GH_DOWN;
		gh_why(g, a, "the next page makes no sense");
	} else if (origin == NULL || strcmp(origin, g->origin) != 0) {
		a->end = GH_ELSEWHERE;
		gh_why(g, a, "the next page is not at %s", g->origin);
	} else {
		a->next = next;
		next = NULL;
	}
	free(origin);
	free(next);
}

/* A success by its status: is the body what was asked for? */
static void
accept(struct gh *g, const struct gh_call *c, const char *url, const struct http_reply *reply,
    const struct err *bad, struct gh_answer *a)
{
	bool none = reply->status == 204 || reply->status == 205;

	if ((a->body == NULL && !none) || !wanted(a->body, c->want)) {
		a->end = c->write ? GH_UNSURE : GH_DOWN;
		gh_why(g, a, "%s (HTTP %d)", a->body != NULL || none ? "the reply is not what was asked for" : bad->msg,
		    reply->status);
		return;
	}
	a->end = GH_OK;
	if (!c->write && !c->graphql)
		take_next(g, url, reply, a);
}

static int
judge_reply(struct gh *g, const struct gh_call *c, const char *url, const struct http_reply *reply,
    struct gh_answer *a, struct err *e)
{
	const char *date = http_header(reply, "date"), *etag = http_header(reply, "etag");
	struct err bad = { 0 };
	struct buf said = { 0 };
	bool success = reply->status / 100 == 2, limited = false;
	enum gh_end end;
	int r;

	a->status = reply->status;
	if (date != NULL)
		limit_date(date, &a->date);
	if (etag != NULL && *etag != '\0')
		a->etag = xstrdup(etag);
	if (reply->body.len > 0)
		a->body = parse(reply, &bad);
	else
		err_set(&bad, ERR_INVALID, "the reply is empty");
	a->end = refusal(reply->status, c->write);
	if (success)
		accept(g, c, url, reply, &bad, a);
	if (c->graphql && a->body != NULL && a->body->kind == VAL_MAP) {
		end = gh_graphql_end(a->body, c->write, &limited);
		if (success)
			a->end = end;
	}
	if (!success || c->graphql)
		gh_said(&said, a->body);
	notice(g, url, reply);
	r = look_for_limit(g, c, reply, buf_str(&said), limited, a, e);
	/* After a gateway's error nobody knows, whatever it says about waiting. */
	if (r == 1 && !(c->write && reply->status >= 500))
		a->end = GH_LIMITED;
	else if (r == 1)
		a->until = 0;
	else if (a->end != GH_OK && a->end != GH_SAME && a->why[0] == '\0')
		gh_explain(g, reply, buf_str(&said), a);
	buf_release(&said);
	return r == -1 ? -1 : 0;
}

int
gh_judge(struct gh *g, const struct gh_call *c, const char *url, enum http_fate fate, const struct http_reply *reply,
    const char *why, struct gh_answer *a, struct err *e)
{
	if (fate == HTTP_ANSWERED && (reply->status < 300 || reply->status > 399 || reply->status == 304))
		return judge_reply(g, c, url, reply, a, e);
	a->status = reply->status;
	if (fate == HTTP_ANSWERED) {
		a->end = GH_ELSEWHERE;
		gh_why(g, a, "redirected too often, or away from %s (HTTP %d)", g->origin, reply->status);
	} else {
		a->end = c->write && fate == HTTP_UNSURE ? GH_UNSURE : GH_DOWN;
		gh_why(g, a, "%s", why);
	}
	return 0;
}
