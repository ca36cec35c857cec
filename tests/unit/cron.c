#include "doc/cron.h"

#include <stdlib.h>

#include "../lib/dice.h"
#include "../lib/tap.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/tzif.h"

/* ---- what is accepted, and what it means ---- */

static const struct { const char *text, *says; } good[] = {
	{ "* * * * *", "every minute" },
	{ "*/5 * * * *", "every 5 minutes" },
	{ "30 2 * * *", "at 02:30 every day" },
	{ "  30\t2  * * *\t ", "at 02:30 every day" },
	{ "0030 02 * * *", "at 02:30 every day" },
	{ "0,20,40 2 * * *", "at 02:00, 02:20 and 02:40 every day" },
	{ "10 * * * *", "at minute 10 of every hour" },
	{ "0 * * * *", "at minute 0 of every hour" },
	{ "0,30 9-17 * * 1-5", "every 30 minutes of hour 9-17 on Monday-Friday" },
	{ "7,31 * * * *", "at minute 7 and 31 of every hour" },
	{ "*/7 * * * *", "at minute 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour" },
	{ "* 4 * * *", "every minute of hour 4 every day" },
	{ "0 */12 * * *", "at 00:00 and 12:00 every day" },
	{ "0 6/6 * * *", "at 06:00, 12:00 and 18:00 every day" },
	{ "50/3 1 * * *", "at 01:50, 01:53, 01:56 and 01:59 every day" },
	{ "0 0 25/3 * *", "at 00:00 on day 25, 28 and 31 of the month" },
	{ "0 0 1 jan/6 *", "at 00:00 on day 1 of the month in January and July" },
	{ "0 0 1 JAN,Jul-sep *", "at 00:00 on day 1 of the month in January and July-September" },
	{ "0 0 * * mon-fri", "at 00:00 on Monday-Friday" },
	{ "0 0 * * fri-sun", "at 00:00 on Friday-Sunday" },
	{ "0 0 * * sun-tue", "at 00:00 on Monday, Tuesday and Sunday" },
	{ "0 0 * * sun-sun", "at 00:00 on Sunday" },
	{ "0 0 * * 7", "at 00:00 on Sunday" },
	{ "0 0 * * 0", "at 00:00 on Sunday" },
	{ "0 0 * * 1-7/2", "at 00:00 on Monday, Wednesday, Friday and Sunday" },
	{ "0 0 * * 5,5,5", "at 00:00 on Friday" },
	{ "0 0 * * 0-7", "at 00:00 every day" },
	{ "0 0 13 * 5", "at 00:00 on day 13 of the month OR on Friday" },
	{ "0 0 1-7 * 1", "at 00:00 on day 1-7 of the month OR on Monday" },
	/* "every day" in a field that does not begin with '*' leaves nothing to the other. */
	{ "0 0 13 * 0-7", "at 00:00 every day" },
	{ "0 0 1-31 * 5", "at 00:00 every day" },
	/* One that begins with '*' makes it both. */
	{ "0 0 */2 * 1", "at 00:00 on day 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29 and 31 of the month "
	    "AND on Monday" },
	{ "0 0 1-7 * */6", "at 00:00 on day 1-7 of the month AND on Saturday and Sunday" },
	{ "0 0 *,13 * 5", "at 00:00 on Friday" },
	{ "0 0 ? * 5", "at 00:00 on Friday" },
	{ "0 0 13 * ?", "at 00:00 on day 13 of the month" },
	{ "0 0 L * *", "at 00:00 on the last day of the month" },
	{ "0 0 LW * *", "at 00:00 on the last day of the month from Monday to Friday" },
	{ "0 0 15W * *", "at 00:00 on the day from Monday to Friday nearest to day 15 of the month" },
	{ "0 0 1,L * *", "at 00:00 on day 1 of the month, the last day of the month" },
	{ "0 0 * * 5L", "at 00:00 on the last Friday of the month" },
	{ "0 0 * * friL", "at 00:00 on the last Friday of the month" },
	{ "0 0 * * 7L", "at 00:00 on the last Sunday of the month" },
	{ "0 0 * * 1#1", "at 00:00 on the 1st Monday of the month" },
	{ "0 0 * * tue#2,tue#4", "at 00:00 on the 2nd Tuesday of the month, the 4th Tuesday of the month" },
	{ "0 0 1 * 1#1", "at 00:00 on day 1 of the month OR on the 1st Monday of the month" },
	{ "0 0 29 2 0", "at 00:00 on day 29 of the month OR on Sunday in February" },
	{ "0 0 29 2 *", "at 00:00 on day 29 of the month in February" },
	{ "0 0 30 2 1", "at 00:00 on day 30 of the month OR on Monday in February" },
	{ "0-59/1 0 * * *", "every minute of hour 0 every day" },
	{ "@yearly", "at 00:00 on day 1 of the month in January" },
	{ "@annually", "at 00:00 on day 1 of the month in January" },
	{ "@monthly", "at 00:00 on day 1 of the month" },
	{ "@Weekly", "at 00:00 on Sunday" },
	{ " @DAILY\t", "at 00:00 every day" },
	{ "@midnight", "at 00:00 every day" },
	{ "@hourly", "at minute 0 of every hour" },
	{ "H(5-5) H(3-3) * * *", "at 03:05 every day" },
};

