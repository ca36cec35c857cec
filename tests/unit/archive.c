/*
 * archive - tasks that leave keep their bytes, whatever the layout; who stands in
 * several files stands in one afterwards; asking reads the files once
 */
#include "task/archive.h"

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"

#define HEAD "# Finished tasks, moved here by orch-gc.\ntasks:\n"
#define NOVEMBER ".orch/archive/2026-11.yml"
#define DECEMBER ".orch/archive/2026-12.yml"

static struct project project;

static int64_t
at(const char *when)
{
	int64_t t = 0;

	clock_parse(when, &t);
	return t;
}

static bool
load(struct tasks *tasks, const char *text)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, text);
	if (tasks_load(tasks, &b, "tasks.yml", &e) == 0)
		return true;
	return ok(false, "%s", e.msg);
}

static void
fresh(void)
{
	struct err e = { 0 };

	if (project.dir != NULL)
		project_release(&project);
	fs_remove_tree(AT_FDCWD, ".orch", &e);
	put("tasks.yml", "tasks: []\n");
	if (project_find(&project, NULL, NULL, "test", &e) == -1 ||
	    project_prepare(&project, &e) == -1) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
}

/* Tasks of a text go into the archive at that time: 0, or -1 with the error said. */
static int
move(const char *text, const char *when, const int64_t *ids, size_t n)
{
	struct tasks tasks;
	struct err e = { 0 };
	int r = -1;

	if (!load(&tasks, text))
		return -1;
	if ((r = archive_append(&project, at(when), &tasks, ids, n, &e)) == -1)
		printf("# %s\n", e.msg);
	tasks_release(&tasks);
	return r;
}

#define MOVE(TEXT, WHEN, ...) \
	move(TEXT, WHEN, (const int64_t[]){ __VA_ARGS__ }, \
	    sizeof(int64_t[]){ __VA_ARGS__ } / sizeof(int64_t))

static struct archive
reading(void)
{
	struct archive a;
	struct err e = { 0 };

	ok(archive_read(&a, &project, &e) == 0, "the archive is read%s%s", *e.msg ? ": " : "", e.msg);
	return a;
}

