/* sync_view - an issue and its task look alike, whatever the answer lacks; and bases are kept */
#include "work/sync_view.h"

#include <stdlib.h>

#include "../lib/dice.h"
#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/task.h"
#include "work/sync_mark.h"
#include "work/sync_set.h"

#define WHEN "\"updated_at\":\"2026-01-02T03:04:05Z\""
#define NEEDED "\"id\":9,\"number\":3,\"title\":\"t\",\"state\":\"open\"," WHEN

static struct val *
parse(const char *text)
{
	struct err e = { 0 };
	struct val *v = json_parse(text, strlen(text), &e);

	if (v == NULL) {
		printf("Bail out! %s: %s\n", e.msg, text);
		exit(1);
	}
	return v;
}

static int
issue(struct view *v, const char *text, struct err *e)
{
	struct val *map = parse(text);
	int r = view_of_issue(v, map, e);

	val_free(map);
	return r;
}

static bool
list_is(const struct vec_str *list, const char *want)
{
	struct buf b = { 0 };
	bool same;

	for (size_t i = 0; i < list->n; i++)
		buf_printf(&b, "%s%s", i > 0 ? "|" : "", list->v[i]);
	same = strcmp(buf_str(&b), want) == 0;
	if (!same)
		printf("# got %s, want %s\n", buf_str(&b), want);
	buf_release(&b);
	return same;
}

static void
test_issue(void)
{
	struct view v = { 0 };
	struct err e = { 0 };

	ok(issue(&v, "{" NEEDED ",\"body\":\"one\\r\\ntwo \\n\\n"
	    "<!-- orch:task=0123456789abcdef0123456789abcdef -->\\n\","
	    "\"labels\":[{\"name\":\"Zeta\"},\"alpha\",{\"name\":\"ALPHA\"},{\"name\":\"Status:Done\"},"
	    "{\"name\":\"status:foo\"},{\"name\":\"agent:claude\"},{\"name\":\"agent:not a name\"},"
	    "{\"name\":\"priority:high\"},{\"name\":\"priority:mild\"},{\"name\":\"complexity:simple\"},"
	    "{\"color\":\"ffffff\"},null],\"assignees\":[{\"login\":\"me\"},{}],\"locked\":true,"
	    "\"state_reason\":\"reopened\",\"parent_issue_url\":null,"
	    "\"issue_dependencies_summary\":{\"blocked_by\":1,\"total_blocked_by\":2}}", &e) == 0, "an issue");
	is(v.body, "one\ntwo", "the body without what is ours, LF, no blank end");
	ok(list_is(&v.labels, "agent:not a name|alpha|priority:mild|status:foo|Zeta"),
	    "labels of people, each once; a value that means nothing is one");
	ok(list_is(&v.managed[VIEW_STATUS], "done"), "a status in any case");
	ok(list_is(&v.managed[VIEW_AGENT], "claude"), "an agent");
	ok(list_is(&v.managed[VIEW_PRIORITY], "high"), "a priority");
	ok(list_is(&v.managed[VIEW_COMPLEXITY], "simple"), "a complexity");
	ok(list_is(&v.assignees, "me"), "assignees");
	ok(v.open && v.locked && strcmp(v.state_reason, "reopened") == 0, "its state");
	is_int(v.updated_at, 1767323045, "its time");
	ok((v.unsaid & SIDE_PARENT) == 0 && v.parent == 0, "no parent was said");
	ok((v.unsaid & SIDE_BLOCKED) != 0 && !v.blocked_known && v.blocked_count == 2,
	    "blockers are counted only");
	view_release(&v);
}

static void
test_tolerance(void)
{
	static const char *const lacks[] = {
		"{}", "[]", "{\"id\":9,\"number\":3,\"title\":\"t\",\"state\":\"open\"}",
		"{\"id\":9,\"number\":3,\"title\":\" \",\"state\":\"open\"," WHEN "}",
		"{\"id\":\"9\",\"number\":3,\"title\":\"t\",\"state\":\"open\"," WHEN "}",
		"{\"id\":9,\"number\":0,\"title\":\"t\",\"state\":\"open\"," WHEN "}",
		"{\"id\":9,\"number\":3,\"title\":\"t\",\"state\":\"odd\"," WHEN "}",
		"{\"id\":9,\"number\":3,\"title\":\"t\",\"state\":\"open\",\"updated_at\":\"yesterday\"}",
	};
	struct view v = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++) {
		ok(issue(&v, lacks[i], &e) == -1 && e.code == ERR_INVALID, "refused: %s", lacks[i]);
		view_release(&v);
	}
	ok(issue(&v, "{" NEEDED ",\"news\":[1]}", &e) == 0, "what is needed is enough, news are passed over");
	ok((v.unsaid & (SIDE_BODY | SIDE_LABELS | SIDE_MANAGED | SIDE_ASSIGNEES | SIDE_PARENT)) ==
	    (SIDE_BODY | SIDE_LABELS | SIDE_MANAGED | SIDE_ASSIGNEES | SIDE_PARENT), "the rest was not said");
	is(v.body, "", "and is empty");
	is_int(v.blocked_count, -1, "nothing was counted");
	view_release(&v);
	ok(issue(&v, "{" NEEDED ",\"body\":null,\"labels\":\"x\",\"locked\":3,\"assignees\":{},\"state_reason\":7,"
	    "\"parent_issue_url\":\"https://api/issues/4\"}", &e) == 0, "wrong kinds");
	ok((v.unsaid & SIDE_BODY) == 0 && strcmp(v.body, "") == 0, "a body of null is an empty one");
	ok((v.unsaid & SIDE_PARENT) != 0 && strcmp(v.parent_url, "https://api/issues/4") == 0,
	    "a parent of which the URL is told");
	view_release(&v);
}

