#include "faults.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "doc/json.h"

#define HUGE_BODY (33 << 20)
#define HUGE_MAX (64 << 20)

static const char *const kinds[] = {
	"reset-before", "stall", "hold-before", "status", "html200", "redirect", "permission", "sso", "primary",
	"retry-after", "secondary", "empty-list", "stale", "graphql", "reset-after", "stall-after", "hold-after",
	"drop-after", "drop-reused", "reset-body", "truncated", "unknown-enum", "missing-members",
	"duplicate-keys", "bad-utf8", "huge-body", "content-type", "header",
};

bool
fault_known(const char *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static bool
is(const struct call *c, const char *kind)
{
	return c->fault && strcmp(store_text(c->fault, "kind"), kind) == 0;
}

static bool
path_fits(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);

	if (n == 0)
		return true;
	if (strpbrk(pattern, "*?["))
		return fnmatch(pattern, path, 0) == 0;
	if (pattern[n - 1] == '$')
		return strlen(path) == n - 1 && strncmp(path, pattern, n - 1) == 0;
	return strncmp(path, pattern, n) == 0;
}

/* What is behind the repository of a path, itself where there is none. */
static const char *
below(const char *path)
{
	int slashes = strncmp(path, "/repos/", 7) == 0 ? 3 : strncmp(path, "/repositories/", 14) == 0 ? 2 : 0;
	const char *at = path;

	for (; slashes > 0 && at; slashes--)
		at = strchr(at + 1, '/');
	return at ? at : "";
}

static bool
matches(const struct call *c, const struct val *fault)
{
	const char *method = store_text(fault, "method"), *pattern = store_text(fault, "path");
	const char *path = c->q->path, *token = store_text(fault, "token");

	if (strncmp(path, "/api/v3/", 8) == 0)
		path += 7;
	if (*method && strcmp(method, c->q->method) != 0)
		return false;
	if (*token && strcmp(token, store_text(c->token, "token")) != 0)
		return false;
	if (strcmp(store_text(fault, "kind"), "drop-reused") == 0 && c->q->nth == 1)
		return false;
	if (strcmp(store_text(fault, "kind"), "stale") == 0 && strcmp(c->q->method, "GET") != 0)
		return false;
	return path_fits(pattern, path) || path_fits(pattern, below(path));
}

struct val *
fault_find(struct call *c)
{
	struct val *found = NULL, *fault;
	int64_t times;

	for (size_t i = 0; i < c->f->faults->n; i++) {
		fault = c->f->faults->v[i];
		if (!matches(c, fault))
			continue;
		store_put_int(fault, "seen", store_int(fault, "seen") + 1);
		times = val_number(val_get(fault, "times"), 1);
		if (found || store_int(fault, "seen") < val_number(val_get(fault, "nth"), 1) ||
		    (times > 0 && store_int(fault, "struck") >= times))
			continue;
		store_put_int(fault, "struck", store_int(fault, "struck") + 1);
		found = fault;
	}
	return found;
}

/* Writes "held N" to the file, which stays open: in a FIFO it waits for its reader. */
static void
hold(struct call *c, bool again)
{
	const char *file = store_text(c->fault, "file");
	int fd = *file ? open(file, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600) : -1;

	if (fd != -1)
		dprintf(fd, "held %" PRId64 "\n", c->n);
	c->r->end = HTTP_HOLD;
	c->r->again = again;
	c->r->held = fd > 0 ? fd : 0;
}

static void
redirect(struct call *c)
{
	const char *to = store_text(c->fault, "to"), *path = c->q->path;
	int status = (int)val_number(val_get(c->fault, "status"), 307);

	if (strncmp(path, "/api/v3/", 8) == 0)
		path += 7;
	if (strcmp(to, "loop") == 0 || !*to)
		http_put(c->r, "Location", "%s%s%s%s", c->s->base, path, c->q->query ? "?" : "",
		    c->q->query ? c->q->query : "");
	else
		http_put(c->r, "Location", "%s", to);
	api_fail(c, status, "Moved Permanently");
}

static void
status(struct call *c)
{
	int code = (int)val_number(val_get(c->fault, "status"), 502);
	const char *message = store_text(c->fault, "message");

	if (val_truth(val_get(c->fault, "html"), code >= 500))
		api_html(c, code, "<html><body><h1>Unicorn!</h1>We had issues producing the response "
		    "to your request.</body></html>");
	else
		api_fail(c, code, "%s", *message ? message : code == 401 ? "Bad credentials" :
		    code == 404 ? "Not Found" : code == 410 ? "This issue was deleted" :
		    code == 451 ? "Repository access blocked" : "Something went wrong");
}

static void
graphql(struct call *c)
{
	struct val *v = val_map(), *list = val_list(), *error = val_map();
	const char *message = store_text(c->fault, "message");

	store_put(error, "type", store_text(c->fault, "type"));
	store_put(error, "message", *message ? message : "Something went wrong");
	val_push(list, error);
	val_put(v, "errors", list);
	api_json(c, 200, v);
}

