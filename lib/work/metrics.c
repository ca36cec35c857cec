#include "work/metrics.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/ready.h"
#include "task/record.h"
#include "task/sidecar.h"
#include "task/task.h"
#include "work/agents.h"
#include "work/budget.h"
#include "work/job_state.h"
#include "work/reading.h"
#include "work/status.h"
#include "work/subscribe.h"
#include "work/sync_status.h"

struct metrics {
	struct project *p;
	const struct tasks *tasks;
	const struct ready_rules *rules;
	const struct status_report *r;
	struct buf *out;
};

/* ---- the format ---- */

/* Backslash, double quote and newline are escaped; str_visible() leaves no newline. */
static void
put_label(struct buf *out, const char *name, const char *value)
{
	struct buf shown = { 0 };

	str_visible(&shown, value, strlen(value), false);
	buf_printf(out, "%s=\"", name);
	for (const char *s = buf_str(&shown); *s != '\0'; s++) {
		if (*s == '\\' || *s == '"')
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
	buf_putc(out, '"');
	buf_release(&shown);
}

static void
family(const struct metrics *m, const char *name, const char *type, const char *help)
{
	buf_printf(m->out, "# HELP orch_%s %s\n# TYPE orch_%s %s\n", name, help, name, type);
}

/* label NULL: no other than the project. */
static void
sample(const struct metrics *m, const char *name, const char *label, const char *value, double n)
{
	buf_printf(m->out, "orch_%s{", name);
	put_label(m->out, "project", m->p->dir);
	if (label != NULL) {
		buf_putc(m->out, ',');
		put_label(m->out, label, value);
	}
	buf_printf(m->out, "} %.15g\n", n);
}

static void
gauge(const struct metrics *m, const char *name, const char *help, double n)
{
	family(m, name, "gauge", help);
	sample(m, name, NULL, NULL, n);
}

static void
counter(const struct metrics *m, const char *name, const char *help, double n)
{
	family(m, name, "counter", help);
	sample(m, name, NULL, NULL, n);
}

static double
number(const struct val *v)
{
	return v != NULL && v->kind == VAL_REAL ? v->r : (double)val_number(v, 0);
}

static double
seconds_since(const struct metrics *m, int64_t at)
{
	return at > 0 && at < m->rules->now ? (double)(m->rules->now - at) : 0;
}

/* ---- tasks ---- */

/* Since when the task is as it is, as far as it tells. */
static int64_t
waits_since(const struct task *t)
{
	struct val *history = task_value(t, F_HISTORY);
	size_t n = history != NULL ? history->n : 0;
	int64_t at = n > 0 ? val_seconds(val_get(val_at(history, n - 1), "at")) : 0;
	int64_t due = task_time(t, F_RETRY_AT, 0);

	if (at <= 0)
		at = task_time(t, F_CREATED_AT, 0);
	val_free(history);
	return due > at ? due : at;
}

static void
put_ready(const struct metrics *m)
{
	struct vec_id ready = { 0 };
	double oldest = 0;

	ready_list(m->tasks, m->rules, &ready);
	for (size_t i = 0; i < ready.n; i++) {
		double age = seconds_since(m, waits_since(tasks_find(m->tasks, ready.v[i])));

		oldest = age > oldest ? age : oldest;
	}
	gauge(m, "tasks_ready", "Tasks that could be run now.", (double)ready.n);
	gauge(m, "ready_oldest_age_seconds", "How long the ready task that waits longest has been "
	    "as it is; 0 if none is ready.", oldest);
	vec_id_release(&ready);
}

static void
put_tasks(const struct metrics *m)
{
	size_t kinds[STATUS_KINDS] = { 0 };

	family(m, "tasks", "gauge", "Tasks by status.");
	for (int s = ST_NEW; s < STATUS_N; s++)
		sample(m, "tasks", "status", state_name((enum status)s), (double)m->r->counts[s]);
	gauge(m, "tasks_parked", "Tasks that only a person moves on: needs_review and failed.",
	    (double)(m->r->counts[ST_NEEDS_REVIEW] + m->r->counts[ST_FAILED]));
	put_ready(m);
	gauge(m, "attempts_running", "Attempts that a process holds.", (double)m->r->runs);
	for (size_t i = 0; i < m->r->problems; i++)
		kinds[m->r->problem[i].kind]++;
	family(m, "problems", "gauge", "Tasks that something is the matter with, by what it is.");
	for (int k = STATUS_PARKED; k < STATUS_KINDS; k++)
		sample(m, "problems", "kind", status_kind_name((enum status_kind)k), (double)kinds[k]);
}

/* ---- agents and the day ---- */

static double
free_slots(const struct metrics *m, const struct val *agent)
{
	double n = number(val_path(agent, "slots.total")) - number(val_path(agent, "slots.used"));

	(void)m;
	return n > 0 ? n : 0;
}

static bool
is_state(const struct val *agent, const char *state)
{
	return strcmp(val_text(val_get(agent, "state")), state) == 0;
}

static double
is_open(const struct metrics *m, const struct val *agent)
{
	(void)m;
	return is_state(agent, pool_state_name(POOL_OPEN));
}

static double
is_held(const struct metrics *m, const struct val *agent)
{
	(void)m;
	return is_state(agent, pool_state_name(POOL_PAUSED)) ||
	    is_state(agent, pool_state_name(POOL_DRAINING)) ||
	    is_state(agent, pool_state_name(POOL_STOPPED));
}

static double
until_open(const struct metrics *m, const struct val *agent)
{
	const struct val *until = val_get(agent, "until");
	int64_t at = until != NULL ? val_seconds(until) : 0;

	return at > m->rules->now ? (double)(at - m->rules->now) : 0;
}

static const struct {
	const char *name, *help;
	const char *path;		/* in a line of agents_list(), or */
	double (*of)(const struct metrics *, const struct val *);
} agent_families[] = {
	{ "agent_open", "1 if the agent may have work.", NULL, is_open },
	{ "agent_paused", "1 if a person paused, drains or stopped the agent.", NULL, is_held },
	{ "agent_cooldown_seconds", "Time until the agent opens by itself; 0: it is open, or waits "
	    "for a person.", NULL, until_open },
	{ "agent_slots", "Attempts of the agent that may run at once.", "slots.total", NULL },
	{ "agent_slots_used", "Attempts of the agent that have begun and not been settled.",
	    "slots.used", NULL },
	{ "agent_slots_free", "Slots that are not used, be the agent open or not.", NULL, free_slots },
	{ "agent_failures", "Failures of the agent's own in a row.", "failures", NULL },
	{ "agent_day_attempts", "Attempts of the agent today.", "today.attempts", NULL },
	{ "agent_day_seconds", "Time of its attempts today.", "today.seconds", NULL },
	{ "agent_day_tokens", "Tokens that they used.", "today.tokens", NULL },
	{ "agent_day_cost_dollars", "What they cost, in US dollars.", "today.cost_usd", NULL },
};

static int
put_agents(const struct metrics *m, struct err *e)
{
	const struct vec_str all = { 0 };
	struct val *list;

	if (agents_list(m->p, &all, &list, e) == -1)
		return -1;
	for (size_t f = 0; f < sizeof agent_families / sizeof *agent_families; f++) {
		const char *path = agent_families[f].path;

		family(m, agent_families[f].name, "gauge", agent_families[f].help);
		for (size_t i = 0; i < list->n && i < METRICS_MAX; i++)
			sample(m, agent_families[f].name, "agent",
			    val_text(val_get(list->v[i], "agent")), path != NULL ?
			    number(val_path(list->v[i], path)) : agent_families[f].of(m, list->v[i]));
	}
	val_free(list);
	return 0;
}

/* In the unit of the family: milliseconds and millionths are how they are counted. */
static double
in_units(enum pool_measure measure, int64_t n)
{
	return measure == POOL_TIME ? (double)n / 1000 : measure == POOL_COST ?
	    (double)n / (double)POOL_DOLLAR : (double)n;
}

static int
put_day(const struct metrics *m, struct err *e)
{
	static const struct {
		const char *used, *help, *limit, *limit_help;
	} of[POOL_MEASURES] = {
		[POOL_ATTEMPTS] = { "day_attempts", "Attempts of all agents today.",
		    "day_limit_attempts", "Attempts that a day may have." },
		[POOL_TIME] = { "day_seconds", "Time of all attempts today.",
		    "day_limit_seconds", "Time that those of a day may take." },
		[POOL_TOKENS] = { "day_tokens", "Tokens of all attempts today.",
		    "day_limit_tokens", "Tokens that those of a day may use." },
		[POOL_COST] = { "day_cost_dollars", "Cost of all attempts today, in US dollars.",
		    "day_limit_cost_dollars", "What those of a day may cost, in US dollars." },
	};
	struct val *beside;
	struct pool pool;
	struct pool_amount used, limit;

	if (sidecar_read(m->p, &beside, e) == -1)
		return -1;
	pool_at(&pool, beside, m->rules->now);
	pool_today(&pool, NULL, &used, NULL);
	budget_day_limits(m->p, &limit);
	for (int k = 0; k < POOL_MEASURES; k++) {
		gauge(m, of[k].used, of[k].help, in_units((enum pool_measure)k, used.v[k]));
		if (limit.v[k] != POOL_NO_LIMIT)
			gauge(m, of[k].limit, of[k].limit_help,
			    in_units((enum pool_measure)k, limit.v[k]));
	}
	val_free(beside);
	return 0;
}

/* ---- the store, events, GitHub ---- */

static int
put_store(const struct metrics *m, struct err *e)
{
	struct record last = { 0 }, before;
	int64_t seq = 0;
	int state, r = 0;

	if (m->p->orch_fd != -1 && (state = fs_open_dir(m->p->orch_fd, "state")) != -1) {
		r = record_peek(state, &last, &before, e);
		close(state);
	}
	if (r == -1 || reading_newest(m->p, &seq, e) == -1)
		return -1;
	counter(m, "commits_total", "Changes of the task file: its generation.", (double)last.gen);
	counter(m, "events_total", "Events that were told: the number of the last.", (double)seq);
	return 0;
}

static const struct {
	const char *name, *type, *key, *help;
} group_families[] = {
	{ "group_held", "gauge", NULL, "1 if the group is suspended, or its file is damaged." },
	{ "group_lag_events", "gauge", "lag", "Events that the group has not looked at yet." },
	{ "group_pending_events", "gauge", "pending", "Events given to it and not acknowledged." },
	{ "group_errors_total", "counter", "errors", "Failures of the subscription's program." },
};

/* A damaged one tells nothing else, a new one has no lag. */
static void
put_group(const struct metrics *m, size_t f, const struct val *group)
{
	const char *name = val_text(val_get(group, "name")), *key = group_families[f].key;
	bool damaged = is_state(group, "damaged");

	if (key == NULL)
		sample(m, group_families[f].name, "group", name, damaged || is_state(group, "suspended"));
	else if (!damaged && val_get(group, key) != NULL)
		sample(m, group_families[f].name, "group", name, number(val_get(group, key)));
}

static int
put_groups(const struct metrics *m, struct err *e)
{
	struct val *list;

	if (subscribe_list(m->p, &list, e) == -1)
		return -1;
	for (size_t f = 0; list->n > 0 && f < sizeof group_families / sizeof *group_families; f++) {
		family(m, group_families[f].name, group_families[f].type, group_families[f].help);
		for (size_t i = 0; i < list->n && i < METRICS_MAX; i++)
			put_group(m, f, list->v[i]);
	}
	val_free(list);
	return 0;
}

static void
of_repo(const struct metrics *m, const char *name, const char *help, const char *repo, double n)
{
	family(m, name, "gauge", help);
	sample(m, name, "repo", repo, n);
}

static int
put_sync(const struct metrics *m, struct err *e)
{
	struct val *v = NULL;
	struct buf repo = { 0 };
	const char *name;
	int64_t last;

	if (sync_status(m->p, &v, e) == -1)
		return e->code == ERR_NO ? 0 : -1;
	buf_printf(&repo, "%s/%s", val_text(val_get(v, "host")), val_text(val_get(v, "repo")));
	name = buf_str(&repo);
	last = val_get(v, "last_run") != NULL ? val_seconds(val_get(v, "last_run")) : 0;
	if (last > 0) {
		of_repo(m, "sync_last_run_timestamp_seconds", "When it last ran.", name, (double)last);
		of_repo(m, "sync_last_run_age_seconds", "How long ago that was.", name,
		    seconds_since(m, last));
	}
	of_repo(m, "sync_failed", "1 if the last run ended with an error.", name,
	    val_get(v, "error") != NULL);
	of_repo(m, "sync_linked", "Issues that go with a task.", name, number(val_get(v, "linked")));
	of_repo(m, "sync_outbox", "Writes that were sent and not answered.", name,
	    number(val_get(v, "outbox")));
	of_repo(m, "sync_left", "What the last run left to the next.", name,
	    (double)val_get(v, "left")->n);
	of_repo(m, "sync_held", "Issues that a person must look at.", name,
	    (double)val_get(v, "held")->n);
	buf_release(&repo);
	val_free(v);
	return 0;
}

/* ---- jobs ---- */

static double
last_slot(const struct job_states *s, const struct job_state *j)
{
	(void)s;
	return j->known != NULL ? (double)j->known->last_slot : 0;
}

static double
last_run(const struct job_states *s, const struct job_state *j)
{
	(void)s;
	return j->known != NULL ? (double)j->known->last_run : 0;
}

static double
last_end(const struct job_states *s, const struct job_state *j)
{
	const struct task *last = job_state_last(s, j);
	int64_t at = last != NULL && state_ended(last->status) ? inbox_since(last) : INT64_MIN;

	return at != INT64_MIN ? (double)at : 0;
}

static double
has_failed(const struct job_states *s, const struct job_state *j)
{
	(void)s;
	return job_state_last_error(j) != NULL;
}

static double
is_in_trouble(const struct job_states *s, const struct job_state *j)
{
	(void)s;
	return j->trouble != JOB_WELL;
}

static const struct {
	const char *name, *help;
	double (*of)(const struct job_states *, const struct job_state *);
} job_families[] = {
	{ "job_last_slot_timestamp_seconds", "The newest slot of the job that made a task; 0: none.", last_slot },
	{ "job_last_run_timestamp_seconds", "When that task was made.", last_run },
	{ "job_last_end_timestamp_seconds", "When it ended; 0: it has not.", last_end },
	{ "job_last_failed", "1 if the newest task of the job that has ended failed.", has_failed },
	{ "job_trouble", "1 if the job is invalid, suspended, held or blocked.", is_in_trouble },
};

/* Of all jobs how they are, of the first what they did last. */
static int
put_jobs(const struct metrics *m, struct err *e)
{
	const struct job_states *s = &m->r->jobs;
	size_t troubles[JOB_TROUBLES] = { 0 };

	/* What a tick would not know either is not counted as well. */
	if (s->damage.code != ERR_NONE)
		return err_set(e, ERR_INVALID, CRON_STATE_DAMAGED, s->damage.msg);
	if (s->broken.code != ERR_NONE) {
		*e = s->broken;
		return -1;
	}
	for (size_t i = 0; i < s->n; i++)
		troubles[s->v[i].trouble]++;
	family(m, "jobs", "gauge", "Jobs by what is the matter with them.");
	for (int k = JOB_WELL; k < JOB_TROUBLES; k++)
		sample(m, "jobs", "state", job_trouble_name((enum job_trouble)k), (double)troubles[k]);
	for (size_t f = 0; s->n > 0 && f < sizeof job_families / sizeof *job_families; f++) {
		family(m, job_families[f].name, "gauge", job_families[f].help);
		for (size_t i = 0; i < s->n && i < METRICS_MAX; i++)
			if (s->v[i].job->id != NULL)
				sample(m, job_families[f].name, "job", s->v[i].job->id,
				    job_families[f].of(s, &s->v[i]));
	}
	return 0;
}

/* ---- all of it ---- */

/* Parts that read files of their own. */
static const struct {
	const char *name;
	int (*put)(const struct metrics *, struct err *);
} parts[] = {
	{ "agents", put_agents },
	{ "day", put_day },
	{ "store", put_store },
	{ "events", put_groups },
	{ "sync", put_sync },
	{ "jobs", put_jobs },
};

#define PARTS (sizeof parts / sizeof *parts)

void
metrics_text(struct project *p, const struct tasks *tasks, const struct ready_rules *rules,
    const struct status_report *r, struct buf *out)
{
	struct metrics m = { p, tasks, rules, r, out };
	bool failed[PARTS] = { false };

	family(&m, "info", "gauge", "Version of the suite.");
	sample(&m, "info", "version", ORCH_VERSION, 1);
	family(&m, "level", "gauge", "1 for the level that the suite is at.");
	for (int level = POOL_NORMAL; level <= POOL_HALTED; level++)
		sample(&m, "level", "level", pool_level_name((enum pool_level)level),
		    strcmp(r->level, pool_level_name((enum pool_level)level)) == 0);
	put_tasks(&m);
	for (size_t i = 0; i < PARTS; i++) {
		struct err e = { 0 };
		size_t had = out->len;

		if (parts[i].put(&m, &e) == -1) {
			buf_cut(out, had);
			failed[i] = true;
			project_note(p, "%s", e.msg);
		}
	}
	family(&m, "unreadable", "gauge", "1 if the files of that part cannot be read.");
	for (size_t i = 0; i < PARTS; i++)
		sample(&m, "unreadable", "part", parts[i].name, failed[i]);
}
