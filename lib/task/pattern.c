#include "task/pattern.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

static bool
is_explosive(const char *pattern)
{
	unsigned long times = 1, n;
	size_t intervals = 0;
	char *end;

	for (const char *at = pattern; (at = strchr(at, '{')) != NULL; at++) {
		intervals++;
		/* "a{3}", "a{3,}", "a{,5}", "a{3,5}": the last number counts. */
		n = strtoul(at + 1, &end, 10);
		if (*end == ',' && isdigit((unsigned char)end[1]))
			n = strtoul(end + 1, &end, 10);
		times *= n > PATTERN_TIMES ? PATTERN_TIMES + 1 : n > 0 ? n : 1;
	}
	return intervals > PATTERN_INTERVALS || times > PATTERN_TIMES || strlen(pattern) > PATTERN_MAX;
}

static bool
refers_back(const char *pattern)
{
	for (const char *at = pattern; (at = strchr(at, '\\')) != NULL && at[1] != '\0'; at += 2)
		if (isdigit((unsigned char)at[1]))
			return true;
	return false;
}

int
pattern_compile(regex_t *re, const char *text, struct err *e)
{
	char why[128];
	int bad;

	if (is_explosive(text))
		return err_set(e, ERR_INVALID, "too large for a regular expression: at most %d bytes and "
		    "%d intervals, %d times in all", PATTERN_MAX, PATTERN_INTERVALS, PATTERN_TIMES);
	if (refers_back(text))
		return err_set(e, ERR_INVALID, "a regular expression may not refer back");
	if ((bad = xregcomp(re, text, REG_EXTENDED | REG_NOSUB)) == 0)
		return 0;
	regerror(bad, re, why, sizeof why);
	return err_set(e, ERR_INVALID, "not a regular expression: %s", why);
}
