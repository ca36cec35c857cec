/*
 * mutation - the two changes of a board over GraphQL: add an item, set its value
 */
#include <string.h>

#include "api.h"
#include "check.h"
#include "routes.h"
#include "schema.h"
#include "view.h"

/* The members of an input; what is not known is a violation. */
static bool
check_input(struct resolve *r, const struct val *input, const char *required, const char *known)
{
	const char *at = required;
	char name[64];
	size_t n;

	for (; *at; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		memcpy(name, at, n);
		name[n] = '\0';
		if (!val_get(input, name)) {
			check_violation(r->c, "graphql", "input has no %s", name);
			resolve_error(r, "INVALID", "Argument '%s' on InputObject is required.", name);
			return false;
		}
	}
	for (size_t i = 0; i < input->n; i++)
		if (!strstr(known, input->key[i]))
			check_violation(r->c, "graphql", "input has an unknown %s", input->key[i]);
	return true;
}

static void
not_found(struct resolve *r, const char *id)
{
	resolve_error(r, "NOT_FOUND", "Could not resolve to a node with the global id of '%s'", id);
}

void
mutation_add_item(struct resolve *r, struct thing t)
{
	const struct val *input = val_get(r->args, "input");
	const char *content = store_text(input, "contentId"), *id = store_text(input, "projectId");
	struct val *project = schema_project(r->c, id), *repo = NULL, *issue;

	(void)t;
	if (!check_input(r, input, "projectId contentId", "projectId contentId clientMutationId"))
		return;
	issue = store_issue_id(r->c->s, view_node_id("I_kwDO", content), &repo);
	if (!project)
		not_found(r, id);
	else if (!issue || *store_text(issue, "gone") || store_role(r->c->s, repo, r->c->login) == ROLE_NONE)
		not_found(r, content);
	else
		resolve_put(r, "ProjectV2Item", store_add_item(r->c->s, project, store_int(issue, "id")), project);
}

void
mutation_update_value(struct resolve *r, struct thing t)
{
	static const char *const kinds[] = { "singleSelectOptionId", "text", "number", "date", "iterationId" };
	const struct val *input = val_get(r->args, "input"), *value = val_get(input, "value"), *given = NULL;
	struct val *project = schema_project(r->c, store_text(input, "projectId")), *item, *field;

	(void)t;
	if (!check_input(r, input, "projectId itemId fieldId value", "projectId itemId fieldId value clientMutationId"))
		return;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (val_get(value, kinds[i]))
			given = val_get(value, kinds[i]);
	item = store_find(val_get(project, "items"), "id", view_node_id("PVTI_lADO", store_text(input, "itemId")));
	field = store_find(val_get(project, "fields"), "id",
	    view_node_id("PVTSSF_lADO", store_text(input, "fieldId")));
	if (!project)
		not_found(r, store_text(input, "projectId"));
	else if (!item)
		not_found(r, store_text(input, "itemId"));
	else if (!field)
		not_found(r, store_text(input, "fieldId"));
	else if (val_truth(val_get(item, "archived"), false))
		resolve_error(r, "UNPROCESSABLE", "The item is archived and cannot be updated");
	else if (!board_set(r->c, item, field, given))
		resolve_error(r, "VALIDATION", "The single select option Id does not belong to the field");
	else
		resolve_put(r, "ProjectV2Item", item, project);
}
