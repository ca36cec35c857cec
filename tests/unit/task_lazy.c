/*
 * task_lazy - the picture by outline says what the whole one says
 *
 * Random files put together from lines that people write, nasty ones among them.  Those
 * that libyaml accepts are read in both ways: every field of every task must be the same.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/task.h"

#include "../lib/tap.h"

#define ROUNDS 30000

static uint64_t seed = 42;

static unsigned
dice(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* Keys of a task with their values, at column 4; a line that ends in '/' goes on below. */
static const char *const keys[] = {
	"title: a plain title", "title: 'single'", "title: \"double\"", "title: it's # a comment",
	"title: 'it''s'", "title: \"back\\\\slash\"", "title: a#b", "title: two\n      lines",
	"title: \"two\n  lines\"", "title: 'two\n    id: 3'", "title: \"- id: 4\n  - id: 5\"",
	"title: |\n      block\n", "title: -dash", "title: \xc3\xa4 umlaut", "title: \xe2\x80\xa8 LS",
	"\"title\": quoted key", "? title\n    : complex", "title: &a anchored", "title: !!str 5",
	"body: |\n      id: 1\n      - id: 2\n\n      \"open quote",
	"body: >-\n      folded\n       more\n      - [unclosed",
	"body: |2\n        indented\n      less",
	"body: |+\n      keep\n\n", "body: | # why\n      text\n    # less\n", "body:", "body: ~", "body: ''",
	"body: \"\\u00e4\"", "body: plain\n     # comment\n", "body:\n      on the next line",
	"body:\n      |\n      block", "body: 'x'#c",
	"labels: [a, b]", "labels: [a, 'b ]', \"c, d\"]", "labels: [it's, b's]", "labels: []",
	"labels: [a,\n    b]", "labels: [a, [b]]", "labels:\n      - a\n      - 'b'", "labels:\n    - a\n    - b # c",
	"labels:\n      - |\n        in a list\n      - b", "labels:\n      - \"x\n  y\"", "labels: # none\n",
	"labels: [a 'x, 'b]", "labels: [a 'x, 'b]\n  - id: 77\n    title: z']", "labels: [a:'x, 'b']",
	"labels: [don't, \"won't\"]", "labels: [a \"x, \"y]\n    title: z\"]", "other: {a: b 'c, d: 'e}",
	"labels: [a, b] # c", "labels: [ a ]", "labels: *l", "labels:\n      -\n        a", "labels: [a #c\n   ]",
	"depends_on: [1, 2]", "depends_on: [ 1,2 ]", "depends_on: []", "depends_on: [1, 2, ]",
	"depends_on:\n      - 1\n      - 2", "depends_on: [01]", "depends_on: 1",
	"status: done", "status: 'done'", "status: done # yes", "status:", "status: routed  ", "status: wrong",
	"priority: high", "priority: \"low\"", "attempts: 3", "attempts: 0x3", "attempts: '3'",
	"timeout: 2h", "timeout: 90", "needs_help: true", "created_at: 2026-11-21T10:25:00Z",
	"usage: {input_tokens: 3, seconds: 1.5}", "usage:\n      input_tokens: 3", "usage: {a: \"}\"}",
	("history:\n      - at: 2026-11-21T10:25:00Z\n        status: new\n        note: |\n"
	    "          said\n           \"so\n"),
	"history:\n      - {at: x, status: y}\n      -   at: wide\n          note: 'n'",
	"history:\n      - at: \"open\n   id: 7\"", "other: - x", "other: [{a: b}, {c: d}]",
	"other:\n      deep:\n        deeper: |\n         id: 1\n        - x", "other:\n      <<: {a: b}",
	"<<: {agent: sh}", "other: @x", "other: %x", "other:\tx", "other: a\tb", "other: {a, b}",
	"x-y_1: 1", "a b: c", "other: \"closed\" ", "other: http://x/y:z", "other: a: b", "# a comment", "",
	"  # deeper comment", "other:\n      k: \t\"open\n  - id: 9\"", "other:\n      - ? a\n", "other: --- x",
	"other:\n      \"q\": v\n      'r': w", "other: >\n\n\n      late\n", "summary: done: no",
};

