/*
 * sync_text, sync_code: a text of a stranger on its way out and in
 *
 * What is made of it is clean UTF-8 of the length that was asked for.  In what is made
 * harmless no name and no number stands outside of code but in a URL, no tag and no comment
 * begins; a fence is longer than all that stands in it.
 */
#include <ctype.h>
#include <strings.h>

#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/str.h"
#include "work/sync_code.h"
#include "work/sync_text.h"

#define ZERO_WIDTH 0x200b

static void
check_utf8(const char *s)
{
	size_t bad;

	must(str_utf8(s, strlen(s), &bad), "at %zu of %s", bad, s);
}

/* Nothing that nobody sees, but for what breaks names up. */
static void
check_seen(const char *s, bool zero_width)
{
	size_t len = strlen(s);
	uint32_t cp;

	check_utf8(s);
	for (size_t i = 0; i < len;) {
		i += str_decode(s + i, len - i, &cp);
		must(!str_unseen(cp) || (zero_width && cp == ZERO_WIDTH), "U+%04x in %s", cp, s);
		must(cp >= 0x20 || cp == '\t' || cp == '\n' || cp == '\r', "U+%04x in %s", cp, s);
	}
}

/* Does the word around it begin as a URL does, which is linked as a whole? */
static bool
in_url(const char *s, size_t at)
{
	while (at > 0 && !isspace((unsigned char)s[at - 1]))
		at--;
	return strncasecmp(s + at, "http", 4) == 0 || strncasecmp(s + at, "www.", 4) == 0;
}

static void
check_harmless(const char *s)
{
	size_t len = strlen(s);
	struct sync_code code;

	sync_code_find(&code, s, len, false);
	must(!code.odd, "a fence that is not closed: %s", s);
	for (size_t i = 0; i < len; i++) {
		bool word = i > 0 && isalnum((unsigned char)s[i - 1]);

		if (code.is[i] || in_url(s, i))
			continue;
		must(s[i] != '@' || word || !isalnum((unsigned char)s[i + 1]), "a name: %s", s + i);
		must(s[i] != '#' || !isdigit((unsigned char)s[i + 1]) || (i > 0 && s[i - 1] == '&'),
		    "a number: %s", s + i);
		must(s[i] != '<' || !(isalpha((unsigned char)s[i + 1]) || s[i + 1] == '!' || s[i + 1] == '/'),
		    "a tag: %s", s + i);
		must(word || strncasecmp(s + i, "gh-", 3) != 0 || !isdigit((unsigned char)s[i + 3]),
		    "a number: %s", s + i);
	}
	sync_code_release(&code);
}

static void
check_fence(const char *s)
{
	size_t n = strspn(s, "`"), len = strlen(s), run = 0;

	must(n >= 3 && len > 2 * n && strspn(s + len - n, "`") == n && s[len - n - 1] == '\n', "%s", s);
	for (size_t i = n; i < len - n; i++) {
		run = s[i] == '`' ? run + 1 : 0;
		must(run < n, "a fence of %zu has as many in it: %s", n, s);
	}
}

/* Fences begin in the first column, spans begin and end with backticks on one line. */
static void
check_code(const char *s, size_t len)
{
	struct sync_code code, shown;
	size_t from = 0;

	sync_code_find(&code, s, len, false);
	sync_code_find(&shown, s, len, true);
	must(code.open <= len && (code.odd || code.open == len), "%zu of %zu", code.open, len);
	for (size_t i = 0; i < len; i++) {
		must(code.is[i] || !shown.is[i], "code only where tags are shown, at %zu: %s", i, s);
		if (!code.is[i])
			continue;
		if (i == 0 || !code.is[i - 1])
			from = i;
		if (i + 1 < len && code.is[i + 1])
			continue;
		if ((from == 0 || s[from - 1] == '\n') &&
		    (strncmp(s + from, "```", 3) == 0 || strncmp(s + from, "~~~", 3) == 0))
			continue;
		must(s[from] == '`' && s[i] == '`' && memchr(s + from, '\n', i - from) == NULL,
		    "%.*s", (int)(i + 1 - from), s + from);
	}
	sync_code_release(&code);
	sync_code_release(&shown);
}

static void
check_line(const char *text, size_t max)
{
	char *line = sync_text_line(text, max), *again = sync_text_line(line, max);
	struct buf item = { 0 };

	check_seen(line, false);
	must(sync_text_length(line) <= max && strpbrk(line, "\n\r\t") == NULL, "%s", line);
	must(strcmp(line, again) == 0, "%s\n%s", line, again);
	sync_text_inline(&item, text, max);
	check_seen(buf_str(&item), true);
	must(sync_text_length(buf_str(&item)) <= 6 * max + 1 && strchr(buf_str(&item), '\n') == NULL,
	    "%s", buf_str(&item));
	check_harmless(buf_str(&item));
	buf_release(&item);
	free(again);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len), *in;
	struct buf out = { 0 }, clip = { 0 }, again = { 0 };
	size_t max = 120 + (len > 0 ? data[0] : 0), bad;

	check_code(text, strlen(text));
	sync_text_neutral(&out, text, max);
	check_seen(buf_str(&out), true);
	check_harmless(buf_str(&out));
	must(sync_text_length(buf_str(&out)) <= max, "%zu: %s", max, buf_str(&out));

	buf_cut(&out, 0);
	sync_text_fence(&out, text, max);
	check_seen(buf_str(&out), false);
	check_fence(buf_str(&out));
	must(sync_text_length(buf_str(&out)) <= max, "%zu: %s", max, buf_str(&out));

	sync_text_clip(&clip, text, max);
	sync_text_clip(&again, buf_str(&clip), max);
	must(sync_text_length(buf_str(&clip)) <= max, "%zu: %s", max, buf_str(&clip));
	must(strcmp(buf_str(&clip), buf_str(&again)) == 0, "%s", buf_str(&clip));
	must(!str_utf8(text, strlen(text), &bad) || str_utf8(buf_str(&clip), clip.len, &bad), "%s", text);

	check_line(text, 16 + max % 64);
	in = sync_text_incoming(text);
	check_seen(in, false);
	must(strstr(in, "\r\n") == NULL, "%s", in);
	free(in);
	buf_release(&out);
	buf_release(&clip);
	buf_release(&again);
	free(text);
	return 0;
}
