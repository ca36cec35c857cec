#include "work/oneline.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* The bytes of a control sequence "ESC [ ... final" at s, 0: there is none. */
static size_t
sequence(const char *s, size_t len)
{
	size_t n = 2;

	if (len < 3 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (n < len && s[n] >= 0x20 && s[n] <= 0x3f)
		n++;
	return n < len && s[n] >= 0x40 && s[n] <= 0x7e ? n + 1 : 0;
}

void
oneline_plain(struct buf *out, const char *s, size_t len)
{
	struct buf raw = { 0 };
	const char *esc;
	size_t n;

	while (len > 0) {
		n = sequence(s, len);
		if (n == 0) {
			esc = memchr(s + 1, '\033', len - 1);
			n = esc ? (size_t)(esc - s) : len;
			buf_append(&raw, s, n);
		}
		s += n;
		len -= n;
	}
	str_clean(out, buf_str(&raw), raw.len);
	buf_release(&raw);
}

static char *
finish(const char *s, size_t len)
{
	static const char more[] = "...";
	struct buf folded = { 0 }, line = { 0 };
	size_t cut;

	for (size_t i = 0; i < len && folded.len <= ONELINE_MAX; i++) {
		if (!is_blank(s[i]))
			buf_putc(&folded, s[i]);
		else if (folded.len > 0 && folded.data[folded.len - 1] != ' ')
			buf_putc(&folded, ' ');
	}
	while (folded.len > 0 && folded.data[folded.len - 1] == ' ')
		buf_cut(&folded, folded.len - 1);
	str_visible(&line, buf_str(&folded), folded.len, false);
	if (line.len > ONELINE_MAX) {
		cut = str_cut(line.data, line.len, ONELINE_MAX - (sizeof more - 1));
		buf_cut(&line, cut);
		buf_puts(&line, more);
	}
	buf_release(&folded);
	return buf_detach(&line);
}

char *
oneline(const char *s, size_t len)
{
	struct buf plain = { 0 };
	char *line;

	oneline_plain(&plain, s, len);
	line = finish(buf_str(&plain), plain.len);
	buf_release(&plain);
	return line;
}

/* Only what can matter is looked at: a line may be a megabyte long. */
#define LOOK (16u << 10)

char *
oneline_last(const char *s, size_t len)
{
	const char *nl;

	while (len > 0 && is_blank(s[len - 1]))
		len--;
	nl = len > 0 ? memrchr(s, '\n', len) : NULL;
	if (nl) {
		len -= (size_t)(nl + 1 - s);
		s = nl + 1;
	}
	return oneline(s, len < LOOK ? len : LOOK);
}

char *
oneline_first(const char *s, size_t len)
{
	const char *nl;

	for (; len > 0 && is_blank(*s); s++, len--)
		;
	nl = len > 0 ? memchr(s, '\n', len) : NULL;
	if (nl)
		len = (size_t)(nl - s);
	return oneline(s, len < LOOK ? len : LOOK);
}