static void
test_relatives(void)
{
	struct val *list = parse("[{\"id\":7},{\"id\":5},{\"id\":7}]"), *bad = parse("[{\"id\":7},{}]");
	struct val *parent = parse("{\"id\":4}");
	struct view v = { .unsaid = SIDE_PARENT | SIDE_BLOCKED };
	struct err e = { 0 };

	ok(view_blocked(&v, list, &e) == 0 && v.blocked_known && v.blocked_by.n == 2 &&
	    v.blocked_by.v[0] == 5 && (v.unsaid & SIDE_BLOCKED) == 0, "blockers of another answer");
	ok(view_blocked(&v, bad, &e) == -1 && v.blocked_by.n == 2, "a list that is none changes nothing");
	view_parent(&v, parent);
	ok(v.parent == 4 && v.unsaid == 0, "a parent");
	view_parent(&v, NULL);
	is_int(v.parent, 0, "or none");
	view_release(&v);
	val_free(list);
	val_free(bad);
	val_free(parent);
}

/* ---- tasks ---- */

static void
view_task(struct view *v, const char *yaml, const struct view_links *links)
{
	struct tasks tasks = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, yaml);
	if (tasks_load(&tasks, &b, "tasks.yml", &e) == -1) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	view_of_task(v, &tasks.v[0], links);
	tasks_release(&tasks);
}

static void
hide(const void *arg, const char *s, size_t len, struct buf *out)
{
	const char *secret = arg, *at = strstr(s, secret);

	if (at == NULL) {
		buf_append(out, s, len);
		return;
	}
	buf_append(out, s, (size_t)(at - s));
	buf_puts(out, "[redacted]");
	buf_puts(out, at + strlen(secret));
}

static void
test_task(void)
{
	struct vec_id on = { 0 };
	struct view_links links = { .parent = 4, .blocked_by = &on, .outgoing = hide, .arg = "s3cret" };
	struct view v = { 0 };

	vec_id_push(&on, 9);
	vec_id_push(&on, 8);
	view_task(&v, "tasks:\n- {id: 1, title: ' do  s3cret ', body: \"a\\r\\nb\\n\\n\",\n"
	    "   status: in_review, agent: claude, priority: high,\n"
	    "   labels: [b, A, a, 'status:done', 'status:foo', '', x s3cret]}\n", &links);
	is(v.title, "do [redacted]", "a title in one line, redacted");
	is(v.body, "a\nb", "a body");
	ok(list_is(&v.labels, "A|b|status:foo|x [redacted]"), "labels, but for those that look like ours");
	ok(list_is(&v.managed[VIEW_STATUS], "in_review") && list_is(&v.managed[VIEW_AGENT], "claude") &&
	    list_is(&v.managed[VIEW_PRIORITY], "high") && list_is(&v.managed[VIEW_COMPLEXITY], ""),
	    "ours are those of the fields");
	ok(v.open && v.state_reason == NULL, "open");
	ok(v.parent == 4 && v.blocked_by.v[0] == 8 && v.blocked_known, "relatives");
	view_release(&v);
	vec_id_release(&on);

	view_task(&v, "tasks:\n- {id: 1, title: t}\n", NULL);
	ok((v.unsaid & SIDE_PARENT) != 0 && !v.blocked_known, "without links nothing is known of relatives");
	ok(list_is(&v.managed[VIEW_STATUS], "new") && strcmp(v.body, "") == 0, "a bare task");
	view_release(&v);
}

