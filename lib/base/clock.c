/*
 * clock - the time of day as a value, and durations
 *
 * The calendar is counted here and not asked of the C library, but for the local day:
 * gmtime() and friends read TZ, fail on large values and share a static buffer.  Days are
 * counted from 1 March of year 0, so that the leap day is the last of a year
 * and one line gives the day of the year of any month; an era of 400 years
 * always has 146097 days.
 */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"

#define DAY 86400
#define ERA_DAYS 146097		/* in 400 years */
#define EPOCH_DAY 719468	/* 1970-01-01 counted from 0000-03-01 */
#define TIME_MIN INT64_C(-62167219200)	/* 0000-01-01T00:00:00Z */
#define TIME_MAX INT64_C(253402300799)	/* 9999-12-31T23:59:59Z */

static int64_t
days_from_civil(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int of_era = y - era * 400;
	int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return (int64_t)era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
	    EPOCH_DAY;
}

static void
civil_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + EPOCH_DAY;
	int era = (int)((z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS);
	int of_era = (int)(z - (int64_t)era * ERA_DAYS);
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * y + y / 4 - y / 100);
	int m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

int64_t
clock_now_ms(void)
{
	const char *fixed = getenv("ORCH_TEST_NOW");
	struct timespec ts;
	int64_t t;

	if (fixed != NULL && clock_parse(fixed, &t) == 0)
		return t * 1000;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	int64_t ms = clock_now_ms();

	return ms / 1000 - (ms % 1000 < 0);
}

int64_t
clock_mono(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
clock_check(struct err *e)
{
	const char *fixed = getenv("ORCH_TEST_NOW");
	int64_t t;

	if (fixed != NULL && clock_parse(fixed, &t) != 0)
		return err_set(e, ERR_CONFIG, "ORCH_TEST_NOW is not a time (RFC 3339)");
	return 0;
}

void
clock_format(int64_t t, char out[CLOCK_MAX])
{
	int year, month, day, second;
	int64_t days;

	if (t < TIME_MIN)
		t = TIME_MIN;
	if (t > TIME_MAX)
		t = TIME_MAX;
	second = (int)(t % DAY);
	if (second < 0)
		second += DAY;
	days = (t - second) / DAY;
	civil_from_days(days, &year, &month, &day);
	/* The remainders only tell the compiler how short the text is. */
	snprintf(out, CLOCK_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
	    (unsigned)month % 100, (unsigned)day % 100, (unsigned)second / 3600 % 100,
	    (unsigned)second / 60 % 60, (unsigned)second % 60);
}

/* Eats exactly n digits with a value of min .. max. */
static bool
field(const char **s, int n, int min, int max, int *out)
{
	int v = 0;

	for (; n > 0; n--, ++*s) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return v >= min && v <= max;
}

/* Eats one character of the set. */
static bool
one_of(const char **s, const char *set)
{
	for (; *set != '\0'; set++)
		if (**s == *set) {
			++*s;
			return true;
		}
	return false;
}

static bool
skip_fraction(const char **s)
{
	if (!one_of(s, "."))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	while (**s >= '0' && **s <= '9')
		++*s;
	return true;
}

/* "Z", "z" or "+hh:mm": seconds east of Greenwich. */
static bool
offset(const char **s, int *east)
{
	int sign = **s == '-' ? -1 : 1, hour, minute;

	*east = 0;
	if (one_of(s, "Zz"))
		return true;
	if (!one_of(s, "+-") || !field(s, 2, 0, 23, &hour) || !one_of(s, ":") ||
	    !field(s, 2, 0, 59, &minute))
		return false;
	*east = sign * (hour * 3600 + minute * 60);
	return true;
}

int
clock_parse(const char *s, int64_t *t)
{
	int year, month, day, hour, minute, second, east;
	int64_t v;

	if (!field(&s, 4, 0, 9999, &year) || !one_of(&s, "-") ||
	    !field(&s, 2, 1, 12, &month) || !one_of(&s, "-") ||
	    !field(&s, 2, 1, days_in_month(year, month), &day) || !one_of(&s, "Tt "))
		return -1;
	if (!field(&s, 2, 0, 23, &hour) || !one_of(&s, ":") ||
	    !field(&s, 2, 0, 59, &minute) || !one_of(&s, ":") ||
	    !field(&s, 2, 0, 60, &second) || !skip_fraction(&s))
		return -1;
	if (!offset(&s, &east) || *s != '\0')
		return -1;
	v = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 +
	    (second == 60 ? 59 : second) - east;
	if (v < TIME_MIN || v > TIME_MAX)
		return -1;
	*t = v;
	return 0;
}

void
clock_day(int64_t t, struct clock_day *day)
{
	time_t at = (time_t)t;
	struct tm tm;

	/* Beyond what the C library can tell days are those of UTC. */
	if (localtime_r(&at, &tm) == NULL) {
		clock_format(t, day->date);
		day->date[strlen("0000-00-00")] = '\0';
		day->end = t - ((t % DAY) + DAY) % DAY + DAY;
		return;
	}
	strftime(day->date, sizeof day->date, "%Y-%m-%d", &tm);
	tm.tm_mday++;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	day->end = mktime(&tm);
}
