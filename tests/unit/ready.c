/* ready - what runs, in which order, and what a person is told. */
#include "task/ready.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "task/task.h"

#include "../lib/tap.h"

#define NOW "2026-11-21T10:25:00Z"

static int64_t
now(void)
{
	int64_t t = 0;

	clock_parse(NOW, &t);
	return t;
}

static bool
load(struct tasks *ts, const char *text)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, text);
	if (tasks_load(ts, &b, "tasks.yml", &e) == 0)
		return true;
	return ok(false, "%s", e.msg);
}

#define ROUTED(ID, REST) "- {id: " ID ", title: t, status: routed" REST "}\n"
#define AT(T) ", created_at: 2026-11-" T ":00Z"

static void
test_order(void)
{
	static const struct {
		const char *what, *tasks, *want;
		struct ready_rules rules;
	} t[] = {
		{ "nothing", "[]\n", "", { 0 } },
		{ "by id", "\n" ROUTED("3", "") ROUTED("1", "") ROUTED("2", ""), "1 2 3", { 0 } },
		{ "by age", "\n" ROUTED("1", AT("21T09:00")) ROUTED("2", AT("21T08:00"))
		    ROUTED("3", AT("21T08:30")), "2 3 1", { 0 } },
		{ "by priority", "\n" ROUTED("1", ", priority: low" AT("21T01:00"))
		    ROUTED("2", AT("21T02:00")) ROUTED("3", ", priority: urgent" AT("21T03:00"))
		    ROUTED("4", ", priority: high" AT("21T04:00")), "3 4 2 1",
		    { .aging_hours = 24 } },
		{ "a low task overtakes a normal one after a day", "\n"
		    ROUTED("1", AT("21T10:00")) ROUTED("2", ", priority: low" AT("20T10:25"))
		    ROUTED("3", ", priority: low" AT("20T10:26")), "2 1 3",
		    { .aging_hours = 24 } },
		{ "... in two it is high", "\n"
		    ROUTED("1", ", priority: high" AT("21T10:00"))
		    ROUTED("2", ", priority: low" AT("19T10:00")), "2 1", { .aging_hours = 24 } },
		{ "... not without ageing", "\n" ROUTED("1", AT("21T10:00"))
		    ROUTED("2", ", priority: low" AT("01T10:00")), "1 2", { 0 } },
		{ "urgent is as high as it goes", "\n"
		    ROUTED("1", ", priority: urgent" AT("10T10:00"))
		    ROUTED("2", ", priority: low" AT("09T10:00"))
		    ROUTED("3", ", priority: urgent" AT("08T10:00")), "3 2 1",
		    { .aging_hours = 1 } },
		{ "written in the future: has not waited", "\n"
		    ROUTED("1", ", created_at: 2099-01-01T00:00:00Z") ROUTED("2", AT("21T10:00")),
		    "2 1", { .aging_hours = 1 } },
		{ "without created_at: oldest, not raised", "\n" ROUTED("1", AT("21T10:00"))
		    ROUTED("2", "") ROUTED("3", ", priority: low"), "2 1 3",
		    { .aging_hours = 24 } },
		{ "only routed ones", "\n- {id: 1, title: t}\n- {id: 2, title: t, status: done}\n"
		    "- {id: 3, title: t, status: blocked}\n"
		    "- {id: 4, title: t, status: in_progress}\n"
		    "- {id: 5, title: t, status: needs_review}\n- {title: t, status: routed}\n"
		    ROUTED("6", ""), "6 7", { 0 } },
		{ "new ones where a command was given", "\n- {id: 1, title: t}\n" ROUTED("6", ""),
		    "1 6", { .include_new = 1 } },
		{ "dependencies", "\n" ROUTED("1", ", depends_on: [2]")
		    "- {id: 2, title: t, status: done}\n" ROUTED("3", ", depends_on: [2, 4]")
		    ROUTED("4", "") ROUTED("5", ", depends_on: [9]")
		    "- {id: 6, title: t, status: cancelled}\n" ROUTED("7", ", depends_on: [6]")
		    ROUTED("8", ", depends_on: []"), "1 4 8", { 0 } },
		{ "rings", "\n" ROUTED("1", ", depends_on: [1]") ROUTED("2", ", depends_on: [3]")
		    ROUTED("3", ", depends_on: [2]") ROUTED("4", ""), "4", { 0 } },
		{ "retry_at", "\n" ROUTED("1", ", retry_at: 2026-11-21T10:25:01Z")
		    ROUTED("2", ", retry_at: 2026-11-21T10:25:00Z")
		    ROUTED("3", ", retry_at: 2026-11-22T10:25:00Z")
		    ROUTED("4", ", retry_at: 2026-11-22T10:25:01Z"), "2 4", { 0 } },
		{ "retry_at of a task that a person named", "\n"
		    ROUTED("1", ", retry_at: 2026-11-21T11:00:00Z"), "1",
		    { .ignore_retry_at = 1 } },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ready_rules rules = t[i].rules;
		struct vec_id ids = { 0 };
		struct buf text = { 0 }, got = { 0 };
		struct tasks ts;

		rules.now = now();
		buf_printf(&text, "tasks: %s", t[i].tasks);
		if (!load(&ts, buf_str(&text)))
			continue;
		ready_list(&ts, &rules, &ids);
		for (size_t k = 0; k < ids.n; k++)
			buf_printf(&got, "%s%lld", k > 0 ? " " : "", (long long)ids.v[k]);
		is(buf_str(&got), t[i].want, t[i].what);
		for (size_t k = 0; k < ts.n; k++)
			if (ready_why(&ts, &ts.v[k], &rules, NULL) != vec_id_has(&ids, ts.v[k].id))
				ok(false, "... and why agrees");
		buf_release(&text);
		buf_release(&got);
		vec_id_release(&ids);
		tasks_release(&ts);
	}
}

