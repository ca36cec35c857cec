#include "schema.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "view.h"

void
resolve_error(struct resolve *r, const char *type, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->message, sizeof r->message, fmt, ap);
	va_end(ap);
	r->error = type;
}

void
resolve_put(struct resolve *r, const char *type, struct val *v, struct val *up)
{
	if (v && r->n < sizeof r->out / sizeof *r->out)
		r->out[r->n++] = (struct thing){ type, v, up };
}

struct val *
schema_project(struct call *c, const char *node)
{
	return store_find(val_get(c->s->state, "projects"), "id", view_node_id("PVT_kwDO", node));
}

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

/* Things. */
static void
find_owner(struct resolve *r, struct thing t)
{
	const char *login = store_text(r->args, "login");
	struct val *user = store_user(r->c->s, login);
	bool organization = strcmp(store_text(user, "type"), "Organization") == 0;

	/* t.v tells nothing here; which of the two was asked for is in `up`. */
	if (!user || organization != (t.up != NULL))
		resolve_error(r, "NOT_FOUND", "Could not resolve to %s with the login of '%s'.",
		    t.up ? "an Organization" : "a User", login);
	else
		resolve_put(r, organization ? "Organization" : "User", user, NULL);
}

static void
find_user(struct resolve *r, struct thing t)
{
	t.up = NULL;
	find_owner(r, t);
}

static void
find_organization(struct resolve *r, struct thing t)
{
	t.up = r->c->s->state;
	find_owner(r, t);
}

static void
find_viewer(struct resolve *r, struct thing t)
{
	(void)t;
	resolve_put(r, "User", store_user(r->c->s, r->c->login), NULL);
}

static void
find_repository(struct resolve *r, struct thing t)
{
	const char *owner = store_text(r->args, "owner"), *name = store_text(r->args, "name");
	bool renamed;
	struct val *repo = store_repo(r->c->s, owner, name, &renamed);

	(void)t;
	if (!repo || store_role(r->c->s, repo, r->c->login) == ROLE_NONE)
		resolve_error(r, "NOT_FOUND", "Could not resolve to a Repository with the name '%s/%s'.", owner, name);
	else
		resolve_put(r, "Repository", repo, NULL);
}

static void
find_issue(struct resolve *r, struct thing t)
{
	int64_t number = store_int(r->args, "number");
	struct val *issue = store_issue(t.v, number);

	if (!issue || *store_text(issue, "gone") || val_get(issue, "moved"))
		resolve_error(r, "NOT_FOUND", "Could not resolve to an Issue with the number of %" PRId64 ".", number);
	else
		resolve_put(r, "Issue", issue, t.v);
}

static void
find_node(struct resolve *r, struct thing t)
{
	const char *id = store_text(r->args, "id");
	const struct val *projects = val_get(r->c->s->state, "projects");
	struct val *repo = NULL, *v = schema_project(r->c, id);

	(void)t;
	resolve_put(r, "ProjectV2", v, NULL);
	v = store_issue_id(r->c->s, view_node_id("I_kwDO", id), &repo);
	if (v && !*store_text(v, "gone") && store_role(r->c->s, repo, r->c->login) != ROLE_NONE)
		resolve_put(r, "Issue", v, repo);
	for (size_t i = 0; r->n == 0 && i < projects->n; i++)
		resolve_put(r, "ProjectV2Item", store_find(val_get(projects->v[i], "items"), "id",
		    view_node_id("PVTI_lADO", id)), projects->v[i]);
	if (r->n == 0)
		resolve_error(r, "NOT_FOUND", "Could not resolve to a node with the global id of '%s'", id);
}

static void
find_project(struct resolve *r, struct thing t)
{
	int64_t number = store_int(r->args, "number");
	struct val *project = store_project(r->c->s, store_text(t.v, "login"), number);

	if (project)
		resolve_put(r, "ProjectV2", project, NULL);
	else
		resolve_error(r, "NOT_FOUND", "Could not resolve to a ProjectV2 with the number %" PRId64 ".", number);
}

static void
find_projects(struct resolve *r, struct thing t)
{
	const struct val *projects = val_get(r->c->s->state, "projects");

	for (size_t i = 0; i < projects->n; i++)
		if (strcasecmp(store_text(projects->v[i], "owner"), store_text(t.v, "login")) == 0)
			resolve_put(r, "ProjectV2", projects->v[i], NULL);
}

