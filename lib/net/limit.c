#include "net/limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* The rest of three forms, as the one that clock_parse() knows. */
static int
to_ms(int year, const char *month, int day, const char *time, int64_t *ms)
{
	const char *at = NULL;
	char text[CLOCK_MAX];
	int64_t t;

	for (const char *m = months; *m != '\0' && at == NULL; m += 3)
		if (strncasecmp(m, month, 3) == 0)
			at = m;
	if (at == NULL || year < 0 || year > 9999 || day < 1 || day > 31)
		return -1;
	snprintf(text, sizeof text, "%04d-%02d-%02dT%.8sZ", year, (int)(at - months) / 3 + 1, day, time);
	if (clock_parse(text, &t) == -1)
		return -1;
	*ms = t * 1000;
	return 0;
}

int
limit_date(const char *s, int64_t *ms)
{
	char month[4], time[9];
	int year, day, end = -1;

	/* "Sun, 06 Nov 1994 08:49:37 GMT" */
	if (sscanf(s, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %8[0-9:] GMT%n", &day, month, &year, time, &end) == 4 &&
	    end > 0 && s[end] == '\0')
		return to_ms(year, month, day, time, ms);
	/* "Sunday, 06-Nov-94 08:49:37 GMT": two digits, of a year within fifty of ours */
	if (sscanf(s, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %8[0-9:] GMT%n", &day, month, &year, time, &end) == 4 &&
	    end > 0 && s[end] == '\0')
		return to_ms(year + (year < 70 ? 2000 : 1900), month, day, time, ms);
	/* "Sun Nov  6 08:49:37 1994" */
	if (sscanf(s, "%*3[A-Za-z] %3[A-Za-z] %2d %8[0-9:] %4d%n", month, &day, time, &year, &end) == 4 &&
	    end > 0 && s[end] == '\0')
		return to_ms(year, month, day, time, ms);
	return -1;
}

static int64_t
bounded(int64_t wait)
{
	return wait < 1000 ? 1000 : wait > LIMIT_WAIT_MAX ? LIMIT_WAIT_MAX : wait;
}

/* How long from now: seconds, or a time of the server's clock.  -1: that is neither. */
static int64_t
retry_after(const struct limit_seen *s)
{
	int64_t seconds, then, date = s->now;

	if (num_int(s->retry_after, 0, INT64_MAX / 1000, &seconds) == 0)
		return bounded(seconds * 1000);
	if (limit_date(s->retry_after, &then) == -1)
		return -1;
	if (s->date != NULL)
		limit_date(s->date, &date);
	return bounded(then - date);
}

/* Both in whole seconds: one more, so that it has passed there too.  -1: nobody says. */
static int64_t
until_reset(const struct limit_seen *s)
{
	int64_t reset, date = s->now;

	if (s->reset == NULL || num_int(s->reset, 0, INT64_MAX / 1000 - 1, &reset) == -1)
		return -1;
	if (s->date != NULL)
		limit_date(s->date, &date);
	return bounded((reset + 1) * 1000 - date);
}

static bool
says(const struct limit_seen *s, const char *words)
{
	return s->message != NULL && strcasestr(s->message, words) != NULL;
}

static struct limit
give(const struct limit_seen *s, enum limit_kind kind, int64_t wait)
{
	return (struct limit){ kind, s->now + wait };
}

static struct limit
secondary(const struct limit_seen *s)
{
	int64_t wait = LIMIT_SECONDARY_MS;

	for (unsigned int i = 0; i < s->before && wait < LIMIT_SECONDARY_MAX; i++)
		wait *= 2;
	return give(s, LIMIT_SECONDARY, wait < LIMIT_SECONDARY_MAX ? wait : LIMIT_SECONDARY_MAX);
}

static struct limit
primary(const struct limit_seen *s, enum limit_kind kind)
{
	int64_t wait = until_reset(s);

	return wait != -1 ? give(s, kind, wait) : secondary(s);
}

struct limit
limit_judge(const struct limit_seen *s)
{
	bool none_left = s->remaining != NULL && strcmp(s->remaining, "0") == 0;
	bool refused = s->status == 403 || s->status == 429;
	bool too_fast = says(s, "secondary rate limit") || says(s, "abuse detection");
	struct limit l;
	int64_t wait;

	if ((refused || s->status == 503) && s->retry_after != NULL)
		return (wait = retry_after(s)) != -1 ? give(s, LIMIT_ASKED, wait) : secondary(s);
	/* Of a GraphQL answer with status 200 the message is that of its errors. */
	if (s->rate_limited && !too_fast)
		return primary(s, LIMIT_PRIMARY);
	if (refused && none_left && !too_fast && !says(s, "Resource not accessible by"))
		return primary(s, LIMIT_PRIMARY);
	if (too_fast && (refused || s->status == 200)) {
		l = secondary(s);
		wait = none_left ? until_reset(s) : -1;
		return s->now + wait > l.until ? give(s, LIMIT_SECONDARY, wait) : l;
	}
	if (s->status == 429 || (refused && says(s, "rate limit exceeded")))
		return secondary(s);
	if (none_left && (s->status / 100 == 2 || s->status == 304) && (wait = until_reset(s)) != -1)
		return give(s, LIMIT_SPENT, wait);
	return (struct limit){ LIMIT_NONE, 0 };
}
