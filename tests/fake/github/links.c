/*
 * links - parents, blockers, types, assignees
 *
 * Links are made by the database id of an issue, never by its number.  A parent belongs
 * to the same owner; 100 children and 8 levels are the bounds, closed ones count.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "check.h"
#include "routes.h"
#include "view.h"

#define CHILDREN_MAX 100
#define LEVELS_MAX 8
#define BLOCKERS_MAX 50

static struct val *
view_ids(const struct call *c, const struct val *ids)
{
	struct val *list = val_list(), *repo, *issue;

	for (size_t i = 0; ids && i < ids->n; i++)
		if ((issue = store_issue_id(c->s, val_number(ids->v[i], 0), &repo)) != NULL)
			val_push(list, view_issue(c->s, repo, issue));
	return list;
}

static bool
may(struct call *c)
{
	if (c->role >= ROLE_TRIAGE)
		return true;
	api_fail(c, 403, "Must have admin rights to Repository.");
	return false;
}

/* The issue that a member names by its id.  NULL: answered. */
static struct val *
by_id(struct call *c, int64_t id, struct val **repo)
{
	struct val *issue = store_issue_id(c->s, id, repo);

	if (issue && !*store_text(issue, "gone"))
		return issue;
	if (store_issue(c->repo, id))
		check_violation(c, "body", "a number where the database id belongs");
	api_fail(c, 404, "The provided issue does not exist");
	return NULL;
}

void
child_list(struct call *c)
{
	list_answer(c, view_ids(c, val_get(c->issue, "children")));
}

/* How many levels are above, and is the issue `id` one of them? */
static int
levels_up(const struct call *c, const struct val *issue, int64_t id, bool *among)
{
	struct val *repo;
	int n = 0;

	for (*among = false; issue && n <= LEVELS_MAX; n++) {
		*among |= store_int(issue, "id") == id;
		issue = store_issue_id(c->s, store_int(issue, "parent"), &repo);
	}
	return n;
}

/* The levels of what hangs below; the depth of the tree is bounded by LEVELS_MAX. */
static int
levels_down(const struct call *c, const struct val *issue, int depth)
{
	const struct val *children = val_get(issue, "children");
	struct val *repo;
	int most = 0, n;

	for (size_t i = 0; depth < LEVELS_MAX && children && i < children->n; i++) {
		n = levels_down(c, store_issue_id(c->s, val_number(children->v[i], 0), &repo), depth + 1);
		most = n > most ? n : most;
	}
	return most + 1;
}

void
child_add(struct call *c)
{
	struct val *repo, *child;
	bool above;

	if (!may(c) || (child = by_id(c, store_int(c->body, "sub_issue_id"), &repo)) == NULL)
		return;
	if (strcasecmp(store_text(repo, "owner"), store_text(c->repo, "owner")) != 0)
		api_invalid(c, "SubIssue", "sub_issue_id", "custom", "Sub-issue must belong to the same owner");
	else if (store_int(child, "parent") == store_int(c->issue, "id"))
		api_invalid(c, "SubIssue", "sub_issue_id", "custom",
		    "Issue may not contain duplicate sub-issues and Sub issue may only have one parent");
	else if (store_int(child, "parent") && !val_truth(val_get(c->body, "replace_parent"), false))
		api_invalid(c, "SubIssue", "sub_issue_id", "custom", "Sub issue may only have one parent");
	else if (store_list(c->issue, "children")->n >= CHILDREN_MAX)
		api_invalid(c, "SubIssue", "sub_issue_id", "custom", "Parent cannot have more than 100 sub-issues");
	else if (levels_up(c, c->issue, store_int(child, "id"), &above) + levels_down(c, child, 0) > LEVELS_MAX)
		api_invalid(c, "SubIssue", "sub_issue_id", "custom",
		    "Parent cannot have more than 8 layers of sub-issues");
	else if (above)
		api_invalid(c, "SubIssue", "sub_issue_id", "custom", "Sub issue cannot create a circular dependency");
	else {
		store_set_parent(c->s, child, store_int(c->issue, "id"));
		api_json(c, 201, view_issue(c->s, c->repo, c->issue));
	}
}

