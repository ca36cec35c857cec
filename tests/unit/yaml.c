/*
 * The tree and its spans.  Each fact of libyaml that yaml.c corrects has its
 * row in `spans`: the text, the path of a node, and the bytes it must cover.
 * Then what is refused and how it is said, types, aliases, and texts made to
 * cost time or memory.
 */
#include <stdlib.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "doc/yaml.h"

/* "a.0.b": the node itself, no alias followed. */
static const struct yaml_node *
at(const struct yaml_node *n, const char *path)
{
	char part[64];

	while (n != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(part, sizeof part, "%.*s", (int)len, path);
		if (n->kind == YAML_MAP)
			n = yaml_own(n, part);
		else {
			long i = strtol(part, NULL, 10);

			for (n = n->child; n != NULL && i > 0; i--)
				n = n->next;
		}
		path += len + (path[len] == '.');
	}
	return n;
}

static const struct {
	const char *what, *text, *path, *want;
} spans[] = {
	/* 1: marks count characters */
	{ "two-byte characters before", "a: h\u00e9llo\nb: x\n", "b", "x" },
	{ "two-byte characters inside", "a: h\u00e9llo\n", "a", "h\u00e9llo" },
	{ "an emoji is one character", "a: \U0001f600\nb: [\U0001f600, y]\n", "b.1", "y" },
	{ "CR LF is two", "a: 1\r\nb: \u00e9\r\nc: 3\r\n", "c", "3" },
	{ "a long line of both", "k: 0123456789abcdef\u00e9 0123456789abcdef\nz: \u00e9 q\n", "z",
	    "\u00e9 q" },
	/* 2: the BOM */
	{ "a BOM is not counted", "\xef\xbb\xbf" "a: 1\nb: 2\n", "b", "2" },
	{ "nor with characters", "\xef\xbb\xbf" "a: \u00e9\nb: 2\n", "b", "2" },
	/* 3: scalars */
	{ "plain", "a: b c  # d\n", "a", "b c" },
	{ "plain on two lines", "a: b\n  c   # d\n", "a", "b\n  c" },
	{ "single quotes", "a: 'b''c' # d\n", "a", "'b''c'" },
	{ "double quotes on two lines", "a: \"b\n  c\" # d\n", "a", "\"b\n  c\"" },
	{ "an anchor is outside", "a: &x b\n", "a", "b" },
	{ "a tag is outside", "a: !!str b\n", "a", "b" },
	{ "a name ends before a colon", "a: &x:y z\n", "a", ":y z" },
	{ "both are outside", "a: &x !!str 'b'\n", "a", "'b'" },
	{ "also on a line of their own", "a: &x # c\n  b\n", "a", "b" },
	{ "an anchor of a block map", "a: &m # c\n  k: v\nb: 1\n", "a", "k: v" },
	{ "an anchor of a block map and one of its first key", "a: &m\n  &k k: v\n", "a",
	    "&k k: v" },
	{ "an anchor of a flow list", "a: &m [1, 2] # c\n", "a", "[1, 2]" },
	{ "an alias", "a: &m 1\nb: *m # c\n", "b", "*m" },
	/* 4: block scalars */
	{ "literal", "a: |\n  x\n  y\nb: 1\n", "a", "|\n  x\n  y" },
	{ "the header comment is inside", "a: | # why\n  x\nb: 1\n", "a", "| # why\n  x" },
	{ "blank lines after it are not", "a: |\n  x\n\n\nb: 1\n", "a", "|\n  x" },
	{ "nor chomped ones", "a: |-\n  x\n \n\nb: 1\n", "a", "|-\n  x" },
	{ "nor with CR LF", "a: |\r\n  x\r\n\r\nb: 1\r\n", "a", "|\r\n  x" },
	{ "kept ones are", "a: |+\n  x\n\nb: 1\n", "a", "|+\n  x\n\n" },
	{ "blanks beyond the indentation are content", "a: |\n  x\n    \nb: 1\n", "a",
	    "|\n  x\n    " },
	{ "blanks up to it are not", "a: |\n  x\n  \nb: 1\n", "a", "|\n  x" },
	{ "with an indentation indicator", "a:\n  b: |1\n    x\n   \nc: 1\n", "a.b",
	    "|1\n    x" },
	{ "and content of blanks under it", "a:\n  b: |1\n    x\n    \nc: 1\n", "a.b",
	    "|1\n    x\n    " },
	{ "a comment less indented ends it", "a: |\n    x\n  # c\nb: 1\n", "a", "|\n    x" },
	{ "at the end without a newline", "a: |\n  x", "a", "|\n  x" },
	{ "without content", "a: | # c\n\nb: 1\n", "a", "|" },
	{ "folded, in a list", "- >-\n  x\n\n- y\n", "0", ">-\n  x" },
	{ "with an anchor", "a: &x |\n  y\n\nb: 1\n", "a", "|\n  y" },
	/* 5: implicit nulls */
	{ "implicit null", "a:   # c\nb: 1\n", "a", "" },
	{ "in a list", "-   # c\n- 1\n", "0", "" },
	{ "flow, before a comma", "{a:   , b: 1}\n", "a", "" },
	{ "flow, without a colon", "{a   , b: 1}\n", "a", "" },
	{ "behind a question mark", "? a\n\n# c\n? b\n", "a", "" },
	{ "behind an anchor", "a: &x\nb: *x\n", "a", "" },
	/* 6: ends of block collections */
	{ "map, comment after", "a:\n  b: 1 # c\n  # d\n\n# e\nf: 2\n", "a", "b: 1" },
	{ "list, comment after", "a:\n  - 1\n  - 2 # c\n  # d\nf: 2\n", "a", "- 1\n  - 2" },
	{ "nested", "a:\n  - b:\n      - x # c\n\n# d\ne: 1\n", "a", "- b:\n      - x" },
	{ "ending in a null", "a:\n  b:   # c\n\nd: 1\n", "a", "b:" },
	{ "ending in an anchored null", "a:\n  b: &x  # c\nd: *x\n", "a", "b: &x" },
	/* 7: starts of block lists */
	{ "zero-indented", "a:\n- 1\n- 2\nb: 3\n", "a", "- 1\n- 2" },
	{ "indented", "a:\n   - 1\n   - 2\nb: 3\n", "a", "- 1\n   - 2" },
	{ "compact", "-   - a\n    - b\n", "0", "- a\n    - b" },
	/* 8: flow collections */
	{ "flow list", "a: [1, 2, # c\n 3, ] # d\n", "a", "[1, 2, # c\n 3, ]" },
	{ "flow map", "a: {b: 1,\n  c: 2} # d\n", "a", "{b: 1,\n  c: 2}" },
	{ "a pair in a list", "[a: b  , c]\n", "0", "a: b" },
	{ "a pair with a question mark", "[? a : b , c]\n", "0", "? a : b" },
	{ "JSON", "{\"a\":[1,{\"b\":null}]}", "a.1", "{\"b\":null}" },
	/* 9: documents */
	{ "after ---", "--- # c\na: 1\n...\n", "a", "1" },
	{ "with a directive", "%YAML 1.1\n---\na: 1\n", "a", "1" },
	/* styles of keys */
	{ "quoted keys", "\"a\": 1\n'b c': 2\n", "b c", "2" },
	{ "explicit keys", "? a\n: 1\n? b\n:\n  - 2\n", "b", "- 2" },
	{ "an alias as key", "- &k name\n- *k : 5\n", "1.name", "5" },
};

