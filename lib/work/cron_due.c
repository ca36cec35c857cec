#include "work/cron_due.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "doc/cron.h"
#include "sys/fs.h"
#include "task/job.h"
#include "work/cron_state.h"
#include "work/job_check.h"

#define MINUTE 60
#define DAY (24 * 3600)
#define GRACE (5 * MINUTE)	/* of `catch_up: skip` */

bool
cron_due_begin(const struct job *job, const char *timezone, struct cron_job_state *st, int64_t now,
    int64_t last_tick)
{
	char key[FS_HASH_MAX];
	struct buf b = { 0 };

	buf_printf(&b, "%s\n%s\n%d\n%lld", job->schedule, timezone != NULL ? timezone : "", job->enabled,
	    (long long)job->jitter);
	fs_hash(buf_str(&b), b.len, key);
	buf_release(&b);
	if (st->sched_key != NULL && strcmp(st->sched_key, key) == 0)
		return false;
	free(st->sched_key);
	st->sched_key = xstrdup(key);
	st->base = now - MINUTE;
	if (last_tick > st->base)
		st->base = last_tick < now ? last_tick : now;
	st->next = st->suspended = 0;
	return true;
}

/* The newest first become those that make a task, oldest first. */
static void
choose(struct cron_due *d, const struct cron_slot *slot, size_t n, int64_t now)
{
	const struct job *job = d->job;
	size_t fresh = 0, at_once = job->overlap == OVERLAP_ALLOW ? CRON_AT_ONCE : 1;

	while (fresh < n && (job->deadline == 0 || slot[fresh].due >= now - job->deadline))
		fresh++;
	d->upto = slot[0].at;
	if (fresh < n) {
		d->let_go = slot[fresh].at;
		d->let_go_for = "deadline";
	}
	if (fresh > 0 && job->catch_up == CATCH_UP_SKIP && now - slot[0].due > GRACE) {
		d->let_go = slot[0].at;
		d->let_go_for = "late";
		return;
	}
	if (job->catch_up != CATCH_UP_ALL) {
		d->missed = fresh > 0 ? (int64_t)fresh - 1 : 0;
		d->n = fresh > 0;
		d->slots[0] = slot[0].at;
		return;
	}
	while (d->n < fresh && d->n < at_once) {
		d->slots[d->n] = slot[fresh - 1 - d->n].at;
		d->n++;
	}
	if ((d->more = d->n < fresh))
		d->upto = d->slots[d->n - 1];
	d->waits = job->overlap != OVERLAP_ALLOW && (d->more || now - slot[0].due > GRACE);
}

/* Older than those that were counted: how many. */
static void
count_dropped(struct cron_due *d, const struct cron_job *cj, int64_t base, struct cron_slot *slots, size_t n)
{
	const struct job *job = d->job;
	int64_t oldest = n > 0 ? slots[n - 1].due : 0;

	if (n < CRON_SLOTS_MAX || job->catch_up != CATCH_UP_ALL || d->let_go != 0)
		return;
	d->from = slots[n - 1].at - MINUTE;
	while ((n = cron_slots(cj, base, oldest - MINUTE, slots, CRON_SLOTS_MAX)) > 0) {
		d->dropped += (int64_t)n;
		oldest = slots[n - 1].due;
	}
}

static struct cron_job
cron_job_of(const struct job *job, const struct job_times *times)
{
	return (struct cron_job){ .cron = &times->cron, .zone = times->zone,
		.jitter = cron_jitter(job->id, job->jitter) };
}

bool
cron_due_find(struct cron_due *d, const struct job *job, const struct job_times *times,
    struct cron_job_state *st, int64_t now, bool *changed, bool *ahead)
{
	struct cron_job cj = cron_job_of(job, times);
	struct cron_slot *slots, next;
	size_t n;

	*d = (struct cron_due){ .job = job, .state = st, .zone = times->zone };
	if ((*ahead = st->base > now + DAY)) {
		st->base = now;
		st->next = 0;
		*changed = true;
	}
	if (st->base > now || (now < st->next && now >= st->looked && now - st->looked < DAY))
		return false;
	slots = xcalloc(CRON_SLOTS_MAX, sizeof *slots);
	if ((n = cron_slots(&cj, st->base, now, slots, CRON_SLOTS_MAX)) > 0)
		choose(d, slots, n, now);
	count_dropped(d, &cj, st->base, slots, n);
	free(slots);
	/* One that comes once in a year is not looked for each minute. */
	st->next = cron_next(&cj, now, &next) ? next.due : INT64_MAX;
	st->looked = now;
	*changed = true;
	return n > 0;
}

int64_t
cron_due_next(const struct job *job, const struct job_times *times, int64_t now)
{
	struct cron_job cj = cron_job_of(job, times);
	struct cron_slot next;

	return cron_next(&cj, now, &next) ? next.due : 0;
}

size_t
cron_due_count(const struct job *job, const struct job_times *times, int64_t first, int64_t now, size_t max)
{
	struct cron_job cj = cron_job_of(job, times);
	struct cron_slot slots[CRON_AT_ONCE];

	return cron_slots(&cj, first - MINUTE, now, slots, max);
}
