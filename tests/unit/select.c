/* select - the grammar, the answers, hostile keys, standard input. */
#include "task/select.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "task/ready.h"
#include "task/task.h"

#include "../lib/tap.h"

static const char file[] =
    "next_id: 30\n"
    "tasks:\n"
    "- {id: 3, title: a, status: done, labels: [docs, api], agent: codex}\n"
    "- {id: 5, title: b, labels: [docs], priority: low, key: 'x,y'}\n"
    "- {id: 4, title: c, status: routed, agent: claude, priority: high, children: [9]}\n"
    "- {id: 9, title: d, status: routed, parent_id: 4, labels: []}\n"
    "- {id: 17, title: '5', status: routed, parent_id: 9, depends_on: [3], priority: urgent}\n"
    "- {title: no id yet}\n"
    "- {id: 20, title: f, status: failed, usage: {seconds: 3}, attempts: 2, reason: ''}\n";

static struct tasks picture;

/* The words joined by blanks, "1 2 3" or "!message"; stdin is "<text". */
static void
run(const char *words, struct buf *got)
{
	struct ready_rules rules = { .aging_hours = 24 };
	struct select *s = select_new();
	struct vec_id ids = { 0 };
	struct err e = { 0 };
	char word[256];
	int r = 0;

	if (*words == '<') {
		r = select_stdin(s, words + 1, strlen(words + 1), &e);
	} else {
		while (r == 0 && *words != '\0') {
			size_t len = strcspn(words, " ");

			snprintf(word, sizeof word, "%.*s", (int)len, words);
			r = select_word(s, word, &e);
			words += len + (words[len] == ' ');
		}
	}
	if (r == 0)
		r = select_run(s, &picture, &rules, &ids, &e);
	if (r == -1)
		buf_printf(got, "!%s", e.msg);
	if (r == -1 && e.code != ERR_USAGE && e.code != ERR_INVALID)
		buf_puts(got, " (wrong code)");
	for (size_t i = 0; i < ids.n; i++)
		buf_printf(got, "%s%lld", i > 0 ? " " : "", (long long)ids.v[i]);
	vec_id_release(&ids);
	select_free(s);
}

