#include "base/num.h"

#include "../lib/tap.h"

#define BAD INT64_C(-77)	/* what *out holds before, and after a failure */

static void
test_int(void)
{
	static const struct {
		const char *s;
		int64_t min, max, want;
	} t[] = {
		{ "0", 0, 10, 0 },
		{ "10", 0, 10, 10 },
		{ "11", 0, 10, BAD },
		{ "05", 0, 59, 5 },
		{ "-1", 0, 10, BAD },
		{ "-1", -5, 10, -1 },
		{ "-6", -5, 10, BAD },
		{ "+1", 0, 10, BAD },
		{ "--1", -5, 10, BAD },
		{ "-", -5, 10, BAD },
		{ "", 0, 10, BAD },
		{ " 1", 0, 10, BAD },
		{ "1 ", 0, 10, BAD },
		{ "1\n", 0, 10, BAD },
		{ "1.0", 0, 10, BAD },
		{ "1e0", 0, 10, BAD },
		{ "0x1", 0, 10, BAD },
		{ "\xd9\xa1", 0, 10, BAD },
		{ "9223372036854775807", 0, INT64_MAX, INT64_MAX },
		{ "9223372036854775808", 0, INT64_MAX, BAD },
		{ "-9223372036854775808", INT64_MIN, 0, INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, 0, BAD },
		{ "18446744073709551617", 0, INT64_MAX, BAD },
		{ "99999999999999999999999", INT64_MIN, INT64_MAX, BAD },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t v = BAD;
		int rc = num_int(t[i].s, t[i].min, t[i].max, &v);

		ok(v == t[i].want && rc == (t[i].want == BAD ? -1 : 0), "int row %zu", i);
	}
}

static void
test_real(void)
{
	static const struct {
		const char *s;
		double want;
	} t[] = {
		{ "0", 0 }, { "1.5", 1.5 }, { "-2.25", -2.25 }, { "1e3", 1000 }, { "1E-2", .01 },
		{ "1.", -77 }, { ".5", -77 }, { "1e", -77 }, { "+1", -77 }, { "nan", -77 },
		{ "inf", -77 }, { "1e999", -77 }, { "0x1p3", -77 }, { "1,5", -77 }, { "", -77 },
		{ " 1", -77 }, { "1 ", -77 }, { "-", -77 }, { "1.5.2", -77 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		double r = -77;
		int rc = num_real(t[i].s, &r);

		ok(!(r < t[i].want) && !(r > t[i].want) && rc == (t[i].want < -70 ? -1 : 0),
		    "real '%s'", t[i].s);
	}
}

static void
test_id(void)
{
	static const struct {
		const char *s;
		int64_t want;
	} t[] = {
		{ "1", 1 }, { "17", 17 }, { "999999999999999999", NUM_ID_MAX },
		{ "1000000000000000000", BAD }, { "4294967297", INT64_C(4294967297) },
		{ "18446744073709551617", BAD }, { "0", BAD }, { "01", BAD }, { "-1", BAD },
		{ "1.0", BAD }, { "1e0", BAD }, { "0x1", BAD }, { "", BAD }, { " 1", BAD },
		{ "1 ", BAD }, { "1\n", BAD }, { "*", BAD }, { "../1", BAD }, { "--help", BAD },
		{ "\xef\xbc\x91", BAD },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t v = BAD;
		int rc = num_id(t[i].s, &v);

		ok(v == t[i].want && rc == (t[i].want == BAD ? -1 : 0), "id row %zu", i);
	}
}

static void
test_duration(void)
{
	static const struct {
		const char *s;
		int64_t want;
		const char *text;	/* written back, NULL: as it was read */
	} t[] = {
		{ "90", 90000, "1m30s" },
		{ "90s", 90000, "1m30s" },
		{ "5m", 300000, NULL },
		{ "2h", 7200000, NULL },
		{ "7d", 604800000, NULL },
		{ "1h30m", 5400000, NULL },
		{ "250ms", 250, NULL },
		{ "1d2h3m4s5ms", 93784005, NULL },
		{ "1m5ms", 60005, NULL },
		{ "0", 0, "0s" },
		{ "0s", 0, NULL },
		{ "24h", 86400000, "1d" },
		{ "3650d", NUM_DURATION_LIMIT, NULL },
		{ "3650d1ms", BAD, NULL },
		{ "315360001", BAD, NULL },
		{ "", BAD, NULL },
		{ "s", BAD, NULL },
		{ "1h30", BAD, NULL },
		{ "30m1h", BAD, NULL },
		{ "1m1m", BAD, NULL },
		{ "1 h", BAD, NULL },
		{ "-1s", BAD, NULL },
		{ "+1s", BAD, NULL },
		{ "1.5h", BAD, NULL },
		{ "1H", BAD, NULL },
		{ "1w", BAD, NULL },
		{ "1hm", BAD, NULL },
		{ "1ms1s", BAD, NULL },
		{ "9223372036854775807d", BAD, NULL },
		{ "99999999999999999999", BAD, NULL },
	};
	char text[NUM_DURATION_MAX];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t v = BAD;
		int rc = num_duration(t[i].s, &v);

		ok(v == t[i].want && rc == (t[i].want == BAD ? -1 : 0), "duration '%s'", t[i].s);
		if (rc != 0)
			continue;
		num_duration_text(v, text);
		is(text, t[i].text ? t[i].text : t[i].s, "written back");
	}
	num_duration_text(-300000, text);
	is(text, "-5m", "a negative duration");
	num_duration_text(INT64_MIN, text);
	is(text, "-106751991167d7h12m55s808ms", "the most negative one fits");
}

static void
test_bytes(void)
{
	static const struct {
		const char *s;
		int64_t want;
	} t[] = {
		{ "0", 0 }, { "4096", 4096 }, { "64K", 65536 }, { "64k", 65536 },
		{ "16M", 16777216 }, { "1G", 1073741824 }, { "8589934591G", INT64_C(8589934591) << 30 },
		{ "8589934592G", BAD }, { "9223372036854775808", BAD }, { "", BAD }, { "K", BAD },
		{ "1T", BAD }, { "1KB", BAD }, { "1 K", BAD }, { "-1", BAD }, { "1.5M", BAD },
		{ "1K1", BAD },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t v = BAD;
		int rc = num_bytes(t[i].s, &v);

		ok(v == t[i].want && rc == (t[i].want == BAD ? -1 : 0), "bytes '%s'", t[i].s);
	}
}

int
main(void)
{
	test_int();
	test_real();
	test_id();
	test_duration();
	test_bytes();
	return done_testing();
}
