/*
 * cron_quiet - until when nothing can be due: .orch/state/cron.quiet
 *
 * A guess that saves a tick the reading of a thousand jobs.  It is bound to the bytes of
 * jobs.yml, to the time zone of orch.yml and to the very cron.json that was written beside
 * it, has a sum of itself, and holds for a day at most.  It is not synced, and nobody needs it.
 */
#ifndef ORCH_WORK_CRON_QUIET_H
#define ORCH_WORK_CRON_QUIET_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct project;

/* Is nothing due now?  No is no answer. */
bool	cron_quiet(const struct project *, const struct buf *jobs, int64_t now);

/* Nothing is, from now until then.  A failure is none. */
void	cron_quiet_note(const struct project *, const struct buf *jobs, int64_t now, int64_t until);

#endif
