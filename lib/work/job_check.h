/*
 * job_check - what is wrong with a job, the same for whoever asks
 *
 * A tick that is to make its tasks, lists, orch-status, orch-inbox, orch-fsck, metrics and
 * orch-cron add ask here, so that nobody calls well what another one refuses.
 */
#ifndef ORCH_WORK_JOB_CHECK_H
#define ORCH_WORK_JOB_CHECK_H

#include "doc/cron.h"

struct archive_lookup;
struct err;
struct job;
struct project;
struct tasks;
struct tzif;
struct zones;

/* When it comes. */
struct job_times {
	struct cron cron;
	const struct tzif *zone;	/* borrowed from the zones; NULL: when it comes is not known */
};

/*
 * As orch-jobs(5) says, and its time zone, its schedule, the project of its task?  -1 with the
 * error, of any code; *times is filled in as far as it is known.  Also of one that rests.
 */
int	job_check(const struct project *, const struct job *, struct zones *, struct job_times *, struct err *);

/* Are the tasks there that its task depends on?  A tick learns that from the commit, in the
 * same words.  An archive that cannot be read is taken for one that has them. */
int	job_check_links(const struct job *, const struct tasks *, struct archive_lookup *, struct err *);

#endif
