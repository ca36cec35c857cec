#include "task/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"

#define LOOK_MAX (1 << 20)	/* bytes of the log that are looked at when something is wrong */
#define LINE_LOOK 4096		/* and when nothing is */
#define HEAD_LOOK 64

static void
add_number(struct val *line, const char *key, int64_t n)
{
	if (n != 0)
		val_add(line, key, val_int(n));
}

void
event_line(struct buf *out, int64_t seq, int64_t gen, int64_t at, const struct event *ev)
{
	struct val *line = val_map();

	/* event_peek() knows the first four by their places. */
	val_add(line, "schema", val_int(1));
	val_add(line, "seq", val_int(seq));
	add_number(line, "gen", gen);
	val_add(line, "at", val_time(at));
	val_add(line, "topic", val_str(ev->topic));
	if (ev->source != NULL)
		val_add(line, "source", val_str(ev->source));
	add_number(line, "task", ev->task);
	add_number(line, "attempt", ev->attempt);
	val_add(line, "priority", val_str(ev->priority ? ev->priority : "normal"));
	add_number(line, "ttl", ev->ttl);
	add_number(line, "depth", ev->depth);
	if (ev->data != NULL)
		val_add(line, "data", redact_val(ev->redact, ev->data));
	json_print(out, line);
	buf_putc(out, '\n');
	val_free(line);
}

int
event_depth(void)
{
	const char *text = getenv(EVENT_DEPTH);
	int64_t n;

	/* Whatever else stands there was not put there by us. */
	if (text == NULL || num_int(text, 0, EVENT_DEPTH_MAX, &n) == -1)
		return text == NULL || *text == '\0' ? 0 : EVENT_DEPTH_MAX;
	return (int)n;
}

