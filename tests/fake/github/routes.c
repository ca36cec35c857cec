#include "routes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "base/num.h"
#include "base/str.h"
#include "check.h"

#define PAGES "per_page:n page:n"
#define CURSORS "per_page:n before:s after:s"
#define ISSUE "title:si! body:s assignee:s0 milestone:v0 labels:l assignees:a type:s0 issue_field_values:I"
#define CHANGE "title:si0 body:s0 assignee:s0 milestone:v0 labels:l assignees:a type:s0 issue_field_values:I " \
	"state:e(open,closed) state_reason:e0(completed,not_planned,duplicate,reopened) duplicate_issue_id:i"
#define REACTION "content:e(+1,-1,laugh,confused,heart,hooray,rocket,eyes)!"

/* Which servers have it: the options of control.h. */
enum capability { ALL, SUB_ISSUES, DEPENDENCIES, TYPES, PROJECTS };

/* '#' stands for a number, '*' for any part; the part after "repo/" is that below a repository. */
struct route {
	const char *method;
	const char *path;
	enum capability needs;
	const char *query;
	const char *body;
	void (*answer)(struct call *);
};

/* clang-format off */
static const struct route routes[] = {
	{ "GET", "user", ALL, "", NULL, user_get },
	{ "GET", "rate_limit", ALL, "", NULL, rate_get },
	{ "GET", "repo", ALL, "", NULL, repo_get },
	{ "GET", "repo/collaborators/*/permission", ALL, "", NULL, permission_get },
	{ "GET", "repo/issue-types", TYPES, "", NULL, type_list },
	{ "GET", "repo/issues", ALL, "milestone:s state:e(open,closed,all) assignee:s type:s creator:s mentioned:s "
	    "labels:s sort:e(created,updated,comments) direction:e(asc,desc) since:t after:s " PAGES, NULL, issue_list },
	{ "POST", "repo/issues", ALL, "", ISSUE, issue_create },
	{ "GET", "repo/issues/comments", ALL, "sort:e(created,updated) direction:e(asc,desc) since:t " PAGES, NULL,
	    comment_list },
	{ "GET", "repo/issues/comments/#", ALL, "", NULL, comment_get },
	{ "PATCH", "repo/issues/comments/#", ALL, "", "body:s!", comment_update },
	{ "DELETE", "repo/issues/comments/#", ALL, "", NULL, comment_delete },
	{ "POST", "repo/issues/comments/#/reactions", ALL, "", REACTION, reaction_create_comment },
	{ "GET", "repo/issues/#", ALL, "", NULL, issue_get },
	{ "PATCH", "repo/issues/#", ALL, "", CHANGE, issue_update },
	{ "PUT", "repo/issues/#/lock", ALL, "", "lock_reason:e(off-topic,too heated,resolved,spam)", issue_lock },
	{ "DELETE", "repo/issues/#/lock", ALL, "", NULL, issue_unlock },
	{ "POST", "repo/issues/#/assignees", ALL, "", "assignees:a", assignee_add },
	{ "DELETE", "repo/issues/#/assignees", ALL, "", "assignees:a", assignee_remove },
	{ "GET", "repo/issues/#/comments", ALL, "since:t " PAGES, NULL, comment_of_issue },
	{ "POST", "repo/issues/#/comments", ALL, "", "body:s!", comment_create },
	{ "GET", "repo/issues/#/labels", ALL, PAGES, NULL, label_of_issue },
	{ "POST", "repo/issues/#/labels", ALL, "", "labels:l", label_add },
	{ "PUT", "repo/issues/#/labels", ALL, "", "labels:l", label_set },
	{ "DELETE", "repo/issues/#/labels", ALL, "", NULL, label_remove },
	{ "DELETE", "repo/issues/#/labels/*", ALL, "", NULL, label_remove },
	{ "GET", "repo/issues/#/reactions", ALL, "content:s " PAGES, NULL, reaction_list },
	{ "POST", "repo/issues/#/reactions", ALL, "", REACTION, reaction_create },
	{ "GET", "repo/issues/#/parent", SUB_ISSUES, "", NULL, parent_get },
	{ "GET", "repo/issues/#/sub_issues", SUB_ISSUES, PAGES, NULL, child_list },
	{ "POST", "repo/issues/#/sub_issues", SUB_ISSUES, "", "sub_issue_id:i! replace_parent:b", child_add },
	{ "DELETE", "repo/issues/#/sub_issue", SUB_ISSUES, "", "sub_issue_id:i!", child_remove },
	{ "GET", "repo/issues/#/dependencies/blocked_by", DEPENDENCIES, PAGES, NULL, blocker_list },
	{ "POST", "repo/issues/#/dependencies/blocked_by", DEPENDENCIES, "", "issue_id:i!", blocker_add },
	{ "DELETE", "repo/issues/#/dependencies/blocked_by/#", DEPENDENCIES, "", NULL, blocker_remove },
	{ "GET", "repo/labels", ALL, PAGES, NULL, label_list },
	{ "POST", "repo/labels", ALL, "", "name:s! color:s description:s", label_create },
	{ "GET", "repo/labels/*", ALL, "", NULL, label_get },
	{ "PATCH", "repo/labels/*", ALL, "", "new_name:s color:s description:s", label_update },
	{ "DELETE", "repo/labels/*", ALL, "", NULL, label_delete },
	{ "GET", "orgs/*/issue-types", TYPES, "", NULL, type_list },
	{ "GET", "orgs/*/projectsV2", PROJECTS, "q:s " CURSORS, NULL, board_list },
	{ "GET", "users/*/projectsV2", PROJECTS, "q:s " CURSORS, NULL, board_list },
	{ "GET", "orgs/*/projectsV2/#", PROJECTS, "", NULL, board_get },
	{ "GET", "users/*/projectsV2/#", PROJECTS, "", NULL, board_get },
	{ "GET", "orgs/*/projectsV2/#/fields", PROJECTS, CURSORS, NULL, board_fields },
	{ "GET", "users/*/projectsV2/#/fields", PROJECTS, CURSORS, NULL, board_fields },
	{ "GET", "orgs/*/projectsV2/#/items", PROJECTS, "q:s fields:s " CURSORS, NULL, board_items },
	{ "GET", "users/*/projectsV2/#/items", PROJECTS, "q:s fields:s " CURSORS, NULL, board_items },
	{ "POST", "orgs/*/projectsV2/#/items", PROJECTS, "",
	    "type:e(Issue,PullRequest)! id:i owner:s repo:s number:i", board_add },
	{ "POST", "users/*/projectsV2/#/items", PROJECTS, "",
	    "type:e(Issue,PullRequest)! id:i owner:s repo:s number:i", board_add },
	{ "GET", "orgs/*/projectsV2/#/items/#", PROJECTS, "fields:s", NULL, board_item },
	{ "GET", "users/*/projectsV2/#/items/#", PROJECTS, "fields:s", NULL, board_item },
	{ "PATCH", "orgs/*/projectsV2/#/items/#", PROJECTS, "", "fields:I!", board_update },
	{ "PATCH", "users/*/projectsV2/#/items/#", PROJECTS, "", "fields:I!", board_update },
	{ "DELETE", "orgs/*/projectsV2/#/items/#", PROJECTS, "", NULL, board_delete },
	{ "DELETE", "users/*/projectsV2/#/items/#", PROJECTS, "", NULL, board_delete },
};
/* clang-format on */

