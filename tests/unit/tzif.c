#include "doc/tzif.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/dice.h"
#include "../lib/tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "task/zone.h"

#define ZONEINFO "/usr/share/zoneinfo/"

static int64_t
at(const char *text)
{
	int64_t t = 0;

	if (clock_parse(text, &t) == -1)
		ok(false, "'%s' is a time", text);
	return t;
}

/* ---- facts: what zdump -v prints of the tz database, whatever its version is ---- */

static const struct {
	const char *zone, *at;
	int offset;
	bool dst;
	const char *abbr;
} facts[] = {
	{ "Europe/Berlin", "1880-01-01T00:00:00Z", 3208, false, "LMT" },
	{ "Europe/Berlin", "1945-05-24T00:00:00Z", 10800, true, "CEMT" },
	{ "Europe/Berlin", "2026-03-29T00:59:59Z", 3600, false, "CET" },
	{ "Europe/Berlin", "2026-03-29T01:00:00Z", 7200, true, "CEST" },
	{ "Europe/Berlin", "2026-10-25T00:59:59Z", 7200, true, "CEST" },
	{ "Europe/Berlin", "2026-10-25T01:00:00Z", 3600, false, "CET" },
	{ "America/New_York", "2007-03-11T06:59:59Z", -18000, false, "EST" },
	{ "America/New_York", "2007-03-11T07:00:00Z", -14400, true, "EDT" },
	{ "America/New_York", "1974-01-06T07:00:00Z", -14400, true, "EDT" },
	{ "Australia/Lord_Howe", "2019-04-06T14:59:59Z", 39600, true, "+11" },
	{ "Australia/Lord_Howe", "2019-04-06T15:00:00Z", 37800, false, "+1030" },
	{ "Pacific/Apia", "2011-12-30T09:59:59Z", -36000, true, "-10" },
	{ "Pacific/Apia", "2011-12-30T10:00:00Z", 50400, true, "+14" },
	{ "America/Sao_Paulo", "2018-11-04T02:59:59Z", -10800, false, "-03" },
	{ "America/Sao_Paulo", "2018-11-04T03:00:00Z", -7200, true, "-02" },
	{ "America/Sao_Paulo", "2021-01-01T00:00:00Z", -10800, false, "-03" },
	{ "Asia/Kathmandu", "1985-12-31T18:29:59Z", 19800, false, "+0530" },
	{ "Asia/Kathmandu", "1985-12-31T18:30:00Z", 20700, false, "+0545" },
	{ "Africa/Casablanca", "2019-05-05T01:59:59Z", 3600, false, "+01" },
	{ "Africa/Casablanca", "2019-05-05T02:00:00Z", 0, true, "+00" },
	{ "Europe/Dublin", "2019-03-31T00:59:59Z", 0, true, "GMT" },
	{ "Europe/Dublin", "2019-03-31T01:00:00Z", 3600, false, "IST" },
	{ "Africa/Monrovia", "1972-01-07T00:44:29Z", -2670, false, "MMT" },
	{ "Africa/Monrovia", "1972-01-07T00:44:30Z", 0, false, "GMT" },
	{ "UTC", "2300-01-01T00:00:00Z", 0, false, "UTC" },
};

static void
test_facts(void)
{
	struct zones all = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		const struct tzif *zone = zones_get(&all, facts[i].zone, &e);
		struct tzif_span s = { 0 };

		if (zone != NULL)
			tzif_at(zone, at(facts[i].at), &s);
		if (!ok(zone != NULL && s.offset == facts[i].offset && s.dst == facts[i].dst &&
		    strcmp(s.abbr, facts[i].abbr) == 0, "%s at %s", facts[i].zone, facts[i].at))
			printf("# got %d %d %s %s\n", s.offset, s.dst, s.abbr ? s.abbr : "-", e.msg);
	}
	zones_release(&all);
}