static void
test_states(void)
{
	static const struct { const char *status, *reason; } rows[] = {
		{ "new", NULL }, { "routed", NULL }, { "in_progress", NULL }, { "blocked", NULL },
		{ "in_review", NULL }, { "needs_review", NULL }, { "failed", NULL },
		{ "done", "completed" }, { "skipped", "not_planned" }, { "cancelled", "not_planned" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *yaml = xasprintf("tasks:\n- {id: 1, title: t, status: %s}\n", rows[i].status);
		struct view v = { 0 };

		view_task(&v, yaml, NULL);
		ok(v.open == (rows[i].reason == NULL), "%s is %s", rows[i].status, rows[i].reason ? "closed" : "open");
		is(v.state_reason, rows[i].reason, "... for that reason");
		view_release(&v);
		free(yaml);
	}
}

/* A text of `n` letters of two bytes each. */
static char *
letters(size_t n)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_puts(&b, "\xc3\xa4");
	return buf_detach(&b);
}

static size_t
count(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
test_sizes(void)
{
	static const size_t titles[] = { 255, 256, 257, 300 };
	struct view v = { 0 }, again = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
		char *s = letters(titles[i]);
		char *yaml = xasprintf("tasks:\n- {id: 1, title: %s, labels: [%s]}\n", s, s);

		view_task(&v, yaml, NULL);
		is_int((int64_t)count(v.title), titles[i] > 256 ? 256 : (int64_t)titles[i], "code points of a title");
		is_int(strcmp(v.title, s) == 0, titles[i] <= 256, "... cut only where it is too long");
		is_int((int64_t)v.labels.n, 0, "a label that is too long stays here");
		view_release(&v);
		free(s);
		free(yaml);
	}
	for (size_t n = VIEW_BODY_MAX; n <= VIEW_BODY_MAX + 1; n++) {
		char *s = letters(n);
		char *yaml = xasprintf("tasks:\n- {id: 1, title: t, body: %s}\n", s);

		view_task(&v, yaml, NULL);
		ok(count(v.body) <= VIEW_BODY_MAX && (strcmp(v.body, s) == 0) == (n == VIEW_BODY_MAX),
		    "a body of %zu", n);
		free(s);
		free(yaml);
		/* What was cut comes back as it is, so that it is no edit. */
		if (n > VIEW_BODY_MAX) {
			struct val *map = parse("{" NEEDED "}");

			val_put(map, "body", val_str(v.body));
			ok(view_of_issue(&again, map, &e) == 0 && strcmp(again.body, v.body) == 0,
			    "comes back as it went");
			view_release(&again);
			val_free(map);
		}
		view_release(&v);
	}
}

/* ---- there and back ---- */

/* What a task says, sent with our marks and read again, is what it says. */
static void
test_round(void)
{
	static const char uid[] = "0123456789abcdef0123456789abcdef";
	static const char *const parts[] = {
		"word", " ", "\n", "\r\n", "\r", "```", "~~~", "\n```\n", "    ", "\t",
		"<!-- orch:task=", " -->", "<!-- orch:links=", "\xc3\xa4", "-->", "<!--", "Parent: #1\n", "#3",
		"\n<!-- orch:task=ffffffffffffffffffffffffffffffff -->\n",
	};
	struct dice d = { .seed = 4711 };
	int differs = 0;

	for (int i = 0; i < 20000; i++) {
		struct sync_links links = { .parent = once(&d, 2) ? 5 : 0 };
		struct view local = { 0 }, remote = { 0 };
		struct err e = { 0 };
		struct val *map = parse("{" NEEDED "}"), *body;
		struct buf text = { 0 }, yaml = { 0 };
		char *sent;

		for (unsigned k = dice(&d, 12); k > 0; k--)
			buf_puts(&text, parts[dice(&d, sizeof parts / sizeof *parts)]);
		buf_puts(&yaml, "tasks:\n- {id: 1, title: t, body: ");
		body = val_str(buf_str(&text));
		json_print(&yaml, body);
		buf_puts(&yaml, "}\n");
		view_task(&local, buf_str(&yaml), NULL);
		sent = sync_mark_body(local.body, uid, &links);
		val_put(map, "body", val_str(sent));
		if (view_of_issue(&remote, map, &e) == -1 || strcmp(local.body, remote.body) != 0) {
			if (differs++ == 0)
				printf("# %s\n", buf_str(&yaml));
		}
		free(sent);
		val_free(map);
		val_free(body);
		buf_release(&text);
		buf_release(&yaml);
		view_release(&local);
		view_release(&remote);
	}
	is_int(differs, 0, "a body comes back as it went, whatever it holds");
}

/* Of any length, with as many blockers as a task can have: what is sent fits into an issue, with
 * its mark, and comes back as it went. */
