#include "net/gh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "net/gh_impl.h"
#include "net/http.h"

#define PAUSE_MS 1000		/* before the second try, twice as long before the third */
#define API_VERSION "2022-11-28"

int
gh_open(struct gh **out, const struct gh_options *opts, struct err *e)
{
	struct gh *g = xcalloc(1, sizeof *g);

	g->backoff.dirfd = -1;
	g->opts = *opts;
	g->opts.host = xstrdup(opts->host);
	g->opts.token = xstrdup(opts->token);
	g->opts.token_source = xstrdup(opts->token_source ? opts->token_source : "the configuration");
	if (gh_find_bases(g, e) == -1 || (g->http = http_new(e)) == NULL ||
	    backoff_open(&g->backoff, g->opts.host, g->opts.token, e) == -1) {
		gh_close(g);
		return -1;
	}
	*out = g;
	return 0;
}

/* What is const to others is ours here. */
static void
forget(const char *text)
{
	char *own;

	memcpy(&own, &text, sizeof own);
	if (own != NULL)
		explicit_bzero(own, strlen(own));
	free(own);
}

void
gh_close(struct gh *g)
{
	if (g == NULL)
		return;
	http_free(g->http);
	backoff_close(&g->backoff);
	forget(g->opts.token);
	forget(g->opts.token_source);
	forget(g->opts.host);
	free(g->api);
	free(g->graphql);
	free(g->origin);
	free(g);
}

struct http_bounds *
gh_bounds(struct gh *g)
{
	return http_bounds(g->http);
}

static void
rest(struct gh *g, int64_t ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	if (ms <= 0)
		return;
	if (g->opts.pause != NULL)
		g->opts.pause(g->opts.pause_arg, ms);
	else if (getenv("ORCH_TEST_NOW") == NULL)
		while (nanosleep(&left, &left) == -1 && errno == EINTR)
			;
}

/* Half to one and a half of it, so that processes that failed together do not come back together. */
static int64_t
jitter(int64_t ms)
{
	return ms / 2 + (int64_t)num_random() % ms;
}

static void
headers(const struct gh *g, const struct gh_call *c, struct vec_str *list)
{
	vec_str_push(list, "User-Agent: orch/" ORCH_VERSION);
	vec_str_push(list, "Accept: application/vnd.github+json");
	vec_str_push(list, "X-GitHub-Api-Version: " API_VERSION);
	vec_str_take(list, xasprintf("Authorization: Bearer %s", g->opts.token));
	if (c->body != NULL)
		vec_str_push(list, "Content-Type: application/json");
	if (c->etag != NULL)
		vec_str_take(list, xasprintf("If-None-Match: %s", c->etag));
	vec_str_argv(list);
}

/* "API/repositories/17" and what follows -> 17; 0: it is another URL. */
static int64_t
repo_of(const struct gh *g, const char *url)
{
	char *base = xasprintf("%s/repositories/", g->api);
	int64_t id = str_starts(url, base) ? strtoll(url + strlen(base), NULL, 10) : 0;

	free(base);
	return id;
}

/* A repository that was renamed is told by its number; an issue that was taken to another one,
 * by the number of that. */
static bool
may_write_to(const struct gh *g, const char *asked, const char *url)
{
	int64_t id = repo_of(g, asked);

	return g->repo_id == 0 || repo_of(g, url) == (id != 0 ? id : g->repo_id);
}

/* Where a reply sends us, if it is of our origin; NULL otherwise. */
static char *
follow(const struct gh *g, const struct gh_call *c, const char *url, const struct http_reply *reply)
{
	const char *location = http_header(reply, "location");
	struct err ignored = { 0 };
	char *to, *origin = NULL;

	if (location == NULL || (to = http_resolve(url, location, &ignored)) == NULL)
		return NULL;
	if ((origin = http_origin(to, &ignored)) == NULL || strcmp(origin, g->origin) != 0 ||
	    (c->write && !may_write_to(g, c->url, to))) {
		free(to);
		to = NULL;
	}
	free(origin);
	return to;
}

