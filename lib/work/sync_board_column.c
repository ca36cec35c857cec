/*
 * sync_board_column - which column a task belongs to, and which option of a board that is
 *
 * Pure: the configuration, what a board has, and what is remembered of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/config.h"
#include "work/sync_board_impl.h"

static const struct {
	const char *name;
	const char *key, *option_key;		/* of the configuration */
	const char *otherwise[3];
	const char *request;
} columns[BOARD_COLUMNS] = {
	{ "todo", "gh.columns.todo", "gh.board_options.todo", { "Backlog", "Todo" }, "new" },
	{ "in_progress", "gh.columns.in_progress", "gh.board_options.in_progress",
	    { "In progress" }, NULL },
	{ "review", "gh.columns.review", "gh.board_options.review", { "Review", "In review" }, NULL },
	{ "done", "gh.columns.done", "gh.board_options.done", { "Done" }, "done" },
};

enum board_column
board_column_of(enum status status)
{
	switch (status) {
	case ST_IN_PROGRESS:
	case ST_BLOCKED:
		return BOARD_IN_PROGRESS;
	case ST_NEEDS_REVIEW:
	case ST_IN_REVIEW:
	case ST_FAILED:
		return BOARD_REVIEW;
	case ST_DONE:
	case ST_SKIPPED:
	case ST_CANCELLED:
		return BOARD_DONE;
	case ST_NONE:
	case ST_NEW:
	case ST_ROUTED:
	case STATUS_N:
		break;
	}
	return BOARD_WAITING;
}

const char *
board_column_name(enum board_column c)
{
	return columns[c].name;
}

const char *
board_request(enum board_column c)
{
	return columns[c].request;
}

/* As people read it: case and blanks make no difference, and no letter means anything else. */
static bool
is_named(const char *a, const char *b)
{
	struct buf x = { 0 }, y = { 0 };
	bool same;

	str_fold(&x, a);
	str_fold(&y, b);
	same = strcmp(buf_str(&x), buf_str(&y)) == 0;
	buf_release(&x);
	buf_release(&y);
	return same;
}

void
board_names(const struct config *config, enum board_column c, struct vec_str *names)
{
	const struct val *list = config_val(config, columns[c].key);

	if (list == NULL)
		for (size_t i = 0; columns[c].otherwise[i] != NULL; i++)
			vec_str_push(names, columns[c].otherwise[i]);
	for (size_t i = 0; list != NULL && i < list->n; i++)
		if (val_text(list->v[i]) != NULL)
			vec_str_push(names, val_text(list->v[i]));
}

static int
find_id(const struct board *b, const char *id)
{
	for (size_t i = 0; i < b->option_ids.n; i++)
		if (strcmp(b->option_ids.v[i], id) == 0)
			return (int)i;
	return -1;
}

/* The first of the names that the board has, not the first option that has one of them. */
static int
find_name(const struct board *b, const struct config *config, enum board_column c)
{
	struct vec_str names = { 0 };
	int found = -1;

	board_names(config, c, &names);
	for (size_t k = 0; k < names.n && found == -1; k++)
		for (size_t i = 0; i < b->options.n && found == -1; i++)
			if (is_named(names.v[k], b->options.v[i]))
				found = (int)i;
	vec_str_release(&names);
	return found;
}

void
board_choose(struct board *b, const struct config *config, bool ids)
{
	for (int c = 0; c < BOARD_COLUMNS; c++) {
		const char *id = ids ? config_text(config, columns[c].option_key) : NULL;

		b->chosen[c] = id != NULL ? find_id(b, id) : -1;
		if (b->chosen[c] == -1)
			b->chosen[c] = find_name(b, config, (enum board_column)c);
	}
}

int
board_column_by_option(const struct board *b, const struct config *config, const char *option)
{
	int at = find_id(b, option), column = -1;

	for (int c = 0; at != -1 && c < BOARD_COLUMNS; c++)
		if (b->chosen[c] == at)
			return c;
	for (int c = 0; at != -1 && c < BOARD_COLUMNS && column == -1; c++) {
		struct vec_str names = { 0 };

		board_names(config, (enum board_column)c, &names);
		for (size_t i = 0; i < names.n && column == -1; i++)
			if (is_named(names.v[i], b->options.v[at]))
				column = c;
		vec_str_release(&names);
	}
	return column;
}

/* ---- what was found ---- */

const char *
board_raw(const struct val *v)
{
	return val_text(v) != NULL ? val_text(v) : val_text(val_get(v, "raw"));
}

static void
forget_field(struct board *b)
{
	free(b->field_id);
	free(b->field_name);
	b->field_id = b->field_name = NULL;
	b->field = 0;
	vec_str_release(&b->option_ids);
	vec_str_release(&b->options);
}

