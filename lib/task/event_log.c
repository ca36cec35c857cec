#include "task/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/record.h"

#define CHUNK	 (128 << 10)	/* bytes read at a time, more for a line that is longer */
#define SAMPLE	 4096		/* bytes that are counted to find the rare ones */
#define TRIES	 100		/* commits that may come in between while the log is opened */

/* ---- one line ---- */

/* Is that next?  Then *s is behind it. */
static bool
skip(const char **s, const char *end, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(end - *s) < len || memcmp(*s, word, len) != 0)
		return false;
	*s += len;
	return true;
}

static bool
skip_number(const char **s, const char *end, int64_t *n)
{
	const char *start = *s;

	for (*n = 0; *s < end && **s >= '0' && **s <= '9' && *s - start < 18; (*s)++)
		*n = *n * 10 + (**s - '0');
	return *s > start;
}

/* As event_line() writes it, which is what all but a person's lines are like. */
static bool
quick(const char *line, size_t len, struct event_seen *ev)
{
	const char *s = line, *end = line + len, *quote;

	if (!skip(&s, end, "{\"schema\":1,\"seq\":") || !skip_number(&s, end, &ev->seq))
		return false;
	ev->gen = 0;
	if (skip(&s, end, ",\"gen\":") && !skip_number(&s, end, &ev->gen))
		return false;
	if (!skip(&s, end, ",\"at\":\"") || (quote = memchr(s, '"', (size_t)(end - s))) == NULL)
		return false;
	s = quote;
	if (!skip(&s, end, "\",\"topic\":\"") || (quote = memchr(s, '"', (size_t)(end - s))) == NULL)
		return false;
	ev->topic = s;
	ev->topic_len = (size_t)(quote - s);
	return ev->seq > 0 && end[-1] == '}';
}

/* In whatever order its keys are: the topic is borrowed from the line, where it is plain text. */
static bool
from_json(const char *line, size_t len, struct event_seen *ev)
{
	struct err none;
	struct val *v = json_parse(line, len, &none);
	const char *topic = val_text(val_get(v, "topic"));

	ev->seq = val_number(val_get(v, "seq"), 0);
	ev->gen = val_number(val_get(v, "gen"), 0);
	ev->topic = topic ? memmem(line, len, topic, strlen(topic)) : NULL;
	ev->topic_len = ev->topic ? strlen(topic) : 0;
	val_free(v);
	return ev->seq > 0 && ev->topic_len > 0;
}

bool
event_peek(const char *line, size_t len, struct event_seen *ev)
{
	*ev = (struct event_seen){ .line = line, .len = len };
	return len > 0 && (quick(line, len, ev) || (*line == '{' && from_json(line, len, ev))) &&
	    ev->seq <= EVENT_SEQ_MAX;
}

bool
event_expired(const struct val *event, int64_t now)
{
	const char *when = val_text(val_get(event, "at"));
	int64_t ttl = val_number(val_get(event, "ttl"), 0), at;

	return ttl > 0 && when != NULL && clock_parse(when, &at) == 0 && now - at >= ttl;
}

/* ---- opening ---- */

/* The newest first, so that a turn in between shows a file twice and loses none. */
static int
open_pieces(struct event_log *log, const struct project *p, struct err *e)
{
	struct event_piece found[EVENT_FILES];
	ino_t inode[EVENT_FILES];
	size_t n = 0;

	for (int i = 0; i < EVENT_FILES; i++) {
		char name[sizeof EVENT_FILE + 8];
		struct stat st;
		bool twice = false;
		int fd;

		snprintf(name, sizeof name, i == 0 ? EVENT_FILE : EVENT_FILE ".%d", i);
		if ((fd = fs_open_plain(p->orch_fd, name, name, O_RDONLY, &st, e)) == -1 &&
		    e->code == ERR_SYSTEM && e->sys == ENOENT)
			continue;
		if (fd == -1)
			goto fail;
		for (size_t k = 0; k < n; k++)
			twice = twice || inode[k] == st.st_ino;
		if (twice) {
			close(fd);
			continue;
		}
		inode[n] = st.st_ino;
		found[n++] = (struct event_piece){ fd, st.st_size };
	}
	for (size_t i = 0; i < n; i++)
		log->piece[i] = found[n - 1 - i];
	log->n = n;
	return 0;
fail:
	while (n > 0)
		close(found[--n].fd);
	return -1;
}

