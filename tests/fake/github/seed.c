/*
 * seed - what is there before a test begins
 *
 *	{"users": [{"login": "ana", "type": "User|Organization|Bot", "members": ["ana"]}],
 *	 "tokens": [{"token": "t1", "login": "ana", "scopes": ["repo", "project"],
 *	   "permission": "write", "repos": ["acme/app"], "limit": 5000, "used": 0}],
 *	 "repos": [{"owner": "acme", "name": "app", "private": true, "has_issues": true,
 *	   "collaborators": {"ana": "admin"}, "labels": ["bug", {"name": "x", "color": "ff0000"}],
 *	   "types": ["Bug"], "id": 1000}],
 *	 "issues": [{"repo": "acme/app", "title": "One", "user": "bob", "labels": ["bug"],
 *	   "comments": [{"user": "ana", "body": "yes"}], "count": 1}],
 *	 "projects": [{"owner": "acme", "number": 1, "title": "Board",
 *	   "fields": [{"name": "Status", "options": ["Todo", "Done"]}], "items": [1, 2]}]}
 *
 * Any member of store.h may be given for an issue, a comment, a token; `permission` of a
 * token bounds what its login may.  `count` makes so many, with " 1", " 2", .. behind the
 * title.  Who is named exists from then on.  Items of a project are numbers of issues in
 * the first repository of its owner.  What is there already (by name) is changed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "control.h"
#include "store.h"

#define COUNT_MAX 20000

/* Copies what is given but for some members; times may be texts. */
static void
take(struct val *to, const struct val *from, const char *except)
{
	int64_t t;

	for (size_t i = 0; i < from->n; i++) {
		const char *key = from->key[i], *text = val_text(from->v[i]);
		char *word = xasprintf(" %s ", key);
		bool skip = strstr(except, word) != NULL;

		free(word);
		if (skip)
			continue;
		if (strlen(key) > 3 && strcmp(key + strlen(key) - 3, "_at") == 0 && text && clock_parse(text, &t) == 0)
			store_put_int(to, key, t);
		else
			val_put(to, key, val_copy(from->v[i]));
	}
}

static void
put_users(struct store *s, const struct val *list)
{
	for (size_t i = 0; list && i < list->n; i++)
		take(store_add_user(s, store_text(list->v[i], "login"), NULL), list->v[i], " login ");
}

static void
put_tokens(struct store *s, const struct val *list)
{
	for (size_t i = 0; list && i < list->n; i++) {
		struct val *token = store_token(s, store_text(list->v[i], "token"));

		if (!token) {
			token = val_map();
			store_put_int(token, "limit", 5000);
			store_put_int(token, "used", 0);
			store_put_int(token, "reset", store_now(s) + 3600);
			val_push(val_get(s->state, "tokens"), token);
		}
		take(token, list->v[i], " ");
		store_add_user(s, store_text(token, "login"), NULL);
	}
}

static void
put_labels(struct store *s, struct val *repo, const struct val *list)
{
	for (size_t i = 0; list && i < list->n; i++) {
		const char *name = val_text(list->v[i]) ? val_text(list->v[i]) : store_text(list->v[i], "name");

		if (!store_label(repo, name))
			store_add_label(s, repo, name, val_text(val_get(list->v[i], "color")),
			    val_text(val_get(list->v[i], "description")));
	}
}

static void
put_repo(struct store *s, const struct val *from, struct val *made)
{
	const char *owner = store_text(from, "owner"), *name = store_text(from, "name");
	const struct val *people = val_get(from, "collaborators"), *types = val_get(from, "types");
	bool renamed;
	struct val *repo = store_repo(s, owner, name, &renamed), *type;

	if (!repo || renamed) {
		repo = val_map();
		store_put_int(repo, "id", store_new_id(s));
		store_put_int(repo, "next_number", 1);
		val_put(repo, "private", val_bool(true));
		val_push(val_get(s->state, "repos"), repo);
	}
	take(repo, from, " labels types ");
	store_add_user(s, owner, NULL);
	for (size_t i = 0; people && i < people->n; i++)
		store_add_user(s, people->key[i], NULL);
	put_labels(s, repo, val_get(from, "labels"));
	for (size_t i = 0; types && i < types->n; i++) {
		type = val_map();
		store_put_int(type, "id", store_new_id(s));
		store_put(type, "name", val_text(types->v[i]));
		val_push(store_list(repo, "types"), type);
	}
	val_push(made, val_int(store_int(repo, "id")));
}

