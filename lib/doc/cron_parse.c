/*
 * cron_parse - the text of a schedule
 *
 * Every refusal names the column and, where one can guess what was meant, what to write.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "cron_impl.h"
#include "doc/cron.h"

#define STEP_MAX 999
#define BLANKS " \t"
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { MIN, HOUR, DOM, MON, DOW, FIELDS };

static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL };
static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep",
	"oct", "nov", "dec", NULL };

static const struct field {
	const char *name;		/* in the hash of H: it must never change */
	const char *says;
	int min, max;
	int hash_max;			/* H means no day that some month does not have */
	const char *const *names;	/* of the values from `min` on */
} fields[FIELDS] = {
	[MIN] = { "min", "minute", 0, 59, 59, NULL },
	[HOUR] = { "hour", "hour", 0, 23, 23, NULL },
	[DOM] = { "dom", "day of month", 1, 31, 28, NULL },
	[MON] = { "mon", "month", 1, 12, 12, months },
	[DOW] = { "dow", "day of week", 0, 7, 6, days },
};

static const struct { const char *name, *means; } macros[] = {
	{ "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
	{ "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" }, { "@midnight", "0 0 * * *" },
	{ "@hourly", "0 * * * *" },
};

/* A text that is being read. */
struct text {
	const char *start, *at, *end;	/* `end` is that of the field, then that of the item */
	const struct field *field;
	uint64_t bits[FIELDS];
	struct cron *cron;
	const char *job;
	struct vec_str *warnings;
	struct err *e;
};

__attribute__((format(printf, 3, 4))) static int
refuse(struct text *t, const char *at, const char *fmt, ...)
{
	char why[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return err_set(t->e, ERR_INVALID, "column %zu: %s", (size_t)(at - t->start) + 1, why);
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
eat(struct text *t, char c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

uint64_t
cron_hash(const char *text, const char *more)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	for (; *more != '\0'; more++)
		h = (h ^ (unsigned char)*more) * UINT64_C(0x100000001b3);
	return h;
}

/* ---- one item ---- */

static bool
is_name(const char *s, const char *end, const char *name)
{
	return end - s >= 3 && strncasecmp(s, name, 3) == 0;
}

/* What stands there in place of something better. */
static int
unexpected(struct text *t)
{
	const char *f = t->field->says;
	char c = *t->at;

	if (t->at == t->end)
		return refuse(t, t->at, "%s: something is missing here", f);
	if (c == '~')
		return refuse(t, t->at, "'~' is not supported: use jitter:, or H for a value that stays the same");
	if (c == '?')
		return refuse(t, t->at, "'?' stands alone, as day of month or day of week");
	if (c == 'W')
		return refuse(t, t->at, "W takes one day of the month, as in 15W");
	if (c == 'L')
		return refuse(t, t->at, "L stands alone as day of month; a last weekday is one like 5L or friL");
	if (c == '#')
		return refuse(t, t->at, "'#' takes one day of the week, as in 1#2");
	if (c == 'h' || c == 'l' || c == 'w')
		return refuse(t, t->at, "'%c' is not expected here: %c is a capital", c, c - 'a' + 'A');
	return refuse(t, t->at, "%s: '%c' is not expected here", f, c);
}

/* Letters: the name of a day or a month, in three of them. */
static int
read_name(struct text *t, int *value)
{
	const char *const *names = t->field->names;
	size_t n = strspn(t->at, LETTERS);

	for (int i = 0; names[i] != NULL; i++) {
		if (!is_name(t->at, t->end, names[i]))
			continue;
		if (n > 3 && !(n == 4 && t->at[3] == 'L' && t->field == &fields[DOW]))
			return refuse(t, t->at, "'%.*s' has three letters here: write %s",
			    (int)(n < 40 ? n : 40), t->at, names[i]);
		*value = t->field->min + i;
		t->at += 3;
		return 0;
	}
	if (n == 1)
		return unexpected(t);
	return refuse(t, t->at, "'%.*s' is no %s, which is one like %s", (int)(n < 40 ? n : 40), t->at,
	    t->field == &fields[MON] ? "month" : "day of the week", names[1]);
}

static int
read_number(struct text *t, int min, int max, const char *what, int *value)
{
	const char *start = t->at;
	int v = 0;

	for (; t->at < t->end && digit(*t->at); t->at++)
		if ((v = v * 10 + (*t->at - '0')) > 99999)
			v = 99999;
	if (t->at == start)
		return unexpected(t);
	if (v < min || v > max || t->at - start > 4)
		return refuse(t, start, "%s: %.*s is not in %d-%d", what,
		    (int)(t->at - start < 20 ? t->at - start : 20), start, min, max);
	*value = v;
	return 0;
}

static int
read_value(struct text *t, int *value)
{
	if (t->field->names != NULL && t->at < t->end && !digit(*t->at) && strspn(t->at, LETTERS) > 0)
		return read_name(t, value);
	return read_number(t, t->field->min, t->field->max, t->field->says, value);
}

/* ["/" n]; 0: there is none. */
static int
read_step(struct text *t, int *step)
{
	*step = 0;
	return eat(t, '/') ? read_number(t, 1, STEP_MAX, "step", step) : 0;
}

static int
ends(struct text *t)
{
	return t->at == t->end ? 0 : unexpected(t);
}

static void
set_range(struct text *t, int low, int high, int step)
{
	for (int v = low; v <= high; v += step)
		t->bits[t->field - fields] |= UINT64_C(1) << (t->field == &fields[DOW] ? v % 7 : v);
}

__attribute__((format(printf, 3, 4))) static void
warn(struct text *t, const char *at, const char *fmt, ...)
{
	char why[ERR_MSG_MAX];
	va_list ap;

	if (t->warnings == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	vec_str_take(t->warnings, xasprintf("column %zu: %s", (size_t)(at - t->start) + 1, why));
}

/* H, H(a-b), with or without a step: a value that the name of the job decides. */
static int
read_hashed(struct text *t, const char *start)
{
	int low = t->field->min, high = t->field->hash_max, step, room;
	char more[8];
	uint64_t hash;

	if (eat(t, '(')) {
		const char *from = t->at;

		if (read_value(t, &low) == -1 || (!eat(t, '-') && unexpected(t) == -1) || read_value(t, &high) == -1 ||
		    (!eat(t, ')') && unexpected(t) == -1))
			return -1;
		if (low > high)
			return refuse(t, from, "%s: H takes a range that goes up", t->field->says);
	}
	if (read_step(t, &step) == -1 || ends(t) == -1)
		return -1;
	if (step > high - low)
		warn(t, start, "a step of %d in %d-%d: it comes once", step, low, high);
	t->cron->hashed = true;
	room = step == 0 || step > high - low ? high - low + 1 : step;
	snprintf(more, sizeof more, ":%s", t->field->name);
	hash = cron_hash(t->job != NULL ? t->job : "", more);
	low += (int)(hash % (unsigned)room);
	set_range(t, low, step == 0 ? low : high, step == 0 ? 1 : step);
	return 0;
}

/* What a range that goes down was meant to be: "22-23,0-2". */
static int
refuse_wrap(struct text *t, const char *start, int low, int high)
{
	const struct field *f = t->field;
	int top = f == &fields[DOW] ? 6 : f->max;
	char first[32] = "", second[32];

	if (low == top)
		snprintf(first, sizeof first, "%d,", low);
	else if (low < top)
		snprintf(first, sizeof first, "%d-%d,", low, top);
	if (high == f->min)
		snprintf(second, sizeof second, "%d", high);
	else
		snprintf(second, sizeof second, "%d-%d", f->min, high);
	return refuse(t, start, "%s: a range goes up: write %s%s", f->says, first, second);
}

/* What may follow a value and stands alone: 15W, 5L, 1#2.  1: it did. */
static int
read_special(struct text *t, int value)
{
	int nth;

	if (t->field == &fields[DOM] && eat(t, 'W')) {
		t->cron->workday |= 1u << value;
		return ends(t) == -1 ? -1 : 1;
	}
	if (t->field == &fields[DOW] && eat(t, 'L')) {
		t->cron->dow_last |= (uint8_t)(1u << value % 7);
		return ends(t) == -1 ? -1 : 1;
	}
	if (t->field != &fields[DOW] || !eat(t, '#'))
		return 0;
	if (read_number(t, 1, 5, "day of week: the number behind '#'", &nth) == -1 || ends(t) == -1)
		return -1;
	t->cron->dow_nth[nth - 1] |= (uint8_t)(1u << value % 7);
	return 1;
}

/* The last days of a month: L, LW. */
static int
read_last(struct text *t)
{
	if (eat(t, '-'))
		return refuse(t, t->at - 1, "days before the last one are not supported: L and LW are");
	if (eat(t, 'W'))
		t->cron->workday_last = true;
	else
		t->cron->dom_last = true;
	return ends(t);
}

static int
read_item(struct text *t)
{
	const struct field *f = t->field;
	const char *start = t->at;
	int low = f->min, high = f == &fields[DOW] ? 6 : f->max, step, r;
	bool single = false;

	if (eat(t, 'H'))
		return read_hashed(t, start);
	if (f == &fields[DOM] && eat(t, 'L'))
		return read_last(t);
	if (!eat(t, '*')) {
		if (read_value(t, &low) == -1)
			return -1;
		if ((r = read_special(t, low)) != 0)
			return r == 1 ? 0 : -1;
		if (eat(t, '-')) {
			bool named = t->at < t->end && !digit(*t->at);

			if (read_value(t, &high) == -1)
				return -1;
			if (f == &fields[DOW] && named && high == 0 && low > 0)
				high = 7;
			if (low > high)
				return refuse_wrap(t, start, low, high);
		} else
			single = true;
	}
	if (read_step(t, &step) == -1 || ends(t) == -1)
		return -1;
	if (single && step > 0 && f == &fields[DOW])
		return refuse(t, start, "day of week: from %d to which day? write %d-6/%d or %d-7/%d", low, low, step,
		    low, step);
	if (single && step == 0)
		high = low;
	if (step > 1 && step > high - low)
		warn(t, start, "%s: a step of %d in %d-%d: only %d is left", f->says, step, low, high, low);
	set_range(t, low, high, step > 0 ? step : 1);
	return 0;
}

/* ---- the fields ---- */

static int
read_field(struct text *t, const char *end)
{
	const char *start = t->at;
	bool star = *t->at == '*';

	if (end - t->at == 1 && *t->at == '?' && (t->field == &fields[DOM] || t->field == &fields[DOW])) {
		star = true;
		set_range(t, t->field->min, t->field->max, 1);
		t->at = end;
	} else
		for (;;) {
			const char *comma = memchr(t->at, ',', (size_t)(end - t->at));

			t->end = comma != NULL ? comma : end;
			if (read_item(t) == -1)
				return -1;
			if (comma == NULL)
				break;
			t->at = comma + 1;
		}
	if (t->field == &fields[DOM])
		t->cron->dom_star = star;
	else if (t->field == &fields[DOW])
		t->cron->dow_star = star;
	else if (t->field != &fields[MON])
		t->cron->wild |= *start == '*';
	return 0;
}

/* Is it one of a line that has seconds, or years, too? */
static bool
looks_like_field(const char *word)
{
	if (strchr(DIGITS "*?LH", *word) != NULL)
		return true;
	for (int i = 0; days[i] != NULL; i++)
		if (strncasecmp(word, days[i], 3) == 0)
			return true;
	return false;
}

/* The begin of each word; how many, at most FIELDS + 2. */
static size_t
split(const char *s, const char *word[FIELDS + 2])
{
	size_t n = 0;

	for (s += strspn(s, BLANKS); *s != '\0' && n < FIELDS + 2; s += strspn(s, BLANKS)) {
		word[n++] = s;
		s += strcspn(s, BLANKS);
	}
	return n;
}

static int
check_count(struct text *t, const char *const word[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (*word[i] == '#')
			return refuse(t, word[i], "no comment is expected behind a schedule");
	if (n == 0)
		return refuse(t, t->start, "nothing is here: five fields are expected, or a word like @daily");
	if (memchr(word[0], '=', strcspn(word[0], BLANKS)) != NULL)
		return refuse(t, word[0], "no variable is expected here: use timezone: for a time zone");
	if (n < FIELDS)
		return refuse(t, word[n - 1] + strcspn(word[n - 1], BLANKS), "%s is missing: five fields are expected, "
		    "minute, hour, day of month, month, day of week", fields[n].says);
	if (n > FIELDS && !looks_like_field(word[FIELDS]))
		return refuse(t, word[FIELDS], "nothing is expected behind the five fields");
	if (n > FIELDS)
		return refuse(t, word[FIELDS], "%s not supported; a tick is one minute: write five fields",
		    n == FIELDS + 1 ? "seconds are" : "seconds and years are");
	return 0;
}

static int
refuse_macro(struct text *t, const char *word, size_t len)
{
	const char *list[sizeof macros / sizeof *macros + 1] = { NULL };
	char *name = xstrndup(word, len);
	const char *near;

	for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
		list[i] = macros[i].name;
	near = str_nearest(name, list);
	if (strcasecmp(name, "@reboot") == 0)
		refuse(t, word, "@reboot is not supported: a schedule is of times");
	else if (strcasecmp(name, "@every") == 0)
		refuse(t, word, "@every is not supported: write */n as the minute, or as the hour");
	else
		refuse(t, word, "no word '%.40s'%s%s%s", name, near ? ": did you mean " : "", near ? near : "",
		    near ? "?" : "");
	free(name);
	return -1;
}

/* "@daily" and nothing else; the fields that it stands for, or NULL. */
static const char *
read_macro(struct text *t, const char *word)
{
	size_t len = strcspn(word, BLANKS), rest = len + strspn(word + len, BLANKS);

	for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
		if (strlen(macros[i].name) == len && strncasecmp(macros[i].name, word, len) == 0) {
			if (word[rest] == '\0')
				return macros[i].means;
			refuse(t, word + rest, "nothing is expected behind %s", macros[i].name);
			return NULL;
		}
	refuse_macro(t, word, len);
	return NULL;
}

/* What cannot be seen is named: it comes from copied pages. */
static int
check_bytes(struct text *t)
{
	size_t len = strlen(t->start);

	for (const char *s = t->start; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		uint32_t cp;

		if ((c >= ' ' && c < 0x7f) || c == '\t')
			continue;
		if (c < 0x80)
			return refuse(t, s, "byte 0x%02x is not expected%s", c,
			    c == '\n' || c == '\r' ? ": a schedule is one line" : "");
		str_decode(s, len - (size_t)(s - t->start), &cp);
		if (cp == STR_BAD)
			return refuse(t, s, "byte 0x%02x is not expected: a schedule is ASCII", c);
		return refuse(t, s, "byte 0x%02x is not expected: U+%04X%s is not ASCII", c, cp,
		    cp == 0xa0 ? ", a no-break space as web pages have it," : "");
	}
	if (len > CRON_TEXT_MAX)
		return refuse(t, t->start + CRON_TEXT_MAX, "a schedule is at most %d bytes", CRON_TEXT_MAX);
	return 0;
}

/* One of the two is enough, which is not what most people mean. */
static void
warn_or(struct text *t, const char *at)
{
	static const uint32_t week[] = { 0x7f << 1, 0x7f << 8, 0x7f << 15, 0x7f << 22 };
	const struct cron *c = t->cron;
	struct buf b = { 0 };
	unsigned special = c->dow_last;
	bool one;

	if (c->dom_star || c->dow_star || t->warnings == NULL)
		return;
	for (size_t i = 0; i < 5; i++)
		special |= c->dow_nth[i];
	one = special == 0 && c->workday == 0 && !c->dom_last && !c->workday_last && c->dow != 0 &&
	    (c->dow & (c->dow - 1)) == 0;
	buf_puts(&b, "it comes ");
	cron_say_dom(&b, c);
	buf_puts(&b, " OR ");
	cron_say_dow(&b, c);
	for (size_t i = 0; i < 4; i++)
		if (one && c->dom == week[i]) {
			int day = __builtin_ctz(c->dow);

			buf_printf(&b, ": if both are meant, write * as day of month and %d#%zu as day of week",
			    day, i + 1);
		}
	warn(t, at, "%s", buf_str(&b));
	buf_release(&b);
}

static int
read_fields(struct text *t, const char *text)
{
	const char *word[FIELDS + 2];
	size_t n = split(text, word);
	struct cron *c = t->cron;
	int64_t today = civil_days(2000, 1, 1);

	if (check_count(t, word, n) == -1)
		return -1;
	for (size_t i = 0; i < FIELDS; i++) {
		t->field = &fields[i];
		t->at = word[i];
		if (read_field(t, word[i] + strcspn(word[i], BLANKS)) == -1)
			return -1;
	}
	c->min = t->bits[MIN];
	c->hour = (uint32_t)t->bits[HOUR];
	c->dom = (uint32_t)t->bits[DOM];
	c->mon = (uint32_t)t->bits[MON];
	c->dow = (uint8_t)t->bits[DOW];
	if (cron_day_up(c, today, today + CIVIL_ERA_DAYS) == today + CIVIL_ERA_DAYS)
		return refuse(t, word[DOM], "no such day ever comes");
	warn_or(t, word[DOM]);
	return 0;
}

int
cron_parse(struct cron *c, const char *text, const char *job, struct vec_str *warnings, struct err *e)
{
	struct text t = { .start = text, .cron = c, .job = job, .warnings = warnings, .e = e };
	const char *word = text + strspn(text, BLANKS);

	*c = (struct cron){ 0 };
	if (check_bytes(&t) == -1)
		return -1;
	if (*word == '@') {
		if ((word = read_macro(&t, word)) == NULL)
			return -1;
		t.start = word;
		return read_fields(&t, word);
	}
	return read_fields(&t, text);
}
