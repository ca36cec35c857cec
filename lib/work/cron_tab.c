#include "work/cron_tab.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "sys/fault.h"
#include "work/cron_ask.h"

#define PROGRAM "crontab"
#define NONE	"no crontab for "

/* Debian's prints two characters where one stands: "\r" for a CR, "\b" for a backspace. */
static const char shown[][2] = { { '\r', 'r' }, { '\b', 'b' } };

#define SHOWN (sizeof shown / sizeof *shown)

/* Its words, or its status where it has none. */
static int
refused(const char *what, int status, const struct buf *said, struct err *e)
{
	return said->len > 0 ? err_set(e, ERR_SYSTEM, "%s: %.600s", what, buf_str(said)) :
	    err_set(e, ERR_SYSTEM, "%s: it ended with status %d", what, status);
}

static int
ask(const char *word, const struct buf *in, int lock, struct buf *out, struct buf *said, struct err *e)
{
	struct vec_str words = { 0 };
	int status;

	vec_str_push(&words, PROGRAM);
	vec_str_push(&words, word);
	/* -e gives the crontab itself to the editor, which only prints it. */
	status = cron_ask(&(struct cron_ask){ .words = &words, .in = in, .keep = lock,
	    .editor = strcmp(word, "-e") == 0 ? "cat" : NULL }, out, said, e);
	vec_str_release(&words);
	return status;
}

/* ---- what it is ---- */

/* Is there what may stand for another character? */
static bool
is_doubtful(const struct buf *text)
{
	for (size_t i = 0; i + 1 < text->len; i++)
		for (size_t k = 0; k < SHOWN; k++)
			if (text->data[i] == '\\' && text->data[i + 1] == shown[k][1])
				return true;
	return false;
}

static void
as_shown(const struct buf *text, struct buf *out)
{
	for (size_t i = 0; i < text->len; i++) {
		size_t k = 0;

		while (k < SHOWN && text->data[i] != shown[k][0])
			k++;
		if (k < SHOWN)
			buf_putc(out, '\\');
		buf_putc(out, k < SHOWN ? shown[k][1] : text->data[i]);
	}
}

static bool
same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

/* In the place of what -l printed that which is there; nothing is taken that would be printed otherwise. */
static int
look_behind(struct buf *text, struct err *e)
{
	struct buf out = { 0 }, said = { 0 }, again = { 0 };
	struct err ignored = { 0 };
	int r = ask("-e", NULL, 0, &out, &said, &ignored);

	as_shown(&out, &again);
	if (r == 0 && (same(&out, text) || same(&again, text))) {
		buf_release(text);
		*text = out;
		out = (struct buf){ 0 };
	} else {
		r = err_set(e, ERR_FAILED, "crontab -l prints \\r or \\b, which may stand for other characters, and "
		    "crontab -e does not tell which: the crontab stays as it is");
	}
	buf_release(&out);
	buf_release(&said);
	buf_release(&again);
	return r;
}

int
cron_tab_read(struct buf *text, struct err *e)
{
	struct buf said = { 0 };
	int status = ask("-l", NULL, 0, text, &said, e), r = -1;

	if (status == -1)
		r = -1;
	else if (status == 1 && text->len == 0 && strstr(buf_str(&said), NONE) != NULL)
		r = 1;
	else if (status != 0)
		refused("the crontab cannot be read, and stays as it is", status, &said, e);
	else if (text->len > 0 && memchr(text->data, '\0', text->len) != NULL)
		err_set(e, ERR_INVALID, "there is a NUL in the crontab: it stays as it is");
	else
		r = is_doubtful(text) ? look_behind(text, e) : 0;
	buf_release(&said);
	return r;
}

/* ---- another one ---- */

static int
check(const struct buf *text, struct err *e)
{
	struct buf now = { 0 };
	int r;

	fault_step("crontab-check");
	r = cron_tab_read(&now, e);
	if (r == -1)
		err_prefix(e, "after it was written");
	else if (!same(&now, text))
		r = err_set(e, ERR_SYSTEM, "the crontab is not what was written: see crontab -l");
	buf_release(&now);
	return r == -1 ? -1 : 0;
}

int
cron_tab_can(const struct buf *text, struct err *e)
{
	/* Debian's and cronie's refuse it, and byte for byte it cannot be completed. */
	if (text->len > 0 && text->data[text->len - 1] != '\n')
		return err_set(e, ERR_FAILED, "the last line of the crontab has no newline, and crontab(1) takes no "
		    "such file: it stays as it is until crontab -e has saved it");
	return 0;
}

int
cron_tab_write(const struct buf *text, int lock, struct err *e)
{
	struct buf out = { 0 }, said = { 0 };
	int status, r = -1;

	if (cron_tab_can(text, e) == -1)
		return -1;
	fault_step("crontab-write");
	if ((status = ask(text->len > 0 ? "-" : "-r", text->len > 0 ? text : NULL, lock, &out, &said, e)) == 0)
		r = check(text, e);
	else if (status != -1)
		refused("the crontab was not replaced", status, &said, e);
	buf_release(&out);
	buf_release(&said);
	return r;
}