/* Do the parts from `first` on fit the path?  Keeps what stands for the wild ones. */
static bool
fits(struct call *c, const char *path, size_t first)
{
	const char *end;
	size_t n = first, wild = 0, len;
	int64_t number;

	for (; *path; path = *end ? end + 1 : end, n++) {
		end = path + strcspn(path, "/");
		len = (size_t)(end - path);
		if (n >= c->parts)
			return false;
		if (*path == '*' || *path == '#') {
			if (*path == '#' && num_int(c->part[n], 1, INT64_MAX, &number) == -1)
				return false;
			c->wild[wild++] = c->part[n];
		} else if (strlen(c->part[n]) != len || strncmp(path, c->part[n], len) != 0)
			return false;
	}
	return n == c->parts;
}

/* The parts of the path that name the repository: "repos/o/r" or "repositories/id"; 0: none. */
static size_t
named(const struct call *c)
{
	if (c->parts >= 3 && strcmp(c->part[0], "repos") == 0)
		return 3;
	return c->parts >= 2 && strcmp(c->part[0], "repositories") == 0 ? 2 : 0;
}

static const struct route *
find(struct call *c, size_t first, bool *path_known)
{
	const struct route *route;

	*path_known = false;
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		const char *path = routes[i].path;
		bool below = strcmp(path, "repo") == 0 || strncmp(path, "repo/", 5) == 0;

		route = &routes[i];
		if (below != (first > 0))
			continue;
		if (!fits(c, below ? path + (path[4] ? 5 : 4) : path, first))
			continue;
		*path_known = true;
		if (strcmp(c->q->method, route->method) == 0)
			return route;
	}
	return NULL;
}

/* To where the repository is now.  The rest of the path goes along. */
static void
redirect(struct call *c)
{
	int status = strcmp(c->q->method, "GET") == 0 ? 301 : 307;
	const char *rest;
	char *to;

	rest = strstr(c->q->path, "/repos/") + 7;
	rest = strchr(rest, '/');
	rest = rest ? strchr(rest + 1, '/') : NULL;
	to = xasprintf("%s/repositories/%" PRId64 "%s%s%s", c->s->base, store_int(c->repo, "id"),
	    rest ? rest : "", c->q->query ? "?" : "", c->q->query ? c->q->query : "");
	http_put(c->r, "Location", "%s", to);
	api_fail(c, status, status == 301 ? "Moved Permanently" : "Temporary Redirect");
	free(to);
}

