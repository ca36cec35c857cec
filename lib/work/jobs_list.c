/*
 * jobs_list - every job with what became of its slots and when it is due again
 */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/tzif.h"
#include "doc/val.h"
#include "task/job.h"
#include "task/project.h"
#include "task/zone.h"
#include "work/cron_due.h"
#include "work/cron_state.h"
#include "work/jobs.h"

static void
add_text(struct val *row, const char *key, const char *text)
{
	if (text != NULL)
		val_add(row, key, val_str(text));
}

static void
add_time(struct val *row, const char *key, int64_t t)
{
	if (t != 0)
		val_add(row, key, val_time(t));
}

static void
add_number(struct val *row, const char *key, int64_t n)
{
	if (n != 0)
		val_add(row, key, val_int(n));
}

static void
add_state(struct val *row, const struct cron_job_state *st)
{
	add_time(row, "last_slot", st->last_slot);
	add_time(row, "last_run", st->last_run);
	add_number(row, "last_task", st->last_task);
	add_number(row, "missed", st->missed);
	add_time(row, "last_skipped", st->last_skipped);
	add_text(row, "skipped_for", st->skipped_for);
	add_number(row, "held_by", st->held_by);
	add_time(row, "held_since", st->held_since);
	if (st->held_by != 0)
		val_add(row, "held_by_person", val_bool(st->held_by_person));
	add_time(row, "suspended", st->suspended);
	add_time(row, "error_at", st->last_error_at);
}

static void
add_next(struct val *row, const struct job *job, const struct tzif *zone, int64_t now)
{
	int64_t next = cron_due_next(job, zone, now);
	struct tzif_span span;
	char text[CLOCK_MAX];

	if (next == 0)
		return;
	tzif_at(zone, next, &span);
	clock_format_east(next, span.offset, text);
	val_add(row, "next", val_str(text));
}

static struct val *
row_of(const struct project *p, const struct job *job, const struct cron_job_state *st,
    struct zones *zones, int64_t now)
{
	const char *name = job->timezone != NULL ? job->timezone : config_text(&p->config, "cron.timezone");
	struct val *row = val_map();
	const struct tzif *zone = NULL;
	struct err why = { 0 };

	val_add(row, "schema", val_int(1));
	add_text(row, "id", job->id);
	add_text(row, "schedule", job->schedule);
	add_text(row, "timezone", name);
	val_add(row, "enabled", val_bool(job->enabled));
	if (job->bad == NULL &&
	    (zone = name != NULL ? zones_get(zones, name, &why) : zones_default(zones, &why)) != NULL &&
	    job->enabled && (st == NULL || st->suspended == 0))
		add_next(row, job, zone, now);
	if (st != NULL)
		add_state(row, st);
	add_text(row, "error", job->bad != NULL ? job->bad : zone == NULL ? why.msg :
	    st != NULL ? st->last_error : NULL);
	return row;
}

struct val *
jobs_list(const struct project *p, int64_t now, struct err *e)
{
	struct cron_state state = { .dir = -1, .lock.fd = -1 };
	struct zones zones = { 0 };
	struct val *list = NULL;
	struct jobs jobs;

	if (jobs_read(p, &jobs, e) == 0 && cron_state_look(&state, p, e) == 0) {
		list = val_list();
		for (size_t i = 0; i < jobs.n; i++)
			val_push(list, row_of(p, &jobs.v[i], jobs.v[i].id != NULL ?
			    cron_state_find(&state, jobs.v[i].id) : NULL, &zones, now));
	}
	cron_state_release(&state);
	zones_release(&zones);
	jobs_release(&jobs);
	return list;
}

/* ---- for a person ---- */

/* What stands in the place of the time when it is due. */
static void
print_when(const struct val *row, struct buf *out)
{
	const char *error = val_text(val_get(row, "error")), *next = val_text(val_get(row, "next"));
	const char *suspended = val_text(val_get(row, "suspended"));

	if (error != NULL)
		buf_printf(out, "error: %s", error);
	else if (!val_truth(val_get(row, "enabled"), true))
		buf_puts(out, "disabled");
	else if (suspended != NULL)
		buf_printf(out, "suspended since %s", suspended);
	else
		buf_printf(out, "next %s", next != NULL ? next : "never");
}

static void
print_row(const struct val *row, struct buf *out)
{
	const char *id = val_text(val_get(row, "id")), *schedule = val_text(val_get(row, "schedule"));
	const char *slot = val_text(val_get(row, "last_slot")), *held = val_text(val_get(row, "held_since"));

	buf_printf(out, "%-20s %-16s ", id != NULL ? id : "?", schedule != NULL ? schedule : "?");
	print_when(row, out);
	if (slot != NULL)
		buf_printf(out, ", last %s task %lld", slot, (long long)val_number(val_get(row, "last_task"), 0));
	if (held != NULL)
		buf_printf(out, ", held by task %lld since %s",
		    (long long)val_number(val_get(row, "held_by"), 0), held);
}

int
jobs_print(const struct project *p, int64_t now, bool json, struct buf *out, struct err *e)
{
	struct val *list = jobs_list(p, now, e);
	struct buf line = { 0 };

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		buf_cut(&line, 0);
		if (json) {
			json_print(out, list->v[i]);
		} else {
			print_row(list->v[i], &line);
			str_visible(out, buf_str(&line), line.len, false);
		}
		buf_putc(out, '\n');
	}
	buf_release(&line);
	val_free(list);
	return 0;
}
