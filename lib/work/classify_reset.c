/*
 * The many ways in which a CLI says when its limit ends.  A wrong reading costs
 * little: what lies in the past is not used, and whoever waits for it waits at most
 * a day (outcome_decide).
 */
#include "work/classify.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"

/* A day and a time of it, as people write them. */
struct moment {
	bool dated, yeared;
	int month, day, year;
	int hour, minute;	/* of 24 */
	bool utc;
};

static void
skip(const char **s, const char *set)
{
	*s += strspn(*s, set);
}

/* Takes digits off the front; false: there are none, or it is out of bounds. */
static bool
take_number(const char **s, int low, int high, int *out)
{
	size_t n = strspn(*s, "0123456789");
	char text[8];
	int64_t v;

	if (n == 0 || n >= sizeof text)
		return false;
	memcpy(text, *s, n);
	text[n] = '\0';
	if (num_int(text, low, high, &v) == -1)
		return false;
	*s += n;
	*out = (int)v;
	return true;
}

static bool
take_word(const char **s, const char *word)
{
	if (strncasecmp(*s, word, strlen(word)) != 0)
		return false;
	*s += strlen(word);
	return true;
}

/* "Nov 22nd, 2026", "Nov 22, ": the day, the year if it is there. */
static bool
take_date(const char **s, struct moment *m)
{
	static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
	    "aug", "sep", "oct", "nov", "dec" };
	static const char *const ends[] = { "st", "nd", "rd", "th" };
	const char *p;

	while (m->month < 12 && !take_word(s, months[m->month]))
		m->month++;
	if (m->month == 12)
		return false;
	*s += strspn(*s, "abcdefghijklmnopqrstuvwxyz");
	skip(s, " .");
	if (!take_number(s, 1, 31, &m->day))
		return false;
	for (size_t i = 0; i < 4; i++)
		if (take_word(s, ends[i]))
			break;
	skip(s, " ,");
	p = *s;
	m->yeared = take_number(&p, 2000, 9999, &m->year);
	if (m->yeared)
		*s = p;
	skip(s, " ,");
	return true;
}

/* "6:05am", "3 PM", "18:30"; a bare number is no time of day. */
static bool
take_time(const char **s, struct moment *m)
{
	bool minutes, pm;

	if (!take_number(s, 0, 23, &m->hour))
		return false;
	minutes = take_word(s, ":");
	if (minutes && !take_number(s, 0, 59, &m->minute))
		return false;
	skip(s, " ");
	pm = take_word(s, "pm");
	if (!pm && !take_word(s, "am"))
		return minutes;
	if (m->hour < 1 || m->hour > 12)
		return false;
	m->hour = m->hour % 12 + (pm ? 12 : 0);
	return true;
}

static int64_t
seconds(struct tm *tm, bool utc)
{
	tm->tm_isdst = -1;
	return utc ? (int64_t)timegm(tm) : (int64_t)mktime(tm);
}

static int64_t
moment(const char *s, int64_t now)
{
	struct moment m = { 0 };
	time_t t = (time_t)now;
	struct tm tm;
	int64_t at;

	m.dated = isalpha((unsigned char)*s);
	if (m.dated && !take_date(&s, &m))
		return 0;
	if (!take_time(&s, &m))
		return 0;
	skip(&s, " ");
	m.utc = take_word(&s, "(UTC)") || take_word(&s, "UTC");
	skip(&s, " .");
	if (*s || !(m.utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)))
		return 0;
	if (m.dated) {
		tm.tm_year = m.yeared ? m.year - 1900 : tm.tm_year;
		tm.tm_mon = m.month;
		tm.tm_mday = m.day;
	}
	tm.tm_hour = m.hour;
	tm.tm_min = m.minute;
	tm.tm_sec = 0;
	at = seconds(&tm, m.utc);
	if (at > now || (m.dated && m.yeared))
		return at;
	if (m.dated)
		tm.tm_year++;		/* "Jan 2" said in December */
	else
		tm.tm_mday++;
	return seconds(&tm, m.utc);
}

/* "20s", "1.5 seconds", "1m30s", "3 days 4 hours and 5 minutes": in ms; 0: it is none. */
static int64_t
span(const char *s)
{
	static const struct { const char *word; double ms; } units[] = {
		{ "milliseconds", 1 }, { "millisecond", 1 }, { "ms", 1 },
		{ "minutes", 6e4 }, { "minute", 6e4 }, { "mins", 6e4 }, { "min", 6e4 }, { "m", 6e4 },
		{ "seconds", 1e3 }, { "second", 1e3 }, { "secs", 1e3 }, { "sec", 1e3 }, { "s", 1e3 },
		{ "hours", 36e5 }, { "hour", 36e5 }, { "hrs", 36e5 }, { "hr", 36e5 }, { "h", 36e5 },
		{ "days", 864e5 }, { "day", 864e5 }, { "d", 864e5 },
	};
	double ms = 0;

	do {
		double n = 0, part = 1;
		size_t i = 0;

		if (!isdigit((unsigned char)*s))
			return 0;
		for (; isdigit((unsigned char)*s) && n < 1e9; s++)
			n = n * 10 + (*s - '0');
		if (*s == '.')
			for (s++; isdigit((unsigned char)*s); s++)
				n += (*s - '0') * (part /= 10);
		skip(&s, " ");
		while (i < sizeof units / sizeof *units && !take_word(&s, units[i].word))
			i++;
		if (i == sizeof units / sizeof *units || isalpha((unsigned char)*s))
			return 0;
		ms += n * units[i].ms;
		skip(&s, " ,");
		if (take_word(&s, "and"))
			skip(&s, " ");
	} while (*s != '\0' && *s != '.');
	return ms < 1e15 ? (int64_t)ms : 0;
}

int64_t
classify_reset_time(const char *s, int64_t now)
{
	int64_t n, ms;

	if (num_int(s, 1, INT64_MAX, &n) == 0)
		return n > INT64_C(100000000000) ? n / 1000
		    : n > 1000000000 ? n : now + n;
	if (clock_parse(s, &n) == 0)
		return n;
	skip(&s, " ");
	ms = span(s);
	return ms > 0 ? now + (ms + 999) / 1000 : moment(s, now);
}
