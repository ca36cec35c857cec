/*
 * sync_mark: what is put at the end of a body comes off it exactly, whatever a person
 * wrote before it, and whatever became of it
 */
#include "work/sync_mark.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"

#define U "0123456789abcdef0123456789abcdef"
#define V "ffffffffffffffffffffffffffffffff"
#define MARK "<!-- orch:task=" U " -->"
#define OTHER "<!-- orch:task=" V " -->"
#define BLOCK "<!-- orch:links=" U " -->\nParent: #12\nBlocked by: #3, #4\n"

static struct sync_links
links_of(int64_t parent, int64_t a, int64_t b)
{
	struct sync_links l = { .parent = parent };

	if (a != 0)
		vec_id_push(&l.blocked_by, a);
	if (b != 0)
		vec_id_push(&l.blocked_by, b);
	return l;
}

static void
test_written(void)
{
	struct sync_links l = links_of(12, 3, 4), none = { 0 }, back;
	char *s = sync_mark_body("text\n", U, &l);

	is(s, "text\n\n\n" BLOCK "\n" MARK, "text, block, marker");
	ok(sync_mark_links(s, &back) && back.parent == 12 && back.blocked_by.n == 2 &&
	    back.blocked_by.v[1] == 4, "the block says what it was given");
	sync_links_release(&back);
	free(s);
	s = sync_mark_body("", U, &none);
	is(s, MARK, "a body of nothing is the marker alone");
	ok(!sync_mark_links(s, &back), "without links there is no block");
	free(s);
	s = sync_mark_body("a", U, NULL);
	is(s, "a\n\n" MARK, "no links at all");
	free(s);
	sync_links_release(&l);
}

/* Every text comes back, with and without a block. */
static void
test_exact(void)
{
	static const char *const texts[] = { "", "\n", "\n\n", "\n\n\n", "a", "a\n", "a\n\n", "\na", " ", "a \n ",
		"```\n" MARK "\n```", "```\nopen", "~~~\nopen\n\n```\n" OTHER, "<!-- open", "text " MARK, "> " MARK,
		"    " MARK, "`" MARK "`", "Parent: #12\nBlocked by: #3", OTHER, "a\n\n" OTHER "\n\nb",
		"<!-- orch:links=" V " -->\nParent: #1", "<!-- orch:task=short -->", "- a\n  ```\n" "  b",
		"a\rb", "\xc3\xa9\xff", "<!-- orch:c=" U ".1.result -->" };
	static const char *const parts[] = { "```\n", "~~~\n", "\n", "\n\n", "a", " ", "`", OTHER, MARK " x",
	    "Parent: #1\n",
		"<!-- orch:", "-->", "> ", "\t", "\\", "<div>", "<!-- orch:links=" V " -->\n" };
	struct sync_links with = links_of(12, 3, 0), blocked = links_of(0, 3, 4);
	const struct sync_links *const links[] = { NULL, &with, &blocked };
	uint64_t x = 88172645463325252u;
	size_t bad = 0;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t k = 0; k < 3; k++) {
			char *body = sync_mark_body(texts[i], U, links[k]), *back = sync_mark_person(body);
			char uid[SYNC_UID_LEN + 1];

			ok(strcmp(back, texts[i]) == 0 && sync_mark_uid(body, uid) && strcmp(uid, U) == 0,
			    "text %zu with links %zu comes back", i, k);
			free(body);
			free(back);
		}
	for (int i = 0; i < 30000; i++) {
		struct buf text = { 0 };
		char *body, *back, uid[SYNC_UID_LEN + 1] = "";

		for (int k = 0; k < 8; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			buf_puts(&text, parts[x % (sizeof parts / sizeof *parts)]);
		}
		body = sync_mark_body(text.data, U, links[x % 3]);
		back = sync_mark_person(body);
		if (strcmp(text.data, back) != 0 || !sync_mark_uid(body, uid) || strcmp(uid, U) != 0)
			if (bad++ == 0)
				printf("# '%s'\n# '%s'\n", text.data, back);
		free(body);
		free(back);
		buf_release(&text);
	}
	is_int((int64_t)bad, 0, "so does any other");
	sync_links_release(&with);
	sync_links_release(&blocked);
}

