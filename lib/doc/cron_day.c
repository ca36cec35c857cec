/*
 * cron_day - the days that a schedule has
 */
#include "cron_impl.h"

#include "base/civil.h"
#include "doc/cron.h"

#define SATURDAY 6

/* A day, and what its month is like. */
struct day {
	int day, days;		/* of the month */
	int weekday;
};

static int
weekday_of(const struct day *at, int day)
{
	/* No two days of a month are further apart than five weeks. */
	return (at->weekday + day - at->day + 35) % 7;
}

/* The day from Monday to Friday that is nearest to the n-th, in the month; 0: there is no n-th. */
static int
workday(const struct day *at, int n)
{
	if (n > at->days)
		return 0;
	switch (weekday_of(at, n)) {
	case SATURDAY:
		return n > 1 ? n - 1 : 3;
	case 0:
		return n < at->days ? n + 1 : n - 2;
	}
	return n;
}

static bool
dom_fits(const struct cron *c, const struct day *at)
{
	if ((c->dom >> at->day & 1) || (c->dom_last && at->day == at->days) ||
	    (c->workday_last && at->day == workday(at, at->days)))
		return true;
	for (int n = at->day - 2; c->workday != 0 && n <= at->day + 2; n++)
		if (n >= 1 && n <= 31 && (c->workday >> n & 1) && workday(at, n) == at->day)
			return true;
	return false;
}

static bool
dow_fits(const struct cron *c, const struct day *at)
{
	unsigned bit = 1u << at->weekday;

	return (c->dow & bit) || (c->dow_nth[(at->day - 1) / 7] & bit) ||
	    ((c->dow_last & bit) && at->day + 7 > at->days);
}

static bool
fits(const struct cron *c, int64_t days, const struct civil *date)
{
	struct day at = { date->day, civil_month_days(date->year, date->month), civil_weekday(days) };

	if (c->dom_star || c->dow_star)
		return dom_fits(c, &at) && dow_fits(c, &at);
	return dom_fits(c, &at) || dow_fits(c, &at);
}

int64_t
cron_day_up(const struct cron *c, int64_t day, int64_t end)
{
	struct civil date;

	while (day < end) {
		civil_date(day, &date);
		if (!(c->mon >> date.month & 1))
			day += civil_month_days(date.year, date.month) - date.day + 1;
		else if (fits(c, day, &date))
			return day;
		else
			day++;
	}
	return end;
}

int64_t
cron_day_down(const struct cron *c, int64_t day, int64_t end)
{
	struct civil date;

	while (day >= end) {
		civil_date(day, &date);
		if (!(c->mon >> date.month & 1))
			day -= date.day;
		else if (fits(c, day, &date))
			return day;
		else
			day--;
	}
	return end - 1;
}
