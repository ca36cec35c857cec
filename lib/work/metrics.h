/*
 * metrics - what can be counted, as Prometheus reads it (text exposition format 0.0.4)
 *
 *	# HELP orch_tasks Tasks by status.
 *	# TYPE orch_tasks gauge
 *	orch_tasks{project="/srv/p",status="new"} 3
 *
 * Names follow prometheus.io/docs/practices/naming: base units, counters end with _total.
 * Every sample has the project's folder, so that the files of several projects can lie
 * together.  Other labels are of words that the suite knows, of drivers, groups and jobs,
 * METRICS_MAX of each; never a title or an id of a task.  All families are always there but
 * for those of what the project does not have: a limit, a group, a job, a synchronisation.
 */
#ifndef ORCH_WORK_METRICS_H
#define ORCH_WORK_METRICS_H

#define METRICS_MAX 100		/* agents, groups, jobs */

struct buf;
struct project;
struct ready_rules;
struct status_report;
struct tasks;

/*
 * Only files are read.  What cannot be read is left out, noted (project_note()), and told by
 * orch_unreadable.
 */
void	metrics_text(struct project *, const struct tasks *, const struct ready_rules *,
	    const struct status_report *, struct buf *);

#endif
