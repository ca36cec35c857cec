/* A task that leaves the file: its lines go, those of nobody stay, its id is remembered. */
#include "task/change.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/patch.h"
#include "doc/val.h"

/* The tasks of these ids go, and 9 gets a label. */
static int
leave(const char *text, const int64_t *ids, bool known, struct buf *out, struct err *e)
{
	struct tasks ts;
	struct change *c;
	struct patch patch = { 0 };
	struct buf b = { 0 };
	int r;

	buf_puts(&b, text);
	if ((known ? tasks_load_known(&ts, &b, "t", e) : tasks_load(&ts, &b, "t", e)) == -1)
		return -1;
	c = change_new(&ts, "test");
	r = 0;
	for (; *ids != 0 && r == 0; ids++)
		r = change_remove(c, *ids, e);
	if (r == 0 && tasks_find(&ts, 9) != NULL)
		r = change_set(c, 9, F_KEY, val_str("k"), e);
	if (r == 0 && (r = change_patch(c, "t", &patch, e)) == 0)
		patch_apply(&patch, &ts.text, out);
	patch_release(&patch);
	change_free(c);
	tasks_release(&ts);
	return r;
}

int
main(void)
{
	static const struct {
		const char *what, *text, *want;
		int64_t ids[4];
		int again;	/* it cannot be told by outline */
	} t[] = {
		{ "comments in it go, those before and behind stay",
		    "next_id: 5\ntasks:\n  # before\n  - id: 1  # one\n    # in it\n    title: a # end\n"
		    "  # behind\n\n  - id: 2\n    title: b\n",
		    "next_id: 5\ntasks:\n  # before\n  # behind\n\n  - id: 2\n    title: b\n", { 1 }, 1 },
		{ "the last one", "next_id: 5\ntasks:\n  - id: 1\n    title: a\n  - id: 2\n    title: b\n  # end\n",
		    "next_id: 5\ntasks:\n  - id: 1\n    title: a\n  # end\n", { 2 }, 1 },
		{ "one with a block scalar", "next_id: 5\ntasks:\n  - id: 1\n    title: a\n    body: |\n"
		    "      x\n\n      # no comment\n\n  - id: 2\n    title: b\n",
		    "next_id: 5\ntasks:\n\n  - id: 2\n    title: b\n", { 1 }, 1 },
		{ "nothing but its lines",
		    "next_id: 5\ntasks:\n  # before\n  - id: 1\n    # in it\n    title: a # end\n"
		    "  - id: 2\n    title: b\n",
		    "next_id: 5\ntasks:\n  # before\n  - id: 2\n    title: b\n", { 1 }, 0 },
		{ "a comment behind it that would become text of the one before",
		    "next_id: 5\ntasks:\n  - id: 1\n    title: a\n    body: |\n      x\n"
		    "  - id: 2\n    title: b\n      # a person's\n  - id: 3\n    title: c\n",
		    "next_id: 5\ntasks:\n  - id: 1\n    title: a\n    body: |\n      x\n"
		    "  # a person's\n  - id: 3\n    title: c\n", { 2 }, 1 },
		{ "lines that go, brackets that go, and one that changes",
		    "next_id: 20\ntasks:\n  - id: 1 # one\n    title: a\n  - {id: 2, title: b}\n"
		    "  - id: 9\n    title: c\n  - {id: 3, title: d}\n",
		    "next_id: 20\ntasks:\n  - id: 9\n    key: k\n    title: c\n"
		    "    updated_at: \"2026-01-02T03:04:05Z\"\n  - {id: 3, title: d}\n", { 1, 2 }, 0 },
		{ "an id that nothing else remembers", "tasks:\n- id: 7\n  title: a\n- id: 2\n  title: b\n",
		    "tasks:\n- id: 2\n  title: b\nnext_id: 8\n", { 7 }, 1 },
	};
	struct buf out = { 0 };
	struct err e = { 0 };

	setenv("ORCH_TEST_NOW", "2026-01-02T03:04:05Z", 1);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (leave(t[i].text, t[i].ids, false, &out, &e) == -1)
			printf("# %s\n", e.msg);
		is(buf_str(&out), t[i].want, t[i].what);
		buf_cut(&out, 0);
		is_int(leave(t[i].text, t[i].ids, true, &out, &e), t[i].again, "... by outline");
		is(buf_str(&out), t[i].again ? "" : t[i].want, "... the same, or nothing");
		buf_cut(&out, 0);
	}
	buf_release(&out);
	return done_testing();
}