static void
bytes(void)
{
	static const struct {
		const char *what, *text, *want;	/* what task 2 becomes behind HEAD */
	} t[] = {
		{ "comments inside go, those between stay",
		    "tasks:\n  - id: 1\n    title: a\n  # before\n\n  - id: 2   # two\n    # inside\n"
		    "    title: 'b'  # last\n  # after\n  - id: 3\n    title: c\n",
		    "  - id: 2   # two\n    # inside\n    title: 'b'  # last\n" },
		{ "dashes at the margin", "tasks:\n- id: 2\n  title: b\n- id: 3\n  title: c\n",
		    "- id: 2\n  title: b\n" },
		{ "a wide dash", "tasks:\n -   id: 2\n     title: b\n", " -   id: 2\n     title: b\n" },
		{ "a dash on its own line", "tasks:\n  - # of two\n\n    # more\n    title: b\n    id: 2\n",
		    "  - # of two\n\n    # more\n    title: b\n    id: 2\n" },
		{ "no newline at the end", "tasks:\n  - id: 2\n    title: b # x", "  - id: 2\n    title: b # x\n" },
		{ "a block scalar at the end, and blank lines",
		    "tasks:\n  - id: 2\n    title: b\n    body: |\n      one\n\n      two\n\n\n"
		    "  - id: 3\n    title: c\n",
		    "  - id: 2\n    title: b\n    body: |\n      one\n\n      two\n" },
		{ "line ends of two bytes", "tasks:\r\n  - id: 2\r\n    title: b\r\n    body: |\r\n      x\r\n"
		    "  - id: 3\r\n    title: c\r\n",
		    "  - id: 2\r\n    title: b\r\n    body: |\r\n      x\r\n" },
		{ "an anchor of its own", "tasks:\n  - id: 2\n    title: &t b\n    body: *t\n",
		    "  - id: 2\n    title: &t b\n    body: *t\n" },
		{ "flow style is written anew", "tasks: [{id: 2, title: b, labels: [x]}, {id: 3, title: c}]\n",
		    "  - id: 2\n    title: b\n    labels: [x]\n" },
		{ "so is what needs an anchor of another",
		    "tasks:\n  - id: 1\n    title: &t b\n  - id: 2   # two\n    title: *t\n",
		    "  - id: 2\n    title: b\n" },
		{ "and what is an anchor", "tasks:\n  - &x\n    id: 2\n    title: b\n",
		    "  - id: 2\n    title: b\n" },
		{ "keys that nobody knows", "tasks:\n  - id: 2\n    title: b\n    mine: {a: [1, ~, 0x1F]}\n",
		    "  - id: 2\n    title: b\n    mine: {a: [1, ~, 0x1F]}\n" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf want = { 0 };

		fresh();
		MOVE(t[i].text, "2026-11-21T10:00:00Z", 2);
		buf_printf(&want, HEAD "%s", t[i].want);
		is(get(NOVEMBER), want.data, t[i].what);
		buf_release(&want);
	}
}

/* A block scalar whose last blank lines count cannot be copied without them. */
static void
values(void)
{
	struct archive a;
	const struct task *t;

	fresh();
	MOVE("tasks:\n  - id: 2\n    title: b\n    body: |+\n      x\n\n\n  - id: 3\n    title: c\n",
	    "2026-11-21T10:00:00Z", 2, 3);
	a = reading();
	t = archive_find(&a, 2);
	is(t ? task_text(t, F_BODY) : "", "x\n\n\n", "blank lines at the end that count");
	ok(archive_find(&a, 3) != NULL, "and the next one");
	archive_release(&a);
}

static void
many(void)
{
	struct archive a;
	const struct task *t;

	fresh();
	MOVE("tasks:\n  - id: 1\n    title: a # mine\n", "2026-11-21T10:00:00Z", 1);
	MOVE("tasks:\n- id: 4\n  title: d\n# between\n- id: 3 # three\n  # in it\n\n  title: c\n  body: |\n    x\n",
	    "2026-11-30T23:59:59Z", 3, 4);
	is(get(NOVEMBER), HEAD "  - id: 1\n    title: a # mine\n  - id: 3 # three\n    # in it\n\n"
	    "    title: c\n    body: |\n      x\n  - id: 4\n    title: d\n",
	    "what comes later moves over to stand in line");
	MOVE("tasks:\n        - id: 5\n          # in it\n       # left of it\n          title: e\n",
	    "2026-12-01T00:00:00Z", 5);
	is(get(DECEMBER), HEAD "        - id: 5\n          # in it\n       # left of it\n"
	    "          title: e\n", "the next month has a file of its own");
	MOVE("tasks:\n    - id: 6\n      title: f\n   # left of it\n      key: k\n", "2026-11-30T23:59:59Z", 6);
	ok(strstr(get(NOVEMBER), "  - id: 6\n    title: f\n # left of it\n    key: k\n") != NULL,
	    "and moves to the left");
	a = reading();
	is_int((int64_t)a.n, 2, "two files");
	ok(a.n == 2 && strcmp(a.v[0].name, "2026-11.yml") == 0, "the oldest first");
	ok((t = archive_find(&a, 3)) != NULL && t->id == 3, "one is found");
	is(t ? archive_place(&a, t) : "", "2026-11.yml", "and where");
	ok(archive_find(&a, 2) == NULL, "none is not");
	is((t = archive_find(&a, 6)) != NULL ? task_text(t, F_KEY) : "", "k", "with its key");
	archive_release(&a);
}

/* A kill left copies of tasks that were live again, or live still. */
static void
copies(void)
{
	const char *before;
	struct archive a;

	fresh();
	MOVE("tasks:\n  - id: 1\n    title: a\n  - id: 2\n    title: old\n  - id: 3\n    title: c\n",
	    "2026-11-21T10:00:00Z", 1, 2, 3);
	MOVE("tasks:\n  - id: 2\n    title: new\n", "2026-11-21T10:00:00Z", 2);
	is(get(NOVEMBER), HEAD "  - id: 1\n    title: a\n  - id: 3\n    title: c\n"
	    "  - id: 2\n    title: new\n", "one of the same month gives way");
	before = get(NOVEMBER);
	MOVE("tasks:\n  - id: 2\n    title: new\n", "2026-11-21T10:00:00Z", 2);
	is(get(NOVEMBER), before, "a second time changes nothing");
	MOVE("tasks:\n  - id: 3\n    title: newer\n", "2026-12-21T10:00:00Z", 3);
	is(get(NOVEMBER), HEAD "  - id: 1\n    title: a\n  - id: 2\n    title: new\n",
	    "one of another month too");
	is(get(DECEMBER), HEAD "  - id: 3\n    title: newer\n", "and stands in this one");
	MOVE("tasks:\n  - id: 1\n    title: a\n  - id: 2\n    title: new\n", "2026-12-21T10:00:00Z", 1, 2);
	is(get(NOVEMBER), HEAD, "a file may be left without any");
	MOVE("tasks:\n  - id: 7\n    title: g\n", "2026-11-21T10:00:00Z", 7);
	is(get(NOVEMBER), HEAD "  - id: 7\n    title: g\n", "and get one again");
	put(NOVEMBER, "# mine\nother: 1\ntasks: [{id: 7, title: g}]\n");
	MOVE("tasks:\n  - id: 8   # h\n    title: h\n", "2026-11-21T10:00:00Z", 8);
	is(get(NOVEMBER), HEAD "  - id: 7\n    title: g\n  - id: 8   # h\n    title: h\n",
	    "one that a person wrote otherwise is laid out anew");
	put(DECEMBER, "tasks:\n  - {id: 7, title: newest}\n");
	a = reading();
	is(task_text(archive_find(&a, 7), F_TITLE), "newest", "of two the newest counts");
	archive_release(&a);
}

static void
damaged(void)
{
	struct archive a;
	struct archive_lookup *l;
	struct err e = { 0 };

	fresh();
	a = reading();
	is_int((int64_t)a.n, 0, "no folder is no archive");
	archive_release(&a);
	MOVE("tasks:\n  - id: 1\n    title: a\n", "2026-11-21T10:00:00Z", 1);
	put(".orch/archive/notes.yml", "][\n");
	put(".orch/archive/2026-1.yml", "][\n");
	put(".orch/archive/2026-11.yml~", "][\n");
	a = reading();
	is_int((int64_t)a.n, 1, "other files are none of it");
	archive_release(&a);
	put(NOVEMBER, "tasks:\n  - id: 1\n    title: a\n  - id: 1\n    title: b\n");
	ok(archive_read(&a, &project, &e) == -1 && e.code == ERR_INVALID &&
	    strstr(e.msg, NOVEMBER ":4:") != NULL, "what is not valid is named: %s", e.msg);
	l = archive_lookup_new(&project);
	e = (struct err){ 0 };
	ok(archive_failed(l, &e) == 0, "nothing was asked, nothing failed");
	ok(archive_ask(l, 1) == NULL && archive_ask_key(l, "k") == NULL &&
	    archive_failed(l, &e) == -1 && e.code == ERR_INVALID, "who asks is told");
	archive_lookup_free(l);
	ok(archive_ask(NULL, 1) == NULL && archive_failed(NULL, &e) == 0, "no lookup, no archive");
}

static void
asking(void)
{
	struct archive_lookup *l;
	const struct task *t;
	struct err e = { 0 };

	fresh();
	MOVE("tasks:\n  - id: 1\n    title: a\n    key: k\n  - id: 2\n    title: b\n",
	    "2026-11-21T10:00:00Z", 1, 2);
	MOVE("tasks:\n  - id: 3\n    title: c\n    key: k\n", "2026-12-21T10:00:00Z", 3);
	l = archive_lookup_new(&project);
	ok((t = archive_ask(l, 2)) != NULL && t->id == 2, "by id");
	fs_remove_tree(AT_FDCWD, ".orch/archive", &e);
	ok((t = archive_ask(l, 1)) != NULL && t->id == 1, "the files were read once");
	ok((t = archive_ask_key(l, "k")) != NULL && t->id == 3, "of two with a key the newest");
	ok(archive_ask_key(l, "none") == NULL, "no such key");
	archive_lookup_free(l);
}

int
main(void)
{
	scratch_make();
	bytes();
	values();
	many();
	copies();
	damaged();
	asking();
	if (project.dir != NULL)
		project_release(&project);
	scratch_remove();
	return done_testing();
}