static const char *
field_type(const struct val *field)
{
	const struct val *options = val_get(field, "options");

	return options && options->n > 0 ? "ProjectV2SingleSelectField" : "ProjectV2Field";
}

static void
find_fields(struct resolve *r, struct thing t)
{
	const struct val *fields = val_get(t.v, "fields");

	for (size_t i = 0; fields && i < fields->n; i++)
		resolve_put(r, field_type(fields->v[i]), fields->v[i], t.v);
}

static void
find_field(struct resolve *r, struct thing t)
{
	struct val *field = store_named(val_get(t.v, "fields"), "name", store_text(r->args, "name"));

	resolve_put(r, field ? field_type(field) : NULL, field, t.v);
}

static void
find_items(struct resolve *r, struct thing t)
{
	const struct val *items = val_get(t.v, "items");

	for (size_t i = 0; items && i < items->n; i++)
		if (!val_truth(val_get(items->v[i], "archived"), false))
			resolve_put(r, "ProjectV2Item", items->v[i], t.v);
}

/* Those of an issue, on any board; archived ones are among them unless that is refused. */
static void
find_items_of_issue(struct resolve *r, struct thing t)
{
	const struct val *projects = val_get(r->c->s->state, "projects");
	bool archived = val_truth(val_get(r->args, "includeArchived"), true);
	struct val *item;

	for (size_t i = 0; i < projects->n; i++) {
		item = store_find(val_get(projects->v[i], "items"), "issue", store_int(t.v, "id"));
		if (item && (archived || !val_truth(val_get(item, "archived"), false)))
			resolve_put(r, "ProjectV2Item", item, projects->v[i]);
	}
}

static void
find_options(struct resolve *r, struct thing t)
{
	const struct val *options = val_get(t.v, "options");

	for (size_t i = 0; options && i < options->n; i++)
		resolve_put(r, "ProjectV2SingleSelectFieldOption", options->v[i], t.v);
}

static void
find_project_of_item(struct resolve *r, struct thing t)
{
	resolve_put(r, "ProjectV2", t.up, NULL);
}

static void
find_content(struct resolve *r, struct thing t)
{
	struct val *repo = NULL, *issue = store_issue_id(r->c->s, store_int(t.v, "issue"), &repo);

	resolve_put(r, val_truth(val_get(issue, "pull"), false) ? "PullRequest" : "Issue", issue, repo);
}

static void
find_repository_of_issue(struct resolve *r, struct thing t)
{
	resolve_put(r, "Repository", t.up, NULL);
}

/* The option that an item has in a field. */
static void
find_value(struct resolve *r, struct thing t)
{
	struct val *field = store_named(val_get(t.up, "fields"), "name", store_text(r->args, "name"));
	const char *option;
	char key[32];

	snprintf(key, sizeof key, "%" PRId64, store_int(field, "id"));
	option = store_text(val_get(t.v, "values"), key);
	if (field && *option)
		resolve_put(r, "ProjectV2ItemFieldSingleSelectValue",
		    store_named(val_get(field, "options"), "id", option), field);
}

