/*
 * sync_board - which column a status belongs to, which option of a board that is, and what is
 * remembered of a board
 */
#include "work/sync_board_impl.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/config.h"

static struct val *
json(const char *text)
{
	struct err e = { 0 };
	struct val *v = json_parse(text, strlen(text), &e);

	if (v == NULL)
		printf("# %s: %s\n", text, e.msg);
	return v;
}

static void
configure(struct config *c, const char *yaml)
{
	struct err e = { 0 };

	*c = (struct config){ 0 };
	if (config_add(c, yaml, strlen(yaml), "orch.yml", &e) == -1)
		printf("# %s\n", e.msg);
}

/* A field "Status" (7, F7) with options 1, 2, .. of these names. */
static void
fill(struct board *b, const char *names)
{
	struct val *list = val_list(), *list_names = json(names);
	char id[32];

	*b = (struct board){ .name = xstrdup("acme/1"), .owner = xstrdup("acme"), .number = 1,
		.want_field = xstrdup("Status"), .id = xstrdup("B") };
	for (size_t i = 0; i < list_names->n; i++) {
		struct val *one = val_map();

		snprintf(id, sizeof id, "%zu", i + 1);
		val_add(one, "id", val_str(id));
		val_add(one, "name", val_copy(list_names->v[i]));
		val_push(list, one);
	}
	board_take_field(b, 7, "F7", "Status", list);
	val_free(list_names);
	val_free(list);
}

static void
empty(struct board *b)
{
	board_forget_found(b);
	free(b->name);
	free(b->owner);
	free(b->want_id);
	free(b->want_field_id);
	free(b->want_field);
}

static void
test_statuses(void)
{
	static const enum board_column want[STATUS_N] = {
		[ST_NEW] = BOARD_WAITING, [ST_ROUTED] = BOARD_WAITING, [ST_IN_PROGRESS] = BOARD_IN_PROGRESS,
		[ST_BLOCKED] = BOARD_IN_PROGRESS, [ST_IN_REVIEW] = BOARD_REVIEW,
		[ST_NEEDS_REVIEW] = BOARD_REVIEW, [ST_FAILED] = BOARD_REVIEW, [ST_DONE] = BOARD_DONE,
		[ST_SKIPPED] = BOARD_DONE, [ST_CANCELLED] = BOARD_DONE,
	};

	for (int s = ST_NEW; s < STATUS_N; s++)
		is(board_column_name(board_column_of((enum status)s)), board_column_name(want[s]),
		    state_name((enum status)s));
}

/* Chosen options as "1 2 - 4", by names and ids of a configuration. */
static void
chooses(const char *yaml, const char *names, bool ids, const char *want, const char *what)
{
	struct config c;
	struct board b;
	char got[64] = "";

	configure(&c, yaml);
	fill(&b, names);
	board_choose(&b, &c, ids);
	for (int i = 0; i < BOARD_COLUMNS; i++) {
		size_t len = strlen(got);

		snprintf(got + len, sizeof got - len, "%s%s", i > 0 ? " " : "", b.chosen[i] == -1 ? "-" :
		    b.option_ids.v[b.chosen[i]]);
	}
	is(got, want, what);
	empty(&b);
	config_release(&c);
}

static void
test_choice(void)
{
	const char *own = "gh:\n  columns:\n    todo: [Later, \"Ice.ox\", Now]\n    done: [\"[D]one\"]\n";
	const char *ids = "gh:\n  board_options: {todo: \"3\", done: \"99\"}\n";

	chooses("", "[\"Backlog\",\"In progress\",\"Review\",\"Done\"]", true, "1 2 3 4",
	    "the usual names");
	chooses("", "[\"tOdO\",\"in  Progress \",\"In Review\",\"dOnE\"]", true, "1 2 3 4",
	    "case and blanks make no difference");
	chooses("", "[\"Todo\",\"Backlog\",\"Done\"]", true, "2 - - 3",
	    "the first name of the list counts, not the first column; one may be missing");
	chooses("", "[{\"raw\":\"Todo\",\"html\":\"<b>\"},{\"html\":\"Done\"},{\"raw\":\"Done\"}]", true,
	    "1 - - 3", "a name may be a text in two forms");
	chooses(own, "[\"Icebox\",\"Done\",\"now\"]", true, "3 - - -", "names are texts, not patterns");
	chooses(own, "[\"ice.ox\",\"[d]one\",\"Now\"]", true, "1 - - 2", "whatever is in them");
	chooses(ids, "[\"Todo\",\"Review\",\"Other\",\"Done\"]", true, "3 - 2 4",
	    "an id goes before a name, and one that is not there any more gives way to it");
	chooses(ids, "[\"Todo\",\"Review\",\"Other\",\"Done\"]", false, "1 - 2 4",
	    "unless names are asked for");
	chooses("", "[]", true, "- - - -", "nothing to choose from");
}

