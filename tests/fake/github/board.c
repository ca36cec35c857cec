/*
 * board - Projects v2 over REST: numeric ids, options by their text ids
 *
 * Adding what is there already gives the item that there is.  An archived item refuses
 * updates; an option that the field does not have (any more) is 422.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "check.h"
#include "routes.h"
#include "view.h"

bool
board_scope(const struct call *c, const char *scope)
{
	const struct val *scopes = val_get(c->token, "scopes");

	return store_has(scopes, scope) || (strcmp(scope, "read:project") == 0 && store_has(scopes, "project"));
}

bool
board_set(struct call *c, struct val *item, struct val *field, const struct val *value)
{
	const struct val *options = val_get(field, "options");
	if (val_truth(val_get(item, "archived"), false) || !field)
		return false;
	if (value && value->kind != VAL_NULL && options && options->n > 0 &&
	    (!val_text(value) || !store_named(options, "id", val_text(value))))
		return false;
	store_move(c->s, item, field, val_text(value));
	return true;
}

/* The project that the path names, if the token may see it.  NULL: answered. */
static struct val *
named(struct call *c)
{
	const struct val *owner = store_user(c->s, c->wild[0]);
	bool organization = strcmp(store_text(owner, "type"), "Organization") == 0;
	struct val *project = store_project(c->s, c->wild[0], c->wild[1] ? strtoll(c->wild[1], NULL, 10) : 0);

	if (!project || organization != (strcmp(c->part[0], "orgs") == 0)) {
		api_fail(c, 404, "Not Found");
		return NULL;
	}
	if (!c->login || !board_scope(c, "read:project")) {
		api_denied(c, "organization_projects=read");
		return NULL;
	}
	if (strcmp(c->q->method, "GET") != 0 && !board_scope(c, "project")) {
		api_denied(c, "organization_projects=write");
		return NULL;
	}
	return project;
}

static struct val *
item_of(struct call *c, struct val *project)
{
	struct val *item = store_find(val_get(project, "items"), "id", strtoll(c->wild[2], NULL, 10));

	if (!item)
		api_fail(c, 404, "Not Found");
	return item;
}

void
board_list(struct call *c)
{
	const struct val *projects = val_get(c->s->state, "projects");
	struct val *list;

	if (!board_scope(c, "read:project")) {
		api_denied(c, "organization_projects=read");
		return;
	}
	list = val_list();
	for (size_t i = 0; i < projects->n; i++)
		if (strcasecmp(store_text(projects->v[i], "owner"), c->wild[0]) == 0)
			val_push(list, view_project(c->s, projects->v[i]));
	list_answer(c, list);
}

void
board_get(struct call *c)
{
	struct val *project = named(c);

	if (project)
		api_json(c, 200, view_project(c->s, project));
}

void
board_fields(struct call *c)
{
	struct val *project = named(c), *list;
	const struct val *fields = val_get(project, "fields");

	if (!project)
		return;
	list = val_list();
	for (size_t i = 0; fields && i < fields->n; i++)
		val_push(list, view_field(c->s, project, fields->v[i]));
	list_answer(c, list);
}

/* Archived items are in no list. */
void
board_items(struct call *c)
{
	struct val *project = named(c), *list;
	const struct val *items = val_get(project, "items");

	if (!project)
		return;
	list = val_list();
	for (size_t i = 0; items && i < items->n; i++)
		if (!val_truth(val_get(items->v[i], "archived"), false))
			val_push(list, view_item(c->s, project, items->v[i]));
	list_answer(c, list);
}

void
board_item(struct call *c)
{
	struct val *project = named(c), *item;

	if (project && (item = item_of(c, project)) != NULL)
		api_json(c, 200, view_item(c->s, project, item));
}

/* By database id, or by owner, repository and number: one of the two. */
static struct val *
wanted(struct call *c, struct val **repo)
{
	const struct val *number = val_get(c->body, "number");
	bool renamed, by_id = val_get(c->body, "id") != NULL;
	bool by_name = number && val_get(c->body, "owner") && val_get(c->body, "repo");
	struct val *issue;

	if (by_id == by_name) {
		check_violation(c, "body", "either id, or owner, repo and number");
		api_fail(c, 422, "Invalid request.\n\nNo subschema in \"oneOf\" matched.");
		return NULL;
	}
	if (by_id)
		issue = store_issue_id(c->s, store_int(c->body, "id"), repo);
	else {
		*repo = store_repo(c->s, store_text(c->body, "owner"), store_text(c->body, "repo"), &renamed);
		issue = store_issue(*repo, val_number(number, 0));
	}
	if (!issue || *store_text(issue, "gone") || store_role(c->s, *repo, c->login) == ROLE_NONE) {
		api_fail(c, 404, "Not Found");
		return NULL;
	}
	return issue;
}

void
board_add(struct call *c)
{
	struct val *project = named(c), *repo, *issue;

	if (project && (issue = wanted(c, &repo)) != NULL)
		api_json(c, 201, view_item(c->s, project, store_add_item(c->s, project, store_int(issue, "id"))));
}

void
board_update(struct call *c)
{
	struct val *project = named(c), *item, *field;
	const struct val *fields = val_get(c->body, "fields");

	if (!project || (item = item_of(c, project)) == NULL)
		return;
	for (size_t i = 0; i < fields->n; i++) {
		const struct val *value = val_get(fields->v[i], "value");

		if (!value || val_get(fields->v[i], "id") == NULL || val_get(fields->v[i], "id")->kind != VAL_INT) {
			check_violation(c, "body", "fields need id and value");
			api_fail(c, 422, "Invalid request.\n\n\"id\", \"value\" weren't supplied.");
			return;
		}
		field = store_find(val_get(project, "fields"), "id", store_int(fields->v[i], "id"));
		if (!board_set(c, item, field, value)) {
			api_invalid(c, "ProjectV2Item", "fields", "invalid",
			    val_truth(val_get(item, "archived"), false) ? "The item is archived and cannot be updated" :
			    "The single select option Id does not belong to the field");
			return;
		}
	}
	api_json(c, 200, view_item(c->s, project, item));
}

void
board_delete(struct call *c)
{
	struct val *project = named(c), *item, *items;

	if (!project || (item = item_of(c, project)) == NULL)
		return;
	items = val_get(project, "items");
	for (size_t i = 0; i < items->n; i++)
		if (items->v[i] == item) {
			store_remove(items, i);
			break;
		}
	api_empty(c);
}
