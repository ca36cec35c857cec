#include "api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/str.h"
#include "check.h"
#include "control.h"
#include "faults.h"
#include "routes.h"

#define LOG_MAX 100000
#define HOUR 3600

static const char *const versions[] = { "2022-11-28", "2026-03-10" };

/* The path without the prefix of an Enterprise Server, cut at its slashes. */
static void
split_path(struct call *c)
{
	const char *at = c->q->path;
	size_t n;

	if (str_starts(at, "/api/v3/"))
		at += strlen("/api/v3");
	c->graphql = strcmp(at, "/graphql") == 0 || strcmp(at, "/api/graphql") == 0;
	while (*at == '/' && c->parts < API_PARTS) {
		n = strcspn(++at, "/");
		c->part[c->parts++] = api_decode(at, n, false);
		at += n;
	}
}

static void
split_query(struct call *c)
{
	const char *at = c->q->query ? c->q->query : "";
	size_t n, name;
	char *key, *value;

	c->query = val_map();
	for (; *at; at += n + (at[n] == '&')) {
		n = strcspn(at, "&");
		name = strcspn(at, "=&");
		key = api_decode(at, name, true);
		value = name < n ? api_decode(at + name + 1, n - name - 1, true) : xstrdup("");
		if (*key)
			store_put(c->query, key, value);
		free(key);
		free(value);
	}
}

/* Who asks.  The window of the limit begins anew when it is over. */
static void
identify(struct call *c)
{
	const char *value = http_get(c->q, "authorization");
	int64_t now = store_now(c->s);

	if (value && strncasecmp(value, "bearer ", 7) == 0)
		c->token = store_token(c->s, value + 7);
	else if (value && strncasecmp(value, "token ", 6) == 0)
		c->token = store_token(c->s, value + 6);
	if (!c->token)
		return;
	c->login = store_text(c->token, "login");
	if (now >= store_int(c->token, "reset")) {
		store_put_int(c->token, "used", 0);
		store_put_int(c->token, "graphql_used", 0);
		store_put_int(c->token, "reset", now + HOUR);
	}
}

static void
set_base(struct call *c)
{
	const char *host = http_get(c->q, "host");

	snprintf(c->s->base, sizeof c->s->base, "http://%.100s%s", host ? host : "127.0.0.1",
	    str_starts(c->q->path, "/api/v3/") ? "/api/v3" : "");
}

static bool
version_known(const char *version)
{
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (strcmp(versions[i], version) == 0)
			return true;
	return false;
}

/* What is refused before anybody looks at the path.  True: go on. */
static bool
gate(struct call *c)
{
	const char *agent = http_get(c->q, "user-agent"), *version = http_get(c->q, "x-github-api-version");
	int64_t now = store_now(c->s);
	bool writes = strcmp(c->q->method, "GET") != 0;

	if (!agent || !*agent)
		api_html(c, 403, "<html><body>Request forbidden by administrative rules. Please make sure "
		    "your request has a User-Agent header.</body></html>");
	else if (http_get(c->q, "authorization") && !c->token)
		api_fail(c, 401, "Bad credentials");
	else if (version && !c->graphql && strcmp(version, "2018-01-01") == 0)
		api_fail(c, 410, "The API version %s is retired.", version);
	else if (version && !c->graphql && !version_known(version))
		api_fail(c, 400, "The requested API version '%s' is not supported.", version);
	else if (writes && !c->q->has_length && strcmp(c->q->method, "DELETE") != 0)
		api_fail(c, 411, "Length Required");
	else if (c->token && !c->graphql && store_int(c->token, "used") >= store_int(c->token, "limit") &&
	    strcmp(c->q->path, "/rate_limit") != 0)
		api_limit(c, API_PRIMARY, 403, 0, false);
	else if (c->token && now < store_int(c->token, "penalty"))
		api_limit(c, API_RETRY_AFTER, 403, store_int(c->token, "penalty") - now, false);
	else
		return true;
	return false;
}

