/*
 * json - JSON text to values and back (RFC 8259); the only user of jansson
 *
 * Strict: duplicate keys, trailing bytes, invalid UTF-8, lone surrogates, NUL
 * in a string, numbers that are not finite, integers beyond int64_t, and what
 * exceeds the bounds below are errors.
 */
#ifndef ORCH_DOC_JSON_H
#define ORCH_DOC_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct val;

#define JSON_DEPTH_MAX 64		/* nested lists and maps */
#define JSON_TEXT_MAX (8u << 20)	/* bytes */
#define JSON_VALUES_MAX (1u << 20)	/* values in a text, itself included */

/* A value that the caller frees, or NULL with ERR_INVALID "line:col: reason". */
struct val *json_parse(const char *text, size_t len, struct err *);

/* How much a text may hold; { 0 } is the bounds above.  Depth is always bounded. */
struct json_bounds {
	size_t text, values;
	bool nul;		/* a NUL in a string is no error, and becomes U+FFFD */
};

/* The same for a text from a place that is known to write longer ones. */
struct val *json_parse_within(const char *text, size_t len, const struct json_bounds *,
	    struct err *);

/*
 * Appends the value on one line, keys in their order, no blank after ':' or
 * ','.  What is appended is always valid JSON, and safe on a terminal but for
 * its meaning: invalid bytes become U+FFFD, DEL, C1, U+2028 and U+2029 escapes.
 * A real always has a point or an exponent and reads back equal.
 */
void	json_print(struct buf *, const struct val *);

/*
 * Finds the answer in what an agent wrote: the whole text if it is one object;
 * else the last fenced block (```json or ```) that is one object; else the
 * last complete top-level {...} that parses.  Top-level means: in no other
 * object or list of objects, be that complete, cut or broken; "{}" in prose
 * does not count.  doc/scan.c has the rules.  Linear in len.  NULL: none.
 */
struct val *json_extract(const char *text, size_t len);

#endif
