/*
 * fsck_event - the event log: whole, in order, and what it says of the tasks
 *
 * A commit appends its events before it exchanges the file.  So the log is read
 * first; if nobody holds the lock then, and the log has not grown when the tasks have
 * been read, both are of one instant.  If commands are at work all the time, or one was
 * killed, what takes both is passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/event.h"
#include "task/project.h"
#include "task/record.h"
#include "task/state.h"
#include "task/store.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/fsck_event_line.h"
#include "work/fsck_mend.h"

#define TRIES     5
#define BAD_LINES 5		/* of one file that are named one by one */

enum { SAYS_GONE = STATUS_N };	/* else an enum status; ST_NONE: something else about it */

/* What a line says of a task. */
struct saying {
	int64_t task;
	size_t turn;
	int what;
};

struct events {
	struct saying *v;
	size_t n, cap;
	int64_t first, last;	/* seq; 0: there is none, or it does not begin with it */
	int64_t newest, whose;	/* the latest time that a line has, and its seq */
	int64_t gen, gen_of;	/* the greatest generation, and the seq of who has it */
	off_t size;		/* of EVENT_FILE, as read */
	ino_t ino;
	off_t cut_at;		/* where its torn last line begins; -1: it is whole */
};

/* A picture and the log, of one instant, and the last commit that was to be in it. */
struct instant {
	struct record last;		/* hash "": none is known */
	int64_t mark;			/* a number that was given before the log was read */
	struct events ev;
	struct tasks own;
	const struct tasks *tasks;	/* NULL: there is none; else `own`, or the caller's */
};

/* ---- reading ---- */

static void
note_task(struct events *ev, const struct val *line)
{
	const char *topic = val_text(val_get(line, "topic"));
	int64_t task = val_number(val_get(line, "task"), 0);
	int what = ST_NONE, status;

	/* Who has a source is not the suite. */
	if (val_get(line, "source") != NULL)
		return;
	/* What was said before is of tasks that may not be there any more, or again. */
	if (topic != NULL && strcmp(topic, "file.restored") == 0)
		ev->n = ev->first = 0;
	if (task <= 0 || topic == NULL || !str_starts(topic, "task."))
		return;
	topic += strlen("task.");
	if (strcmp(topic, "removed") == 0 || strcmp(topic, "archived") == 0)
		what = SAYS_GONE;
	else if ((status = state_find(topic)) > ST_NONE)
		what = status;
	ev->v = vec_room(ev->v, &ev->cap, ev->n, sizeof *ev->v);
	ev->v[ev->n] = (struct saying){ task, ev->n, what };
	ev->n++;
}

static int
note_line(struct events *ev, const char *text, size_t len, struct err *e)
{
	struct val *line = json_parse(text, len, e);
	int64_t seq = val_number(val_get(line, "seq"), 0), at;
	const char *when = val_text(val_get(line, "at"));
	int r = 0;

	if (line == NULL) {
		r = err_prefix(e, "it is no JSON");
	} else if (seq <= 0) {
		r = err_set(e, ERR_INVALID, "it is no event: it has no seq");
	} else if (seq > EVENT_SEQ_MAX) {
		r = fsck_event_line(line, e);	/* it is no event to any reader */
	} else if (seq <= ev->last) {
		r = err_set(e, ERR_INVALID, "seq %lld comes after %lld", (long long)seq,
		    (long long)ev->last);
	} else {
		if (ev->last > 0 && seq > ev->last + 1)
			r = err_set(e, ERR_INVALID, "seq %lld comes after %lld: what is between them is "
			    "missing", (long long)seq, (long long)ev->last);
		if (ev->last == 0)
			ev->first = seq;
		ev->last = seq;
		if (r == 0)
			r = fsck_event_line(line, e);
		if (when != NULL && clock_parse(when, &at) == 0 && at > ev->newest) {
			ev->newest = at;
			ev->whose = seq;
		}
		if (val_number(val_get(line, "gen"), 0) > ev->gen) {
			ev->gen = val_number(val_get(line, "gen"), 0);
			ev->gen_of = seq;
		}
		note_task(ev, line);
	}
	val_free(line);
	return r;
}

