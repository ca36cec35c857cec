#include "work/schedule.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/cron.h"
#include "doc/tzif.h"
#include "doc/val.h"
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

static struct val *
told(const struct cron_job *job, const struct cron_slot *slot)
{
	struct val *map = val_map();
	struct tzif_span span;
	char at[CLOCK_MAX];

	tzif_at(job->zone, slot->at, &span);
	clock_format_east(slot->at, span.offset, at);
	val_put(map, "schema", val_int(1));
	val_put(map, "at", val_str(at));
	val_put(map, "reason", val_str(cron_reason_name(slot->reason)));
	return map;
}

int
schedule_next(const struct schedule_ask *ask, struct val **list, struct err *e)
{
	struct zones zones = { 0 };
	struct cron cron;
	struct cron_slot slot = { .at = ask->after };
	struct cron_job job = { .cron = &cron };
	int r = -1;

	if (read_schedule(ask, &cron, e) == 0 && (job.zone = zone_of(ask, &zones, e)) != NULL) {
		*list = val_list();
		while ((int64_t)(*list)->n < ask->count && cron_next(&job, slot.at, &slot))
			val_push(*list, told(&job, &slot));
		if ((*list)->n > 0)
			r = 0;
		else {
			val_free(*list);
			*list = NULL;
			err_set(e, ERR_INVALID, "in this time zone it does not come within 400 years");
		}
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
