/*
 * jobs - the schedules of a project, as a person sees and changes them
 */
#ifndef ORCH_WORK_JOBS_H
#define ORCH_WORK_JOBS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct project;
struct store_opts;
struct val;
struct vec_str;

/*
 * One map for each job, in the order of the file: schema, id (absent: it has none), schedule,
 * timezone, enabled, next (when it is due again, in its zone), what .orch/state/cron.json
 * knows of it (cron_state.h; times in UTC), and error: why it cannot make tasks.  Caller frees.
 */
struct val *jobs_list(const struct project *, int64_t now, struct err *);

/* The same for a person, a job a line, or as one object a line. */
int	jobs_print(const struct project *, int64_t now, bool json, struct buf *, struct err *);

/*
 * Appends a job to jobs.yml, which is made if missing.  `words` are its id, schedule and title,
 * then KEY=VALUE, keys of a job or fields of its task.  ERR_USAGE: there is one of that id;
 * ERR_INVALID: it would be bad, or never come.  What is odd about the schedule is added to
 * `warnings`.
 */
int	jobs_add(struct project *, const struct store_opts *, const struct vec_str *words,
	    struct vec_str *warnings, struct err *);

/* Comments of what is removed stay.  ERR_USAGE: no such job. */
int	jobs_remove(struct project *, const struct store_opts *, const char *id, struct err *);

/* Off, or on again: then also if it was suspended, and failures so far do not count. */
int	jobs_enable(struct project *, const struct store_opts *, const char *id, bool on, int64_t now,
	    struct err *);

#endif
