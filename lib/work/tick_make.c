/*
 * tick_make - the slots that are due become tasks
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "doc/tzif.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/project.h"
#include "task/store.h"
#include "work/cancel.h"
#include "work/job_check.h"
#include "work/propagate.h"
#include "work/tick_impl.h"

#define DATE_LEN 10		/* of "2026-11-22T03:00:00Z" */

/* ---- the task of a slot ---- */

/* `slot` 0: outside the schedule, at `now`. */
struct val *
tick_fields(const struct job *job, int64_t slot, int64_t now, const struct tzif *zone, struct err *e)
{
	char local[CLOCK_MAX], date[CLOCK_MAX], utc[CLOCK_MAX];
	struct val *fields;
	char *key;

	tzif_text(zone, slot != 0 ? slot : now, local);
	memcpy(date, local, DATE_LEN);
	date[DATE_LEN] = '\0';
	if ((fields = job_fields(job, date, local, e)) == NULL)
		return NULL;
	val_put(fields, "job", val_str(job->id));
	if (slot != 0) {
		clock_format(slot, utc);
		key = xasprintf("%s@%s", job->id, utc);
		val_put(fields, "scheduled_for", val_str(utc));
		val_put(fields, "key", val_str(key));
		free(key);
	}
	return fields;
}

/* The task that has the key of these fields, in the file or the archive; 0. */
static int
find(struct change *c, const struct ticking *t, const struct val *fields, int64_t *id, struct err *e)
{
	const char *key = val_text(val_get(fields, "key")), *job = val_text(val_get(fields, "job")), *other;
	const struct tasks *tasks = change_tasks(c);
	const struct task *task = NULL;

	for (size_t i = t->nown; task == NULL && i-- > 0;) {
		const struct task *own = tasks_find(tasks, t->own[i].id);

		if (strcmp(t->own[i].job, job) == 0 && (other = task_text(own, F_KEY)) != NULL &&
		    strcmp(other, key) == 0)
			task = own;
	}
	if (task == NULL && (task = archive_ask_key(change_archive(c), key)) == NULL &&
	    archive_failed(change_archive(c), e) == -1)
		return -1;
	*id = task != NULL ? task->id : 0;
	return 0;
}

/* ---- what stands in the way ---- */

/* The tasks that jobs made: looked for once in a picture. */
static void
gather(struct ticking *t, const struct tasks *tasks)
{
	t->nown = 0;
	for (size_t i = 0; i < tasks->n; i++) {
		const char *job = task_text(&tasks->v[i], F_JOB);

		if (job == NULL)
			continue;
		t->own = vec_room(t->own, &t->own_cap, t->nown, sizeof *t->own);
		t->own[t->nown++] = (struct own){ tasks->v[i].id, job };
	}
}

/* How many of its newest tasks failed, one after another?  What was withdrawn tells nothing. */
static int64_t
failed_in_row(const struct change *c, const struct ticking *t, const struct cron_due *d)
{
	int64_t n = 0;

	for (size_t i = t->nown; i-- > 0;) {
		enum status status;

		if (strcmp(t->own[i].job, d->job->id) != 0 || t->own[i].id <= d->state->forgiven)
			continue;
		status = change_status(c, t->own[i].id);
		if (status == ST_DONE)
			break;
		n += status == ST_FAILED;
	}
	return n;
}

/* The tasks of the job that have not ended. */
static void
active(const struct change *c, const struct ticking *t, const struct job *job, struct vec_id *ids)
{
	for (size_t i = 0; i < t->nown; i++)
		if (strcmp(t->own[i].job, job->id) == 0 && !state_ended(change_status(c, t->own[i].id)))
			vec_id_push(ids, t->own[i].id);
}

/* They give way; what runs is marked, and comes to its end when attempts are settled. */
static int
withdraw(struct change *c, struct ticking *t, const struct vec_id *ids, struct err *e)
{
	static const char reason[] = "the next one of its job is due";
	struct vec_id ended = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ids->n; i++) {
		int64_t id = ids->v[i];

		if (change_status(c, id) != ST_IN_PROGRESS) {
			if ((r = change_event(c, id, EV_CANCEL, NULL, reason, reason, e)) == 0)
				vec_id_push(&ended, id);
		} else if (!t->opts->dry_run) {
			r = cancel_mark(t->p, id, (int)change_int(c, id, F_ATTEMPTS), reason, e);
		}
	}
	if (r == 0)
		r = propagate(c, t->p, &ended, NULL, e);
	vec_id_release(&ended);
	return r;
}

static void
tell(struct change *c, const char *topic, const struct job *job, int64_t task, const char *key, int64_t n)
{
	struct val *data = val_map();

	val_add(data, "job", val_str(job->id));
	if (key != NULL)
		val_add(data, key, val_int(n));
	change_tell(c, topic, task, 0, data);
}

