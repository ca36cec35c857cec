/*
 * zone - time zones by name, from the files of the system
 *
 * A name is words of letters, digits, '_', '+' and '-' with '/' between them, as the tz
 * database has them ("Europe/Berlin", "Etc/GMT+5"): no dots, nothing absolute, so that it
 * cannot lead out of the folder, which is $TZDIR, as for the C library, else
 * /usr/share/zoneinfo.  There is no falling back: a zone that cannot be read is an error,
 * while the C library takes UTC for it without a word.  Only "UTC" and "Etc/UTC" need none.
 *
 * Each is read once; { 0 } is a valid empty set, and its zones live as long as it does.
 */
#ifndef ORCH_TASK_ZONE_H
#define ORCH_TASK_ZONE_H

#include <stddef.h>

struct err;
struct tzif;

struct zones {
	struct zone {
		char *name;
		struct tzif *zone;
	} *v;
	size_t n, cap;
};

/* Borrowed; NULL with ERR_INVALID: no name of a zone, no such zone, no such file. */
const struct tzif *zones_get(struct zones *, const char *name, struct err *);

/*
 * The zone that the machine keeps: $TZ, which may also be a TZ string ("EST5EDT,M3.2.0,M11.1.0"),
 * begin with ':' or be the path of a file, as tzset(3) takes it, and empty for UTC; without
 * it /etc/localtime, and UTC if there is none.  NULL with ERR_CONFIG.
 */
const struct tzif *zones_default(struct zones *, struct err *);

/* The one of that name; NULL: the one that the machine keeps. */
const struct tzif *zones_of(struct zones *, const char *name, struct err *);

void	zones_release(struct zones *);

#endif
