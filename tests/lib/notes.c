#include "notes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"

/* The byte at which each character starts, the BOM not counted. */
static size_t *
bytes_of(const char *text, size_t len)
{
	size_t *at = calloc(len + 2, sizeof *at), n = 0;

	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			at[n++] = i;
	at[n] = len;
	return at;
}

static bool
ends_line(const char *t, size_t len, size_t at)
{
	return at >= len || t[at] == '\n' || t[at] == '\r' ||
	    (at + 1 < len && memcmp(t + at, "\xc2\x85", 2) == 0) ||
	    (at + 2 < len && (memcmp(t + at, "\xe2\x80\xa8", 3) == 0 ||
	    memcmp(t + at, "\xe2\x80\xa9", 3) == 0));
}

/* What stands between two tokens. */
static void
between(struct buf *out, const char *t, size_t len, size_t from, size_t to)
{
	while (from < to) {
		size_t start = from;

		if (t[from++] != '#')
			continue;
		while (!ends_line(t, len, from))
			from++;
		buf_append(out, t + start, from - start);
		buf_putc(out, '\n');
	}
}

int
notes_of(struct buf *out, const char *text, size_t len)
{
	size_t skip = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, last = 0;
	size_t *at = bytes_of(text + skip, len - skip);
	yaml_parser_t p;
	int rc = 0;

	text += skip;
	len -= skip;
	yaml_parser_initialize(&p);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	for (bool done = false; !done;) {
		yaml_token_t t;
		size_t start, end;

		if (!yaml_parser_scan(&p, &t)) {
			rc = -1;
			break;
		}
		start = at[t.start_mark.index];
		end = at[t.end_mark.index];
		done = t.type == YAML_STREAM_END_TOKEN;
		if (t.type == YAML_SCALAR_TOKEN &&
		    (t.data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
		    t.data.scalar.style == YAML_FOLDED_SCALAR_STYLE))
			while (!ends_line(text, len, start))
				start++;	/* the header may have a comment */
		if (start > last)
			between(out, text, len, last, start);
		if (end > last)
			last = end;
		yaml_token_delete(&t);
	}
	yaml_parser_delete(&p);
	free(at);
	return rc;
}
