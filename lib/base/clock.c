/*
 * clock - the time of day as a value, and durations
 *
 * The calendar is counted (civil.h) and not asked of the C library, but for the local day:
 * gmtime() and friends read TZ, fail on large values and share a static buffer.
 */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/civil.h"
#include "base/err.h"

#define DAY 86400
#define TIME_MIN INT64_C(-62167219200)	/* 0000-01-01T00:00:00Z */
#define TIME_MAX INT64_C(253402300799)	/* 9999-12-31T23:59:59Z */

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

/* "2026-11-21T10:25:00", of the clock on the wall that is `east` seconds ahead. */
static void
format_wall(int64_t t, int east, char out[CLOCK_MAX])
{
	struct civil date;
	int64_t days;
	int second;

	t = t < TIME_MIN ? TIME_MIN : t > TIME_MAX ? TIME_MAX : t;
	t += east;
	t = t < TIME_MIN ? TIME_MIN : t > TIME_MAX ? TIME_MAX : t;
	days = civil_floor(t, DAY);
	second = (int)(t - days * DAY);
	civil_date(days, &date);
	/* The remainders only tell the compiler how short the text is. */
	snprintf(out, CLOCK_MAX, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)date.year % 10000,
	    (unsigned)date.month % 100, (unsigned)date.day % 100, (unsigned)second / 3600 % 100,
	    (unsigned)second / 60 % 60, (unsigned)second % 60);
}

void
clock_format(int64_t t, char out[CLOCK_MAX])
{
	size_t n;

	format_wall(t, 0, out);
	n = strlen(out);
	snprintf(out + n, CLOCK_MAX - n, "Z");
}

void
clock_format_east(int64_t t, int east, char out[CLOCK_MAX])
{
	/* Down to the minute, the other way from what the remainder of a division does. */
	int minutes = (int)civil_floor(east, 60);
	unsigned ahead = (unsigned)(minutes < 0 ? -minutes : minutes);
	size_t n;

	format_wall(t, minutes * 60, out);
	n = strlen(out);
	snprintf(out + n, CLOCK_MAX - n, "%c%02u:%02u", minutes < 0 ? '-' : '+', ahead / 60 % 100, ahead % 60);
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
	    !field(&s, 2, 1, civil_month_days(year, month), &day) || !one_of(&s, "Tt "))
		return -1;
	if (!field(&s, 2, 0, 23, &hour) || !one_of(&s, ":") ||
	    !field(&s, 2, 0, 59, &minute) || !one_of(&s, ":") ||
	    !field(&s, 2, 0, 60, &second) || !skip_fraction(&s))
		return -1;
	if (!offset(&s, &east) || *s != '\0')
		return -1;
	v = civil_days(year, month, day) * DAY + hour * 3600 + minute * 60 +
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
