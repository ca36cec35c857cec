/* task - what a file may hold, what is refused where, and the getters. */
#include "task/task.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"

#include "../lib/tap.h"

static int
load(struct tasks *ts, const char *text, struct err *e)
{
	struct buf b = { 0 };
	int r;

	*e = (struct err){ 0 };
	buf_puts(&b, text);
	r = tasks_load(ts, &b, "tasks.yml", e);
	if (b.data != NULL)
		ok(false, "the bytes were taken over");
	return r;
}

/* A file, and the message; "" = right. */
static const struct {
	const char *what, *text, *want;
} files[] = {
	{ "empty", "", "" },
	{ "a comment", "# nothing\n", "" },
	{ "null", "~\n", "tasks.yml:1:1: map with next_id and tasks expected" },
	{ "an empty mapping", "{}\n", "" },
	{ "no tasks", "next_id: 4\ntasks:\n", "" },
	{ "empty list", "next_id: 4\ntasks: []  # none\n", "" },
	{ "unknown keys", "version: 1\nschema: x\nowner: {a: 1}\ntasks:\n- title: a\n  colour: [1]\n", "" },
	{ "no next_id", "tasks:\n- id: 3\n  title: a\n", "" },
	{ "no id", "tasks:\n- title: a\n- title: b\n", "" },
	{ "id 18 digits", "tasks:\n- {id: 999999999999999999, title: a}\n", "" },
	{ "json", "{\"next_id\": 2, \"tasks\": [{\"id\": 1, \"title\": \"a\"}]}", "" },
	{ "null field", "tasks:\n- title: a\n  agent:\n  labels: ~\n  status: null\n", "" },
	{ "cycle", "tasks:\n- {id: 1, title: a, depends_on: [2]}\n"
	    "- {id: 2, title: b, depends_on: [1, 99]}\n", "" },
	{ "a list", "- id: 1\n", "tasks.yml:1:1: map with next_id and tasks expected" },
	{ "a text", "hello\n", "tasks.yml:1:1: map with next_id and tasks expected" },
	{ "tasks is a mapping", "tasks: {a: 1}\n", "tasks.yml:1:8: tasks: list expected" },
	{ "tasks is text", "tasks: none\n", "tasks.yml:1:8: tasks: list expected" },
	{ "task is text", "tasks:\n- title: a\n- b\n",
	    "tasks.yml:3:3: number 2 of the tasks is not a map" },
	{ "task is null", "tasks:\n-\n", "*" },
	{ "next_id 0", "next_id: 0\n", "tasks.yml:1:10: next_id: a task id expected" },
	{ "next_id text", "next_id: '4'\n", "tasks.yml:1:10: next_id: a task id expected" },
	{ "next_id float", "next_id: 4.0\n", "tasks.yml:1:10: next_id: a task id expected" },
	{ "next_id list", "next_id: [4]\n", "tasks.yml:1:10: next_id: a task id expected" },
	{ "version 2", "version: 2\ntasks:\n",
	    "tasks.yml:1:10: version 2 is newer than this program knows (1)" },
	{ "no title", "tasks:\n- id: 7\n  body: x\n", "tasks.yml:2:3: task 7: title: missing" },
	{ "null title", "tasks:\n- id: 7\n  title:\n", "tasks.yml:2:3: task 7: title: missing" },
	{ "word", "next_id: 4\ntasks:\n  - id: 3\n    title: a\n    priority: hihg\n",
	    "tasks.yml:5:5: task 3: priority: 'hihg' is not one of urgent high normal low" },
	{ "status unknown", "tasks:\n- {id: 3, title: a, status: open}\n", "*" },
	{ "status Done", "tasks:\n- {id: 3, title: a, status: Done}\n", "*" },
	{ "status list", "tasks:\n- {id: 3, title: a, status: [done]}\n", "*" },
	{ "status no", "tasks:\n- {id: 3, title: a, status: no}\n", "*" },
	{ "status number", "tasks:\n- {id: 3, title: a, status: 3}\n",
	    "tasks.yml:2:21: task 3: status: text expected, found number '3' (write it in quotes)" },
	{ "status cyrillic", "tasks:\n- {id: 3, title: a, status: d\xd0\xbene}\n", "*" },
	{ "item", "tasks:\n- id: 3\n  title: a\n  labels:\n  - a\n  - 5\n", "tasks.yml:6:5: "
	    "task 3: labels: item 2: text expected, found number '5' (write it in quotes)" },
	{ "without id", "tasks:\n- title: a\n- title: b\n  priority: 1\n",
	    "tasks.yml:4:3: number 2 of the tasks: priority: text expected, "
	    "found number '1' (write it in quotes)" },
	{ "id after the slip", "tasks:\n- title: a\n  body: 5\n  id: 12\n",
	    "tasks.yml:3:3: task 12: body: text expected, found number '5' (write it in quotes)" },
	{ "id twice", "tasks:\n- id: 3\n  title: a\n- {id: 4, title: b}\n- id: 3\n  title: c\n",
	    "tasks.yml:5:7: id 3 is used twice, first at line 2" },
	{ "id 01", "tasks:\n- {id: 01, title: a}\n", "*" },
	{ "id '1'", "tasks:\n- {id: '1', title: a}\n", "*" },
	{ "id 1.0", "tasks:\n- {id: 1.0, title: a}\n", "*" },
	{ "id 0x1", "tasks:\n- {id: 0x1, title: a}\n", "*" },
	{ "id 0o1", "tasks:\n- {id: 0o1, title: a}\n", "*" },
	{ "id 1e0", "tasks:\n- {id: 1e0, title: a}\n", "*" },
	{ "id +1", "tasks:\n- {id: +1, title: a}\n", "*" },
	{ "id -1", "tasks:\n- {id: -1, title: a}\n", "*" },
	{ "id 0", "tasks:\n- {id: 0, title: a}\n", "*" },
	{ "id 19 digits", "tasks:\n- {id: 1000000000000000000, title: a}\n", "*" },
	{ "id 23 digits", "tasks:\n- {id: 99999999999999999999999, title: a}\n", "*" },
	{ "id true", "tasks:\n- {id: true, title: a}\n", "*" },
	{ "id .nan", "tasks:\n- {id: .nan, title: a}\n", "*" },
	{ "id list", "tasks:\n- {id: [1], title: a}\n", "*" },
	{ "id date", "tasks:\n- {id: 2026-11-21, title: a}\n", "*" },
	{ "id 1:30", "tasks:\n- {id: 1:30, title: a}\n", "*" },
	{ "id path", "tasks:\n- {id: ../../etc, title: a}\n", "*" },
	{ "id 1_000", "tasks:\n- {id: 1_000, title: a}\n", "*" },
	{ "parent 0", "tasks:\n- {id: 1, title: a, parent_id: 0}\n", "*" },
	{ "children text", "tasks:\n- {id: 1, title: a, children: [x]}\n", "*" },
	{ "attempts -1", "tasks:\n- {id: 1, title: a, attempts: -1}\n", "*" },
	{ "bad date", "tasks:\n- {id: 1, title: a, created_at: 2026-02-30T00:00:00Z}\n", "*" },
	{ "a task twice by alias", "tasks:\n- &t {id: 1, title: a}\n- *t\n", "*" },
};

