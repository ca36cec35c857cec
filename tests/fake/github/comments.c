/*
 * comments - of an issue and of the whole repository, and reactions
 *
 * An issue that is locked takes comments of people with push access only; one with 2,500
 * comments takes none, for ever.  A comment changes the time of its issue.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "check.h"
#include "routes.h"
#include "view.h"

#define COMMENTS_MAX 2500
#define BODY_MAX 65536

struct entry {
	int64_t by;
	int64_t id;
	const struct val *issue;
	const struct val *comment;
};

static int
upwards(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->by != y->by)
		return x->by < y->by ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Of the repository.  Without `sort` the direction is ignored. */
void
comment_list(struct call *c)
{
	const struct val *issues = val_get(c->repo, "issues"), *comments;
	const char *sort = api_query(c, "sort"), *key = strcmp(sort, "updated") == 0 ? "updated_at" : "created_at";
	bool desc = *sort && strcmp(api_query(c, "direction"), "desc") == 0;
	struct val *items = val_list();
	struct entry *entry;
	int64_t since = 0;
	size_t n = 0, all = 0;

	if (clock_parse(api_query(c, "since"), &since) == 0)
		since += store_option(c->s, "since_after", 0);
	for (size_t i = 0; issues && i < issues->n; i++)
		all += val_get(issues->v[i], "comments") ? val_get(issues->v[i], "comments")->n : 0;
	entry = xcalloc(all + 1, sizeof *entry);
	for (size_t i = 0; issues && i < issues->n; i++) {
		comments = val_get(issues->v[i], "comments");
		if (*store_text(issues->v[i], "gone") || val_get(issues->v[i], "moved"))
			continue;
		for (size_t k = 0; comments && k < comments->n; k++)
			if (store_int(comments->v[k], "updated_at") >= since)
				entry[n++] = (struct entry){ store_int(comments->v[k], key),
				    store_int(comments->v[k], "id"), issues->v[i], comments->v[k] };
	}
	qsort(entry, n, sizeof *entry, upwards);
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &entry[desc ? n - 1 - i : i];

		val_push(items, view_comment(c->s, c->repo, e->issue, e->comment));
	}
	free(entry);
	list_answer(c, items);
}

void
comment_of_issue(struct call *c)
{
	const struct val *comments = val_get(c->issue, "comments");
	struct val *items = val_list();
	int64_t since = 0;

	clock_parse(api_query(c, "since"), &since);
	for (size_t i = 0; comments && i < comments->n; i++)
		if (store_int(comments->v[i], "updated_at") >= since)
			val_push(items, view_comment(c->s, c->repo, c->issue, comments->v[i]));
	list_answer(c, items);
}

/* The comment that the path names, and its issue.  NULL: answered. */
static struct val *
named(struct call *c)
{
	struct val *comment = store_comment(c->repo, strtoll(c->wild[0], NULL, 10), &c->issue);

	if (!comment || *store_text(c->issue, "gone") || val_get(c->issue, "moved")) {
		api_fail(c, 404, "Not Found");
		return NULL;
	}
	return comment;
}

void
comment_get(struct call *c)
{
	struct val *comment = named(c);

	if (comment)
		api_json(c, 200, view_comment(c->s, c->repo, c->issue, comment));
}

static bool
check_text(struct call *c, const char *body)
{
	size_t n = 0;

	for (const char *p = body; *p; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	if (n > 0 && n <= BODY_MAX && body[strspn(body, " \t\r\n")])
		return true;
	check_violation(c, "limit", "a comment of %zu characters", n);
	api_invalid(c, "IssueComment", "body", n > BODY_MAX ? "custom" : "missing_field",
	    n > BODY_MAX ? "body is too long (maximum is 65536 characters)" : "body cannot be blank");
	return false;
}

void
comment_create(struct call *c)
{
	const char *body = store_text(c->body, "body");
	const struct val *comments = val_get(c->issue, "comments");

	if (!check_text(c, body))
		return;
	if (val_truth(val_get(c->issue, "locked"), false) && c->role < ROLE_WRITE) {
		api_fail(c, 403, "Unable to create comment because issue is locked.");
		return;
	}
	if (val_number(val_get(c->issue, "comment_count"), comments ? (int64_t)comments->n : 0) >= COMMENTS_MAX) {
		api_fail(c, 403, "Commenting is disabled on issues with more than 2500 comments");
		return;
	}
	check_marker(c, body, true);
	api_json(c, 201, view_comment(c->s, c->repo, c->issue, store_add_comment(c->s, c->issue, c->login, body)));
}

/* One's own, or anybody's with push access. */
static bool
may(struct call *c, const struct val *comment)
{
	if (c->role >= ROLE_WRITE || strcasecmp(store_text(comment, "user"), c->login) == 0)
		return true;
	api_fail(c, 403, "Must have admin rights to Repository.");
	return false;
}

void
comment_update(struct call *c)
{
	const char *body = store_text(c->body, "body");
	struct val *comment = named(c);

	if (!comment || !may(c, comment) || !check_text(c, body))
		return;
	if (strcmp(body, store_text(comment, "body")) != 0) {
		store_put(comment, "body", body);
		store_put_int(comment, "updated_at", store_now(c->s));
		store_touch(c->s, c->issue);
	}
	api_json(c, 200, view_comment(c->s, c->repo, c->issue, comment));
}

void
comment_delete(struct call *c)
{
	struct val *comment = named(c), *list;

	if (!comment || !may(c, comment))
		return;
	list = store_list(c->issue, "comments");
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == comment) {
			store_remove(list, i);
			break;
		}
	store_touch(c->s, c->issue);
	api_empty(c);
}

void
reaction_list(struct call *c)
{
	const struct val *list = val_get(c->issue, "reactions");
	struct val *items = val_list();

	for (size_t i = 0; list && i < list->n; i++)
		val_push(items, view_reaction(c->s, list->v[i]));
	list_answer(c, items);
}

/* 200 and the old one if it is there already.  Nobody's time changes. */
static void
react(struct call *c, struct val *to)
{
	struct val *list = store_list(to, "reactions"), *reaction;
	const char *content = store_text(c->body, "content");

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(store_text(list->v[i], "content"), content) == 0 &&
		    strcasecmp(store_text(list->v[i], "user"), c->login) == 0) {
			api_json(c, 200, view_reaction(c->s, list->v[i]));
			return;
		}
	reaction = val_map();
	store_put_int(reaction, "id", store_new_id(c->s));
	store_put(reaction, "user", c->login);
	store_put(reaction, "content", content);
	store_put_int(reaction, "created_at", store_now(c->s));
	val_push(list, reaction);
	api_json(c, 201, view_reaction(c->s, reaction));
}

void
reaction_create(struct call *c)
{
	react(c, c->issue);
}

void
reaction_create_comment(struct call *c)
{
	struct val *comment = named(c);

	if (comment)
		react(c, comment);
}
