#include "doc/cron.h"

#include <stdlib.h>
#include <time.h>

#include "../lib/dice.h"
#include "../lib/tap.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/tzif.h"
#include "task/zone.h"

static struct zones zones;

static int64_t
at(const char *text)
{
	int64_t t = 0;

	if (clock_parse(text, &t) == -1)
		ok(false, "'%s' is a time", text);
	return t;
}

static void
set_up(struct cron_job *job, struct cron *c, const char *zone, const char *text)
{
	struct err e = { 0 };

	setenv("TZ", zone, 1);
	*job = (struct cron_job){ .cron = c, .zone = zones_default(&zones, &e) };
	if (job->zone == NULL || cron_parse(c, text, "job", NULL, &e) == -1) {
		ok(false, "%s '%s': %s", zone, text, e.msg);
		abort();
	}
}

/* "03:00 gap, 02:30": the slots from `from` to `until`, in UTC hours and minutes. */
static void
list(struct buf *b, const struct cron_job *job, const char *from, const char *until)
{
	struct cron_slot s;

	for (int64_t t = at(from) - 1; cron_next(job, t, &s) && s.at < at(until); t = s.at) {
		char text[CLOCK_MAX];

		clock_format(s.at, text);
		text[16] = '\0';
		buf_printf(b, "%s%s%s", b->len > 0 ? " " : "", text + 11, s.reason == CRON_GAP ? "!" : "");
	}
}

/* ---- the table "how the anchors behave" ---- */

