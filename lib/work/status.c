#include "work/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/circle.h"
#include "task/graph.h"
#include "task/project.h"
#include "task/ready.h"
#include "task/sidecar.h"
#include "task/store.h"
#include "task/task.h"
#include "work/agents.h"
#include "work/health.h"
#include "work/job_state.h"
#include "work/jobs.h"
#include "work/oneline.h"
#include "work/pool.h"
#include "work/probe.h"
#include "work/subscribe.h"

static const char *const kind_names[] = {
	[STATUS_PARKED] = "parked",
	[STATUS_FAILED] = "failed",
	[STATUS_UNCHECKED] = "unchecked",
	[STATUS_UNDECIDED] = "undecided",
	[STATUS_SKIPPED] = "skipped",
	[STATUS_ORPHANED] = "orphaned",
	[STATUS_UNKNOWN] = "unknown",
	[STATUS_UNROUTED] = "unrouted",
	[STATUS_NO_AGENT] = "no_agent",
	[STATUS_CIRCLE] = "circle",
	[STATUS_LATE] = "late",
};

const char *
status_kind_name(enum status_kind kind)
{
	return kind_names[kind];
}

/* What is found out on the way, beside the report itself. */
struct collecting {
	struct status_report *report;
	const struct project *project;
	const struct ready_rules *rules;
	struct tasks *newer;		/* a second reading, made when it is needed */
	bool have_newer;
	struct vec_str asked;		/* agents that were probed, */
	struct vec_str answers;		/* and what is wrong with each: "" for nothing */
	struct pool pool;
};

