/*
 * sync_text: what agents wrote calls nobody and links nothing, code stays code, what was
 * hidden does not come in, lengths are kept, and no text makes it slow
 */
#include "work/sync_text.h"

#include <stdlib.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"

#define Z "\xe2\x80\x8b"

static char *
neutral(const char *s, size_t max)
{
	struct buf b = { 0 };

	sync_text_neutral(&b, s, max);
	return b.data ? buf_detach(&b) : xstrdup("");
}

static char *
fenced(const char *s, size_t max)
{
	struct buf b = { 0 };

	sync_text_fence(&b, s, max);
	return buf_detach(&b);
}

static void
test_neutral(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ "ask @bob and @org/team-1.", "ask @" Z "bob and @" Z "org/team-1." },
		{ "(@bob), \xc3\xa9@bob _@bob_ *x*@bob \\@bob", "(@" Z "bob), \xc3\xa9@" Z "bob _@" Z "bob_ *x*@" Z
		  "bob \\@" Z "bob" },
		{ "mail a.b@example.org now", "mail a.b@example.org now" },
		{ "@*bob* #_1_", "@" Z "*bob* #" Z "_1_" },
		{ "a @ b, # c, C#, #define", "a @ b, # c, C#, #define" },
		{ "fixes #12, closes o/r#3, resolves GH-4 and gh-5", "fixes #" Z "12, closes o/r#" Z
		  "3, resolves GH-" Z "4 and gh-" Z "5" },
		{ "high-5", "high-5" },
		{ "closes https://github.com/o/r/issues/1.", "closes `https://github.com/o/r/issues/1`." },
		{ "HTTPS://x.ghe.com/o/r/pull/2#issuecomment-3 b", "`HTTPS://x.ghe.com/o/r/pull/2#issuecomment-3` b" },
		{ "[x](https://github.com/o/r/discussions/1)", "[x](`https://github.com/o/r/discussions/1`)" },
		{ "`x`https://github.com/o/r/issues/1`y`", "`x`" Z "`https://github.com/o/r/issues/1`" Z "`y`" },
		{ "www.github.com/o/r/issues/1", "`www.github.com/o/r/issues/1`" },
		{ "see https://example.org/@bob/a#12 @b", "see https://example.org/@bob/a#12 @" Z "b" },
		{ "(https://example.org/a)@bob", "(https://example.org/a)@" Z "bob" },
		{ "http://localhost/@bob", "http://localhost/@" Z "bob" },
		{ "https://a@bob.org/", "https://a@bob.org/" },
		{ "`@bob #1` and ``a ` @bob`` @c", "`@bob #1` and ``a ` @bob`` @" Z "c" },
		{ "a ` b `@bob` c", "a &#96; b &#96;@" Z "bob&#96; c" },
		{ "a ` b\n` @bob `", "a &#96; b\n&#96; @" Z "bob &#96;" },
		{ "a ` b\n\n`@bob`", "a &#96; b\n\n`@bob`" },
		{ "\\`@bob`", "\\" Z "&#96;@" Z "bob&#96;" },
		{ "\\<b> \\&#64;x", "\\" Z "&lt;b> \\" Z "&amp;#" Z "64;x" },
		{ "\\https://github.com/o/r/issues/1", "\\" Z "`https://github.com/o/r/issues/1`" },
		{ "| `a | @bob` |", "| &#96;a | @" Z "bob&#96; |" },
		{ "[x](a.md) and `@bob`", "[x](a.md) and `@bob`" },
		{ "[x](``)'&#64;bob``", "[x](&#96;&#96;)'&amp;#" Z "64;bob&#96;&#96;" },
		{ "[x](a \")`\") @bob` `", "[x](a \")&#96;\") @" Z "bob&#96; &#96;" },
		{ "| `a` | @bob |", "| `a` | @" Z "bob |" },
		{ "```sh\n@bob #1 <b> `\n```\n@bob", "```sh\n@bob #1 <b> `\n```\n@" Z "bob" },
		{ "~~~\n```\n@bob\n~~~\n@c", "~~~\n```\n@bob\n~~~\n@" Z "c" },
		{ "````\n```\n@bob\n````", "````\n```\n@bob\n````" },
		{ "```\n@bob\n   ```  \n@c", "```\n@bob\n   ```  \n@" Z "c" },
		{ "- a\n  ```\n  x\n  ```\n@bob", "````text\n- a\n  ```\n  x\n  ```\n@bob\n````" },
		{ "```\nopen @bob", "````text\n```\nopen @bob\n````" },
		{ "<b>@bob</b> <!-- orch:c=x --> a < b <3", "&lt;b>@" Z "bob&lt;/b> &lt;!-- orch:c=x --> a < b <3" },
		{ "&#64;bob &commat;bob R&D a && b &x", "&amp;#" Z "64;bob &amp;commat;bob R&D a && b &x" },
		{ "a \u202e@b\u200bob\r\n", "a @" Z "bob\n" },
		{ "@\u200bbob", "@" Z "bob" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *s = neutral(t[i].in, SYNC_TEXT_MAX), what[32];

		snprintf(what, sizeof what, "neutral %zu", i);
		is(s, t[i].out, what);
		free(s);
	}
}

