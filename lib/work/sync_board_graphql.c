/*
 * sync_board_graphql - a board over GraphQL: where the host has no other way to it, or where
 * only its node id is known
 *
 * What is asked stands here as it is; all that comes from elsewhere is a variable.  Every
 * connection is bounded and read page by page.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "work/sync_board_impl.h"
#include "work/sync_impl.h"

#define PAGE "pageInfo { hasNextPage endCursor } "
#define BOARD "{ id number fields(first: 100, after: $after) { " PAGE \
	"nodes { ... on ProjectV2SingleSelectField { id databaseId name options { id name } } } } }"

static const char by_name[] =
    "query ($login: String!, $number: Int!, $after: String) { "
    "organization(login: $login) { projectV2(number: $number) " BOARD " } "
    "user(login: $login) { projectV2(number: $number) " BOARD " } }";
static const char by_id[] =
    "query ($id: ID!, $after: String) { node(id: $id) { ... on ProjectV2 " BOARD " } }";
static const char issue_id[] =
    "query ($owner: String!, $name: String!, $number: Int!) { "
    "repository(owner: $owner, name: $name) { issue(number: $number) { id } } }";
static const char add_item[] =
    "mutation ($board: ID!, $issue: ID!) { "
    "addProjectV2ItemById(input: { projectId: $board, contentId: $issue }) { "
    "item { id isArchived } } }";
static const char move_item[] =
    "mutation ($board: ID!, $item: ID!, $field: ID!, $option: String!) { "
    "updateProjectV2ItemFieldValue(input: { projectId: $board, itemId: $item, fieldId: $field, "
    "value: { singleSelectOptionId: $option } }) { projectV2Item { id } } }";
static const char look_item[] =
    "query ($item: ID!) { node(id: $item) { ... on ProjectV2Item { id isArchived } } }";
static const char list_items[] =
    "query ($id: ID!, $field: String!, $after: String) { node(id: $id) { ... on ProjectV2 { "
    "items(first: 100, after: $after) { " PAGE
    "nodes { id isArchived fieldValueByName(name: $field) { "
    "... on ProjectV2ItemFieldSingleSelectValue { optionId } } } } } } }";

/* Texts by name, up to NULL. */
static struct val *
variables(const char *name, ...)
{
	struct val *map = val_map();
	va_list ap;

	va_start(ap, name);
	for (; name != NULL; name = va_arg(ap, const char *)) {
		const char *text = va_arg(ap, const char *);

		val_add(map, name, text != NULL ? val_str(text) : val_null());
	}
	va_end(ap);
	return map;
}

/* The cursor behind this page of a connection, or NULL.  Caller frees. */
static char *
next_cursor(const struct val *connection)
{
	const struct val *page = val_get(connection, "pageInfo");
	const char *cursor = val_text(val_get(page, "endCursor"));

	return val_truth(val_get(page, "hasNextPage"), false) && cursor != NULL ? xstrdup(cursor) :
	    NULL;
}

/* ---- the board ---- */

static struct val *
board_variables(const struct board *b, const char *after)
{
	struct val *v;

	if (b->owner == NULL)
		return variables("id", b->want_id, "after", after, NULL);
	v = variables("login", b->owner, "after", after, NULL);
	val_add(v, "number", val_int(b->number));
	return v;
}

/* Of the two owners that a login may have one is an error each time. */
static const struct val *
board_of(struct gh_answer *a)
{
	static const char *const paths[] = { "organization.projectV2", "user.projectV2", "node" };
	const struct val *data = val_get(a->body, "data");

	if (a->end != GH_OK && a->end != GH_MISSING)
		return NULL;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const struct val *v = val_path(data, paths[i]);

		if (val_text(val_get(v, "id")) != NULL && val_get(v, "fields") != NULL)
			return v;
	}
	return NULL;
}

static bool
take_fields(struct board *b, const struct val *fields)
{
	const struct val *nodes = val_get(fields, "nodes");

	for (size_t i = 0; nodes != NULL && i < nodes->n; i++) {
		const struct val *f = nodes->v[i];

		if (board_take_field(b, val_number(val_get(f, "databaseId"), 0),
		    val_text(val_get(f, "id")), val_text(val_get(f, "name")), val_get(f, "options")))
			return true;
	}
	return false;
}

static int
graphql_find(struct sync *s, struct board *b, struct gh_answer *a, struct err *e)
{
	char *after = NULL;
	int r = 0;

	for (int page = 0; r == 0; page++) {
		const struct val *found;

		if (page == BOARD_PAGES_MAX)
			r = err_set(e, ERR_FAILED, "the list of the fields of %s does not end", b->name);
		else
			r = sync_graphql(s, b->owner != NULL ? by_name : by_id,
			    board_variables(b, after), false, a, e);
		free(after);
		after = NULL;
		if (r == -1)
			break;
		if ((found = board_of(a)) == NULL) {
			if (a->end == GH_OK)
				a->end = GH_MISSING;
			break;
		}
		a->end = GH_OK;
		free(b->id);
		b->id = xstrdup(val_text(val_get(found, "id")));
		if (take_fields(b, val_get(found, "fields")) ||
		    (after = next_cursor(val_get(found, "fields"))) == NULL)
			break;
	}
	free(after);
	return r;
}