static void
problem(struct collecting *c, const struct task *t, enum status_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
problem(struct collecting *c, const struct task *t, enum status_kind kind, const char *fmt, ...)
{
	struct status_report *r = c->report;
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->problem = vec_room(r->problem, &r->problem_cap, r->problems, sizeof *r->problem);
	r->problem[r->problems++] = (struct status_problem){
		.task = t->id, .status = t->status, .kind = kind,
		.text = oneline(text, strlen(text)),
	};
}

/* "reason: detail", whatever of the two is there. */
static void
parked(struct collecting *c, const struct task *t, enum status_kind kind, enum field detail,
    const char *otherwise)
{
	const char *reason = task_text(t, F_REASON), *more = task_text(t, detail);

	if (more == NULL)
		more = task_text(t, F_LAST_ERROR);
	if (more != NULL && reason != NULL && strstr(reason, more) != NULL)
		more = NULL;
	if (reason != NULL && more != NULL)
		problem(c, t, kind, "%s: %s", reason, more);
	else
		problem(c, t, kind, "%s", reason ? reason : more ? more : otherwise);
}

/* When the attempt that runs now was claimed; "" if a person has cut the history. */
static char *
claimed_at(const struct task *t)
{
	struct val *history = task_value(t, F_HISTORY);
	char *at = NULL;

	for (size_t i = history ? history->n : 0; at == NULL && i-- > 0;) {
		const struct val *entry = val_at(history, i);
		const char *status = val_text(val_get(entry, "status"));
		const char *when = val_text(val_get(entry, "at"));

		if (status != NULL && strcmp(status, state_name(ST_IN_PROGRESS)) == 0)
			at = xstrdup(when ? when : "");
	}
	val_free(history);
	return at ? at : xstrdup("");
}

static void
running(struct collecting *c, const struct task *t)
{
	struct status_report *r = c->report;
	const char *agent = task_text(t, F_AGENT);

	r->run = vec_room(r->run, &r->run_cap, r->runs, sizeof *r->run);
	r->run[r->runs++] = (struct status_run){
		.task = t->id, .attempt = (int)task_int(t, F_ATTEMPTS, 0),
		.agent = xstrdup(agent ? agent : ""), .since = claimed_at(t),
	};
}

/* Is the same attempt in progress in a reading made after its lock was found free? */
static int
still_there(struct collecting *c, const struct task *t, struct err *e)
{
	const struct task *now;

	if (!c->have_newer && store_read(c->project, c->newer, e) == -1)
		return -1;
	c->have_newer = true;
	now = tasks_find(c->newer, t->id);
	return now != NULL && now->status == ST_IN_PROGRESS &&
	    task_int(now, F_ATTEMPTS, 0) == task_int(t, F_ATTEMPTS, 0);
}

static int
in_progress(struct collecting *c, const struct task *t, struct err *e)
{
	struct err unknown = { 0 };
	long long number = task_int(t, F_ATTEMPTS, 0);
	int live = probe_attempt(c->project, t->id, &unknown), there;

	if (live == 1) {
		running(c, t);
		return 0;
	}
	if (live == -1) {
		problem(c, t, STATUS_UNKNOWN, "whether attempt %lld lives cannot be told: %s",
		    number, unknown.msg);
		return 0;
	}
	if ((there = still_there(c, t, e)) == 1)
		problem(c, t, STATUS_ORPHANED,
		    "no process holds attempt %lld: the next orch-run settles it", number);
	return there == -1 ? -1 : 0;
}

/* What is wrong with the agent, "" for nothing; each is looked at once. */
static const char *
agent_fault(struct collecting *c, const char *id)
{
	struct err fault = { 0 };

	for (size_t i = 0; i < c->asked.n; i++)
		if (strcmp(c->asked.v[i], id) == 0)
			return c->answers.v[i];
	vec_str_push(&c->asked, id);
	vec_str_push(&c->answers, probe_agent(c->project, id, &fault) == -1 ? fault.msg : "");
	return c->answers.v[c->answers.n - 1];
}

static void
routed(struct collecting *c, const struct task *t)
{
	const char *agent = task_text(t, F_AGENT), *fault = "it has no agent";
	int64_t retry_at = task_time(t, F_RETRY_AT, 0);
	struct pool_answer answer = { 0 };

	if (agent != NULL)
		fault = agent_fault(c, agent);
	if (agent != NULL && *fault == '\0')
		pool_ask(&c->pool, agent, true, &answer);
	/* What opens by itself is a matter of the level. */
	if (answer.state != POOL_OPEN && answer.status != 75)
		problem(c, t, STATUS_NO_AGENT, "its agent %s is %s", agent, answer.why);
	if (*fault != '\0')
		problem(c, t, STATUS_NO_AGENT, "%s", fault);
	if (retry_at > c->rules->now + READY_RETRY_AHEAD_MAX)
		problem(c, t, STATUS_LATE, "retry_at %s was written by a wrong clock: it is due",
		    task_text(t, F_RETRY_AT));
}

static int
look_at(struct collecting *c, const struct task *t, struct err *e)
{
	const char *text;

	switch (t->status) {
	case ST_NEW:
		if ((text = task_text(t, F_ROUTE_WARNING)) != NULL)
			problem(c, t, STATUS_UNROUTED, "%s", text);
		return 0;
	case ST_ROUTED:
		routed(c, t);
		return 0;
	case ST_IN_PROGRESS:
		return in_progress(c, t, e);
	case ST_IN_REVIEW:
		if ((text = task_text(t, F_REASON)) != NULL && strcmp(text, "unchecked") == 0)
			problem(c, t, STATUS_UNCHECKED,
			    "unchecked: no check was there to run, a person must look");
		else if (text != NULL && str_starts(text, "review: "))
			problem(c, t, STATUS_UNDECIDED, "%s", text);
		return 0;
	case ST_NEEDS_REVIEW:
		parked(c, t, STATUS_PARKED, F_QUESTION, "a person must act");
		return 0;
	case ST_FAILED:
		parked(c, t, STATUS_FAILED, F_LAST_ERROR, "no reason was given");
		return 0;
	case ST_SKIPPED:
		text = task_text(t, F_REASON);
		problem(c, t, STATUS_SKIPPED, "%s", text ? text : "no reason was given");
		return 0;
	default:
		return 0;
	}
}

struct telling {
	struct collecting *c;
	const struct tasks *tasks;
};

static void
tell_circle(const struct vec_id *path, void *arg)
{
	struct telling *t = arg;
	struct buf text = { 0 };

	graph_path_text(path, &text);
	problem(t->c, tasks_find(t->tasks, path->v[0]), STATUS_CIRCLE, "it waits for itself: %s",
	    buf_str(&text));
	buf_release(&text);
}

static void
find_circles(struct collecting *c, const struct tasks *tasks)
{
	struct circles circles;

	circles_find(&circles, tasks);
	if (circles.waits != NULL)
		graph_cycles(circles.waits, tell_circle, &(struct telling){ c, tasks });
	circles_release(&circles);
}

/* `agents` gets those that are in use. */
static void
set_level(struct collecting *c, const struct tasks *tasks, struct vec_str *agents)
{
	struct pool_health health;
	const char **faults;

	health_agents(c->project, tasks, &c->pool, agents);
	vec_str_sort(agents);
	faults = xcalloc(agents->n, sizeof *faults);
	for (size_t i = 0; i < agents->n; i++) {
		faults[i] = "";
		for (size_t k = 0; k < c->asked.n; k++)
			if (strcmp(agents->v[i], c->asked.v[k]) == 0)
				faults[i] = c->answers.v[k];
	}
	pool_health(&c->pool, (const char *const *)agents->v, faults, agents->n, &health);
	c->report->level = pool_level_name(health.level);
	c->report->level_since = health.since;
	c->report->level_why = oneline(health.why, strlen(health.why));
	free(faults);
}

int
status_collect(struct status_report *r, struct project *p, const struct tasks *tasks,
    const struct ready_rules *rules, struct err *e)
{
	struct tasks newer = { 0 };
	struct collecting c = { .report = r, .project = p, .rules = rules, .newer = &newer };
	struct vec_id ready = { 0 };
	struct vec_str in_use = { 0 };
	struct val *beside = NULL;
	int rc = 0;

	*r = (struct status_report){ .tasks = tasks->n };
	if (subscribe_suspended(p, &r->suspended, e) == -1 || sidecar_read(p, &beside, e) == -1) {
		status_release(r);
		return -1;
	}
	pool_at(&c.pool, beside, rules->now);
	ready_list(tasks, rules, &ready);
	r->ready = ready.n;
	vec_id_release(&ready);
	for (size_t i = 0; i < tasks->n && rc == 0; i++) {
		r->counts[tasks->v[i].status]++;
		rc = look_at(&c, &tasks->v[i], e);
	}
	find_circles(&c, tasks);
	set_level(&c, tasks, &in_use);
	r->agents = agents_lines(p, &c.pool, &in_use);
	job_states_read(&r->jobs, p, tasks, rules->now);
	vec_str_release(&in_use);
	val_free(beside);
	if (rc == -1)
		status_release(r);
	if (c.have_newer)
		tasks_release(&newer);
	vec_str_release(&c.asked);
	vec_str_release(&c.answers);
	return rc;
}

void
status_release(struct status_report *r)
{
	for (size_t i = 0; i < r->runs; i++) {
		free(r->run[i].agent);
		free(r->run[i].since);
	}
	for (size_t i = 0; i < r->problems; i++)
		free(r->problem[i].text);
	free(r->run);
	free(r->problem);
	free(r->level_why);
	val_free(r->agents);
	val_free(r->suspended);
	job_states_release(&r->jobs);
	*r = (struct status_report){ 0 };
}

static struct val *
run_value(const struct status_run *run)
{
	struct val *v = val_map();

	val_add(v, "task", val_int(run->task));
	val_add(v, "attempt", val_int(run->attempt));
	val_add(v, "agent", val_str(run->agent));
	val_add(v, "since", val_str(run->since));
	return v;
}

static struct val *
problem_value(const struct status_problem *p)
{
	struct val *v = val_map();

	val_add(v, "task", val_int(p->task));
	val_add(v, "status", val_str(state_name(p->status)));
	val_add(v, "kind", val_str(kind_names[p->kind]));
	val_add(v, "reason", val_str(p->text));
	return v;
}

struct val *
status_value(const struct project *p, const struct status_report *r)
{
	struct val *v = val_map(), *counts = val_map(), *runs = val_list(), *list = val_list();

	for (int s = ST_NEW; s < STATUS_N; s++)
		val_add(counts, state_name((enum status)s), val_int((int64_t)r->counts[s]));
	for (size_t i = 0; i < r->runs; i++)
		val_push(runs, run_value(&r->run[i]));
	for (size_t i = 0; i < r->problems; i++)
		val_push(list, problem_value(&r->problem[i]));
	val_add(v, "schema", val_int(1));
	val_add(v, "level", val_str(r->level));
	if (r->level_since > 0)
		val_add(v, "since", val_time(r->level_since));
	if (*r->level_why != '\0')
		val_add(v, "why", val_str(r->level_why));
	val_add(v, "counts", counts);
	val_add(v, "ready", val_int((int64_t)r->ready));
	val_add(v, "running", runs);
	val_add(v, "problems", list);
	val_add(v, "agents", val_copy(r->agents));
	if (r->suspended->n > 0)
		val_add(v, "suspended", val_copy(r->suspended));
	val_add(v, "jobs", jobs_rows(p, &r->jobs));
	return v;
}