static int
last_one(void *arg, const struct event_seen *ev)
{
	*(int64_t *)arg = ev->seq;
	return 1;
}

/*
 * A commit writes its record, then its lines, then exchanges the file, and what it staged
 * lies there until it is done.  So with the newest record looked at, and then what is
 * staged, it is known what has happened by then; if the record is still the same when the
 * log has been opened, there is nothing else in there that could be taken for it.
 */
static int
open_at(struct event_log *log, const struct project *p, int state, struct err *e)
{
	struct record last = { 0 }, again = { 0 }, before;
	char staged[FS_IDENTITY_MAX] = "";
	int64_t newest = 0, mark = 0;
	bool same = false;

	for (int i = 0; i < TRIES && !same; i++) {
		event_log_close(log);
		/* Before the log is opened, or it could be ahead of what is seen there. */
		mark = event_mark(p);
		if (record_peek(state, &last, &before, e) == -1 ||
		    fs_staged_peek(p->tasks, staged, e) == -1 || open_pieces(log, p, e) == -1 ||
		    record_peek(state, &again, &before, e) == -1)
			return -1;
		same = last.gen == again.gen && strcmp(last.staged, again.staged) == 0;
	}
	/* One that is torn or lost by a power cut says nothing, and no commit is at work. */
	log->gen = last.gen == 0 ? (*staged != '\0' ? 0 : INT64_MAX) :
	    !same || strcmp(staged, last.staged) == 0 ? last.gen - 1 : last.gen;
	if (event_log_back(log, NULL, last_one, &newest, e) == -1)
		return -1;
	log->last = newest > last.seq || log->gen != last.gen ? newest : last.seq;
	if (mark > log->last && (last.gen > 0 || log->gen == INT64_MAX))
		log->last = mark;
	return 0;
}

int
event_log_open(struct event_log *log, const struct project *p, struct err *e)
{
	int state, r;

	*log = (struct event_log){ 0 };
	if (p->orch_fd == -1)
		return 0;
	state = fs_open_dir(p->orch_fd, "state");
	if (state == -1 && errno != ENOENT)
		return err_sys(e, "cannot open '%s/state'", p->orch);
	if (state == -1) {
		log->gen = INT64_MAX;
		return open_pieces(log, p, e) == -1 ? -1 : event_log_back(log, NULL, last_one, &log->last, e);
	}
	if ((r = open_at(log, p, state, e)) == -1)
		event_log_close(log);
	close(state);
	return r;
}

void
event_log_close(struct event_log *log)
{
	while (log->n > 0)
		close(log->piece[--log->n].fd);
}

/* ---- reading ---- */

/* What is there of [at, at + want), at most; fewer bytes only where the file was cut. */
static int
read_chunk(const struct event_piece *piece, int64_t at, size_t want, struct buf *b, struct err *e)
{
	buf_cut(b, 0);
	buf_reserve(b, want);
	while (b->len < want) {
		ssize_t n = pread(piece->fd, b->data + b->len, want - b->len, at + (int64_t)b->len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, "cannot read the event log");
		if (n == 0)
			break;
		b->len += (size_t)n;
	}
	return 0;
}

/* The number of the first event that begins at `at` or behind; INT64_MAX: there is none.  The
 * bytes before the first newline are passed over unless at is 0. */
static int
number_behind(const struct event_piece *piece, int64_t at, struct buf *b, int64_t *seq, struct err *e)
{
	struct event_seen ev;

	*seq = INT64_MAX;
	for (size_t want = 4096; at < piece->size; want *= 2) {
		const char *s, *end, *stop;
		bool all = (int64_t)want >= piece->size - at;

		if (read_chunk(piece, at, all ? (size_t)(piece->size - at) : want, b, e) == -1)
			return -1;
		s = buf_str(b);
		end = s + b->len;
		if (at > 0 && (s = memchr(s, '\n', b->len)) == NULL)
			s = end;
		else if (at > 0)
			s++;
		for (; s < end && (stop = memchr(s, '\n', (size_t)(end - s))) != NULL; s = stop + 1)
			if (event_peek(s, (size_t)(stop - s), &ev)) {
				*seq = ev.seq;
				return 0;
			}
		if (all || want > (size_t)JSON_TEXT_MAX)
			return 0;
	}
	return 0;
}

