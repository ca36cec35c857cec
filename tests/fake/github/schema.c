#include "schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "view.h"

/* Scalars that are more than a member of the store. */
static struct val *
get_id(struct call *c, struct thing t)
{
	static const struct { const char *type, *prefix; } known[] = {
		{ "Issue", "I_kwDO" }, { "PullRequest", "PR_kwDO" }, { "User", "U_kgDO" },
		{ "Organization", "U_kgDO" }, { "Repository", "R_kgDO" }, { "ProjectV2", "PVT_kwDO" },
		{ "ProjectV2Item", "PVTI_lADO" }, { "ProjectV2SingleSelectField", "PVTSSF_lADO" },
		{ "ProjectV2Field", "PVTSSF_lADO" },
	};

	(void)c;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].type, t.type) == 0)
			return view_node(known[i].prefix, store_int(t.v, "id"));
	return val_null();
}

static struct val *
upper(const char *s)
{
	struct val *v = val_str(s);

	for (char *p = v->s; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return v;
}

static struct val *
get_state(struct call *c, struct thing t)
{
	(void)c;
	return upper(store_text(t.v, "state"));
}

static struct val *
get_data_type(struct call *c, struct thing t)
{
	(void)c;
	return upper(store_text(t.v, "data_type"));
}

static struct val *
get_archived(struct call *c, struct thing t)
{
	(void)c;
	return val_bool(val_truth(val_get(t.v, "archived"), false));
}

static struct val *
get_closed(struct call *c, struct thing t)
{
	(void)c;
	return val_bool(strcmp(store_text(t.v, "state"), "closed") == 0);
}

static struct val *
get_updated(struct call *c, struct thing t)
{
	(void)c;
	return view_time(store_int(t.v, val_get(t.v, "updated_at") ? "updated_at" : "created_at"));
}

static struct val *
get_url(struct call *c, struct thing t)
{
	char *s = xasprintf("https://github.test/%s/%" PRId64, t.type, store_int(t.v, "id"));
	struct val *v = val_str(s);

	(void)c;
	free(s);
	return v;
}

static struct val *
get_item_type(struct call *c, struct thing t)
{
	(void)c;
	(void)t;
	return val_str("ISSUE");
}

static struct val *
get_full_name(struct call *c, struct thing t)
{
	char *s = xasprintf("%s/%s", store_text(t.v, "owner"), store_text(t.v, "name"));
	struct val *v = val_str(s);

	(void)c;
	free(s);
	return v;
}

/* clang-format off */
#define S SCHEMA_SCALAR
#define BOARD "read:project"
static const struct schema_field fields[] = {
	{ "Query", "viewer", SCHEMA_ONE, "User", "", 0, resolve_viewer, 0 },
	{ "Query", "user", SCHEMA_ONE, "User", "login!", 0, resolve_user, 0 },
	{ "Query", "organization", SCHEMA_ONE, "Organization", "login!", 0, resolve_organization, 0 },
	{ "Query", "repository", SCHEMA_ONE, "Repository", "owner! name! followRenames", 0, resolve_repository, 0 },
	{ "Query", "node", SCHEMA_ONE, "Node", "id!", 0, resolve_node, 0 },
	{ "Mutation", "addProjectV2ItemById", SCHEMA_ONE, "AddProjectV2ItemByIdPayload", "input!", 0,
	    mutation_add_item, "project" },
	{ "Mutation", "updateProjectV2ItemFieldValue", SCHEMA_ONE, "UpdateProjectV2ItemFieldValuePayload",
	    "input!", 0, mutation_update_value, "project" },
	{ "AddProjectV2ItemByIdPayload", "item", SCHEMA_ONE, "ProjectV2Item", "", 0, 0, 0 },
	{ "UpdateProjectV2ItemFieldValuePayload", "projectV2Item", SCHEMA_ONE, "ProjectV2Item", "", 0, 0, 0 },
	{ "User", "id", S, 0, "", get_id, 0, 0 },
	{ "User", "databaseId", S, "id", "", 0, 0, 0 },
	{ "User", "login", S, "login", "", 0, 0, 0 },
	{ "User", "projectV2", SCHEMA_ONE, "ProjectV2", "number!", 0, resolve_project, BOARD },
	{ "User", "projectsV2", SCHEMA_CONNECTION, "ProjectV2", "query", 0, resolve_projects, BOARD },
	{ "Organization", "id", S, 0, "", get_id, 0, 0 },
	{ "Organization", "databaseId", S, "id", "", 0, 0, 0 },
	{ "Organization", "login", S, "login", "", 0, 0, 0 },
	{ "Organization", "projectV2", SCHEMA_ONE, "ProjectV2", "number!", 0, resolve_project, BOARD },
	{ "Organization", "projectsV2", SCHEMA_CONNECTION, "ProjectV2", "query", 0, resolve_projects, BOARD },
	{ "Repository", "id", S, 0, "", get_id, 0, 0 },
	{ "Repository", "databaseId", S, "id", "", 0, 0, 0 },
	{ "Repository", "name", S, "name", "", 0, 0, 0 },
	{ "Repository", "nameWithOwner", S, 0, "", get_full_name, 0, 0 },
	{ "Repository", "issue", SCHEMA_ONE, "Issue", "number!", 0, resolve_issue, 0 },
	{ "Node", "id", S, 0, "", get_id, 0, 0 },
	{ "Issue", "id", S, 0, "", get_id, 0, 0 },
	{ "Issue", "databaseId", S, "id", "", 0, 0, 0 },
	{ "Issue", "fullDatabaseId", S, "id", "", 0, 0, 0 },
	{ "Issue", "number", S, "number", "", 0, 0, 0 },
	{ "Issue", "title", S, "title", "", 0, 0, 0 },
	{ "Issue", "state", S, 0, "", get_state, 0, 0 },
	{ "Issue", "closed", S, 0, "", get_closed, 0, 0 },
	{ "Issue", "updatedAt", S, 0, "", get_updated, 0, 0 },
	{ "Issue", "url", S, 0, "", get_url, 0, 0 },
	{ "Issue", "repository", SCHEMA_ONE, "Repository", "", 0, resolve_repository_of_issue, 0 },
	{ "Issue", "projectItems", SCHEMA_CONNECTION, "ProjectV2Item", "includeArchived", 0,
	    resolve_items_of_issue, BOARD },
	{ "PullRequest", "id", S, 0, "", get_id, 0, 0 },
	{ "PullRequest", "number", S, "number", "", 0, 0, 0 },
	{ "ProjectV2", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2", "databaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2", "fullDatabaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2", "number", S, "number", "", 0, 0, 0 },
	{ "ProjectV2", "title", S, "title", "", 0, 0, 0 },
	{ "ProjectV2", "closed", S, 0, "", get_closed, 0, 0 },
	{ "ProjectV2", "url", S, 0, "", get_url, 0, 0 },
	{ "ProjectV2", "fields", SCHEMA_CONNECTION, "ProjectV2FieldConfiguration", "orderBy", 0, resolve_fields, BOARD },
	{ "ProjectV2", "field", SCHEMA_ONE, "ProjectV2FieldConfiguration", "name!", 0, resolve_field, BOARD },
	{ "ProjectV2", "items", SCHEMA_CONNECTION, "ProjectV2Item", "orderBy query", 0, resolve_items, BOARD },
	{ "ProjectV2FieldCommon", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2FieldCommon", "name", S, "name", "", 0, 0, 0 },
	{ "ProjectV2FieldCommon", "dataType", S, 0, "", get_data_type, 0, 0 },
	{ "ProjectV2Field", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2Field", "databaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2Field", "name", S, "name", "", 0, 0, 0 },
	{ "ProjectV2Field", "dataType", S, 0, "", get_data_type, 0, 0 },
	{ "ProjectV2IterationField", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2IterationField", "name", S, "name", "", 0, 0, 0 },
	{ "ProjectV2SingleSelectField", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2SingleSelectField", "databaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2SingleSelectField", "name", S, "name", "", 0, 0, 0 },
	{ "ProjectV2SingleSelectField", "dataType", S, 0, "", get_data_type, 0, 0 },
	{ "ProjectV2SingleSelectField", "options", SCHEMA_LIST, "ProjectV2SingleSelectFieldOption", "names", 0,
	    resolve_options, 0 },
	{ "ProjectV2SingleSelectFieldOption", "id", S, "id", "", 0, 0, 0 },
	{ "ProjectV2SingleSelectFieldOption", "name", S, "name", "", 0, 0, 0 },
	{ "ProjectV2Item", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2Item", "databaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2Item", "fullDatabaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2Item", "isArchived", S, 0, "", get_archived, 0, 0 },
	{ "ProjectV2Item", "type", S, 0, "", get_item_type, 0, 0 },
	{ "ProjectV2Item", "updatedAt", S, 0, "", get_updated, 0, 0 },
	{ "ProjectV2Item", "project", SCHEMA_ONE, "ProjectV2", "", 0, resolve_project_of_item, 0 },
	{ "ProjectV2Item", "content", SCHEMA_ONE, "ProjectV2ItemContent", "", 0, resolve_content, 0 },
	{ "ProjectV2Item", "fieldValueByName", SCHEMA_ONE, "ProjectV2ItemFieldValue", "name!", 0, resolve_value, 0 },
	{ "DraftIssue", "title", S, "title", "", 0, 0, 0 },
	{ "ProjectV2ItemFieldTextValue", "text", S, "text", "", 0, 0, 0 },
	{ "ProjectV2ItemFieldSingleSelectValue", "name", S, "name", "", 0, 0, 0 },
	{ "ProjectV2ItemFieldSingleSelectValue", "optionId", S, "id", "", 0, 0, 0 },
};
/* clang-format on */

const struct schema_field *
schema_field(const char *type, const char *name)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(fields[i].on, type) == 0 && strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

bool
schema_is(const char *concrete, const char *type)
{
	static const struct { const char *type, *among; } wide[] = {
		{ "Node", " Issue PullRequest User Organization Repository ProjectV2 ProjectV2Item ProjectV2Field "
		    "ProjectV2SingleSelectField " },
		{ "ProjectV2Owner", " User Organization Issue " },
		{ "ProjectV2FieldConfiguration", " ProjectV2Field ProjectV2SingleSelectField ProjectV2IterationField "
		    "ProjectV2FieldCommon " },
		{ "ProjectV2FieldCommon", " ProjectV2Field ProjectV2SingleSelectField ProjectV2IterationField " },
		{ "ProjectV2ItemContent", " Issue PullRequest DraftIssue " },
		{ "ProjectV2ItemFieldValue", " ProjectV2ItemFieldSingleSelectValue ProjectV2ItemFieldTextValue " },
	};
	char word[64];

	if (strcmp(concrete, type) == 0)
		return true;
	snprintf(word, sizeof word, " %s ", concrete);
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (strcmp(wide[i].type, type) == 0 && strstr(wide[i].among, word))
			return true;
	return false;
}
