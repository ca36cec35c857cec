#include "work/job_check.h"

#include "base/err.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/job.h"
#include "task/repo.h"
#include "task/task.h"
#include "task/zone.h"

int
job_check(const struct project *p, const struct job *job, struct zones *zones, struct job_times *times,
    struct err *e)
{
	const char *project;
	const struct tzif *zone;

	*times = (struct job_times){ 0 };
	if (job->bad != NULL)
		return err_set(e, ERR_INVALID, "%s", job->bad);
	if ((zone = zones_of(zones, job_zone(job, p), e)) == NULL)
		return -1;
	if (cron_parse(&times->cron, job->schedule, job->id, NULL, e) == -1)
		return err_prefix(e, "schedule");
	times->zone = zone;
	project = val_text(val_get(job->task, "project"));
	return project != NULL ? repo_check_name(p, project, e) : 0;
}

int
job_check_links(const struct job *job, const struct tasks *tasks, struct archive_lookup *archive, struct err *e)
{
	const struct val *ids = val_get(job->task, field_table[F_DEPENDS_ON].name);
	struct err unread = { 0 };

	for (size_t i = 0; ids != NULL && ids->kind == VAL_LIST && i < ids->n; i++) {
		int64_t id = val_number(ids->v[i], 0);

		if (tasks_find(tasks, id) == NULL && archive_ask(archive, id) == NULL &&
		    archive_failed(archive, &unread) == 0)
			return err_set(e, ERR_USAGE, "%s: no task %lld", field_table[F_DEPENDS_ON].name, (long long)id);
	}
	return 0;
}
