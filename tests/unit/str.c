#include "base/str.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"

#define BYTES(s) s, sizeof(s) - 1

static void
test_affixes(void)
{
	ok(str_starts("orch-add", "orch-"), "a prefix");
	ok(!str_starts("or", "orch-"), "a prefix longer than the text");
	ok(str_starts("x", ""), "the empty prefix");
	ok(str_ends("tasks.yml", ".yml"), "a suffix");
	ok(!str_ends("yml", ".yml"), "a suffix longer than the text");
}

static void
test_decode(void)
{
	static const struct {
		const char *s;
		size_t len, used;
		uint32_t cp;
	} t[] = {
		{ BYTES("a"), 1, 'a' },
		{ BYTES("\0"), 1, 0 },
		{ BYTES("\xc3\xa9"), 2, 0xe9 },
		{ BYTES("\xe2\x82\xac"), 3, 0x20ac },
		{ BYTES("\xf0\x9f\x98\x80"), 4, 0x1f600 },
		{ BYTES("\xf4\x8f\xbf\xbf"), 4, 0x10ffff },
		{ BYTES("\xf4\x90\x80\x80"), 1, STR_BAD },	/* above U+10FFFF */
		{ BYTES("\xf5\x80\x80\x80"), 1, STR_BAD },
		{ BYTES("\xc0\xaf"), 1, STR_BAD },		/* overlong '/' */
		{ BYTES("\xe0\x80\xaf"), 1, STR_BAD },
		{ BYTES("\xf0\x80\x80\xaf"), 1, STR_BAD },
		{ BYTES("\xed\xa0\x80"), 1, STR_BAD },		/* surrogate */
		{ BYTES("\xed\x9f\xbf"), 3, 0xd7ff },
		{ BYTES("\xe2\x82"), 1, STR_BAD },		/* cut */
		{ BYTES("\xe2\x28\xa1"), 1, STR_BAD },
		{ BYTES("\x80"), 1, STR_BAD },
		{ BYTES("\xff"), 1, STR_BAD },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		uint32_t cp = 1;
		size_t used = str_decode(t[i].s, t[i].len, &cp);

		ok(used == t[i].used && cp == t[i].cp, "decode row %zu", i);
	}
}

/* Every code point survives encoding and decoding; surrogates become U+FFFD. */
static void
test_encode(void)
{
	struct buf b = { 0 };
	uint32_t cp, back;
	bool good = true;

	for (cp = 0; cp <= 0x10ffff; cp++) {
		bool surrogate = cp >= 0xd800 && cp <= 0xdfff;

		buf_cut(&b, 0);
		str_encode(&b, cp);
		good &= str_decode(b.data, b.len, &back) == b.len &&
		    back == (surrogate ? 0xfffd : cp);
	}
	ok(good, "every code point round-trips");
	buf_release(&b);
}

static void
test_utf8(void)
{
	size_t bad = 99;

	ok(str_utf8(BYTES("a\xc3\xa9"), &bad) && bad == 99, "valid text leaves the offset alone");
	ok(!str_utf8(BYTES("ab\xff"), &bad) && bad == 2, "the first bad byte");
	ok(!str_utf8(BYTES("a\xe2\x82"), &bad) && bad == 1, "a cut sequence");
	ok(str_utf8("", 0, &bad), "nothing is valid");
}

static void
test_cut(void)
{
	static const char text[] = "a\xe2\x82\xac" "b";	/* a euro b */

	is_int((int64_t)str_cut(text, 5, 9), 5, "longer than the text");
	is_int((int64_t)str_cut(text, 5, 5), 5, "just the text");
	is_int((int64_t)str_cut(text, 5, 4), 4, "behind the code point");
	is_int((int64_t)str_cut(text, 5, 3), 1, "two bytes into it");
	is_int((int64_t)str_cut(text, 5, 2), 1, "one byte into it");
	is_int((int64_t)str_cut(text, 5, 0), 0, "nothing");
	is_int((int64_t)str_cut(BYTES("\x80\x80\x80\x80"), 2), 2, "bytes that are no text");
	is_int((int64_t)str_cut(BYTES("\xf0\x9f\x98\x80"), 3), 0, "four bytes, three asked");
}