/* False: no such repository. */
static bool
put_issue(struct store *s, const struct val *from, struct val *made)
{
	char *owner = xstrdup(store_text(from, "repo")), *slash = strchr(owner, '/'), *title;
	const struct val *comments = val_get(from, "comments"), *people = val_get(from, "assignees");
	int64_t count = val_number(val_get(from, "count"), 1);
	struct val *repo = NULL, *issue, *comment;
	bool renamed;

	if (slash) {
		*slash = '\0';
		repo = store_repo(s, owner, slash + 1, &renamed);
	}
	free(owner);
	if (!repo || count > COUNT_MAX)
		return false;
	put_labels(s, repo, val_get(from, "labels"));
	for (size_t i = 0; people && i < people->n; i++)
		store_add_user(s, val_text(people->v[i]) ? people->v[i]->s : "nobody", NULL);
	for (int64_t i = 1; i <= count; i++) {
		title = count == 1 ? xstrdup(store_text(from, "title")) :
		    xasprintf("%s %" PRId64, store_text(from, "title"), i);
		issue = store_add_issue(s, repo, *store_text(from, "user") ? store_text(from, "user") :
		    store_text(repo, "owner"), *title ? title : "An issue", val_text(val_get(from, "body")));
		free(title);
		take(issue, from, " repo title user body comments count parent children ");
		for (size_t k = 0; comments && k < comments->n; k++) {
			int64_t updated = store_int(issue, "updated_at");

			comment = store_add_comment(s, issue, store_text(comments->v[k], "user"),
			    store_text(comments->v[k], "body"));
			take(comment, comments->v[k], " user body ");
			store_put_int(issue, "updated_at", updated);
		}
		if (val_get(from, "parent"))
			store_set_parent(s, issue, store_int(store_issue(repo, store_int(from, "parent")), "id"));
		if (i <= 100)
			val_push(made, val_int(store_int(issue, "id")));
	}
	return true;
}

static void
put_field(struct store *s, struct val *project, const struct val *from)
{
	const struct val *names = val_get(from, "options");
	struct val *field = val_map(), *options, *option;

	store_put_int(field, "id", store_new_id(s));
	store_put(field, "name", store_text(from, "name"));
	store_put(field, "data_type", names ? "single_select" : "text");
	options = store_list(field, "options");
	for (size_t i = 0; names && i < names->n; i++) {
		char *id = xasprintf("%08" PRIx64, (uint64_t)store_new_id(s));

		option = val_map();
		store_put(option, "id", id);
		store_put(option, "name", val_text(names->v[i]));
		val_push(options, option);
		free(id);
	}
	val_push(store_list(project, "fields"), field);
}

static void
put_project(struct store *s, const struct val *from, struct val *made)
{
	const struct val *fields = val_get(from, "fields"), *items = val_get(from, "items");
	const struct val *repo = store_named(val_get(s->state, "repos"), "owner", store_text(from, "owner"));
	struct val *project = val_map(), *issue;

	store_put_int(project, "id", store_new_id(s));
	store_put_int(project, "number", val_number(val_get(from, "number"), 1));
	store_put(project, "owner", store_text(from, "owner"));
	store_put(project, "title", *store_text(from, "title") ? store_text(from, "title") : "Board");
	store_put_int(project, "created_at", store_now(s));
	for (size_t i = 0; fields && i < fields->n; i++)
		put_field(s, project, fields->v[i]);
	store_list(project, "items");
	for (size_t i = 0; items && i < items->n; i++)
		if ((issue = store_issue(repo, val_number(items->v[i], 0))) != NULL)
			store_add_item(s, project, store_int(issue, "id"));
	val_push(val_get(s->state, "projects"), project);
	store_add_user(s, store_text(from, "owner"), NULL);
	val_push(made, val_int(store_int(project, "id")));
}

struct val *
seed_put(struct store *s, const struct val *from, const char **wrong)
{
	const struct val *repos = val_get(from, "repos"), *issues = val_get(from, "issues");
	const struct val *projects = val_get(from, "projects");
	struct val *made = val_map();

	put_users(s, val_get(from, "users"));
	put_tokens(s, val_get(from, "tokens"));
	for (size_t i = 0; repos && i < repos->n; i++)
		put_repo(s, repos->v[i], store_list(made, "repos"));
	for (size_t i = 0; issues && i < issues->n; i++)
		if (!put_issue(s, issues->v[i], store_list(made, "issues"))) {
			*wrong = "an issue names no repository, or more than 20000 are wanted";
			val_free(made);
			return NULL;
		}
	for (size_t i = 0; projects && i < projects->n; i++)
		put_project(s, projects->v[i], store_list(made, "projects"));
	return made;
}