static void
test_instants(void)
{
	static const struct {
		const char *zone, *local;	/* as if it were UTC */
		unsigned n;
		const char *first, *second;
	} t[] = {
		{ "Europe/Berlin", "2026-03-29T01:59:59Z", 1, "2026-03-29T00:59:59Z", NULL },
		{ "Europe/Berlin", "2026-03-29T02:00:00Z", 0, NULL, NULL },
		{ "Europe/Berlin", "2026-03-29T02:59:59Z", 0, NULL, NULL },
		{ "Europe/Berlin", "2026-03-29T03:00:00Z", 1, "2026-03-29T01:00:00Z", NULL },
		{ "Europe/Berlin", "2026-10-25T01:59:59Z", 1, "2026-10-24T23:59:59Z", NULL },
		{ "Europe/Berlin", "2026-10-25T02:00:00Z", 2, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z" },
		{ "Europe/Berlin", "2026-10-25T02:59:59Z", 2, "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z" },
		{ "Europe/Berlin", "2026-10-25T03:00:00Z", 1, "2026-10-25T02:00:00Z", NULL },
		{ "Australia/Lord_Howe", "2019-04-07T01:45:00Z", 2, "2019-04-06T14:45:00Z", "2019-04-06T15:15:00Z" },
		{ "Pacific/Apia", "2011-12-30T12:00:00Z", 0, NULL, NULL },
		{ "Pacific/Apia", "2011-12-31T00:00:00Z", 1, "2011-12-30T10:00:00Z", NULL },
		{ "Pacific/Kwajalein", "1969-09-30T12:00:00Z", 2, "1969-09-30T01:00:00Z", "1969-10-01T00:00:00Z" },
		{ "UTC", "2026-03-29T02:30:00Z", 1, "2026-03-29T02:30:00Z", NULL },
	};
	struct zones all = { 0 };
	struct err e = { 0 };
	int64_t got[2];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		const struct tzif *zone = zones_get(&all, t[i].zone, &e);
		unsigned n = zone != NULL ? tzif_instants(zone, at(t[i].local), got) : 9;

		if (!ok(n == t[i].n && (n < 1 || got[0] == at(t[i].first)) && (n < 2 || got[1] == at(t[i].second)),
		    "%s shows %s %u times", t[i].zone, t[i].local, t[i].n))
			printf("# %u: %" PRId64 " %" PRId64 "\n", n, n > 0 ? got[0] : 0, n > 1 ? got[1] : 0);
	}
	zones_release(&all);
}

/* ---- rules ---- */

