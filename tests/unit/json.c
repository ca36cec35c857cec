#include "doc/json.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"

#define BYTES(s) s, sizeof(s) - 1
#define DONE "{\"status\":\"done\"}"

/* Reads a text and writes it again; the message instead if it is refused. */
static void
echo(struct buf *b, const char *text, size_t len)
{
	struct err e = { 0 };
	struct val *v = json_parse(text, len, &e);

	if (v != NULL)
		json_print(b, v);
	else
		buf_printf(b, "%s%s", e.code == ERR_INVALID ? "" : "wrong code: ", e.msg);
	val_free(v);
}

static void
test_accepted(void)
{
	static const struct {
		const char *text, *want;	/* NULL: the same */
	} t[] = {
		{ "{}", NULL }, { "[]", NULL }, { "null", NULL }, { "true", NULL },
		{ "false", NULL }, { "\"\"", NULL }, { "0", NULL },
		{ " { \"a\" : [ 1 , 2 ] }\r\n", "{\"a\":[1,2]}" },
		{ "{\"b\":1,\"a\":2,\"c\":{\"z\":[],\"y\":{}}}", NULL },
		{ "-0", "0" },
		{ "9223372036854775807", NULL }, { "-9223372036854775808", NULL },
		{ "1.0", NULL }, { "1.5", NULL }, { "1e2", "1e+02" }, { "1E+30", "1e+30" },
		{ "-0.0", NULL }, { "0.1", NULL }, { "0.30000000000000004", NULL },
		{ "123456789012.5", NULL }, { "1.7976931348623157e+308", NULL },
		{ "5e-324", NULL }, { "100.0", "1e+02" },
		{ "\"\\u00e9\\u20ac\\ud83d\\ude00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "\"\\u0001\\u001b\\u007f\\u009b\\u2028\\u2029\"",
		    "\"\\u0001\\u001b\\u007f\\u009b\\u2028\\u2029\"" },
		{ "{\"\":1,\"\\n\":2}", NULL },
		{ "{\"a\":1,\"A\":2}", NULL },
		{ "{\"__proto__\":{\"x\":1}}", NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };

		echo(&b, t[i].text, strlen(t[i].text));
		is(buf_str(&b), t[i].want ? t[i].want : t[i].text, "accepted");
		buf_release(&b);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *text;
		size_t len;
	} t[] = {
		{ BYTES("") }, { BYTES(" ") }, { BYTES("{") }, { BYTES("{\"a\"") }, { BYTES("[1") },
		{ BYTES("[1,]") }, { BYTES("{\"a\":1,}") }, { BYTES("{a:1}") }, { BYTES("{'a':1}") },
		{ BYTES("{\"a\" 1}") }, { BYTES("{} {}") }, { BYTES("{}x") }, { BYTES("{}\0") },
		{ BYTES("// c\n{}") }, { BYTES("{\"a\":1 /* c */}") }, { BYTES("tru") },
		{ BYTES("NaN") }, { BYTES("[NaN]") }, { BYTES("Infinity") }, { BYTES("-Infinity") },
		{ BYTES("1e999") }, { BYTES("-1e999") }, { BYTES("9223372036854775808") },
		{ BYTES("-9223372036854775809") }, { BYTES("01") }, { BYTES("+1") }, { BYTES(".5") },
		{ BYTES("5.") }, { BYTES("0x1") }, { BYTES("1_0") },
		{ BYTES("{\"a\":1,\"a\":2}") }, { BYTES("{\"a\":1,\"\\u0061\":2}") },
		{ BYTES("[{\"x\":{\"k\":1,\"k\":1}}]") },
		{ BYTES("\"\\u0000\"") }, { BYTES("{\"\\u0000\":1}") }, { BYTES("\"\0\"") },
		{ BYTES("\"\\ud800\"") }, { BYTES("\"\\udc00\"") }, { BYTES("\"\\ud800\\u0041\"") },
		{ BYTES("\"\\ud800") }, { BYTES("\"\\x41\"") }, { BYTES("\"\\u12\"") },
		{ BYTES("\"a\nb\"") }, { BYTES("\"\x01\"") }, { BYTES("\"\t\"") },
		{ BYTES("\"\xff\"") }, { BYTES("\"\xc0\xaf\"") }, { BYTES("\"\xed\xa0\x80\"") },
		{ BYTES("\"\xe2\x82\"") }, { BYTES("\xef\xbb\xbf{}") },
		{ BYTES("\xff\xfe{\0}\0") }, { BYTES("{\0\"\0a\0\"\0:\0" "1\0}\0") },
		{ BYTES("<html></html>") }, { BYTES("status: done\n") },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };
		unsigned line = 0, column = 0;

		echo(&b, t[i].text, t[i].len);
		ok(sscanf(buf_str(&b), "%u:%u: ", &line, &column) == 2 && line > 0 && column > 0 &&
		    strchr(buf_str(&b), '\n') == NULL, "refused row %zu: %s", i, buf_str(&b));
		buf_release(&b);
	}
}

