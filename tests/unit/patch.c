/* patch - runs of bytes replaced, in parts and as a whole, kept and read back */
#include "doc/patch.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"

static const struct {
	const char *what, *old;
	struct { size_t start, end; const char *new; } run[3];
	const char *want;
	size_t runs;
} cases[] = {
	{ "nothing", "abc", { { 0 } }, "abc", 0 },
	{ "an empty text", "", { { 0, 0, "new" } }, "new", 1 },
	{ "all of it", "abc", { { 0, 3, "xyz!" } }, "xyz!", 1 },
	{ "all goes", "abc", { { 0, 3, "" } }, "", 1 },
	{ "at the start", "abc", { { 0, 0, "x" } }, "xabc", 1 },
	{ "at the end", "abc", { { 3, 3, "x" } }, "abcx", 1 },
	{ "two runs", "one two three", { { 0, 3, "1" }, { 8, 13, "3" } }, "1 two 3", 2 },
	{ "side by side", "abcd", { { 0, 2, "x" }, { 2, 4, "y" } }, "xy", 2 },
	{ "the same is nothing", "abc", { { 0, 3, "abc" } }, "abc", 0 },
	{ "only what differs", "aXc", { { 0, 3, "aYc" } }, "aYc", 1 },
	{ "a repeat is put in", "aaa", { { 0, 3, "aaaa" } }, "aaaa", 1 },
	{ "a repeat goes", "aaaa", { { 0, 4, "aaa" } }, "aaa", 1 },
};

static void
test_case(size_t i)
{
	struct patch p = { 0 }, again = { 0 };
	struct buf old = { 0 }, new = { 0 }, bytes = { 0 };
	struct iovec *v;
	size_t n, size;

	buf_puts(&old, cases[i].old);
	for (size_t k = 0; k < 3 && cases[i].run[k].new != NULL; k++)
		patch_add(&p, &old, cases[i].run[k].start, cases[i].run[k].end, cases[i].run[k].new,
		    strlen(cases[i].run[k].new));
	is_int((int64_t)p.n, (int64_t)cases[i].runs, cases[i].what);
	patch_apply(&p, &old, &new);
	is(buf_str(&new), cases[i].want, cases[i].what);
	v = patch_parts(&p, &old, &n, &size);
	is_int((int64_t)size, (int64_t)strlen(cases[i].want), "its size");
	free(v);
	patch_print(&p, &bytes);
	if (ok(patch_parse(&again, bytes.data, bytes.len, old.len) == 0, "kept and read back")) {
		patch_apply(&again, &old, &new);
		is(buf_str(&new), cases[i].want, "the same again");
		patch_release(&again);
	}
	patch_release(&p);
	buf_release(&old);
	buf_release(&new);
	buf_release(&bytes);
}

/* Cut anywhere, or with any byte changed: refused, or a patch within the text. */
static void
test_damage(void)
{
	struct patch p = { 0 }, again;
	struct buf old = { 0 }, bytes = { 0 }, new = { 0 };
	int cut = 0, taken = 0;

	buf_puts(&old, "one two three");
	patch_add(&p, &old, 0, 3, "1", 1);
	patch_add(&p, &old, 8, 13, "3", 1);
	patch_print(&p, &bytes);
	for (size_t n = 0; n < bytes.len; n++)
		if (patch_parse(&again, bytes.data, n, old.len) == 0) {
			cut++;
			patch_release(&again);
		}
	is_int(cut, 0, "a cut one is refused");
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= 0x41;
		if (patch_parse(&again, bytes.data, bytes.len, old.len) == 0) {
			patch_apply(&again, &old, &new);
			taken++;
			patch_release(&again);
		}
		bytes.data[i] ^= 0x41;
	}
	ok(taken < (int)bytes.len, "of %d changed ones %d are patches still", (int)bytes.len, taken);
	ok(patch_parse(&again, bytes.data, bytes.len, 12) == -1, "of a shorter text it is none");
	patch_release(&p);
	buf_release(&old);
	buf_release(&bytes);
	buf_release(&new);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		test_case(i);
	test_damage();
	return done_testing();
}
