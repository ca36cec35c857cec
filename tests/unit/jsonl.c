/* Streams of JSON lines and the selectors over them. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "../lib/tap.h"
#include "work/jsonl.h"

static const char stream[] =
    "a banner\n"
    "{\"type\":\"init\",\"session\":\"s1\",\"n\":null}\n"
    "  {\"indented\":\"is not at the start of its line\"}\n"
    "{\"type\":\"step\",\"use\":{\"in\":3,\"cost\":0.5},\"text\":\"one \"}\n"
    "{\"type\":\"step\",\"use\":{\"in\":4,\"cost\":1},\"text\":\"two\",\"denied\":[{\"name\":\"Bash\"}]}\n"
    "{\"type\":\"step\",\"cut\":\n"
    "[{\"type\":\"item\",\"i\":1},7,{\"type\":\"item\",\"i\":2}]\n"
    "{\"models\":{\"a-1.0\":{\"use\":{\"in\":5}},\"b\":{\"use\":{\"in\":6}},\"c\":null,\"d\":7}}\n"
    "{\"type\":\"end\",\"ok\":true,\"text\":\"\",\"status\":429}";

struct pick {
	enum jsonl_kind kind;
	const char *selector;
	const char *want;	/* the value as JSON, NULL: none */
};

static const struct pick picks[] = {
	{ JSONL_FIELD, "session", "\"s1\"" },
	{ JSONL_FIELD, "type", "\"end\"" },
	{ JSONL_FIELD, "type | first", "\"init\"" },
	{ JSONL_FIELD, "type=step : use.in | sum", "7" },
	{ JSONL_FIELD, "type=step : use.cost | sum", "1.5" },
	{ JSONL_FIELD, "type=step : text | concat", "\"one two\"" },
	{ JSONL_FIELD, "type=step : text", "\"two\"" },
	{ JSONL_FIELD, "type=step & use.in=3 : text", "\"one \"" },
	{ JSONL_FIELD, "type=step & use.in!=3 : text", "\"two\"" },
	{ JSONL_FIELD, "type=step : denied.0.name", "\"Bash\"" },
	{ JSONL_FIELD, "use : use", "{\"in\":4,\"cost\":1}" },
	{ JSONL_FIELD, "type=item : i | first", "1" },
	{ JSONL_FIELD, "type=end : text", "\"\"" },
	{ JSONL_FIELD, "models.*.use.in | sum", "11" },
	{ JSONL_FIELD, "models.*.use.in", "6" },
	{ JSONL_FIELD, "models.*.use.in | first", "5" },
	{ JSONL_FIELD, "type=step : denied.*.name", "\"Bash\"" },
	{ JSONL_FIELD, "type=end : status.*.x", NULL },
	{ JSONL_FIELD, "type=step : text | sum", NULL },
	{ JSONL_FIELD, "n", NULL },
	{ JSONL_FIELD, "type=nobody : text", NULL },
	{ JSONL_FIELD, "nowhere.at.all", NULL },
	{ JSONL_EVENT, "type=end : status", "429" },
};

static void
test_picks(const struct jsonl *events)
{
	struct err e = { 0 };
	struct jsonl_sel sel;
	struct buf text = { 0 };
	struct val *v;

	for (size_t i = 0; i < sizeof picks / sizeof *picks; i++) {
		if (!ok(jsonl_compile(&sel, picks[i].kind, picks[i].selector, &e) == 0,
		    "compiles: %s", picks[i].selector))
			continue;
		v = jsonl_value(&sel, events);
		buf_cut(&text, 0);
		if (v)
			json_print(&text, v);
		is(v ? buf_str(&text) : NULL, picks[i].want, picks[i].selector);
		val_free(v);
		jsonl_sel_release(&sel);
	}
	buf_release(&text);
}

struct seen {
	const char *selector;
	bool want;
};

static const struct seen seens[] = {
	{ "type=end", true },
	{ "type=end & ok=true", true },
	{ "type=end & ok=false", false },
	{ "type=end & text=", true },		/* there and empty */
	{ "type=init & text=", false },		/* not there */
	{ "type=init & text!=x", true },
	{ "type=init & n", false },		/* null is as good as absent */
	{ "type=init & n=", true },
	{ "type=end & status=429", true },
	{ "type=nobody", false },
	{ "session", true },
	{ "no_such_key", false },
};

