/*
 * json: strict reading, printing that reads back, and answers out of prose
 *
 * What json_parse() takes jansson takes too, and the other way round within the
 * limits; what is printed is one line that reads back the same; the spans of scan.h
 * lie in the text and apart; what json_extract() answers is an object that stands
 * somewhere in the text, as it is.  Streams of lines give objects only, selectors
 * compile or say why, and match what they say.
 */
#include <jansson.h>

#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/scan.h"
#include "doc/val.h"
#include "work/jsonl.h"

static bool
jansson_takes(const char *text, size_t len)
{
	json_error_t je;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);

	json_decref(j);
	return j != NULL;
}

static void
check_printed(const struct val *v)
{
	struct buf b = { 0 };
	struct err e = { 0 };
	struct val *back;

	json_print(&b, v);
	must(memchr(b.data, '\n', b.len) == NULL && memchr(b.data, '\x1b', b.len) == NULL, "%s",
	    b.data);
	back = json_parse(b.data, b.len, &e);
	must(back != NULL && val_same(v, back), "%s: %s", b.data, e.msg);
	val_free(back);
	buf_release(&b);
}

static void
check_parse(const char *text, size_t len)
{
	struct err e = { 0 };
	struct val *v = json_parse(text, len, &e);

	if (v == NULL) {
		must(e.code == ERR_INVALID, "%s", e.msg);
		must(e.msg[0] >= '1' && e.msg[0] <= '9' && strchr(e.msg, ':') != NULL, "%s",
		    e.msg);
		must(!jansson_takes(text, len) || strstr(e.msg, "too "), "%s", e.msg);
		return;
	}
	must(jansson_takes(text, len), "only we take this");
	check_printed(v);
	val_free(v);
}

static void
check_spans(const struct scan_list *l, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < l->n; i++) {
		must(l->v[i].start >= at && l->v[i].len <= len - l->v[i].start, "span %zu", i);
		at = l->v[i].start + l->v[i].len;
	}
}

/* Does an object that reads as this stand somewhere in the text? */
static bool
stands(const char *text, size_t len, const struct val *v)
{
	struct err e = { 0 };
	bool found = false;

	for (size_t i = 0; i < len && !found; i++) {
		struct scan s = { .text = text, .len = len, .pos = i };
		struct val *got;

		if (text[i] != '{' || scan_value(&s) != SCAN_WHOLE)
			continue;
		got = json_parse(text + i, s.pos - i, &e);
		found = got != NULL && val_same(got, v);
		val_free(got);
	}
	return found;
}

static void
check_extract(const char *text, size_t len)
{
	struct scan_list l = { 0 };
	struct val *v = json_extract(text, len);

	if (v != NULL) {
		must(v->kind == VAL_MAP, "a %s", val_kind_name(v->kind));
		must(len > 4096 || stands(text, len, v), "not in the text");
		val_free(v);
	}
	scan_fences(&l, text, len);
	check_spans(&l, len);
	scan_release(&l);
	scan_objects(&l, text, len);
	check_spans(&l, len);
	for (size_t i = 0; i < l.n; i++)
		must(text[l.v[i].start] == '{' && text[l.v[i].start + l.v[i].len - 1] == '}',
		    "span %zu", i);
	scan_release(&l);
}

/* The first line is a selector, the rest a stream. */
static void
check_stream(const char *text, size_t len)
{
	const char *nl = memchr(text, '\n', len);
	size_t n = nl != NULL ? (size_t)(nl - text) : len;
	char *line = strndup(text, n);
	struct jsonl l = { 0 };

	jsonl_read(&l, text, len, false);
	jsonl_release(&l);
	jsonl_read(&l, text + n, len - n, true);
	for (size_t i = 0; i < l.n; i++)
		must(l.v[i] != NULL && l.v[i]->kind == VAL_MAP, "event %zu", i);
	for (int kind = JSONL_EVENT; kind <= JSONL_FIELD; kind++) {
		struct jsonl_sel s = { 0 };
		struct err e = { 0 };
		bool any = false;

		if (jsonl_compile(&s, (enum jsonl_kind)kind, line, &e) < 0) {
			must(e.code == ERR_CONFIG && strncmp(e.msg, "selector '", 10) == 0, "%s", e.msg);
			continue;
		}
		for (size_t i = 0; i < l.n; i++) {
			const struct val *v = jsonl_pick(&s, l.v[i]);

			any = any || jsonl_match(&s, l.v[i]);
			must(v == NULL || jsonl_match(&s, l.v[i]), "picked from what does not match");
			must(v == NULL || (s.path != NULL && v == val_path(l.v[i], s.path)), "picked");
		}
		must(jsonl_seen(&s, &l) == any, "seen is not match");
		if (s.path != NULL) {
			struct val *v = jsonl_value(&s, &l);

			free(v != NULL ? jsonl_text(v) : NULL);
			val_free(v);
		}
		jsonl_sel_release(&s);
	}
	jsonl_release(&l);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len);

	check_parse(text, len);
	check_extract(text, len);
	check_stream(text, len);
	free(text);
	return 0;
}