static void
check_spans(void)
{
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		struct err e = { 0 };
		struct yaml y;
		const struct yaml_node *n;
		char got[256] = "(absent)";

		if (yaml_parse(&y, spans[i].text, strlen(spans[i].text), "t", &e) < 0) {
			is(e.msg, NULL, spans[i].what);
			continue;
		}
		n = at(y.root, spans[i].path);
		if (n != NULL)
			snprintf(got, sizeof got, "%.*s", (int)(n->end - n->start),
			    y.text + n->start);
		is(got, spans[i].want, spans[i].what);
		yaml_release(&y);
	}
}

/* Where empty spans are, and what else has no bytes to compare. */
static void
check_positions(void)
{
	static const struct {
		const char *text, *path;
		uint32_t start;
	} t[] = {
		{ "a:   # c\nb: 1\n", "a", 2 },
		{ "a  :\nb: 1\n", "a", 4 },
		{ "- x\n-   # c\n- 1\n", "1", 5 },
		{ "a:\n  -\n  - 1\n", "a.0", 6 },
		{ "{a:   , b: 1}\n", "a", 3 },
		{ "{a   , b: 1}\n", "a", 2 },
		{ "? a\n\n# c\n? b\n", "a", 3 },
		{ "? a\n:\n? b\n", "a", 5 },
		{ "a: &x\nb: *x\n", "a", 5 },
		{ "a:", "a", 2 },
	};
	struct err e = { 0 };
	struct yaml y;
	const struct yaml_prop *p;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		yaml_parse(&y, t[i].text, strlen(t[i].text), "t", &e);
		is_int(at(y.root, t[i].path)->start, t[i].start, "place of a null");
		ok(at(y.root, t[i].path)->implicit, "which is implicit");
		yaml_release(&y);
	}
	yaml_parse(&y, "a: &x !!str b\nc: *x\n", 20, "t", &e);
	p = yaml_prop(yaml_own(y.root, "a"));
	is_int(p->start, 3, "properties start");
	is_int(p->end, 11, "properties end");
	is(p->anchor, "x", "anchor");
	is(p->tag, "tag:yaml.org,2002:str", "tag");
	ok(yaml_prop(y.root) == NULL, "none of the root");
	ok(y.alias == yaml_own(y.root, "c") && yaml_prop(y.alias)->target ==
	    yaml_own(y.root, "a"), "an alias knows its target");
	is(yaml_get(y.root, "c")->text, "b", "yaml_get follows it");
	yaml_release(&y);
	yaml_parse(&y, "a: 1\n\xc3\xa9: 2\n", 11, "t", &e);
	{
		size_t line, col;

		yaml_place(&y, 9, &line, &col);
		ok(line == 2 && col == 4, "line and column count characters");
	}
	yaml_release(&y);
}

