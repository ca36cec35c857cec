/*
 * jobs - the schedules of a project, as a person sees and changes them
 */
#ifndef ORCH_WORK_JOBS_H
#define ORCH_WORK_JOBS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct job_states;
struct project;
struct store_opts;
struct val;
struct vec_str;

/*
 * One map for each job, in the order of the file; what is not there is left out.  Caller frees.
 *	schema, id, schedule, timezone, enabled
 *	next				when it is due again, in its zone; all other times are in UTC
 *	last_slot, last_run, last_task	the newest slot that made a task, when that was, the task,
 *	last_status, last_ended		how it is, and when it ended
 *	missed				older slots that it stands for
 *	last_skipped, skipped_for	the newest slot that was let go: overlap, deadline, late
 *	last_error, last_error_task	of its newest task that has ended, if that one failed
 *	held_by, held_since, held_by_person	a task that stands in its way now
 *	suspended			since when
 *	error, error_at			why it can make no tasks
 *	trouble, reason			job_state.h: invalid, suspended, held, blocked, and in words
 */
struct val *jobs_rows(const struct project *, const struct job_states *);
struct val *jobs_list(const struct project *, int64_t now, struct err *);

/* The same for a person, a job a line, or as one object a line. */
int	jobs_print(const struct project *, int64_t now, bool json, struct buf *, struct err *);

/* Those that something is the matter with, as orch-inbox shows them. */
void	jobs_waiting(const struct job_states *, bool json, struct buf *);

/*
 * Appends a job to jobs.yml, which is made if missing.  `words` are its id, schedule and title,
 * then KEY=VALUE, keys of a job or fields of its task.  ERR_USAGE: there is one of that id;
 * ERR_INVALID: it would be bad, or never come.  What is odd about the schedule, or not there yet,
 * is added to `warnings`; `would` of these three is that of person_file.h.
 */
int	jobs_add(struct project *, const struct store_opts *, const struct vec_str *words,
	    struct vec_str *warnings, struct buf *would, struct err *);

/* Comments of what is removed stay.  ERR_USAGE: no such job. */
int	jobs_remove(struct project *, const struct store_opts *, const char *id, struct buf *would,
	    struct err *);

/* Off, or on again: then also if it was suspended, and failures so far do not count. */
int	jobs_enable(struct project *, const struct store_opts *, const char *id, bool on, int64_t now,
	    struct buf *would, struct err *);

#endif
