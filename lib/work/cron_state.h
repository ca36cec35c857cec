/*
 * cron_state - what became of the slots of jobs: .orch/state/cron.json
 *
 * One file, replaced as a whole by whoever holds state/cron.lock.  It may be lost or damaged:
 * then every job is new, and what it was to make is known by the tasks that are there.  Of
 * damage a person hears (project_note()), and who opens it.
 * Times are seconds since 1970; 0: never.
 */
#ifndef ORCH_WORK_CRON_STATE_H
#define ORCH_WORK_CRON_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/table.h"
#include "sys/lock.h"

struct project;

#define CRON_STATE_PLACE ".orch/state/cron.json"
#define CRON_STATE_DAMAGED CRON_STATE_PLACE " is damaged (%s): every job begins anew"

struct cron_job_state {
	char *id;
	char *sched_key;	/* of the schedule that all of this is about */
	int64_t base;		/* slots up to this one are dealt with */
	int64_t next;		/* when the next one is due, as it was thought of at `looked` */
	int64_t looked;
	int64_t last_slot;	/* the newest that made a task, */
	int64_t last_run;	/* when it did, */
	int64_t last_task;	/* the task, */
	int64_t missed;		/* and how many older ones it stands for */
	int64_t last_skipped;	/* the newest slot that was let go, */
	char *skipped_for;	/* why: "overlap", "deadline", "late" */
	int64_t held_by;	/* the task that holds the job now; 0: none */
	int64_t held_since;	/* the first slot that it held */
	bool held_by_person;	/* it waits for a person */
	int64_t suspended;	/* since when; 0: it is not */
	int64_t forgiven;	/* tasks up to this id do not count as failed */
	char *last_error;	/* why it could make no task */
	int64_t last_error_at;
	int64_t gone;		/* so many ticks did not find it in jobs.yml; 0: it is there */
	bool seen;		/* private: by this tick */
};

struct cron_state {
	int dir;			/* .orch/state; -1: there is none */
	struct lock lock;
	int64_t tick;			/* the last tick that wrote */
	struct cron_job_state **v;
	size_t n, cap;
	struct table index;		/* of v, from 1, by id */
	bool changed;			/* to be set by who changes something */
	struct err damage;		/* why it cannot be read: nothing is known of any job */
};

/* For whoever only looks: takes no lock, makes nothing. */
int	cron_state_look(struct cron_state *, const struct project *, struct err *);
/* With the lock, and .orch/state made if missing.  1: another one holds it. */
int	cron_state_open(struct cron_state *, const struct project *, struct err *);

/* NULL: nothing is known of that job. */
struct cron_job_state *cron_state_find(const struct cron_state *, const char *id);
/* That one or a new one, all zero. */
struct cron_job_state *cron_state_of(struct cron_state *, const char *id);

/* A file that is being saved may lack a job for a moment: it goes on where it was, if it is back
 * as soon as this. */
#define CRON_GONE_TICKS 10

/* All that are there have been seen: counts the others as gone.  Is there one? */
bool	cron_state_count_gone(struct cron_state *);
/* Without those that are gone for good. */
int	cron_state_save(struct cron_state *, struct err *);
void	cron_state_release(struct cron_state *);

#endif
