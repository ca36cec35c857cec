#include "task/pattern.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

static bool
is_explosive(const char *pattern)
{
	size_t intervals = 0;

	for (const char *at = pattern; (at = strchr(at, '{')) != NULL; at++)
		intervals++;
	return intervals > PATTERN_INTERVALS || strlen(pattern) > PATTERN_MAX;
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
		    "%d intervals", PATTERN_MAX, PATTERN_INTERVALS);
	if (refers_back(text))
		return err_set(e, ERR_INVALID, "a regular expression may not refer back");
	if ((bad = xregcomp(re, text, REG_EXTENDED | REG_NOSUB)) == 0)
		return 0;
	regerror(bad, re, why, sizeof why);
	return err_set(e, ERR_INVALID, "not a regular expression: %s", why);
}
