#include "work/listen.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/lock.h"
#include "sys/watch.h"
#include "task/event_filter.h"
#include "task/event_log.h"
#include "task/project.h"
#include "work/group.h"
#include "work/reading.h"
#include "work/subscribe.h"

#define BATCH	256	/* events that are noted and given at a time */
#define AGAIN_MS 10000	/* it is looked again, should nobody say that there is more */

struct listener {
	struct project *p;
	const struct listen_opts *opts;
	struct reading reading;
	struct lock claim;
	struct watch watch;
	int64_t deadline;	/* clock_mono; 0: none */
	int64_t given;
	int64_t pending;	/* of the group, as far as it is known */
	listen_fn *fn;
	void *arg;
	bool enough;
};

/* ---- what is noted before it is given ---- */

/* What was read is pending from now on, once more or for the first time. */
static int
note(struct group *g, void *arg, struct err *e)
{
	struct listener *l = arg;

	(void)e;
	reading_note(&l->reading, g);
	l->pending = (int64_t)g->n;
	return 0;
}

static void
give_one(struct listener *l, struct reading_event *ev, int64_t *missed)
{
	struct buf line = { 0 };

	if (l->opts->group != NULL)
		val_put(ev->event, "count", val_int(ev->count));
	if (*missed > 0)
		val_put(ev->event, "missed", val_int(*missed));
	*missed = 0;
	json_print(&line, ev->event);
	l->given++;
	if (l->fn(l->arg, buf_str(&line)) != 0 || (l->opts->max > 0 && l->given >= l->opts->max))
		l->enough = true;
	buf_release(&line);
}

/* Notes and gives what was read; `missed` stays until there is an event to tell it. */
static int
give(struct listener *l, int64_t seen_before, struct err *e)
{
	struct reading *r = &l->reading;
	int64_t missed = r->missed;
	int rc = 0;

	if (l->opts->group != NULL && (r->n > 0 || r->seen > seen_before || missed > 0)) {
		rc = group_change(l->p, l->opts->group, l->opts->command, note, l, e);
		if (missed > 0)
			project_note(l->p, "group '%s' missed %lld events, which had left the log",
			    l->opts->group, (long long)missed);
		r->missed = 0;
	}
	for (size_t i = 0; rc == 0 && i < r->n && !l->enough; i++)
		if (l->opts->group == NULL || r->v[i].count > 0)
			give_one(l, &r->v[i], &missed);
	if (l->opts->group == NULL && r->n > 0)
		r->missed = missed;
	reading_clear(r);
	return rc;
}

/* ---- reading ---- */

/* How many may be taken now; 0: what was given is to be acknowledged first. */
static size_t
room(const struct listener *l)
{
	int64_t left = l->opts->max > 0 ? l->opts->max - l->given : BATCH;

	if (l->opts->group != NULL && left > GROUP_PENDING_MAX - l->pending)
		left = GROUP_PENDING_MAX - l->pending;
	return left > BATCH ? BATCH : left < 0 ? 0 : (size_t)left;
}

/* What is pending since another time comes first. */
static int
give_again(struct listener *l, const struct group *g, struct err *e)
{
	struct reading *r = &l->reading;
	struct vec_id gone = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < g->n && !l->enough; i++) {
		size_t n = r->n;

		if ((rc = reading_again(r, l->p, g->v[i].seq, g->v[i].count, e)) == 0 && r->n == n)
			vec_id_push(&gone, g->v[i].seq);
		if (rc == 0 && (r->n == BATCH || (l->opts->max > 0 && l->given + (int64_t)r->n >= l->opts->max)))
			rc = give(l, r->seen, e);
	}
	if (rc == 0 && r->n > 0 && !l->enough)
		rc = give(l, r->seen, e);
	/* In one change: a log that was emptied may have had a thousand of them. */
	if (rc == 0)
		rc = group_ack_ids(l->p, l->opts->group, l->opts->command, &gone, e);
	vec_id_release(&gone);
	return rc;
}

static int
begin(struct listener *l, struct err *e)
{
	struct group g = { 0 };
	int r = 0;

	l->reading.seen = l->opts->after;
	if (l->opts->after == LISTEN_NOW && reading_newest(l->p, &l->reading.seen, e) == -1)
		return -1;
	if (l->opts->group == NULL)
		return 0;
	if ((r = group_claim(&l->claim, l->p, l->opts->group, e)) == 1)
		return err_set(e, ERR_BUSY, "somebody else follows for group '%s'", l->opts->group);
	if (r == -1 || (r = group_read(l->p, l->opts->group, &g, e)) == -1)
		return -1;
	/* From here on the group is there, be there an event or not. */
	if (r == 1) {
		r = group_change(l->p, l->opts->group, l->opts->command, note, l, e);
	} else {
		l->pending = (int64_t)g.n;
		r = reading_begin(&l->reading, l->p, g.seen, e) == -1 ? -1 : give_again(l, &g, e);
	}
	group_release(&g);
	return r;
}

/* Until there may be more.  1: the time has passed. */
static int
wait(struct listener *l, struct err *e)
{
	int64_t left = l->deadline != 0 ? l->deadline - clock_mono() : AGAIN_MS;

	if (left <= 0)
		return 1;
	return watch_wait(&l->watch, left < AGAIN_MS ? (int)left : AGAIN_MS, e) == -1 ? -1 : 0;
}