static void
test_words(void)
{
	static const struct {
		const char *words, *want;
	} t[] = {
		{ "", "" },
		{ "all", "3 5 4 9 17 30 20" },
		{ "5", "5" },
		{ "5 3", "5 3" },
		{ "5,3 5", "5 3" },
		{ "4..9", "5 4 9" },
		{ "4..9 @routed", "4 9" },
		{ "3..4,20", "3 4 20" },
		{ "3..4,21", "!no task 21" },
		{ "6..8", "" },
		{ "9..3", "!'9..3' is a range that ends before it begins" },
		{ "9..9", "9" },
		{ "3 5 20 @new,failed", "5 20" },
		{ "6", "!no task 6" },
		{ "3 6", "!no task 6" },
		{ "4294967297", "!no task 4294967297" },
		{ "@routed", "4 9 17" },
		{ "@new", "5 30" },
		{ "@done,failed", "3 20" },
		{ "@doen", "!'doen' is not a status, did you mean 'done'?" },
		{ "@", "!'@' lacks a status" },
		{ "@new,", "!'@new,' lacks a status" },
		{ "@New", "!'New' is not a status, did you mean 'new'?" },
		{ "+docs", "3 5" },
		{ "+api,nothing", "3" },
		{ "+docs +api", "3" },
		{ "+", "!'+' lacks a label" },
		{ "+nothing", "" },
		{ "agent=codex", "3" },
		{ "agent=codex,claude", "3 4" },
		{ "agent!=codex", "5 4 9 17 30 20" },
		{ "agent!=codex,claude", "5 9 17 30 20" },
		{ "agent=", "5 9 17 30 20" },
		{ "agent!=", "3 4" },
		{ "agent=codex,", "3 5 9 17 30 20" },
		{ "label=docs", "3 5" },
		{ "labels=docs", "3 5" },
		{ "label!=docs", "4 9 17 30 20" },
		{ "label=", "4 9 17 30 20" },
		{ "reason=", "3 5 4 9 17 30 20" },
		{ "status=failed", "20" },
		{ "status!=failed,done", "5 4 9 17 30" },
		{ "priority=normal", "3 9 30 20" },
		{ "priority!=normal", "5 4 17" },
		{ "priority=hihg", "!'hihg' is not a priority, did you mean 'high'?" },
		{ "title=5", "17" },
		{ "id=17", "17" },
		{ "id=017", "!'017' is not a task id" },
		{ "parent_id=4", "9" },
		{ "parent_id=x", "!'x' is not a task id" },
		{ "depends_on=3", "17" },
		{ "depends_on=", "3 5 4 9 30 20" },
		{ "children=09", "!'09' is not a task id" },
		{ "attempts=2", "20" },
		{ "usage!=", "20" },
		{ "usage=3", "!'usage' is no text: it is absent or not (FIELD= and FIELD!=)" },
		{ "agnet=codex", "!no field 'agnet', did you mean 'agent'?" },
		{ "=x", "!no field '': see orch-tasks(5)" },
		{ "!=x", "!no field '': see orch-tasks(5)" },
		{ "title==5", "" },
		{ "tree=4", "4 9 17" },
		{ "tree=9,3", "3 9 17" },
		{ "tree!=4", "3 5 30 20" },
		{ "tree=4 @routed id!=9", "4 17" },
		{ "tree=99", "!no task 99" },
		{ "tree=", "!'' is not a task id" },
		{ "tree=x", "!'x' is not a task id" },
		{ "next", "17" },
		{ "next agent=claude", "4" },
		{ "next 9 4", "4" },
		{ "next @failed", "" },
		{ "new", "!'new' is not a selector, a status is written with '@'" },
		{ "nxet", "*" },
		{ "-", "*" },
		{ "-f", "*" },
		{ "--", "*" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf got = { 0 };

		run(t[i].words, &got);
		if (*t[i].want == '*')
			ok(got.len > 0 && *got.data == '!', "%s: %s", t[i].words, buf_str(&got));
		else
			is(buf_str(&got), t[i].want, t[i].words);
		buf_release(&got);
	}
}

/* RELIABILITY 5, class key: none of these is an id, and none selects a task. */
static void
test_hostile(void)
{
	static const char *const t[] = {
		"0", "00", "01", "007", "1.0", "1e0", "1E1", "0x1", "0b1", "0o1", "-1", "1-", "1_0",
		"4294967297x", "18446744073709551617", "1000000000000000000",
		"99999999999999999999999", " 1", "1 ", "1\n", "\t1", "1\r", "1,", ",1", "1,,2", "1,0",
		"1..", "..1", "1...2", "1..2..3", "1..0", "0..1", "1..x", "01..2", "-1..2",
		"1;rm", "$(id)", "`id`", "1|2", "../1", "/1", "1/../2", "*", "?", "[0-9]", "1*", "~",
		"\xd9\xa1", "\xef\xbc\x91", "\xff", "%d", "1%00", "1\x1b[2J", "17\xc2\xa0",
		"-f", "--all", "-", "ALL", "Next", "id", "id:1", "#1", "!1", "1=1", "01=1",
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct select *s = select_new();
		struct err e = { 0 };

		ok(select_word(s, t[i], &e) == -1 && e.code == ERR_USAGE &&
		    strchr(e.msg, '\x1b') == NULL, "refused: %s", e.msg);
		ok(!select_empty(s), "... and an operand was given");
		select_free(s);
	}
}

static void
test_stdin(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "<", "" },
		{ "<\n\n  \n", "" },
		{ "<5\n3\n", "5 3" },
		{ "<5 3\t4\r\n20", "5 3 4 20" },
		{ "<{\"id\":5,\"title\":\"x\"}\n{\"id\":3}\n", "5 3" },
		{ "<  {\"id\": 5}\n3\n", "5 3" },
		{ "<5\n5\n", "5" },
		{ "<99\n", "!no task 99" },
		{ "<3\n05\n", "!standard input, line 2: '05' is not a task id" },
		{ "<@new\n", "!standard input, line 1: '@new' is not a task id" },
		{ "<{\"id\":\"5\"}\n",
		    "!standard input, line 1: an object without an integer \"id\"" },
		{ "<{\"id\":0}\n", "!standard input, line 1: an object without an integer \"id\"" },
		{ "<{\"id\":5.0}\n", "!standard input, line 1: an object without an integer \"id\"" },
		{ "<3\n\n{\"id\":5\n", "*" },
		{ "<[5]\n", "*" },
	};
	struct select *s = select_new();
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf got = { 0 };

		run(t[i].text, &got);
		if (*t[i].want == '*')
			ok(got.len > 0 && *got.data == '!', "stdin: %s", buf_str(&got));
		else
			is(buf_str(&got), t[i].want, t[i].text);
		buf_release(&got);
	}
	ok(select_empty(s), "nothing was given");
	is_int(select_stdin(s, "3\0005", 3, &e), -1, "a NUL is no blank");
	ok(!select_empty(s), "standard input is an operand");
	select_free(s);
}

int
main(void)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, file);
	if (ok(tasks_load(&picture, &b, "tasks.yml", &e) == 0, "loads %s", e.msg)) {
		test_words();
		test_hostile();
		test_stdin();
		tasks_release(&picture);
	}
	return done_testing();
}
