#include "net/limit.h"

#include <string.h>

#include "../lib/tap.h"

#define DATE "Sat, 21 Nov 2026 10:25:00 GMT"
#define AT INT64_C(1795256700)		/* the same in seconds */
#define HOUR INT64_C(3600)
#define SECONDARY "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

static const char *const kinds[] = { "none", "spent", "primary", "asked", "secondary" };

static const struct row {
	const char *what;
	struct limit_seen seen;
	enum limit_kind kind;
	int64_t wait;		/* ms */
} rows[] = {
	{ "a success", { .status = 200, .remaining = "4999", .reset = "1795260000" }, LIMIT_NONE, 0 },
	{ "a success of a server without limits", { .status = 201 }, LIMIT_NONE, 0 },
	{ "403 with retry-after", { .status = 403, .retry_after = "30" }, LIMIT_ASKED, 30000 },
	{ "429 with retry-after", { .status = 429, .retry_after = "120" }, LIMIT_ASKED, 120000 },
	{ "503 with retry-after", { .status = 503, .retry_after = "7" }, LIMIT_ASKED, 7000 },
	{ "retry-after on other errors", { .status = 500, .retry_after = "7" }, LIMIT_NONE, 0 },
	{ "retry-after on a success", { .status = 202, .retry_after = "7" }, LIMIT_NONE, 0 },
	{ "retry-after of nothing", { .status = 429, .retry_after = "0" }, LIMIT_ASKED, 1000 },
	{ "retry-after as a date", { .status = 403, .retry_after = "Sat, 21 Nov 2026 10:27:00 GMT", .date = DATE },
	    LIMIT_ASKED, 120000 },
	{ "retry-after as a date that has passed",
	    { .status = 403, .retry_after = "Sat, 21 Nov 2026 10:20:00 GMT", .date = DATE }, LIMIT_ASKED, 1000 },
	{ "retry-after of a year", { .status = 403, .retry_after = "31536000" }, LIMIT_ASKED, LIMIT_WAIT_MAX },
	{ "retry-after beyond all numbers", { .status = 403, .retry_after = "99999999999999999999" }, LIMIT_SECONDARY,
	    60000 },
	{ "retry-after that makes no sense", { .status = 403, .retry_after = "soon" }, LIMIT_SECONDARY, 60000 },
	{ "retry-after goes before the reset",
	    { .status = 403, .retry_after = "5", .remaining = "0", .reset = "1795260300", .date = DATE }, LIMIT_ASKED,
	    5000 },
	{ "403 with nothing left", { .status = 403, .remaining = "0", .reset = "1795257000", .date = DATE },
	    LIMIT_PRIMARY, 301000 },
	{ "429 with nothing left", { .status = 429, .remaining = "0", .reset = "1795257000", .date = DATE },
	    LIMIT_PRIMARY, 301000 },
	{ "a reset that has passed", { .status = 403, .remaining = "0", .reset = "1795256000", .date = DATE },
	    LIMIT_PRIMARY, 1000 },
	{ "nothing left and no reset", { .status = 403, .remaining = "0" }, LIMIT_SECONDARY, 60000 },
	{ "nothing left and a reset that makes no sense", { .status = 403, .remaining = "0", .reset = "-1" },
	    LIMIT_SECONDARY, 60000 },
	{ "403 with something left", { .status = 403, .remaining = "12", .reset = "1795257000",
	    .message = "Forbidden" },
	    LIMIT_NONE, 0 },
	{ "secondary, without headers", { .status = 403, .message = SECONDARY }, LIMIT_SECONDARY, 60000 },
	{ "secondary, quota left", { .status = 403, .message = SECONDARY, .remaining = "4000", .reset = "1795257000" },
	    LIMIT_SECONDARY, 60000 },
	{ "secondary, no quota left: the longer of both",
	    { .status = 403, .message = SECONDARY, .remaining = "0", .reset = "1795257000", .date = DATE },
	    LIMIT_SECONDARY, 301000 },
	{ "secondary as 429", { .status = 429, .message = SECONDARY }, LIMIT_SECONDARY, 60000 },
	{ "its old name", { .status = 403, .message = "You have triggered an abuse detection mechanism." },
	    LIMIT_SECONDARY, 60000 },
	{ "secondary, the second time", { .status = 403, .message = SECONDARY, .before = 1 }, LIMIT_SECONDARY, 120000 },
	{ "secondary, the third time", { .status = 403, .message = SECONDARY, .before = 2 }, LIMIT_SECONDARY, 240000 },
	{ "secondary, for the hundredth time", { .status = 403, .message = SECONDARY, .before = 100 }, LIMIT_SECONDARY,
	    3600000 },
	{ "429 and no more", { .status = 429 }, LIMIT_SECONDARY, 60000 },
	{ "403 that says rate limit and no more", { .status = 403,
	    .message = "API rate limit exceeded for user ID 1." },
	    LIMIT_SECONDARY, 60000 },
	{ "a permission", { .status = 403, .message = "Resource not accessible by integration", .remaining = "4999",
	    .reset = "1795257000" }, LIMIT_NONE, 0 },
	{ "a permission, asked for with the last of the quota", { .status = 403, .remaining = "0",
	    .reset = "1795257000",
	    .message = "Resource not accessible by personal access token" }, LIMIT_NONE, 0 },
	{ "403 without a reason", { .status = 403 }, LIMIT_NONE, 0 },
	{ "a body that speaks of limits in another status", { .status = 422, .message = SECONDARY }, LIMIT_NONE, 0 },
	{ "404 with nothing left", { .status = 404, .remaining = "0", .reset = "1795257000", .date = DATE },
	    LIMIT_NONE, 0 },
	{ "the last success", { .status = 200, .remaining = "0", .reset = "1795257000", .date = DATE }, LIMIT_SPENT,
	    301000 },
	{ "the last 304", { .status = 304, .remaining = "0", .reset = "1795257000", .date = DATE }, LIMIT_SPENT,
	    301000 },
	{ "GraphQL: RATE_LIMITED", { .status = 200, .rate_limited = true, .remaining = "0", .reset = "1795257000",
	    .date = DATE, .message = "API rate limit exceeded" }, LIMIT_PRIMARY, 301000 },
	{ "GraphQL: RATE_LIMITED without headers", { .status = 200, .rate_limited = true }, LIMIT_SECONDARY, 60000 },
	{ "GraphQL: secondary", { .status = 200, .message = SECONDARY }, LIMIT_SECONDARY, 60000 },
	{ "GraphQL: RATE_LIMITED as 403", { .status = 403, .rate_limited = true, .reset = "1795257000", .date = DATE },
	    LIMIT_PRIMARY, 301000 },
};

