/*
 * sync_text - foreign text on its way to and from a tracker
 *
 * What GitHub makes of a text was read in the filters that it once published
 * (html-pipeline: @mention; commonmark: GFM 0.29), and is taken for wider than written
 * there: what might be a reference is broken up.
 */
#include "work/sync_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "task/task.h"
#include "work/sync_code.h"

#define ZERO_WIDTH "\xe2\x80\x8b"
#define ELLIPSIS "\xe2\x80\xa6"
#define MARK_MAX 64		/* code points of the mark where something was left out */
#define FENCE_MIN 3
#define URL_MAX 256		/* bytes of a path that are looked at: owner, repository, kind */

size_t
sync_text_length(const char *s)
{
	size_t len = strlen(s), n = 0;
	uint32_t cp;

	for (size_t i = 0; i < len; i += str_decode(s + i, len - i, &cp))
		n++;
	return n;
}

/* Bytes of its first n code points. */
static size_t
head_of(const char *s, size_t len, size_t n)
{
	size_t at = 0;
	uint32_t cp;

	while (n-- > 0 && at < len)
		at += str_decode(s + at, len - at, &cp);
	return at;
}

void
sync_text_clip(struct buf *b, const char *s, size_t max)
{
	size_t len = strlen(s), n = sync_text_length(s), keep = (max - MARK_MAX) / 2, head;

	if (n <= max) {
		buf_append(b, s, len);
		return;
	}
	head = head_of(s, len, keep);
	buf_append(b, s, head);
	buf_printf(b, "\n\n[... %zu characters left out ...]\n\n", n - 2 * keep);
	head = head_of(s, len, n - keep);
	buf_append(b, s + head, len - head);
}

/* Clean UTF-8 with LF, without what nobody sees.  Blanks stay as they are. */
static void
wash(struct buf *b, const char *s)
{
	struct buf clean = { 0 };
	uint32_t cp;

	str_clean(&clean, s, strlen(s));
	for (size_t i = 0, n; i < clean.len; i += n) {
		const char *at = clean.data + i;

		n = str_decode(at, clean.len - i, &cp);
		if (str_unseen(cp) || (cp == '\r' && at[1] == '\n'))
			continue;
		if ((cp < 0x20 && !strchr("\t\n\r", (int)cp)) || cp == 0x7f)
			continue;
		buf_append(b, at, n);
	}
	buf_release(&clean);
}

char *
sync_text_line(const char *s, size_t max)
{
	struct buf clean = { 0 }, b = { 0 };

	wash(&clean, s);
	for (size_t i = 0; i < clean.len; i++) {
		if (!isspace((unsigned char)clean.data[i]))
			buf_putc(&b, clean.data[i]);
		else if (b.len > 0 && b.data[b.len - 1] != ' ')
			buf_putc(&b, ' ');
	}
	if (b.len > 0 && b.data[b.len - 1] == ' ')
		buf_cut(&b, b.len - 1);
	if (sync_text_length(buf_str(&b)) > max) {
		buf_cut(&b, head_of(b.data, b.len, max - 1));
		buf_puts(&b, ELLIPSIS);
	}
	buf_release(&clean);
	return b.data ? buf_detach(&b) : xstrdup("");
}

/* Does a letter stand before it?  An underscore may be markup, which goes. */
static bool
inside_word(const char *s, size_t at)
{
	return at > 0 && isalnum((unsigned char)s[at - 1]);
}

static size_t
span(const char *s, size_t at, const char *more, size_t max)
{
	size_t n = at;

	while (n - at < max && (isalnum((unsigned char)s[n]) || (s[n] != '\0' && strchr(more, s[n]))))
		n++;
	return n - at;
}

/* "https://HOST" at `at`: where what follows the host begins, 0 if it is none. */
static size_t
url_host(const char *s, size_t at)
{
	static const char *const begins[] = { "https://", "http://", "www.", NULL };

	for (size_t i = 0; begins[i]; i++) {
		size_t n = strlen(begins[i]), host;

		if (strncasecmp(s + at, begins[i], n) == 0 && (host = span(s, at + n, ".-", URL_MAX)) > 0)
			return at + n + host;
	}
	return 0;
}

/* OWNER/REPO/issues/12 and the like behind a host, as GitHub makes a reference of. */
static bool
url_refers(const char *path)
{
	static const char *const kinds[] = { "issues", "pull", "pulls", "discussions", "commit", NULL };
	for (size_t at = 0; at < URL_MAX && path[at] != '\0' && !strchr(" \t\n<>\"'`", path[at]); at++) {
		if (path[at] != '/')
			continue;
		for (size_t i = 0; kinds[i]; i++) {
			size_t n = strlen(kinds[i]);

			if (strncasecmp(path + at + 1, kinds[i], n) == 0 && path[at + 1 + n] == '/' &&
			    isxdigit((unsigned char)path[at + 2 + n]))
				return true;
		}
	}
	return false;
}

