#include "check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/num.h"

#define RULE_MAX 64

/* One member of a rule. */
struct member {
	char name[RULE_MAX];
	char kinds[8];
	char set[160];		/* ",a,b," of e(a,b) */
	bool required, nullable;
};

void
check_violation(struct call *c, const char *rule, const char *fmt, ...)
{
	struct val *v = val_map();
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	store_put_int(v, "n", c->n);
	store_put(v, "rule", rule);
	store_put(v, "text", text);
	val_push(c->f->violations, v);
	free(text);
}

/* RFC 3986 3.3: what may stand in a path as it is. */
static bool
path_encoded(const char *s)
{
	for (; *s; s++)
		if (!strchr("/%-._~!$&'()*+,;=:@", *s) && !(*s >= '0' && *s <= '9') &&
		    !(*s >= 'A' && *s <= 'Z') && !(*s >= 'a' && *s <= 'z'))
			return false;
	return true;
}

static void
check_pace(struct call *c)
{
	int64_t now = store_now(c->s);

	if (strcmp(c->q->method, "GET") == 0 || c->graphql)
		return;
	if (store_option(c->s, "pace", 0) && c->f->last_write > 0 && now - c->f->last_write < 1)
		check_violation(c, "pace", "two writes within a second");
	c->f->last_write = now;
}

void
check_request(struct call *c)
{
	const struct http_request *q = c->q;
	const char *accept = http_get(q, "accept"), *type = http_get(q, "content-type");
	const struct val *tokens = val_get(c->s->state, "tokens");
	char *target = xasprintf("%s?%s", q->path, q->query ? q->query : "");

	if (!http_get(q, "user-agent") || !*http_get(q, "user-agent"))
		check_violation(c, "header", "no User-Agent");
	if (!c->graphql && (!accept || !strstr(accept, "application/vnd.github")))
		check_violation(c, "header", "Accept is not application/vnd.github+json");
	if (!http_get(q, "x-github-api-version") && !c->graphql)
		check_violation(c, "header", "no X-GitHub-Api-Version");
	if (!http_get(q, "authorization"))
		check_violation(c, "header", "no Authorization");
	if (q->length > 0 && (!type || strncmp(type, "application/json", 16) != 0))
		check_violation(c, "header", "a body without Content-Type: application/json");
	if (!path_encoded(q->path))
		check_violation(c, "path", "not percent-encoded: %s", q->path);
	for (size_t i = 0; i < tokens->n; i++)
		if (strstr(target, store_text(tokens->v[i], "token")))
			check_violation(c, "token", "a token in the URL");
	if (strstr(target, "access_token="))
		check_violation(c, "token", "access_token in the URL");
	if (c->token && store_now(c->s) < store_int(c->token, "penalty"))
		check_violation(c, "penalty", "a request %" PRId64 " seconds before the limit ends",
		    store_int(c->token, "penalty") - store_now(c->s));
	check_pace(c);
	free(target);
}

/* Takes the next member off a rule; NULL at its end. */
static const char *
next_member(const char *rule, struct member *m)
{
	size_t n = 0;

	memset(m, 0, sizeof *m);
	rule += strspn(rule, " ");
	if (!*rule)
		return NULL;
	snprintf(m->name, sizeof m->name, "%.*s", (int)strcspn(rule, ":"), rule);
	for (rule += strcspn(rule, ":") + 1; *rule && *rule != ' '; rule++) {
		if (*rule == '!')
			m->required = true;
		else if (*rule == '0')
			m->nullable = true;
		else if (*rule == '(') {
			snprintf(m->set, sizeof m->set, ",%.*s,", (int)strcspn(rule + 1, ")"), rule + 1);
			rule += strcspn(rule, ")");
		} else if (n + 1 < sizeof m->kinds)
			m->kinds[n++] = *rule;
	}
	return rule;
}

static bool
find_member(const char *rule, const char *name, struct member *m)
{
	while ((rule = next_member(rule, m)) != NULL)
		if (strcmp(m->name, name) == 0)
			return true;
	return false;
}

static bool
in_set(const struct member *m, const char *word)
{
	char *with = xasprintf(",%s,", word);
	bool there = !strchr(word, ',') && strstr(m->set, with);

	free(with);
	return there;
}

static bool
list_of(const struct val *v, const char *key)
{
	if (v->kind != VAL_LIST)
		return false;
	for (size_t i = 0; i < v->n; i++)
		if (key ? v->v[i]->kind != VAL_STR && !val_text(val_get(v->v[i], key)) : v->v[i]->kind != VAL_MAP)
			return false;
	return true;
}

