/*
 * cron_say - a schedule in words
 *
 * What is said comes from the values and not from the text: it is what will happen.
 */
#include "cron_impl.h"

#include <stddef.h>

#include "base/buf.h"
#include "doc/cron.h"

#define MANY 6		/* times of day that are listed one by one */

static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday" };
static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December" };
static const char *const nth[] = { "1st", "2nd", "3rd", "4th", "5th" };

static void
say_value(struct buf *b, const char *const *names, int first, int v)
{
	if (names != NULL)
		buf_puts(b, names[v - first]);
	else
		buf_int(b, v);
}

/* "1-7, 15 and 31": runs of three and more, then what is left. */
static void
say_set(struct buf *b, uint64_t bits, const char *const *names, int first)
{
	const char *between = "";

	while (bits != 0) {
		int low = __builtin_ctzll(bits), high = low;

		while (bits >> high & 1)
			bits &= ~(UINT64_C(1) << high++);
		if (--high == low + 1)		/* two are no run */
			bits |= UINT64_C(1) << high--;
		buf_puts(b, *between == '\0' || bits != 0 ? between : " and ");
		say_value(b, names, first, low);
		if (high > low) {
			buf_putc(b, '-');
			say_value(b, names, first, high);
		}
		between = ", ";
	}
}

/* The n of "every n": from 0 on, and the same over the end of the hour or day; 0: it is not so. */
static int
even_step(uint64_t bits, int size)
{
	int step = bits >> 1 ? __builtin_ctzll(bits >> 1) + 1 : size;

	if (!(bits & 1) || size % step != 0)
		return 0;
	for (int v = 0; v < size; v++)
		if ((bits >> v & 1) != (v % step == 0))
			return 0;
	return step;
}

static void
say_times(struct buf *b, const struct cron *c)
{
	int minutes = __builtin_popcountll(c->min), hours = __builtin_popcount(c->hour), said = 0;
	int step = even_step(c->min, 60);

	if (hours < 24 && minutes * hours <= MANY) {
		buf_puts(b, "at ");
		for (int t = 0; t < 24 * 60; t++) {
			if (!(c->hour >> t / 60 & 1) || !(c->min >> t % 60 & 1))
				continue;
			said++;
			buf_puts(b, said == 1 ? "" : said == minutes * hours ? " and " : ", ");
			buf_printf(b, "%02d:%02d", t / 60, t % 60);
		}
		return;
	}
	if (step == 1)
		buf_puts(b, "every minute");
	else if (step > 1 && step < 60)
		buf_printf(b, "every %d minutes", step);
	else {
		buf_puts(b, "at minute ");
		say_set(b, c->min, NULL, 0);
	}
	if (hours < 24) {
		buf_puts(b, " of hour ");
		say_set(b, c->hour, NULL, 0);
	} else if (step == 0 || step == 60)
		buf_puts(b, " of every hour");
}

/* One of several ways to name a day. */
static void
or_else(struct buf *b, const char **between)
{
	buf_puts(b, *between);
	*between = ", ";
}

void
cron_say_dom(struct buf *b, const struct cron *c)
{
	const char *between = "on ";

	if (c->dom != 0) {
		or_else(b, &between);
		buf_puts(b, "day ");
		say_set(b, c->dom, NULL, 0);
		buf_puts(b, " of the month");
	}
	if (c->dom_last) {
		or_else(b, &between);
		buf_puts(b, "the last day of the month");
	}
	if (c->workday_last) {
		or_else(b, &between);
		buf_puts(b, "the last day of the month from Monday to Friday");
	}
	if (c->workday != 0) {
		or_else(b, &between);
		buf_puts(b, "the day from Monday to Friday nearest to day ");
		say_set(b, c->workday, NULL, 0);
		buf_puts(b, " of the month");
	}
}

void
cron_say_dow(struct buf *b, const struct cron *c)
{
	const char *between = "on ";

	if (c->dow == 0x7f)
		buf_puts(b, "on every day of the week");
	else if (c->dow != 0) {
		/* The week begins on Monday here, so that Friday to Sunday is one run. */
		unsigned week = (c->dow & 0x7eu) | (c->dow & 1u) << 7;
		static const char *const from_monday[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
			"Saturday", "Sunday" };

		or_else(b, &between);
		say_set(b, week, from_monday, 1);
	}
	for (unsigned n = 0; n < 5; n++)
		if (c->dow_nth[n] != 0) {
			or_else(b, &between);
			buf_printf(b, "the %s ", nth[n]);
			say_set(b, c->dow_nth[n], days, 0);
			buf_puts(b, " of the month");
		}
	if (c->dow_last != 0) {
		or_else(b, &between);
		buf_puts(b, "the last ");
		say_set(b, c->dow_last, days, 0);
		buf_puts(b, " of the month");
	}
}

static void
say_days(struct buf *b, const struct cron *c)
{
	bool any_dom = c->dom == 0xfffffffeu, any_dow = c->dow == 0x7f;
	bool either = !c->dom_star && !c->dow_star;

	if (either ? any_dom || any_dow : any_dom && any_dow) {
		if (c->hour != 0xffffff)
			buf_puts(b, " every day");
		return;
	}
	buf_putc(b, ' ');
	if (either || !any_dom)
		cron_say_dom(b, c);
	if (either || (!any_dom && !any_dow))
		buf_puts(b, either ? " OR " : " AND ");
	if (either || !any_dow)
		cron_say_dow(b, c);
}

void
cron_say(struct buf *b, const struct cron *c)
{
	say_times(b, c);
	say_days(b, c);
	if (c->mon != 0x1ffe) {
		buf_puts(b, " in ");
		say_set(b, c->mon, months, 1);
	}
}
