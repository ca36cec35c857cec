/*
 * resolve - the things that a field of GraphQL leads to
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "schema.h"
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

static void
resolve_owner(struct resolve *r, struct thing t)
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

void
resolve_user(struct resolve *r, struct thing t)
{
	t.up = NULL;
	resolve_owner(r, t);
}

void
resolve_organization(struct resolve *r, struct thing t)
{
	t.up = r->c->s->state;
	resolve_owner(r, t);
}

void
resolve_viewer(struct resolve *r, struct thing t)
{
	(void)t;
	resolve_put(r, "User", store_user(r->c->s, r->c->login), NULL);
}

void
resolve_repository(struct resolve *r, struct thing t)
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

void
resolve_issue(struct resolve *r, struct thing t)
{
	int64_t number = store_int(r->args, "number");
	struct val *issue = store_issue(t.v, number);

	if (!issue || *store_text(issue, "gone") || val_get(issue, "moved"))
		resolve_error(r, "NOT_FOUND", "Could not resolve to an Issue with the number of %" PRId64 ".", number);
	else
		resolve_put(r, "Issue", issue, t.v);
}

void
resolve_node(struct resolve *r, struct thing t)
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

void
resolve_project(struct resolve *r, struct thing t)
{
	int64_t number = store_int(r->args, "number");
	struct val *project = store_project(r->c->s, store_text(t.v, "login"), number);

	if (project)
		resolve_put(r, "ProjectV2", project, NULL);
	else
		resolve_error(r, "NOT_FOUND", "Could not resolve to a ProjectV2 with the number %" PRId64 ".", number);
}

void
resolve_projects(struct resolve *r, struct thing t)
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

void
resolve_fields(struct resolve *r, struct thing t)
{
	const struct val *fields = val_get(t.v, "fields");

	for (size_t i = 0; fields && i < fields->n; i++)
		resolve_put(r, field_type(fields->v[i]), fields->v[i], t.v);
}

void
resolve_field(struct resolve *r, struct thing t)
{
	struct val *field = store_named(val_get(t.v, "fields"), "name", store_text(r->args, "name"));

	resolve_put(r, field ? field_type(field) : NULL, field, t.v);
}

void
resolve_items(struct resolve *r, struct thing t)
{
	const struct val *items = val_get(t.v, "items");

	for (size_t i = 0; items && i < items->n; i++)
		if (!val_truth(val_get(items->v[i], "archived"), false))
			resolve_put(r, "ProjectV2Item", items->v[i], t.v);
}

/* Those of an issue, on any board; archived ones are among them unless that is refused. */
void
resolve_items_of_issue(struct resolve *r, struct thing t)
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

void
resolve_options(struct resolve *r, struct thing t)
{
	const struct val *options = val_get(t.v, "options");

	for (size_t i = 0; options && i < options->n; i++)
		resolve_put(r, "ProjectV2SingleSelectFieldOption", options->v[i], t.v);
}

void
resolve_project_of_item(struct resolve *r, struct thing t)
{
	resolve_put(r, "ProjectV2", t.up, NULL);
}

void
resolve_content(struct resolve *r, struct thing t)
{
	struct val *repo = NULL, *issue = store_issue_id(r->c->s, store_int(t.v, "issue"), &repo);

	resolve_put(r, val_truth(val_get(issue, "pull"), false) ? "PullRequest" : "Issue", issue, repo);
}

void
resolve_repository_of_issue(struct resolve *r, struct thing t)
{
	resolve_put(r, "Repository", t.up, NULL);
}

/* The option that an item has in a field. */
void
resolve_value(struct resolve *r, struct thing t)
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
