/*
 * fsck_job - jobs that make no tasks until somebody acts
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "task/project.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/job_state.h"

static void
tell(struct findings *f, const struct job_state *j)
{
	int64_t task = j->holder != NULL ? j->holder->id : 0, at = job_state_since(j);
	struct err said = { 0 };
	struct buf text = { 0 };
	char since[CLOCK_MAX];
	char *place;

	clock_format(at, since);
	job_state_say(j, &text);
	if (j->job->id == NULL || j->job->bad != NULL) {
		/* That begins with the place in the file. */
		err_set(&said, ERR_INVALID, "%s", buf_str(&text));
		fsck_add_err(f, "job", 0, JOBS_FILE, &said);
	} else {
		place = xasprintf("job %s", j->job->id);
		fsck_add(f, "job", task, place, "%s%s%s: %s", job_trouble_name(j->trouble),
		    at != 0 ? " since " : "", at != 0 ? since : "", buf_str(&text));
		free(place);
	}
	buf_release(&text);
}

void
fsck_jobs(struct findings *f, const struct project *p, const struct tasks *tasks)
{
	struct job_states s;

	job_states_read(&s, p, tasks, clock_now());
	if (s.damage.code != ERR_NONE)
		fsck_add(f, "job", 0, CRON_STATE_PLACE, "it is damaged (%s): every job begins anew with the next "
		    "tick, which writes it again", s.damage.msg);
	for (size_t i = 0; i < s.n; i++)
		/* A task that waits for a person is no fault before it has cost a slot. */
		if (s.v[i].trouble != JOB_WELL && (s.v[i].trouble != JOB_HELD || s.v[i].held_since != 0))
			tell(f, &s.v[i]);
	job_states_release(&s);
}