static void
test_good(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct err e = { 0 };
		struct buf b = { 0 };
		struct cron c;

		if (cron_parse(&c, good[i].text, NULL, NULL, &e) == 0)
			cron_say(&b, &c);
		else
			buf_puts(&b, e.msg);
		is(buf_str(&b), good[i].says, good[i].text);
		buf_release(&b);
	}
}

/* ---- what is refused, where, and what the hint says ---- */

static const struct { const char *text; size_t column; const char *hint; } bad[] = {
	{ "", 1, "five fields" },
	{ " \t ", 1, "five fields" },
	{ "30", 3, "hour is missing" },
	{ "30 2 * *", 9, "day of week is missing" },
	{ "0 30 2 * * *", 12, "seconds are not supported; a tick is one minute" },
	{ "0 30 2 * * mon", 12, "seconds are not supported" },
	{ "0 0 30 2 * * 2030", 12, "seconds and years are not supported" },
	{ "30 2 * * * /usr/bin/true", 12, "nothing is expected behind" },
	{ "30 2 * * * root", 12, "nothing is expected behind" },
	{ "30 2 * * * # nightly", 12, "no comment" },
	{ "# nightly", 1, "no comment" },
	{ "30 2 * * *#", 11, "'#' takes one day" },
	{ "TZ=Europe/Berlin 30 2 * * *", 1, "use timezone:" },
	{ " CRON_TZ=UTC @daily", 2, "use timezone:" },
	{ "@reboot", 1, "@reboot is not supported" },
	{ "@every 5m", 1, "write */n" },
	{ "@dayly", 1, "did you mean @daily?" },
	{ "@", 1, "no word" },
	{ "@daily 5", 8, "nothing is expected behind @daily" },
	{ "@daily# x", 1, "no word" },
	{ "60 2 * * *", 1, "minute: 60 is not in 0-59" },
	{ "5 24 * * *", 3, "hour: 24 is not in 0-23" },
	{ "5 4 0 * *", 5, "day of month: 0 is not in 1-31" },
	{ "5 4 32 * *", 5, "day of month: 32 is not in 1-31" },
	{ "5 4 3 0 *", 7, "month: 0 is not in 1-12" },
	{ "5 4 3 13 *", 7, "month: 13" },
	{ "5 4 * * 8", 9, "day of week: 8 is not in 0-7" },
	{ "00005 4 * * *", 1, "00005" },
	{ "99999999999999999999 4 * * *", 1, "is not in 0-59" },
	{ "-5 4 * * *", 1, "'-' is not expected" },
	{ "+5 4 * * *", 1, "'+' is not expected" },
	{ "5- 4 * * *", 3, "something is missing" },
	{ "1,,2 4 * * *", 3, "something is missing" },
	{ "1, 4 * * *", 3, "something is missing" },
	{ ",1 4 * * *", 1, "something is missing" },
	{ "1-2-3 4 * * *", 4, "'-' is not expected" },
	{ "*-5 4 * * *", 2, "'-' is not expected" },
	{ "** 4 * * *", 2, "'*' is not expected" },
	{ "5* 4 * * *", 2, "'*' is not expected" },
	{ "*/ 4 * * *", 3, "something is missing" },
	{ "*/0 4 * * *", 3, "step: 0 is not in 1-999" },
	{ "*/1000 4 * * *", 3, "step: 1000 is not in 1-999" },
	{ "*/-1 4 * * *", 3, "'-' is not expected" },
	{ "*/2/2 4 * * *", 4, "'/' is not expected" },
	{ "1.5 4 * * *", 2, "'.' is not expected" },
	{ "5 4 * * \"1\"", 9, "'\"' is not expected" },
	{ "0 22-2 * * *", 3, "write 22-23,0-2" },
	{ "50-10/5 * * * *", 1, "write 50-59,0-10" },
	{ "0 23-0 * * *", 3, "write 23,0" },
	{ "0 0 28-2 * *", 5, "write 28-31,1-2" },
	{ "0 0 * nov-feb *", 7, "write 11-12,1-2" },
	{ "0 0 * * sat-mon", 9, "write 6,0-1" },
	{ "0 0 * * 7-2", 9, "write 0-2" },
	{ "0 0 * * 1/2", 9, "write 1-6/2 or 1-7/2" },
	{ "0 0 * * mon/2", 9, "write 1-6/2 or 1-7/2" },
	{ "0 0 * * monday", 9, "write mon" },
	{ "0 0 * January *", 7, "write jan" },
	{ "0 0 * * mon-friday", 13, "write fri" },
	{ "0 0 * * sunL#1", 13, "'#' takes one day" },
	{ "0 0 * * xyz", 9, "is no day of the week" },
	{ "0 0 * xyz *", 7, "is no month" },
	{ "jan 0 * * *", 1, "'j' is not expected" },
	{ "0 0 mon * *", 5, "'m' is not expected" },
	{ "0~30 2 * * *", 2, "jitter:" },
	{ "~ 2 * * *", 1, "jitter:" },
	{ "? 2 * * *", 1, "'?' stands alone" },
	{ "0 0 1,? * *", 7, "'?' stands alone" },
	{ "0 0 L-3 * *", 6, "L and LW are" },
	{ "0 0 LL * *", 6, "L stands alone" },
	{ "0 0 l * *", 5, "is a capital" },
	{ "0 0 W * *", 5, "15W" },
	{ "0 0 1-5W * *", 8, "W takes one day" },
	{ "0 0 5L * *", 6, "L stands alone" },
	{ "0 0 * * L", 9, "5L or friL" },
	{ "0 0 * * 5W", 10, "W takes one day of the month" },
	{ "0 0 * * 1-5L", 12, "5L or friL" },
	{ "0 0 * * 5#6", 11, "6 is not in 1-5" },
	{ "0 0 * * 5#0", 11, "0 is not in 1-5" },
	{ "0 0 * * 5#", 11, "something is missing" },
	{ "0 0 5#1 * *", 6, "'#' takes one day of the week" },
	{ "h 0 * * *", 1, "H is a capital" },
	{ "H( 0 * * *", 3, "something is missing" },
	{ "H(1) 0 * * *", 4, "')' is not expected" },
	{ "H(9-1) 0 * * *", 3, "a range that goes up" },
	{ "H(0-60) 0 * * *", 5, "60 is not in 0-59" },
	{ "H-5 0 * * *", 2, "'-' is not expected" },
	{ "0 0 30 2 *", 5, "no such day ever comes" },
	{ "0 0 31 4,6,9,11 *", 5, "no such day" },
	{ "0 0 31W 2,4 *", 5, "no such day" },
	{ "0 0 8-14 * */7", 0, NULL },
	{ "0 0 */30 * 1#2", 5, "no such day" },
	{ "0 0 31 2 */2", 5, "no such day" },
	{ "30\xc2\xa0" "2 * * *", 3, "byte 0xc2 is not expected: U+00A0, a no-break space" },
	{ "\xd9\xa3 2 * * *", 1, "U+0663" },
	{ "30 2 * * \xef\xbc\x91", 10, "U+FF11" },
	{ "30 2 * * \xe2\x80\x93", 10, "U+2013" },
	{ "30 2 * * \xff", 10, "byte 0xff" },
	{ "30 2 * * *\r", 11, "byte 0x0d" },
	{ "30 2 * * *\n", 11, "one line" },
	{ "30 2\x01 * * *", 5, "byte 0x01" },
	{ "30 2 * * 1%", 11, "'%' is not expected" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { 0 };
		struct cron c;
		size_t column = 0;
		int r = cron_parse(&c, bad[i].text, "job", NULL, &e);

		if (r == -1)
			sscanf(e.msg, "column %zu: ", &column);
		if (!ok(r == (bad[i].hint ? -1 : 0) && column == bad[i].column &&
		    (bad[i].hint == NULL || (e.code == ERR_INVALID && strstr(e.msg, bad[i].hint))),
		    "refused: case %zu", i))
			printf("# '%s'\n# got:  %s\n# want: column %zu: %s\n", bad[i].text, e.msg, bad[i].column,
			    bad[i].hint ? bad[i].hint : "-");
	}
}

