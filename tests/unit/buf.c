#include "base/buf.h"

#include <stdlib.h>

#include "../lib/tap.h"

static void
test_empty(void)
{
	struct buf b = { 0 };
	char *s;

	is(buf_str(&b), "", "an untouched buffer is the empty text");
	buf_cut(&b, 0);
	buf_append(&b, NULL, 0);
	is(buf_str(&b), "", "nothing appended");
	buf_release(&b);
	s = buf_detach(&b);
	is(s, "", "detached, it is a text too");
	free(s);
	buf_release(&b);
	buf_release(&b);
	ok(b.data == NULL && b.len == 0 && b.cap == 0, "released, it is empty again");
}

static void
test_grow(void)
{
	struct buf b = { 0 };
	bool good = true;
	char *s;

	for (int i = 0; i < 100000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		good &= b.len == (size_t)i + 1 && b.data[b.len] == '\0' && b.len < b.cap;
	}
	ok(good, "always a NUL behind the bytes");
	for (size_t i = 0; i < b.len; i++)
		good &= b.data[i] == (char)('a' + i % 26);
	ok(good, "the bytes are those that were put");
	buf_cut(&b, 200000);
	is_int((int64_t)b.len, 100000, "a cut never lengthens");
	buf_cut(&b, 3);
	is(buf_str(&b), "abc", "cut");
	s = buf_detach(&b);
	is(s, "abc", "detached");
	ok(b.data == NULL && b.len == 0, "the buffer is empty again");
	free(s);
}

static void
test_write(void)
{
	struct buf b = { 0 };

	buf_puts(&b, "a");
	buf_printf(&b, "%d-%s", 7, "xyz");
	buf_printf(&b, "%s", "");
	buf_append(&b, "\0q", 2);
	is_int((int64_t)b.len, 8, "length counts the NUL inside");
	ok(memcmp(b.data, "a7-xyz\0q", 9) == 0, "bytes");
	buf_cut(&b, 0);
	buf_printf(&b, "%10000d", 1);
	is_int((int64_t)b.len, 10000, "a long format");
	buf_cut(&b, 0);
	buf_reserve(&b, 50000);
	ok(b.cap > 50000 && b.len == 0, "room is made, nothing else");
	buf_release(&b);
}

static void
test_numbers(void)
{
	static const int64_t n[] = { 0, 7, 10, -1, 1234567890123, INT64_MAX, INT64_MIN };
	struct buf b = { 0 };
	char want[32];

	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		buf_cut(&b, 0);
		buf_int(&b, n[i]);
		snprintf(want, sizeof want, "%" PRId64, n[i]);
		is(buf_str(&b), want, want);
	}
	buf_release(&b);
}

static void
test_pad(void)
{
	struct buf b = { 0 };

	buf_pad(&b, 0);
	is(buf_str(&b), "", "padded to nothing");
	buf_pad(&b, 3);
	buf_puts(&b, "ab");
	buf_pad(&b, 7);
	is(buf_str(&b), "   ab  ", "blanks up to a length");
	buf_pad(&b, 7);
	buf_pad(&b, 2);
	is(buf_str(&b), "   ab  ", "which is there already, or more");
	buf_pad(&b, 5000);
	ok(b.len == 5000 && b.data[4999] == ' ' && b.data[5000] == '\0', "more than there was room for");
	buf_release(&b);
	b = buf_view("ab", 2);
	buf_pad(&b, 4);
	is(buf_str(&b), "ab  ", "a view");
	buf_release(&b);
}

/* A view is read like any other buffer; what changes it makes a copy first. */
static void
test_view(void)
{
	static const char text[] = "borrowed";
	struct buf b = buf_view(text, 8);
	char *own;

	ok(b.data == text && b.len == 8, "the bytes themselves");
	buf_release(&b);
	b = buf_view(text, 8);
	buf_puts(&b, "!");
	is(buf_str(&b), "borrowed!", "appended to");
	buf_release(&b);
	b = buf_view(text, 8);
	buf_cut(&b, 3);
	is(buf_str(&b), "bor", "cut");
	buf_release(&b);
	b = buf_view(text, 8);
	own = buf_detach(&b);
	ok(own != text && strcmp(own, text) == 0, "taken");
	free(own);
	is(text, "borrowed", "and what was borrowed is as it was");
}

int
main(void)
{
	test_view();
	test_empty();
	test_grow();
	test_write();
	test_numbers();
	test_pad();
	return done_testing();
}
