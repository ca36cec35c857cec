/*
 * told - what was said already: .orch/state/cron.told
 *
 * Something that goes wrong each minute is told once a day.  The file may be lost: then it is
 * told once more.
 */
#ifndef ORCH_WORK_TOLD_H
#define ORCH_WORK_TOLD_H

#include <stdbool.h>
#include <stdint.h>

struct project;

#define TOLD_AGAIN_S (24 * 3600)	/* after that it is new */
#define TOLD_MAX     256		/* texts that are known at once; the oldest is forgotten */

/* Was it not told in the last day (nor in the future)?  Then it is from now on.  What cannot
 * be written down is new each time. */
bool	told_new(struct project *, const char *text, int64_t now);
/* The same of the log, which is told of more. */
bool	told_new_logged(struct project *, const char *text, int64_t now);

#endif