static void
test_files(void)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct tasks ts = { 0 };
		struct err e;
		int r = load(&ts, files[i].text, &e);

		is_int(r, *files[i].want == '\0' ? 0 : -1, files[i].what);
		if (r == 0) {
			ok(ts.next_id >= 1, "... next_id");
			tasks_release(&ts);
			continue;
		}
		is_int(e.code, ERR_INVALID, "... is not valid");
		if (*files[i].want == '*')
			ok(strncmp(e.msg, "tasks.yml:", 10) == 0, "... with a place: %s", e.msg);
		else
			is(e.msg, files[i].want, "... message");
	}
}

static const char one[] =
    "# mine\n"
    "next_id: 3\n"
    "defaults: &d\n"
    "  agent: codex\n"
    "  priority: low\n"
    "tasks:\n"
    "  - id: 7\n"
    "    title: Mend the pump   # soon\n"
    "    priority: urgent\n"
    "    status: in_progress\n"
    "    labels: [a, &l 'b c']\n"
    "    depends_on: [3, 5]\n"
    "    attempts: 2\n"
    "    timeout: 1h30m\n"
    "    idle_timeout: 90\n"
    "    retry_at: 1970-01-01T00:01:00Z\n"
    "    needs_help: true\n"
    "    join: 2\n"
    "    budget: 0.5\n"
    "    colour: red\n"
    "    body: |\n"
    "      one\n"
    "      two\n"
    "  - <<: *d\n"
    "    id: 3\n"
    "    title: *l\n"
    "    agent: claude\n"
    "  - title: by hand\n";