/* What our clock says makes no difference where the server sends its own. */
static void
test_rows(int64_t skew)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct limit_seen seen = rows[i].seen;
		struct limit got;

		seen.now = (AT + skew) * 1000;
		got = limit_judge(&seen);
		ok(got.kind == rows[i].kind && got.until == (rows[i].kind == LIMIT_NONE ? 0 : seen.now + rows[i].wait),
		    "our clock %+lld s: %s: %s, %lld ms", (long long)skew, rows[i].what, kinds[got.kind],
		    (long long)(got.kind == LIMIT_NONE ? 0 : got.until - seen.now));
	}
}

static void
test_dates(void)
{
	static const char *const same[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
	};
	static const char *const none[] = {
		"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1",
		    "Sun, 31 Feb 1994 08:49:37 GMT",
		"Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "1994-11-06T08:49:37Z",
		"Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT", "Sun, 06 Nov 1994 8:9:7 GMT",
		"Sun, 06 Nov 1994 08:49:37:00 GMT",
	};
	int64_t ms;

	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		ms = 0;
		ok(limit_date(same[i], &ms) == 0 && ms == INT64_C(784111777000), "a date: %s", same[i]);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		ms = 7;
		ok(limit_date(none[i], &ms) == -1 && ms == 7, "no date: '%s'", none[i]);
	}
	ok(limit_date("Monday, 01-Jan-35 00:00:00 GMT", &ms) == 0 && ms == INT64_C(2051222400000),
	    "two digits of a year may lie ahead");
}

int
main(void)
{
	test_rows(0);
	test_rows(2 * HOUR);
	test_rows(-2 * HOUR);
	test_dates();
	return done_testing();
}
