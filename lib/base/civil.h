/*
 * civil - days of the Gregorian calendar, counted
 *
 * Days are counted from 1970-01-01, which is 0, in both directions and without end of the
 * calendar (the proleptic one of ISO 8601); years are those of an `int`.  Nothing here
 * knows of time zones.
 */
#ifndef ORCH_BASE_CIVIL_H
#define ORCH_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_ERA_DAYS 146097	/* in 400 years, always: 20871 weeks */

struct civil {
	int year;
	int month;	/* 1 .. 12 */
	int day;	/* 1 .. 31 */
};

int64_t	civil_days(int year, int month, int day);
void	civil_date(int64_t days, struct civil *);
bool	civil_leap(int year);
int	civil_month_days(int year, int month);
int	civil_weekday(int64_t days);		/* 0 is Sunday .. 6 */

/* Floor division for what lies before 1970 too; b > 0. */
static inline int64_t
civil_floor(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

#endif
