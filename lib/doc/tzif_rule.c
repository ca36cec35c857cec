/*
 * tzif_rule - the TZ string of POSIX: "CET-1CEST,M3.5.0,M10.5.0/3"
 *
 * Grammar: POSIX.1-2024, Base Definitions 8.3 (std offset dst offset , rule), with the hours
 * of RFC 9636 3.3.1.  The name between '<' and '>' may have digits and signs.  An offset is
 * written west of Greenwich; it is kept east of it.
 */
#include "tzif_impl.h"

#include <string.h>

#include "base/civil.h"
#include "base/err.h"

#define DAY 86400
#define ERA ((int64_t)CIVIL_ERA_DAYS * DAY)

struct text {
	const char *at, *end;
};

static bool
eat(struct text *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
read_name(struct text *s, char out[TZIF_ABBR_MAX])
{
	bool quoted = eat(s, '<');
	size_t n = 0;

	for (; s->at < s->end && (letter(*s->at) || (quoted && (digit(*s->at) || *s->at == '+' || *s->at == '-')));
	    s->at++) {
		if (n == TZIF_ABBR_MAX - 1)
			return false;
		out[n++] = *s->at;
	}
	out[n] = '\0';
	return n >= 3 && (!quoted || eat(s, '>'));
}

static bool
read_number(struct text *s, int min, int max, int *out)
{
	const char *start = s->at;
	int v = 0;

	for (; s->at < s->end && digit(*s->at) && s->at - start < 3; s->at++)
		v = v * 10 + (*s->at - '0');
	*out = v;
	return s->at > start && v >= min && v <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool
read_time(struct text *s, int max_hours, int32_t *seconds)
{
	int hour, minute = 0, second = 0, sign = 1;

	if (eat(s, '-'))
		sign = -1;
	else
		eat(s, '+');
	if (!read_number(s, 0, max_hours, &hour) || (eat(s, ':') && (!read_number(s, 0, 59, &minute) ||
	    (eat(s, ':') && !read_number(s, 0, 59, &second)))))
		return false;
	*seconds = sign * (hour * 3600 + minute * 60 + second);
	return true;
}

static bool
read_date(struct text *s, struct tzif_date *d)
{
	d->time = 2 * 3600;
	if (eat(s, 'M')) {
		d->kind = TZIF_WEEKDAY;
		if (!read_number(s, 1, 12, &d->month) || !eat(s, '.') || !read_number(s, 1, 5, &d->week) ||
		    !eat(s, '.') || !read_number(s, 0, 6, &d->day))
			return false;
	} else {
		d->kind = eat(s, 'J') ? TZIF_JULIAN : TZIF_DAY;
		if (!read_number(s, d->kind == TZIF_JULIAN, 365, &d->day))
			return false;
	}
	return !eat(s, '/') || read_time(s, 167, &d->time);
}

static bool
read_rule(struct text *s, struct tzif_rule *r)
{
	int32_t west;

	if (!read_name(s, r->std.abbr) || !read_time(s, 24, &west))
		return false;
	r->std.offset = -west;
	if (s->at == s->end)
		return true;
	if (!read_name(s, r->dst.abbr))
		return false;
	r->dst.dst = true;
	r->dst.offset = r->std.offset + 3600;
	if (s->at < s->end && *s->at != ',') {
		if (!read_time(s, 24, &west))
			return false;
		r->dst.offset = -west;
	}
	return eat(s, ',') && read_date(s, &r->start) && eat(s, ',') && read_date(s, &r->end);
}

int
tzif_rule_parse(struct tzif_rule *r, const char *text, size_t len, struct err *e)
{
	struct text s = { text, text + len };

	*r = (struct tzif_rule){ 0 };
	if (!read_rule(&s, r) || s.at != s.end)
		return err_set(e, ERR_INVALID, "no rule of a time zone at its character %zu",
		    (size_t)(s.at - text) + 1);
	return 0;
}

/* ---- instants ---- */

/* The date in a year, in seconds of local time. */
static int64_t
local_of(const struct tzif_date *d, int year)
{
	int64_t day;

	switch (d->kind) {
	case TZIF_JULIAN:	/* 1 .. 365, 29 February is never counted */
		day = civil_days(year, 1, 1) + d->day - 1 + (civil_leap(year) && d->day >= 60);
		break;
	case TZIF_DAY:		/* 0 .. 365 */
		day = civil_days(year, 1, 1) + d->day;
		break;
	default:		/* week 5 is the last */
		day = civil_days(year, d->month, 1);
		day += (d->day - civil_weekday(day) + 7) % 7 + 7 * (d->week - 1);
		if (day >= civil_days(year, d->month, 1) + civil_month_days(year, d->month))
			day -= 7;
	}
	return day * DAY + d->time;
}

static void
span_of(const struct tzif_type *type, int64_t from, int64_t until, struct tzif_span *span)
{
	*span = (struct tzif_span){ .from = from, .until = until, .offset = type->offset, .dst = type->dst,
		.abbr = type->abbr };
}

struct change {
	int64_t at;
	bool dst;
};

/* By time; of two at one time the one of the later year stays behind, and holds: so does
 * daylight saving all year, each end of which is the start of the next. */
static void
insert(struct change *list, size_t n, int64_t at, bool dst)
{
	for (; n > 0 && list[n - 1].at > at; n--)
		list[n] = list[n - 1];
	list[n] = (struct change){ at, dst };
}

/* From the changes of five years around `t`. */
static void
yearly(const struct tzif_rule *r, int64_t t, struct tzif_span *span)
{
	struct change list[10];
	struct civil date;
	size_t n = 0;

	civil_date(civil_floor(t, DAY), &date);
	for (int year = date.year - 2; year <= date.year + 2; year++) {
		int64_t start = local_of(&r->start, year) - r->std.offset;
		int64_t end = local_of(&r->end, year) - r->dst.offset;

		insert(list, n++, start < end ? start : end, start < end);
		insert(list, n++, start < end ? end : start, start >= end);
	}
	/* Of rules whose times lie a week beside their dates there are still some on both sides. */
	while (list[n - 1].at > t)
		n--;
	span_of(list[n - 1].dst ? &r->dst : &r->std, list[n - 1].at, list[n].at, span);
}

void
tzif_rule_at(const struct tzif_rule *r, int64_t t, struct tzif_span *span)
{
	int64_t within = t % ERA, before = t - within;

	if (r->dst.abbr[0] == '\0') {
		span_of(&r->std, INT64_MIN, INT64_MAX, span);
		return;
	}
	/* 400 years have whole weeks: what happens in them repeats. */
	yearly(r, within, span);
	if (__builtin_add_overflow(span->from, before, &span->from))
		span->from = INT64_MIN;
	if (__builtin_add_overflow(span->until, before, &span->until))
		span->until = INT64_MAX;
}