static bool
is_kind(const struct val *v, const struct member *m)
{
	if (v->kind == VAL_NULL)
		return m->nullable;
	for (const char *k = m->kinds; *k; k++)
		if ((*k == 's' && v->kind == VAL_STR) || (*k == 'i' && v->kind == VAL_INT) ||
		    (*k == 'b' && v->kind == VAL_BOOL) || (*k == 'l' && list_of(v, "name")) ||
		    (*k == 'a' && list_of(v, "login")) || (*k == 'I' && list_of(v, NULL)) ||
		    (*k == 'v' && (v->kind == VAL_STR || v->kind == VAL_INT || v->kind == VAL_REAL)) ||
		    (*k == 'e' && v->kind == VAL_STR && in_set(m, v->s)))
			return true;
	return false;
}

bool
check_query(struct call *c, const char *rule)
{
	struct member m;
	int64_t n;

	for (size_t i = 0; i < c->query->n; i++) {
		const char *name = c->query->key[i], *value = store_text(c->query, name);

		if (!find_member(rule, name, &m)) {
			check_violation(c, "query", "unknown parameter %s", name);
			continue;
		}
		if ((*m.kinds == 'e' && !in_set(&m, value)) || (*m.kinds == 't' && clock_parse(value, &n) == -1)) {
			check_violation(c, "query", "%s=%s", name, value);
			api_invalid(c, "Search", name, "invalid", NULL);
			return false;
		}
		if (*m.kinds == 'n' && num_int(value, 1, strcmp(name, "per_page") == 0 ? 100 : INT64_MAX, &n) == -1)
			check_violation(c, "query", "%s=%s", name, value);
	}
	return true;
}

bool
check_body(struct call *c, const char *rule)
{
	struct member m;
	const char *at = rule;

	if (!rule) {
		if (c->q->length > 0)
			check_violation(c, "body", "%s %s takes no body", c->q->method, c->q->path);
		return true;
	}
	if (c->q->length == 0 && !strchr(rule, '!'))
		return true;
	if (!c->body) {
		check_violation(c, "body", "no JSON");
		api_fail(c, 400, c->q->length > 0 ? "Problems parsing JSON" : "Body should be a JSON object");
		return false;
	}
	/* Labels may come as they are, without a map around them. */
	if (c->body->kind == VAL_LIST && strcmp(rule, "labels:l") == 0 && list_of(c->body, "name"))
		return true;
	if (c->body->kind != VAL_MAP) {
		check_violation(c, "body", "no object");
		api_fail(c, c->body->kind == VAL_LIST ? 422 : 400, c->body->kind == VAL_LIST ?
		    "Invalid request.\n\nThe body is not an object." : "Body should be a JSON object");
		return false;
	}
	while ((at = next_member(at, &m)) != NULL)
		if (m.required && !val_get(c->body, m.name)) {
			check_violation(c, "body", "%s is missing", m.name);
			api_fail(c, 422, "Invalid request.\n\n\"%s\" wasn't supplied.", m.name);
			return false;
		}
	for (size_t i = 0; i < c->body->n; i++) {
		if (!find_member(rule, c->body->key[i], &m))
			check_violation(c, "body", "unknown member %s", c->body->key[i]);
		else if (!is_kind(c->body->v[i], &m)) {
			check_violation(c, "body", "%s has the wrong type or value", m.name);
			api_fail(c, 422, "Invalid request.\n\nFor 'properties/%s', %s is not valid.", m.name,
			    val_kind_name(c->body->v[i]->kind));
			return false;
		}
	}
	return true;
}

/* How many texts of issues, or of comments, hold the marker. */
static int
count_marker(const struct store *s, const char *marker, bool comment)
{
	const struct val *repos = val_get(s->state, "repos"), *issues, *comments;
	int n = 0;

	for (size_t r = 0; r < repos->n; r++) {
		issues = val_get(repos->v[r], "issues");
		for (size_t i = 0; issues && i < issues->n; i++) {
			comments = val_get(issues->v[i], "comments");
			n += !comment && strstr(store_text(issues->v[i], "body"), marker);
			for (size_t k = 0; comment && comments && k < comments->n; k++)
				n += strstr(store_text(comments->v[k], "body"), marker) != NULL;
		}
	}
	return n;
}

void
check_marker(struct call *c, const char *text, bool comment)
{
	const char *prefix = comment ? "<!-- orch:c=" : "<!-- orch:task=", *at = text, *end;
	char *marker;

	while ((at = strstr(at, prefix)) != NULL && (end = strstr(at, "-->")) != NULL) {
		marker = xstrndup(at, (size_t)(end - at) + 3);
		if (count_marker(c->s, marker, comment) > 0)
			check_violation(c, "duplicate", "%s is there already", marker);
		free(marker);
		at = end;
	}
}