static int
rotate(struct project *p, struct err *e)
{
	/* The record is going to say that the log is empty: the names are to be so before. */
	if (fs_turn_over(p->orch_fd, EVENT_FILE, EVENT_FILES, e) == -1)
		return -1;
	return fs_sync_names(p->orch_fd, e);
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

/* Do these bytes stand there? */
static bool
has_bytes(const struct project *p, int64_t at, const char *bytes, size_t len)
{
	struct buf text = { 0 };
	struct err none;
	bool has = fs_read_at(p->orch_fd, EVENT_FILE, at, len, &text, &none) == 0 &&
	    text.len == len && memcmp(text.data, bytes, len) == 0;

	buf_release(&text);
	return has;
}

/* Of a log of that length: does it end with the tail, or with a whole line if that is empty? */
static bool
has_tail(const struct project *p, const struct event_tail *tail, int64_t len)
{
	if (len != tail->at + (int64_t)tail->lines.len)
		return false;
	if (tail->lines.len > 0)
		return has_bytes(p, tail->at, tail->lines.data, tail->lines.len);
	return len == 0 || has_bytes(p, len - 1, "\n", 1);
}

/* All that the log has is on the disk, and the tail begins where it ends. */
static int
begin_tail(struct project *p, struct event_tail *tail, int64_t len, struct err *e)
{
	if (len > 0 && fs_sync_file(p->orch_fd, EVENT_FILE, e) == -1)
		return -1;
	buf_cut(&tail->lines, 0);
	tail->at = len;
	return 0;
}

/* ---- what the lines say ---- */

/* A line of ours; false: it is something else, or torn.  Of tasks only the suite tells. */
struct saying {
	int64_t seq, gen, task;
};

static bool
read_line(const char *line, size_t len, struct saying *s)
{
	struct err not_json;
	struct val *v = json_parse(line, len, &not_json);

	s->seq = val_number(val_get(v, "seq"), 0);
	s->gen = val_number(val_get(v, "gen"), 0);
	s->task = val_get(v, "source") != NULL ? 0 : val_number(val_get(v, "task"), 0);
	val_free(v);
	return s->seq > 0 && s->seq <= EVENT_SEQ_MAX;
}

/* The whole line at *at, and *at behind it; NULL at the end. */
static const char *
next_line(const struct buf *text, size_t *at, size_t *len)
{
	const char *line = buf_str(text) + *at;
	const char *stop = *at < text->len ? memchr(line, '\n', text->len - *at) : NULL;

	if (stop == NULL)
		return NULL;
	*len = (size_t)(stop - line);
	*at += *len + 1;
	return line;
}

/* The last LOOK_MAX bytes of a file of that length, from the start of a line on. */
static int
read_end(const struct project *p, const char *name, int64_t len, struct buf *text, int64_t *start,
    struct err *e)
{
	const char *first;
	size_t skip;
	int r;

	*start = len > LOOK_MAX ? len - LOOK_MAX : 0;
	r = fs_read_at(p->orch_fd, name, *start, (size_t)(len - *start), text, e);
	if (r == -1 || *start == 0 || text->len == 0)
		return r == -1 ? -1 : 0;
	first = memchr(text->data, '\n', text->len);
	skip = first != NULL ? (size_t)(first + 1 - text->data) : text->len;
	memmove(text->data, text->data + skip, text->len - skip);
	buf_cut(text, text->len - skip);
	*start += (int64_t)skip;
	return 0;
}

/* The greatest number in the log, and the greatest task of those behind number *seq. */
static void
find_newest(const struct buf *text, int64_t *seq, int64_t *task)
{
	int64_t known = *seq;
	struct saying s;
	const char *line;

	*seq = *task = 0;
	for (size_t at = 0, len; (line = next_line(text, &at, &len)) != NULL;) {
		if (!read_line(line, len, &s))
			continue;
		if (s.seq > *seq)
			*seq = s.seq;
		if (s.seq > known && s.task > *task)
			*task = s.task;
	}
}

/* The lines of the tail that are newer than all that the log has. */
static void
find_missing(const struct event_tail *tail, int64_t seq, struct buf *missing)
{
	struct saying s;
	const char *line;

	for (size_t at = 0, len; (line = next_line(&tail->lines, &at, &len)) != NULL;)
		if (read_line(line, len, &s) && s.seq > seq)
			buf_append(missing, line, len + 1);
}

static int
put_back(struct project *p, const struct buf *missing, int64_t *len, struct err *e)
{
	off_t at;

	if (missing->len == 0)
		return 0;
	project_note(p, "the newest lines of '%s/" EVENT_FILE "' were missing and are put back", p->orch);
	*len += (int64_t)missing->len;
	return fs_append(p->orch_fd, EVENT_FILE, missing->data, missing->len, &at, e);
}

/* The number of a line as event_line() wrote it, or 0. */
static int64_t
number_of(const char *line)
{
	static const char first[] = "{\"schema\":1,\"seq\":";
	long long n = str_starts(line, first) ? strtoll(line + sizeof first - 1, NULL, 10) : 0;

	return n <= EVENT_SEQ_MAX ? n : 0;
}

/* The number of the last line of a log of that length; 0: it is not whole, or too long. */
static int64_t
last_number(const struct project *p, int64_t len)
{
	struct buf text = { 0 };
	struct err none;
	const char *start = NULL;
	int64_t number = 0, at = len;

	for (int64_t look = LINE_LOOK; start == NULL && at > 0 && look <= LOOK_MAX; look *= 16) {
		at = len > look ? len - look : 0;
		if (fs_read_at(p->orch_fd, EVENT_FILE, at, (size_t)(len - at), &text, &none) != 0 ||
		    text.len != (size_t)(len - at) || text.data[text.len - 1] != '\n')
			break;
		start = memrchr(text.data, '\n', text.len - 1);
		if (start != NULL || at == 0)
			number = number_of(start ? start + 1 : text.data);
	}
	buf_release(&text);
	return number;
}

static int64_t
first_number(const struct project *p)
{
	struct buf text = { 0 };
	struct err none;
	int64_t number = 0;

	if (fs_read_at(p->orch_fd, EVENT_FILE, 0, HEAD_LOOK, &text, &none) == 0)
		number = number_of(buf_str(&text));
	buf_release(&text);
	return number;
}

/*
 * Has only event_tell() been there since the record?  All that is before such a line was
 * synced with it, in this file or in one that was turned over since.
 */
static bool
goes_on(const struct project *p, const struct event_tail *tail, int64_t len, int64_t *seq)
{
	int64_t newest = last_number(p, len);
	bool there = tail->lines.len == 0 ? tail->at <= len :
	    has_bytes(p, tail->at, tail->lines.data, tail->lines.len);

	if (newest <= *seq || (!there && first_number(p) <= *seq))
		return false;
	*seq = newest;
	return true;
}

/* What the file before it knows, if one is there: a turn may have been the last that was done. */
static int
find_before(const struct project *p, int64_t known, int64_t *newest, int64_t *task, struct err *e)
{
	static const char name[] = EVENT_FILE ".1";
	struct buf end = { 0 };
	struct stat st;
	int64_t start;
	int r = 0;

	if (fstatat(p->orch_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    (r = read_end(p, name, st.st_size, &end, &start, e)) == 0) {
		*newest = known;
		find_newest(&end, newest, task);
	}
	buf_release(&end);
	return r;
}

static int
settle_log(struct project *p, struct event_tail *tail, int64_t *seq, int64_t *task, struct err *e)
{
	struct buf end = { 0 }, missing = { 0 };
	int64_t len, start, newest = *seq;
	int r = -1;

	*task = 0;
	if (length(p, &len, e) == -1)
		return -1;
	if (has_tail(p, tail, len) || goes_on(p, tail, len, seq))
		return 0;
	/* A power cut, or a person: whatever it was, by the numbers it is seen what is missing. */
	if (cut_torn(p, &len, e) == -1 || read_end(p, EVENT_FILE, len, &end, &start, e) == -1)
		goto done;
	find_newest(&end, &newest, task);
	if (newest == 0 && find_before(p, *seq, &newest, task, e) == -1)
		goto done;
	find_missing(tail, newest, &missing);
	if (newest > *seq)
		*seq = newest;
	if (put_back(p, &missing, &len, e) == 0)
		r = begin_tail(p, tail, len, e);
done:
	buf_release(&end);
	buf_release(&missing);
	return r;
}

int
event_settle(struct project *p, struct event_tail *tail, int64_t *seq, int64_t *task, struct err *e)
{
	if (settle_log(p, tail, seq, task, e) == -1)
		return -1;
	event_mark_raise(p, seq);
	if (*seq > EVENT_SEQ_MAX - EVENT_SEQ_ROOM)
		return err_set(e, ERR_INVALID, "'%s/" EVENT_FILE "' has come to event %lld, and there are no "
		    "numbers behind it: who edited that line or .orch/state/events is to take it out",
		    p->orch, (long long)*seq);
	return 0;
}

int
event_begin(struct project *p, const struct buf *lines, struct event_tail *tail, int64_t *start,
    struct err *e)
{
	bool full, foreign;

	if (length(p, start, e) == -1)
		return -1;
	full = *start >= config_int(&p->config, "events.max_bytes");
	/* Somebody else's line since event_settle(). */
	foreign = *start != tail->at + (int64_t)tail->lines.len;
	if ((foreign || full || tail->lines.len + lines->len > EVENT_TAIL_MAX) &&
	    begin_tail(p, tail, *start, e) == -1)
		return -1;
	if (full) {
		tail->at = *start = 0;
		if (rotate(p, e) == -1)
			return -1;
	}
	if (lines->len <= EVENT_TAIL_MAX)
		buf_append(&tail->lines, lines->data, lines->len);
	else
		tail->at += (int64_t)lines->len;
	return 0;
}

int
event_tell(struct project *p, const struct buf *lines, struct err *e)
{
	int64_t len;
	off_t at;

	if (length(p, &len, e) == -1)
		return -1;
	if (len >= config_int(&p->config, "events.max_bytes") &&
	    (fs_sync_file(p->orch_fd, EVENT_FILE, e) == -1 || rotate(p, e) == -1))
		return -1;
	return fs_append(p->orch_fd, EVENT_FILE, lines->data, lines->len, &at, e);
}

int
event_append(struct project *p, const struct buf *lines, struct err *e)
{
	off_t at;

	if (lines->len == 0)
		return 0;
	if (lines->len <= EVENT_TAIL_MAX)
		return fs_extend(p->orch_fd, EVENT_FILE, lines->data, lines->len, e);
	return fs_append(p->orch_fd, EVENT_FILE, lines->data, lines->len, &at, e);
}

/*
 * Where the lines of that generation begin, which are the last of the log: `start` if all
 * is as it was when they were written, else they are looked for.
 */
static int
find_start(struct project *p, int64_t len, int64_t start, int64_t gen, int64_t *from, struct err *e)
{
	struct buf end = { 0 };
	struct saying s;
	const char *line;
	int64_t first;
	size_t at, size;
	bool ours = false;

	if (read_end(p, EVENT_FILE, len, &end, &first, e) == -1)
		return -1;
	*from = len;
	for (at = 0; (line = next_line(&end, &at, &size)) != NULL;) {
		bool is = read_line(line, size, &s) && s.gen == gen;

		if (is && !ours)
			*from = first + (line - buf_str(&end));
		ours = is;
	}
	if (!ours)
		*from = first + (int64_t)at;	/* a torn line may be left of it */
	else if (*from == first && start < first)
		*from = start;			/* they begin before what was looked at */
	buf_release(&end);
	return 0;
}

int
event_cut(struct project *p, int64_t start, int64_t gen, struct err *e)
{
	int64_t len, from;

	if (length(p, &len, e) == -1 || find_start(p, len, start, gen, &from, e) == -1)
		return -1;
	return len <= from ? 0 : fs_truncate(p->orch_fd, EVENT_FILE, (off_t)from, e);
}
