/*
 * num - strict numbers, ids, durations, sizes
 *
 * A number is a run of digits that `digits` eats; every reader is that, some
 * letters, and the demand that nothing is left.  *out is written last, so that
 * a failure leaves it alone.
 */
#include "base/num.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct unit {
	const char *name;
	int64_t size;
};

/* Largest first, the order in which they may stand. */
static const struct unit durations[] = {
	{ "d", INT64_C(86400000) },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "K", INT64_C(1) << 10 },
	{ "k", INT64_C(1) << 10 },
	{ "M", INT64_C(1) << 20 },
	{ "m", INT64_C(1) << 20 },
	{ "G", INT64_C(1) << 30 },
	{ "g", INT64_C(1) << 30 },
	{ NULL, 0 },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Eats one digit or more; false if there is none or the value is too large. */
static bool
digits(const char **s, uint64_t *out)
{
	uint64_t n = 0;

	if (!is_digit(**s))
		return false;
	for (; is_digit(**s); ++*s)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(**s - '0'), &n))
			return false;
	*out = n;
	return true;
}

int
num_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = min < 0 && *s == '-';
	uint64_t n;
	int64_t v;

	s += negative;
	if (!digits(&s, &n) || *s != '\0' || n > (uint64_t)INT64_MAX + negative)
		return -1;
	v = negative ? (int64_t)(0 - n) : (int64_t)n;
	if (v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

static const char *
skip_digits(const char *s)
{
	while (is_digit(*s))
		s++;
	return s;
}

/* -?[0-9]+(.[0-9]+)?([eE][+-]?[0-9]+)?, the whole of it. */
static bool
real_grammar(const char *s)
{
	s += *s == '-';
	if (!is_digit(*s))
		return false;
	s = skip_digits(s);
	if (*s == '.') {
		if (!is_digit(s[1]))
			return false;
		s = skip_digits(s + 1);
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		if (!is_digit(*s))
			return false;
		s = skip_digits(s);
	}
	return *s == '\0';
}

/* Nothing in the suite sets LC_NUMERIC, so strtod() reads a point as we write it. */
int
num_real(const char *s, double *out)
{
	char *end;
	double r;

	if (!real_grammar(s))
		return -1;
	r = strtod(s, &end);
	if (*end != '\0' || !isfinite(r))
		return -1;
	*out = r;
	return 0;
}

int
num_id(const char *s, int64_t *out)
{
	if (*s == '0')
		return -1;
	return num_int(s, 1, NUM_ID_MAX, out);
}

/* The unit whose name is exactly the letters at *s, which are eaten; or NULL. */
static const struct unit *
unit_at(const struct unit *u, const char **s)
{
	size_t n = strcspn(*s, "0123456789");

	for (; u->name != NULL; u++)
		if (strlen(u->name) == n && memcmp(u->name, *s, n) == 0) {
			*s += n;
			return u;
		}
	return NULL;
}

static bool
add_scaled(int64_t *sum, uint64_t n, int64_t size)
{
	int64_t part;

	return !__builtin_mul_overflow(n, size, &part) &&
	    !__builtin_add_overflow(*sum, part, sum);
}

int
num_duration(const char *s, int64_t *ms)
{
	const struct unit *u = durations;
	int64_t sum = 0;
	uint64_t n;

	do {
		bool first = u == durations;

		if (!digits(&s, &n))
			return -1;
		if (first && *s == '\0')
			s = "s";
		u = unit_at(u, &s);
		if (u == NULL || !add_scaled(&sum, n, u->size))
			return -1;
		u++;
	} while (*s != '\0');
	if (sum > NUM_DURATION_LIMIT)
		return -1;
	*ms = sum;
	return 0;
}

void
num_duration_text(int64_t ms, char out[NUM_DURATION_MAX])
{
	uint64_t rest = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	int len = 0;

	if (rest == 0) {
		snprintf(out, NUM_DURATION_MAX, "0s");
		return;
	}
	if (ms < 0)
		out[len++] = '-';
	for (const struct unit *u = durations; u->name != NULL; u++) {
		uint64_t n = rest / (uint64_t)u->size;

		rest %= (uint64_t)u->size;
		if (n > 0)
			len += snprintf(out + len, NUM_DURATION_MAX - (size_t)len, "%llu%s",
			    (unsigned long long)n, u->name);
	}
}

int
num_bytes(const char *s, int64_t *bytes)
{
	const struct unit *u;
	int64_t sum = 0;
	uint64_t n;

	if (!digits(&s, &n))
		return -1;
	u = unit_at(sizes, &s);
	if (u == NULL || *s != '\0' || !add_scaled(&sum, n, u->size))
		return -1;
	*bytes = sum;
	return 0;
}

uint32_t
num_random(void)
{
	uint32_t n = 0;

	return getrandom(&n, sizeof n, GRND_NONBLOCK) == sizeof n ? n : 0;
}