/* Somebody may have acknowledged. */
static int
count_pending(struct listener *l, struct err *e)
{
	struct group g;
	int r = l->opts->group != NULL ? group_read(l->p, l->opts->group, &g, e) : 1;

	if (r == 0) {
		l->pending = (int64_t)g.n;
		group_release(&g);
	}
	return r == -1 ? -1 : 0;
}

static int
loop(struct listener *l, struct err *e)
{
	int r = 0;

	while (!l->enough) {
		int64_t before = l->reading.seen;

		if (count_pending(l, e) == -1)
			return -1;
		l->reading.now = clock_now();
		if ((l->reading.limit = room(l)) > 0 && (reading_more(&l->reading, l->p, e) == -1 ||
		    give(l, before, e) == -1))
			return -1;
		if (l->enough || l->reading.seen > before)
			continue;
		if (l->opts->once) {
			if (l->reading.limit == 0)
				project_note(l->p, "group '%s' has %d events to acknowledge first", l->opts->group,
				    GROUP_PENDING_MAX);
			return 0;
		}
		if ((r = wait(l, e)) != 0)
			return r == -1 || l->given > 0 ? (r == 1 ? 0 : -1) :
			    err_set(e, ERR_TIMEOUT, "there was no event");
	}
	return 0;
}

static int
check(const struct project *p, const struct listen_opts *opts, struct err *e)
{
	if (opts->once && opts->wait_ms > 0)
		return err_set(e, ERR_USAGE, "only one of --once and --wait can be said");
	if (opts->group != NULL && !str_is_name(opts->group))
		return err_set(e, ERR_USAGE, "--group: letters, digits, '.', '-' and '_' are expected, at most %d "
		    "bytes", STR_NAME_MAX);
	if (opts->group != NULL && subscribe_has(p, opts->group))
		return err_set(e, ERR_USAGE, "'%s' is a subscription of orch.yml", opts->group);
	return 0;
}

/* A dry run shows what a group would be given, now, and notes nothing. */
static int
show(struct listener *l, struct err *e)
{
	struct listen_opts alone = *l->opts;
	struct group g;
	int r = group_read(l->p, l->opts->group, &g, e);

	l->reading.seen = r == 0 ? g.seen : l->opts->after;
	if (r == 1 && l->opts->after == LISTEN_NOW)
		r = reading_newest(l->p, &l->reading.seen, e);
	for (size_t i = 0; r == 0 && i < g.n; i++)
		r = reading_again(&l->reading, l->p, g.v[i].seq, g.v[i].count, e);
	group_release(&g);
	alone.group = NULL;
	alone.once = true;
	l->opts = &alone;
	l->reading.limit = GROUP_PENDING_MAX;
	if (r != -1 && (r = reading_more(&l->reading, l->p, e)) == 0)
		r = give(l, l->reading.seen, e);
	return r;
}

int
listen_events(struct project *p, const struct listen_opts *opts, listen_fn *fn, void *arg,
    struct err *e)
{
	struct listener l = { .p = p, .opts = opts, .reading = { .filter = opts->filter,
	    .now = clock_now(), .limit = BATCH }, .claim = { .fd = -1 }, .watch = { .fd = -1 },
	    .fn = fn, .arg = arg };
	int r = -1;

	if (check(p, opts, e) == -1)
		return -1;
	if (opts->wait_ms > 0)
		l.deadline = clock_mono() + opts->wait_ms;
	/* The watch is there before it is looked, or what comes in between would be waited for. */
	if (opts->group != NULL && opts->dry_run)
		return show(&l, e);
	if (opts->group == NULL && opts->once && p->orch_fd == -1)
		return 0;
	if (project_prepare(p, e) == 0 && watch_open(&l.watch, e) == 0 &&
	    watch_add(&l.watch, p->orch_fd, ".", e) == 0 && begin(&l, e) == 0)
		r = loop(&l, e);
	reading_clear(&l.reading);
	watch_close(&l.watch);
	lock_release(&l.claim);
	return r;
}

/* ---- the newest ---- */

struct latest {
	const struct event_filter *filter;
	int64_t now, max_age;
	struct val *found;
};

static int
is_it(void *arg, const struct event_seen *ev)
{
	struct latest *l = arg;
	struct err none;
	struct val *event;
	const char *when;
	int64_t at;
	bool old;

	if (!event_filter_topic(l->filter, ev) || (event = json_parse(ev->line, ev->len, &none)) == NULL)
		return 0;
	when = val_text(val_get(event, "at"));
	old = l->max_age > 0 && (when == NULL || clock_parse(when, &at) == -1 || l->now - at > l->max_age);
	if (!old && !event_expired(event, l->now) && event_filter_holds(l->filter, event))
		l->found = event;
	else
		val_free(event);
	/* Those before it are older. */
	return l->found != NULL || old;
}

int
listen_latest(const struct project *p, const struct event_filter *filter, int64_t max_age,
    listen_fn *fn, void *arg, struct err *e)
{
	struct latest l = { filter, clock_now(), max_age, NULL };
	struct event_hint hint;
	struct event_log log;
	struct buf line = { 0 };
	int r;

	if (event_log_open(&log, p, e) == -1)
		return -1;
	event_filter_hint(filter, &hint);
	r = event_log_back(&log, &hint, is_it, &l, e);
	event_hint_release(&hint);
	event_log_close(&log);
	if (r != -1 && l.found != NULL) {
		json_print(&line, l.found);
		fn(arg, buf_str(&line));
	}
	val_free(l.found);
	buf_release(&line);
	return r == -1 ? -1 : l.found == NULL;
}