static void
test_rules(void)
{
	static const struct {
		const char *tz, *at;
		int offset;		/* -1: the text is refused */
		const char *abbr;
	} t[] = {
		{ "UTC0", "2026-07-01T00:00:00Z", 0, "UTC" },
		{ "EST5", "2026-07-01T00:00:00Z", -18000, "EST" },
		{ "<+0545>-5:45", "2026-07-01T00:00:00Z", 20700, "+0545" },
		{ "<-03>3", "2026-07-01T00:00:00Z", -10800, "-03" },
		{ "LMT-0:53:28", "2026-07-01T00:00:00Z", 3208, "LMT" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 7200, "CEST" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 3600, "CET" },
		{ "EST5EDT4,M3.2.0/2,M11.1.0/2:00:00", "2026-03-08T06:59:59Z", -18000, "EST" },
		{ "EST5EDT4,M3.2.0/2,M11.1.0/2:00:00", "2026-03-08T07:00:00Z", -14400, "EDT" },
		/* RFC 9636 3.3.1, Appendix B: Greenland before midnight, Ireland, all year. */
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2020-03-29T00:59:59Z", -10800, "-03" },
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2020-03-29T01:00:00Z", -7200, "-02" },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0, "GMT" },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600, "IST" },
		{ "EST5EDT,0/0,J365/25", "2026-01-01T05:00:00Z", -14400, "EDT" },
		{ "EST5EDT,0/0,J365/25", "2025-12-31T23:59:59Z", -14400, "EDT" },
		{ "WGT3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", -14400, "EDT" },
		{ "WGT3EDT4,0/0,J365/23", "2026-01-01T02:59:59Z", -14400, "EDT" },
		{ "AAA0BBB,J60/0,J300/0", "2024-03-01T00:00:00Z", 3600, "BBB" },
		{ "AAA0BBB,J60/0,J300/0", "2024-02-29T23:59:59Z", 0, "AAA" },
		{ "AAA0BBB,59/0,300/0", "2024-02-29T00:00:00Z", 3600, "BBB" },
		{ "AAA0BBB,M1.1.0/-167,M6.1.0", "2022-12-25T01:00:00Z", 3600, "BBB" },
		{ "AAA0BBB,M1.1.0/-167,M6.1.0", "2022-12-25T00:59:59Z", 0, "AAA" },
		{ "AAA0BBB,M1.1.0/-168,M6.1.0", "2022-12-25T00:59:59Z", -1, NULL },
		{ "", "2026-07-01T00:00:00Z", -1, NULL },
		{ "UTC", "2026-07-01T00:00:00Z", -1, NULL },
		{ "Europe/Berlin", "2026-07-01T00:00:00Z", -1, NULL },
		{ "AB0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC25", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC1:60", "2026-07-01T00:00:00Z", -1, NULL },
		{ "<ABC0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "A1C0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF,M3.5.0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF,M0.5.0,M3.1.0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF,M1.6.0,M3.1.0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF,M1.5.7,M3.1.0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF,J0,M3.1.0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF,366,M3.1.0", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABC0DEF,M3.1.0,M4.1.0,", "2026-07-01T00:00:00Z", -1, NULL },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF0", "2026-07-01T00:00:00Z", -1, NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct err e = { 0 };
		struct tzif *zone = tzif_posix(t[i].tz, &e);
		struct tzif_span s = { 0 };

		if (zone != NULL)
			tzif_at(zone, at(t[i].at), &s);
		if (!ok(t[i].abbr == NULL ? zone == NULL && e.code == ERR_INVALID : zone != NULL &&
		    s.offset == t[i].offset && strcmp(s.abbr, t[i].abbr) == 0, "'%s' at %s", t[i].tz, t[i].at))
			printf("# %d %s %s\n", s.offset, s.abbr ? s.abbr : "-", e.msg);
		tzif_free(zone);
	}
}

/* ---- bytes ---- */

static void
put(struct buf *b, int64_t v, int size)
{
	while (size-- > 0)
		buf_putc(b, (char)(size < 8 ? v >> (8 * size) : 0));
}

static void
put_header(struct buf *b, char version, int leaps, int times, int types, int chars)
{
	buf_append(b, "TZif", 4);
	buf_putc(b, version);
	put(b, 0, 15);
	put(b, 0, 4);
	put(b, 0, 4);
	put(b, leaps, 4);
	put(b, times, 4);
	put(b, types, 4);
	put(b, chars, 4);
}

/* Two types, AAA and BBB an hour ahead; BBB from 1000000 to 2000000. */
static void
put_block(struct buf *b, char version, int size, int leaps)
{
	put_header(b, version, leaps, 2, 2, 8);
	put(b, 1000000, size);
	put(b, 2000000, size);
	put(b, 1, 1);
	put(b, 0, 1);
	put(b, 0, 4);
	put(b, 0, 2);
	put(b, 3600, 4);
	put(b, 0x104, 2);
	buf_append(b, "AAA\0BBB\0", 8);
	for (int i = 0; i < leaps; i++)
		put(b, i + 1, size + 4);
}

static void
put_file(struct buf *b, char version, bool slim, const char *footer)
{
	buf_cut(b, 0);
	if (version == '\0' || !slim)
		put_block(b, version, 4, 0);
	else {
		put_header(b, version, 0, 0, 1, 1);
		put(b, 0, 7);
	}
	if (version != '\0') {
		put_block(b, version, 8, 0);
		buf_puts(b, footer);
	}
}

static int
offset_of(const struct buf *b, int64_t t)
{
	struct err e = { 0 };
	struct tzif *zone = tzif_read(buf_str(b), b->len, &e);
	struct tzif_span s = { .offset = -1 };

	if (zone != NULL)
		tzif_at(zone, t, &s);
	tzif_free(zone);
	return s.offset;
}

static void
test_versions(void)
{
	static const struct { char version; bool slim; const char *footer; int later; } t[] = {
		{ '\0', false, "", 0 }, { '2', false, "\n\n", 0 }, { '2', true, "\nCCC-5\n", 18000 },
		{ '3', true, "\nCCC-5\n", 18000 }, { '4', true, "\nCCC-5\nmore", 18000 },
	};
	struct buf b = { 0 };
	struct err none = { 0 };
	struct tzif *zone;
	struct tzif_span s;

	put_file(&b, '2', true, "\nCCC-5\n");
	zone = tzif_read(buf_str(&b), b.len, &none);
	tzif_at(zone, 3000000, &s);
	ok(s.from == 2000000 && s.until == INT64_MAX, "the rule holds from the last change on");
	tzif_free(zone);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		put_file(&b, t[i].version, t[i].slim, t[i].footer);
		ok(offset_of(&b, INT64_MIN) == 0 && offset_of(&b, 999999) == 0 && offset_of(&b, 1000000) == 3600 &&
		    offset_of(&b, 1999999) == 3600 && offset_of(&b, 2000000) == t[i].later &&
		    offset_of(&b, INT64_MAX) == t[i].later, "version %zu", i);
		/* Whatever is cut off, it is no zone any more; but for what is behind it. */
		for (size_t len = 0; len + 4 < b.len; len++) {
			struct err e = { 0 };
			char *cut = malloc(len ? len : 1);

			memcpy(cut, b.data, len);
			if (tzif_read(cut, len, &e) != NULL || e.code != ERR_INVALID)
				ok(false, "cut at %zu", len);
			free(cut);
		}
	}
	buf_release(&b);
}