/* Where in the file to begin so as to miss none above `after`. */
static int
find_start(const struct event_piece *piece, int64_t after, int64_t *start, struct err *e)
{
	struct buf b = { 0 };
	int64_t low = 0, high = piece->size, seq;
	int r = 0;

	/* All that begins before `low` has a number of at most `after`. */
	while (r == 0 && high - low > CHUNK) {
		int64_t middle = low + (high - low) / 2;

		if ((r = number_behind(piece, middle, &b, &seq, e)) == 0 && seq <= after)
			low = middle;
		else
			high = middle;
	}
	*start = low;
	buf_release(&b);
	return r;
}

/* One file from an offset on, which may be in the midst of a line unless it is 0.  1: enough. */
static int
each_in(const struct event_log *log, const struct event_piece *piece, int64_t after, event_fn *fn,
    void *arg, struct err *e)
{
	struct buf b = { 0 };
	struct event_seen ev;
	size_t want = CHUNK;
	int64_t at;
	int r = find_start(piece, after, &at, e);

	for (bool whole = at == 0; r == 0 && at < piece->size;) {
		int64_t left = piece->size - at;
		const char *s, *end, *stop;

		if ((r = read_chunk(piece, at, left < (int64_t)want ? (size_t)left : want, &b, e)) == -1)
			break;
		s = buf_str(&b);
		end = s + b.len;
		for (; r == 0 && (stop = memchr(s, '\n', (size_t)(end - s))) != NULL; s = stop + 1, whole = true) {
			if (!whole || !event_peek(s, (size_t)(stop - s), &ev) || ev.seq <= after)
				continue;
			r = ev.gen > log->gen ? 1 : fn(arg, &ev);
		}
		if (s == buf_str(&b) && b.len < want)
			break;		/* what is left is torn, or on its way */
		if (s == buf_str(&b) && want > (size_t)JSON_TEXT_MAX) {
			at += (int64_t)b.len;
			whole = false;	/* too long for an event: its rest is passed over */
		} else if (s == buf_str(&b)) {
			want *= 2;
		}
		at += s - buf_str(&b);
	}
	buf_release(&b);
	return r;
}

int
event_log_each(const struct event_log *log, int64_t after, event_fn *fn, void *arg, struct err *e)
{
	struct buf b = { 0 };
	int64_t first = INT64_MAX;
	size_t i = log->n;
	int r = 0;

	/* Back to the file that begins no later than what is wanted. */
	while (r == 0 && i > 0 && first > after)
		r = number_behind(&log->piece[--i], 0, &b, &first, e);
	for (; r == 0 && i < log->n; i++)
		r = each_in(log, &log->piece[i], after, fn, arg, e);
	buf_release(&b);
	return r == -1 ? -1 : 0;
}

/* ---- backwards ---- */

/*
 * Most lines are not wanted, so they are only searched: by memchr(3) for that byte of each
 * text that is the rarest in the end of the log, which is several times as fast as memmem(3).
 */
struct needle {
	const char *text;	/* NULL: none is looked for */
	size_t len, rare;
};

struct search {
	const struct event_hint *hint;
	struct needle key[EVENT_HINTS], text[EVENT_HINTS];
};

static struct needle
needle(const char *text, const size_t count[256])
{
	struct needle n = { text, text != NULL ? strlen(text) : 0, 0 };

	for (size_t i = 1; i < n.len; i++)
		if (count[(unsigned char)text[i]] < count[(unsigned char)text[n.rare]])
			n.rare = i;
	return n;
}

static void
begin_search(struct search *s, const struct event_hint *hint, const char *sample, size_t len)
{
	size_t count[256] = { 0 };

	s->hint = hint;
	for (size_t i = 0; i < len; i++)
		count[(unsigned char)sample[i]]++;
	for (size_t i = 0; i < hint->n; i++) {
		s->key[i] = needle(hint->v[i].key, count);
		s->text[i] = needle(hint->v[i].text, count);
	}
}

static const char *
find(const struct needle *n, const char *s, size_t len)
{
	const char *at, *end;

	if (n->len == 0 || len < n->len)
		return n->len == 0 ? s : NULL;
	end = s + (len - n->len) + n->rare + 1;
	for (at = s + n->rare; (at = memchr(at, n->text[n->rare], (size_t)(end - at))) != NULL; at++)
		if (*(at - n->rare) == *n->text && memcmp(at - n->rare, n->text, n->len) == 0)
			return at - n->rare;
	return NULL;
}