static void
test_back(void)
{
	struct config c;
	struct board b;

	configure(&c, "");
	fill(&b, "[\"Todo\",\"Backlog\",\"Done\",\"Icebox\"]");
	board_choose(&b, &c, true);
	ok(board_column_by_option(&b, &c, "2") == BOARD_WAITING, "the column that was chosen");
	ok(board_column_by_option(&b, &c, "1") == BOARD_WAITING, "another of its names is the same column");
	ok(board_column_by_option(&b, &c, "3") == BOARD_DONE, "done is done");
	ok(board_column_by_option(&b, &c, "4") == -1, "a column of people is none of ours");
	ok(board_column_by_option(&b, &c, "") == -1, "nor is none");
	empty(&b);
	config_release(&c);
	is(board_request(BOARD_WAITING), "new", "todo asks for another go");
	is(board_request(BOARD_DONE), "done", "done says that it is done");
	ok(board_request(BOARD_IN_PROGRESS) == NULL && board_request(BOARD_REVIEW) == NULL,
	    "nothing can be asked for by the others");
}

static void
test_field(void)
{
	struct val *options = json("[{\"id\":\"a\",\"name\":\"Todo\"},{\"name\":\"no id\"},7,{\"id\":\"b\"}]");
	struct board b = { .want_field = xstrdup("stage"), .want_field_id = xstrdup("F9") };

	ok(!board_take_field(&b, 1, "F1", "Title", NULL) && b.fields.n == 0, "a text is no such field");
	ok(!board_take_field(&b, 2, "F2", "Priority", options) && b.field_id == NULL,
	    "nor is one of another name");
	is(b.fields.v[0], "Priority", "which is told if there is none");
	ok(!board_take_field(&b, 3, "F3", "STAGE", options), "the name will do");
	is(b.field_id, "F3", "whatever its case");
	ok(b.options.n == 1, "an option without id or name is none");
	ok(board_take_field(&b, 9, "F9", "Phase", options), "but the id counts for more");
	is(b.field_name, "Phase", "it is taken");
	free(b.want_field_id);
	b.want_field_id = xstrdup("12");
	ok(board_take_field(&b, 12, "F12", "Phase", options), "an id may be a number");
	empty(&b);
	val_free(options);
}

static void
test_memory(void)
{
	struct board a, b;
	struct val *map;

	fill(&a, "[\"Todo\",\"Done\"]");
	fill(&b, "[]");
	a.door = &board_rest;
	a.users = true;
	a.etag = xstrdup("W/\"1\"");
	map = board_json(&a);
	board_forget_found(&b);
	ok(board_read(&b, map), "what was known is known again");
	ok(b.door == &board_rest && b.users && b.field == 7 && b.options.n == 2, "all of it");
	is(b.field_id, "F7", "the field");
	is(b.options.v[1], "Done", "the options");
	is(b.etag, "W/\"1\"", "and the etag");
	board_forget_found(&b);
	free(b.want_field);
	b.want_field = xstrdup("Stage");
	ok(!board_read(&b, map), "another field is another thing");
	free(b.want_field);
	b.want_field = xstrdup("Status");
	b.want_id = xstrdup("C");
	ok(!board_read(&b, map) && b.door == NULL, "as is another id");
	val_free(map);
	map = json("{\"of\":\"acme/1 C - Status\",\"door\":\"window\",\"id\":\"B\",\"field_id\":\"F\","
	    "\"field_name\":\"S\",\"options\":[]}");
	ok(!board_read(&b, map), "a way that nobody knows is none");
	ok(!board_read(&b, NULL), "nor is nothing");
	val_free(map);
	empty(&a);
	empty(&b);
}

int
main(void)
{
	test_statuses();
	test_choice();
	test_back();
	test_field();
	test_memory();
	return done_testing();
}
