/*
 * cron_next - when a schedule comes
 *
 * Debian's cron 3.0pl1 (cron.c, main()) keeps a clock of its own beside that of the wall and
 * lets it catch up: the same without a daemon.  Time is cut into stretches with one offset.
 * At the begin of each the clock of fixed times stands where the last stretch has led it;
 * what lies between it and the wall is caught up with in the first minute, what the wall
 * shows again is over.  All is counted in minutes; local ones are those of the wall.
 */
#include "base/civil.h"
#include "cron_impl.h"
#include "doc/cron.h"
#include "doc/tzif.h"

#define DAY INT64_C(1440)
#define CORRECTION 180		/* a change of more is no daylight saving */
#define ERA (CIVIL_ERA_DAYS * DAY)
#define FIRST (-INT64_C(719530) * DAY)	/* before any time of the years 0 .. 9999 */
#define LAST (INT64_C(2932897) * DAY)	/* and after */
#define DEPTH 8			/* stretches of less than three hours that are looked back over */

const char *
cron_reason_name(enum cron_reason reason)
{
	return reason == CRON_GAP ? "gap" : "normal";
}

int64_t
cron_jitter(const char *job, int64_t most)
{
	return most > 0 ? (int64_t)(cron_hash(job, "") % (uint64_t)most) : 0;
}

/* ---- minutes of the wall ---- */

/* The first minute of [from, until) that fits, else `until`. */
static int64_t
first_in(const struct cron *c, int64_t from, int64_t until)
{
	int64_t day = civil_floor(from, DAY), end = civil_floor(until + DAY - 1, DAY), minute;

	for (; (day = cron_day_up(c, day, end)) < end; day++) {
		minute = day * DAY > from ? 0 : from - day * DAY;
		for (int hour = (int)(minute / 60), low = (int)(minute % 60); hour < 24; hour++, low = 0) {
			uint64_t left = c->hour >> hour & 1 ? c->min >> low : 0;

			if (left == 0)
				continue;
			minute = day * DAY + hour * 60 + low + __builtin_ctzll(left);
			return minute < until ? minute : until;
		}
	}
	return until;
}

/* The last minute of [from, until) that fits, else `from` - 1. */
static int64_t
last_in(const struct cron *c, int64_t from, int64_t until)
{
	int64_t end = civil_floor(from, DAY), day = civil_floor(until - 1, DAY), minute;

	for (; from < until && (day = cron_day_down(c, day, end)) >= end; day--) {
		minute = (day + 1) * DAY <= until ? DAY - 1 : until - 1 - day * DAY;
		for (int hour = (int)(minute / 60), high = (int)(minute % 60); hour >= 0; hour--, high = 59) {
			uint64_t left = c->hour >> hour & 1 ? c->min << (63 - high) : 0;

			if (left == 0)
				continue;
			minute = day * DAY + hour * 60 + high - __builtin_clzll(left);
			return minute >= from ? minute : from - 1;
		}
	}
	return from - 1;
}

/* ---- stretches ---- */

struct stretch {
	int64_t from, until;	/* minutes of UTC */
	int64_t east;		/* what the wall has more than UTC */
	int64_t begun;		/* of the wall: fixed times before it are over */
	int64_t passed;		/* those from here to `begun` are due in its first minute */
};

static void
stretch_plain(const struct tzif *zone, int64_t minute, struct stretch *s)
{
	struct tzif_span span;

	tzif_at(zone, minute * 60, &span);
	s->from = span.from < FIRST * 60 ? FIRST : -civil_floor(-span.from, 60);
	s->until = span.until > LAST * 60 ? LAST : -civil_floor(-span.until, 60);
	s->east = civil_floor(span.offset, 60);
	s->begun = s->passed = s->from + s->east;
}