/* Is it surely made a link of, all that follows with it (GFM 6.9): a whole host between
 * blanks and a path? */
static bool
linked(const char *s, size_t at, size_t rest)
{
	const char *host = memchr(s + at, '/', rest - at);

	return (at == 0 || isspace((unsigned char)s[at - 1])) && host &&
	    isalnum((unsigned char)host[2]) && isalnum((unsigned char)s[rest - 1]) &&
	    memchr(host, '.', (size_t)(s + rest - host)) && s[rest] != '\0' && strchr("/?#", s[rest]);
}

/* Markup of ours, which no backslash before it may escape, and no backtick lengthen. */
static void
put_markup(struct buf *b, const char *s)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '\0';

	if (last == '\\' || (last == '`' && *s == '`'))
		buf_puts(b, ZERO_WIDTH);
	buf_puts(b, s);
}

/*
 * A URL at `at`: a reference becomes code, and one that is surely linked as a whole stays
 * as it is, since names in a link call nobody.  Returns the bytes used, 0 if none.
 */
static size_t
put_url(struct buf *b, const char *s, size_t at)
{
	size_t rest, end;

	if ((rest = url_host(s, at)) == 0)
		return 0;
	if (url_refers(s + rest)) {
		end = rest + strcspn(s + rest, " \t\n<>()[]\"'`|");
		while (end > rest && strchr(".,;:!?*_~", s[end - 1]))
			end--;
		put_markup(b, "`");
		buf_append(b, s + at, end - at);
		buf_puts(b, s[end] == '`' ? "`" ZERO_WIDTH : "`");
		return end - at;
	}
	if (!linked(s, at, rest))
		return 0;
	end = rest + span(s, rest, "-.:/?#@=%+,_", SIZE_MAX);
	buf_append(b, s + at, end - at);
	return end - at;
}

/* Is "&" the begin of a character reference: &#64; &commat; ? */
static bool
reference(const char *s)
{
	size_t n = span(s, 1, "", URL_MAX);

	return s[1] == '#' || (n > 0 && s[1 + n] == ';');
}

/* Markup that goes when the text is shown: "@*bob*" is one word to the eye. */
static bool
emphasis(char c)
{
	return c == '*' || c == '_' || c == '~';
}

/* One character or more of what is no code; the bytes used. */
static size_t
put_plain(struct buf *b, const char *s, size_t at)
{
	bool inside = inside_word(s, at);
	size_t used = 1;

	switch (s[at]) {
	case '@':
		buf_puts(b, !inside && (isalnum((unsigned char)s[at + 1]) || emphasis(s[at + 1])) ?
		    "@" ZERO_WIDTH : "@");
		break;
	case '`':
		/* So that only what is known as code is code. */
		put_markup(b, "&#96;");
		break;
	case '#':
		buf_puts(b, isdigit((unsigned char)s[at + 1]) || emphasis(s[at + 1]) ?
		    "#" ZERO_WIDTH : "#");
		break;
	case '<':
		if (isalpha((unsigned char)s[at + 1]) || (s[at + 1] != '\0' && strchr("/!?", s[at + 1])))
			put_markup(b, "&lt;");
		else
			buf_putc(b, '<');
		break;
	case '&':
		if (reference(s + at))
			put_markup(b, "&amp;");
		else
			buf_putc(b, '&');
		break;
	case 'g':
	case 'G':
		if (!inside && strncasecmp(s + at, "gh-", 3) == 0 && isdigit((unsigned char)s[at + 3])) {
			buf_append(b, s + at, used = 3);
			buf_puts(b, ZERO_WIDTH);
			break;
		}
		buf_putc(b, s[at]);
		break;
	case 'h':
	case 'H':
	case 'w':
	case 'W':
		used = put_url(b, s, at);
		break;
	default:
		used = 0;
	}
	if (used > 0)
		return used;
	buf_putc(b, s[at]);
	return 1;
}

static void
put_all(struct buf *b, const char *s, size_t len, const bool *code)
{
	for (size_t at = 0; at < len;)
		if (code[at])
			buf_putc(b, s[at++]);
		else
			at += put_plain(b, s, at);
}

static size_t
longest_run(const char *s, char c)
{
	size_t best = 0, n = 0;

	for (; *s != '\0'; s++) {
		n = *s == c ? n + 1 : 0;
		best = n > best ? n : best;
	}
	return best;
}

static void
fence(struct buf *b, const char *s)
{
	size_t n = longest_run(s, '`') + 1;

	n = n < FENCE_MIN ? FENCE_MIN : n;
	for (size_t i = 0; i < n; i++)
		buf_putc(b, '`');
	buf_puts(b, "text\n");
	buf_puts(b, s);
	if (*s != '\0' && s[strlen(s) - 1] != '\n')
		buf_putc(b, '\n');
	for (size_t i = 0; i < n; i++)
		buf_putc(b, '`');
}