static void
test_place(void)
{
	static const char text[] = "a\xe2\x82\xac" "b\r\nc\n";
	static const size_t want[][3] = {
		{ 0, 1, 1 }, { 1, 1, 2 }, { 4, 1, 3 }, { 7, 2, 1 }, { 8, 2, 2 }, { 9, 3, 1 },
	};
	size_t line, column;

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		str_place(text, want[i][0], &line, &column);
		ok(line == want[i][1] && column == want[i][2], "place of byte %zu", want[i][0]);
	}
}

static void
test_clean(void)
{
	struct buf b = { 0 };

	str_clean(&b, BYTES("a\0b\xff\xe2\x82z\xc3\xa9"));
	is(buf_str(&b), "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xc3\xa9",
	    "bad bytes and NUL become U+FFFD");
	buf_release(&b);
}

static void
test_visible(void)
{
	static const struct {
		const char *what, *s;
		size_t len;
		bool newlines;
		const char *want;
	} t[] = {
		{ "plain", BYTES("caf\xc3\xa9 \xe6\xbc\xa2"), false, "caf\xc3\xa9 \xe6\xbc\xa2" },
		{ "nothing", "", 0, false, "" },
		{ "SGR", BYTES("\x1b[31mred\x1b[0m"), false, "\\x1b[31mred\\x1b[0m" },
		{ "clear", BYTES("\x1b[2J\x1b[H"), false, "\\x1b[2J\\x1b[H" },
		{ "OSC 0", BYTES("\x1b]0;title\a"), false, "\\x1b]0;title\\x07" },
		{ "OSC 8", BYTES("\x1b]8;;http://x\x1b\\y"), false, "\\x1b]8;;http://x\\x1b\\y" },
		{ "OSC 52", BYTES("\x1b]52;c;ZQ==\a"), false, "\\x1b]52;c;ZQ==\\x07" },
		{ "DCS", BYTES("\x1bP1$r\x1b\\"), false, "\\x1bP1$r\\x1b\\" },
		{ "C1 CSI", BYTES("\xc2\x9b" "31m"), false, "\\u{9b}31m" },
		{ "raw C1 byte", BYTES("\x9b" "31m"), false, "\\x9b31m" },
		{ "NEL", BYTES("a\xc2\x85" "b"), false, "a\\u{85}b" },
		{ "BS", BYTES("rm\b\bls"), false, "rm\\x08\\x08ls" },
		{ "CR", BYTES("evil\rgood"), false, "evil\\x0dgood" },
		{ "CR with newlines", BYTES("evil\rgood"), true, "evil\\x0dgood" },
		{ "LF", BYTES("a\nb\tc"), false, "a\\x0ab\\x09c" },
		{ "LF kept", BYTES("a\nb\tc"), true, "a\nb\tc" },
		{ "DEL", BYTES("a\x7f"), false, "a\\x7f" },
		{ "NUL", BYTES("a\0b"), false, "a\\x00b" },
		{ "RTL override", BYTES("\xe2\x80\xaetxt.exe"), false, "\\u{202e}txt.exe" },
		{ "isolate", BYTES("\xe2\x81\xa6x\xe2\x81\xa9"), false, "\\u{2066}x\\u{2069}" },
		{ "RTL mark", BYTES("\xe2\x80\x8f"), false, "\\u{200f}" },
		{ "Arabic letter mark", BYTES("\xd8\x9c"), false, "\\u{61c}" },
		{ "zero width", BYTES("a\xe2\x80\x8b" "b\xe2\x80\x8d\xef\xbb\xbf"), false,
		    "a\\u{200b}b\\u{200d}\\u{feff}" },
		{ "word joiner", BYTES("\xe2\x81\xa0"), false, "\\u{2060}" },
		{ "line separator", BYTES("\xe2\x80\xa8\xe2\x80\xa9"), true, "\\u{2028}\\u{2029}" },
		{ "tag characters", BYTES("\xf3\xa0\x81\xa1"), false, "\\u{e0061}" },
		{ "hidden selectors", BYTES("\xf3\xa0\x84\x80"), false, "\\u{e0100}" },
		{ "soft hyphen", BYTES("\xc2\xad"), false, "\\u{ad}" },
		{ "invalid", BYTES("\xff\xfe"), false, "\\xff\\xfe" },
		{ "overlong ESC", BYTES("\xc0\x9b"), false, "\\xc0\\x9b" },
		{ "surrogate", BYTES("\xed\xa0\x80"), false, "\\xed\\xa0\\x80" },
		{ "emoji with selector", BYTES("\xe2\x9d\xa4\xef\xb8\x8f"), false,
		    "\xe2\x9d\xa4\xef\xb8\x8f" },
		{ "runs", BYTES("one\x1b" "two \xc3\xa9\xe6\xbc\xa2three\x7f" "four\xe2\x80\x8b~ \xff five"), false,
		    "one\\x1btwo \xc3\xa9\xe6\xbc\xa2three\\x7ffour\\u{200b}~ \\xff five" },
		{ "a run that ends before a NUL", BYTES("ab\0"), false, "ab\\x00" },
		{ "a run with lines", BYTES("\tab\n\ncd\n"), true, "\tab\n\ncd\n" },
		{ "only so many bytes", "abcdef", 3, false, "abc" },
		{ "shell and printf", BYTES("$(id) `id` %n%s"), false, "$(id) `id` %n%s" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };

		str_visible(&b, t[i].s, t[i].len, t[i].newlines);
		is(buf_str(&b), t[i].want, t[i].what);
		buf_release(&b);
	}
}