void
child_remove(struct call *c)
{
	struct val *repo, *child;

	if (!may(c) || (child = by_id(c, store_int(c->body, "sub_issue_id"), &repo)) == NULL)
		return;
	if (store_int(child, "parent") != store_int(c->issue, "id")) {
		api_fail(c, 404, "Not Found");
		return;
	}
	store_set_parent(c->s, child, 0);
	api_json(c, 200, view_issue(c->s, c->repo, c->issue));
}

void
parent_get(struct call *c)
{
	struct val *repo, *parent = store_issue_id(c->s, store_int(c->issue, "parent"), &repo);

	if (parent)
		api_json(c, 200, view_issue(c->s, repo, parent));
	else
		api_fail(c, 404, "Not Found");
}

void
blocker_list(struct call *c)
{
	list_answer(c, view_ids(c, val_get(c->issue, "blocked_by")));
}

void
blocker_add(struct call *c)
{
	struct val *repo, *other, *list = store_list(c->issue, "blocked_by");
	int64_t id = store_int(c->body, "issue_id");

	if (!may(c) || (other = by_id(c, id, &repo)) == NULL)
		return;
	if (store_has_int(list, id))
		api_invalid(c, "IssueDependency", "issue_id", "custom", "Target issue has already been taken");
	else if (other == c->issue)
		api_invalid(c, "IssueDependency", "issue_id", "custom", "An issue cannot block itself");
	else if (list->n >= BLOCKERS_MAX)
		api_invalid(c, "IssueDependency", "issue_id", "custom", "at most 50 issues");
	else {
		val_push(list, val_int(id));
		store_touch(c->s, c->issue);
		api_json(c, 201, view_issue(c->s, repo, other));
	}
}

void
blocker_remove(struct call *c)
{
	int64_t id = strtoll(c->wild[1], NULL, 10);
	struct val *repo, *other;

	if (!may(c))
		return;
	other = store_issue_id(c->s, id, &repo);
	if (!other || !store_remove_int(store_list(c->issue, "blocked_by"), id)) {
		api_fail(c, 404, "Not Found");
		return;
	}
	store_touch(c->s, c->issue);
	api_json(c, 200, view_issue(c->s, repo, other));
}

/* Of the repository, or of an organization: those of its first repository that has some. */
void
type_list(struct call *c)
{
	const struct val *repos = val_get(c->s->state, "repos"), *types = val_get(c->repo, "types");
	const struct val *owner = store_user(c->s, c->repo ? store_text(c->repo, "owner") : c->wild[0]);
	struct val *list;

	if (strcmp(store_text(owner, "type"), "Organization") != 0) {
		api_fail(c, 404, "Not Found");
		return;
	}
	for (size_t i = 0; !c->repo && !types && i < repos->n; i++)
		if (strcasecmp(store_text(repos->v[i], "owner"), c->wild[0]) == 0)
			types = val_get(repos->v[i], "types");
	list = val_list();
	for (size_t i = 0; types && i < types->n; i++)
		val_push(list, view_type(types->v[i]));
	api_json(c, 200, list);
}

/* Without push access they are dropped. */
static void
assign(struct call *c, bool add)
{
	const struct val *people = val_get(c->body, "assignees");
	struct val *list = store_list(c->issue, "assignees"), *user;
	size_t before = list->n;

	for (size_t i = 0; c->role >= ROLE_TRIAGE && people && i < people->n; i++) {
		user = store_user(c->s, val_text(people->v[i]) ? val_text(people->v[i]) :
		    store_text(people->v[i], "login"));
		if (!user)
			continue;
		if (!add)
			store_remove_text(list, store_text(user, "login"));
		else if (!store_has(list, store_text(user, "login")))
			val_push(list, val_str(store_text(user, "login")));
	}
	if (list->n != before)
		store_touch(c->s, c->issue);
	api_json(c, add ? 201 : 200, view_issue(c->s, c->repo, c->issue));
}

void
assignee_add(struct call *c)
{
	assign(c, true);
}

void
assignee_remove(struct call *c)
{
	assign(c, false);
}