static void
test_anchors(void)
{
	/* In Berlin 02:00 is 03:00 at 01:00Z on 29 March, 03:00 is 02:00 at 01:00Z on 25 October.  In Lord Howe
	 * 02:00 is 01:30 at 15:00Z on 4 April, and 02:30 at 15:30Z on 3 October. */
	static const struct { const char *name, *zone, *text, *from, *until, *slots; } t[] = {
		{ "gap, fixed", "Europe/Berlin", "30 2 * * *", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
		    "01:30 01:00! 00:30" },
		{ "gap, three fixed ones", "Europe/Berlin", "0,20,40 2 * * *", "2026-03-29T00:00:00Z",
		    "2026-03-30T12:00:00Z", "01:00! 00:00 00:20 00:40" },
		{ "gap, fixed, and a time of its own at its end", "Europe/Berlin", "0 2,3 * * *",
		    "2026-03-29T00:00:00Z",
		    "2026-03-29T12:00:00Z", "01:00" },
		{ "gap, fixed, times around it", "Europe/Berlin", "59 1-3 * * *", "2026-03-29T00:00:00Z",
		    "2026-03-29T12:00:00Z", "00:59 01:00! 01:59" },
		{ "gap, wildcard", "Europe/Berlin", "*/20 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T02:00:00Z",
		    "00:40 01:00 01:20 01:40" },
		{ "gap, wildcard of the minute", "Europe/Berlin", "*/20 2 * * *", "2026-03-28T12:00:00Z",
		    "2026-03-30T00:30:00Z", "00:00 00:20" },
		{ "gap, wildcard of the hour", "Europe/Berlin", "30 * * * *", "2026-03-29T00:00:00Z",
		    "2026-03-29T03:00:00Z", "00:30 01:30 02:30" },
		{ "gap on another day", "Europe/Berlin", "30 2 * * 1", "2026-03-29T00:00:00Z", "2026-03-30T12:00:00Z",
		    "00:30" },
		{ "overlap, fixed", "Europe/Berlin", "30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z",
		    "00:30 01:30" },
		{ "overlap, fixed, at its two ends", "Europe/Berlin", "0 2,3 * * *", "2026-10-24T12:00:00Z",
		    "2026-10-25T12:00:00Z", "00:00 02:00" },
		{ "overlap, wildcard", "Europe/Berlin", "*/20 * * * *", "2026-10-25T00:00:00Z", "2026-10-25T02:30:00Z",
		    "00:00 00:20 00:40 01:00 01:20 01:40 02:00 02:20" },
		{ "overlap, wildcard of the hour", "Europe/Berlin", "10 * * * *", "2026-10-24T23:00:00Z",
		    "2026-10-25T03:00:00Z", "23:10 00:10 01:10 02:10" },
		{ "overlap, wildcard of the minute", "Europe/Berlin", "*/30 2 * * *", "2026-10-24T23:00:00Z",
		    "2026-10-25T03:00:00Z", "00:00 00:30 01:00 01:30" },
		{ "overlap, all hours, fixed", "Europe/Berlin", "10 0-23 * * *", "2026-10-24T23:00:00Z",
		    "2026-10-25T03:00:00Z", "23:10 00:10 02:10" },
		{ "half an hour back", "Australia/Lord_Howe", "45 1 * * *", "2026-04-04T00:00:00Z",
		    "2026-04-06T00:00:00Z",
		    "14:45 15:15" },
		{ "half an hour back, before it", "Australia/Lord_Howe", "15 1 * * *", "2026-04-04T00:00:00Z",
		    "2026-04-06T00:00:00Z", "14:15 14:45" },
		{ "half an hour back, wildcard", "Australia/Lord_Howe", "45 * * * *", "2026-04-04T14:00:00Z",
		    "2026-04-04T17:00:00Z", "14:45 15:15 16:15" },
		{ "half an hour forward", "Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z",
		    "2026-10-05T00:00:00Z",
		    "15:30! 15:15" },
		{ "half an hour forward, wildcard", "Australia/Lord_Howe", "15 * * * *", "2026-10-03T14:00:00Z",
		    "2026-10-03T17:00:00Z", "14:45 16:15" },
		{ "a day that is left out is a correction", "Pacific/Apia", "30 12 * * *", "2011-12-29T00:00:00Z",
		    "2012-01-01T00:00:00Z", "22:30 22:30 22:30" },
		{ "a day that comes twice is one, too", "Pacific/Kwajalein", "30 12 * * *", "1969-09-29T12:00:00Z",
		    "1969-10-01T12:00:00Z", "01:30 00:30" },
		{ "a midnight that is left out", "America/Sao_Paulo", "0 0 * * *", "2018-11-03T00:00:00Z",
		    "2018-11-06T00:00:00Z", "03:00 03:00! 02:00" },
		{ "a quarter of an hour", "Asia/Kathmandu", "5 0 * * *", "1985-12-31T00:00:00Z", "1986-01-02T00:00:00Z",
		    "18:30! 18:20" },
		{ "Ireland, where winter is the exception", "Europe/Dublin", "30 1 * * *", "2026-03-28T00:00:00Z",
		    "2026-03-30T12:00:00Z", "01:30 01:00! 00:30" },
		{ "Ireland in autumn", "Europe/Dublin", "30 1 * * *", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z",
		    "00:30 01:30" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };
		struct cron_job job;
		struct cron c;

		set_up(&job, &c, t[i].zone, t[i].text);
		list(&b, &job, t[i].from, t[i].until);
		is(buf_str(&b), t[i].slots, t[i].name);
		buf_release(&b);
	}
}

/* ---- a daemon that looks at its clock each minute ---- */

#define YEAR_MINUTES (366 * 1440)

static int64_t wall[YEAR_MINUTES];	/* minutes of the C library's local time */

/* The fields of a schedule, read once more: numbers, lists, ranges and steps. */
struct naive {
	bool fits[5][64], at[1440];	/* the values, the minutes of a day */
	bool star[5];
	int64_t day;			/* the last that was asked for, and what it is */
	bool day_fits;
};

static void
naive_read(struct naive *n, const char *text)
{
	static const int min[] = { 0, 0, 1, 1, 0 }, max[] = { 59, 23, 31, 12, 7 };
	char copy[128], *field, *item, *rest = copy, *items;

	*n = (struct naive){ .day = INT64_MIN };
	snprintf(copy, sizeof copy, "%s", text);
	for (int f = 0; f < 5; f++) {
		field = strsep(&rest, " ");
		n->star[f] = *field == '*';
		for (items = field; (item = strsep(&items, ",")) != NULL;) {
			int low = min[f], high = max[f], step = 1;
			char *slash = strchr(item, '/');

			if (slash != NULL)
				step = (int)strtol(slash + 1, NULL, 10);
			if (*item != '*' && sscanf(item, "%d-%d", &low, &high) == 1 && slash == NULL)
				high = low;
			for (int v = low; v <= high; v += step)
				n->fits[f][f == 4 ? v % 7 : v] = true;
		}
	}
	for (int v = 0; v < 1440; v++)
		n->at[v] = n->fits[0][v % 60] && n->fits[1][v / 60];
}

