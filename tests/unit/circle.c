/* circle - which tasks wait for themselves, and which only look so. */
#include "task/circle.h"

#include "base/buf.h"
#include "base/err.h"
#include "task/task.h"

#include "../lib/tap.h"

#define T(ID, STATUS, REST) "- {id: " ID ", title: t, status: " STATUS REST "}\n"
#define NEEDS(IDS) ", depends_on: [" IDS "]"
#define HAS(IDS) ", children: [" IDS "]"

static const struct {
	const char *what, *tasks, *stuck, *told;	/* told: of the last that is stuck */
} cases[] = {
	{ "a chain", T("1", "routed", NEEDS("2")) T("2", "new", ""), "", "" },
	{ "two that need each other", T("1", "routed", NEEDS("2")) T("2", "new", NEEDS("1")), "1 2",
	    "task 2 waits for itself: 2 -> 1 -> 2" },
	{ "what waits behind a circle", T("1", "routed", NEEDS("2")) T("2", "routed", NEEDS("1"))
	    T("3", "routed", NEEDS("2")) T("4", "routed", ""), "1 2 3",
	    "task 3 waits for a circle: 1 -> 2 -> 1" },
	{ "itself", T("1", "routed", NEEDS("1")), "1", "task 1 waits for itself: 1 -> 1" },
	{ "one of them runs", T("1", "in_progress", NEEDS("2")) T("2", "new", NEEDS("1")), "", "" },
	{ "one of them is with a person", T("1", "needs_review", NEEDS("2")) T("2", "new", NEEDS("1")),
	    "", "" },
	{ "one is skipped for another cause", T("1", "routed", NEEDS("2, 3")) T("2", "new", NEEDS("1"))
	    T("3", "failed", ""), "", "" },
	{ "a missing one", T("1", "routed", NEEDS("9")), "", "" },
	{ "parents of each other", T("1", "blocked", HAS("2")) T("2", "blocked", HAS("1")), "1 2",
	    "task 2 waits for itself: 2 -> 1 -> 2" },
	{ "... and another child, which may end it", T("1", "blocked", HAS("2, 3"))
	    T("2", "blocked", HAS("1")) T("3", "routed", ""), "", "" },
	{ "a child that needs its parent", T("1", "blocked", HAS("2")) T("2", "routed", NEEDS("1")),
	    "1 2", "task 2 waits for itself: 2 -> 1 -> 2" },
	{ "a parent without children", T("1", "blocked", ""), "", "" },
	{ "one that is named twice", T("1", "routed", NEEDS("2, 2")) T("2", "routed", ""), "", "" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tasks tasks = { 0 };
		struct circles c;
		struct buf file = { 0 }, got = { 0 };
		struct err e = { 0 };

		buf_printf(&file, "version: 1\ntasks:\n%s", cases[i].tasks);
		if (tasks_load(&tasks, &file, "tasks.yml", &e) == -1)
			ok(false, "%s: %s", cases[i].what, e.msg);
		circles_find(&c, &tasks);
		for (size_t k = 0; k < c.stuck.n; k++)
			buf_printf(&got, "%s%lld", k > 0 ? " " : "", (long long)c.stuck.v[k]);
		is(buf_str(&got), cases[i].stuck, cases[i].what);
		if (c.stuck.n > 0)
			circles_refuse(&c, c.stuck.v[c.stuck.n - 1], &e);
		is(e.msg, cases[i].told, "is told so");
		circles_release(&c);
		tasks_release(&tasks);
		buf_release(&got);
	}
	return done_testing();
}
