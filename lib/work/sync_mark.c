/*
 * sync_mark - what the synchronisation writes into a body that a person never sees
 *
 * Everything is done on the lines of a body with LF.  Of a line that is ours the blank
 * line before it goes too, which is what sync_mark_body() put there.
 */
#include "work/sync_mark.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "work/sync_code.h"
#include "work/sync_text.h"

#define TASK SYNC_MARK "task="
#define LINKS SYNC_MARK "links="
#define COMMENT SYNC_MARK "c="
#define END " -->"
#define PARENT "Parent: "
#define BLOCKED "Blocked by: "
#define NUMBER_MAX 24			/* of an attempt, with its dots */
#define ISSUE_MAX 65536		/* code points that GitHub takes */

struct body {
	struct buf text;	/* with LF */
	struct sync_code code;
};

static void
body_read(struct body *b, const char *s)
{
	*b = (struct body){ 0 };
	for (; *s != '\0'; s++)
		if (s[0] != '\r' || s[1] != '\n')
			buf_putc(&b->text, *s);
	buf_reserve(&b->text, 1);
	b->text.data[b->text.len] = '\0';
	sync_code_find(&b->code, b->text.data, b->text.len, false);
}

static void
body_release(struct body *b)
{
	buf_release(&b->text);
	sync_code_release(&b->code);
}

/* The next line that is a marker of ours of this kind, from `at` on: what stands in it. */
static bool
next_marker(const struct body *b, const char *kind, size_t *at, const char **value, size_t *len)
{
	for (size_t n, next; *at < b->text.len; *at = next) {
		const char *line = b->text.data + *at;

		n = strcspn(line, "\n");
		next = *at + n + (line[n] != '\0');
		while (n > 0 && strchr(" \t", line[n - 1]))
			n--;
		if (n <= strlen(kind) + strlen(END) || strncmp(line, kind, strlen(kind)) != 0 ||
		    memcmp(line + n - strlen(END), END, strlen(END)) != 0 ||
		    (b->code.is[*at] && *at < b->code.open))
			continue;
		*value = line + strlen(kind);
		*len = n - strlen(kind) - strlen(END);
		return true;
	}
	return false;
}

static size_t
after_line(const struct body *b, size_t at)
{
	at += strcspn(b->text.data + at, "\n");
	return at + (b->text.data[at] != '\0');
}

static bool
is_uid(const char *s, size_t len)
{
	return len == SYNC_UID_LEN && strspn(s, "0123456789abcdef") >= len;
}

static bool
last_uid(const struct body *b, const char *kind, char uid[SYNC_UID_LEN + 1])
{
	const char *value;
	bool found = false;
	size_t len;

	for (size_t at = 0; next_marker(b, kind, &at, &value, &len); at = after_line(b, at))
		if (is_uid(value, len)) {
			memcpy(uid, value, len);
			uid[len] = '\0';
			found = true;
		}
	return found;
}

/* "#3, #4" to the end of the line. */
static bool
numbers(const char *s, struct vec_id *ids)
{
	size_t end = strcspn(s, "\n");

	for (size_t at = 0;;) {
		size_t n = strspn(s + at + (s[at] == '#'), "0123456789");
		int64_t id = 0;
		char *digits;

		if (s[at] != '#' || n == 0 || n > 18)
			return false;
		digits = xstrndup(s + at + 1, n);
		for (const char *d = digits; *d != '\0'; d++)
			id = id * 10 + (*d - '0');
		free(digits);
		vec_id_push(ids, id);
		at += 1 + n;
		if (at + strspn(s + at, " \t") >= end)
			return true;
		if (strncmp(s + at, ", ", 2) != 0)
			return false;
		at += 2;
	}
}