static void
test_slug(void)
{
	static const struct {
		const char *s;
		size_t max;
		const char *want;
	} t[] = {
		{ "Fix the Login page!", 40, "fix-the-login-page" },
		{ "  --weird__  name--", 40, "weird-name" },
		{ "../../etc/passwd", 40, "etc-passwd" },
		{ "abc def", 4, "abc" },
		{ "abc def", 5, "abc-d" },
		{ "\xe6\xbc\xa2\xe5\xad\x97", 40, "task" },
		{ "", 40, "task" },
		{ "$(rm -rf /)", 40, "rm-rf" },
		{ "caf\xc3\xa9 2", 40, "caf-2" },
		{ "x", 0, "task" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };

		buf_puts(&b, "p-");
		str_slug(&b, t[i].s, t[i].max);
		is(buf_str(&b) + 2, t[i].want, t[i].s);
		buf_release(&b);
	}
}

static void
test_fold(void)
{
	struct buf b = { 0 };

	str_fold(&b, "  Fix\t\n THE  Bug ");
	is(buf_str(&b), "fix the bug", "fold");
	buf_cut(&b, 0);
	str_fold(&b, " \n ");
	is(buf_str(&b), "", "fold of blanks");
	buf_release(&b);
}

static void
test_name(void)
{
	char longest[STR_NAME_MAX + 2];

	ok(str_is_name("a") && str_is_name("7") && str_is_name("_") && str_is_name("Night-run_2.b"), "names");
	ok(!str_is_name("") && !str_is_name(".a") && !str_is_name("-a") && !str_is_name("..") && !str_is_name("."),
	    "what would be another file, or an option");
	ok(!str_is_name("a/b") && !str_is_name("a b") && !str_is_name("a\n") && !str_is_name("\xc3\xa4") &&
	    !str_is_name("a*"), "what is none");
	memset(longest, 'n', sizeof longest);
	longest[STR_NAME_MAX + 1] = '\0';
	ok(!str_is_name(longest), "one that is too long");
	longest[STR_NAME_MAX] = '\0';
	ok(str_is_name(longest), "the longest");
}

static void
test_nearest(void)
{
	static const char *const list[] = { "label", "title", "priority", "retry_at", "id",
		"timeout", "idle_timeout", NULL };
	static const struct {
		const char *word, *want;
	} t[] = {
		{ "lable", "label" },
		{ "labels", "label" },
		{ "Label", "label" },
		{ "TITLE", "title" },
		{ "titel", "title" },
		{ "prioritty", "priority" },
		{ "retry-at", "retry_at" },
		{ "timout", "timeout" },
		{ "xyzzy", NULL },
		{ "x", NULL },
		{ "zz", NULL },
		{ "", NULL },
		{ "0123456789012345678901234567890123456789012345678901234567890123456789", NULL },
	};
	static const char *const none[] = { NULL };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		is(str_nearest(t[i].word, list), t[i].want, t[i].word);
	is(str_nearest("a", none), NULL, "an empty list");
}

int
main(void)
{
	test_affixes();
	test_name();
	test_decode();
	test_encode();
	test_utf8();
	test_cut();
	test_place();
	test_clean();
	test_visible();
	test_slug();
	test_fold();
	test_nearest();
	return done_testing();
}