static void
test_hostile(void)
{
	struct buf b = { 0 };
	struct err e = { 0 };
	/* In the first block of a fat version 2 of 44 + 2 * 5 + 2 * 6 + 8 bytes, and the second. */
	static const struct { size_t at; char value; const char *what; } t[] = {
		{ 0, 'X', "another file" }, { 4, '5', "a version to come" }, { 4, '1', "a version that never was" },
		{ 74 + 20, '\x7f', "a billion of flags" }, { 74 + 23, 1, "one flag for two types" },
		{ 74 + 28, '\xff', "a negative count" }, { 74 + 31, 1, "a leap second" },
		{ 74 + 35, 3, "more changes than there are" }, { 74 + 39, 0, "no types" },
		{ 74 + 43, 0, "no characters" }, { 74 + 44 + 7, '\x7f', "changes in disorder" },
		{ 74 + 44 + 5, 0x7f, "changes in disorder" }, { 74 + 44 + 16, 2, "a type that is not there" },
		{ 74 + 44 + 18, 0x7f, "an offset of years" }, { 74 + 44 + 18 + 4, 2, "a flag that is none" },
		{ 74 + 44 + 18 + 5, 8, "a name that is not there" }, { 74 + 44 + 30 + 7, 'x', "a name without an end" },
		{ 74 + 44 + 30, '\x1b', "a name that is none" }, { 74 + 44 + 38, 'x', "no line behind it" },
		{ 74 + 44 + 39, '!', "a rule that is none" }, { 74 + 44 + 44, 'x', "a line without an end" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct tzif *zone;

		put_file(&b, '2', false, "\nCCC-5\n");
		b.data[t[i].at] = t[i].value;
		/* The 11th sets the first change behind the second. */
		if (i == 10)
			b.data[74 + 44 + 4] = 0x7f;
		zone = tzif_read(b.data, b.len, &e);
		ok(zone == NULL && e.code == ERR_INVALID, "%s: %s", t[i].what, e.msg);
		tzif_free(zone);
	}
	buf_cut(&b, 0);
	put_block(&b, '\0', 4, 1);
	ok(tzif_read(b.data, b.len, &e) == NULL && strstr(e.msg, "leap"), "what counts leap seconds is refused");
	buf_cut(&b, 0);
	buf_reserve(&b, TZIF_SIZE_MAX + 1);
	memset(b.data, 0, TZIF_SIZE_MAX + 1);
	ok(tzif_read(b.data, TZIF_SIZE_MAX + 1, &e) == NULL, "what is too long too");
	buf_release(&b);
}

/* ---- the machine's zones beside the C library ---- */

static struct vec_str names;

static int
visit(const char *path, const struct stat *st, int kind, struct FTW *at_)
{
	char magic[4] = "";
	FILE *f;

	(void)st;
	(void)at_;
	if (kind != FTW_F || strncmp(path, ZONEINFO "right/", strlen(ZONEINFO "right/")) == 0 || !(f = fopen(path,
	    "r")))
		return 0;
	if (fread(magic, 1, 4, f) == 4 && memcmp(magic, "TZif", 4) == 0)
		vec_str_push(&names, path + strlen(ZONEINFO));
	fclose(f);
	return 0;
}

static bool
agrees(const struct tzif *zone, const char *name, int64_t t)
{
	struct tzif_span s, before = { .until = INT64_MIN };
	time_t libc = (time_t)t;
	int64_t back[2];
	unsigned n;
	struct tm tm;

	tzif_at(zone, t, &s);
	if (s.from > INT64_MIN)
		tzif_at(zone, s.from - 1, &before);
	localtime_r(&libc, &tm);
	n = tzif_instants(zone, t + s.offset, back);
	if (s.offset == tm.tm_gmtoff && s.dst == (tm.tm_isdst > 0) && strcmp(s.abbr, tm.tm_zone) == 0 &&
	    s.from <= t && t < s.until && before.until == s.from && ((n > 0 && back[0] == t) || (n == 2 &&
	    back[1] == t)))
		return true;
	printf("# %s at %" PRId64 ": %d %d %s, libc says %ld %d %s; %u instants\n", name, t, s.offset, s.dst, s.abbr,
	    tm.tm_gmtoff, tm.tm_isdst, tm.tm_zone, n);
	return false;
}

/* At random, and around every change; in a child, which has the zone in its environment. */
static bool
agrees_all(const char *name, const struct tzif *zone)
{
	const int64_t first = at("1900-01-01T00:00:00Z"), last = at("2400-01-01T00:00:00Z");
	struct dice d = dice_of(name, strlen(name));
	struct tzif_span s;
	bool good = true;

	setenv("TZ", name, 1);
	tzset();
	for (int i = 0; i < 300 && good; i++)
		good = agrees(zone, name, first + (int64_t)dice(&d, (unsigned)((last - first) / 60)) * 60 + dice(&d,
		    60));
	for (int64_t t = first; t < last && good; t = s.until) {
		tzif_at(zone, t, &s);
		if (s.until == INT64_MAX)
			break;
		good = agrees(zone, name, s.until - 1) && agrees(zone, name, s.until);
	}
	return good;
}

static void
test_machine(void)
{
	struct zones all = { 0 };
	struct err e = { 0 };
	int status = -1;
	pid_t pid;

	ok(nftw(ZONEINFO, visit, 16, FTW_PHYS) == 0 && names.n > 300, "%zu zones are installed (Debian package tzdata)",
	    names.n);
	fflush(stdout);
	if ((pid = fork()) == 0) {
		bool good = true;

		for (size_t i = 0; i < names.n; i++) {
			const struct tzif *zone = zones_get(&all, names.v[i], &e);

			if (zone == NULL)
				printf("# %s\n", e.msg);
			good = zone != NULL && agrees_all(names.v[i], zone) && good;
		}
		fflush(stdout);
		_exit(!good);
	}
	waitpid(pid, &status, 0);
	ok(status == 0, "from 1900 to 2400 all agree with the C library");
	vec_str_release(&names);
}

/* What a rule says of one span is what it says of all instants in it. */
static void
test_spans(void)
{
	static const char *const rules[] = { "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,0/0,J365/25",
		"AAA0BBB,M1.1.0/-167,M12.5.6/167", "AAA24BBB-24,J1/167,J365/-167", "AAA0BBB0,100,100" };
	bool good = true;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct err e = { 0 };
		struct tzif *zone = tzif_posix(rules[i], &e);
		struct dice d = dice_of(rules[i], 3);
		struct tzif_span s, in;

		for (int k = 0; k < 2000 && zone != NULL; k++) {
			int64_t t = (int64_t)(((uint64_t)dice(&d, UINT32_MAX) << 32 | dice(&d,
			    UINT32_MAX)) >> dice(&d, 60));

			t = once(&d, 2) ? -t : t;
			tzif_at(zone, t, &s);
			tzif_at(zone, s.until == INT64_MAX ? s.until : s.until - 1, &in);
			good = good && s.from <= t && (t < s.until || s.until == INT64_MAX) && in.from == s.from &&
			    in.until == s.until && in.offset == s.offset;
		}
		good = good && zone != NULL;
		tzif_free(zone);
	}
	ok(good, "spans of rules hold together, for whatever instant");
}