/* The lines of a block that begins at `at`; where they end. */
static size_t
read_block(const struct body *b, size_t at, struct sync_links *l)
{
	struct sync_links found = { 0 };
	struct vec_id one = { 0 };
	const char *s;

	at = after_line(b, at);
	s = b->text.data + at;
	if (strncmp(s, PARENT, strlen(PARENT)) == 0 && numbers(s + strlen(PARENT), &one) && one.n == 1) {
		found.parent = one.v[0];
		at = after_line(b, at);
	}
	s = b->text.data + at;
	if (strncmp(s, BLOCKED, strlen(BLOCKED)) == 0 && numbers(s + strlen(BLOCKED), &found.blocked_by))
		at = after_line(b, at);
	else
		vec_id_release(&found.blocked_by);
	vec_id_release(&one);
	sync_links_release(l);
	*l = found;
	return at;
}

/* Takes [from, to), whole lines, away, and with them the blank line that was put before. */
static void
drop(struct body *b, struct buf *out, size_t *done, size_t from, size_t to)
{
	size_t end = to;

	buf_append(out, b->text.data + *done, from - *done);
	for (int i = 0; i < 2 && out->len > 0 && out->data[out->len - 1] == '\n'; i++)
		buf_cut(out, out->len - 1);
	/* The newline of the last line dropped parts what is before it from what follows. */
	if (strspn(b->text.data + to, " \t\n") == b->text.len - to)
		end = b->text.len;
	else if (out->len > 0)
		end--;
	else if (b->text.data[end] == '\n')
		end++;
	*done = end;
}

/* The block, of as many blockers as there is room for beside a text of `taken` code points. */
static void
put_block(struct buf *b, const char *uid, const struct sync_links *l, size_t taken)
{
	const size_t end = strlen("\n\n" TASK END) + SYNC_UID_LEN;
	struct buf block = { 0 };

	buf_printf(&block, LINKS "%s" END "\n", uid);
	if (l->parent != 0)
		buf_printf(&block, PARENT "#%lld\n", (long long)l->parent);
	for (size_t i = 0; i < l->blocked_by.n; i++) {
		size_t before = block.len;

		buf_printf(&block, "%s#%lld", i == 0 ? BLOCKED : ", ", (long long)l->blocked_by.v[i]);
		if (taken + block.len + end > ISSUE_MAX) {
			buf_cut(&block, before);
			break;
		}
	}
	if (block.data[block.len - 1] != '\n')
		buf_putc(&block, '\n');
	buf_append(b, block.data, block.len);
	buf_putc(b, '\n');
	buf_release(&block);
}

char *
sync_mark_body(const char *person, const char *uid, const struct sync_links *l)
{
	struct buf b = { 0 };

	buf_puts(&b, person);
	if (b.len > 0)
		buf_puts(&b, "\n\n");
	if (l != NULL && (l->parent != 0 || l->blocked_by.n > 0))
		put_block(&b, uid, l, sync_text_length(person) + 2);
	buf_printf(&b, TASK "%s" END, uid);
	return buf_detach(&b);
}

/* Where the marker begins that the text ends with: its uid stands in it; the length if none does. */
static size_t
marker_start(const struct buf *b)
{
	const size_t longest = strlen(LINKS) + SYNC_UID_LEN + NUMBER_MAX + SYNC_KIND_MAX + strlen(END);
	size_t least = b->len > longest ? b->len - longest : 0;

	if (b->len < strlen(END) || memcmp(b->data + b->len - strlen(END), END, strlen(END)) != 0)
		return b->len;
	for (size_t at = b->len - strlen(END); at-- > least;) {
		const char *s = b->data + at, *value;

		if (*s != '<' || b->len - at < strlen(SYNC_MARK) ||
		    memcmp(s, SYNC_MARK, strlen(SYNC_MARK)) != 0)
			continue;
		value = memchr(s, '=', b->len - at);
		return value != NULL && (size_t)(b->data + b->len - value) > SYNC_UID_LEN &&
		    is_uid(value + 1, SYNC_UID_LEN) ? at : b->len;
	}
	return b->len;
}

/* As the bytes come, so that what is taken out leaves none behind that was parted by it. */
void
sync_mark_strip(struct buf *out, const char *text)
{
	struct buf b = { 0 };

	for (; *text != '\0'; text++) {
		buf_putc(&b, *text);
		if (*text == '>')
			buf_cut(&b, marker_start(&b));
	}
	buf_append(out, buf_str(&b), b.len);
	buf_release(&b);
}