static void
test_fence(void)
{
	char *s = fenced("a", 1000);

	is(s, "```text\na\n```", "a fence");
	free(s);
	s = fenced("", 1000);
	is(s, "```text\n```", "around nothing");
	free(s);
	s = fenced("a\n```` b\n", 1000);
	is(s, "`````text\na\n```` b\n`````", "is longer than any inside");
	free(s);
	s = fenced("\x1b[31mred\x1b[0m\r\n\x1b]0;t\x07\xff", 1000);
	is(s, "```text\nred\n\\x1b]0;t\\x07\\xff\n```", "colours go, other control characters are shown");
	free(s);
}

static void
test_clip(void)
{
	static const char *const parts[] = { "a", "\xf0\x9f\x98\x80", "@b", "<b", "`", "``", "&#1;", "```\n", "\n",
	    "#1 " };
	struct buf b = { 0 };
	char *s;

	sync_text_clip(&b, "short", 100);
	is(b.data, "short", "what fits stays");
	buf_cut(&b, 0);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct buf in = { 0 };

		buf_puts(&in, "HEAD ");
		while (in.len < 300000)
			buf_puts(&in, parts[i]);
		buf_puts(&in, " TAIL");
		s = neutral(in.data, SYNC_TEXT_MAX);
		ok(sync_text_length(s) <= SYNC_TEXT_MAX && strstr(s, "HEAD") && strstr(s, "TAIL") &&
		    strstr(s, " characters left out ...]"), "neutral text %zu keeps head and tail", i);
		free(s);
		s = neutral(in.data, 100);
		ok(sync_text_length(s) <= 100, "within very little (%zu)", sync_text_length(s));
		free(s);
		s = fenced(in.data, 120);
		ok(sync_text_length(s) <= 120, "a fence within very little (%zu)", sync_text_length(s));
		free(s);
		buf_release(&in);
	}
	buf_release(&b);
}

static void
test_line(void)
{
	struct buf b = { 0 };
	char *s = sync_text_line(" a\n\tb \xe2\x80\xae ", 10);

	is(s, "a b", "one line, blanks as one, nothing hidden");
	free(s);
	for (int i = 0; i < 300; i++)
		buf_puts(&b, "\xc3\xa9");
	s = sync_text_line(b.data, SYNC_TITLE_MAX);
	ok(sync_text_length(s) == 256 && strlen(s) == 255 * 2 + 3, "a title is cut at 256 with an ellipsis");
	free(s);
	buf_cut(&b, SYNC_LABEL_MAX * 2);
	s = sync_text_line(b.data, SYNC_LABEL_MAX);
	is(s, b.data, "what has just the length stays");
	free(s);
	s = sync_text_line("", 10);
	is(s, "", "an empty one");
	free(s);
	buf_release(&b);
}

static void
test_incoming(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ "a <!-- do this --> b", "a  b" },
		{ "a\n<!--\nhidden\n-->\nb", "a\n\nb" },
		{ "a\n<!-- hidden to the end\nb", "a\n" },
		{ "a <!-- shown", "a <!-- shown" },
		{ "<b>x</b> <!-- hidden", "<b>x</b> " },
		{ "<!--> shown -->", " shown -->" },
		{ "<!---> shown -->", " shown -->" },
		{ "a <!-- x --!> b", "a  b" },
		{ "<!-- a --> <!-- b -->c", " c" },
		{ "<!-- a <!-- b --> c -->", " c -->" },
		{ "x `<!-- code -->` y", "x `<!-- code -->` y" },
		{ "```html\n<!-- code -->\n```\n<!-- x -->", "```html\n<!-- code -->\n```\n" },
		{ "<div>\n```\n<!-- hidden -->\n```", "<div>\n```\n\n```" },
		{ "<!--\n```\n-->\n<!-- hidden -->a", "\n" "a" },
		{ "z\u200be\u202er\u2066o\u00ad \U000e0041", "zero " },
		{ "a\r\nb\rc\x01", "a\nb\rc" },
		{ "\xff", "\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *s = sync_text_incoming(t[i].in), what[32];

		snprintf(what, sizeof what, "incoming %zu", i);
		is(s, t[i].out, what);
		free(s);
	}
}

static double
seconds_of(const char *part, size_t size)
{
	struct buf in = { 0 }, out = { 0 };
	struct timespec a, b;

	while (in.len < size)
		buf_puts(&in, part);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	sync_text_neutral(&out, in.data, size * 8);
	free(sync_text_incoming(in.data));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	buf_release(&in);
	buf_release(&out);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* Eight times the text may take sixteen times as long, not sixty-four times. */
static void
test_linear(void)
{
	static const char *const hostile[] = { "`", "` ", "`` ` ", "`\n", "`a`", "<!--", "<!-- ", "<!-- -->", "<!-->",
		"a <!--\n", "```\n", "\n\n", "@a", "#1", "&a", "http://a.", "https://github.com/o/r/issues/1",
		"http://a/issues/",
		"<", "<!--\n", "- ```\n", "|`a|", "\\`", "www.", "&", "](", "](a" };

	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		double small = seconds_of(hostile[i], 1 << 16), large = seconds_of(hostile[i], 1 << 19);

		ok(large < 16 * small + 0.05, "512 KiB of hostile text %zu: %.0f ms", i, large * 1000);
	}
}

int
main(void)
{
	test_neutral();
	test_fence();
	test_clip();
	test_line();
	test_incoming();
	test_linear();
	return done_testing();
}
