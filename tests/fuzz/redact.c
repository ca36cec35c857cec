/*
 * redact: the first line is a secret, the rest is a text
 *
 * Redacting twice is redacting once, valid UTF-8 stays so, what is outside of the marks
 * stands in the text in this order, and a secret of letters is not there any more.
 */
#include <ctype.h>

#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/str.h"
#include "doc/redact.h"

/* What stands between the marks is found in the text, one after the other. */
static void
check_rest(const char *text, size_t len, const struct buf *out)
{
	const char *from = text, *at = buf_str(out), *end = at + out->len;

	while (at < end) {
		const char *mark = memmem(at, (size_t)(end - at), REDACT_MARK, strlen(REDACT_MARK));
		size_t n = (size_t)((mark ? mark : end) - at);
		const char *found = memmem(from, (size_t)(text + len - from), at, n);

		must(n == 0 || found != NULL, "%.*s", (int)n, at);
		if (n > 0)
			from = found + n;
		at += n + (mark ? strlen(REDACT_MARK) : 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *all = text_of(data, len);
	const char *nl = memchr(all, '\n', len);
	char *secret = text_of(data, nl ? (size_t)(nl - all) : 0);
	const char *text = nl ? nl + 1 : all;
	size_t n = len - (size_t)(text - all), bad, letters = strlen(secret);
	struct redact r = { 0 };
	struct buf one = { 0 }, two = { 0 };

	redact_add(&r, secret);
	redact_text(&r, text, n, &one);
	redact_text(&r, one.data, one.len, &two);
	must(one.len == two.len && memcmp(buf_str(&one), buf_str(&two), one.len) == 0, "%s\n%s",
	    buf_str(&one), buf_str(&two));
	must(!str_utf8(text, n, &bad) || str_utf8(buf_str(&one), one.len, &bad), "%s", buf_str(&one));
	check_rest(text, n, &one);
	for (size_t i = 0; secret[i] != '\0'; i++)
		if (!isalnum((unsigned char)secret[i]))
			letters = 0;
	if (letters >= REDACT_MIN && strcmp(secret, "redacted") != 0)
		must(memmem(buf_str(&one), one.len, secret, letters) == NULL, "%s", buf_str(&one));
	redact_release(&r);
	buf_release(&one);
	buf_release(&two);
	free(secret);
	free(all);
	return 0;
}
