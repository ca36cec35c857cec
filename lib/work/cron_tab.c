#include "work/cron_tab.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "sys/fault.h"
#include "work/cron_ask.h"

#define PROGRAM "crontab"
#define NONE	"no crontab for "

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
	status = cron_ask(&(struct cron_ask){ .words = &words, .in = in, .keep = lock }, out, said, e);
	vec_str_release(&words);
	return status;
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
		r = 0;
	buf_release(&said);
	return r;
}

static int
check(const struct buf *text, struct err *e)
{
	struct buf now = { 0 };
	int r;

	fault_step("crontab-check");
	r = cron_tab_read(&now, e);
	if (r == -1)
		err_prefix(e, "after it was written");
	else if (now.len != text->len || memcmp(buf_str(&now), buf_str(text), now.len) != 0)
		r = err_set(e, ERR_SYSTEM, "the crontab is not what was written: see crontab -l");
	buf_release(&now);
	return r == -1 ? -1 : 0;
}

int
cron_tab_write(const struct buf *text, int lock, struct err *e)
{
	struct buf out = { 0 }, said = { 0 };
	int status, r = -1;

	fault_step("crontab-write");
	if ((status = ask(text->len > 0 ? "-" : "-r", text->len > 0 ? text : NULL, lock, &out, &said, e)) == 0)
		r = check(text, e);
	else if (status != -1)
		refused("the crontab was not replaced", status, &said, e);
	buf_release(&out);
	buf_release(&said);
	return r;
}