static const char *const heads[] = {
	"tasks:\n", "tasks:\n", "tasks:\n", "next_id: 9\ntasks:\n", "next_id: 9 # c\ntasks: # the list\n",
	"---\ntasks:\n", "# yaml\n\ntasks:\n\n", "version: 1\nowner: {a: 1}\ntasks:\n", "%YAML 1.1\n---\ntasks:\n",
	"tasks: \n", "\"tasks\":\n", "note: \"tasks:\n  - id: 1\"\ntasks:\n", "note: |\n  tasks:\n   - id: 1\ntasks:\n",
	"\xef\xbb\xbftasks:\n", "tasks: &t\n", "next_id: '9'\ntasks:\n", "next_id: 09\ntasks:\n",
};

static const char *const tails[] = {
	"", "", "", "# end\n", "next_id: 12\n", "other:\n  - a\n", "...\n", "---\n", "other: \"x\n - id: 3\"\n",
	"    # deep\n", "other: |\n  - id: 4\n", "  \n", "next_id: 99", "\t\n",
};

#define N(a) ((unsigned)(sizeof(a) / sizeof *(a)))

static void
add_lines(struct buf *b, const char *lines, unsigned indent, const char *eol)
{
	for (const char *p = lines; *p != '\0'; p++)
		if (*p == '\n') {
			buf_puts(b, eol);
			/* What is written for column 4 follows its key. */
			if (indent == 2 && strncmp(p + 1, "  ", 2) == 0)
				p += 2;
		} else {
			buf_putc(b, *p);
		}
	buf_puts(b, eol);
}

/* Has the item that starts at `item` got this key?  Twice is refused by both readers. */
static bool
is_there(const struct buf *b, size_t item, const char *key)
{
	char name[32];
	size_t n = strcspn(key, ":");

	if (n == 0 || n >= sizeof name - 1 || *key == '#')
		return false;
	memcpy(name, key, n + 1);
	name[n + 1] = '\0';
	return strstr(b->data + item, name) != NULL;
}

static void
make_file(struct buf *b)
{
	const char *eol = dice(20) == 0 ? "\r\n" : "\n";
	unsigned n = dice(4), dash = dice(3) == 0 ? 0 : 2, id = 1 + dice(3);
	bool calm = dice(3) > 0;	/* or nothing would have an outline */

	buf_cut(b, 0);
	buf_puts(b, heads[dice(calm ? 8 : N(heads))]);
	for (unsigned i = 0; i < n; i++, id += 1 + dice(2)) {
		unsigned odd = dice(60), k = dice(calm ? 2 : 6);
		size_t item = b->len;

		buf_printf(b, "%*s-%s%s", (int)dash, "", odd == 0 ? "   " : " ", "");
		if (odd == 1)
			buf_puts(b, "\n    ");
		buf_printf(b, dice(30) == 0 ? "id: '%u'" : "id: %u", id);
		buf_puts(b, eol);
		if (dice(2) == 0)
			buf_printf(b, "%*stitle: number %u%s", (int)dash + 2, "", id, eol);
		for (unsigned j = 0; j < k; j++) {
			const char *key = keys[dice(N(keys))];

			if (is_there(b, item, key))
				continue;
			if (*key != '\0')
				buf_printf(b, "%*s", (int)dash + 2, "");
			add_lines(b, key, dash + 2, eol);
		}
	}
	buf_puts(b, tails[dice(calm ? 6 : N(tails))]);
	if (dice(8) == 0 && b->len > 0)
		buf_cut(b, b->len - 1);
}

static char *
json_of(struct val *v)
{
	struct buf b = { 0 };

	if (v == NULL)
		return NULL;
	json_print(&b, v);
	val_free(v);
	return buf_detach(&b);
}

static bool
same_json(struct val *a, struct val *b)
{
	char *x = json_of(a), *y = json_of(b);
	bool same = (x == NULL) == (y == NULL) && (x == NULL || strcmp(x, y) == 0);

	free(x);
	free(y);
	return same;
}

