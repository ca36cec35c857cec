/*
 * sync_report: the comments, letter for letter (tests/data/github), their length, and that
 * nothing an agent writes gets out of its part
 *
 * After a change that is meant: WRITE_GOLDEN=1 build/release/unit/sync_report.
 */
#include "work/sync_report.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/redact.h"
#include "task/task.h"
#include "work/sync_mark.h"
#include "work/sync_text.h"

#define DATA "tests/data/github/"

static void
slurp(const char *name, struct buf *b)
{
	char path[128], part[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, DATA "%s", name);
	if ((f = fopen(path, "r")) == NULL)
		return;
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		buf_append(b, part, n);
	fclose(f);
}

/* A golden file ends with a newline that the comment does not have. */
static void
golden(char *got, const char *name)
{
	struct buf want = { 0 }, line = { 0 };

	buf_puts(&line, got);
	buf_putc(&line, '\n');
	if (getenv("WRITE_GOLDEN")) {
		char path[128];
		FILE *f;

		snprintf(path, sizeof path, DATA "%s", name);
		if ((f = fopen(path, "w")) != NULL) {
			fputs(line.data, f);
			fclose(f);
		}
	}
	slurp(name, &want);
	is(line.data, buf_str(&want), name);
	buf_release(&line);
	buf_release(&want);
	free(got);
}

static void
test_golden(const struct tasks *tasks)
{
	struct redact none = { 0 };
	struct sync_result r;
	struct sync_key k;
	char *s;

	golden(sync_report_status(tasks_find(tasks, 1), &none), "status-new.md");
	golden(sync_report_status(tasks_find(tasks, 2), &none), "status-asks.md");
	golden(sync_report_status(tasks_find(tasks, 3), &none), "status-answered.md");
	sync_result_of(&r, tasks_find(tasks, 2));
	r.verify = xstrdup("not ok 1 - @bob\n```\n\x1b[31mred\x1b[0m\n");
	r.owner = xstrdup("alice-1");
	golden(sync_report_result(&r, &none), "result.md");
	free(r.owner);
	r.owner = xstrdup("alice @bob");
	s = sync_report_result(&r, &none);
	ok(strstr(s, "needs you") == NULL, "who is no login is not called");
	ok(sync_mark_key(s, &k) && k.attempt == 2 && strcmp(k.kind, "result") == 0, "the key is read back");
	free(s);
	sync_result_release(&r);
}

static void
test_full(void)
{
	static const char *const parts[] = { "@a", "<b", "`", "```\n", "\n", "&#1;", "\xf0\x9f\x98\x80", "[",
	    "secret-value " };
	struct redact redact = { 0 };

	redact_add(&redact, "secret-value");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct sync_result r = { .uid = xstrdup("0123456789abcdef0123456789abcdef"), .attempt = 999999999 };
		struct buf b = { 0 };
		struct sync_key k;
		char *s;

		while (b.len < 100000)
			buf_puts(&b, parts[i]);
		r.status = xstrdup("needs_review");
		r.reason = xstrdup(b.data);
		r.agent = xstrdup(b.data);
		r.model = xstrdup(b.data);
		r.branch = xstrdup(b.data);
		r.summary = xstrdup(b.data);
		r.question = xstrdup(b.data);
		r.error = xstrdup(b.data);
		r.verify = xstrdup(b.data);
		for (int n = 0; n < 50; n++) {
			vec_str_push(&r.accomplished, b.data + n);
			vec_str_push(&r.remaining, b.data);
			vec_str_push(&r.blockers, b.data);
			vec_str_push(&r.files, b.data);
		}
		s = sync_report_result(&r, &redact);
		ok(sync_text_length(s) <= SYNC_TEXT_MAX, "full of %zu: %zu code points", i, sync_text_length(s));
		ok(sync_mark_key(s, &k) && strstr(s, "secret-value") == NULL, "with its key and no secret");
		free(s);
		sync_result_release(&r);
		buf_release(&b);
	}
	redact_release(&redact);
}

int
main(void)
{
	struct tasks tasks;
	struct buf text = { 0 };
	struct err e = { 0 };

	slurp("report.yml", &text);
	if (!ok(tasks_load(&tasks, &text, "report.yml", &e) == 0, "tasks %s", e.msg))
		return done_testing();
	test_golden(&tasks);
	test_full();
	tasks_release(&tasks);
	return done_testing();
}
