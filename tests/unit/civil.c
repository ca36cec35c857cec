#include "base/civil.h"

#include <time.h>

#include "../lib/tap.h"

static void
test_facts(void)
{
	struct civil date;

	is_int(civil_days(1970, 1, 1), 0, "days are counted from 1970");
	is_int(civil_days(1969, 12, 31), -1, "in both directions");
	is_int(civil_days(2000, 3, 1) - civil_days(2000, 2, 28), 2, "2000 has a leap day");
	is_int(civil_days(1900, 3, 1) - civil_days(1900, 2, 28), 1, "1900 has none");
	is_int(civil_days(2400, 1, 1) - civil_days(2000, 1, 1), CIVIL_ERA_DAYS, "400 years");
	is_int(civil_weekday(0), 4, "a Thursday");
	is_int(civil_weekday(-5), 6, "the Saturday before");
	is_int(civil_month_days(2024, 2) * 100 + civil_month_days(2100, 2), 2928, "February");
	civil_date(-719528, &date);
	ok(date.year == 0 && date.month == 1 && date.day == 1, "the year 0");
	is_int(civil_floor(-1, 60), -1, "the minute before");
	is_int(civil_floor(-60, 60), -1, "and its begin");
}

/* Each day of three eras, beside the C library. */
static void
test_days(void)
{
	bool good = true;

	for (int64_t day = -CIVIL_ERA_DAYS; day < 2 * CIVIL_ERA_DAYS && good; day++) {
		time_t libc = (time_t)day * 86400;
		struct civil date;
		struct tm tm;

		gmtime_r(&libc, &tm);
		civil_date(day, &date);
		good = date.year == tm.tm_year + 1900 && date.month == tm.tm_mon + 1 && date.day == tm.tm_mday &&
		    civil_weekday(day) == tm.tm_wday && civil_days(date.year, date.month, date.day) == day &&
		    date.day <= civil_month_days(date.year, date.month);
		if (!good)
			printf("# day %" PRId64 "\n", day);
	}
	ok(good, "1200 years agree with the C library, and count back");
}

int
main(void)
{
	test_facts();
	test_days();
	return done_testing();
}