static bool
naive_day(const struct naive *n, int64_t days)
{
	struct civil date;
	bool dom, dow;

	civil_date(days, &date);
	dom = n->fits[2][date.day];
	dow = n->fits[4][civil_weekday(days)];
	return n->fits[3][date.month] && (n->star[2] || n->star[4] ? dom && dow : dom || dow);
}

static bool
naive_minute(struct naive *n, int64_t minute)
{
	int64_t day = civil_floor(minute, 1440);

	if (!n->at[minute - day * 1440])
		return false;
	if (n->day != day)
		n->day_fits = naive_day(n, day);
	n->day = day;
	return n->day_fits;
}

static void
read_wall(const char *zone, int64_t from, size_t minutes)
{
	setenv("TZ", zone, 1);
	tzset();
	for (size_t i = 0; i < minutes; i++) {
		time_t t = (time_t)(from + (int64_t)i) * 60;
		struct tm tm;

		localtime_r(&t, &tm);
		wall[i] = civil_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 1440 + tm.tm_hour * 60 + tm.tm_min;
	}
}

struct fire {
	int64_t minute;
	enum cron_reason reason;
};

/* As cron.c of Debian does: a clock of its own, which catches up with that of the wall. */
static size_t
daemon_year(struct naive *n, int64_t from, size_t minutes, struct fire *out)
{
	bool wild = n->star[0] || n->star[1];
	int64_t clock = wall[0] - 1;
	size_t fires = 0;

	for (size_t i = 0; i < minutes; i++) {
		int64_t ahead = wall[i] - clock;
		bool now = naive_minute(n, wall[i]), passed = false;

		if (ahead > 181 || ahead < -179)
			clock = wall[i] - 1;
		if (!wild)
			for (; clock < wall[i]; clock++)
				passed = naive_minute(n, clock + 1) || passed;
		if (wild ? now : passed) {
			out[fires].minute = from + (int64_t)i;
			out[fires++].reason = now ? CRON_NORMAL : CRON_GAP;
		}
	}
	return fires;
}

static bool
same(const struct cron_slot *s, const struct fire *f)
{
	return s->at == f->minute * 60 && s->reason == f->reason && s->due == s->at;
}

static bool
agree(const char *zone, const char *text, int64_t from, size_t minutes)
{
	static struct fire fire[YEAR_MINUTES];
	struct cron_slot s = { 0 }, back[37];
	struct naive n;
	struct cron_job job;
	struct cron c;
	struct dice d = dice_of(text, strlen(text));
	size_t fires, i, got = 0;
	int64_t now, until = from + (int64_t)minutes;

	set_up(&job, &c, zone, text);
	naive_read(&n, text);
	fires = daemon_year(&n, from, minutes, fire);
	/* Forward, one after another. */
	for (i = 0, now = from * 60 - 1; i < fires; i++, now = s.at)
		if (!cron_next(&job, now, &s) || !same(&s, &fire[i]))
			break;
	if (i < fires || (cron_next(&job, now, &s) && s.at < until * 60)) {
		printf("# %s '%s': fire %zu of %zu: the daemon at %" PRId64 ", got %" PRId64 " %s\n", zone, text, i,
		    fires,
		    i < fires ? fire[i].minute * 60 : 0, s.at, cron_reason_name(s.reason));
		return false;
	}
	/* Back, newest first, in parts. */
	for (i = fires, now = until * 60 - 1; i > 0; now = back[got - 1].at - 1) {
		got = cron_slots(&job, from * 60 - 1, now, back, sizeof back / sizeof *back);
		if (got != (i < 37 ? i : 37))
			break;
		for (size_t k = 0; k < got && same(&back[k], &fire[i - 1]); k++)
			i--;
		if (i > 0 && !same(&back[got - 1], &fire[i]))
			break;
	}
	if (i > 0) {
		printf("# %s '%s': back, fire %zu of %zu\n", zone, text, i, fires);
		return false;
	}
	/* From anywhere. */
	for (int k = 0; k < 50; k++) {
		int64_t t = from * 60 + (int64_t)dice(&d, (unsigned)minutes * 60);
		size_t low = 0;

		while (low < fires && fire[low].minute * 60 <= t)
			low++;
		if (low < fires && (!cron_next(&job, t, &s) || !same(&s, &fire[low]))) {
			printf("# %s '%s': after %" PRId64 "\n", zone, text, t);
			return false;
		}
	}
	return true;
}

