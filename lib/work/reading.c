#include "work/reading.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/event_filter.h"
#include "task/event_log.h"
#include "work/group.h"

static void
take(struct reading *r, int64_t seq, struct val *event, int64_t count)
{
	r->v = vec_room(r->v, &r->cap, r->n, sizeof *r->v);
	r->v[r->n++] = (struct reading_event){ seq, event, count };
}

void
reading_clear(struct reading *r)
{
	while (r->n > 0)
		val_free(r->v[--r->n].event);
	free(r->v);
	r->v = NULL;
	r->cap = 0;
}

static int
look(void *arg, const struct event_seen *ev)
{
	struct reading *r = arg;
	struct err none;
	struct val *event;

	if (r->until > 0 && ev->seq > r->until)
		return 1;
	/* Where a person has swapped lines, one that seemed to be missing comes behind. */
	if (ev->seq > r->seen) {
		r->missed += ev->seq - r->seen - 1;
		r->seen = ev->seq;
	} else if (r->missed > 0) {
		r->missed--;
	}
	if (!event_filter_topic(r->filter, ev) || (event = json_parse(ev->line, ev->len, &none)) == NULL)
		return 0;
	if (event_expired(event, r->now) || !event_filter_holds(r->filter, event)) {
		val_free(event);
	} else if (r->max_depth > 0 && val_number(val_get(event, "depth"), 0) >= r->max_depth) {
		r->too_deep++;
		val_free(event);
	} else {
		take(r, ev->seq, event, 0);
	}
	return r->n >= r->limit;
}

int
reading_begin(struct reading *r, const struct project *p, int64_t seen, struct err *e)
{
	int64_t newest;

	if (reading_newest(p, &newest, e) == -1)
		return -1;
	r->seen = seen;
	if (seen > newest)
		r->missed += seen - newest;
	return 0;
}

int
reading_more(struct reading *r, const struct project *p, struct err *e)
{
	struct event_log log;
	int64_t last;
	int rc;

	if (event_log_open(&log, p, e) == -1)
		return -1;
	rc = event_log_each(&log, r->seen, look, r, e);
	last = r->until > 0 && r->until < log.last ? r->until : log.last;
	/* The end of the log is gone, and its numbers were given. */
	if (rc == 0 && r->n < r->limit && last > r->seen) {
		r->missed += last - r->seen;
		r->seen = last;
	}
	event_log_close(&log);
	return rc;
}

void
reading_note(struct reading *r, struct group *g)
{
	int64_t now = clock_now();

	for (size_t i = 0; i < r->n; i++) {
		struct group_event *ev = group_find(g, r->v[i].seq);

		if (ev != NULL) {
			r->v[i].count = ++ev->count;
			g->redelivered++;
		} else if (r->v[i].count > 0) {
			r->v[i].count = 0;
		} else {
			group_add(g, r->v[i].seq, now);
			r->v[i].count = 1;
		}
	}
	if (r->seen > g->seen)
		g->seen = r->seen;
	g->missed += r->missed;
}

struct finding {
	int64_t seq;
	struct val *event;
};

static int
find(void *arg, const struct event_seen *ev)
{
	struct finding *f = arg;
	struct err none;

	if (ev->seq == f->seq)
		f->event = json_parse(ev->line, ev->len, &none);
	return 1;
}

int
reading_again(struct reading *r, const struct project *p, int64_t seq, int64_t count, struct err *e)
{
	struct finding f = { seq, NULL };
	struct event_log log;
	int rc;

	if (event_log_open(&log, p, e) == -1)
		return -1;
	rc = event_log_each(&log, seq - 1, find, &f, e);
	event_log_close(&log);
	if (f.event == NULL)
		r->missed += rc == 0;
	else if (event_expired(f.event, r->now))
		val_free(f.event);
	else
		take(r, seq, f.event, count);
	return rc;
}

int
reading_newest(const struct project *p, int64_t *seq, struct err *e)
{
	struct event_log log;

	if (event_log_open(&log, p, e) == -1)
		return -1;
	*seq = log.last;
	event_log_close(&log);
	return 0;
}