/*
 * Whose lines they are is told by the marker at the end or, where somebody deleted that,
 * by the block.
 */
char *
sync_mark_person(const char *s)
{
	char uid[SYNC_UID_LEN + 1];
	struct sync_links l = { 0 };
	struct buf out = { 0 };
	struct body b;
	size_t done = 0, len;
	const char *value;

	body_read(&b, s);
	if (!last_uid(&b, TASK, uid) && !last_uid(&b, LINKS, uid))
		uid[0] = '\0';
	for (size_t at = 0; next_marker(&b, SYNC_MARK, &at, &value, &len);) {
		size_t from = at, to = after_line(&b, at);

		at = to;
		if (len > 5 && strncmp(value, "task=", 5) == 0)
			value += 5, len -= 5;
		else if (len > 6 && strncmp(value, "links=", 6) == 0)
			value += 6, len -= 6, to = read_block(&b, from, &l);
		else
			continue;
		if (len != SYNC_UID_LEN || strncmp(value, uid, len) != 0)
			continue;
		drop(&b, &out, &done, from, to);
		at = to;
	}
	buf_append(&out, b.text.data + done, b.text.len - done);
	sync_links_release(&l);
	body_release(&b);
	return out.data ? buf_detach(&out) : xstrdup("");
}

bool
sync_mark_uid(const char *s, char uid[SYNC_UID_LEN + 1])
{
	struct body b;
	bool found;

	body_read(&b, s);
	found = last_uid(&b, TASK, uid);
	body_release(&b);
	return found;
}

bool
sync_mark_links(const char *s, struct sync_links *l)
{
	struct body b;
	const char *value;
	bool found = false;
	size_t len;

	*l = (struct sync_links){ 0 };
	body_read(&b, s);
	for (size_t at = 0; next_marker(&b, LINKS, &at, &value, &len); at = after_line(&b, at))
		if (is_uid(value, len)) {
			read_block(&b, at, l);
			found = true;
		}
	body_release(&b);
	return found;
}

void
sync_links_release(struct sync_links *l)
{
	vec_id_release(&l->blocked_by);
	*l = (struct sync_links){ 0 };
}

char *
sync_mark_comment(const char *text, const struct sync_key *k)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s%s" COMMENT "%s.%lld.%s" END, text, *text != '\0' ? "\n\n" : "", k->uid,
	    (long long)k->attempt, k->kind);
	return buf_detach(&b);
}

/* UID.ATTEMPT.KIND */
static bool
read_key(const char *s, size_t len, struct sync_key *k)
{
	size_t at = SYNC_UID_LEN, n;

	if (len < at || !is_uid(s, at) || s[at] != '.')
		return false;
	*k = (struct sync_key){ 0 };
	memcpy(k->uid, s, at);
	n = strspn(s + ++at, "0123456789");
	if (n == 0 || n > 18 || s[at + n] != '.' || (n > 1 && s[at] == '0'))
		return false;
	for (; s[at] != '.'; at++)
		k->attempt = k->attempt * 10 + (s[at] - '0');
	n = strspn(s + ++at, "abcdefghijklmnopqrstuvwxyz");
	if (n == 0 || n > SYNC_KIND_MAX || at + n != len)
		return false;
	memcpy(k->kind, s + at, n);
	return true;
}

bool
sync_mark_key(const char *comment, struct sync_key *k)
{
	struct body b;
	const char *value;
	struct sync_key one;
	bool found = false;
	size_t len;

	body_read(&b, comment);
	for (size_t at = 0; next_marker(&b, COMMENT, &at, &value, &len); at = after_line(&b, at))
		if (read_key(value, len, &one)) {
			*k = one;
			found = true;
		}
	body_release(&b);
	return found;
}

bool
sync_mark_ours(const char *comment)
{
	return strstr(comment, SYNC_MARK) != NULL;
}
