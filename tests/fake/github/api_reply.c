#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/json.h"

#define DOCS "https://docs.github.com/rest"
#define SECONDARY_SECONDS 60

void
api_json(struct call *c, int status, struct val *v)
{
	buf_cut(&c->r->body, 0);
	c->r->status = status;
	json_print(&c->r->body, v);
	val_free(v);
	c->html = false;
}

void
api_empty(struct call *c)
{
	buf_cut(&c->r->body, 0);
	c->r->status = 204;
}

void
api_html(struct call *c, int status, const char *text)
{
	buf_cut(&c->r->body, 0);
	c->r->status = status;
	buf_puts(&c->r->body, text);
	c->html = true;
}

static struct val *
problem(int status, const char *message)
{
	struct val *v = val_map();
	char text[16];

	snprintf(text, sizeof text, "%d", status);
	store_put(v, "message", message);
	store_put(v, "documentation_url", DOCS);
	store_put(v, "status", text);
	return v;
}

void
api_fail(struct call *c, int status, const char *fmt, ...)
{
	va_list ap;
	char *message;

	va_start(ap, fmt);
	if (vasprintf(&message, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	api_json(c, status, problem(status, message));
	free(message);
}

void
api_invalid(struct call *c, const char *resource, const char *field, const char *code, const char *message)
{
	struct val *v = problem(422, "Validation Failed"), *list = val_list(), *error = val_map();

	store_put(error, "resource", resource);
	store_put(error, "code", code);
	store_put(error, "field", field);
	if (message)
		store_put(error, "message", message);
	val_push(list, error);
	val_put(v, "errors", list);
	api_json(c, 422, v);
}

void
api_denied(struct call *c, const char *permissions)
{
	http_put(c->r, "X-Accepted-GitHub-Permissions", "%s", permissions);
	api_fail(c, 403, "Resource not accessible by personal access token");
}

void
api_limit(struct call *c, enum api_limit kind, int status, int64_t seconds, bool date)
{
	int64_t now = store_now(c->s), until = now + seconds;
	char text[64];

	switch (kind) {
	case API_PRIMARY:
		if (c->token) {
			store_put_int(c->token, "used", store_int(c->token, "limit"));
			if (seconds > 0)
				store_put_int(c->token, "reset", until);
			until = store_int(c->token, "reset");
		}
		api_fail(c, status, "API rate limit exceeded for user ID 1.");
		break;
	case API_RETRY_AFTER:
		if (date) {
			api_date(until, text);
			http_put(c->r, "Retry-After", "%s", text);
		} else
			http_put(c->r, "Retry-After", "%" PRId64, seconds);
		api_fail(c, status, "You have exceeded a secondary rate limit. Please wait a few minutes "
		    "before you try again.");
		break;
	case API_SECONDARY:
		until = now + (seconds > 0 ? seconds : SECONDARY_SECONDS);
		api_fail(c, status, "You have exceeded a secondary rate limit. Please wait a few minutes "
		    "before you try again.");
		break;
	}
	if (c->token && until > store_int(c->token, "penalty"))
		store_put_int(c->token, "penalty", until);
}

const char *
api_query(const struct call *c, const char *name)
{
	return store_text(c->query, name);
}

int64_t
api_query_int(const struct call *c, const char *name, int64_t otherwise)
{
	int64_t n = otherwise;

	num_int(api_query(c, name), 0, INT64_MAX, &n);
	return n;
}

void
api_date(int64_t t, char out[64])
{
	time_t at = (time_t)t;
	struct tm tm;

	if (!gmtime_r(&at, &tm) || strftime(out, 64, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		*out = '\0';
}

struct val *
api_parse(const char *text, size_t len)
{
	struct err e = { 0 };

	return json_parse(text, len, &e);
}

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 32) : NULL;

	if (c >= '0' && c <= '9')
		return c - '0';
	return at && c >= 'A' ? (int)(at - digits) : -1;
}

char *
api_decode(const char *s, size_t len, bool plus)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			buf_putc(&b, (char)(hex(s[i + 1]) << 4 | hex(s[i + 2])));
			i += 2;
		} else
			buf_putc(&b, plus && s[i] == '+' ? ' ' : s[i]);
	}
	if (!b.data)
		buf_puts(&b, "");
	return buf_detach(&b);
}