static void
check_empty(void)
{
	static const char *const t[] = { "", "\n", "# c\n", "---\n", "--- # c\n...\n",
	    "\xef\xbb\xbf", "\xef\xbb\xbf# c\n", "%YAML 1.2\n---\n" };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct err e = { 0 };
		struct yaml y;

		if (ok(yaml_parse(&y, t[i], strlen(t[i]), "t", &e) == 0 && y.root == NULL,
		    "empty document %zu", i))
			yaml_release(&y);
	}
}

static const struct {
	const char *text, *want;
} refused[] = {
	{ "a: \xff\n", "t:1:4: invalid UTF-8 (0xff)" },
	{ "a: \xc0\xaf\n", "t:1:4: invalid UTF-8 (0xc0)" },
	{ "a: \xed\xa0\x80\n", "t:1:4: invalid UTF-8 (0xed)" },
	{ "a: b\x01\n", "t:1:5: a control character (0x01)" },
	{ "\xff\xfe" "a", "t:1:1: this is UTF-16 or UTF-32: save it as UTF-8" },
	{ "a: 1\nb: \x7f\n", "t:2:4: a control character (0x7f)" },
	{ "a: \xc2\x9b" "31m\n", "t:1:4: a control character (U+009B)" },
	{ "a: \xef\xbf\xbe\n", "t:1:4: a character that YAML does not allow (U+FFFE)" },
	{ "a: 1\n<<<<<<< HEAD\nb: 1\n", "t:2:1: a merge that nobody has settled: '<<<<<<< HEAD'" },
	{ "a: 1\nb\n>>>>>>> x\n", "t:3:1: a merge that nobody has settled: '>>>>>>> x'" },
	{ "a: \"\\ud83d\\ude00\"\n", "t:1:4: " },
	{ "a: 1\n---\nb: 2\n", "t:2:1: a second document starts here, one is allowed" },
	{ "a: !point {x: 1}\n", "t:1:4: custom tag '!point'" },
	{ "a: !x y\n", "t:1:4: custom tag '!x'" },
	{ "a: ! y\n", "t:1:4: custom tag '!'" },
	{ "a: !<tag:x.org,2000:y> z\n", "t:1:4: custom tag 'tag:x.org,2000:y'" },
	{ "a: !!int x\n", "t:1:4: the tag '!!int' does not fit its value" },
	{ "a: !!seq {}\n", "t:1:4: the tag '!!seq' does not fit its value" },
	{ "a: 1\nb:\n  c: 1\n  c: 2\n", "t:4:3: duplicate key 'c'" },
	{ "a: 1\n\"a\": 2\n", "t:2:1: duplicate key 'a'" },
	{ "a: {b: 1, c: {b: 1}, b: 2}\n", "t:1:22: duplicate key 'b'" },
	{ "a: *x\n", "t:1:4: nothing has the anchor of 'x'" },
	{ "a: &x [*x]\n", "t:1:8: an alias inside what it stands for, 'x'" },
	{ "<<: 1\n", "t:1:5: a merge key needs a map or a list of maps" },
	{ "? [a]\n: 1\n", "t:1:3: a key must be text, not a list or a map" },
	{ "a: \"\\0\"\n", "t:1:4: a NUL character in a text" },
	{ "tasks:\n  - title: fix: it\n", "t:2:15: a text with ': ' in it needs quotes; or the "
	    "indentation is wrong (mapping values are not allowed in this context) in "
	    "'- title: fix: it'" },
	{ "a: 1\nstatus new\nb: 2\n", "t:2:1: a ':' after the key is missing "
	    "(could not find expected ':') in 'status new'" },
	{ "a:\n\tb: 1\n", "t:2:1: a tab cannot be used for indentation" },
	{ "a: \"x\nb: 2\n", "t:1:4: a quote or bracket is not closed" },
	{ "a: [1, 2\nb: 2\n", "t:2:2: " },
	{ "a: 1\n b: 2\n", "t:2:3: " },
};

