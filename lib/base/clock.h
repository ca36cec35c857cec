/*
 * clock - the time of day as a value, and durations
 *
 * Time of day is seconds since 1970-01-01T00:00:00Z without leap seconds
 * (int64_t), written as RFC 3339 in UTC.  It is for display, `retry_at` and
 * schedules only; how long something took is measured with clock_mono().
 * ORCH_TEST_NOW (RFC 3339) stops the clock for tests; a command refuses to
 * start when it is set to something else (clock_check).
 */
#ifndef ORCH_BASE_CLOCK_H
#define ORCH_BASE_CLOCK_H

#include <stdint.h>

struct err;

#define CLOCK_MAX 32

int64_t	clock_now(void);			/* seconds */
int64_t	clock_now_ms(void);			/* the same in milliseconds */
int64_t	clock_mono(void);			/* milliseconds, CLOCK_BOOTTIME, never injected */
int	clock_check(struct err *);		/* is ORCH_TEST_NOW usable?  ERR_CONFIG */

/* "2026-11-21T10:25:00Z"; years 0000..9999, others are clamped. */
void	clock_format(int64_t t, char out[CLOCK_MAX]);
/* "2026-11-21T12:25:00+02:00": the same instant on a clock that is `east` seconds ahead of
 * UTC, at most a day.  Seconds of an offset, which RFC 3339 cannot write, are dropped. */
void	clock_format_east(int64_t t, int east, char out[CLOCK_MAX]);

/*
 * RFC 3339 5.6 date-time: offset or Z required, fraction of a second accepted
 * and dropped, second 60 taken as 59, a blank for the T accepted, years
 * 0000..9999 in UTC.  0, or -1 with *t untouched.
 */
int	clock_parse(const char *s, int64_t *t);

/*
 * The local day (TZ) that an instant belongs to: for what is allowed a day.  A day without
 * a midnight ends at the first instant of the next one.
 */
struct clock_day {
	char date[CLOCK_MAX];	/* "2026-11-21" */
	int64_t end;		/* the first instant of the next day */
};

void	clock_day(int64_t t, struct clock_day *);

#endif
