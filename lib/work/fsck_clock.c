/*
 * fsck_clock - what was written by a clock that is ahead of ours
 */
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/ready.h"
#include "task/task.h"
#include "work/fsck.h"

/* The kernel's own clock wrote it, so that is the one to compare with. */
static void
check_file(struct findings *f, const struct project *p)
{
	char when[CLOCK_MAX];
	struct timespec now;
	struct stat st;

	if (stat(p->tasks, &st) == -1 || clock_gettime(CLOCK_REALTIME, &now) == -1 ||
	    st.st_mtim.tv_sec <= now.tv_sec + FSCK_CLOCK_SLACK_S)
		return;
	clock_format(st.st_mtim.tv_sec, when);
	fsck_add(f, "clock", 0, path_base(p->tasks), "it was written at %s, which is in the future: "
	    "touch it once the clock is right", when);
}

static void
check_tasks(struct findings *f, const struct tasks *tasks)
{
	int64_t now = clock_now(), newest = 0, at;
	const struct task *who = NULL;
	char when[CLOCK_MAX];

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];

		at = task_time(t, F_UPDATED_AT, task_time(t, F_CREATED_AT, 0));
		if (at > newest) {
			newest = at;
			who = t;
		}
		at = task_time(t, F_RETRY_AT, 0);
		if (t->status == ST_ROUTED && at > now + READY_RETRY_AHEAD_MAX)
			fsck_add_task(f, "clock", t->id, "retry_at %s was written by a wrong clock: it "
			    "counts as passed", task_text(t, F_RETRY_AT));
	}
	if (newest <= now + FSCK_CLOCK_SLACK_S)
		return;
	clock_format(now, when);
	fsck_add_task(f, "clock", who->id, "it was changed at %s, and the clock says %s",
	    task_text(who, task_text(who, F_UPDATED_AT) ? F_UPDATED_AT : F_CREATED_AT), when);
}

void
fsck_clock(struct findings *f, const struct project *p, const struct tasks *tasks)
{
	check_file(f, p);
	if (tasks != NULL)
		check_tasks(f, tasks);
}
