/*
 * jobs_list - every job with what became of its slots and when it is due again
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/tzif.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/cron_due.h"
#include "work/job_state.h"
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
add_known(struct val *row, const struct cron_job_state *st)
{
	add_time(row, "last_slot", st->last_slot);
	add_time(row, "last_run", st->last_run);
	add_number(row, "last_task", st->last_task);
	add_number(row, "missed", st->missed);
	add_time(row, "last_skipped", st->last_skipped);
	add_text(row, "skipped_for", st->skipped_for);
	add_time(row, "suspended", st->suspended);
}

/* What became of the task of the last slot, and of the newest that has ended. */
static void
add_tasks(struct val *row, const struct job_states *s, const struct job_state *j)
{
	const struct task *last = job_state_last(s, j);
	const char *error = job_state_last_error(j);
	int64_t at;

	if (last != NULL)
		add_text(row, "last_status", state_name(last->status));
	if (last != NULL && state_ended(last->status) && (at = inbox_since(last)) != INT64_MIN)
		add_time(row, "last_ended", at);
	if (error != NULL) {
		add_text(row, "last_error", error);
		add_number(row, "last_error_task", j->ended->id);
	}
	if (j->holder != NULL) {
		add_number(row, "held_by", j->holder->id);
		add_time(row, "held_since", j->held_since);
		val_add(row, "held_by_person", val_bool(j->by_person));
	}
}

/* What a person is to do something about. */
static void
add_trouble(struct val *row, const struct job_state *j)
{
	struct buf text = { 0 };

	if (j->trouble == JOB_WELL)
		return;
	job_state_say(j, &text);
	add_text(row, "trouble", job_trouble_name(j->trouble));
	add_text(row, "reason", buf_str(&text));
	buf_release(&text);
}

static void
add_next(struct val *row, const struct job *job, const struct job_times *times, int64_t now)
{
	int64_t next = cron_due_next(job, times, now);
	char text[CLOCK_MAX];

	if (next == 0)
		return;
	tzif_text(times->zone, next, text);
	val_add(row, "next", val_str(text));
}

static struct val *
row_of(const struct project *p, const struct job_states *s, const struct job_state *j)
{
	const struct job *job = j->job;
	const char *name = job_zone(job, p);
	struct val *row = val_map();

	val_add(row, "schema", val_int(1));
	add_text(row, "id", job->id);
	add_text(row, "schedule", job->schedule);
	add_text(row, "timezone", name);
	val_add(row, "enabled", val_bool(job->enabled));
	if (j->times.zone != NULL && job->enabled && (j->known == NULL || j->known->suspended == 0))
		add_next(row, job, &j->times, s->now);
	if (j->known != NULL)
		add_known(row, j->known);
	add_tasks(row, s, j);
	add_time(row, "error_at", j->error_at);
	add_text(row, "error", j->error);
	add_trouble(row, j);
	return row;
}

struct val *
jobs_rows(const struct project *p, const struct job_states *s)
{
	struct val *list = val_list();

	for (size_t i = 0; i < s->n; i++)
		val_push(list, row_of(p, s, &s->v[i]));
	return list;
}

struct val *
jobs_list(const struct project *p, int64_t now, struct err *e)
{
	struct job_states states;
	struct val *list = NULL;
	struct tasks tasks;

	if (store_read(p, &tasks, e) == -1)
		return NULL;
	job_states_read(&states, p, &tasks, now);
	if (states.broken.code == ERR_NONE)
		list = jobs_rows(p, &states);
	else
		*e = states.broken;
	job_states_release(&states);
	tasks_release(&tasks);
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
	const char *status = val_text(val_get(row, "last_status")), *failed = val_text(val_get(row, "last_error"));
	int64_t holder = val_number(val_get(row, "held_by"), 0);

	buf_printf(out, "%-20s %-16s ", id != NULL ? id : "?", schedule != NULL ? schedule : "?");
	print_when(row, out);
	if (slot != NULL)
		buf_printf(out, ", last %s task %lld", slot, (long long)val_number(val_get(row, "last_task"), 0));
	if (status != NULL)
		buf_printf(out, " %s", status);
	if (failed != NULL)
		buf_printf(out, ", task %lld failed: %s",
		    (long long)val_number(val_get(row, "last_error_task"), 0), failed);
	if (holder != 0)
		buf_printf(out, ", held by task %lld%s%s", (long long)holder, held != NULL ? " since " : "",
		    held != NULL ? held : "");
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

/* ---- what waits for a person ---- */

static void
print_waiting(const struct job_state *j, bool json, struct buf *out)
{
	const char *id = j->job->id, *trouble = job_trouble_name(j->trouble);
	int64_t since = job_state_since(j);
	char when[CLOCK_MAX] = "-";
	struct buf text = { 0 };
	struct val *line;

	job_state_say(j, &text);
	if (json) {
		line = val_map();
		val_add(line, "schema", val_int(1));
		val_add(line, "kind", val_str("job"));
		add_text(line, "job", id);
		val_add(line, "status", val_str(trouble));
		add_time(line, "since", since);
		add_number(line, "task", j->holder != NULL ? j->holder->id : 0);
		val_add(line, "reason", val_str(buf_str(&text)));
		json_print(out, line);
		val_free(line);
	} else {
		if (since != 0)
			clock_format(since, when);
		buf_printf(out, "-  job       %-20s  %s\n    %s: %s", when, id != NULL ? id : JOBS_FILE, trouble,
		    buf_str(&text));
	}
	buf_putc(out, '\n');
	buf_release(&text);
}

void
jobs_waiting(const struct job_states *s, bool json, struct buf *out)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].trouble != JOB_WELL)
			print_waiting(&s->v[i], json, out);
}