/* n times `open`, then `middle`, then n times `close`. */
static void
nested(struct buf *b, size_t n, const char *open, const char *middle, const char *close)
{
	for (size_t i = 0; i < n; i++)
		buf_puts(b, open);
	buf_puts(b, middle);
	for (size_t i = 0; i < n; i++)
		buf_puts(b, close);
}

static void
test_bounds(void)
{
	struct buf text = { 0 }, out = { 0 };

	nested(&text, JSON_DEPTH_MAX, "[", "", "]");
	echo(&out, text.data, text.len);
	is(buf_str(&out), text.data, "as deep as allowed");
	buf_cut(&text, 0);
	buf_cut(&out, 0);
	nested(&text, JSON_DEPTH_MAX + 1, "[", "", "]");
	echo(&out, text.data, text.len);
	is(buf_str(&out), "1:65: nested too deep", "one deeper");
	buf_cut(&text, 0);
	buf_cut(&out, 0);
	nested(&text, 100000, "{\"a\":\n", "1", "}");
	echo(&out, text.data, text.len);
	is(buf_str(&out), "65:1: nested too deep", "100,000 deeper");
	buf_cut(&text, 0);
	buf_cut(&out, 0);
	buf_puts(&text, "[0");
	nested(&text, JSON_VALUES_MAX - 1, ",0", "", "");
	buf_puts(&text, "]");
	echo(&out, text.data, text.len);
	is(buf_str(&out), "1:1: too many values", "too many values");
	buf_cut(&text, 0);
	buf_cut(&out, 0);
	nested(&text, JSON_TEXT_MAX, " ", "1", "");
	echo(&out, text.data, text.len);
	is(buf_str(&out), "1:1: text is too long", "too long");
	buf_cut(&text, 0);
	buf_cut(&out, 0);
	nested(&text, 5000, "9", "", "");
	echo(&out, text.data, text.len);
	ok(strstr(buf_str(&out), "too big integer") != NULL, "5000 digits");
	buf_release(&text);
	buf_release(&out);
}

/* Reals of every magnitude read back as the same bits, and as reals. */
/* Who knows that a text is long says so, and nothing else changes. */
static void
test_within(void)
{
	struct json_bounds wide = { .text = JSON_TEXT_MAX + 100, .values = JSON_VALUES_MAX + 100, .nul = true };
	struct json_bounds tight = { .text = 4, .values = 2 };
	struct err e = { 0 };
	struct buf text = { 0 };
	struct val *v;

	nested(&text, JSON_TEXT_MAX, " ", "1", "");
	v = json_parse_within(text.data, text.len, &wide, &e);
	is_int(val_number(v, 0), 1, "a text longer than usual");
	val_free(v);
	ok(json_parse_within("[1,2]", 5, &tight, &e) == NULL && strcmp(e.msg, "1:1: text is too long") == 0,
	    "a bound may be lower");
	v = json_parse_within("[1 ]", 4, &tight, &e);
	ok(v != NULL, "as much as the bounds");
	val_free(v);
	tight.text = 6;
	ok(json_parse_within("[1,2]", 5, &tight, &e) == NULL && strcmp(e.msg, "1:1: too many values") == 0,
	    "for values too");
	ok(json_parse_within("[,,]", 4, &tight, &e) == NULL, "it is no less strict");
	v = json_parse_within(BYTES("{\"a\":\"x\\u0000y\"}"), &wide, &e);
	is(val_text(val_get(v, "a")), "x\xef\xbf\xbdy", "a NUL that is allowed becomes U+FFFD");
	val_free(v);
	ok(json_parse_within(BYTES("{\"a\\u0000\":1}"), &wide, &e) == NULL, "but not in a key");
	ok(json_parse_within(BYTES("{\"a\":1,\"a\":1}"), &wide, &e) == NULL, "nor is a key there twice");
	buf_cut(&text, 0);
	nested(&text, JSON_DEPTH_MAX + 1, "[", "", "]");
	ok(json_parse_within(text.data, text.len, &wide, &e) == NULL, "nor is it deeper");
	buf_release(&text);
}

