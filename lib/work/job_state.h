/*
 * job_state - how each job of a project is: what it made last, what stands in its way
 *
 * One reading of jobs.yml, of the tasks and of .orch/state/cron.json, for everybody who tells
 * of jobs: lists, orch-status, orch-inbox, orch-fsck, metrics.  Nothing is written, no lock is
 * taken.  What a task does is as the task says now: cron.json tells only of the last tick.
 */
#ifndef ORCH_WORK_JOB_STATE_H
#define ORCH_WORK_JOB_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "task/job.h"
#include "task/zone.h"
#include "work/cron_state.h"
#include "work/inbox.h"
#include "work/job_check.h"

struct archive_lookup;
struct buf;
struct project;
struct task;
struct tasks;

/* A task may take so many slots of its job before somebody should look. */
#define JOB_BLOCKED_SLOTS 3

enum job_trouble {
	JOB_WELL,		/* also one that rests */
	JOB_INVALID,		/* it can make no task until a person mends it */
	JOB_SUSPENDED,		/* its tasks failed one after another */
	JOB_HELD,		/* by a task that waits for a person */
	JOB_BLOCKED,		/* by a task that has taken more than JOB_BLOCKED_SLOTS of its slots */
	JOB_TROUBLES
};

/* All is borrowed from the reading, and the tasks from their picture. */
struct job_state {
	const struct job *job;		/* its id is NULL: it has none that can be used */
	const struct cron_job_state *known;	/* NULL: no tick has seen it */
	struct job_times times;		/* zone NULL: when it comes is not known, and `error` is set */
	char *error;			/* why it can make no tasks; NULL */
	int64_t error_at;		/* when a tick found that; 0: it was found just now */
	/* overlap skip and queue: the task that stands in the way, one that waits for a person
	   before all others.  NULL: none does, or it has not cost a slot and will end. */
	const struct task *holder;
	bool by_person;
	enum inbox_kind waits;		/* by_person: for what */
	int64_t held_since;		/* the first slot that it took; 0: none yet */
	const struct task *ended;	/* its newest task that is done or failed; NULL */
	enum job_trouble trouble;
};

struct job_states {
	struct job_state *v;		/* in the order of the file */
	size_t n;
	struct err broken;		/* jobs.yml as a whole, or cron.json, cannot be read: there is
					   one job then, without id, with that error */
	struct err damage;		/* why cron.json cannot be understood: what ticks knew is not known */
	int64_t now;

	/* private */
	bool read;
	struct jobs jobs;
	struct job none;
	struct cron_state cron;
	struct zones zones;
	const struct tasks *tasks;
	struct archive_lookup *archive;
};

/* tasks NULL: they cannot be read, and nothing is known of them.  The picture must live as
 * long.  A missing jobs.yml is no jobs, and the tasks are not looked at. */
void	job_states_read(struct job_states *, const struct project *, const struct tasks *, int64_t now);
void	job_states_release(struct job_states *);	/* { 0 } is fine */

/* The task of its last slot, also an archived one; NULL: there is none. */
const struct task *job_state_last(const struct job_states *, const struct job_state *);

const char *job_trouble_name(enum job_trouble);		/* "held"; JOB_WELL: "well" */

/* Since when; 0: that is not known, or it is about to be. */
int64_t	job_state_since(const struct job_state *);

/* Why its newest ended task failed: borrowed; NULL: it did not. */
const char *job_state_last_error(const struct job_state *);

/* Appends what the trouble is, in words, and what to type: one line, made visible. */
void	job_state_say(const struct job_state *, struct buf *);

#endif