static void
test_why(void)
{
	static const struct {
		const char *tasks, *want;	/* of the first task */
	} t[] = {
		{ ROUTED("1", ", priority: high" AT("21T07:25")), "ready: high, waiting 3h" },
		{ ROUTED("1", ""), "ready: normal" },
		{ ROUTED("1", ", priority: low" AT("19T08:12")),
		    "ready: low raised to high, waiting 2d2h" },
		{ ROUTED("1", ", depends_on: [4]") "- {id: 4, title: t, status: in_progress}\n",
		    "waits for task 4 (in_progress)" },
		{ ROUTED("1", ", depends_on: [9]"), "waits for task 9, which does not exist" },
		{ ROUTED("1", ", depends_on: [2, 3, 4, 5, 6]") ROUTED("2", "")
		    "- {id: 3, title: t, status: done}\n- {id: 4, title: t, status: failed}\n",
		    "waits for task 2 (routed) and task 4 (failed) and task 5, which does not "
		    "exist and 1 more" },
		{ ROUTED("1", ", depends_on: [1]"), "waits for itself: 1 -> 1" },
		{ ROUTED("3", ", depends_on: [5, 8]") ROUTED("5", ", depends_on: [7, 6]")
		    ROUTED("6", ", depends_on: [3]") ROUTED("7", ", depends_on: [8]")
		    ROUTED("8", ", depends_on: [7]"), "waits for itself: 3 -> 5 -> 6 -> 3" },
		{ ROUTED("1", ", depends_on: [7]") ROUTED("7", ", depends_on: [8]")
		    ROUTED("8", ", depends_on: [7]"), "waits for task 7 (routed)" },
		{ ROUTED("1", ", retry_at: 2026-11-21T10:37:30Z, last_error: timeout"),
		    "not before 2026-11-21T10:37:30Z, in 12m30s: timeout" },
		{ "- {id: 1, title: t}\n", "new: orch-route chooses an agent" },
		{ "- {id: 1, title: t, route_warning: no agent x}\n",
		    "new: orch-route chooses an agent: no agent x" },
		{ "- {id: 1, title: t, status: in_progress, attempts: 2, agent: codex}\n",
		    "in_progress: attempt 2: codex" },
		{ "- {id: 1, title: t, status: blocked, children: [2, 3, 4]}\n"
		    "- {id: 2, title: t, status: done}\n" ROUTED("3", "") ROUTED("4", ""),
		    "blocked: 1 of 3 children have ended, waits for task 3 (routed)" },
		{ "- {id: 1, title: t, status: blocked}\n",
		    "blocked: 0 of 0 children have ended" },
		{ "- {id: 1, title: t, status: in_review, reason: unchecked}\n",
		    "in_review: waits for a verdict: unchecked" },
		{ "- {id: 1, title: t, status: needs_review, reason: asks, "
		    "question: \"which\\none?\\e[2J\"}\n",
		    "needs_review: waits for a person: which\\x0aone?\\x1b[2J" },
		{ "- {id: 1, title: t, status: needs_review, reason: trust}\n",
		    "needs_review: waits for a person: trust" },
		{ "- {id: 1, title: t, status: done}\n", "done" },
		{ "- {id: 1, title: t, status: failed, last_error: boom}\n",
		    "failed, orch-retry puts it back: boom" },
		{ "- {id: 1, title: t, status: skipped, reason: task 4 failed}\n",
		    "skipped: task 4 failed" },
		{ "- {id: 1, title: t, status: cancelled}\n",
		    "cancelled, orch-retry reopens it" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ready_rules rules = { .now = now(), .aging_hours = 24 };
		struct buf text = { 0 }, why = { 0 };
		struct tasks ts;

		buf_printf(&text, "tasks:\n%s", t[i].tasks);
		if (!load(&ts, buf_str(&text)))
			continue;
		ready_why(&ts, &ts.v[0], &rules, &why);
		is(buf_str(&why), t[i].want, t[i].want);
		buf_release(&text);
		buf_release(&why);
		tasks_release(&ts);
	}
}

/* 10,000 tasks, two dependencies each; a chain of 5,000 is in it. */
static void
test_many(void)
{
	struct ready_rules rules = { .now = now(), .aging_hours = 24 };
	struct buf text = { 0 }, why = { 0 };
	struct vec_id ids = { 0 };
	clock_t start, list, words;
	struct tasks ts;
	int n = 0;

	buf_puts(&text, "tasks:\n");
	for (int i = 1; i <= 10000; i++)
		buf_printf(&text, "- {id: %d, title: t, status: %s, depends_on: [%d, %d]}\n", i,
		    i % 5 == 0 ? "done" : "routed", i % 2 ? i + 2 : i - i % 5 + 5,
		    i % 10000 / 5 * 5 + 5);
	if (!load(&ts, buf_str(&text)))
		return;
	start = clock();
	ready_list(&ts, &rules, &ids);
	list = clock() - start;
	start = clock();
	for (size_t i = 0; i < ts.n; i++) {
		buf_cut(&why, 0);
		n += ready_why(&ts, &ts.v[i], &rules, &why);
	}
	words = clock() - start;
	is_int(n, (int64_t)ids.n, "10,000 tasks with 20,000 dependencies");
	printf("# list %ld us, explain all %ld us\n", (long)list, (long)words);
	ok(n > 0 && n < 10000, "... some of them ready");
	buf_release(&text);
	buf_release(&why);
	vec_id_release(&ids);
	tasks_release(&ts);
}

int
main(void)
{
	test_order();
	test_why();
	test_many();
	return done_testing();
}
