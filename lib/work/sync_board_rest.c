/*
 * sync_board_rest - a board by its number, over REST (GitHub's document, "Projects", since
 * 2025-09)
 *
 * The owner is an organization or a user, which makes another path; which of them is found out
 * with the board.  Cards and fields are numbers, options are texts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "work/sync_board_impl.h"
#include "work/sync_impl.h"

static char *
path_of(const struct board *b, const char *tail)
{
	struct buf path = { 0 };

	buf_puts(&path, b->users ? "/users/" : "/orgs/");
	gh_path_part(&path, b->owner);
	buf_printf(&path, "/projectsV2/%lld%s", (long long)b->number, tail);
	return buf_detach(&path);
}

/* "/items/17" */
static char *
item_path(const struct board *b, const char *item, const char *query)
{
	char *tail = xasprintf("/items/%s%s", item, query), *path = path_of(b, tail);

	free(tail);
	return path;
}

/* ---- the board ---- */

static int
find_board(struct sync *s, struct board *b, struct gh_answer *a, struct err *e)
{
	char *path = path_of(b, "");
	int r = sync_get(s, path, GH_MAP, NULL, a, e);

	free(path);
	if (r == 0 && a->end == GH_OK) {
		const char *id = val_text(val_get(a->body, "node_id"));

		free(b->id);
		b->id = xstrdup(id != NULL ? id : "");
	}
	return r;
}

static int
find_field(struct sync *s, struct board *b, struct gh_answer *a, struct err *e)
{
	char *path = path_of(b, "/fields?per_page=100");
	bool found = false;
	int r = 0;

	for (int page = 0; path != NULL && r == 0 && !found; page++) {
		if (page == BOARD_PAGES_MAX)
			r = err_set(e, ERR_FAILED, "the list of the fields of %s does not end", b->name);
		else
			r = sync_get(s, path, GH_LIST, NULL, a, e);
		free(path);
		path = NULL;
		if (r == -1 || a->end != GH_OK)
			break;
		for (size_t i = 0; i < a->body->n && !found; i++) {
			const struct val *f = a->body->v[i];

			found = board_take_field(b, val_number(val_get(f, "id"), 0),
			    val_text(val_get(f, "node_id")), board_raw(val_get(f, "name")),
			    val_get(f, "options"));
		}
		path = a->next != NULL ? xstrdup(a->next) : NULL;
	}
	free(path);
	return r;
}

static int
rest_find(struct sync *s, struct board *b, struct gh_answer *a, struct err *e)
{
	b->users = false;
	if (find_board(s, b, a, e) == -1)
		return -1;
	if (a->end == GH_MISSING) {
		b->users = true;
		if (find_board(s, b, a, e) == -1)
			return -1;
	}
	return a->end == GH_OK ? find_field(s, b, a, e) : 0;
}

/* ---- cards ---- */

/* A reply that does not say which card it is of is none. */
static void
take_item(struct gh_answer *a, struct board_item *item)
{
	const struct val *archived = val_get(a->body, "archived_at");
	int64_t id = val_number(val_get(a->body, "id"), 0);

	if (a->end != GH_OK)
		return;
	if (id <= 0) {
		a->end = GH_UNSURE;
		memcpy(a->why, "the reply names no card", sizeof "the reply names no card");
		return;
	}
	item->id = xasprintf("%lld", (long long)id);
	item->archived = val_text(archived) != NULL;
}

static int
rest_add(struct sync *s, const struct board *b, const struct sync_issue *issue,
    struct board_item *item, struct gh_answer *a, struct err *e)
{
	char *path = path_of(b, "/items");
	struct val *body = val_map();
	int r;

	val_add(body, "type", val_str("Issue"));
	val_add(body, "id", val_int(issue->id));
	if ((r = sync_write(s, "POST", path, body, a, e)) == 0)
		take_item(a, item);
	val_free(body);
	free(path);
	return r;
}

static int
rest_move(struct sync *s, const struct board *b, const char *item, const char *option,
    struct gh_answer *a, struct err *e)
{
	struct val *body = val_map(), *fields = val_list(), *one = val_map();
	char *path = item_path(b, item, "");
	int r;

	val_add(one, "id", val_int(b->field));
	val_add(one, "value", val_str(option));
	val_push(fields, one);
	val_add(body, "fields", fields);
	r = sync_write(s, "PATCH", path, body, a, e);
	val_free(body);
	free(path);
	return r;
}

static int
rest_look(struct sync *s, const struct board *b, const char *id, struct board_item *item,
    struct gh_answer *a, struct err *e)
{
	char *path = item_path(b, id, "");
	int r = sync_get(s, path, GH_MAP, NULL, a, e);

	if (r == 0)
		take_item(a, item);
	free(path);
	return r;
}

/* Without the name of a field a list has the titles only. */
static const char *
option_of(const struct board *b, const struct val *item)
{
	const struct val *fields = val_get(item, "fields");

	for (size_t i = 0; fields != NULL && i < fields->n; i++) {
		const struct val *value = val_get(fields->v[i], "value");
		const char *id = val_text(value) != NULL ? val_text(value) :
		    val_text(val_get(value, "id"));

		if (val_number(val_get(fields->v[i], "id"), 0) == b->field)
			return id != NULL ? id : "";
	}
	return "";
}

static void
take_cards(const struct board *b, const struct val *list, struct board_cards *cards)
{
	for (size_t i = 0; i < list->n; i++) {
		int64_t id = val_number(val_get(list->v[i], "id"), 0);

		if (id <= 0 || val_text(val_get(list->v[i], "archived_at")) != NULL)
			continue;
		vec_str_take(&cards->items, xasprintf("%lld", (long long)id));
		vec_str_push(&cards->options, option_of(b, list->v[i]));
	}
}

static int
rest_list(struct sync *s, const struct board *b, const char *etag, struct board_cards *cards,
    struct gh_answer *a, struct err *e)
{
	char *tail = xasprintf("/items?per_page=100&fields=%lld", (long long)b->field);
	char *path = path_of(b, tail);
	int r = 0;

	free(tail);
	for (int page = 0; path != NULL && r == 0; page++) {
		if (page == BOARD_PAGES_MAX)
			r = err_set(e, ERR_FAILED, "the list of the cards of %s does not end", b->name);
		else
			r = sync_get(s, path, GH_LIST, page == 0 ? etag : NULL, a, e);
		free(path);
		path = NULL;
		if (r == -1 || a->end != GH_OK)
			break;
		take_cards(b, a->body, cards);
		path = a->next != NULL ? xstrdup(a->next) : NULL;
		if (page == 0 && path == NULL && a->etag != NULL)
			cards->etag = xstrdup(a->etag);
	}
	free(path);
	if (r == 0 && a->end == GH_SAME) {
		cards->same = true;
		a->end = GH_OK;
	}
	return r;
}

const struct board_door board_rest = {
	.name = "rest", .find = rest_find, .add = rest_add, .move = rest_move, .look = rest_look,
	.list = rest_list, .numbers = true,
};