static void
test_get(void)
{
	struct tasks ts = { 0 };
	struct vec_str texts = { 0 };
	struct vec_id ids = { 0 };
	struct buf b = { 0 };
	const struct task *t;
	struct val *v;
	struct err e;

	if (!ok(load(&ts, one, &e) == 0, "loads %s", e.msg))
		return;
	is_int((int64_t)ts.n, 3, "three tasks");
	is_int(ts.next_id, 9, "next_id is raised past the greatest id and the one foreseen");
	ok(tasks_find(&ts, 3) == &ts.v[1], "found by id");
	ok(tasks_find(&ts, 7) == &ts.v[0], "... whatever the order");
	ok(tasks_find(&ts, 4) == NULL, "not there");
	ok(tasks_find(&ts, 0) == NULL, "0 is nobody's id");
	ok(tasks_find(&ts, -1) == NULL, "nor is -1");
	t = &ts.v[0];
	is_int(t->id, 7, "id");
	is_int(t->status, ST_IN_PROGRESS, "status");
	is_int(task_priority(t), PRIORITY_URGENT, "priority");
	is(task_text(t, F_TITLE), "Mend the pump", "text");
	is(task_text(t, F_BODY), "one\ntwo\n", "block text");
	is(task_text(t, F_AGENT), NULL, "absent text");
	is_int(task_int(t, F_ATTEMPTS, 0), 2, "number");
	is_int(task_int(t, F_MAX_ATTEMPTS, 5), 5, "absent number");
	is_int(task_int(t, F_JOIN, -1), 2, "join as a number");
	ok(task_is_set(t, F_NEEDS_HELP), "truth");
	ok(!task_is_set(&ts.v[1], F_NEEDS_HELP), "absent truth");
	is_int(task_time(t, F_RETRY_AT, -1), 60, "time");
	is_int(task_time(t, F_CREATED_AT, -1), -1, "absent time");
	is_int(task_span(t, F_TIMEOUT, -1), 5400000, "span");
	is_int(task_span(t, F_IDLE_TIMEOUT, -1), 90000, "span in seconds");
	task_texts(t, F_LABELS, &texts);
	ok(texts.n == 2 && strcmp(texts.v[0], "a") == 0 && strcmp(texts.v[1], "b c") == 0, "texts");
	task_ids(t, F_DEPENDS_ON, &ids);
	ok(ids.n == 2 && ids.v[0] == 3 && ids.v[1] == 5, "ids");
	ok(task_has(t, F_LABELS, "b c"), "has");
	ok(!task_has(t, F_LABELS, "b"), "has not");
	is_int((int64_t)task_count(t, F_LABELS), 2, "count");
	is_int((int64_t)task_count(t, F_CHILDREN), 0, "count of nothing");

	v = task_value(t, F_LABELS);
	json_print(&b, v);
	is(buf_str(&b), "[\"a\",\"b c\"]", "value of a list");
	val_free(v);
	ok(task_value(t, F_AGENT) == NULL, "no value");
	v = task_map(t);
	is(val_text(val_get(v, "colour")), "red", "the map has unknown keys");
	is_int(val_number(val_get(v, "id"), 0), 7, "... and known ones");
	val_free(v);

	t = &ts.v[1];
	is_int(task_priority(t), PRIORITY_LOW, "a merged field");
	is(task_text(t, F_AGENT), "claude", "an own field wins over a merged one");
	is(task_text(t, F_TITLE), "b c", "an alias");
	is_int(t->status, ST_NEW, "no status is new");
	t = &ts.v[2];
	is_int(t->id, 8, "the id that it will be given");
	ok(!task_is_set(t, F_ID), "which is not written yet");
	is_int(task_priority(t), PRIORITY_NORMAL, "no priority is normal");
	buf_release(&b);
	vec_id_release(&ids);
	vec_str_release(&texts);
	tasks_release(&ts);
}