/* May it make tasks now?  1 yes, 0 no, -1. */
static int
may_make(struct change *c, struct ticking *t, struct outcome *o, struct err *e)
{
	const struct job *job = o->due.job;
	struct cron_job_state *st = o->due.state;
	struct vec_id ids = { 0 };
	int r = 1;

	o->failed = failed_in_row(c, t, &o->due);
	if (job->suspend_after != 0 && o->failed >= job->suspend_after) {
		tell(c, "job.suspended", job, 0, "failed", o->failed);
		return 0;
	}
	o->failed = 0;
	active(c, t, job, &ids);
	if (ids.n > 0 && job->overlap == OVERLAP_REPLACE && !o->due.waits) {
		r = withdraw(c, t, &ids, e) == 0 ? 1 : -1;
	} else if (ids.n > 0 && job->overlap != OVERLAP_ALLOW) {
		o->held_by = ids.v[0];
		for (size_t i = 0; i < ids.n && !o->by_person; i++)
			if ((o->by_person = state_parked(change_status(c, ids.v[i]))))
				o->held_by = ids.v[i];
		if (o->by_person && !(st->held_by == o->held_by && st->held_by_person))
			tell(c, "job.held", job, o->held_by, NULL, 0);
		else if (!o->by_person && job->overlap == OVERLAP_SKIP && !o->due.waits && st->held_by != o->held_by)
			tell(c, "job.skipped", job, o->held_by, NULL, 0);
		r = 0;
	}
	vec_id_release(&ids);
	return r;
}

/* ---- the commit ---- */

void
tick_outcome_clear(struct outcome *o)
{
	vec_id_release(&o->made);
	free(o->bad);
	*o = (struct outcome){ .due = o->due };
}

/* The task of one slot: 1 it is there, or was already; 0 it may not be made; -1. */
static int
make_task(struct change *c, struct ticking *t, struct outcome *o, const struct val *fields, bool *may,
    struct err *e)
{
	int64_t id = 0;
	int r;

	if (find(c, t, fields, &id, e) == -1)
		return -1;
	if (id == 0) {
		/* Before another one gives way to what is refused. */
		if (job_check_links(o->due.job, change_tasks(c), change_archive(c), e) == -1)
			return -1;
		/* Asked once: the tasks made here are in nobody's way. */
		if (!*may && (r = may_make(c, t, o, e)) != 1)
			return r;
		*may = true;
		if (change_add(c, fields, &id, e) == -1)
			return -1;
		vec_id_push(&o->made, id);
	}
	o->task = id;
	return 1;
}

static int
make_tasks(struct change *c, struct ticking *t, struct outcome *o, struct err *e)
{
	const struct cron_due *d = &o->due;
	bool may = false;
	int r = 1;

	/* Nothing is due; is what was refused still so? */
	if (d->n == 0 && d->state->last_error != NULL)
		return job_check_links(d->job, change_tasks(c), change_archive(c), e);
	for (size_t i = 0; r == 1 && i < d->n; i++) {
		struct val *fields = tick_fields(d->job, d->slots[i], t->now, d->zone, e);

		r = fields != NULL ? make_task(c, t, o, fields, &may, e) : -1;
		val_free(fields);
	}
	if (r != -1 && o->failed == 0 && o->held_by == 0 && d->dropped != 0)
		tell(c, "job.skipped", d->job, 0, "missed", d->dropped);
	return r == -1 ? -1 : 0;
}

/* What is wrong with one job is none of the others' business. */
static int
make_all(struct change *c, void *arg, struct err *e)
{
	struct ticking *t = arg;

	gather(t, change_tasks(c));
	for (size_t i = t->from; i < t->to; i++) {
		struct outcome *o = &t->v[i];
		struct err why = { 0 };

		tick_outcome_clear(o);
		if (make_tasks(c, t, o, &why) == 0)
			continue;
		if (why.code != ERR_INVALID && why.code != ERR_USAGE) {
			*e = why;
			return -1;
		}
		o->bad = xstrdup(why.msg);
	}
	return 0;
}

static int
commit(struct ticking *t, size_t from, size_t to, struct err *e)
{
	t->from = from;
	t->to = to;
	return store_update(t->p, t->opts, make_all, t, e);
}

/* All in one; where that is refused (a dependency that is nowhere), each by itself. */
int
tick_commit(struct ticking *t, struct err *e)
{
	int r = commit(t, 0, t->n, e);

	if (r == 0 || (e->code != ERR_INVALID && e->code != ERR_USAGE))
		return r;
	/* Is it the task file itself that is refused? */
	if (commit(t, 0, 0, e) == -1)
		return -1;
	for (size_t i = 0; i < t->n; i++) {
		struct err why = { 0 };

		if (commit(t, i, i + 1, &why) == 0)
			continue;
		if (why.code != ERR_INVALID && why.code != ERR_USAGE) {
			*e = why;
			return -1;
		}
		tick_outcome_clear(&t->v[i]);
		t->v[i].bad = xstrdup(why.msg);
	}
	*e = (struct err){ 0 };
	return 0;
}