static void
test_long(void)
{
	struct err e = { 0 };
	struct buf b = { 0 };
	struct cron c;

	while (b.len < CRON_TEXT_MAX - 12)
		buf_puts(&b, "5,");
	buf_puts(&b, "5 2 * * *");
	ok(cron_parse(&c, buf_str(&b), NULL, NULL, &e) == 0, "a long one");
	buf_pad(&b, CRON_TEXT_MAX + 1);
	ok(cron_parse(&c, buf_str(&b), NULL, NULL, &e) == -1 && strstr(e.msg, "column 1025: "), "one that is too long");
	buf_release(&b);
}

static void
test_warnings(void)
{
	static const struct { const char *text, *warning; } t[] = {
		{ "30 2 * * *", NULL },
		{ "*/59 2 * * *", NULL },
		{ "0 0 * * */6", NULL },
		{ "*/60 2 * * *", "column 1: minute: a step of 60 in 0-59: only 0 is left" },
		{ "*/90 2 * * *", "column 1: minute: a step of 90 in 0-59: only 0 is left" },
		{ "5,10-20/15 2 * * *", "column 3: minute: a step of 15 in 10-20: only 10 is left" },
		{ "0 */24 * * *", "column 3: hour: a step of 24 in 0-23: only 0 is left" },
		{ "59/2 2 * * *", "column 1: minute: a step of 2 in 59-59: only 59 is left" },
		{ "H(3-5)/9 2 * * *", "column 1: a step of 9 in 3-5: it comes once" },
		{ "0 9 1-7 * 1",
		    "column 5: it comes on day 1-7 of the month OR on Monday: if both are meant, write * as day "
		    "of month and 1#1 as day of week" },
		{ "0 9 15-21 * fri",
		    "column 5: it comes on day 15-21 of the month OR on Friday: if both are meant, write * as "
		    "day of month and 5#3 as day of week" },
		{ "0 9 13 * 5", "column 5: it comes on day 13 of the month OR on Friday" },
		{ "0 9 1-7 * 1-5", "column 5: it comes on day 1-7 of the month OR on Monday-Friday" },
		{ "0 9 1-7 * 1,2#1",
		    "column 5: it comes on day 1-7 of the month OR on Monday, the 1st Tuesday of the month" },
		{ "0 9 */2 * 1", NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct vec_str w = { 0 };
		struct err e = { 0 };
		struct cron c;

		ok(cron_parse(&c, t[i].text, NULL, &w, &e) == 0 && w.n == (t[i].warning != NULL), "'%s' has %s",
		    t[i].text, t[i].warning ? "a warning" : "none");
		if (t[i].warning != NULL)
			is(w.n > 0 ? w.v[0] : NULL, t[i].warning, "which says why");
		vec_str_release(&w);
	}
}

/* ---- days, beside a slow reading of a month ---- */

/* The day of the month that `item` means in a month whose first day is `first`, 0: none. */
static int
slow_dom(const char *item, int days, int first)
{
	char rest;
	int n;

	if (strcmp(item, "L") == 0)
		return days;
	if (strcmp(item, "LW") == 0) {
		for (n = days; (first + n - 1) % 7 % 6 == 0; n--)
			continue;
		return n;
	}
	if (sscanf(item, "%d%c", &n, &rest) == 2 && rest == 'W') {
		if (n > days)
			return 0;
		for (int away = 0; away < 3; away++)
			for (int sign = -1; sign <= 1; sign += 2) {
				int day = n + sign * away;

				if (day >= 1 && day <= days && (first + day - 1) % 7 % 6 != 0)
					return day;
			}
	}
	return sscanf(item, "%d", &n) == 1 && n <= days ? n : 0;
}

static int
slow_dow(const char *item, int days, int first)
{
	int weekday, n = 0, found = 0;

	if (sscanf(item, "%d#%d", &weekday, &n) < 1)
		return 0;
	for (int day = 1; day <= days; day++)
		if ((first + day - 1) % 7 == weekday % 7 && (n == 0 || (day - 1) / 7 + 1 == n))
			found = day;
	return strchr(item, 'L') != NULL || n > 0 ? found : 0;
}

static void
test_months(void)
{
	static const char *const doms[] = { "L", "LW", "1W", "2W", "15W", "28W", "29W", "30W", "31W", "29", "31" };
	static const char *const dows[] = { "0L", "3L", "5L", "6L", "7L", "1#1", "0#5", "4#5", "6#4" };
	struct err e = { 0 };
	struct tzif *utc = tzif_posix("UTC0", &e);
	int wrong = 0;

	for (size_t i = 0; i < sizeof doms / sizeof *doms + sizeof dows / sizeof *dows; i++) {
		bool dom = i < sizeof doms / sizeof *doms;
		const char *item = dom ? doms[i] : dows[i - sizeof doms / sizeof *doms];
		char text[32];
		struct cron c;
		struct cron_slot s;
		struct cron_job job = { &c, utc, 0 };

		snprintf(text, sizeof text, dom ? "0 0 %s * *" : "0 0 * * %s", item);
		if (cron_parse(&c, text, NULL, NULL, &e) == -1) {
			ok(false, "%s: %s", text, e.msg);
			continue;
		}
		for (int month = 0; month < 12 * 40; month++) {
			int days = civil_month_days(1990 + month / 12, month % 12 + 1);
			int64_t begin = civil_days(1990 + month / 12, month % 12 + 1, 1);
			int first = civil_weekday(begin);
			int want = dom ? slow_dom(item, days, first) : slow_dow(item, days, first);
			bool there = cron_next(&job, begin * 86400 - 1, &s);
			int64_t day = there ? s.at / 86400 - begin + 1 : 0;

			if ((want == 0 ? day <= days : day != want) && wrong++ < 5)
				printf("# %s: %d-%02d has %d, got %" PRId64 "\n", text, 1990 + month / 12,
				    month % 12 + 1, want, day);
		}
	}
	ok(wrong == 0, "L, W and # in the months of 40 years");
	tzif_free(utc);
}

/* ---- H ---- */

static void
test_hash(void)
{
	struct err e = { 0 };
	struct cron a, b;
	uint64_t minutes = 0;
	uint32_t hours = 0, days = 0;
	bool in = true, even = true;

	/* Reckoned by another program: they must never change. */
	ok(cron_parse(&a, "H/15 H H H H", "nightly", NULL, &e) == 0 && (a.min & 0x3fff) == 1 << 13 &&
	    a.hour == 1 << 14 && a.dom == 1 << 1 && a.mon == 1 << 11 && a.dow == 1 << 1 && cron_jitter("nightly",
	    600) == 458,
	    "values of 'nightly'");
	ok(cron_parse(&a, "H H * * *", "nightly", NULL, &e) == 0 && a.hashed && !a.wild, "H has fixed times");
	ok(cron_parse(&b, "H H * * *", "nightly", NULL, &e) == 0 && a.min == b.min && a.hour == b.hour,
	    "the same again");
	ok(cron_parse(&b, "H * * * *", "nightly", NULL, &e) == 0 && a.min == b.min && b.wild, "of a field alone");
	for (int i = 0; i < 2000; i++) {
		char job[16];

		snprintf(job, sizeof job, "job-%d", i);
		in = in && cron_parse(&a, "H(10-19) H/8 H H H", job, NULL, &e) == 0 &&
		    (a.min & ~(UINT64_C(0x3ff) << 10)) == 0 && __builtin_popcountll(a.min) == 1 &&
		    __builtin_popcount(a.hour) == 3 && (a.hour & 0xff0000u) >> 16 == (a.hour & 0xff) &&
		    (a.dom & ~0x1ffffffeu) == 0 && __builtin_popcount(a.mon) == 1 && __builtin_popcount(a.dow) == 1;
		minutes |= a.min;
		hours |= a.hour;
		days |= a.dom;
	}
	ok(in, "all in their ranges");
	even = minutes == UINT64_C(0x3ff) << 10 && hours == 0xffffff && days == 0x1ffffffe;
	ok(even, "and each value comes, no day that some month has not");
	ok(cron_parse(&a, "0 0 H 2 *", NULL, NULL, &e) == 0, "a nameless job has one too");
}

static void
test_jitter(void)
{
	bool used[600] = { false }, in = true;
	int seen = 0;

	for (int i = 0; i < 20000; i++) {
		char job[16];
		int64_t j;

		snprintf(job, sizeof job, "job-%d", i);
		j = cron_jitter(job, 600);
		in = in && j >= 0 && j < 600 && j == cron_jitter(job, 600);
		seen += in && !used[j];
		used[in ? j : 0] = true;
	}
	ok(in && seen == 600, "a jitter of ten minutes is each of 600 seconds");
	ok(cron_jitter("a", 0) == 0 && cron_jitter("a", 1) == 0, "none is none");
	/* FNV-1a of "a", "foobar" from its authors' test vectors. */
	ok(cron_jitter("a", INT64_MAX) == (int64_t)(UINT64_C(0xaf63dc4c8601ec8c) % INT64_MAX) &&
	    cron_jitter("foobar", INT64_MAX) == (int64_t)(UINT64_C(0x85944171f73967e8) % INT64_MAX), "it is FNV-1a");
}

int
main(void)
{
	test_good();
	test_bad();
	test_long();
	test_warnings();
	test_months();
	test_hash();
	test_jitter();
	return done_testing();
}