/* ---- names ---- */

static void
test_names(void)
{
	static const char *const bad[] = { "", "/etc/passwd", ":Europe/Berlin", "../zoneinfo/UTC", "Europe/../UTC",
		"Europe//Berlin", "Europe/", "Europe", "Nowhere", "Europe/Berlin ", "zone1970.tab", "leapseconds",
		"right/UTC", "Europe/Ber\tlin", "EST5EDT,M3.2.0,M11.1.0", "iso3166", "." };
	struct zones all = { 0 };
	const struct tzif *zone;
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		e = (struct err){ 0 };
		ok(zones_get(&all, bad[i], &e) == NULL && e.code == ERR_INVALID, "'%s' is no zone: %s", bad[i], e.msg);
	}
	zone = zones_get(&all, "Europe/Berlin", &e);
	ok(zone != NULL && zones_get(&all, "Europe/Berlin", &e) == zone, "one that is there is read once");
	setenv("TZDIR", "/nonexistent", 1);
	ok(zones_get(&all, "Europe/Berlin", &e) == zone, "and kept");
	ok(zones_get(&all, "Europe/Paris", &e) == NULL && strstr(e.msg, "/nonexistent/Europe/Paris"),
	    "TZDIR is another folder");
	ok(zones_get(&all, "UTC", &e) != NULL && zones_get(&all, "Etc/UTC", &e) != NULL, "UTC needs none");
	unsetenv("TZDIR");
	zones_release(&all);
}

