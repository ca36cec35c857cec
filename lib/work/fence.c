#include "work/fence.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static bool
is_blank(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (!strchr(" \t\r\n", b->data[i]))
			return false;
	return true;
}

/* Whoever has guessed the nonce must not be able to end a block with it. */
static void
neutralise(struct buf *b, const char *nonce)
{
	size_t len = strlen(nonce);
	char *p = b->data;

	while (p && (p = strcasestr(p, nonce)) != NULL) {
		memset(p, 'x', len);
		p += len;
	}
}

void
fence_wash(struct buf *b, const char *nonce)
{
	struct buf clean = { 0 };

	if (is_blank(b)) {
		buf_release(b);
		return;
	}
	str_clean(&clean, b->data, b->len);
	neutralise(&clean, nonce);
	while (clean.len > 0 && clean.data[clean.len - 1] == '\n')
		buf_cut(&clean, clean.len - 1);
	buf_putc(&clean, '\n');
	buf_release(b);
	*b = clean;
}

void
fence_put(struct buf *out, const char *nonce, const char *title, const struct buf *content)
{
	buf_printf(out, "<<<data %s title=\"%s\">>>\n", nonce, title);
	buf_append(out, content->data, content->len);
	buf_printf(out, "<<<end %s>>>", nonce);
}

size_t
fence_cut(struct buf *out, const char *s, size_t len, size_t cap)
{
	char mark[64];
	const char *nl;
	size_t keep, left;

	if (len <= cap) {
		buf_append(out, s, len);
		return 0;
	}
	/* Measured with the longest number that it can hold. */
	keep = (size_t)snprintf(mark, sizeof mark, "\n[... %zu bytes left out ...]\n", len);
	if (cap <= keep)
		return len;
	keep = str_cut(s, len, cap - keep);
	nl = memrchr(s, '\n', keep);
	if (nl && (size_t)(nl - s) > keep / 2)
		keep = (size_t)(nl - s);
	left = len - keep;
	buf_append(out, s, keep);
	buf_printf(out, "\n[... %zu bytes left out ...]\n", left);
	return left;
}

size_t
fence_cut_head(struct buf *out, const char *s, size_t len, size_t cap)
{
	char mark[64];
	const char *nl;
	size_t room, skip;

	if (len <= cap) {
		buf_append(out, s, len);
		return 0;
	}
	room = (size_t)snprintf(mark, sizeof mark, "[... %zu bytes left out ...]\n", len);
	if (cap <= room)
		return len;
	skip = len - (cap - room);
	while (skip < len && ((unsigned char)s[skip] & 0xc0) == 0x80)
		skip++;
	nl = memchr(s + skip, '\n', len - skip);
	if (nl && (size_t)(nl + 1 - s) < skip + (len - skip) / 2)
		skip = (size_t)(nl + 1 - s);
	buf_printf(out, "[... %zu bytes left out ...]\n", skip);
	buf_append(out, s + skip, len - skip);
	return skip;
}
