/*
 * tzif - a time zone: bytes of a TZif file or a POSIX TZ string in, offsets out
 *
 * Reads what zic(8) compiles, as RFC 9636 describes it: versions 1 to 4, "slim" and "fat",
 * the 64-bit data where there is one, with the TZ string behind it for the time after the
 * last change.  TZ strings are those of POSIX.1-2024 8.3 with the extension of RFC 9636 3.3.1
 * (hours of a rule from -167 to 167, daylight saving all year, negative too).
 *
 * Before the first change the first type holds (RFC 9636 3.2); after the last one, where
 * there is no TZ string, its type.  A file that counts leap seconds ("right/...") is refused:
 * its instants are not those of our clock.  So is whatever does not keep to the format, by
 * a message without the name of the file, ERR_INVALID.
 *
 * Instants and local times are seconds; local time is what UTC would be if it showed the
 * same on the wall.  A zone knows of any int64_t; beyond the calendar of its last change
 * the years repeat, as they do every 400.
 */
#ifndef ORCH_DOC_TZIF_H
#define ORCH_DOC_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct err;
struct tzif;

/* Those that there are have a few KiB, 300 changes, 20 types and 80 characters. */
#define TZIF_SIZE_MAX (256u << 10)
#define TZIF_CHANGES_MAX 8192
#define TZIF_TYPES_MAX 256
#define TZIF_ABBR_MAX 32	/* with NUL */

/* Both: the caller frees with tzif_free(); NULL with the error. */
struct tzif *tzif_read(const void *, size_t, struct err *);
struct tzif *tzif_posix(const char *tz, struct err *);
void	tzif_free(struct tzif *);	/* NULL is fine */

/* The time around an instant in which nothing changes. */
struct tzif_span {
	int64_t from;		/* its first instant, INT64_MIN: of ever */
	int64_t until;		/* the first behind it, INT64_MAX: never */
	int32_t offset;		/* seconds east of UTC, at most 26 h */
	bool dst;		/* may be the time of winter, in Ireland */
	const char *abbr;	/* borrowed */
};

void	tzif_at(const struct tzif *, int64_t t, struct tzif_span *);

/* "2026-11-22T04:00:00+01:00": as the clocks of the zone show it (RFC 3339 §5.6). */
void	tzif_text(const struct tzif *, int64_t t, char out[CLOCK_MAX]);

/*
 * The instants at which the local time is `local`, in order: 0 in a gap, 2 in an overlap,
 * 1 otherwise.  (No zone has had more; of a file that has, the first two.)
 */
unsigned tzif_instants(const struct tzif *, int64_t local, int64_t at[2]);

#endif