static void
test_daemon(void)
{
	static const struct { const char *zone; int year; } years[] = {
		{ "Europe/Berlin", 2026 }, { "America/New_York", 2007 }, { "Australia/Lord_Howe", 2026 },
		{ "America/Sao_Paulo", 2018 }, { "Pacific/Apia", 2011 }, { "Africa/Casablanca", 2026 },
		{ "Europe/Dublin", 2026 }, { "Asia/Kathmandu", 1986 }, { "Antarctica/Troll", 2026 },
		{ "Antarctica/Casey", 2020 }, { "Pacific/Kwajalein", 1969 }, { "Africa/Monrovia", 1972 },
		{ "Europe/Berlin", 1945 }, { "America/New_York", 2399 },
		/* Changed again before the clock has caught up. */
		{ "AAA0BBB1,100/2,100/1:30", 2026 }, { "AAA0BBB-1,100/1,100/2:30", 2026 },
	};
	static const char *const texts[] = {
		"30 2 * * *", "0,20,40 2 * * *", "*/20 * * * *", "*/20 2 * * *", "10 * * * *", "10 0-23 * * *",
		"0 0 * * *", "15 1 * * *", "45 1-3 * * *", "59 23 * * *", "5 0 1 * *", "0 0 1,15 * 1", "0 0 */2 * 1",
		"0-59/30 0-23 * * *", "* 2 * * *", "7/13 3 29-31 3-11/2 0-7", "1-59/7 */5 * * 0", "0 12 25 12 *",
		"30 0-3 * * 0", "0 2,3 * 3,10 7",
	};

	for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
		int64_t from = civil_days(years[i].year, 1, 1) * 1440 - 720;
		size_t minutes = (size_t)(365 + civil_leap(years[i].year)) * 1440, good = 0;

		read_wall(years[i].zone, from, minutes);
		for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
			good += agree(years[i].zone, texts[k], from, minutes);
		ok(good == sizeof texts / sizeof *texts, "%s in %d: as a daemon would", years[i].zone, years[i].year);
	}
	unsetenv("TZ");
}

/* ---- far, never, jitter, many ---- */