static void
read_lines(struct findings *f, struct events *ev, const char *name, const struct buf *text)
{
	char place[80];
	struct err why = { 0 };
	size_t line = 0, bad = 0;

	ev->cut_at = -1;
	for (const char *at = buf_str(text), *end = at + text->len, *stop; at < end; at = stop + 1) {
		line++;
		if ((stop = memchr(at, '\n', (size_t)(end - at))) == NULL) {
			ev->cut_at = at - text->data;
			break;
		}
		if (note_line(ev, at, (size_t)(stop - at), &why) == 0 || ++bad > BAD_LINES)
			continue;
		snprintf(place, sizeof place, ".orch/%s:%zu", name, line);
		fsck_add(f, "events", 0, place, "%s", why.msg);
	}
	snprintf(place, sizeof place, ".orch/%s", name);
	if (bad > BAD_LINES)
		fsck_add(f, "events", 0, place, "%zu more lines are no good", bad - BAD_LINES);
}

static int
read_file(struct findings *f, const struct project *p, struct events *ev, const char *name,
    struct err *e)
{
	struct buf text = { 0 };
	struct stat st;
	char place[80];
	int r = 0;

	snprintf(place, sizeof place, ".orch/%s", name);
	if (fstatat(p->orch_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot look at '%s'", place);
	/* What is no file at all is named by the check of modes. */
	if (!S_ISREG(st.st_mode))
		return 0;
	ev->ino = st.st_ino;
	if (fs_read(p->orch_fd, name, FS_FILE_MAX, &text, e) == 0) {
		read_lines(f, ev, name, &text);
		ev->size = (off_t)text.len;
	} else if (e->code == ERR_INVALID) {
		fsck_add_err(f, "events", 0, place, e);
	} else {
		r = -1;
	}
	buf_release(&text);
	return r;
}

/* All files, the oldest first. */
static int
read_log(struct findings *f, const struct project *p, struct events *ev, struct err *e)
{
	char name[40];
	int r = 0;

	for (int i = EVENT_FILES - 1; i > 0 && r == 0; i--) {
		snprintf(name, sizeof name, EVENT_FILE ".%d", i);
		r = read_file(f, p, ev, name, e);
		if (ev->cut_at >= 0) {
			snprintf(name, sizeof name, ".orch/" EVENT_FILE ".%d", i);
			fsck_add(f, "events", 0, name, "its last line is cut");
		}
	}
	ev->size = 0;
	ev->cut_at = -1;
	return r == 0 ? read_file(f, p, ev, EVENT_FILE, e) : -1;
}

static bool
has_changed(const struct project *p, const struct events *ev)
{
	struct stat st;

	if (fstatat(p->orch_fd, EVENT_FILE, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return ev->size != 0;
	return S_ISREG(st.st_mode) && (st.st_size != ev->size || st.st_ino != ev->ino);
}

/* ---- its end ---- */

/* The store sees to it, whatever it changes: here nothing. */
static int
mend(struct findings *f, struct project *p, const struct events *ev, struct err *e)
{
	if (!fsck_may_fix(f))
		return 0;
	if (fsck_settle(p, e) == -1)
		return -1;
	if (has_changed(p, ev))
		fsck_fixed(f);
	return 0;
}

static int
check_end(struct findings *f, struct project *p, const struct events *ev, struct err *e)
{
	if (ev->cut_at < 0)
		return 0;
	fsck_add(f, "events", 0, ".orch/" EVENT_FILE, "its last line is cut after %lld bytes: a command "
	    "was killed while it wrote", (long long)(ev->size - ev->cut_at));
	return mend(f, p, ev, e);
}

/*
 * The record of the last commit knows how far the log went then, and has the end of it.
 * 1: it can be put back, and of the tasks nothing can be said before that is done.
 */
static int
check_newest(struct findings *f, struct project *p, const struct instant *i, struct err *e)
{
	const struct record *last = &i->last;
	const struct events *ev = &i->ev;
	bool had = last->lines_size > 0 && ev->last < last->seq;
	int64_t given = i->mark > last->seq ? i->mark : last->seq;
	struct stat st;

	/* What is no file at all is named by the check of modes. */
	if (ev->last >= given || ev->cut_at >= 0 || (fstatat(p->orch_fd, EVENT_FILE, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)))
		return 0;
	if (ev->last == 0)
		fsck_add(f, "events", 0, ".orch/" EVENT_FILE, "there are no events, and %lld were written: "
		    "it was removed or emptied", (long long)given);
	else
		fsck_add(f, "events", 0, ".orch/" EVENT_FILE, "its newest event is number %lld, and %lld "
		    "were written: its end is missing", (long long)ev->last, (long long)given);
	if (!had)
		return 0;
	return mend(f, p, ev, e) == -1 ? -1 : 1;
}

/* ---- what it says of the tasks ---- */

static int
compare_sayings(const void *a, const void *b)
{
	const struct saying *x = a, *y = b;

	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* The sayings about one task, the last of each kind. */
struct last {
	int64_t task;
	int status;		/* ST_NONE: none */
	bool gone;
};

static void
check_vanished(struct findings *f, const struct last *last)
{
	fsck_add_task(f, "orphan", last->task, "it is gone from the file, and no command removed it: a "
	    "person's edit, or a loss");
	fsck_mend_later(f, MEND_TELL_GONE, last->task, 0);
}

static void
check_status(struct findings *f, const struct task *t, int says)
{
	if ((t->status != ST_DONE && t->status != ST_IN_PROGRESS) || says == (int)t->status)
		return;
	if (says == ST_NONE)
		fsck_add_task(f, "status", t->id, "it is %s, but no command ever moved it: it was set by "
		    "hand", state_name(t->status));
	else
		fsck_add_task(f, "status", t->id, "it is %s, but its last event says %s: it was set by "
		    "hand", state_name(t->status), state_name((enum status)says));
	if (t->status == ST_DONE)
		fsck_mend_later(f, MEND_TELL_DONE, t->id, 0);
}

/* The next task that the sayings from *i on are about; they are sorted. */
static struct last
next_task(const struct events *ev, size_t *i)
{
	struct last last = { .task = ev->v[*i].task };

	for (; *i < ev->n && ev->v[*i].task == last.task; (*i)++) {
		last.gone = ev->v[*i].what == SAYS_GONE;
		if (!last.gone && ev->v[*i].what != ST_NONE)
			last.status = ev->v[*i].what;
	}
	return last;
}

/* From `next` on ids had not been given out when we began. */
static void
check_tasks(struct findings *f, const struct tasks *tasks, int64_t next, struct events *ev)
{
	struct vec_id told = { 0 };

	if (ev->n > 0)
		qsort(ev->v, ev->n, sizeof *ev->v, compare_sayings);
	for (size_t i = 0; i < ev->n;) {
		struct last said = next_task(ev, &i);
		const struct task *t = tasks_find(tasks, said.task);

		if (t != NULL) {
			vec_id_push(&told, said.task);
			/* Without one line about its states it tells nothing, the log being cut. */
			if (said.status != ST_NONE)
				check_status(f, t, said.status);
		} else if (!said.gone && said.task < next && !fsck_archived(f, said.task)) {
			check_vanished(f, &said);
		}
	}
	/* A command made it, and the log is whole: then there is a line about it. */
	for (size_t i = 0; ev->first == 1 && i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];

		if (task_text(t, F_CREATED_BY) != NULL && !vec_id_has_sorted(&told, t->id))
			check_status(f, t, ST_NONE);
	}
	vec_id_release(&told);
}

/* Readers wait for a generation that has not come, and see nothing from there on. */
static void
check_generation(struct findings *f, const struct instant *i)
{
	if (i->last.gen > 0 && i->ev.gen > i->last.gen)
		fsck_add(f, "events", 0, ".orch/" EVENT_FILE, "event %lld is of generation %lld, and the last "
		    "one is %lld: it was edited by hand, and what is behind it is not shown",
		    (long long)i->ev.gen_of, (long long)i->ev.gen, (long long)i->last.gen);
}

static void
check_clock(struct findings *f, const struct events *ev)
{
	char now[CLOCK_MAX], at[CLOCK_MAX];

	if (ev->newest <= clock_now() + FSCK_CLOCK_SLACK_S)
		return;
	clock_format(clock_now(), now);
	clock_format(ev->newest, at);
	fsck_add(f, "clock", 0, ".orch/" EVENT_FILE, "event %lld is of %s, and the clock says %s",
	    (long long)ev->whose, at, now);
}

/* ---- together ---- */

static void
instant_release(struct instant *i)
{
	if (i->tasks == &i->own)
		tasks_release(&i->own);
	free(i->ev.v);
	*i = (struct instant){ .ev.cut_at = -1 };
}

static int
read_last(const struct project *p, struct record *last, struct err *e)
{
	int state = fs_open_dir(p->orch_fd, "state"), r;
	struct record before;

	if (state == -1 && errno == ENOENT)
		return 0;
	r = state == -1 ? err_sys(e, "cannot open '.orch/state'") :
	    record_read(p, state, last, &before, e);
	if (r == -1 || last->hash[0] == '\0')
		*last = (struct record){ 0 };
	if (state != -1)
		close(state);
	/* What is no folder, or no file, is named by the check of modes. */
	return r == -1 && (fsck_is_named(e) || e->code == ERR_INVALID) ? 0 : r;
}

/* 1: tasks and log are of one instant.  0: they are not. */
static int
snapshot(struct findings *f, const struct project *p, const struct tasks *seen,
    struct instant *i, struct err *e)
{
	struct err bad = { 0 };
	struct record after = { 0 };
	int busy;

	i->mark = event_mark(p);
	if (read_last(p, &i->last, e) == -1 || read_log(f, p, &i->ev, e) == -1 ||
	    read_last(p, &after, e) == -1)
		return -1;
	/* A commit between the two is in one of them only. */
	if (after.gen != i->last.gen)
		return 0;
	busy = lock_probe(p->orch_fd, "lock", &bad);
	if (seen != NULL && (i->tasks = fsck_now(p, seen, &i->own, &bad)) == NULL &&
	    bad.code == ERR_SYSTEM)
		return 0;
	return busy != 1 && !has_changed(p, &i->ev);
}

int
fsck_events(struct findings *f, struct project *p, const struct tasks *tasks, struct err *e)
{
	struct instant now = { .ev.cut_at = -1 };
	size_t before = f->n;
	int r = 0, missing = 0;

	if (p->orch_fd == -1)
		return 0;
	for (int i = 0; i < TRIES && r == 0; i++) {
		instant_release(&now);
		fsck_forget(f, before);
		r = snapshot(f, p, tasks, &now, e);
	}
	if (r != -1)
		check_clock(f, &now.ev);
	if (r == 1)
		check_generation(f, &now);
	if (r == 1 && tasks != NULL && f->n == before)
		missing = check_newest(f, p, &now, e);
	if (r == 1 && missing == 0 && now.tasks != NULL)
		check_tasks(f, now.tasks, tasks->next_id, &now.ev);
	if (r == 1 && missing == 0 && tasks != NULL)
		r = check_end(f, p, &now.ev, e);
	instant_release(&now);
	if (r == -1 || missing == -1)
		return -1;
	/* What was put back may not be all that was missing. */
	return missing == 1 && f->v[f->n - 1].fixed ? fsck_events(f, p, tasks, e) : 0;
}
