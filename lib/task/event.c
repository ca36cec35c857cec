#include "task/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"

void
event_line(struct buf *out, int64_t seq, int64_t gen, int64_t at, const char *topic,
    int64_t task, int attempt, const struct val *data)
{
	struct val *line = val_map();
	char when[CLOCK_MAX];

	clock_format(at, when);
	val_put(line, "schema", val_int(1));
	val_put(line, "seq", val_int(seq));
	val_put(line, "gen", val_int(gen));
	val_put(line, "at", val_str(when));
	val_put(line, "topic", val_str(topic));
	if (task != 0)
		val_put(line, "task", val_int(task));
	if (attempt != 0)
		val_put(line, "attempt", val_int(attempt));
	val_put(line, "priority", val_str("normal"));
	if (data != NULL)
		val_put(line, "data", val_copy(data));
	json_print(out, line);
	buf_putc(out, '\n');
	val_free(line);
}

/* events.jsonl.2 becomes .3, .1 becomes .2, the file itself .1; the oldest goes. */
static int
rotate(struct project *p, struct err *e)
{
	int r = 0;

	for (int i = EVENT_FILES - 1; i > 0 && r == 0; i--) {
		char *from = i == 1 ? xstrdup(EVENT_FILE) : xasprintf(EVENT_FILE ".%d", i - 1);
		char *to = xasprintf(EVENT_FILE ".%d", i);

		r = fs_rename(p->orch_fd, from, to, e);
		free(from);
		free(to);
	}
	/* The record is going to say that the log is empty: the names are to be so before. */
	return r == 0 ? fs_sync_names(p->orch_fd, e) : r;
}

/* The length of the file; 0 if there is none. */
static int
length(const struct project *p, int64_t *len, struct err *e)
{
	struct stat st;

	*len = 0;
	if (fstatat(p->orch_fd, EVENT_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*len = st.st_size;
	else if (errno != ENOENT)
		return err_sys(e, "cannot look at '%s/" EVENT_FILE "'", p->orch);
	return 0;
}

/* A line that a power cut or a person tore is taken off, or the next would join it. */
static int
cut_torn(struct project *p, int64_t *len, struct err *e)
{
	struct buf text = { 0 };
	const char *line;
	int r = *len == 0 ? 0 : fs_read_at(p->orch_fd, EVENT_FILE, *len - 1, 1, &text, e);

	if (r != 0 || *len == 0 || text.data[0] == '\n')
		goto done;
	if ((r = fs_read(p->orch_fd, EVENT_FILE, FS_FILE_MAX, &text, e)) != 0)
		goto done;
	line = memrchr(text.data, '\n', text.len);
	*len = line == NULL ? 0 : line + 1 - text.data;
	r = fs_truncate(p->orch_fd, EVENT_FILE, (off_t)*len, e);
done:
	buf_release(&text);
	return r == 1 ? 0 : r;
}

int
event_begin(struct project *p, int64_t *start, struct err *e)
{
	if (length(p, start, e) == -1 || cut_torn(p, start, e) == -1)
		return -1;
	if (*start < config_int(&p->config, "events.max_bytes"))
		return 0;
	*start = 0;
	return rotate(p, e);
}

int
event_append(struct project *p, const struct buf *lines, struct err *e)
{
	off_t at;

	if (lines->len == 0)
		return 0;
	return fs_append(p->orch_fd, EVENT_FILE, lines->data, lines->len, &at, e);
}

int
event_cut(struct project *p, int64_t start, struct err *e)
{
	int64_t len;

	if (length(p, &len, e) == -1)
		return -1;
	return len <= start ? 0 : fs_truncate(p->orch_fd, EVENT_FILE, (off_t)start, e);
}