static void
check_refused(void)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct err e = { 0 };
		struct yaml y;
		char got[ERR_MSG_MAX];

		if (yaml_parse(&y, refused[i].text, strlen(refused[i].text), "t", &e) == 0) {
			ok(false, "refused: %s", refused[i].want);
			yaml_release(&y);
			continue;
		}
		snprintf(got, sizeof got, "%.*s", (int)strlen(refused[i].want), e.msg);
		is(got, refused[i].want, "refused, with place and words");
		is_int(e.code, ERR_INVALID, "as not valid");
	}
	{
		struct err e = { 0 };
		struct yaml y;

		yaml_parse(&y, "a: x\0y", 6, "t", &e);
		is(e.msg, "t:1:5: a NUL byte (0x00)", "a NUL has a place");
	}
}

static void
check_types(void)
{
	static const struct {
		const char *text;
		int kind;
	} t[] = {
		{ "null", VAL_NULL }, { "~", VAL_NULL }, { "", VAL_NULL }, { "nUll", VAL_STR },
		{ "true", VAL_BOOL }, { "False", VAL_BOOL }, { "yes", VAL_STR },
		{ "on", VAL_STR }, { "y", VAL_STR }, { "0", VAL_INT }, { "-12", VAL_INT },
		{ "+1", VAL_INT }, { "012", VAL_STR }, { "00", VAL_STR }, { "0x1F", VAL_INT },
		{ "0o17", VAL_INT }, { "0b1", VAL_STR }, { "1_000", VAL_STR },
		{ "9223372036854775807", VAL_INT }, { "9223372036854775808", VAL_STR },
		{ "1.5", VAL_REAL }, { "1.", VAL_REAL }, { ".5", VAL_REAL }, { "1e3", VAL_REAL },
		{ "1e", VAL_STR }, { ".", VAL_STR }, { "-x", VAL_STR }, { "1.2.3", VAL_STR },
		{ "1e999", VAL_STR }, { ".inf", VAL_STR }, { ".nan", VAL_STR },
		{ "1:30", VAL_STR }, { "2026-11-21", VAL_STR }, { "'1'", VAL_STR },
		{ "\"true\"", VAL_STR }, { "!!str 1", VAL_STR }, { "!!int '1'", VAL_INT },
		{ "!!float 1", VAL_REAL }, { "|\n  1", VAL_STR }, { "!!null ''", VAL_NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct err e = { 0 };
		struct yaml y;
		char text[80];
		struct val *v;

		snprintf(text, sizeof text, "k: %s\n", t[i].text);
		yaml_parse(&y, text, strlen(text), "t", &e);
		v = yaml_value(y.root);
		is_int(val_get(v, "k")->kind, t[i].kind,
		    strchr(t[i].text, '\n') ? "a literal" : t[i].text);
		is_int(yaml_scalar_kind(yaml_own(y.root, "k")), t[i].kind, "and so the node");
		val_free(v);
		yaml_release(&y);
	}
}

static void
value_is(const char *text, const char *path, const char *want, const char *what)
{
	struct err e = { 0 };
	struct yaml y;
	struct val *v;
	struct buf b = { 0 };

	if (yaml_parse(&y, text, strlen(text), "t", &e) < 0) {
		is(e.msg, want, what);
		return;
	}
	v = yaml_value(y.root);
	val_plain(&b, val_path(v, path));
	is(buf_str(&b), want, what);
	buf_release(&b);
	val_free(v);
	yaml_release(&y);
}

static void
check_aliases(void)
{
	static const char merges[] =
	    "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\n"
	    "one: {<<: *b, y: 9}\nmany: {<<: [*o, *b]}\n";
	struct err e = { 0 };
	struct yaml y;

	value_is("a: &x [1, 2]\nb: *x\n", "b.1", "2", "an alias is expanded");
	value_is("a: &x 1\nb: &x 2\nc: *x\n", "c", "2", "an anchor may move");
	value_is(merges, "one.x", "1", "merged");
	value_is(merges, "one.y", "9", "its own key wins");
	value_is(merges, "many.y", "3", "the first of a list wins");
	value_is(merges, "many.x", "1", "the last is looked at");
	value_is("a: {\"<<\": 1}\n", "a.<<", "1", "quoted it is a key like any other");
	yaml_parse(&y, merges, strlen(merges), "t", &e);
	is(yaml_get(yaml_own(y.root, "many"), "z")->text, "4", "yaml_get merges");
	ok(yaml_own(yaml_own(y.root, "many"), "z") == NULL, "yaml_own does not");
	ok(yaml_get(yaml_own(y.root, "many"), "q") == NULL, "absent is absent");
	yaml_release(&y);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The text is read, or refused with these words in it, within a second (10 with sanitizers). */
static void
bounded(struct buf *text, const char *words, const char *what)
{
	struct err e = { 0 };
	struct yaml y;
	double from = seconds();
	int rc = yaml_parse(&y, text->data, text->len, "t", &e);

	if (rc == 0) {
		val_free(yaml_value(y.root));
		yaml_release(&y);
	}
	if (!ok(words ? rc < 0 && strstr(e.msg, words) : rc == 0, "%s", what))
		printf("# %s\n", e.msg);
	if (getenv("ORCH_TEST_SLOW") == NULL)
		ok(seconds() - from < 5, "in time (%.2f s)", seconds() - from);
	buf_release(text);
}

static void
repeat(struct buf *b, const char *s, int n)
{
	while (n-- > 0)
		buf_puts(b, s);
}

static void
check_hostile(void)
{
	struct buf b = { 0 };

	buf_puts(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 12; i++)
		buf_printf(&b, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	bounded(&b, "aliases stand for more than", "a billion laughs");
	buf_puts(&b, "a0: &a0 [x]\n");
	for (int i = 1; i < 1000; i++)
		buf_printf(&b, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	bounded(&b, "deep through aliases", "a chain of aliases");
	repeat(&b, "[", 100000);
	bounded(&b, "nested more than 64 deep", "100,000 brackets");
	repeat(&b, "[\n", 100000);
	bounded(&b, "nested more than 64 deep", "100,000 brackets on lines");
	repeat(&b, "{a: ", 100000);
	bounded(&b, "nested more than 64 deep", "100,000 braces");
	repeat(&b, "- ", 100000);
	bounded(&b, "nested more than 64 deep", "100,000 dashes on a line");
	repeat(&b, "? ", 100000);
	bounded(&b, "", "100,000 question marks");
	for (int i = 0; i < 300; i++)
		buf_printf(&b, "%*sa:\n", i, "");
	bounded(&b, "nested more than 64 deep", "300 levels of blocks");
	for (int i = 0; i < 64; i++)
		buf_printf(&b, "%*sa:%s\n", i, "", i == 63 ? " 1" : "");
	bounded(&b, NULL, "64 are fine");
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "key%d: %d\n", i, i);
	bounded(&b, NULL, "100,000 keys");
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "key%d: %d\n", i, i);
	buf_puts(&b, "key777: again\n");
	bounded(&b, "100001:1: duplicate key 'key777'", "100,000 keys and one twice");
	buf_puts(&b, "{");
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "k%d: {}, ", i);
	buf_puts(&b, "}");
	bounded(&b, NULL, "100,000 keys on a line");
	repeat(&b, "&a a: *a\n", 1);
	bounded(&b, NULL, "an anchor on a key");
	for (int i = 0; i < 50000; i++)
		buf_printf(&b, "- &x%d 1\n- *x%d\n", i, i);
	bounded(&b, NULL, "50,000 anchors");
	buf_puts(&b, "a: '");
	repeat(&b, "0123456789abcdef", 65537);
	buf_puts(&b, "'\n");
	bounded(&b, "more than 1 MiB", "a scalar over the limit");
	repeat(&b, "a\xc2\x85", 100000);
	bounded(&b, NULL, "NEL without end");
	repeat(&b, "\t", 1000000);
	bounded(&b, "a tab cannot be used", "a million tabs");
	buf_puts(&b, "a: |\n");
	repeat(&b, "   \n", 200000);
	bounded(&b, NULL, "200,000 blank lines in a literal");
	for (int i = 0; i < 20000; i++)
		buf_puts(&b, "- |\n  x\n\n");
	bounded(&b, NULL, "20,000 literals");
	buf_puts(&b, "m: &m {");
	for (int i = 0; i < 2000; i++)
		buf_printf(&b, "k%d: 1, ", i);
	buf_puts(&b, "<<: {a: 1}}\n");
	bounded(&b, "a merge key in a map of more than", "a merge into a large map");
	repeat(&b, "? a\n# c\n", 2);
	bounded(&b, "duplicate key", "question marks with one key");
	for (int i = 0; i < 30000; i++)
		buf_printf(&b, "? k%d\n#\n", i);
	bounded(&b, NULL, "30,000 keys without values");
}

int
main(void)
{
	check_spans();
	check_positions();
	check_empty();
	check_refused();
	check_types();
	check_aliases();
	check_hostile();
	return done_testing();
}
