/*
 * The many ways in which a CLI says when its limit ends.  A wrong reading costs
 * little: what lies in the past is not used, and whoever waits for it waits at most
 * a day (outcome_decide).
 */
#include "work/agent_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/num.h"

/* "5:56 AM" is the next such time where this machine stands. */
static int64_t
time_of_day(const char *s, int64_t now)
{
	time_t t = (time_t)now;
	int hour, minute, used = 0;
	int64_t at;
	struct tm tm;
	char half;

	if (sscanf(s, "%2d:%2d %c%*[mM]%n", &hour, &minute, &half, &used) != 3 || used == 0
	    || s[used] || hour < 1 || hour > 12 || minute < 0 || minute > 59
	    || !strchr("aApP", half) || !localtime_r(&t, &tm))
		return 0;
	tm.tm_hour = hour % 12 + (half == 'p' || half == 'P' ? 12 : 0);
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	at = (int64_t)mktime(&tm);
	if (at > now)
		return at;
	tm.tm_mday++;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

int64_t
agent_reset_time(const char *s, int64_t now)
{
	int64_t n, ms;
	char *tight;
	size_t len = 0;

	if (num_int(s, 1, INT64_MAX, &n) == 0)
		return n > INT64_C(100000000000) ? n / 1000
		    : n > 1000000000 ? n : now + n;
	if (clock_parse(s, &n) == 0)
		return n;
	tight = xmalloc(strlen(s) + 1);
	for (const char *p = s; *p; p++)
		if (*p != ' ')
			tight[len++] = *p;
	tight[len] = '\0';
	n = num_duration(tight, &ms) == 0 ? now + (ms + 999) / 1000 : time_of_day(s, now);
	free(tight);
	return n;
}