static void
test_long(void)
{
	static const char uid[] = "0123456789abcdef0123456789abcdef";
	static const char *const parts[] = {
		"word ", "\n", "```\n", "\n~~~\n", "    ", "\xc3\xa4", "\xf0\x9f\x98\x80", "<!--", "\n\n",
		"\n<!-- orch:task=ffffffffffffffffffffffffffffffff -->", "[... 7 characters left out ...]\n\n",
	};
	struct sync_links links = { .parent = 999999 };
	struct dice d = { .seed = 815 };
	int large = 0, unmarked = 0, differs = 0, clipped = 0;

	for (int64_t i = 0; i < 300; i++)
		vec_id_push(&links.blocked_by, 1000000 + i);
	for (int i = 0; i < 60; i++) {
		size_t least = 59000 + dice(&d, 8000), n = 0;
		struct view local = { 0 }, remote = { 0 };
		struct err e = { 0 };
		struct val *map = parse("{" NEEDED "}"), *body;
		struct buf text = { 0 }, yaml = { 0 };
		char found[SYNC_UID_LEN + 1], *sent;

		while (n < least) {
			const char *part = parts[dice(&d, sizeof parts / sizeof *parts)];

			buf_puts(&text, part);
			n += count(part);
		}
		buf_puts(&yaml, "tasks:\n- {id: 1, title: t, body: ");
		body = val_str(buf_str(&text));
		json_print(&yaml, body);
		buf_puts(&yaml, "}\n");
		view_task(&local, buf_str(&yaml), NULL);
		clipped += n > VIEW_BODY_MAX && count(local.body) <= VIEW_BODY_CLIP;
		sent = sync_mark_body(local.body, uid, &links);
		val_put(map, "body", val_str(sent));
		large += count(sent) > 65536;
		unmarked += !sync_mark_uid(sent, found) || strcmp(found, uid) != 0;
		differs += view_of_issue(&remote, map, &e) == -1 || strcmp(local.body, remote.body) != 0;
		free(sent);
		val_free(map);
		val_free(body);
		buf_release(&text);
		buf_release(&yaml);
		view_release(&local);
		view_release(&remote);
	}
	ok(clipped > 5 && clipped < 55, "some were too long: %d", clipped);
	is_int(large, 0, "what is sent fits");
	is_int(unmarked, 0, "with its mark");
	is_int(differs, 0, "and comes back as it went");
	sync_links_release(&links);
}

/* ---- bases ---- */

static void
test_json(void)
{
	static const char *const bad[] = {
		"null", "{}", "{\"schema\":2}", "{\"schema\":1}", "[]",
	};
	struct view v = { 0 }, back = { 0 };
	struct err e = { 0 };
	struct val *one, *two;

	issue(&v, "{" NEEDED ",\"body\":\"b\",\"labels\":[{\"name\":\"x\"},{\"name\":\"status:done\"}]}", &e);
	v.back[VIEW_AGENT].local = xstrdup("claude");
	sync_set_add(&v.back[VIEW_AGENT].seen, "");
	sync_set_add(&v.back[VIEW_AGENT].seen, "codex");
	v.foreign = 2;
	sync_ids_add(&v.blocked_by, 5);
	v.blocked_known = true;
	v.sent = xcalloc(1, sizeof *v.sent);
	view_copy(v.sent, &back);
	v.sent->title = xstrdup("sent");
	v.sent->body = xstrdup("");
	one = view_json(&v);
	ok(view_read(&back, one, &e) == 0, "a base is read back");
	two = view_json(&back);
	ok(val_same(one, two), "and is the same");
	is(back.sent->title, "sent", "with what was sent");
	view_release(&back);
	for (size_t i = 0; i < one->n; i++) {
		struct val *less = val_copy(one);

		/* Each key in turn is of a wrong kind. */
		val_put(less, one->key[i], val_real(0.5));
		ok(view_read(&back, less, &e) == -1 && e.code == ERR_INVALID && back.title == NULL,
		    "damaged: %s", one->key[i]);
		val_free(less);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct val *map = parse(bad[i]);

		ok(view_read(&back, map, &e) == -1, "no base: %s", bad[i]);
		val_free(map);
	}
	view_release(&v);
	val_free(one);
	val_free(two);
}

static void
test_labels(void)
{
	struct vec_str all = { 0 };
	struct view v = { 0 };
	struct err e = { 0 };

	issue(&v, "{" NEEDED ",\"labels\":[\"x\",\"agent:codex\",\"status:new\"]}", &e);
	view_labels(&v, &all);
	ok(list_is(&all, "status:new|agent:codex|x"), "all labels in one list");
	vec_str_release(&all);
	view_release(&v);
}

int
main(void)
{
	test_issue();
	test_tolerance();
	test_relatives();
	test_task();
	test_states();
	test_sizes();
	test_round();
	test_long();
	test_json();
	test_labels();
	return done_testing();
}
