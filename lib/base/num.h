/*
 * num - strict numbers, ids, durations, sizes
 *
 * The whole string must match; no blanks, no sign where none makes sense, no
 * silent overflow.  All return 0, or -1 with *out untouched.
 */
#ifndef ORCH_BASE_NUM_H
#define ORCH_BASE_NUM_H

#include <stdint.h>

/*
 * Decimal digits, leading zeros allowed ("05" is five, never octal); a '-' only
 * where min < 0, a '+' never.
 */
int	num_int(const char *s, int64_t min, int64_t max, int64_t *out);
/* -?digits[.digits][e[+-]digits], finite. */
int	num_real(const char *s, double *out);

/* A task id: [1-9][0-9]{0,17}, so 1 .. 10^18 - 1. */
#define NUM_ID_MAX INT64_C(999999999999999999)
int	num_id(const char *s, int64_t *out);

/*
 * "90", "90s", "5m", "2h", "7d", "1h30m", "250ms": milliseconds, <= 10 years of
 * 365 days.  Units d h m s ms, each at most once and in this order; a number
 * without a unit stands alone and means seconds.
 */
#define NUM_DURATION_LIMIT (INT64_C(3650) * 86400 * 1000)
int	num_duration(const char *s, int64_t *ms);
/*
 * Such a text, largest units first and without parts that are zero: "1h30m",
 * "0s"; "-5m" for what is negative.  At most NUM_DURATION_MAX bytes with NUL.
 */
#define NUM_DURATION_MAX 48
void	num_duration_text(int64_t ms, char out[NUM_DURATION_MAX]);

/* "4096", "64K", "16M", "1G" (powers of 1024, small letters too): bytes. */
int	num_bytes(const char *s, int64_t *bytes);

/* For the jitter of a pause only: 0 where no random number can be had, which is as good. */
uint32_t num_random(void);

#endif