static void
test_far(void)
{
	static const char *const texts[] = { "*/7 * * * *", "7 0-23 * * *", "59 23 * * *" };
	struct cron_job job;
	struct cron_slot s;
	struct cron c;
	struct err e = { 0 };
	struct tzif *shifting;
	int64_t t = at("2000-01-02T00:00:00Z");
	int n = 0;

	set_up(&job, &c, "Europe/Berlin", "0 0 29 2 *");
	ok(cron_next(&job, at("2096-03-01T00:00:00Z"), &s) && s.at == at("2104-02-28T23:00:00Z"),
	    "after the leap day of 2096 there is none before 2104");
	set_up(&job, &c, "Europe/Berlin", "0 0 29 2 */7");
	for (; cron_next(&job, t, &s) && s.at < at("2400-01-02T00:00:00Z"); t = s.at)
		n++;
	is_int(n, 13, "a leap day that is a Sunday comes 13 times in 400 years");
	ok(cron_next(&job, at("2088-03-01T00:00:00Z"), &s) && s.at == at("2128-02-28T23:00:00Z"),
	    "with 40 years between");
	/* A wildcard that is always in the gap of its zone. */
	set_up(&job, &c, "UTC", "*/20 2 * 3 7L");
	job.zone = shifting = tzif_posix("CET-1CEST,M3.5.0,M10.5.0/3", &e);
	ok(!cron_next(&job, at("2026-01-01T00:00:00Z"), &s), "what the clock always passes over never comes");
	cron_parse(&c, "30 2 * 3 7L", NULL, NULL, &e);
	ok(cron_next(&job, at("2026-01-01T00:00:00Z"), &s) && s.reason == CRON_GAP, "but with fixed times");
	tzif_free(shifting);
	set_up(&job, &c, "UTC", "0 0 1 1 *");
	ok(cron_next(&job, at("9998-06-01T00:00:00Z"), &s) && s.at == at("9999-01-01T00:00:00Z"), "the last year");
	ok(!cron_next(&job, at("9999-06-01T00:00:00Z"), &s), "has no next");
	ok(cron_next(&job, at("0000-01-01T00:00:00Z") - 1, &s) && s.at == at("0000-01-01T00:00:00Z"), "the first");
	/* Changes closer together than the clock catches up: no daemon would run in such a zone. */
	shifting = tzif_posix("AAA0BBB-1,100/0,100/2", &e);
	job = (struct cron_job){ .cron = &c, .zone = shifting };
	for (size_t i = 0; i < 3; i++) {
		struct cron_slot back[200];
		int64_t from = at("2026-04-10T12:00:00Z"), until = at("2026-04-12T12:00:00Z");
		size_t k;

		cron_parse(&c, texts[i], NULL, NULL, &e);
		k = cron_slots(&job, from, until, back, 200);
		for (t = from; cron_next(&job, t, &s) && s.at <= until && k > 0; t = s.at)
			k -= back[k - 1].at == s.at && back[k - 1].reason == s.reason;
		ok(k == 0 && s.at > until, "'%s': forth and back are the same where an hour is changed twice",
		    texts[i]);
	}
	tzif_free(shifting);
}

static void
test_slots(void)
{
	static struct cron_slot s[CRON_SLOTS_MAX + 10];
	struct cron_job job;
	struct cron c;
	const int64_t base = at("2026-01-02T00:00:00Z");

	set_up(&job, &c, "UTC", "*/5 * * * *");
	ok(cron_slots(&job, base, base + 299, s, 9) == 0, "nothing is due yet");
	ok(cron_slots(&job, base, base + 300, s, 9) == 1 && s[0].at == base + 300, "one is");
	ok(cron_slots(&job, base + 1, base + 300, s, 9) == 1 && cron_slots(&job, base - 1, base + 300, s, 9) == 2,
	    "the begin does not belong to it");
	ok(cron_slots(&job, base, base, s, 9) == 0 && cron_slots(&job, base, base - 99999, s, 9) == 0,
	    "nor does the past");
	ok(cron_slots(&job, base, base + 3600, s, 3) == 3 && s[0].at == base + 3600 && s[2].at == base + 3000,
	    "of many the newest");
	ok(cron_slots(&job, 0, base, s, CRON_SLOTS_MAX + 10) == CRON_SLOTS_MAX && s[999].at == base - 999 * 300,
	    "at most a thousand are counted");
	ok(cron_slots(&job, INT64_MIN + 60, base, s, 2) == 2, "since ever");
	job.jitter = 90;
	ok(cron_slots(&job, base, base + 389, s, 9) == 0, "a jitter makes it wait");
	ok(cron_slots(&job, base, base + 390, s, 9) == 1 && s[0].at == base + 300 && s[0].due == base + 390,
	    "its slot is the same");
	ok(cron_slots(&job, s[0].at, base + 390, s, 9) == 0, "and comes once");
	ok(cron_next(&job, base + 390, s) && s[0].at == base + 600 && s[0].due == base + 690,
	    "next is what is due after");
	ok(cron_next(&job, base + 389, s) && s[0].at == base + 300 && s[0].due == base + 390, "or what waits");
	set_up(&job, &c, "UTC", "0 0 29 2 *");
	ok(cron_slots(&job, at("2016-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"), s, 9) == 3,
	    "leap days of ten years");
}

int
main(void)
{
	test_anchors();
	test_daemon();
	test_far();
	test_slots();
	zones_release(&zones);
	return done_testing();
}
