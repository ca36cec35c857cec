/*
 * job - the schedules of jobs.yml
 *
 * The file is a person's.  A text that is no YAML, or whose `jobs` is no list, is an error; a
 * job in it that is not as orch-jobs(5) says is there all the same, with what is wrong, so
 * that the others go on.  Anchors for merge keys may stand below keys that begin with "x-".
 */
#ifndef ORCH_TASK_JOB_H
#define ORCH_TASK_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "doc/yaml.h"
#include "task/field.h"

struct err;
struct project;
struct val;

#define JOBS_FILE "jobs.yml"
#define JOBS_MAX 10000

enum job_catch_up { CATCH_UP_LATEST, CATCH_UP_SKIP, CATCH_UP_ALL };
enum job_overlap { OVERLAP_SKIP, OVERLAP_QUEUE, OVERLAP_REPLACE, OVERLAP_ALLOW };

/* The texts are borrowed from the tree. */
struct job {
	const char *id;			/* NULL: none that can be used */
	const char *schedule;
	const char *timezone;		/* NULL: as the project has it */
	bool enabled;
	enum job_catch_up catch_up;
	enum job_overlap overlap;
	int64_t deadline, jitter;	/* seconds; 0: none */
	int64_t suspend_after;		/* 0: never */
	const struct yaml_node *node;	/* its mapping */
	struct val *task;		/* the template, a map of fields */
	char *bad;			/* "jobs.yml:3:5: ..."; the rest is then not to be used, but
					   for id.  NULL: it is as it should be */
};

struct jobs {
	struct buf text;
	struct yaml yaml;
	const struct yaml_node *list;	/* of them; NULL: the file has none */
	struct job *v;
	size_t n;
};

/* The keys of a job but for `task`, in the order in which missing ones are inserted. */
extern const struct field_def job_keys[];	/* ends with name NULL */
extern const char *const job_order[];		/* with `jobs` and `task`, for edit_apply() */

/* Takes the text over.  ERR_INVALID; `jobs` is then to be released all the same. */
int	jobs_parse(struct jobs *, struct buf *text, struct err *);
/* The text of the project's file; a missing one is empty. */
int	jobs_load(const struct project *, struct buf *text, struct err *);
/* Both. */
int	jobs_read(const struct project *, struct jobs *, struct err *);
void	jobs_release(struct jobs *);

/* Also one that is bad; NULL: nobody has that id. */
const struct job *jobs_find(const struct jobs *, const char *id);

/* The name of its time zone: its own, else that of the project; NULL: that of the machine. */
const char *job_zone(const struct job *, const struct project *);

/* Can it be a job's name?  ERR_INVALID. */
int	job_check_id(const char *, struct err *);

/*
 * The fields of the task of a slot, which the caller frees, with {{date}}, {{slot}} and {{job}}
 * in title and body replaced.  NULL: ERR_INVALID.
 */
struct val *job_fields(const struct job *, const char *date, const char *slot, struct err *);

#endif
