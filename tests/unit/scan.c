#include "doc/scan.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"

static void
test_value(void)
{
	static const struct {
		const char *text;
		enum scan_end end;
		size_t pos, values;
	} t[] = {
		{ "{}", SCAN_WHOLE, 2, 1 },
		{ " [1, 2] x", SCAN_WHOLE, 7, 3 },
		{ "{\"a\":{\"b\":[]}}", SCAN_WHOLE, 14, 3 },
		{ "12 13", SCAN_WHOLE, 2, 1 },
		{ "\"a\\\"b\" c", SCAN_WHOLE, 6, 1 },
		/* More than JSON, where the structure is plain. */
		{ "{\"a\":...,}", SCAN_WHOLE, 10, 2 },
		{ "[1,]", SCAN_WHOLE, 4, 2 },
		{ "{\"a\":\"\n\\x\"}", SCAN_WHOLE, 11, 2 },
		/* Cut. */
		{ "", SCAN_CUT, 0, 0 },
		{ "{\"a\":1", SCAN_CUT, 6, 2 },
		{ "[\"a\\", SCAN_CUT, 5, 2 },
		/* Broken. */
		{ "}", SCAN_BROKEN, 0, 1 },
		{ "{1:2}", SCAN_BROKEN, 1, 1 },
		{ "{\"a\" 1}", SCAN_BROKEN, 5, 1 },
		{ "{\"a\":}", SCAN_BROKEN, 5, 2 },
		{ "[}", SCAN_BROKEN, 1, 2 },
		{ "[1}", SCAN_BROKEN, 2, 2 },
		{ "[,1]", SCAN_BROKEN, 1, 2 },
		{ "[1 2]", SCAN_BROKEN, 3, 2 },
		{ "{\"a\":\"b\"c\"}", SCAN_BROKEN, 8, 2 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct scan s = { .text = t[i].text, .len = strlen(t[i].text) };
		enum scan_end end = scan_value(&s);

		ok(end == t[i].end && s.pos == t[i].pos && s.deep == SCAN_NOWHERE,
		    "structure of %zu", i);
		is_int((int64_t)s.values, (int64_t)t[i].values, "its values");
	}
}

static void
test_deep(void)
{
	struct buf b = { 0 };
	struct scan s = { 0 };

	for (size_t i = 0; i < 1000; i++)
		buf_puts(&b, "[");
	buf_puts(&b, "\"]\"");
	for (size_t i = 0; i < 1000; i++)
		buf_puts(&b, "]");
	s.text = b.data;
	s.len = b.len;
	ok(scan_value(&s) == SCAN_WHOLE && s.pos == b.len, "what is too deep is still whole");
	is_int((int64_t)s.deep, JSON_DEPTH_MAX, "and told from where");
	s.pos = 0;
	s.len--;
	ok(scan_value(&s) == SCAN_CUT, "or cut");
	buf_release(&b);
}

/*
 * Whatever json_parse() accepts is one whole value to the scanner, or a depth
 * that json_parse() looks out for would pass unseen.
 */
static void
test_agree(void)
{
	static const char seed[] = "{\"a\":[1,-2.5e3,true,null,\"x\\n\\u00e9\"],\"b\":{\"c\":[]},\"d\":{}}";
	static const char bytes[] = "{}[]\",:\\ 10-.eEtrufalsn\nx";
	uint32_t random = 1;
	size_t accepted = 0;
	bool good = true;

	for (int round = 0; round < 200000 && good; round++) {
		char text[sizeof seed + 1];
		struct scan s = { .text = text };
		struct err e = { 0 };
		struct val *v;
		size_t len = sizeof seed - 1;

		memcpy(text, seed, sizeof seed);
		for (int n = 0; n < 1 + round % 3; n++) {
			size_t at;

			random = random * 1664525 + 1013904223;
			at = (random >> 16) % len;
			random = random * 1664525 + 1013904223;
			if (random >> 30 == 0) {
				memmove(text + at, text + at + 1, len - at);
				len--;
			} else {
				text[at] = bytes[(random >> 16) % (sizeof bytes - 1)];
			}
		}
		v = json_parse(text, len, &e);
		if (v == NULL)
			continue;
		accepted++;
		s.len = len;
		good = scan_value(&s) == SCAN_WHOLE;
		while (s.pos < len && (text[s.pos] == ' ' || text[s.pos] == '\n'))
			s.pos++;
		good &= s.pos == len;
		if (!good)
			printf("# %.*s\n", (int)len, text);
		val_free(v);
	}
	ok(good && accepted > 1000, "agrees on %zu mutants that are JSON", accepted);
}

int
main(void)
{
	test_value();
	test_deep();
	test_agree();
	return done_testing();
}