void
board_forget_found(struct board *b)
{
	forget_field(b);
	free(b->id);
	free(b->etag);
	b->id = b->etag = NULL;
	b->door = NULL;
	b->users = false;
	vec_str_release(&b->fields);
	for (int c = 0; c < BOARD_COLUMNS; c++)
		b->chosen[c] = -1;
}

static void
take_options(struct board *b, const struct val *options)
{
	for (size_t i = 0; i < options->n; i++) {
		const char *id = val_text(val_get(options->v[i], "id"));
		const char *name = board_raw(val_get(options->v[i], "name"));

		if (id == NULL || name == NULL)
			continue;
		vec_str_push(&b->option_ids, id);
		vec_str_push(&b->options, name);
	}
}

bool
board_take_field(struct board *b, int64_t number, const char *id, const char *name,
    const struct val *options)
{
	char *digits;
	bool by_id;

	if (options == NULL || options->kind != VAL_LIST || id == NULL || name == NULL)
		return false;
	digits = xasprintf("%lld", (long long)number);
	by_id = b->want_field_id != NULL && (strcmp(b->want_field_id, id) == 0 ||
	    strcmp(b->want_field_id, digits) == 0);
	free(digits);
	if (!by_id && (b->field_id != NULL || !is_named(name, b->want_field))) {
		vec_str_push(&b->fields, name);
		return false;
	}
	forget_field(b);
	b->field = number;
	b->field_id = xstrdup(id);
	b->field_name = xstrdup(name);
	take_options(b, options);
	return by_id || b->want_field_id == NULL;
}

/* ---- what is remembered ---- */

/* What makes it another one: then all that is known of it is worth nothing. */
static char *
key_of(const struct board *b)
{
	return xasprintf("%s %s %s %s", b->name, b->want_id != NULL ? b->want_id : "-",
	    b->want_field_id != NULL ? b->want_field_id : "-", b->want_field);
}

struct val *
board_json(const struct board *b)
{
	struct val *map = val_map(), *options = val_list();
	char *key = key_of(b);

	val_add(map, "of", val_str(key));
	val_add(map, "door", val_str(b->door->name));
	val_add(map, "users", val_bool(b->users));
	val_add(map, "id", val_str(b->id));
	val_add(map, "field", val_int(b->field));
	val_add(map, "field_id", val_str(b->field_id));
	val_add(map, "field_name", val_str(b->field_name));
	for (size_t i = 0; i < b->options.n; i++) {
		struct val *one = val_map();

		val_add(one, "id", val_str(b->option_ids.v[i]));
		val_add(one, "name", val_str(b->options.v[i]));
		val_push(options, one);
	}
	val_add(map, "options", options);
	if (b->etag != NULL)
		val_add(map, "etag", val_str(b->etag));
	free(key);
	return map;
}

bool
board_read(struct board *b, const struct val *map)
{
	const char *of = val_text(val_get(map, "of")), *door = val_text(val_get(map, "door"));
	const char *id = val_text(val_get(map, "id")), *etag = val_text(val_get(map, "etag"));
	const char *field = val_text(val_get(map, "field_id"));
	const char *name = val_text(val_get(map, "field_name"));
	const struct val *options = val_get(map, "options");
	int64_t number = val_number(val_get(map, "field"), 0);
	char *key = key_of(b);
	bool good = of != NULL && strcmp(of, key) == 0 && door != NULL && id != NULL && field != NULL &&
	    name != NULL && options != NULL && options->kind == VAL_LIST;

	free(key);
	if (good && strcmp(door, board_graphql.name) == 0)
		b->door = &board_graphql;
	else if (good && strcmp(door, board_rest.name) == 0 && number > 0 && b->owner != NULL)
		b->door = &board_rest;
	if (b->door == NULL)
		return false;
	b->users = val_truth(val_get(map, "users"), false);
	b->id = xstrdup(id);
	b->field = number;
	b->field_id = xstrdup(field);
	b->field_name = xstrdup(name);
	b->etag = etag != NULL ? xstrdup(etag) : NULL;
	take_options(b, options);
	return true;
}

/* ---- cards ---- */

bool
board_is_number(const char *item)
{
	int64_t n;

	return num_id(item, &n) == 0;
}

void
board_item_release(struct board_item *item)
{
	free(item->id);
	*item = (struct board_item){ 0 };
}

void
board_cards_release(struct board_cards *cards)
{
	vec_str_release(&cards->items);
	vec_str_release(&cards->options);
	free(cards->etag);
	*cards = (struct board_cards){ 0 };
}