static void
test_reals(void)
{
	uint64_t seed = 42;
	bool good = true;

	for (int i = 0; i < 20000 && good; i++) {
		struct buf b = { 0 };
		struct err e = { 0 };
		struct val *v, *back;
		double r;

		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		memcpy(&r, &seed, sizeof r);
		if (!isfinite(r))
			continue;
		v = val_real(i % 2 == 0 ? r : (double)(int32_t)(seed >> 33) / 100);
		json_print(&b, v);
		back = json_parse(b.data, b.len, &e);
		good = back != NULL && back->kind == VAL_REAL &&
		    memcmp(&back->r, &v->r, sizeof r) == 0;
		if (!good)
			printf("# %s\n", buf_str(&b));
		val_free(v);
		val_free(back);
		buf_release(&b);
	}
	ok(good, "reals read back equal");
}

/* What others put into values is not always what they should. */
static void
test_print(void)
{
	struct buf b = { 0 };
	struct val *v = val_list();

	val_push(v, val_str("a\xff" "b\x1b"));
	val_push(v, val_real(NAN));
	val_push(v, val_real(INFINITY));
	json_print(&b, v);
	is(buf_str(&b), "[\"a\xef\xbf\xbd" "b\\u001b\",null,null]", "no value makes invalid JSON");
	val_free(v);
	buf_release(&b);
}