static void
test_seen(const struct jsonl *events)
{
	struct err e = { 0 };
	struct jsonl_sel sel;

	for (size_t i = 0; i < sizeof seens / sizeof *seens; i++) {
		if (!ok(jsonl_compile(&sel, JSONL_EVENT, seens[i].selector, &e) == 0,
		    "compiles: %s", seens[i].selector))
			continue;
		is_int(jsonl_seen(&sel, events), seens[i].want, seens[i].selector);
		jsonl_sel_release(&sel);
	}
}

struct bad {
	enum jsonl_kind kind;
	const char *selector;
	const char *says;
};

static const struct bad bads[] = {
	{ JSONL_EVENT, "", "not a condition" },
	{ JSONL_EVENT, "type=a & ", "not a condition" },
	{ JSONL_EVENT, "type=result: result", "not a condition" },
	{ JSONL_EVENT, "=x", "not a condition" },
	{ JSONL_EVENT, "a..b=x", "not a condition" },
	{ JSONL_EVENT, "type=a : ", "not a path" },
	{ JSONL_FIELD, "a b", "not a path" },
	{ JSONL_FIELD, "a.*", "and not the last" },
	{ JSONL_FIELD, "a.*.b.*.c", "one step of a path" },
	{ JSONL_FIELD, "a | average", "one of last first sum concat" },
	{ JSONL_EVENT, "a & b & c & d & e & f & g & h & i", "more than 8" },
};

static void
test_bad(void)
{
	struct jsonl_sel sel;

	for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
		struct err e = { 0 };

		ok(jsonl_compile(&sel, bads[i].kind, bads[i].selector, &e) == -1
		    && e.code == ERR_CONFIG && strstr(e.msg, bads[i].says),
		    "refused: '%s': %s", bads[i].selector, e.msg);
	}
}

/* What JSON may hold and we may not is replaced, the event is not lost. */
static void
test_mend(void)
{
	static const char text[] =
	    "{\"a\":\"x\\ud83d y\",\"b\":\"\\u0000\",\"c\":\"\\ud83d\\ude00\",\"d\":\"\\\\ud83d\"}\n"
	    "{\"a\":\"\xff\xfe\"}\n";
	struct jsonl l = { 0 };

	jsonl_read(&l, text, sizeof text - 1, false);
	is_int((int64_t)l.n, 2, "both events are there");
	if (l.n != 2)
		return;
	is(val_text(val_get(l.v[0], "a")), "x\xef\xbf\xbd y", "half a surrogate pair");
	is(val_text(val_get(l.v[0], "b")), "\xef\xbf\xbd", "NUL");
	is(val_text(val_get(l.v[0], "c")), "\xf0\x9f\x98\x80", "a whole pair stays");
	is(val_text(val_get(l.v[0], "d")), "\\ud83d", "an escaped backslash stays");
	is(val_text(val_get(l.v[1], "a")), "\xef\xbf\xbd\xef\xbf\xbd", "bad UTF-8");
	jsonl_release(&l);
}

static void
test_whole(void)
{
	static const char pretty[] = "{\n \"type\": \"result\",\n \"n\": 1\n}\n";
	static const char array[] = "[\n{\"type\":\"a\"},\n{\"type\":\"b\"}\n]\n";
	static const char lines[] = "{\"a\":1}\nthen {not} \"json\"\n{\"b\":2}\n";
	struct jsonl l = { 0 };

	jsonl_read(&l, pretty, sizeof pretty - 1, true);
	is_int((int64_t)l.n, 1, "one document of many lines");
	jsonl_release(&l);
	jsonl_read(&l, array, sizeof array - 1, true);
	is_int((int64_t)l.n, 2, "one list of events");
	jsonl_release(&l);
	jsonl_read(&l, "", 0, true);
	is_int((int64_t)l.n, 0, "nothing");
	jsonl_release(&l);
	jsonl_read(&l, lines, sizeof lines - 1, true);
	is_int((int64_t)l.n, 2, "lines after all");
	jsonl_release(&l);
}

int
main(void)
{
	struct jsonl events = { 0 };

	jsonl_read(&events, stream, sizeof stream - 1, false);
	is_int((int64_t)events.n, 7, "objects and items of lists, nothing else");
	test_picks(&events);
	test_seen(&events);
	jsonl_release(&events);
	test_bad();
	test_mend();
	test_whole();
	return done_testing();
}