static void
limit(struct call *c)
{
	int code = (int)val_number(val_get(c->fault, "status"), 403);
	int64_t seconds = val_number(val_get(c->fault, "seconds"), 60);

	if (is(c, "primary"))
		api_limit(c, API_PRIMARY, code, seconds, false);
	else if (is(c, "retry-after"))
		api_limit(c, API_RETRY_AFTER, code, seconds, val_truth(val_get(c->fault, "date"), false));
	else
		api_limit(c, API_SECONDARY, code, seconds, false);
}

bool
fault_before(struct call *c)
{
	if (is(c, "reset-before")) {
		c->r->end = HTTP_RESET;
		c->r->no_reply = true;
	} else if (is(c, "stall"))
		c->r->end = HTTP_STALL;
	else if (is(c, "hold-before"))
		hold(c, true);
	else if (is(c, "status") && !val_truth(val_get(c->fault, "after"), false))
		status(c);
	else if (is(c, "html200"))
		api_html(c, 200, "<html><body>Sign in to the network</body></html>");
	else if (is(c, "redirect"))
		redirect(c);
	else if (is(c, "permission"))
		api_denied(c, "issues=write");
	else if (is(c, "sso")) {
		http_put(c->r, "X-GitHub-SSO", "required; "
		    "url=https://github.test/orgs/acme/sso?authorization_request=A");
		api_fail(c, 403, "Resource protected by organization SAML enforcement.");
	} else if (is(c, "primary") || is(c, "retry-after") || is(c, "secondary"))
		limit(c);
	else if (is(c, "empty-list"))
		api_json(c, 200, val_list());
	else if (is(c, "graphql"))
		graphql(c);
	else
		return false;
	return true;
}

/* The members without which an issue or a comment cannot be told. */
static bool
needed(const char *name)
{
	static const char *const names[] = { "id", "number", "title", "state", "updated_at", "created_at", "body" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The values are our own: no deeper than view.c makes them. */
static void
mutate(struct call *c, struct val *v, int depth)
{
	const struct val *members = val_get(c->fault, "members");
	int64_t number = val_number(val_get(c->fault, "number"), 0);
	bool meant = number == 0 || val_number(val_get(v, "number"), 0) == number;

	if (v->kind == VAL_MAP && is(c, "unknown-enum")) {
		if (val_get(v, "author_association"))
			store_put(v, "author_association", "NEIGHBOUR");
		if (val_text(val_get(v, "state_reason")))
			store_put(v, "state_reason", "evaporated");
	}
	for (size_t i = v->kind == VAL_MAP && is(c, "missing-members") && meant && depth < 2 ? v->n : 0; i > 0; i--)
		if (members ? store_has(members, v->key[i - 1]) : !needed(v->key[i - 1]))
			val_drop(v, v->key[i - 1]);
	for (size_t i = 0; i < v->n && depth < 16; i++)
		mutate(c, v->v[i], depth + 1);
}

/* Another text in place of the body. */
static void
rewrite(struct call *c)
{
	struct buf *body = &c->r->body;
	struct val *v;
	char *at;
	size_t n;

	if (is(c, "unknown-enum") || is(c, "missing-members")) {
		v = api_parse(body->data, body->len);
		if (!v)
			return;
		mutate(c, v, 0);
		buf_cut(body, 0);
		json_print(body, v);
		val_free(v);
	} else if (is(c, "duplicate-keys") && (at = strchr(buf_str(body), '{')) != NULL) {
		struct buf new = { 0 };

		n = (size_t)(at - body->data) + 1;
		buf_append(&new, body->data, n);
		buf_puts(&new, "\"id\":1,\"number\":1,");
		buf_append(&new, body->data + n, body->len - n);
		buf_release(body);
		*body = new;
	} else if (is(c, "bad-utf8") && (at = strstr(buf_str(body), "\":\"")) != NULL)
		at[3] = '\xff';
	else if (is(c, "huge-body")) {
		int64_t bytes = val_number(val_get(c->fault, "bytes"), HUGE_BODY);

		buf_pad(body, (size_t)(bytes > HUGE_MAX ? HUGE_MAX : bytes));
	} else if (is(c, "truncated"))
		buf_cut(body, body->len / 2);
}

void
fault_after(struct call *c)
{
	if (!c->fault)
		return;
	if (is(c, "reset-after")) {
		c->r->end = HTTP_RESET;
		c->r->no_reply = true;
	} else if (is(c, "stall-after"))
		c->r->end = HTTP_STALL;
	else if (is(c, "hold-after"))
		hold(c, false);
	else if (is(c, "drop-after") || is(c, "drop-reused"))
		c->r->end = HTTP_DROP;
	else if (is(c, "reset-body")) {
		c->r->end = HTTP_RESET;
		c->r->cut = c->r->body.len / 2;
	} else if (is(c, "status") && val_truth(val_get(c->fault, "after"), false)) {
		buf_cut(&c->r->head, 0);
		status(c);
	} else if (is(c, "header"))
		http_put(c->r, store_text(c->fault, "name"), "%s", store_text(c->fault, "value"));
	else if (!c->html)
		rewrite(c);
}