/* So many POSTs in a window, if an option says so. */
static bool
within_creations(struct call *c)
{
	int64_t most = store_option(c->s, "create_limit", 0), now = store_now(c->s), since;

	if (most <= 0 || !c->token || c->graphql || strcmp(c->q->method, "POST") != 0)
		return true;
	since = store_int(c->token, "create_since");
	if (now - since >= store_option(c->s, "create_window", HOUR)) {
		store_put_int(c->token, "create_since", now);
		store_put_int(c->token, "created", 0);
	}
	if (store_int(c->token, "created") >= most) {
		api_limit(c, API_SECONDARY, 403, 60, false);
		return false;
	}
	store_put_int(c->token, "created", store_int(c->token, "created") + 1);
	return true;
}

/* Serves it from repositories as they once were. */
static void
answer_stale(struct call *c)
{
	const char *name = store_text(c->fault, "snapshot");
	int64_t ago = val_number(val_get(c->fault, "writes"), 1);
	struct val *now = val_get(c->s->state, "repos"), *old = val_get(c->f->snapshots, name);
	size_t slot = 0;

	for (size_t i = 0; !*name && i < c->s->kept_n; i++)
		if (c->s->kept_write[i] <= c->s->writes - ago)
			old = c->s->kept[i];
	if (!old) {
		route_answer(c);
		return;
	}
	while (strcmp(c->s->state->key[slot], "repos") != 0)
		slot++;
	c->s->state->v[slot] = old;
	route_answer(c);
	c->s->state->v[slot] = now;
}

static void
answer(struct call *c)
{
	if (!within_creations(c))
		return;
	if (strcmp(c->q->method, "GET") != 0 && !c->graphql && store_option(c->s, "tick", 0) > 0)
		store_put_int(c->s->state, "now", store_now(c->s) + store_option(c->s, "tick", 0));
	if (c->fault && strcmp(store_text(c->fault, "kind"), "stale") == 0)
		answer_stale(c);
	else
		route_answer(c);
}

/* 64 bits of FNV-1a, of the body and of who asks. */
static uint64_t
fingerprint(const struct call *c)
{
	const char *token = store_text(c->token, "token");
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *token; token++)
		h = (h ^ (unsigned char)*token) * UINT64_C(1099511628211);
	for (size_t i = 0; i < c->r->body.len; i++)
		h = (h ^ (unsigned char)c->r->body.data[i]) * UINT64_C(1099511628211);
	return h;
}

static void
put_etag(struct call *c)
{
	const char *match = http_get(c->q, "if-none-match");
	char etag[48];

	if (c->r->status != 200 || c->html || strcmp(c->q->method, "GET") != 0 ||
	    strcmp(c->q->path, "/rate_limit") == 0)
		return;
	snprintf(etag, sizeof etag, "W/\"%016" PRIx64 "%08zx\"", fingerprint(c), c->r->body.len);
	http_put(c->r, "ETag", "%s", etag);
	if (match && strcmp(match, etag) == 0) {
		c->r->status = 304;
		buf_cut(&c->r->body, 0);
	}
}

static void
bill(struct call *c)
{
	const char *key = c->graphql ? "graphql_used" : "used";

	c->billed = c->r->status != 304 && c->token && strcmp(c->q->path, "/rate_limit") != 0;
	if (c->billed && store_int(c->token, key) < store_int(c->token, "limit"))
		store_put_int(c->token, key, store_int(c->token, key) + 1);
}

static void
put_limits(struct call *c)
{
	int64_t limit = c->token ? store_int(c->token, "limit") : 60;
	int64_t used = store_int(c->token, c->graphql ? "graphql_used" : "used");
	int64_t reset = c->token ? store_int(c->token, "reset") : store_now(c->s) + HOUR;

	if (!store_option(c->s, "rate_headers", 1))
		return;
	http_put(c->r, "X-RateLimit-Limit", "%" PRId64, limit);
	http_put(c->r, "X-RateLimit-Remaining", "%" PRId64, limit > used ? limit - used : 0);
	http_put(c->r, "X-RateLimit-Used", "%" PRId64, used);
	http_put(c->r, "X-RateLimit-Reset", "%" PRId64, reset);
	http_put(c->r, "X-RateLimit-Resource", "%s", c->graphql ? "graphql" : "core");
}