static void
neutral(struct buf *b, const char *s)
{
	struct sync_code code;
	size_t len = strlen(s);

	sync_code_find(&code, s, len, false);
	if (code.odd)
		fence(b, s);
	else
		put_all(b, s, len, code.is);
	sync_code_release(&code);
}

/* Clips the text until what `make` makes of it has the length. */
static void
within(struct buf *b, const char *s, size_t max, void (*make)(struct buf *, const char *))
{
	for (size_t keep = max;; keep = keep / 4 * 3) {
		struct buf cut = { 0 }, made = { 0 };
		bool done;

		sync_text_clip(&cut, s, keep < MARK_MAX ? MARK_MAX : keep);
		make(&made, buf_str(&cut));
		done = keep < MARK_MAX || sync_text_length(buf_str(&made)) <= max;
		if (done)
			buf_puts(b, buf_str(&made));
		buf_release(&cut);
		buf_release(&made);
		if (done)
			return;
	}
}

void
sync_text_neutral(struct buf *b, const char *s, size_t max)
{
	struct buf clean = { 0 };

	wash(&clean, s);
	within(b, buf_str(&clean), max, neutral);
	buf_release(&clean);
}

void
sync_text_inline(struct buf *b, const char *s, size_t max)
{
	char *line = sync_text_line(s, max);
	size_t len = strlen(line);
	struct sync_code code;

	sync_code_find(&code, line, len, false);
	if (code.odd) {
		/* What is not the first thing in its line begins no fence. */
		buf_puts(b, ZERO_WIDTH);
		memset(code.is, false, len);
	}
	put_all(b, line, len, code.is);
	sync_code_release(&code);
	free(line);
}

void
sync_text_title(struct buf *b, const char *s, size_t max)
{
	char *line = sync_text_line(s, max);

	for (size_t at = 0; line[at] != '\0';)
		if (strchr("@#gG", line[at]) != NULL)
			at += put_plain(b, line, at);
		else
			buf_putc(b, line[at++]);
	free(line);
}

void
sync_text_fence(struct buf *b, const char *s, size_t max)
{
	struct buf shown = { 0 }, clean = { 0 };

	/* ESC [ ... letter (ECMA-48 5.4): colours. */
	for (; *s != '\0'; s++)
		if (s[0] == '\x1b' && s[1] == '[') {
			size_t n = 2 + strspn(s + 2, "0123456789;:?<=> ");

			s += isalpha((unsigned char)s[n]) ? n : 0;
		} else if (s[0] != '\r' || s[1] != '\n') {
			buf_putc(&shown, *s);
		}
	str_visible(&clean, buf_str(&shown), shown.len, true);
	buf_release(&shown);
	within(b, buf_str(&clean), max, fence);
	buf_release(&clean);
}

/*
 * Where a comment that begins at `at` ends (HTML 13.2.5.43 and what follows): "<!-->" and
 * "<!--->" end at once.  0: it does not end, and neither does any after it (*open).
 */
static size_t
comment_end(const char *s, size_t at, bool *open)
{
	const char *body = s + at + 4, *end, *bang;

	if (body[0] == '>')
		return at + 5;
	if (body[0] == '-' && body[1] == '>')
		return at + 6;
	if (*open)
		return 0;
	for (end = strchr(body, '-'); end != NULL && strncmp(end, "-->", 3) != 0;)
		end = strchr(end + 1, '-');
	bang = memmem(body, end ? (size_t)(end - body) : strlen(body), "--!>", 4);
	*open = !end && !bang;
	return bang ? (size_t)(bang - s) + 4 : end ? (size_t)(end - s) + 3 : 0;
}

static bool
starts_line(const char *s, size_t at)
{
	for (int i = 0; i < 3 && at > 0 && s[at - 1] == ' '; i++)
		at--;
	return at == 0 || s[at - 1] == '\n';
}

char *
sync_text_incoming(const char *text)
{
	struct buf clean = { 0 }, b = { 0 };
	struct sync_code code;
	bool open = false, tags = false;

	wash(&clean, text);
	sync_code_find(&code, buf_str(&clean), clean.len, true);
	for (size_t at = 0, end; at < clean.len; at = end) {
		const char *s = clean.data + at;

		end = at + 1;
		if (*s != '<' || code.is[at] || strncmp(s, "<!--", 4) != 0) {
			tags |= *s == '<' && !code.is[at] && isalpha((unsigned char)s[1]);
			buf_putc(&b, *s);
			continue;
		}
		if ((end = comment_end(clean.data, at, &open)) > 0)
			continue;
		/* Elsewhere an open one is shown as it is. */
		if (tags || starts_line(clean.data, at))
			break;
		buf_putc(&b, *s);
		end = at + 1;
	}
	sync_code_release(&code);
	buf_release(&clean);
	return b.data ? buf_detach(&b) : xstrdup("");
}

char *
sync_text_prompt(const struct task *t, enum field f)
{
	const char *text = task_text(t, f);

	if (text == NULL)
		return xstrdup("");
	return task_is_set(t, F_GH) ? sync_text_incoming(text) : xstrdup(text);
}
