/*
 * outline - where lines end, and what in them makes the outline say no
 *
 * Lines come out of blocks of bytes: so whatever is looked at here stands once at each
 * place of a block, and at the end of the text with and without a newline.
 */
#include "base/buf.h"
#include "doc/outline.h"

#include "../lib/tap.h"

#define SHIFTS 130		/* two blocks and a bit */

static const struct outline_names names = { .list = "tasks", .mark = "next_id",
	.wanted = { "id", "status" } };

/* A text whose first line, a comment, has so many bytes before the rest. */
static void
shift(struct buf *b, size_t by, const char *rest)
{
	buf_cut(b, 0);
	buf_putc(b, '#');
	for (size_t i = 0; i < by; i++)
		buf_putc(b, 'x');
	buf_putc(b, '\n');
	buf_puts(b, rest);
}

static bool
read_text(struct outline *o, const struct buf *b)
{
	return outline_read(o, buf_str(b), b->len, &names);
}

static bool
stands(const struct buf *b, uint32_t at, const char *what)
{
	return at <= b->len && strncmp(b->data + at, what, strlen(what)) == 0;
}

/* Is the value that this key of an item has on its line what is wanted? */
static bool
has(const struct outline *o, const struct buf *b, size_t item, size_t key, const char *want)
{
	struct outline_key k;

	if (o->v[item].wanted[key] == OUTLINE_NONE)
		return want == NULL;
	outline_key(o, item, b->data, o->v[item].wanted[key], &k);
	return want != NULL && k.kind == OUTLINE_PLAIN && k.len == strlen(want) &&
	    stands(b, k.at, want);
}

static void
test_places(void)
{
	static const char text[] = "tasks:\n"
		"  - id: 1\n"
		"    body: |\n"
		"      \xc3\xa4 tab\tand\x7f, \xe2\x82\xac\n"
		"\n"
		"      - id: 9\n"
		"    status: \xc3\xb6" "ffen  # why\n"
		"  # between\n"
		"  - status: done\n"
		"    list:\n"
		"    - a: \"b # c\"\n"
		"    - [a-b, 'c ]', {d: e}] # f\n"
		"    - |\n"
		"     status: no\n"
		"    id: 22\n"
		"next_id: 23\n"
		"note: >-\n"
		"  - id: 24";
	bool good = true;

	for (size_t by = 0; by < SHIFTS; by++) {
		for (int newline = 0; newline < 2; newline++) {
			struct buf b = { 0 };
			struct outline o;

			shift(&b, by, text);
			if (newline)
				buf_putc(&b, '\n');
			good = good && read_text(&o, &b);
			if (!good) {
				buf_release(&b);
				break;
			}
			good = good && o.n == 2 && o.dash == 2 && stands(&b, o.list, "  - id: 1\n") &&
			    stands(&b, o.v[0].start, "  - id: 1\n") && stands(&b, o.v[1].start, "  - status") &&
			    stands(&b, o.end, "next_id: 23\n") && o.mark == o.end && o.v[2].start == o.end;
			good = good && has(&o, &b, 0, 0, "1") && has(&o, &b, 0, 1, "\xc3\xb6" "ffen") &&
			    has(&o, &b, 1, 0, "22") && has(&o, &b, 1, 1, "done");
			outline_release(&o);
			buf_release(&b);
		}
	}
	ok(good, "everything stands where it was found");
}

/* The keys of an item one after the other, the last of them at the very end of the text. */
static void
test_walk(void)
{
	static const char *const keys[] = { "id", "title", "body", "labels", "status" };
	bool good = true;

	for (size_t by = 0; by < SHIFTS; by++) {
		struct buf b = { 0 };
		struct outline o;
		struct outline_key k;
		uint32_t at;
		size_t n = 0;

		shift(&b, by, "tasks:\n- id: 1\n  title: 'a: b'\n  body: |\n   x\n\n  labels: [a]\n  status: new");
		good = good && read_text(&o, &b);
		if (!good) {
			buf_release(&b);
			break;
		}
		for (at = o.v[0].start; outline_next(&o, 0, b.data, &at, &k); n++)
			good = good && n < 5 && k.key_len == strlen(keys[n]) && stands(&b, k.key, keys[n]);
		good = good && n == 5 && at == b.len && k.kind == OUTLINE_PLAIN && stands(&b, k.at, "new") &&
		    k.len == 3;
		outline_release(&o);
		buf_release(&b);
	}
	ok(good, "each key, and no other");
}

/* What only libyaml reads is seen wherever it stands. */
static void
test_no(void)
{
	static const char *const texts[] = {
		"tasks:\r\n- id: 1\n", "tasks:\n- id: 1\r\n", "tasks:\n- id: 1\n  a: \xc2\x85\n",
		"tasks:\n- id: 1\n  a: x\xe2\x80\xa8y\n", "tasks:\n- id: 1\n  a: x\xe2\x80\xa9",
		"tasks:\n- id: 1\n  a: |\n   x\xe2\x80\xa9\n", "tasks:\n- id: 1\n\xef\xbb\xbf",
		"tasks:\n- id: 1\n  a:\n    b:\tc\n", "tasks:\n- id: 1\n  a:\tb\n", "tasks:\n- id: 1\n\ta: b\n",
		"tasks:\n- id: 1\n  \ta: b\n", "tasks:\n- id: 1\n \t\n", "tasks:\n- id: 1\n  a: \tb\n",
		"tasks:\n- id: 1\n  a: [b,\tc]\n", "tasks:\n- id: 1\n  a: \"b\n", "tasks:\n- id: 1\n  a: [b\n",
		"tasks:\n- id: 1\n  a: &b c\n", "tasks:\n- id: 1\n  ? a\n", "tasks:\n- id: 1\n  a:\n    ? b\n",
		"tasks:\n- id: 1\n  a:\n    |\n     b\n", "tasks:\n- id: 1\n a: b\n", "tasks:\n-  id: 1\n",
		"tasks:\n-\n",
		"---\n---\ntasks:\n- id: 1\n", "tasks:\n- id: 1\n---\n", "tasks:\n- id: 1\n...\n", "tasks:\n", "",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		bool good = true;

		for (size_t by = 0; by < SHIFTS; by++) {
			struct buf b = { 0 };
			struct outline o;

			shift(&b, by, texts[i]);
			good = good && !read_text(&o, &b);
			buf_release(&b);
		}
		ok(good, "text %zu is not for line by line", i);
	}
}

int
main(void)
{
	test_places();
	test_walk();
	test_no();
	return done_testing();
}