static void
finish(struct call *c)
{
	const char *type = c->fault && strcmp(store_text(c->fault, "kind"), "content-type") == 0 ?
	    store_text(c->fault, "value") : c->html ? "text/html" : "application/json; charset=utf-8";
	char date[64];

	put_etag(c);
	bill(c);
	api_date(store_now(c->s), date);
	http_put(c->r, "Date", "%s", date);
	http_put(c->r, "Server", "github.com");
	if (c->r->status != 204 && c->r->status != 304)
		http_put(c->r, "Content-Type", "%s", type);
	http_put(c->r, "X-GitHub-Request-Id", "FAKE:%" PRId64, c->n);
	if (!c->html)
		http_put(c->r, "X-GitHub-Media-Type", "github.v3; format=json");
	if (c->token && val_get(c->token, "scopes")) {
		const struct val *scopes = val_get(c->token, "scopes");
		struct buf all = { 0 };

		for (size_t i = 0; i < scopes->n; i++)
			buf_printf(&all, "%s%s", i ? ", " : "", scopes->v[i]->s);
		http_put(c->r, "X-OAuth-Scopes", "%s", buf_str(&all));
		buf_release(&all);
	}
	if (c->r->status != 401)
		put_limits(c);
}

/* Notes the request: a line of its own, or that of a request that was held. */
static void
note(struct call *c)
{
	struct val *v = c->q->again ? store_find(c->f->log, "n", c->n) : NULL;
	struct buf body = { 0 };
	bool sent = !c->r->no_reply && (c->r->end == HTTP_KEEP || c->r->end == HTTP_CLOSE);

	if (!v) {
		v = val_map();
		store_put_int(v, "n", c->n);
		val_push(c->f->log, v);
	}
	store_put(v, "method", c->q->method);
	store_put(v, "path", c->q->path);
	store_put(v, "query", c->q->query ? c->q->query : "");
	store_put_int(v, "status", sent ? c->r->status : 0);
	val_put(v, "billed", val_bool(c->billed));
	store_put(v, "token", *store_text(c->token, "name") ? store_text(c->token, "name") : c->login ? c->login : "");
	str_clean(&body, c->q->body ? c->q->body : "", c->q->length);
	val_put(v, "body", c->body ? val_copy(c->body) : val_str(buf_str(&body)));
	val_put(v, "time", val_int(store_now(c->s)));
	store_put_int(v, "connection", c->q->connection);
	store_put_int(v, "nth", c->q->nth);
	val_put(v, "etag", val_bool(http_get(c->q, "if-none-match") != NULL));
	val_put(v, "fault", c->fault ? val_str(store_text(c->fault, "kind")) : val_null());
	if (c->f->log->n > LOG_MAX)
		store_remove(c->f->log, 0);
	buf_release(&body);
}

/* A request that was held has its number already: the last on its connection. */
static int64_t
number(struct fake *f, const struct http_request *q)
{
	for (size_t i = f->log->n; q->again && i > 0; i--)
		if (store_int(f->log->v[i - 1], "connection") == q->connection)
			return store_int(f->log->v[i - 1], "n");
	return ++f->requests;
}

void
api_serve(void *fake, const struct http_request *q, struct http_reply *r)
{
	struct fake *f = fake;
	struct call c = { .f = f, .s = &f->store, .q = q, .r = r };

	if (str_starts(q->path, "/_fake/")) {
		control_serve(f, q, r);
		return;
	}
	c.n = number(f, q);
	split_path(&c);
	split_query(&c);
	c.body = q->length > 0 ? api_parse(q->body, q->length) : NULL;
	set_base(&c);
	identify(&c);
	if (!q->again) {
		check_request(&c);
		c.fault = fault_find(&c);
	}
	if (gate(&c) && !fault_before(&c)) {
		answer(&c);
		fault_after(&c);
	}
	if (r->end != HTTP_STALL && !r->no_reply && !r->again)
		finish(&c);
	note(&c);
	for (size_t i = 0; i < c.parts; i++)
		free(c.part[i]);
	val_free(c.query);
	val_free(c.body);
}
