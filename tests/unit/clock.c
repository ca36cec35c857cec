#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/err.h"

static void
test_parse(void)
{
	static const struct {
		const char *s;
		int64_t want;	/* -1: refused */
	} t[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-21T10:25:00Z", 1795256700 },
		{ "2026-11-21t10:25:00z", 1795256700 },
		{ "2026-11-21 10:25:00Z", 1795256700 },
		{ "2026-11-21T10:25:00.123456789Z", 1795256700 },
		{ "2026-11-21T12:25:00+02:00", 1795256700 },
		{ "2026-11-21T05:55:00-04:30", 1795256700 },
		{ "2026-11-21T10:25:00-00:00", 1795256700 },
		{ "2016-12-31T23:59:60Z", 1483228799 },
		{ "2000-02-29T00:00:00Z", 951782400 },
		{ "2024-02-29T00:00:00Z", 1709164800 },
		{ "1900-02-29T00:00:00Z", -1 },
		{ "2023-02-29T00:00:00Z", -1 },
		{ "2026-04-31T00:00:00Z", -1 },
		{ "2026-13-01T00:00:00Z", -1 },
		{ "2026-00-01T00:00:00Z", -1 },
		{ "2026-01-00T00:00:00Z", -1 },
		{ "2026-11-21T24:00:00Z", -1 },
		{ "2026-11-21T10:60:00Z", -1 },
		{ "2026-11-21T10:25:61Z", -1 },
		{ "2026-11-21T10:25:00", -1 },
		{ "2026-11-21T10:25Z", -1 },
		{ "2026-11-21", -1 },
		{ "2026-11-21T10:25:00.Z", -1 },
		{ "2026-11-21T10:25:00,5Z", -1 },
		{ "2026-11-21T10:25:00+2:00", -1 },
		{ "2026-11-21T10:25:00+0200", -1 },
		{ "2026-11-21T10:25:00+24:00", -1 },
		{ "2026-11-21T10:25:00+02:60", -1 },
		{ "2026-11-21T10:25:00Zjunk", -1 },
		{ " 2026-11-21T10:25:00Z", -1 },
		{ "2026-11-21T10:25:00Z ", -1 },
		{ "26-11-21T10:25:00Z", -1 },
		{ "12026-11-21T10:25:00Z", -1 },
		{ "-026-11-21T10:25:00Z", -1 },
		{ "9999-12-31T23:59:59-00:01", -1 },
		{ "0000-01-01T00:00:00+00:01", -1 },
		{ "", -1 },
		{ "now", -1 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t v = -1;
		int rc = clock_parse(t[i].s, &v);

		ok(v == t[i].want && rc == (t[i].want == -1 ? -1 : 0), "parse '%s'", t[i].s);
	}
}

static void
test_format(void)
{
	static const struct {
		int64_t t;
		const char *want;
	} t[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 1795256700, "2026-11-21T10:25:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ INT64_C(-62167219200), "0000-01-01T00:00:00Z" },
		{ INT64_C(253402300799), "9999-12-31T23:59:59Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
	};
	char text[CLOCK_MAX];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		clock_format(t[i].t, text);
		is(text, t[i].want, "format");
	}
}

static void
test_east(void)
{
	static const struct {
		int64_t t;
		int east;
		const char *want;
	} t[] = {
		{ 1795256700, 0, "2026-11-21T10:25:00+00:00" },
		{ 1795256700, 7200, "2026-11-21T12:25:00+02:00" },
		{ 1795256700, -16200, "2026-11-21T05:55:00-04:30" },
		{ 1795256700, 50400, "2026-11-22T00:25:00+14:00" },
		{ 1795256700, 20700, "2026-11-21T16:10:00+05:45" },
		{ 0, -1, "1969-12-31T23:59:00-00:01" },
		{ 0, 1172, "1970-01-01T00:19:00+00:19" },
	};
	char text[CLOCK_MAX];
	int64_t back;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		clock_format_east(t[i].t, t[i].east, text);
		is(text, t[i].want, "an offset");
		ok(clock_parse(text, &back) == 0 && back == t[i].t, "is the same instant");
	}
}

/* Against the C library, over all the years, in steps that drift through the day. */
static void
test_calendar(void)
{
	bool good = true;

	for (int64_t t = INT64_C(-62167219200); t <= INT64_C(253402300799); t += 86400 * 3 + 12345) {
		time_t libc = (time_t)t;
		struct tm tm;
		char mine[CLOCK_MAX], theirs[CLOCK_MAX];
		int64_t back = 0;

		gmtime_r(&libc, &tm);
		snprintf(theirs, sizeof theirs, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		    (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
		clock_format(t, mine);
		if (strcmp(mine, theirs) != 0 || clock_parse(mine, &back) != 0 || back != t) {
			printf("# %s, libc says %s\n", mine, theirs);
			good = false;
			break;
		}
	}
	ok(good, "ten thousand years agree with the C library and read back equal");
}

static void
test_now(void)
{
	struct err e = { 0 };
	int64_t a, b;

	setenv("ORCH_TEST_NOW", "2026-11-21T10:25:00Z", 1);
	is_int(clock_now(), 1795256700, "the clock stands where it is told");
	is_int(clock_check(&e), 0, "and that is fine");
	setenv("ORCH_TEST_NOW", "yesterday", 1);
	ok(clock_check(&e) == -1 && e.code == ERR_CONFIG, "something else is refused");
	is(e.msg, "ORCH_TEST_NOW is not a time (RFC 3339)", "and named");
	setenv("ORCH_TEST_NOW", "", 1);
	is_int(clock_check(&e), -1, "as is nothing");
	unsetenv("ORCH_TEST_NOW");
	is_int(clock_check(&e), 0, "unset is the usual case");
	ok(clock_now() - (int64_t)time(NULL) <= 1, "then it is the time of day");
	a = clock_mono();
	b = clock_mono();
	ok(a > 0 && b >= a, "the other clock goes forward");
}

static void
test_day(void)
{
	static const struct {
		const char *zone;
		const char *at, *date, *end;
	} t[] = {
		{ "UTC0", "2026-01-02T03:04:05Z", "2026-01-02", "2026-01-03T00:00:00Z" },
		{ "UTC0", "2026-12-31T23:59:59Z", "2026-12-31", "2027-01-01T00:00:00Z" },
		{ "UTC0", "2028-02-28T00:00:00Z", "2028-02-28", "2028-02-29T00:00:00Z" },
		{ "EST5", "2026-01-02T03:04:05Z", "2026-01-01", "2026-01-02T05:00:00Z" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-28T23:00:00Z", "2026-03-29", "2026-03-29T22:00:00Z" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T22:59:59Z", "2026-10-25", "2026-10-25T23:00:00Z" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct clock_day day;
		char end[CLOCK_MAX];
		int64_t at = 0;

		setenv("TZ", t[i].zone, 1);
		tzset();
		clock_parse(t[i].at, &at);
		clock_day(at, &day);
		clock_format(day.end, end);
		is(day.date, t[i].date, t[i].at);
		is(end, t[i].end, "and when it ends");
	}
	unsetenv("TZ");
}

int
main(void)
{
	test_parse();
	test_format();
	test_east();
	test_day();
	test_calendar();
	test_now();
	return done_testing();
}