static void
test_default(void)
{
	static const struct { const char *tz; int offset; } t[] = {
		{ "Europe/Berlin", 7200 }, { ":Europe/Berlin", 7200 }, { ZONEINFO "Asia/Kathmandu", 20700 }, { "", 0 },
		{ ":", 0 }, { "EST5", -18000 }, { "EST5EDT", -14400 }, { "CET-1CEST,M3.5.0,M10.5.0/3", 7200 },
		{ "<+03>-3", 10800 }, { "UTC", 0 }, { "Nowhere/Else", -1 }, { "CEST", -1 }, { "/etc/passwd", -1 },
		{ "../UTC", -1 }, { "Ber lin", -1 },
	};
	struct zones all = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct tzif_span s = { .offset = -1 };
		const struct tzif *zone;

		e = (struct err){ 0 };
		setenv("TZ", t[i].tz, 1);
		if ((zone = zones_default(&all, &e)) != NULL)
			tzif_at(zone, at("2026-07-01T00:00:00Z"), &s);
		ok(s.offset == t[i].offset && (zone != NULL || e.code == ERR_CONFIG), "TZ=%s %s", t[i].tz, e.msg);
		ok(zones_default(&all, &e) == zone, "and again");
		zones_release(&all);
	}
	unsetenv("TZ");
	ok(zones_default(&all, &e) != NULL, "without it the machine has a zone");
	zones_release(&all);
}

int
main(void)
{
	test_facts();
	test_instants();
	test_rules();
	test_versions();
	test_hostile();
	test_machine();
	test_spans();
	test_names();
	test_default();
	return done_testing();
}