static const struct {
	const char *what, *text, *want;	/* want NULL: there is no answer */
} answers[] = {
	/* The whole text. */
	{ "only an object", DONE, DONE },
	{ "blanks around", "\n\t " DONE " \r\n", DONE },
	{ "pretty", "{\n  \"status\": \"done\"\n}\n", DONE },
	{ "the empty object", "{}", "{}" },
	{ "braces in strings", "{\"a\":\"}{\\\"{\"}", "{\"a\":\"}{\\\"{\"}" },
	{ "a fence in a string", "{\"a\":\"```json\\n{}\\n```\"}", "{\"a\":\"```json\\n{}\\n```\"}" },
	{ "nested in a whole", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}" },
	/* Nothing there. */
	{ "nothing", "", NULL },
	{ "blanks", " \n", NULL },
	{ "a scalar", "42", NULL },
	{ "a string that holds one", "\"{\\\"status\\\":\\\"done\\\"}\"", NULL },
	{ "a list", "[]", NULL },
	{ "a list of objects", "[" DONE "]", NULL },
	{ "a list of objects in prose", "see [\n  " DONE ",\n  " DONE "\n] ok", NULL },
	{ "HTML", "<html><style>a{b:c}</style></html>", NULL },
	{ "prose", "I am done, all is fine.", NULL },
	{ "YAML", "status: done\nsummary: {a: b}\n", NULL },
	{ "empty braces in prose", "use {} there", NULL },
	/* Fences. */
	{ "a fence", "Here:\n```json\n" DONE "\n```\nBye {x}\n", DONE },
	{ "a fence without a name", "```\n" DONE "\n```", DONE },
	{ "a fence called JSON", "```JSON\n" DONE "\n```", DONE },
	{ "a fence with CRLF", "```json\r\n" DONE "\r\n```\r\n", DONE },
	{ "an indented fence", "1. so\n   ```json\n   " DONE "\n   ```\n", DONE },
	{ "a longer fence", "````json\n" DONE "\n````", DONE },
	{ "the last fence", "```json\n{\"a\":1}\n```\n```json\n{\"b\":2}\n```\n", "{\"b\":2}" },
	{ "a fence before later prose", "```json\n{\"a\":1}\n```\nand {\"b\":2}", "{\"a\":1}" },
	{ "the last fence is cut", "```json\n{\"a\":1}\n```\n```json\n{\"b\":2\n```\n", "{\"a\":1}" },
	{ "a fence that is not closed", "```json\n" DONE "\n", DONE },
	{ "a fence of something else", "```json\n{\"a\":1}\n```\n```sh\n{\"b\":2}\n```\n", "{\"a\":1}" },
	{ "two objects in a fence", "```json\n{\"a\":1}\n{\"b\":2}\n```\n", "{\"b\":2}" },
	{ "prose in a fence", "```\nso: {\"a\":1}\n```\n", "{\"a\":1}" },
	{ "a shorter fence inside", "````\n```json\n{\"a\":1}\n```\n````\n", "{\"a\":1}" },
	{ "a fence on one line", "```json " DONE " ```", DONE },
	{ "the object on the fence's line", "```json " DONE "\n```", DONE },
	{ "an unclosed fence before", "```sh\nmake\n\n```json\n" DONE "\n```\n", DONE },
	{ "an empty fence", "```json\n```\n" DONE, DONE },
	{ "a cut object with a whole one inside, fenced", "```json\n{\"a\":" DONE ",\n```\n", NULL },
	{ "duplicate keys in a fence", "```json\n{\"a\":1,\"a\":2}\n```\n", NULL },
	/* Prose. */
	{ "before and after", "Done: " DONE " as asked.", DONE },
	{ "two, the last", "{\"a\":1}\nno, wait\n{\"b\":2}\n", "{\"b\":2}" },
	{ "two on a line", "{\"a\":1}{\"b\":2}", "{\"b\":2}" },
	{ "lines of them", "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n", "{\"c\":3}" },
	{ "in backticks", "`" DONE "`", DONE },
	{ "in quotes", "'" DONE "'", DONE },
	{ "colours around", "\x1b[32m" DONE "\x1b[0m", DONE },
	{ "the last does not parse", "{\"a\":1} {\"b\":NaN}", "{\"a\":1}" },
	{ "the last is empty", "{\"a\":1} and {}", "{\"a\":1}" },
	{ "an unknown word as a value", "{\"status\": ...} becomes " DONE, DONE },
	{ "balanced braces in prose", "I wrote f() { return; } and " DONE, DONE },
	{ "an open brace in prose", "The { was missing. " DONE, DONE },
	{ "a close brace in prose", "The } was missing. " DONE " and }", DONE },
	{ "an open brace and a quote", "It said {\" once, then: " DONE, DONE },
	{ "a lone brace and one after", "The { is\n" DONE "\nand the } too\n", DONE },
	{ "a bracket in prose", "[1] see [docs](x) [ and " DONE, DONE },
	{ "a template", "{{name}} {% x %} ${y} " DONE, DONE },
	{ "odd quotes in prose", "a 5\" disk, \"quoted { text\n" DONE, DONE },
	{ "backslashes", "C:\\{x} \\\" " DONE, DONE },
	{ "invalid UTF-8 around", "\xff\xfe " DONE " \x80", DONE },
	{ "a byte order mark", "\xef\xbb\xbf" DONE, DONE },
	/* Not at the top. */
	{ "nested, the outer whole", "x {\"a\":" DONE "} y", "{\"a\":" DONE "}" },
	{ "nested, the outer cut", "x {\"a\":" DONE, NULL },
	{ "nested, the outer cut after a comma", "x {\"a\":" DONE ",", NULL },
	{ "nested deeper, cut", "{\"a\":[{\"b\":" DONE "}", NULL },
	{ "cut, with a whole one before", DONE " {\"a\":" "{\"b\":1}", DONE },
	{ "cut in a string", "{\"a\":\"x {\\\"b\\\":1}", NULL },
	{ "cut in a string that holds one", "{\"a\":\"" "{'b':1}", NULL },
	{ "cut list of objects", "[" DONE ", {\"a\":1}", NULL },
	{ "nested, the outer has no quotes", "{a: " DONE "}", NULL },
	{ "nested, the outer in Python", "{'a': " DONE "}", NULL },
	{ "nested, braces doubled", "{" DONE "}", NULL },
	{ "nested, the outer with duplicates", "{\"a\":1,\"a\":" DONE "}", NULL },
	{ "nested, the outer with NaN", "{\"n\":NaN,\"a\":" DONE "}", NULL },
	{ "nested, the outer with a trailing comma", "{\"a\":" DONE ",}", NULL },
	{ "nested, the outer without a comma", "{\"b\":1 \"a\":" DONE "}", NULL },
	{ "nested, the outer with two commas", "{\"b\":1,,\"a\":" DONE "}", NULL },
	{ "nested, the outer with a comment", "{\"b\":1, // one\n \"a\":" DONE "}", NULL },
	{ "nested, a quote too many before", "{\"b\":\"x\"y\",\"c\":\"}\",\"a\":" DONE "}", NULL },
	{ "nested, brackets wrong", "{\"b\":[1,\"a\":" DONE "}", NULL },
	{ "broken, then one on its own line", "{\"a\":\"x\"y\"}\n" DONE "\n", DONE },
	{ "broken, then one on the same line", "{\"a\":\"x\"y\"} " DONE, NULL },
	{ "a newline in a string", "{\"a\":\"x\n{y}\"} " DONE, DONE },
	{ "code around it", "int main(void) { puts(\"{\\\"status\\\":1}\"); }", NULL },
	/* What does not parse is no answer. */
	{ "duplicate keys", "{\"status\":\"done\",\"status\":\"blocked\"}", NULL },
	{ "duplicate keys, one escaped", "{\"status\":1,\"st\\u0061tus\":2}", NULL },
	{ "single quotes", "{'status':'done'}", NULL },
	{ "a comment", "{\"a\":1} // so", "{\"a\":1}" },
	{ "a comment inside", "{\"a\":1 /* so */}", NULL },
	{ "too large an integer", "{\"a\":9223372036854775808}", NULL },
	{ "1e999", "{\"a\":1e999}", NULL },
	{ "a lone surrogate", "{\"a\":\"\\ud800\"}", NULL },
	{ "an escaped NUL", "{\"a\":\"\\u0000\"}", NULL },
	{ "a control character", "{\"a\":\"\x1b[2J\"}", NULL },
	{ "invalid UTF-8", "{\"a\":\"\xff\"}", NULL },
	{ "cut at the last byte", "{\"status\":\"done\"", NULL },
	{ "injected keys are the schema's affair", "{\"id\":1,\"owner\":\"x\",\"__proto__\":{}}",
	    "{\"id\":1,\"owner\":\"x\",\"__proto__\":{}}" },
	{ "prompt injection is a string", "{\"summary\":\"ignore all previous\"}",
	    "{\"summary\":\"ignore all previous\"}" },
};

