#include "work/schedule.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "doc/cron.h"
#include "doc/tzif.h"
#include "task/zone.h"

/* A schedule whose times are asked for: H alone does not tell them. */
static int
read_schedule(const struct schedule_ask *ask, struct cron *cron, struct err *e)
{
	if (cron_parse(cron, ask->text, ask->job, NULL, e) == -1)
		return -1;
	if (cron->hashed && ask->job == NULL)
		return err_set(e, ERR_USAGE, "H stands for what depends on a job: say which with --job NAME");
	return 0;
}

static const struct tzif *
zone_of(const struct schedule_ask *ask, struct zones *zones, struct err *e)
{
	const struct tzif *zone;

	if (ask->zone == NULL)
		return zones_default(zones, e);
	if ((zone = zones_get(zones, ask->zone, e)) == NULL)
		e->code = ERR_USAGE;
	return zone;
}

/* For people also what is special about it. */
static void
print(const struct schedule_ask *ask, const struct cron_job *job, const struct cron_slot *slot,
    struct buf *lines, struct vec_str *notes)
{
	char at[CLOCK_MAX];

	tzif_text(job->zone, slot->at, at);
	if (ask->json)
		buf_printf(lines, "{\"schema\":1,\"at\":\"%s\",\"reason\":\"%s\"}\n", at,
		    cron_reason_name(slot->reason));
	else
		buf_printf(lines, "%s\n", at);
	if (!ask->json && slot->reason == CRON_GAP)
		vec_str_take(notes, xasprintf("%s is for a time that the clock passes over", at));
}

static int
read_ask(const struct schedule_ask *ask, int64_t *from, int64_t *count, struct err *e)
{
	*from = clock_now();
	*count = 1;
	if (ask->from != NULL && clock_parse(ask->from, from) == -1)
		return err_set(e, ERR_USAGE, "--from: '%.40s' is no time like 2026-03-29T02:30:00+01:00",
		    ask->from);
	if (ask->count != NULL && num_int(ask->count, 1, SCHEDULE_COUNT_MAX, count) == -1)
		return err_set(e, ERR_USAGE, "--count: '%.40s' is no number from 1 to %d", ask->count,
		    SCHEDULE_COUNT_MAX);
	return 0;
}

int
schedule_next(const struct schedule_ask *ask, struct buf *lines, struct vec_str *notes, struct err *e)
{
	struct zones zones = { 0 };
	struct cron cron;
	struct cron_slot slot = { 0 };
	struct cron_job job = { .cron = &cron };
	int64_t count, n = 0;
	int r = -1;

	if (read_ask(ask, &slot.at, &count, e) == 0 && read_schedule(ask, &cron, e) == 0 &&
	    (job.zone = zone_of(ask, &zones, e)) != NULL) {
		for (; n < count && cron_next(&job, slot.at, &slot); n++)
			print(ask, &job, &slot, lines, notes);
		r = n == 0 ? err_set(e, ERR_INVALID, "in this time zone it does not come within 400 years") :
		    n < count;
	}
	zones_release(&zones);
	return r;
}

int
schedule_explain(const struct schedule_ask *ask, struct buf *b, struct err *e)
{
	struct cron cron;

	if (read_schedule(ask, &cron, e) == -1)
		return -1;
	cron_say(b, &cron);
	buf_puts(b, cron.wild ? "\nwhen the clock is changed: follows real time\n" :
	    "\nwhen the clock is changed: once for what it passes over, once for what it shows twice\n");
	return 0;
}
