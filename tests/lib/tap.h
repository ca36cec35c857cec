/*
 * tap - the Test Anything Protocol for unit tests in C
 *
 *	int main(void) { ok(1 + 1 == 2, "sums"); is("a", "a", "text"); return done_testing(); }
 */
#ifndef ORCH_TESTS_TAP_H
#define ORCH_TESTS_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_run, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	tap_failed += !good;
	fflush(stdout);
	return good;
}

__attribute__((unused)) static bool
is(const char *got, const char *want, const char *what)
{
	bool good = got && want ? strcmp(got, want) == 0 : got == want;

	if (!ok(good, "%s", what))
		printf("# got:  %s\n# want: %s\n", got ? got : "(null)", want ? want : "(null)");
	return good;
}

__attribute__((unused)) static bool
is_int(int64_t got, int64_t want, const char *what)
{
	if (ok(got == want, "%s", what))
		return true;
	printf("# got:  %" PRId64 "\n# want: %" PRId64 "\n", got, want);
	return false;
}

__attribute__((unused)) static int
done_testing(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed != 0;
}

#endif