/* What is said of one field of the two must be equal; "" or what was not. */
static const char *
compare_field(const struct task *a, const struct task *b, enum field f)
{
	struct vec_id ia = { 0 }, ib = { 0 };
	const char *ta = task_text(a, f), *tb = task_text(b, f), *what = "";

	if (task_is_set(a, f) != task_is_set(b, f))
		return "is_set";
	if ((ta == NULL) != (tb == NULL) || (ta != NULL && strcmp(ta, tb) != 0))
		return "text";
	if (field_table[f].type == FIELD_IDS) {
		task_ids(a, f, &ia);
		task_ids(b, f, &ib);
	}
	if (ia.n != ib.n || (ia.n > 0 && memcmp(ia.v, ib.v, ia.n * sizeof *ia.v) != 0))
		what = "ids";
	vec_id_release(&ia);
	vec_id_release(&ib);
	if (task_count(a, f) != task_count(b, f))
		what = "count";
	if (!same_json(task_value(a, f), task_value(b, f)))
		what = "value";
	return what;
}

static const char *
compare(const struct tasks *a, const struct tasks *b)
{
	if (a->n != b->n || a->next_id != b->next_id)
		return "the number of tasks, or next_id";
	for (size_t i = 0; i < a->n; i++) {
		const struct task *x = &a->v[i], *y = &b->v[i];

		if (x->id != y->id || x->status != y->status || tasks_find(b, x->id) != y)
			return "id or status";
		if (task_priority(x) != task_priority(y))
			return "priority";
		for (int f = 0; f < FIELD_N; f++) {
			const char *what = compare_field(y, x, (enum field)f);

			if (*what != '\0') {
				printf("# field %s\n", field_table[f].name);
				return what;
			}
		}
		if (!same_json(task_map(x), task_map(y)))
			return "the map";
	}
	return "";
}

static void
test_random(void)
{
	struct buf file = { 0 }, copy = { 0 };
	unsigned valid = 0, outlined = 0, wrong = 0;

	for (unsigned i = 0; i < ROUNDS && wrong < 3; i++) {
		struct tasks whole, lazy;
		struct err e = { 0 };
		const char *what;

		make_file(&file);
		buf_cut(&copy, 0);
		buf_append(&copy, file.data, file.len);
		if (tasks_load(&whole, &copy, "tasks.yml", &e) == -1)
			continue;
		valid++;
		copy = (struct buf){ 0 };
		buf_append(&copy, file.data, file.len);
		if (tasks_load_known(&lazy, &copy, "tasks.yml", &e) == 0) {
			copy = (struct buf){ 0 };
			outlined += !lazy.whole;
			what = compare(&whole, &lazy);
			if (*what != '\0') {
				wrong++;
				printf("# round %u: %s of\n%s\n", i, what, buf_str(&file));
			}
			tasks_release(&lazy);
		}
		tasks_release(&whole);
	}
	is_int(wrong, 0, "both pictures say the same");
	printf("# %u files, %u of them valid, %u by outline\n", ROUNDS, valid, outlined);
	ok(valid > ROUNDS / 10, "many files are valid");
	ok(outlined > valid / 4, "many of those have an outline");
	buf_release(&file);
	buf_release(&copy);
}

/* What people write must not fall back to the slow way. */
static void
test_common(void)
{
	static const char text[] = "# yaml-language-server: $schema=x\nnext_id: 4\ntasks:\n"
	    "  - id: 1\n    title: One\n    body: |\n      \"quoted\n      - id: 7\n    status: done\n\n"
	    "  # the second\n  - id: 2\n    title: \"Two: more\"\n    labels: [a, b]\n    verify:\n"
	    "      - make check\n    history:\n      - at: \"2026-11-21T10:25:00Z\"\n        status: new\n"
	    "        note: |-\n          several\n          lines\n  - id: 3\n    title: 'Three'\n";
	struct buf b = { 0 };
	struct tasks ts;
	struct err e = { 0 };

	buf_puts(&b, text);
	if (!ok(tasks_load_known(&ts, &b, "tasks.yml", &e) == 0, "loads %s", e.msg))
		return;
	ok(!ts.whole, "by its outline");
	is_int((int64_t)ts.n, 3, "three tasks");
	is_int(ts.v[0].status, ST_DONE, "the status");
	is(task_text(&ts.v[1], F_TITLE), "Two: more", "a quoted title");
	is(task_text(&ts.v[0], F_BODY), "\"quoted\n- id: 7\n", "a block scalar");
	tasks_release(&ts);
}

int
main(void)
{
	test_common();
	test_random();
	return done_testing();
}
