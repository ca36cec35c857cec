#include "work/cron_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "task/project.h"

#define SCHEDULE "* * * * *"

void
cron_line_word(struct buf *b, const char *word)
{
	bool plain = *word != '\0' && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_./+-")] == '\0';

	buf_puts(b, plain ? "" : "'");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_puts(b, "'\\'");
		if (*word == '%')
			buf_putc(b, '\\');
		buf_putc(b, *word);
		/* Ended and begun anew: what follows is no second backslash, nor "\%". */
		if (*word == '\\')
			buf_puts(b, "''");
	}
	buf_puts(b, plain ? "" : "'");
}

bool
cron_line_can(const char *word)
{
	struct buf shown = { 0 };
	bool same;

	str_visible(&shown, word, strlen(word), false);
	same = strcmp(buf_str(&shown), word) == 0;
	buf_release(&shown);
	return same;
}

const char *
cron_line_option(const struct project *p)
{
	return p->named ? "-f" : "-C";
}

const char *
cron_line_path(const struct project *p)
{
	return p->named ? p->tasks : p->dir;
}

char *
cron_line_mark(const struct project *p)
{
	struct buf b = { 0 };

	buf_puts(&b, " # orch-cron tick of ");
	cron_line_word(&b, cron_line_path(p));
	return buf_detach(&b);
}

char *
cron_line_of(const struct project *p, const char *program)
{
	char *mark = cron_line_mark(p);
	struct buf b = { 0 };

	buf_puts(&b, SCHEDULE " ");
	cron_line_word(&b, program);
	buf_printf(&b, " %s ", cron_line_option(p));
	cron_line_word(&b, cron_line_path(p));
	buf_puts(&b, " tick --log");
	buf_puts(&b, mark);
	free(mark);
	return buf_detach(&b);
}

/* Without what an editor may have left at its end. */
static size_t
trimmed(const char *line, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
		len--;
	return len;
}

static bool
is_ours(const char *line, size_t len, const char *mark)
{
	size_t n = trimmed(line, len), m = strlen(mark), first = 0;

	while (first < n && (line[first] == ' ' || line[first] == '\t'))
		first++;
	return first < n && line[first] != '#' && n > m && memcmp(line + n - m, mark, m) == 0;
}

bool
cron_line_put(const struct buf *text, const char *mark, const char *line, struct buf *out,
    struct vec_str *gone)
{
	const char *at = buf_str(text), *end = at + text->len, *tail;
	size_t len = line != NULL ? strlen(line) : 0, start = out->len;

	for (; at < end; at = tail) {
		tail = memchr(at, '\n', (size_t)(end - at));
		if (tail == NULL && line != NULL && !is_ours(at, (size_t)(end - at), mark)) {
			/* Behind the last that is whole. */
			buf_append(out, line, len);
			buf_putc(out, '\n');
			line = NULL;
		}
		tail = tail != NULL ? tail + 1 : end;
		if (!is_ours(at, (size_t)(tail - at), mark)) {
			buf_append(out, at, (size_t)(tail - at));
			continue;
		}
		if (line == NULL || (size_t)(tail - at) != len + 1 || memcmp(at, line, len) != 0)
			vec_str_take(gone, xstrndup(at, (size_t)(tail - at) - (tail[-1] == '\n')));
		if (line != NULL) {
			buf_append(out, line, len);
			buf_putc(out, '\n');
		}
		line = NULL;
	}
	if (line != NULL) {
		buf_append(out, line, len);
		buf_putc(out, '\n');
	}
	return out->len - start != text->len || memcmp(buf_str(out) + start, buf_str(text), text->len) != 0;
}