/* By halves, between bounds that the ids themselves give: with and without gaps. */
static void
test_find(void)
{
	static const char *const texts[] = {
		"tasks:\n- {id: 1, title: a}\n- {id: 2, title: b}\n- {id: 3, title: c}\n",
		"tasks:\n- {id: 8, title: a}\n- {id: 9, title: b}\n- {id: 10, title: c}\n",
		"tasks:\n- {id: 40, title: a}\n- {id: 2, title: b}\n- {id: 17, title: c}\n- {id: 1, title: d}\n",
		"tasks:\n- {id: 999999999999999999, title: a}\n- {id: 3, title: b}\n", "",
	};
	struct err e;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct tasks ts = { 0 };
		bool good = load(&ts, texts[i], &e) == 0;
		size_t found = 0;

		for (int64_t id = -2; id < 50; id++) {
			const struct task *t = tasks_find(&ts, id);

			good = good && (t == NULL || t->id == id);
			found += t != NULL;
		}
		for (size_t k = 0; k < ts.n; k++)
			good = good && tasks_find(&ts, ts.v[k].id) == &ts.v[k];
		ok(good && found + (i == 3) == ts.n, "each is found, and nothing else: file %zu", i);
		tasks_release(&ts);
	}
}

static void
test_next_id(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} t[] = {
		{ "", 1 },
		{ "tasks: []\n", 1 },
		{ "next_id: 9\ntasks:\n- {id: 3, title: a}\n", 9 },
		{ "next_id: 3\ntasks:\n- {id: 3, title: a}\n", 4 },
		{ "tasks:\n- {id: 12, title: a}\n- {id: 3, title: b}\n- title: c\n", 14 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct tasks ts;
		struct err e;

		if (!ok(load(&ts, t[i].text, &e) == 0, "next_id loads %s", e.msg))
			continue;
		is_int(ts.next_id, t[i].want, "next_id");
		tasks_release(&ts);
	}
}

/* What is refused as a task file may be YAML all the same. */
static void
test_tree(void)
{
	static const struct {
		const char *text;
		bool tasks, yaml;
	} t[] = {
		{ "tasks: [{id: 1, title: a}]\n", true, false },
		{ "tasks: [{id: 1}]\n", false, true },
		{ "tasks: 3\n", false, true },
		{ "tasks: [\n", false, false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf text = { 0 };
		struct yaml tree;
		struct tasks ts;
		struct err e;
		int r;

		buf_puts(&text, t[i].text);
		r = tasks_load_or_tree(&ts, &text, &tree, "t", &e);
		ok((r == 0) == t[i].tasks && (tree.text != NULL) == t[i].yaml &&
		    (text.len > 0) == !t[i].tasks, "%s", t[i].text);
		if (r == 0)
			tasks_release(&ts);
		yaml_release(&tree);
		buf_release(&text);
	}
}

int
main(void)
{
	test_files();
	test_tree();
	test_get();
	test_find();
	test_next_id();
	return done_testing();
}
