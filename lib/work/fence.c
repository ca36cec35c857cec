#include "work/fence.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sip.h"
#include "base/str.h"
#include "sys/fs.h"
#include "task/project.h"

#define KEY_FILE_MAX (64u << 10)

static bool
is_blank(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (!strchr(" \t\r\n", b->data[i]))
			return false;
	return true;
}

/* ---- the nonce ---- */

static bool
is_key(const char *s)
{
	return strspn(s, "0123456789abcdef") == 2 * SIP_KEY && s[2 * SIP_KEY] == '\n';
}

/* The first whole line; what a power cut left of another is none. */
static int
read_key(int dir, unsigned char key[SIP_KEY])
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	const char *s = "";
	int r = -1;

	if (fs_read(dir, FENCE_KEY, KEY_FILE_MAX, &text, &ignored) == 0)
		s = buf_str(&text);
	while (*s != '\0' && !is_key(s)) {
		s += strcspn(s, "\n");
		s += *s == '\n';
	}
	for (size_t i = 0; *s != '\0' && i < SIP_KEY; i++)
		r = sscanf(s + 2 * i, "%2hhx", &key[i]) == 1 ? 0 : -1;
	buf_release(&text);
	return r;
}

/* All who make one at the same time append theirs, and all take the first.  What a power cut
 * left of a line ends before. */
static int
make_key(int dir, unsigned char key[SIP_KEY], struct err *e)
{
	char line[2 * SIP_KEY + 3] = "\n";
	off_t before;

	for (size_t i = 0; i < SIP_KEY; i++)
		snprintf(line + 1 + 2 * i, 4, "%02x\n", key[i]);
	return fs_append(dir, FENCE_KEY, line, strlen(line), &before, e) == 0 ? read_key(dir, key) : -1;
}

/* -1: there is none that is kept; if `random`, this one is as good, but for now only. */
static int
find_key(const struct project *p, unsigned char key[SIP_KEY], bool *random, struct err *e)
{
	int dir = p->orch_fd != -1 ? fs_private_dir(p->orch_fd, "state", e) : -1;
	int rc = dir == -1 ? -1 : read_key(dir, key);

	if (rc == -1 && !(*random = getrandom(key, SIP_KEY, 0) == SIP_KEY))
		err_sys(e, "no random numbers can be had");
	else if (rc == -1 && dir != -1)
		rc = make_key(dir, key, e);
	if (dir != -1)
		close(dir);
	return rc;
}

int
fence_prepare(const struct project *p, struct err *e)
{
	unsigned char key[SIP_KEY];
	bool random;

	return find_key(p, key, &random, e);
}

int
fence_nonce(const struct project *p, const struct buf *content, char nonce[FENCE_NONCE_MAX], struct err *e)
{
	unsigned char key[SIP_KEY];
	struct err why = { 0 };
	struct buf text = { 0 };
	bool random = true;

	if (find_key(p, key, &random, &why) == -1 && !random) {
		*e = why;
		return -1;
	}
	for (int half = 0; half < 2; half++) {
		buf_cut(&text, 0);
		buf_printf(&text, "%d", half);
		buf_append(&text, buf_str(content), content->len);
		snprintf(nonce + 16 * half, 17, "%016" PRIx64, sip_hash(key, text.data, text.len));
	}
	buf_release(&text);
	return 0;
}

/* ---- the text ---- */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many bytes are the nonce, to whoever does not see what stands in it; 0: they are not. */
static size_t
nonce_at(const char *s, size_t len, const char *nonce)
{
	size_t i = 0, n;
	uint32_t cp;

	while (i < len) {
		n = str_decode(s + i, len - i, &cp);
		if (cp < 0x80 && lower((char)cp) == lower(*nonce)) {
			i += n;
			if (*++nonce == '\0')
				return i;
		} else if (i > 0 && str_unprinted(cp))
			i += n;
		else
			return 0;
	}
	return 0;
}

/* Whoever has guessed the nonce must not be able to end a block with it. */
static void
neutralise(struct buf *out, const struct buf *in, const char *nonce)
{
	size_t n;

	for (size_t i = 0; i < in->len; i += n) {
		if ((n = nonce_at(in->data + i, in->len - i, nonce)) > 0) {
			for (const char *p = nonce; *p != '\0'; p++)
				buf_putc(out, 'x');
			continue;
		}
		n = 1;
		if (in->data[i] != '\r' || i + 1 == in->len || in->data[i + 1] != '\n')
			buf_putc(out, in->data[i]);
	}
}

void
fence_wash(struct buf *b, const char *nonce)
{
	struct buf clean = { 0 }, safe = { 0 };

	if (is_blank(b)) {
		buf_release(b);
		return;
	}
	str_clean(&clean, b->data, b->len);
	neutralise(&safe, &clean, nonce);
	buf_cut(&clean, 0);
	str_visible(&clean, buf_str(&safe), safe.len, true);
	while (clean.len > 0 && clean.data[clean.len - 1] == '\n')
		buf_cut(&clean, clean.len - 1);
	buf_putc(&clean, '\n');
	buf_release(&safe);
	buf_release(b);
	*b = clean;
}

/* ---- blocks ---- */

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
