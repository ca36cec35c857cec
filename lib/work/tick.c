#include "work/tick.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "doc/tzif.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/cron_quiet.h"
#include "work/job_check.h"
#include "work/tick_impl.h"
#include "work/told.h"

void
ticked_release(struct ticked *t)
{
	vec_id_release(&t->made);
	vec_str_release(&t->problems);
	vec_str_release(&t->notes);
	*t = (struct ticked){ 0 };
}

/* ---- what is remembered ---- */

static void tell_log(const struct ticking *t, enum log_level level, int64_t task, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
tell_log(const struct ticking *t, enum log_level level, int64_t task, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	if (t->opts->dry_run)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_write(&t->p->log, level, task, 0, "%s", text);
}

/* The log has it once a day, not each minute. */
static void
problem(struct ticking *t, struct cron_job_state *st, const char *id, const char *text, int status)
{
	char *line = id != NULL ? xasprintf("job %s: %s", id, text) : xstrdup(text);

	t->out->status = err_worse(t->out->status, status);
	if (!t->opts->dry_run && told_new_logged(t->p, line, t->now))
		tell_log(t, LOG_ERROR, 0, "%s", line);
	if (st != NULL && (st->last_error == NULL || strcmp(st->last_error, text) != 0)) {
		free(st->last_error);
		st->last_error = xstrdup(text);
		st->last_error_at = t->now;
		t->state.changed = true;
	}
	vec_str_take(&t->out->problems, line);
}

static void
well(struct ticking *t, struct cron_job_state *st)
{
	if (st->last_error == NULL)
		return;
	free(st->last_error);
	st->last_error = NULL;
	st->last_error_at = 0;
	t->state.changed = true;
}

static void
let_go(struct ticking *t, const struct cron_due *d, int64_t slot, const char *why)
{
	struct cron_job_state *st = d->state;
	char when[CLOCK_MAX];

	tzif_text(d->zone, slot, when);
	st->last_skipped = slot;
	free(st->skipped_for);
	st->skipped_for = xstrdup(why);
	if (strcmp(why, "overlap") != 0)
		tell_log(t, LOG_WARN, 0, "job %s: %s is let go (%s)", st->id, when, why);
	vec_str_take(&t->out->notes, xasprintf("job %s: %s is let go (%s)", st->id, when, why));
}

static void
hold(struct ticking *t, const struct outcome *o)
{
	const struct cron_due *d = &o->due;
	struct cron_job_state *st = d->state;

	if (st->held_by != o->held_by)
		st->held_since = d->slots[0];
	if (st->held_by != o->held_by || st->held_by_person != o->by_person)
		tell_log(t, o->by_person ? LOG_WARN : LOG_INFO, o->held_by, "holds job %s%s", st->id,
		    o->by_person ? ", and waits for a person" : "");
	st->held_by = o->held_by;
	st->held_by_person = o->by_person;
	if (d->job->overlap == OVERLAP_SKIP && !d->waits) {
		let_go(t, d, d->slots[d->n - 1], "overlap");
		st->base = d->upto;
	} else {
		vec_str_take(&t->out->notes, xasprintf("job %s waits for task %lld", st->id,
		    (long long)o->held_by));
		st->next = 0;
	}
}

static void
would_make(struct ticking *t, const struct cron_due *d, int64_t slot)
{
	char when[CLOCK_MAX];

	tzif_text(d->zone, slot, when);
	vec_str_take(&t->out->notes, xasprintf("job %s: %s makes a task", d->job->id, when));
}

/* Too many to be made up for. */
static void
drop(struct ticking *t, const struct cron_due *d)
{
	struct cron_job_state *st = d->state;
	char when[CLOCK_MAX];

	tzif_text(d->zone, d->from, when);
	tell_log(t, LOG_WARN, 0, "job %s: %lld slots up to %s are let go (too many)", st->id,
	    (long long)d->dropped, when);
	vec_str_take(&t->out->notes, xasprintf("job %s: %lld slots up to %s are let go (too many)", st->id,
	    (long long)d->dropped, when));
}

/* The commit is on the disk. */
static void
remember(struct ticking *t, const struct outcome *o)
{
	const struct cron_due *d = &o->due;
	struct cron_job_state *st = d->state;

	if (o->bad != NULL) {
		/* The slot waits until it is mended, as that of a job that is bad by itself. */
		problem(t, st, st->id, o->bad, err_exit(ERR_INVALID));
		st->next = 0;
		return;
	}
	well(t, st);
	if (d->n == 0 && d->let_go == 0)
		return;
	if (d->let_go != 0)
		let_go(t, d, d->let_go, d->let_go_for);
	if (o->failed != 0) {
		st->suspended = t->now;
		tell_log(t, LOG_WARN, 0, "job %s is suspended: its last %lld tasks failed", st->id,
		    (long long)o->failed);
		vec_str_take(&t->out->notes, xasprintf("job %s is suspended: its last %lld tasks failed "
		    "(orch-cron enable %s)", st->id, (long long)o->failed, st->id));
		return;
	}
	if (o->held_by != 0) {
		hold(t, o);
		return;
	}
	/* Not before there is one to make: while it waits there is another one each minute. */
	if (d->dropped != 0)
		drop(t, d);
	st->held_by = st->held_since = 0;
	st->held_by_person = false;
	st->base = d->upto;
	if (d->more)
		st->next = 0;
	if (o->task == 0)
		return;
	st->last_slot = d->slots[d->n - 1];
	st->last_task = o->task;
	st->last_run = t->now;
	st->missed = d->missed + d->dropped;
	for (size_t i = 0; i < o->made.n && !t->opts->dry_run; i++) {
		vec_id_push(&t->out->made, o->made.v[i]);
		tell_log(t, LOG_INFO, o->made.v[i], "made by job %s", st->id);
	}
	for (size_t i = 0; i < d->n && t->opts->dry_run; i++)
		would_make(t, d, d->slots[i]);
}

/* ---- which are due ---- */

static void
look_at(struct ticking *t, const struct job *job)
{
	struct cron_job_state *st = job->id != NULL ? cron_state_of(&t->state, job->id) : NULL;
	struct job_times times;
	bool ahead = false, is_due = false;
	struct cron_due due;
	struct err e = { 0 };

	if (st != NULL)
		st->seen = true;
	if (job->bad != NULL) {
		problem(t, st, NULL, job->bad, err_exit(ERR_INVALID));
		return;
	}
	if (cron_due_begin(job, job_zone(job, t->p), st, t->now, t->state.tick))
		t->state.changed = true;
	if (job->enabled && job_check(t->p, job, &t->zones, &times, &e) == -1) {
		problem(t, st, job->id, e.msg, err_exit(ERR_INVALID));
		return;
	}
	if (job->enabled && st->suspended == 0)
		is_due = cron_due_find(&due, job, &times, st, t->now, &t->state.changed, &ahead);
	if (ahead)
		project_note(t->p, "job %s: the clock was ahead by more than a day; it begins anew now", job->id);
	/* What was refused by the task file is asked of it again, whether it is due or not. */
	if (!is_due && job->enabled && st->last_error != NULL) {
		due = (struct cron_due){ .job = job, .state = st, .zone = times.zone };
		is_due = true;
	}
	if (is_due)
		t->v[t->n++].due = due;
	else
		well(t, st);
}

/* 1: nothing is due. */
static int
tick_open(struct ticking *t, struct err *e)
{
	struct buf text = { 0 };
	int r = jobs_load(t->p, &text, e);

	if (r == 0 && cron_quiet(t->p, &text, t->now))
		r = 1;
	if (r == 0)
		r = jobs_parse(&t->jobs, &text, e);
	buf_release(&text);
	if (r != 0)
		return r;
	if (t->opts->dry_run)
		return cron_state_look(&t->state, t->p, e);
	/* Without jobs, only those that are gone are of interest. */
	if (t->jobs.n == 0 && (r = cron_state_look(&t->state, t->p, e)) == 0 && t->state.n == 0 &&
	    !t->state.changed)
		return 1;
	cron_state_release(&t->state);
	if (r == -1)
		return -1;
	if (project_prepare(t->p, e) == -1 || (r = cron_state_open(&t->state, t->p, e)) == -1)
		return -1;
	t->out->busy = r == 1;
	return 0;
}

/* Those due, put off: the next tick finds them again, whatever the state knew before. */
static void
put_off(struct ticking *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->v[i].due.state->next = 0;
}

/* Is there a time before which nothing is due, and nobody is to be told of anything? */
static void
note_quiet(const struct ticking *t)
{
	int64_t until = INT64_MAX;

	for (size_t i = 0; i < t->jobs.n; i++) {
		const struct job *job = &t->jobs.v[i];
		const struct cron_job_state *st = job->bad == NULL ? cron_state_find(&t->state, job->id) : NULL;

		if (job->bad == NULL && st->last_error == NULL && (!job->enabled || st->suspended != 0))
			continue;
		if (job->bad != NULL || st->last_error != NULL || st->next < until)
			until = job->bad != NULL || st->last_error != NULL ? 0 : st->next;
	}
	if (until > t->now)
		cron_quiet_note(t->p, &t->jobs.text, t->now, until);
}

static int
tick_all(struct ticking *t, struct err *e)
{
	struct err failed = { 0 };
	bool gone;
	int r = 0;

	t->v = xcalloc(t->jobs.n, sizeof *t->v);
	for (size_t i = 0; i < t->jobs.n; i++)
		look_at(t, &t->jobs.v[i]);
	gone = cron_state_count_gone(&t->state);
	if (t->n > 0 && (r = tick_commit(t, &failed)) == -1)
		put_off(t);
	for (size_t i = 0; r == 0 && i < t->n; i++)
		remember(t, &t->v[i]);
	if (r == 0)
		t->state.tick = t->n > 0 || t->state.changed ? t->now : t->state.tick;
	if ((t->n > 0 || t->state.changed) && !t->opts->dry_run && cron_state_save(&t->state, e) == -1)
		return -1;
	if (r == -1)
		*e = failed;
	else if (!t->opts->dry_run && !gone)
		note_quiet(t);
	return r;
}

int
tick(struct project *p, const struct store_opts *opts, int64_t now, struct ticked *out, struct err *e)
{
	struct ticking t = { .p = p, .opts = opts, .now = now, .out = out,
		.state = { .dir = -1, .lock.fd = -1 } };
	int r;

	*out = (struct ticked){ 0 };
	if ((r = tick_open(&t, e)) == 0 && !out->busy && (t.jobs.n + t.state.n > 0 || t.state.changed))
		r = tick_all(&t, e);
	else if (r == 1)
		r = 0;
	for (size_t i = 0; i < t.n; i++)
		tick_outcome_clear(&t.v[i]);
	free(t.v);
	free(t.own);
	cron_state_release(&t.state);
	zones_release(&t.zones);
	jobs_release(&t.jobs);
	return r;
}

/* ---- outside the schedule ---- */

struct running {
	const struct val *fields;
	int64_t id;
};

static int
add_one(struct change *c, void *arg, struct err *e)
{
	struct running *r = arg;

	return change_add(c, r->fields, &r->id, e);
}

int
tick_run(struct project *p, const struct store_opts *opts, const char *id, int64_t now,
    struct ticked *out, struct err *e)
{
	struct ticking t = { .p = p, .opts = opts, .now = now };
	struct running run = { 0 };
	struct job_times times;
	const struct job *job = NULL;
	struct val *fields = NULL;
	int r = jobs_read(p, &t.jobs, e);

	*out = (struct ticked){ 0 };
	if (r == 0 && (job = jobs_find(&t.jobs, id)) == NULL)
		r = err_set(e, ERR_USAGE, "there is no job '%s'", id);
	if (r == 0 && (job_check(p, job, &t.zones, &times, e) == -1 ||
	    (fields = tick_fields(job, 0, now, times.zone, e)) == NULL))
		r = -1;
	run.fields = fields;
	if (r == 0)
		r = store_update(p, opts, add_one, &run, e);
	if (r == 0 && !opts->dry_run) {
		vec_id_push(&out->made, run.id);
		tell_log(&t, LOG_INFO, run.id, "made by job %s, by hand", id);
	}
	val_free(fields);
	zones_release(&t.zones);
	jobs_release(&t.jobs);
	return r;
}