/* ---- cards ---- */

static void
take_item(struct gh_answer *a, const struct val *v, bool write, struct board_item *item)
{
	const char *id = val_text(val_get(v, "id"));

	if (a->end != GH_OK)
		return;
	if (id == NULL) {
		a->end = write ? GH_UNSURE : GH_MISSING;
		memcpy(a->why, "the reply names no card", sizeof "the reply names no card");
		return;
	}
	item->id = xstrdup(id);
	item->archived = val_truth(val_get(v, "isArchived"), false);
}

/* An issue may have been told without its node id. */
static int
find_issue(struct sync *s, const struct sync_issue *issue, char **id, struct gh_answer *a,
    struct err *e)
{
	const char *slash = strchr(s->pin.repo, '/');
	char *owner = xstrndup(s->pin.repo, (size_t)(slash - s->pin.repo));
	struct val *v = variables("owner", owner, "name", slash + 1, NULL);
	int r;

	val_add(v, "number", val_int(issue->number));
	if ((r = sync_graphql(s, issue_id, v, false, a, e)) == 0 && a->end == GH_OK) {
		const char *found = val_text(val_path(a->body, "data.repository.issue.id"));

		*id = found != NULL ? xstrdup(found) : NULL;
		if (found == NULL)
			a->end = GH_MISSING;
	}
	free(owner);
	return r;
}

static int
graphql_add(struct sync *s, const struct board *b, const struct sync_issue *issue,
    struct board_item *item, struct gh_answer *a, struct err *e)
{
	char *id = issue->node_id != NULL ? xstrdup(issue->node_id) : NULL;
	int r = 0;

	if (id == NULL)
		r = find_issue(s, issue, &id, a, e);
	if (r == 0 && id != NULL && (r = sync_graphql(s, add_item, variables("board", b->id,
	    "issue", id, NULL), true, a, e)) == 0)
		take_item(a, val_path(a->body, "data.addProjectV2ItemById.item"), true, item);
	free(id);
	return r;
}

static int
graphql_move(struct sync *s, const struct board *b, const char *item, const char *option,
    struct gh_answer *a, struct err *e)
{
	return sync_graphql(s, move_item, variables("board", b->id, "item", item, "field",
	    b->field_id, "option", option, NULL), true, a, e);
}

static int
graphql_look(struct sync *s, const struct board *b, const char *id, struct board_item *item,
    struct gh_answer *a, struct err *e)
{
	int r = sync_graphql(s, look_item, variables("item", id, NULL), false, a, e);

	(void)b;
	if (r == 0)
		take_item(a, val_path(a->body, "data.node"), false, item);
	return r;
}

static void
take_cards(const struct val *nodes, struct board_cards *cards)
{
	for (size_t i = 0; nodes != NULL && i < nodes->n; i++) {
		const char *id = val_text(val_get(nodes->v[i], "id"));
		const char *option = val_text(val_path(nodes->v[i], "fieldValueByName.optionId"));

		if (id == NULL || val_truth(val_get(nodes->v[i], "isArchived"), false))
			continue;
		vec_str_push(&cards->items, id);
		vec_str_push(&cards->options, option != NULL ? option : "");
	}
}

/* There are no ETags here: it is asked for as a whole each time. */
static int
graphql_list(struct sync *s, const struct board *b, const char *etag, struct board_cards *cards,
    struct gh_answer *a, struct err *e)
{
	char *after = NULL;
	int r = 0;

	(void)etag;
	for (int page = 0; r == 0; page++) {
		const struct val *items;

		if (page == BOARD_PAGES_MAX)
			r = err_set(e, ERR_FAILED, "the list of the cards of %s does not end", b->name);
		else
			r = sync_graphql(s, list_items, variables("id", b->id, "field",
			    b->field_name, "after", after, NULL), false, a, e);
		free(after);
		after = NULL;
		if (r == -1 || a->end != GH_OK)
			break;
		items = val_path(a->body, "data.node.items");
		if (items == NULL)
			a->end = GH_MISSING;
		take_cards(val_get(items, "nodes"), cards);
		if ((after = next_cursor(items)) == NULL)
			break;
	}
	free(after);
	return r;
}

const struct board_door board_graphql = {
	.name = "graphql", .find = graphql_find, .add = graphql_add, .move = graphql_move,
	.look = graphql_look, .list = graphql_list,
};