/* In these lines, all that there must be in one? */
static bool
may_have(const struct search *s, const char *text, size_t len)
{
	for (size_t i = 0; s->hint != NULL && i < s->hint->n; i++)
		if (find(&s->text[i], text, len) == NULL || find(&s->key[i], text, len) == NULL)
			return false;
	return true;
}

static const char *
skip_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* Is there such a key with such a value?  A number and a text are alike but for the quotes. */
static bool
has_pair(const struct needle *key, const struct needle *text, const char *s, const char *end)
{
	while ((s = find(key, s, (size_t)(end - s))) != NULL) {
		const char *at = skip_blanks(s + key->len, end);

		at = at < end && *at == ':' ? skip_blanks(at + 1, end) : end;
		at += at < end && *at == '"';
		/* A number may go on with .0 or an exponent that is none. */
		if ((size_t)(end - at) > text->len && memcmp(at, text->text, text->len) == 0 &&
		    strchr("\",}] \t.eE", at[text->len]) != NULL)
			return true;
		s++;
	}
	return false;
}

static bool
line_may_have(const struct search *s, const char *line, const char *end)
{
	for (size_t i = 0; s->hint != NULL && i < s->hint->n; i++) {
		const struct needle *key = &s->key[i], *text = &s->text[i];

		if (key->len > 0 && text->len > 0 ? !has_pair(key, text, line, end) :
		    find(key->len > 0 ? key : text, line, (size_t)(end - line)) == NULL)
			return false;
	}
	return true;
}

/* One whole line.  1: enough. */
static int
back_to(const struct event_log *log, const char *line, const char *stop, const struct search *search,
    event_fn *fn, void *arg)
{
	size_t len = (size_t)(stop - line);
	struct event_seen ev;

	return line_may_have(search, line, stop) && event_peek(line, len, &ev) && ev.gen <= log->gen &&
	    fn(arg, &ev) != 0;
}

/* One file from its end.  1: enough. */
static int
back_in(const struct event_log *log, const struct event_piece *piece, const struct event_hint *hint,
    event_fn *fn, void *arg, struct err *e)
{
	struct buf b = { 0 };
	struct search search = { 0 };
	size_t want = CHUNK;
	int64_t end = piece->size;	/* before it nothing has been looked at */
	bool whole = false;		/* what ends there ends with a newline */
	int r = 0;

	while (r == 0 && end > 0) {
		int64_t at = end > (int64_t)want ? end - (int64_t)want : 0;
		const char *stop, *nl;

		if ((r = read_chunk(piece, at, (size_t)(end - at), &b, e)) == -1)
			break;
		if (b.len < (size_t)(end - at)) {	/* it was cut meanwhile */
			end = at + (int64_t)b.len;
			whole = false;
			if (b.len == 0)
				continue;
		}
		stop = buf_str(&b) + b.len;
		if (search.hint == NULL && hint != NULL)
			begin_search(&search, hint, buf_str(&b), b.len < SAMPLE ? b.len : SAMPLE);
		if (!may_have(&search, buf_str(&b), b.len)) {
			/* None of its whole lines; the first may begin before it. */
			nl = at == 0 ? buf_str(&b) : memchr(buf_str(&b), '\n', b.len);
			whole = whole || nl != NULL;
			stop = nl != NULL ? nl : stop;
		}
		while (r == 0 && stop > buf_str(&b) &&
		    (nl = memrchr(buf_str(&b), '\n', (size_t)(stop - buf_str(&b)))) != NULL) {
			if (whole)
				r = back_to(log, nl + 1, stop, &search, fn, arg);
			whole = true;
			stop = nl;
		}
		if (at == 0 && r == 0 && whole)
			r = back_to(log, buf_str(&b), stop, &search, fn, arg);
		if (at == 0)
			break;
		if (stop == buf_str(&b) + b.len && want <= (size_t)JSON_TEXT_MAX) {
			want *= 2;
			continue;
		}
		/* A line that is too long for an event is passed over. */
		whole = stop != buf_str(&b) + b.len;
		end = whole ? at + (stop - buf_str(&b)) : at;
	}
	buf_release(&b);
	return r;
}

int
event_log_back(const struct event_log *log, const struct event_hint *hint, event_fn *fn, void *arg,
    struct err *e)
{
	int r = 0;

	for (size_t i = log->n; r == 0 && i-- > 0;)
		r = back_in(log, &log->piece[i], hint, fn, arg, e);
	return r == -1 ? -1 : 0;
}
