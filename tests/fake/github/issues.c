/*
 * issues - the list, one, create, update, lock
 *
 * What a token without push access asks for beyond title and body is dropped without a
 * word.  A change that changes nothing leaves updated_at as it is.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "check.h"
#include "routes.h"
#include "view.h"

#define TITLE_MAX 256
#define BODY_MAX 65536
#define ASSIGNEES_MAX 10

/* An issue with what the list is sorted by. */
struct entry {
	struct list_key key;	/* first: upwards() looks at no more */
	const struct val *issue;
};

static int
upwards(const void *a, const void *b)
{
	const struct list_key *x = a, *y = b;

	if (x->by != y->by)
		return x->by < y->by ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Has it each label of "a,b"? */
static bool
has_labels(const struct val *issue, const char *wanted)
{
	const struct val *labels = val_get(issue, "labels");
	bool all = true;
	size_t n;

	for (; *wanted && all; wanted += n + (wanted[n] == ',')) {
		char *name;

		n = strcspn(wanted, ",");
		name = xstrndup(wanted, n);
		all = store_has(labels, name);
		free(name);
	}
	return all;
}

static bool
wanted(const struct call *c, const struct val *issue, int64_t since)
{
	const char *state = *api_query(c, "state") ? api_query(c, "state") : "open";
	const char *creator = api_query(c, "creator"), *assignee = api_query(c, "assignee");
	const struct val *people = val_get(issue, "assignees");

	if (*store_text(issue, "gone") || val_get(issue, "moved"))
		return false;
	if (strcmp(state, "all") != 0 && strcmp(state, store_text(issue, "state")) != 0)
		return false;
	if (store_int(issue, "updated_at") < since)
		return false;
	if (*creator && strcasecmp(creator, store_text(issue, "user")) != 0)
		return false;
	if (*assignee && (strcmp(assignee, "*") == 0 ? people->n == 0 : strcmp(assignee, "none") == 0 ?
	    people->n > 0 : !store_has(people, assignee)))
		return false;
	return has_labels(issue, api_query(c, "labels"));
}

/* What of the list is asked for, sorted as it is; the caller frees. */
static struct entry *
sorted(const struct call *c, size_t *n)
{
	const struct val *issues = val_get(c->repo, "issues"), *comments;
	const char *sort = api_query(c, "sort"), *key = strcmp(sort, "updated") == 0 ? "updated_at" : "created_at";
	bool asc = strcmp(api_query(c, "direction"), "asc") == 0, by_comments = strcmp(sort, "comments") == 0;
	size_t all = issues ? issues->n : 0;
	struct entry *entry = xcalloc(all + 1, sizeof *entry), swap;
	int64_t since = 0;

	if (clock_parse(api_query(c, "since"), &since) == 0)
		since += store_option(c->s, "since_after", 0);
	for (size_t i = 0; i < all; i++)
		if (wanted(c, issues->v[i], since)) {
			comments = val_get(issues->v[i], "comments");
			entry[*n].key.by = by_comments ? (int64_t)comments->n : store_int(issues->v[i], key);
			entry[*n].key.id = store_int(issues->v[i], "id");
			entry[(*n)++].issue = issues->v[i];
		}
	qsort(entry, *n, sizeof *entry, upwards);
	for (size_t i = 0; !asc && i < *n / 2; i++) {
		swap = entry[i];
		entry[i] = entry[*n - 1 - i];
		entry[*n - 1 - i] = swap;
	}
	return entry;
}

void
issue_list(struct call *c)
{
	size_t n = 0, from, to;
	struct entry *entry;
	struct list_key *keys;
	struct val *items;

	if (!val_truth(val_get(c->repo, "has_issues"), true)) {
		api_fail(c, 410, "Issues are disabled for this repo");
		return;
	}
	entry = sorted(c, &n);
	keys = xcalloc(n + 1, sizeof *keys);
	for (size_t i = 0; i < n; i++)
		keys[i] = entry[i].key;
	if (list_page(c, keys, n, &from, &to)) {
		items = val_list();
		for (size_t i = from; i < to; i++)
			val_push(items, view_issue(c->s, c->repo, entry[i].issue));
		api_json(c, 200, items);
	}
	free(keys);
	free(entry);
}

void
issue_get(struct call *c)
{
	api_json(c, 200, view_issue(c->s, c->repo, c->issue));
}

static size_t
code_points(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* GitHub takes a title that is a number.  The caller frees; NULL: there is none. */
static char *
title_of(const struct val *body)
{
	const struct val *v = val_get(body, "title");

	if (v && v->kind == VAL_INT)
		return xasprintf("%" PRId64, v->i);
	return val_text(v) ? xstrdup(val_text(v)) : NULL;
}

static bool
check_texts(struct call *c, const char *title, const char *body)
{
	if (title && !title[strspn(title, " \t\r\n")]) {
		api_invalid(c, "Issue", "title", "missing_field", NULL);
		return false;
	}
	if (title && code_points(title) > TITLE_MAX) {
		check_violation(c, "limit", "the title is too long");
		api_invalid(c, "Issue", "title", "custom", "title is too long (maximum is 256 characters)");
		return false;
	}
	if (body && code_points(body) > BODY_MAX) {
		check_violation(c, "limit", "the body is too long");
		api_invalid(c, "Issue", "body", "custom", "body is too long (maximum is 65536 characters)");
		return false;
	}
	return true;
}

/* All of them must be people that can be assigned. */
static bool
check_people(struct call *c, const struct val *people)
{
	if (people && people->n > ASSIGNEES_MAX) {
		api_invalid(c, "Issue", "assignees", "custom", "at most 10 assignees");
		return false;
	}
	for (size_t i = 0; people && i < people->n; i++) {
		const char *login = people->v[i]->kind == VAL_STR ? people->v[i]->s : store_text(people->v[i], "login");

		if (!store_user(c->s, login) || store_role(c->s, c->repo, login) < ROLE_READ) {
			api_invalid(c, "Issue", "assignees", "invalid", NULL);
			return false;
		}
	}
	return true;
}

static bool
check_type(struct call *c, const struct val *type)
{
	if (!val_text(type) || !store_option(c->s, "issue_types", 1) ||
	    store_named(val_get(c->repo, "types"), "name", val_text(type)))
		return true;
	api_invalid(c, "Issue", "type", "invalid", NULL);
	return false;
}

/* Is what only some may set as it can be set?  It is dropped for the others.  False: answered. */
static bool
check_triage(struct call *c)
{
	return c->role < ROLE_TRIAGE || (check_people(c, val_get(c->body, "assignees")) &&
	    check_type(c, val_get(c->body, "type")) && label_check(c, val_get(c->body, "labels")));
}

static void
put_triage(struct call *c)
{
	const struct val *people = val_get(c->body, "assignees"), *type = val_get(c->body, "type");
	struct val *list;

	if (c->role < ROLE_TRIAGE)
		return;
	if (val_get(c->body, "labels"))
		label_apply(c, val_get(c->body, "labels"), true);
	if (people) {
		list = val_list();
		for (size_t i = 0; i < people->n; i++) {
			const char *login = people->v[i]->kind == VAL_STR ? people->v[i]->s :
			    store_text(people->v[i], "login");

			val_push(list, val_str(store_text(store_user(c->s, login), "login")));
		}
		val_put(c->issue, "assignees", list);
	}
	if (type && store_option(c->s, "issue_types", 1))
		val_put(c->issue, "type", val_copy(type));
}

void
issue_create(struct call *c)
{
	const char *body = val_text(val_get(c->body, "body"));
	char *title = title_of(c->body);

	if (!val_truth(val_get(c->repo, "has_issues"), true))
		api_fail(c, 410, "Issues are disabled for this repo");
	else if (check_texts(c, title, body) && check_triage(c)) {
		check_marker(c, body ? body : "", false);
		c->issue = store_add_issue(c->s, c->repo, c->login, title, body);
		put_triage(c);
		api_json(c, 201, view_issue(c->s, c->repo, c->issue));
		http_put(c->r, "Location", "%s/repos/%s/%s/issues/%" PRId64, c->s->base,
		    store_text(c->repo, "owner"), store_text(c->repo, "name"), store_int(c->issue, "number"));
	}
	free(title);
}

/* Only a change of the state has a reason. */
static bool
put_state(struct call *c)
{
	const char *state = val_text(val_get(c->body, "state")), *reason = val_text(val_get(c->body, "state_reason"));
	const struct val *duplicate = val_get(c->body, "duplicate_issue_id");
	struct val *repo;
	bool closes;

	if (!state || strcmp(state, store_text(c->issue, "state")) == 0)
		return true;
	closes = strcmp(state, "closed") == 0;
	if (reason && closes == (strcmp(reason, "reopened") == 0)) {
		check_violation(c, "body", "state_reason %s does not go with %s", reason, state);
		api_invalid(c, "Issue", "state_reason", "invalid", NULL);
		return false;
	}
	if (reason && strcmp(reason, "duplicate") == 0 && duplicate &&
	    !store_issue_id(c->s, val_number(duplicate, 0), &repo)) {
		api_invalid(c, "Issue", "duplicate_issue_id", "invalid", NULL);
		return false;
	}
	store_set_state(c->s, c->issue, state, reason, c->login);
	return true;
}

void
issue_update(struct call *c)
{
	const struct val *body = val_get(c->body, "body");
	char *title = title_of(c->body);
	bool own = strcasecmp(store_text(c->issue, "user"), c->login) == 0;
	struct val *before = val_copy(c->issue);

	if (!own && c->role < ROLE_TRIAGE)
		api_fail(c, 403, "Must have admin rights to Repository.");
	else if (check_texts(c, title, val_text(body)) && check_triage(c) && put_state(c)) {
		put_triage(c);
		if (title)
			store_put(c->issue, "title", title);
		if (body)
			store_put(c->issue, "body", val_text(body));
		if (!val_same(before, c->issue))
			store_touch(c->s, c->issue);
		api_json(c, 200, view_issue(c->s, c->repo, c->issue));
	}
	val_free(before);
	free(title);
}

static void
set_lock(struct call *c, bool locked)
{
	if (c->role < ROLE_TRIAGE) {
		api_fail(c, 403, "Must have admin rights to Repository.");
		return;
	}
	val_put(c->issue, "locked", val_bool(locked));
	store_touch(c->s, c->issue);
	api_empty(c);
}

void
issue_lock(struct call *c)
{
	set_lock(c, true);
}

void
issue_unlock(struct call *c)
{
	set_lock(c, false);
}