/* Finds the repository.  False: answered. */
static bool
find_repo(struct call *c, size_t first)
{
	const struct val *only = val_get(c->token, "repos");
	char *full;
	bool renamed = false;
	int64_t id = 0;
	enum role cap;

	if (first == 3)
		c->repo = store_repo(c->s, c->part[1], c->part[2], &renamed);
	else if (num_int(c->part[1], 1, INT64_MAX, &id) == 0)
		c->repo = store_repo_id(c->s, id);
	c->role = c->repo ? store_role(c->s, c->repo, c->login) : ROLE_NONE;
	cap = *store_text(c->token, "permission") ? store_role_named(store_text(c->token, "permission")) : ROLE_ADMIN;
	if (c->repo && only) {
		full = xasprintf("%s/%s", store_text(c->repo, "owner"), store_text(c->repo, "name"));
		if (!store_has(only, full))
			c->role = ROLE_NONE;
		free(full);
	}
	if (c->role == ROLE_NONE || cap == ROLE_NONE) {
		api_fail(c, 404, "Not Found");
		return false;
	}
	if (renamed) {
		redirect(c);
		return false;
	}
	return true;
}

/* What follows its number in the path. */
static const char *
below_issue(const struct call *c)
{
	const char *number = strstr(c->q->path, "/issues/") + strlen("/issues/");

	return number + strcspn(number, "/");
}

/* Finds the issue of the path, if it has one.  False: answered. */
static bool
find_issue(struct call *c, size_t first)
{
	const struct val *moved;
	struct val *to;
	const char *gone;
	int64_t number;
	bool renamed;

	if (c->parts <= first + 1 || strcmp(c->part[first], "issues") != 0 ||
	    num_int(c->part[first + 1], 1, INT64_MAX, &number) == -1)
		return true;
	c->issue = store_issue(c->repo, number);
	if (!c->issue) {
		api_fail(c, 404, "Not Found");
		return false;
	}
	moved = val_get(c->issue, "moved");
	gone = store_text(c->issue, "gone");
	if (moved && (to = store_repo(c->s, store_text(moved, "owner"), store_text(moved, "repo"), &renamed))) {
		http_put(c->r, "Location", "%s/repositories/%" PRId64 "/issues/%" PRId64 "%s%s%s", c->s->base,
		    store_int(to, "id"), store_int(moved, "number"), below_issue(c),
		    c->q->query ? "?" : "", c->q->query ? c->q->query : "");
		api_fail(c, strcmp(c->q->method, "GET") == 0 ? 301 : 307, "Moved Permanently");
		return false;
	}
	if (*gone) {
		if (strcmp(gone, "hidden") == 0)
			api_fail(c, 404, "Not Found");
		else
			api_fail(c, 410, "This issue was deleted");
		return false;
	}
	if (!val_truth(val_get(c->repo, "has_issues"), true) && !val_truth(val_get(c->issue, "pull"), false)) {
		api_fail(c, 410, "Issues are disabled for this repo");
		return false;
	}
	return true;
}

/* A write needs somebody who asks, and a token that may write. */
static bool
may_write(struct call *c)
{
	const char *permission = store_text(c->token, "permission");

	if (!c->login) {
		api_fail(c, 401, "Requires authentication");
		return false;
	}
	if (c->repo && *permission && store_role_named(permission) < ROLE_TRIAGE) {
		api_denied(c, "issues=write");
		return false;
	}
	if (c->repo && val_truth(val_get(c->repo, "archived"), false)) {
		api_fail(c, 403, "Repository was archived so is read-only.");
		return false;
	}
	return true;
}

static bool
has(const struct call *c, enum capability what)
{
	static const char *const names[] = { "", "sub_issues", "dependencies", "issue_types", "rest_projects" };

	return what == ALL || store_option(c->s, names[what], 1);
}

void
route_answer(struct call *c)
{
	size_t first = named(c), len = strlen(c->q->path);
	const struct route *route;
	bool path_known, writes = strcmp(c->q->method, "GET") != 0;

	if (c->graphql) {
		graphql_answer(c);
		return;
	}
	if (len > 1 && c->q->path[len - 1] == '/') {
		check_violation(c, "path", "a slash at the end: %s", c->q->path);
		api_fail(c, 404, "Not Found");
		return;
	}
	route = find(c, first, &path_known);
	if (!route || !has(c, route->needs)) {
		if (!route)
			check_violation(c, "path", "%s %s is no endpoint", c->q->method, c->q->path);
		api_fail(c, 404, "Not Found");
		return;
	}
	if (first > 0 && (!find_repo(c, first) || !find_issue(c, first)))
		return;
	if (writes && !may_write(c))
		return;
	if (!check_query(c, route->query) || !check_body(c, route->body))
		return;
	route->answer(c);
	if (writes && c->r->status < 300) {
		c->wrote = true;
		store_changed(c->s);
	}
}
