#include "doc/tmpl.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"

static const struct tmpl_var vars[] = {
	{ "title", "Fix it" },
	{ "body", "{{title}} {{#if x}}\n{{{{" },
	{ "empty", "" },
	{ "none", NULL },
	{ "lines", "one\ntwo\n" },
	{ "a1_b", "x" },
};

static void
test_expand(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "", "" },
		{ "plain } text }} {\n", "plain } text }} {\n" },
		{ "{{title}}", "Fix it" },
		{ "a {{title}} b {{ title }} c {{\ttitle\t}}", "a Fix it b Fix it c Fix it" },
		{ "{{a1_b}}{{a1_b}}", "xx" },
		{ "[{{empty}}][{{none}}]", "[][]" },
		/* Values are never expanded again. */
		{ "{{body}}", "{{title}} {{#if x}}\n{{{{" },
		/* A value alone on its line keeps the line. */
		{ "a\n{{title}}\nb\n", "a\nFix it\nb\n" },
		{ "a\n{{empty}}\nb\n", "a\n\nb\n" },
		{ "{{lines}}\nb", "one\ntwo\n\nb" },
		/* Blocks. */
		{ "{{#if title}}yes{{/if}}{{#if empty}}no{{/if}}{{#if none}}no{{/if}}.", "yes." },
		{ "a\n{{#if title}}\nb\n{{/if}}\nc\n", "a\nb\nc\n" },
		{ "a\n{{#if empty}}\nb\n{{/if}}\nc\n", "a\nc\n" },
		{ "a\n  {{#if title}}  \n  b\n\t{{/if}}\nc\n", "a\n  b\nc\n" },
		{ "a\n  {{#if empty}}\n  b\n  {{/if}}\nc\n", "a\nc\n" },
		{ "a\r\n{{#if title}}\r\nb\r\n{{/if}}\r\nc\r\n", "a\r\nb\r\nc\r\n" },
		{ "{{#if title}}\nb\n{{/if}}", "b\n" },
		{ "{{#if empty}}\nb\n{{/if}}", "" },
		{ "  {{#if title}}\nb\n  {{/if}}  ", "b\n" },
		{ "a {{#if title}}\nb {{/if}}\nc", "a \nb \nc" },
		{ "{{#if title}}{{#if empty}}1{{/if}}2{{/if}}3", "23" },
		{ "{{#if empty}}{{#if title}}1{{/if}}2{{/if}}3", "3" },
		{ "{{#if empty}}{{#if none}}1{{/if}}2{{/if}}3{{#if title}}4{{/if}}", "34" },
		{ "{{ #if\t title }}x{{ /if }}", "x" },
		{ "{{#if empty}}{{title}}{{{{{{/if}}.", "." },
		/* Two tags on a line are not alone. */
		{ "a\n{{#if title}}{{/if}}\nb\n", "a\n\nb\n" },
		{ "  {{title}}\n", "  Fix it\n" },
		/* Literal braces. */
		{ "{{{{", "{{" },
		{ "{{{{title}}", "{{title}}" },
		{ "{{{{{{title}}", "{{Fix it" },
		{ "{{{{{{{{", "{{{{" },
		{ "{ {title}", "{ {title}" },
		{ "caf\xc3\xa9 {{title}}", "caf\xc3\xa9 Fix it" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };
		struct err e = { 0 };

		buf_puts(&b, ">");
		is_int(tmpl_expand(&b, "x.md", t[i].text, strlen(t[i].text), vars,
		    sizeof vars / sizeof *vars, &e), 0, "expands");
		is(buf_str(&b) + 1, t[i].want, "to");
		buf_release(&b);
	}
}

static void
test_errors(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "{{titel}}", "x.md:1:1: unknown name 'titel'" },
		{ "a\n\xc3\xa9 {{Title}}", "x.md:2:3: unknown name 'Title'" },
		{ "{{}}", "x.md:1:1: unknown name ''" },
		{ "{{title x}}", "x.md:1:1: unknown name 'title x'" },
		{ "{{{title}}}", "x.md:1:1: unknown name '{title'" },
		{ "{{#if foo}}{{/if}}", "x.md:1:1: unknown name 'foo'" },
		{ "{{#if empty}}{{foo}}{{/if}}", "x.md:1:14: unknown name 'foo'" },
		{ "{{#if }}", "x.md:1:1: unknown tag '#if'" },
		{ "{{#else}}", "x.md:1:1: unknown tag '#else'" },
		{ "{{/each}}", "x.md:1:1: unknown tag '/each'" },
		{ "ab {{title", "x.md:1:4: unclosed tag '{{title'" },
		{ "{{title\n}}", "x.md:1:1: unclosed tag '{{title'" },
		{ "x {{", "x.md:1:3: unclosed tag '{{'" },
		{ "{{title}", "x.md:1:1: unclosed tag '{{title}'" },
		{ "a {{#if title}}b", "x.md:1:3: unclosed block '{{#if}}'" },
		{ "{{#if title}}{{#if empty}}b{{/if}}", "x.md:1:1: unclosed block '{{#if}}'" },
		{ "a{{/if}}", "x.md:1:2: nothing to close with '{{/if}}'" },
		{ "{{\x1b[2J}}", "x.md:1:1: unknown name '\\x1b[2J'" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };
		struct err e = { 0 };

		buf_puts(&b, "kept");
		is_int(tmpl_expand(&b, "x.md", t[i].text, strlen(t[i].text), vars,
		    sizeof vars / sizeof *vars, &e), -1, "refused");
		is(e.msg, t[i].want, "message");
		is(buf_str(&b), "kept", "nothing is left of it");
		is_int(e.code, ERR_CONFIG, "code");
		buf_release(&b);
	}
}

static void
test_depth(void)
{
	struct buf text = { 0 }, out = { 0 };
	struct err e = { 0 };

	for (int i = 0; i < TMPL_DEPTH_MAX; i++)
		buf_puts(&text, "{{#if title}}");
	buf_puts(&text, "x");
	for (int i = 0; i < TMPL_DEPTH_MAX; i++)
		buf_puts(&text, "{{/if}}");
	is_int(tmpl_expand(&out, "t", text.data, text.len, vars, 1, &e), 0, "as deep as allowed");
	is(buf_str(&out), "x", "and true");
	buf_cut(&text, 0);
	for (int i = 0; i < 100000; i++)
		buf_puts(&text, "{{#if title}}");
	is_int(tmpl_expand(&out, "t", text.data, text.len, vars, 1, &e), -1, "too deep");
	is(e.msg, "t:1:209: blocks nested too deep at 'title'", "message");
	buf_release(&text);
	buf_release(&out);
}

/* The length rules, not a NUL. */
static void
test_length(void)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	is_int(tmpl_expand(&b, "t", "a{{title}}", 1, vars, 1, &e), 0, "only the first byte");
	is(buf_str(&b), "a", "is read");
	buf_cut(&b, 0);
	is_int(tmpl_expand(&b, "t", "{{{{x", 3, vars, 1, &e), -1, "cut within the braces");
	buf_release(&b);
}

int
main(void)
{
	test_expand();
	test_errors();
	test_depth();
	test_length();
	return done_testing();
}