/* Where the clock of fixed times stands in `s`, after `before`. */
static void
stretch_follow(struct stretch *s, const struct stretch *before)
{
	int64_t wall = s->from + s->east, clock = before->until + before->east;

	if (clock < before->begun)
		clock = before->begun;
	if (wall - clock > CORRECTION || clock - wall > CORRECTION)
		return;
	s->passed = clock;
	s->begun = wall > clock ? wall : clock;
}

static void
stretch_at(const struct tzif *zone, int64_t minute, struct stretch *s)
{
	struct stretch row[DEPTH];
	int n = 0;

	/* Three hours are enough to catch up in. */
	do
		stretch_plain(zone, n == 0 ? minute : row[n - 1].from - 1, &row[n]);
	while (row[n].from > FIRST && (n == 0 || row[n].until - row[n].from <= CORRECTION) && ++n < DEPTH);
	if (n == DEPTH)
		n--;
	for (; n > 0; n--)
		stretch_follow(&row[n - 1], &row[n]);
	*s = row[0];
}

/* Is there something to catch up with in its first minute? */
static bool
catches_up(const struct cron *c, const struct stretch *s)
{
	return !c->wild && s->passed < s->begun && first_in(c, s->passed, s->begun) < s->begun;
}

static int64_t
begun(const struct cron *c, const struct stretch *s, int64_t minute)
{
	return !c->wild && s->begun > minute + s->east ? s->begun : minute + s->east;
}

static void
slot(const struct cron_job *job, int64_t minute, enum cron_reason reason, struct cron_slot *out)
{
	*out = (struct cron_slot){ .at = minute * 60, .due = minute * 60 + job->jitter, .reason = reason };
}

/* The minute that fits in its own right is what it is, whatever it catches up with. */
static bool
up(const struct cron_job *job, int64_t minute, int64_t end, struct cron_slot *out)
{
	const struct cron *c = job->cron;
	struct stretch s;

	for (; minute < end; minute = s.until) {
		int64_t found;

		stretch_at(job->zone, minute, &s);
		if (s.until > end)
			s.until = end;
		found = first_in(c, begun(c, &s, minute), s.until + s.east) - s.east;
		if (minute == s.from && found != minute && catches_up(c, &s)) {
			slot(job, minute, CRON_GAP, out);
			return true;
		}
		if (found < s.until) {
			slot(job, found, CRON_NORMAL, out);
			return true;
		}
	}
	return false;
}

static bool
down(const struct cron_job *job, int64_t minute, int64_t end, struct cron_slot *out)
{
	const struct cron *c = job->cron;
	struct stretch s;

	for (; minute >= end; minute = s.from - 1) {
		int64_t low, found;

		stretch_at(job->zone, minute, &s);
		low = begun(c, &s, s.from > end ? s.from : end);
		found = last_in(c, low, minute + s.east + 1);
		if (found >= low) {
			slot(job, found - s.east, CRON_NORMAL, out);
			return true;
		}
		if (s.from >= end && catches_up(c, &s)) {
			slot(job, s.from, CRON_GAP, out);
			return true;
		}
	}
	return false;
}

static int64_t
within(int64_t minute)
{
	return minute < FIRST ? FIRST : minute > LAST ? LAST : minute;
}

bool
cron_next(const struct cron_job *job, int64_t t, struct cron_slot *out)
{
	int64_t minute = within(civil_floor(t - job->jitter, 60) + 1), end = within(minute + ERA + DAY);

	return up(job, minute, end, out);
}

size_t
cron_slots(const struct cron_job *job, int64_t base, int64_t now, struct cron_slot *out, size_t max)
{
	int64_t minute = within(civil_floor(now - job->jitter, 60)), end = within(civil_floor(base, 60) + 1);
	size_t n = 0;

	if (end < minute - ERA - DAY)
		end = minute - ERA - DAY;
	while (n < max && n < CRON_SLOTS_MAX && down(job, minute, end, &out[n])) {
		minute = out[n].at / 60 - 1;
		n++;
	}
	return n;
}
