#include <inttypes.h>
#include <stdio.h>

#include "store.h"
#include "view.h"

static struct val *
member(const struct val *map, const char *key)
{
	const struct val *v = val_get(map, key);

	return v ? val_copy(v) : val_null();
}

struct val *
view_project(const struct store *s, const struct val *project)
{
	struct val *v = val_map();

	val_put(v, "id", member(project, "id"));
	val_put(v, "node_id", view_node("PVT_kwDO", store_int(project, "id")));
	val_put(v, "number", member(project, "number"));
	val_put(v, "title", member(project, "title"));
	val_put(v, "description", val_null());
	val_put(v, "public", val_bool(false));
	val_put(v, "owner", view_user(s, store_text(project, "owner")));
	val_put(v, "created_at", view_time(store_int(project, "created_at")));
	val_put(v, "updated_at", view_time(store_int(project, "created_at")));
	val_put(v, "closed_at", val_null());
	return v;
}

/* The name of an option is a text in two forms here, not a text. */
struct val *
view_field(const struct store *s, const struct val *project, const struct val *field)
{
	const struct val *options = val_get(field, "options");
	struct val *v = val_map(), *list = val_list(), *option, *name;

	(void)s;
	val_put(v, "id", member(field, "id"));
	val_put(v, "node_id", view_node("PVTSSF_lADO", store_int(field, "id")));
	val_put(v, "name", member(field, "name"));
	val_put(v, "data_type", member(field, "data_type"));
	val_put(v, "created_at", view_time(store_int(project, "created_at")));
	val_put(v, "updated_at", view_time(store_int(project, "created_at")));
	for (size_t i = 0; options && i < options->n; i++) {
		name = val_map();
		val_put(name, "raw", member(options->v[i], "name"));
		val_put(name, "html", member(options->v[i], "name"));
		option = val_map();
		val_put(option, "id", member(options->v[i], "id"));
		val_put(option, "name", name);
		store_put(option, "color", "GRAY");
		val_push(list, option);
	}
	if (list->n > 0)
		val_put(v, "options", list);
	else
		val_free(list);
	return v;
}

/* What the item has in a single select field: its option. */
static struct val *
value_of(const struct val *field, const struct val *item)
{
	const struct val *options = val_get(field, "options"), *value, *option;
	struct val *v, *name;
	char key[32];

	snprintf(key, sizeof key, "%" PRId64, store_int(field, "id"));
	value = val_get(val_get(item, "values"), key);
	if (!value)
		return val_null();
	if (!options || options->n == 0)
		return val_copy(value);
	option = store_named(options, "id", val_text(value));
	v = val_map();
	name = val_map();
	val_put(name, "raw", member(option, "name"));
	val_put(name, "html", member(option, "name"));
	val_put(v, "id", val_copy(value));
	val_put(v, "name", name);
	return v;
}

struct val *
view_item(const struct store *s, const struct val *project, const struct val *item)
{
	const struct val *fields = val_get(project, "fields");
	struct val *v = val_map(), *list = val_list(), *field, *repo;
	const struct val *issue = store_issue_id(s, store_int(item, "issue"), &repo);

	val_put(v, "id", member(item, "id"));
	val_put(v, "node_id", view_node("PVTI_lADO", store_int(item, "id")));
	store_put(v, "content_type", val_truth(val_get(issue, "pull"), false) ? "PullRequest" : "Issue");
	val_put(v, "content", issue ? view_issue(s, repo, issue) : val_null());
	val_put(v, "created_at", view_time(store_int(item, "created_at")));
	val_put(v, "updated_at", view_time(store_int(item, "updated_at")));
	val_put(v, "archived_at", view_time(val_truth(val_get(item, "archived"), false) ?
	    store_int(item, "updated_at") : 0));
	for (size_t i = 0; fields && i < fields->n; i++) {
		field = val_map();
		val_put(field, "id", member(fields->v[i], "id"));
		val_put(field, "name", member(fields->v[i], "name"));
		val_put(field, "data_type", member(fields->v[i], "data_type"));
		val_put(field, "value", value_of(fields->v[i], item));
		val_push(list, field);
	}
	val_put(v, "fields", list);
	return v;
}