static bool
redirects(int status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

static void
told(const struct gh *g, const struct gh_call *c, const char *url, const struct http_reply *reply, int64_t ms)
{
	gh_log(g, LOG_DEBUG, "%s %s %d %lld ms, %zu bytes", c->method, url, reply->status, (long long)ms,
	    reply->body.len);
}

/* Sends it once, to where it belongs in the end. */
static int
send_once(struct gh *g, const struct gh_call *c, struct gh_answer *a, struct err *e)
{
	struct http_wish wish = { .method = c->method, .body = c->body, .size = c->size, .write = c->write };
	struct http_reply reply = { 0 };
	struct vec_str list = { 0 };
	struct err why = { 0 };
	char *url = xstrdup(c->url), *to;
	enum http_fate fate;
	int64_t from;
	int r;

	headers(g, c, &list);
	wish.headers = (const char *const *)list.v;
	for (int hop = 0;; hop++) {
		wish.url = url;
		from = clock_mono();
		fate = http_ask(g->http, &wish, &reply, &why);
		if (fate == HTTP_UNSENT && why.code == ERR_CONFIG)
			break;
		g->requests++;
		g->billed += fate == HTTP_ANSWERED && reply.status != 304;
		g->writes += c->write;
		told(g, c, url, &reply, clock_mono() - from);
		if (fate != HTTP_ANSWERED || !redirects(reply.status) || hop == GH_HOPS ||
		    (to = follow(g, c, url, &reply)) == NULL)
			break;
		free(url);
		url = to;
	}
	if (fate == HTTP_UNSENT && why.code == ERR_CONFIG) {
		*e = why;
		r = -1;
	} else
		r = gh_judge(g, c, url, fate, &reply, why.msg, a, e);
	if (r == 0 && strcmp(url, c->url) != 0)
		a->moved = xstrdup(url);
	for (size_t i = 0; i < list.n; i++)
		explicit_bzero(list.v[i], strlen(list.v[i]));
	vec_str_release(&list);
	http_reply_release(&reply);
	free(url);
	return r;
}

/* 1: it has to wait, as the answer says. */
static int
must_wait(struct gh *g, const struct gh_call *c, struct gh_answer *a, struct err *e)
{
	int64_t now = clock_now_ms(), until;
	unsigned int before;
	char text[CLOCK_MAX];

	if (backoff_look(&g->backoff, c->resource, now, &until, &before, e) == -1)
		return -1;
	if (until == 0)
		return 0;
	a->end = GH_LIMITED;
	a->until = until;
	clock_format((until + 999) / 1000, text);
	gh_why(g, a, "limited by GitHub until %s", text);
	return 1;
}

/* Waits for its place among the writes of all processes; 1: there is none now. */
static int
take_turn(struct gh *g, struct gh_answer *a, struct err *e)
{
	int64_t now = clock_now_ms(), at;
	char text[CLOCK_MAX];
	int r = backoff_turn(&g->backoff, now, g->opts.write_interval_ms, &at, e);

	if (r == 0)
		rest(g, at - now);
	if (r != 1)
		return r;
	a->end = GH_LIMITED;
	a->until = at;
	clock_format((at + 999) / 1000, text);
	gh_why(g, a, "%d writes in an hour are enough, more from %s on", BACKOFF_HOUR_MAX, text);
	return 1;
}

int
gh_carry(struct gh *g, const struct gh_call *c, struct gh_answer *a, struct err *e)
{
	int tries = c->write ? 1 : GH_TRIES, r;

	for (int i = 0;; i++) {
		gh_answer_release(a);
		/* Before its turn, which is not taken in vain, and after waiting for it. */
		if ((r = must_wait(g, c, a, e)) == 0 && c->write && g->opts.write_interval_ms > 0 &&
		    (r = take_turn(g, a, e)) == 0)
			r = must_wait(g, c, a, e);
		if (r == 0)
			r = send_once(g, c, a, e);
		if (r != 0 || a->end != GH_DOWN || i + 1 >= tries)
			break;
		rest(g, jitter(PAUSE_MS << i));
	}
	if (r == -1)
		gh_answer_release(a);
	return r == -1 ? -1 : 0;
}

/* The absolute URL of a path or of such a URL; NULL with an error. */
static char *
absolute(const struct gh *g, const char *path, struct err *e)
{
	char *origin;
	bool same;

	if (*path == '/')
		return xasprintf("%s%s", g->api, path);
	if ((origin = http_origin(path, e)) == NULL)
		return NULL;
	same = strcmp(origin, g->origin) == 0;
	free(origin);
	if (same)
		return xstrdup(path);
	err_set(e, ERR_INVALID, "a URL that is not of %s", g->origin);
	return NULL;
}

static const char *
resource(const struct gh *g, const char *url)
{
	size_t base = strlen(g->api);

	return strncmp(url, g->api, base) == 0 && str_starts(url + base, "/search/") ? "search" : "core";
}

static int
rest_call(struct gh *g, struct gh_call *c, const char *path, struct gh_answer *a, struct err *e)
{
	/* The path may be a->next. */
	char *url = absolute(g, path, e);
	int r = -1;

	if (url != NULL) {
		c->url = url;
		c->resource = resource(g, url);
		r = gh_carry(g, c, a, e);
	} else
		gh_answer_release(a);
	free(url);
	return r;
}

int
gh_get(struct gh *g, const char *path, enum gh_want want, const char *etag, struct gh_answer *a, struct err *e)
{
	char *own = etag != NULL ? xstrdup(etag) : NULL;
	struct gh_call c = { .method = "GET", .etag = own, .want = want };
	int r = rest_call(g, &c, path, a, e);

	free(own);
	return r;
}

int
gh_write(struct gh *g, const char *method, const char *path, const struct val *body, struct gh_answer *a,
    struct err *e)
{
	struct gh_call c = { .method = method, .want = GH_ANY, .write = true };
	struct buf text = { 0 };
	int r;

	if (g->opts.read_only)
		xabort("a %s to GitHub in a dry run", method);
	if (body != NULL) {
		json_print(&text, body);
		c.body = text.data;
		c.size = text.len;
	}
	r = rest_call(g, &c, path, a, e);
	buf_release(&text);
	return r;
}

void
gh_path_part(struct buf *b, const char *s)
{
	/* A part that is "." or ".." would be none. */
	bool dots = strcmp(s, ".") == 0 || strcmp(s, "..") == 0;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
		    c == '_' ||
		    c == '~' || (c == '.' && !dots))
			buf_putc(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

void
gh_answer_release(struct gh_answer *a)
{
	val_free(a->body);
	free(a->etag);
	free(a->next);
	free(a->moved);
	*a = (struct gh_answer){ .end = GH_DOWN };
}

const char *
gh_end_name(enum gh_end end)
{
	static const char *const names[] = { "ok", "same", "refused", "missing", "gone", "invalid", "auth", "legal",
		"limited", "unsure", "down", "elsewhere" };

	return names[end];
}