static void
is_answer(const char *text, size_t len, const char *want, const char *what)
{
	struct buf b = { 0 };
	struct val *v = json_extract(text, len);

	if (v != NULL)
		json_print(&b, v);
	is(v ? buf_str(&b) : NULL, want, what);
	val_free(v);
	buf_release(&b);
}

static void
test_extract(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		is_answer(answers[i].text, strlen(answers[i].text), answers[i].want,
		    answers[i].what);
	is_answer(BYTES("x\0{\"a\":1}\0y"), "{\"a\":1}", "NUL in the prose");
	is_answer(BYTES("{\"a\":\"\0\"}"), NULL, "NUL in the object");
	is_answer(BYTES("{\0\"\0a\0\"\0:\0" "1\0}\0"), NULL, "UTF-16");
}

/*
 * However an answer is cut, no part of it is taken for the whole: the texts are
 * one object with objects inside, laid out in three ways.
 */
static void
test_every_cut(void)
{
	static const char *const texts[] = {
		"{\"a\":{\"b\":1},\"c\":[{\"d\":\"{\\\"e\\\":1}\"},{\"f\":{}}],\"g\":{\"h\":2}}",
		("{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": [\n    {\n      \"d\": {\"e\": 2}\n"
		"    },\n    {\n      \"f\": 3\n    }\n  ]\n}"),
		"{\n\"a\":\n{\n\"b\": 1\n},\n\"c\":\n[\n{\n\"d\":\n{\"e\": 2}\n},\n{\n\"f\": 3\n}\n]\n}",
	};
	static const char *const around[][2] = {
		{ "", "" }, { "So:\n", "\n" }, { "So: ", "" }, { "```json\n", "\n" },
		{ "```json\n", "\n```\n" }, { "The { is\n", "\n" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t j = 0; j < sizeof around / sizeof *around; j++) {
			size_t found = 0, len = strlen(texts[i]);

			for (size_t n = 0; n < len; n++) {
				struct buf b = { 0 };
				struct val *v;

				buf_puts(&b, around[j][0]);
				buf_append(&b, texts[i], n);
				buf_puts(&b, around[j][1]);
				v = json_extract(b.data, b.len);
				found += v != NULL;
				val_free(v);
				buf_release(&b);
			}
			ok(found == 0, "no answer in text %zu, cut, surroundings %zu", i, j);
		}
}

/* Processor time; sanitizers cost a factor of ten or so. */
#ifdef ORCH_DEBUG
#define TIME_MAX 20
#else
#define TIME_MAX 1
#endif

/* Five megabytes that make a careless reader quadratic, or deep. */
static void
test_linear(void)
{
	static const struct {
		const char *what, *head, *again, *tail;
		bool found;
	} t[] = {
		{ "open braces", "", "{", "", false },
		{ "open braces, then an answer", "", "{", "\n" DONE, true },
		{ "open brackets", "", "[", "", false },
		{ "both", "", "[{", "", false },
		{ "close braces", "", "}", "", false },
		{ "pairs of braces", "", "{}", "", false },
		{ "objects in objects", "", "{\"a\":", "", false },
		{ "objects in objects, a line each", "", "{\"a\":\n", "", false },
		{ "lists in objects", "", "{\"a\":[", "", false },
		{ "objects in lists", "", "[{\"a\":", "", false },
		{ "brace and quote", "", "{\"", "", false },
		{ "brace, quote, backslash", "", "{\"\\", "", false },
		{ "brace, quote, escaped quote", "", "{\"\\\"", "", false },
		{ "brace and key", "", "{\"a\" ", "", false },
		{ "brace and blanks", "{", "   ", "", false },
		{ "bracket and blanks", "", "[   ", "", false },
		{ "quotes", "", "\"", "", false },
		{ "backslashes", "{\"", "\\", "", false },
		{ "small objects", "", "{\"a\":1}", "", true },
		{ "small objects in braces", "", "{x{\"a\":1}", "", true },
		{ "small objects that do not parse", "", "{\"a\":1,\"a\":1}", "", false },
		{ "broken objects", "", "{\"a\":1 2}", "", false },
		{ "broken objects, a line each", "", "{\"a\":1 2}\n", "", false },
		{ "one object with many keys cut", "{", "\"a\":1,", "", false },
		{ "empty fences", "", "```\n", "", false },
		{ "fences", "", "```json\n{\"a\":1,\"a\":1}\n```\n", "", false },
		{ "open fences", "", "```json\n{\n", "", false },
		{ "backticks", "", "`", "", false },
		{ "empty lines", "", "\n", "", false },
		{ "a long string", "{\"a\":\"", "xyz ", "\"}", true },
		{ "a long number", "{\"a\":", "1", "}", false },
		{ "many lists", "{\"a\":[[]", ",[]", "]}", false },
		{ "many maps", "{\"a\":[{}", ",{}", "]}", false },
		{ "prose, then an answer", "", "I did {this} and \"that\".\n", DONE, true },
		{ "a long text, twice an answer", DONE, " and so on", DONE, true },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };
		struct timespec a, z;
		struct val *v;
		double seconds;

		buf_puts(&b, t[i].head);
		while (b.len < 5000000)
			buf_puts(&b, t[i].again);
		buf_puts(&b, t[i].tail);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		v = json_extract(b.data, b.len);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &z);
		seconds = (double)(z.tv_sec - a.tv_sec) + (double)(z.tv_nsec - a.tv_nsec) / 1e9;
		ok((v != NULL) == t[i].found && seconds < TIME_MAX, "5 MB of %s: %.3f s",
		    t[i].what, seconds);
		val_free(v);
		buf_release(&b);
	}
}

int
main(void)
{
	test_accepted();
	test_refused();
	test_bounds();
	test_within();
	test_reals();
	test_print();
	test_extract();
	test_every_cut();
	test_linear();
	return done_testing();
}