/* What people do to it. */
static void
test_touched(void)
{
	static const struct {
		const char *body, *person, *uid;
	} t[] = {
		{ "a\r\nb\r\n\r\n" MARK, "a\nb", U },
		{ "a\n\n" MARK "\n", "a", U },
		{ "a\n\n" MARK "\n\n\n", "a", U },
		{ "a\n" MARK, "a", U },
		{ "a\n\n" MARK "  ", "a", U },
		{ "a\n\n" MARK "\nb", "a\nb", U },
		{ "a\n\n" MARK "\n\nb", "a\n\nb", U },
		{ MARK "\n\nb", "b", U },
		{ "a\n\n" MARK "\n\n" MARK, "a", U },
		{ "a\n\n" OTHER "\n\n" MARK, "a\n\n" OTHER, U },
		{ "a", "a", NULL },
		{ "a\n\n" BLOCK, "a", NULL },			/* the marker was deleted */
		{ "a\n\n" BLOCK "\nb\n\n" MARK, "a\n\nb", U },
		{ "a\n\n<!-- orch:links=" U " -->\nParent: #12 or so\n\n" MARK, "a\nParent: #12 or so", U },
		{ "a\n\n<!-- orch:links=" U " -->\nBlocked by: #3,#4\n\n" MARK, "a\nBlocked by: #3,#4", U },
		{ "```\n" MARK "\n```\n", "```\n" MARK "\n```\n", NULL },
		{ "<!-- orch:task=0123 -->", "<!-- orch:task=0123 -->", NULL },
		{ "<!-- orch:task=0123456789ABCDEF0123456789ABCDEF -->",
		  "<!-- orch:task=0123456789ABCDEF0123456789ABCDEF -->", NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *person = sync_mark_person(t[i].body), uid[SYNC_UID_LEN + 1] = "", what[64];
		bool found = sync_mark_uid(t[i].body, uid);

		snprintf(what, sizeof what, "body %zu", i);
		is(person, t[i].person, what);
		ok(found == (t[i].uid != NULL) && (!found || strcmp(uid, t[i].uid) == 0), "whose it is");
		free(person);
	}
}

static void
test_comment(void)
{
	struct sync_key k = { U, 3, "result" }, back = { 0 };
	char *s = sync_mark_comment("text", &k);

	is(s, "text\n\n<!-- orch:c=" U ".3.result -->", "a comment ends with its key");
	ok(sync_mark_key(s, &back) && strcmp(back.uid, U) == 0 && back.attempt == 3 &&
	    strcmp(back.kind, "result") == 0, "which is read back");
	ok(sync_mark_ours(s) && !sync_mark_ours("<!-- orch -->"), "and makes it ours");
	free(s);
	ok(!sync_mark_key("> <!-- orch:c=" U ".3.result -->", &back), "a quotation is none");
	ok(sync_mark_ours("> <!-- orch:c=" U ".3.result -->"), "but still no command");
	ok(!sync_mark_key("```\n<!-- orch:c=" U ".3.result -->\n```", &back), "nor is code");
	ok(!sync_mark_key("<!-- orch:c=" U ".03.result -->", &back), "a number is written in one way");
	ok(!sync_mark_key("<!-- orch:c=" U ".3. -->", &back), "a kind is not empty");
	ok(!sync_mark_key("<!-- orch:c=" U ".3.abcdefghijklmnopq -->", &back), "and not too long");
	ok(sync_mark_key("<!-- orch:c=" U ".3000000019.answer -->", &back) && back.attempt == 3000000019,
	    "a number may be the id of a comment");
	ok(!sync_mark_key("<!-- orch:c=" U ".1234567890123456789.x -->", &back), "but is not too long");
	ok(!sync_mark_key("<!-- orch:c=" U ".3.a.b -->", &back), "nothing follows");
	ok(!sync_mark_key("", &back), "nothing is nothing");
}

int
main(void)
{
	test_written();
	test_exact();
	test_touched();
	test_comment();
	return done_testing();
}
