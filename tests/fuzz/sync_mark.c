/*
 * sync_mark: a text as a person wrote it, and as a body that a stranger made
 *
 * What is written around a text comes off it again byte for byte, and says what was written;
 * of what anybody else wrote nothing but whole lines goes.
 */
#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/str.h"
#include "work/sync_mark.h"

static const char uid[] = "0123456789abcdef0123456789abcdef";

/* LF for CRLF, and nothing for a CR at the end, before which ours would stand. */
static char *
plain(const char *s)
{
	struct buf b = { 0 };

	for (; *s != '\0'; s++)
		if (s[0] != '\r' || (s[1] != '\n' && s[1] != '\0'))
			buf_putc(&b, *s);
	return b.data ? buf_detach(&b) : text_of(NULL, 0);
}

static void
check_body(const char *text, const struct sync_links *links)
{
	char *body = sync_mark_body(text, uid, links), *person = sync_mark_person(body);
	char *want = plain(text), found[SYNC_UID_LEN + 1] = "";
	struct sync_links l = { 0 };

	must(sync_mark_uid(body, found) && strcmp(found, uid) == 0, "%s", body);
	must(sync_mark_ours(body), "%s", body);
	must(strcmp(person, want) == 0, "wrote:\n%s\ngot:\n%s", want, person);
	if (links->parent != 0 || links->blocked_by.n > 0) {
		must(sync_mark_links(body, &l), "%s", body);
		must(l.parent == links->parent && l.blocked_by.n == links->blocked_by.n, "%s", body);
		for (size_t i = 0; i < l.blocked_by.n; i++)
			must(l.blocked_by.v[i] == links->blocked_by.v[i], "%s", body);
	}
	sync_links_release(&l);
	free(want);
	free(person);
	free(body);
}

static void
check_comment(const char *text, int64_t attempt)
{
	struct sync_key key = { .attempt = attempt, .kind = "result" }, got = { 0 };
	char *comment;

	memcpy(key.uid, uid, sizeof uid);
	comment = sync_mark_comment(text, &key);
	must(sync_mark_key(comment, &got) && strcmp(got.uid, uid) == 0 && got.attempt == attempt &&
	    strcmp(got.kind, "result") == 0, "%s", comment);
	must(sync_mark_ours(comment), "%s", comment);
	free(comment);
}

/* A body of anybody: what is left of it are lines of it, in their order. */
static void
check_foreign(const char *text)
{
	char *person = sync_mark_person(text), found[SYNC_UID_LEN + 1];
	struct sync_links l = { 0 };
	struct sync_key key;
	const char *at = text;
	size_t bad;

	must(strlen(person) <= strlen(text), "%s", person);
	must(!str_utf8(text, strlen(text), &bad) || str_utf8(person, strlen(person), &bad), "%s", person);
	for (const char *line = person; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		const char *there = n > 0 ? memmem(at, strlen(at), line, n) : at;

		/* A CR inside of a line was one of CRLF. */
		if (memchr(text, '\r', strlen(text)) == NULL)
			must(there != NULL, "%.*s", (int)n, line);
		at = there != NULL ? there + n : at;
		line += n + (line[n] != '\0');
	}
	if (sync_mark_uid(text, found))
		must(strlen(found) == SYNC_UID_LEN && sync_mark_ours(text), "%s", found);
	else
		must(sync_mark_links(text, &l) || strcmp(person, text) == 0 || strchr(text, '\r') != NULL,
		    "%s", person);
	sync_links_release(&l);
	if (sync_mark_key(text, &key))
		must(sync_mark_ours(text) && strlen(key.uid) == SYNC_UID_LEN && key.attempt >= 0, "%s", text);
	free(person);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len);
	struct sync_links links = { 0 };

	check_foreign(text);
	/* That marker would be ours. */
	if (strstr(text, uid) == NULL) {
		check_body(text, &links);
		links.parent = len;
		for (size_t i = 0; i < len && i < 3; i++)
			vec_id_push(&links.blocked_by, data[i] + 1);
		check_body(text, &links);
		check_comment(text, (int64_t)len);
	}
	sync_links_release(&links);
	free(text);
	return 0;
}
