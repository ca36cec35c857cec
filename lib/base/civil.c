/*
 * civil - days of the Gregorian calendar, counted
 *
 * Days are counted from 1 March of year 0, so that the leap day is the last of a year
 * and one line gives the day of the year of any month; an era of 400 years always has
 * as many days.
 */
#include "base/civil.h"

#define EPOCH_DAY 719468	/* 1970-01-01 counted from 0000-03-01 */

int64_t
civil_days(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = civil_floor(y, 400);
	int of_era = (int)(y - era * 400);
	int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * CIVIL_ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAY;
}

void
civil_date(int64_t days, struct civil *date)
{
	int64_t z = days + EPOCH_DAY;
	int64_t era = civil_floor(z, CIVIL_ERA_DAYS);
	int of_era = (int)(z - era * CIVIL_ERA_DAYS);
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * y + y / 4 - y / 100);
	int m = (5 * of_year + 2) / 153;

	date->day = of_year - (153 * m + 2) / 5 + 1;
	date->month = m < 10 ? m + 3 : m - 9;
	date->year = (int)(y + era * 400 + (date->month <= 2));
}

bool
civil_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int
civil_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && civil_leap(year));
}

int
civil_weekday(int64_t days)
{
	/* 1970-01-01 was a Thursday. */
	return (int)(days + 4 - civil_floor(days + 4, 7) * 7);
}