/* clang-format off */
#define S SCHEMA_SCALAR
#define BOARD "read:project"
static const struct schema_field fields[] = {
	{ "Query", "viewer", SCHEMA_ONE, "User", "", 0, find_viewer, 0 },
	{ "Query", "user", SCHEMA_ONE, "User", "login!", 0, find_user, 0 },
	{ "Query", "organization", SCHEMA_ONE, "Organization", "login!", 0, find_organization, 0 },
	{ "Query", "repository", SCHEMA_ONE, "Repository", "owner! name! followRenames", 0, find_repository, 0 },
	{ "Query", "node", SCHEMA_ONE, "Node", "id!", 0, find_node, 0 },
	{ "Mutation", "addProjectV2ItemById", SCHEMA_ONE, "AddProjectV2ItemByIdPayload", "input!", 0,
	    mutation_add_item, "project" },
	{ "Mutation", "updateProjectV2ItemFieldValue", SCHEMA_ONE, "UpdateProjectV2ItemFieldValuePayload",
	    "input!", 0, mutation_update_value, "project" },
	{ "AddProjectV2ItemByIdPayload", "item", SCHEMA_ONE, "ProjectV2Item", "", 0, 0, 0 },
	{ "UpdateProjectV2ItemFieldValuePayload", "projectV2Item", SCHEMA_ONE, "ProjectV2Item", "", 0, 0, 0 },
	{ "User", "id", S, 0, "", get_id, 0, 0 },
	{ "User", "databaseId", S, "id", "", 0, 0, 0 },
	{ "User", "login", S, "login", "", 0, 0, 0 },
	{ "User", "projectV2", SCHEMA_ONE, "ProjectV2", "number!", 0, find_project, BOARD },
	{ "User", "projectsV2", SCHEMA_CONNECTION, "ProjectV2", "query", 0, find_projects, BOARD },
	{ "Organization", "id", S, 0, "", get_id, 0, 0 },
	{ "Organization", "databaseId", S, "id", "", 0, 0, 0 },
	{ "Organization", "login", S, "login", "", 0, 0, 0 },
	{ "Organization", "projectV2", SCHEMA_ONE, "ProjectV2", "number!", 0, find_project, BOARD },
	{ "Organization", "projectsV2", SCHEMA_CONNECTION, "ProjectV2", "query", 0, find_projects, BOARD },
	{ "Repository", "id", S, 0, "", get_id, 0, 0 },
	{ "Repository", "databaseId", S, "id", "", 0, 0, 0 },
	{ "Repository", "name", S, "name", "", 0, 0, 0 },
	{ "Repository", "nameWithOwner", S, 0, "", get_full_name, 0, 0 },
	{ "Repository", "issue", SCHEMA_ONE, "Issue", "number!", 0, find_issue, 0 },
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
	{ "Issue", "repository", SCHEMA_ONE, "Repository", "", 0, find_repository_of_issue, 0 },
	{ "Issue", "projectItems", SCHEMA_CONNECTION, "ProjectV2Item", "includeArchived", 0,
	    find_items_of_issue, BOARD },
	{ "PullRequest", "id", S, 0, "", get_id, 0, 0 },
	{ "PullRequest", "number", S, "number", "", 0, 0, 0 },
	{ "ProjectV2", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2", "databaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2", "fullDatabaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2", "number", S, "number", "", 0, 0, 0 },
	{ "ProjectV2", "title", S, "title", "", 0, 0, 0 },
	{ "ProjectV2", "closed", S, 0, "", get_closed, 0, 0 },
	{ "ProjectV2", "url", S, 0, "", get_url, 0, 0 },
	{ "ProjectV2", "fields", SCHEMA_CONNECTION, "ProjectV2FieldConfiguration", "orderBy", 0, find_fields, BOARD },
	{ "ProjectV2", "field", SCHEMA_ONE, "ProjectV2FieldConfiguration", "name!", 0, find_field, BOARD },
	{ "ProjectV2", "items", SCHEMA_CONNECTION, "ProjectV2Item", "orderBy query", 0, find_items, BOARD },
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
	    find_options, 0 },
	{ "ProjectV2SingleSelectFieldOption", "id", S, "id", "", 0, 0, 0 },
	{ "ProjectV2SingleSelectFieldOption", "name", S, "name", "", 0, 0, 0 },
	{ "ProjectV2Item", "id", S, 0, "", get_id, 0, 0 },
	{ "ProjectV2Item", "databaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2Item", "fullDatabaseId", S, "id", "", 0, 0, 0 },
	{ "ProjectV2Item", "isArchived", S, 0, "", get_archived, 0, 0 },
	{ "ProjectV2Item", "type", S, 0, "", get_item_type, 0, 0 },
	{ "ProjectV2Item", "updatedAt", S, 0, "", get_updated, 0, 0 },
	{ "ProjectV2Item", "project", SCHEMA_ONE, "ProjectV2", "", 0, find_project_of_item, 0 },
	{ "ProjectV2Item", "content", SCHEMA_ONE, "ProjectV2ItemContent", "", 0, find_content, 0 },
	{ "ProjectV2Item", "fieldValueByName", SCHEMA_ONE, "ProjectV2ItemFieldValue", "name!", 0, find_value, 0 },
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
