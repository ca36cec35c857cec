/*
 * claim.c - one winner per claim
 *
 * The choice is made under the state lock, in ready order, and takes four things
 * in this order: one of the project's workers, a slot of the task's agent, the run lock
 * of the task, the commit of `in_progress`.  Locks that were taken for a task that is then
 * passed over are let go before the next is looked at.  That an agent has no free slot is
 * found out once for all of its tasks.
 *
 * A task whose agent is closed (pool.h) goes to another one where that may be
 * (reroute.h).  If nothing at all could be claimed so, those whose agents are busy are
 * looked at again for agents that may steal them: whoever has a slot then is idle.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/ready.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/attempt_impl.h"
#include "work/budget.h"
#include "work/health.h"
#include "work/pool.h"
#include "work/question.h"
#include "work/reroute.h"
#include "work/slot.h"

#define COMMAND_AGENT "cmd"

struct claim {
	struct attempt *attempt;
	const struct attempt_wish *wish;
	struct vec_str *why;
	int status;		/* the worst of those that were passed over */
	struct pool pool;
	struct pool_amount reserve;	/* what the one that is looked at may use */
	bool halved;		/* the suite is limited: an agent has half of its slots */
	struct vec_str full;	/* agents that have no free slot */
	struct vec_id busy;	/* and their tasks */
};

/* why: NULL, others say it. */
static void
pass_over(struct claim *claim, int64_t id, int status, const char *why)
{
	claim->status = err_worse(claim->status, status);
	if (claim->why != NULL && why != NULL)
		vec_str_take(claim->why, xasprintf("task %lld: %s", (long long)id, why));
}

/* The agent's CLI must be there before anything is spent. */
static bool
preflight(struct claim *claim, const struct task *t, const char *name, struct agent *agent)
{
	int64_t id = t->id;
	const struct project *p = claim->attempt->project;
	const struct repo *repo;
	struct err e = { 0 };
	char *program = NULL;
	bool good = false;

	if (!config_agent_bool(&p->config, name, "enabled"))
		pass_over(claim, id, 69, "its agent is not enabled in orch.yml");
	else if (agent_load(agent, p, name, &e) == -1)
		pass_over(claim, id, 69, e.msg);
	else if ((repo = repo_of(p, t, &e)) == NULL ||
	    sandbox_check(sandbox_of(p, repo, t, name), getenv("PATH"), &e) == -1)
		pass_over(claim, id, 69, e.msg);
	else if (claim->wish->command == NULL &&
	    (program = agent_program(agent, p, getenv("PATH"), &e)) == NULL)
		pass_over(claim, id, 69, e.msg);
	else
		good = true;
	free(program);
	return good;
}

static int
take_run_lock(struct claim *claim, int64_t id, struct err *e)
{
	char name[48];
	int dir, r;

	snprintf(name, sizeof name, "runs/%lld", (long long)id);
	if ((dir = project_dir(claim->attempt->project, name, e)) == -1)
		return -1;
	r = lock_try(&claim->attempt->run, dir, "lock", e);
	close(dir);
	return r;
}

/* Nobody's task can be claimed while all workers have one. */
static int
take_worker(struct claim *claim, struct err *e)
{
	struct attempt *a = claim->attempt;
	int n = claim->wish->workers, r = slot_take_worker(&a->worker, a->project, n, e);

	if (r != 1)
		return r;
	claim->status = err_worse(claim->status, 75);
	if (claim->why != NULL)
		vec_str_take(claim->why, xasprintf("%d attempts run already, in all (workers)", n));
	return 1;
}

static void
let_go(struct attempt *a)
{
	lock_release(&a->run);
	lock_release(&a->slot);
	free(a->agent);
	free(a->model);
	a->agent = a->model = NULL;
	a->task = 0;
}

/* Slot and run lock, for a task that this agent could start: 0, 1 and *why, or -1. */
static int
take_locks(struct claim *claim, int64_t id, const char *agent, const char **why, struct err *e)
{
	struct attempt *a = claim->attempt;
	int r = 1;

	*why = "its agent has no free slot";
	if (!vec_str_has(&claim->full, agent) &&
	    (r = slot_take(&a->slot, a->project, agent, claim->halved, e)) == 1)
		vec_str_push(&claim->full, agent);
	if (r == 0 && (r = take_run_lock(claim, id, e)) == 1)
		*why = "something of an attempt of it still runs";
	if (r != 0)
		let_go(a);
	return r;
}

/* The first of the agents that has room and a slot for it: 0, and *agent, else 1 or -1. */
static int
take_other(struct change *c, struct claim *claim, const struct task *t,
    const struct vec_str *others, char **agent, struct err *e)
{
	enum budget_scope scope;
	const char *why;
	int r = 1;

	for (size_t i = 0; i < others->n && r == 1; i++) {
		struct agent other = { 0 };
		struct pool_answer answer = { .state = POOL_SPENT };

		if (agent_load(&other, claim->attempt->project, others->v[i], e) == 0)
			budget_ask(c, claim->attempt->project, &claim->pool, t, &other, &claim->reserve,
			    &scope, &answer);
		agent_release(&other);
		if (answer.state == POOL_OPEN &&
		    (r = take_locks(claim, t->id, others->v[i], &why, e)) == 0)
			*agent = xstrdup(others->v[i]);
	}
	return r;
}

/* Is the harder model called for, and is some of it left today? */
static bool
is_deep(const struct claim *claim, const struct task *t, const char *agent)
{
	const struct config *config = &claim->attempt->project->config;
	const char *complexity = task_text(t, F_COMPLEXITY);
	const char *model = config_agent_text(config, agent, "deep_model");
	struct pool_amount today;
	int64_t used;
	bool deep;

	pool_today(&claim->pool, agent, &today, &used);
	deep = complexity != NULL && strcmp(complexity, "complex") == 0 &&
	    !task_is_set(t, F_AGENT_MODEL) && model != NULL &&
	    used < config_agent_int(config, agent, "deep_per_day");
	if (deep)
		claim->attempt->model = xstrdup(model);
	return deep;
}

/* All locks are held: it becomes this agent's. */
static int
record(struct change *c, struct claim *claim, const struct task *t, const char *agent,
    const char *rerouted, struct err *e)
{
	struct attempt *a = claim->attempt;
	struct state_facts facts = { .has_agent = true };
	char note[120], key[ATTEMPT_KEY_MAX];
	struct pool_start start = { .agent = agent, .attempt = key };

	a->task = t->id;
	a->number = (int)task_int(t, F_ATTEMPTS, 0) + 1;
	a->agent = xstrdup(agent);
	attempt_key(a, key);
	start.deep = is_deep(claim, t, agent);
	snprintf(note, sizeof note, "attempt %d, agent %.40s%s%.40s", a->number, agent,
	    a->model ? ", model " : "", a->model ? a->model : "");
	if (t->status == ST_NEW &&
	    (change_set(c, t->id, F_AGENT, val_str(agent), e) == -1 ||
	     change_set(c, t->id, F_ROUTE_REASON, val_str("command line"), e) == -1 ||
	     change_event(c, t->id, EV_ROUTE, &facts, NULL, NULL, e) == -1))
		return -1;
	if (rerouted != NULL && reroute(c, t->id, agent, rerouted, e) == -1)
		return -1;
	if (change_set(c, t->id, F_ATTEMPTS, val_int(a->number), e) == -1 ||
	    change_set(c, t->id, F_RETRY_AT, NULL, e) == -1 ||
	    change_event(c, t->id, EV_CLAIM, &facts, NULL, note, e) == -1)
		return -1;
	start.reserve = a->reserve = claim->reserve;
	pool_start(&claim->pool, &start);
	return 0;
}

/* Its agent is closed: 0 another one has it, 1 passed over, -1 error. */
static int
claim_elsewhere(struct change *c, struct claim *claim, const struct task *t, const char *agent,
    const struct pool_answer *closed, struct err *e)
{
	struct vec_str others = { 0 };
	char *why = xasprintf("its agent %s is %s", agent, closed->why), *other = NULL;
	int r = 1;

	if (claim->wish->command == NULL)
		reroute_fallbacks(c, claim->attempt->project, &claim->pool, t->id, agent, &others);
	if ((r = take_other(c, claim, t, &others, &other, e)) == 0)
		r = record(c, claim, t, other, why, e);
	else if (r == 1)
		pass_over(claim, t->id, closed->status, why);
	vec_str_release(&others);
	free(other);
	free(why);
	return r;
}

/* Records the claim of one task: 0 claimed, 1 passed over, -1 error. */
static int
claim_one(struct change *c, struct claim *claim, const struct task *t, struct err *e)
{
	const char *agent = claim->wish->command ? COMMAND_AGENT : task_text(t, F_AGENT);
	enum budget_scope scope = BUDGET_AGENT;
	struct agent driver = { 0 };
	struct pool_answer answer;
	bool full, good = true;
	const char *why;
	int r;

	if (agent == NULL) {
		pass_over(claim, t->id, 69, "it has no agent");
		return 1;
	}
	if (question_due(t)) {
		pass_over(claim, t->id, 69, "it is labelled ambiguous: it asks a person first (orch-answer)");
		return question_ask(c, t, QUESTION_AMBIGUOUS, e) == -1 ? -1 : 1;
	}
	pool_ask(&claim->pool, agent, task_int(t, F_ATTEMPTS, 0) > 0, &answer);
	full = vec_str_has(&claim->full, agent);
	if (answer.state == POOL_OPEN && !full && (good = preflight(claim, t, agent, &driver)))
		budget_ask(c, claim->attempt->project, &claim->pool, t, &driver, &claim->reserve, &scope,
		    &answer);
	agent_release(&driver);
	if (!good)
		return 1;
	if (answer.state != POOL_OPEN && scope == BUDGET_AGENT)
		return claim_elsewhere(c, claim, t, agent, &answer, e);
	if (answer.state != POOL_OPEN) {
		pass_over(claim, t->id, answer.status, answer.why);
		return 1;
	}
	if ((r = take_locks(claim, t->id, agent, &why, e)) == 1) {
		pass_over(claim, t->id, 75, why);
		if (vec_str_has(&claim->full, agent))
			vec_id_push(&claim->busy, t->id);
	}
	return r != 0 ? r : record(c, claim, t, agent, NULL, e);
}

/* The same for one whose agent is busy. */
static int
steal_one(struct change *c, struct claim *claim, const struct task *t, struct err *e)
{
	struct vec_str thieves = { 0 };
	const char *agent = task_text(t, F_AGENT);
	char *why = xasprintf("its agent %s is busy", agent), *thief = NULL;
	int r;

	reroute_thieves(c, claim->attempt->project, &claim->pool, t->id, agent, &thieves);
	if ((r = take_other(c, claim, t, &thieves, &thief, e)) == 0)
		r = record(c, claim, t, thief, why, e);
	vec_str_release(&thieves);
	free(thief);
	free(why);
	return r;
}

/* What it means to whoever named the task that it is not ready. */
static int
status_of(const struct claim *claim, const struct task *t)
{
	struct err e = { 0 };

	switch (t->status) {
	case ST_DONE:
	case ST_IN_REVIEW:
		return 0;
	case ST_FAILED:
	case ST_NEEDS_REVIEW:
	case ST_SKIPPED:
	case ST_CANCELLED:
		return 69;
	case ST_ROUTED:
		return repo_of(claim->attempt->project, t, &e) != NULL ? 75 : 69;
	default:
		return 75;
	}
}

/* The first of those named with it that it waits for; NULL: it waits for none. */
static const struct task *
waits_for(const struct tasks *tasks, const struct task *t, const struct vec_id *only)
{
	const struct task *on = NULL, *other;
	struct vec_id ids = { 0 };

	if (t->status == ST_ROUTED || t->status == ST_NEW)
		task_ids(t, F_DEPENDS_ON, &ids);
	else if (t->status == ST_BLOCKED)
		task_ids(t, F_CHILDREN, &ids);
	for (size_t i = 0; i < ids.n && on == NULL; i++)
		if (vec_id_has(only, ids.v[i]) && (other = tasks_find(tasks, ids.v[i])) != NULL &&
		    other->status != ST_DONE)
			on = other;
	vec_id_release(&ids);
	return on;
}

/* Is what holds it back told of another one that was named with it?  Not in a ring. */
static bool
waits_within(const struct tasks *tasks, const struct task *t, const struct vec_id *only)
{
	const struct task *on = waits_for(tasks, t, only);
	bool waits = on != NULL;

	for (size_t i = 0; i < only->n && on != NULL && on != t; i++)
		on = waits_for(tasks, on, only);
	return waits && on != t;
}

/* What may be claimed, in order. */
static void
candidates(const struct change *c, struct claim *claim, struct vec_id *ids)
{
	const struct attempt_wish *wish = claim->wish;
	const struct tasks *tasks = change_tasks(c);
	struct ready_rules rules = {
		.project = claim->attempt->project,
		.now = change_now(c),
		.aging_hours = config_int(&claim->attempt->project->config, "aging_hours"),
		.include_new = wish->command != NULL,
		.ignore_retry_at = wish->named,
		.archive = change_archive(c),
	};
	struct vec_id ready = { 0 };
	struct buf why = { 0 };

	ready_list(tasks, &rules, &ready);
	for (size_t i = 0; i < ready.n; i++)
		if ((wish->only == NULL || vec_id_has(wish->only, ready.v[i])) &&
		    (wish->except == NULL || !vec_id_has(wish->except, ready.v[i])))
			vec_id_push(ids, ready.v[i]);
	/* Who was named and is not ready is told why, once. */
	for (size_t i = 0; wish->only != NULL && i < wish->only->n; i++) {
		const struct task *t = tasks_find(tasks, wish->only->v[i]);

		if (t == NULL || vec_id_has(&ready, t->id) ||
		    (wish->except != NULL && vec_id_has(wish->except, t->id)))
			continue;
		buf_cut(&why, 0);
		ready_why(tasks, t, &rules, &why);
		pass_over(claim, t->id, status_of(claim, t), waits_within(tasks, t, wish->only) ? NULL :
		    buf_str(&why));
	}
	buf_release(&why);
	vec_id_release(&ready);
}

/* 0 claimed, 1 all were passed over, -1 error. */
static int
claim_first(struct change *c, struct claim *claim, const struct vec_id *ids, struct err *e)
{
	const struct tasks *tasks = change_tasks(c);
	int r = 1;

	for (size_t i = 0; i < ids->n && r == 1; i++)
		r = claim_one(c, claim, tasks_find(tasks, ids->v[i]), e);
	for (size_t i = 0; i < claim->busy.n && r == 1 && claim->wish->command == NULL; i++)
		r = steal_one(c, claim, tasks_find(tasks, claim->busy.v[i]), e);
	return r;
}

static bool
lives(const void *tasks, int64_t id, int number)
{
	const struct task *t = tasks_find(tasks, id);

	return t != NULL && t->status == ST_IN_PROGRESS && task_int(t, F_ATTEMPTS, 0) == number;
}

static int
look_at_pool(struct change *c, struct claim *claim, struct err *e)
{
	struct val *beside = change_beside(c, e);
	struct pool_health health;

	if (beside == NULL)
		return -1;
	pool_at(&claim->pool, beside, change_now(c));
	pool_sweep(&claim->pool, lives, change_tasks(c));
	health_level(claim->attempt->project, change_tasks(c), &claim->pool, &health);
	claim->halved = health.level == POOL_LIMITED;
	return 0;
}

static int
choose(struct change *c, void *arg, struct err *e)
{
	struct claim *claim = arg;
	struct vec_id ids = { 0 };
	int r = 1;

	/* The store may call this again with a newer file. */
	let_go(claim->attempt);
	lock_release(&claim->attempt->worker);
	claim->status = 0;
	vec_id_release(&claim->busy);
	vec_str_release(&claim->full);
	if (claim->why != NULL)
		vec_str_release(claim->why);
	if (look_at_pool(c, claim, e) == -1)
		return -1;
	candidates(c, claim, &ids);
	if (ids.n > 0 && (r = take_worker(claim, e)) == 0)
		r = claim_first(c, claim, &ids, e);
	if (r != 0)
		lock_release(&claim->attempt->worker);
	vec_id_release(&ids);
	return r == -1 ? -1 : 0;
}

int
attempt_claim(struct attempt *a, struct project *p, const struct attempt_wish *wish,
    struct vec_str *why, int *status, struct err *e)
{
	struct claim claim = { .attempt = a, .wish = wish, .why = why };
	struct store_opts opts = { .command = wish->claimer };
	int r;

	*a = (struct attempt){ .project = p, .run = { .fd = -1 }, .slot = { .fd = -1 },
	    .worker = { .fd = -1 }, .ports = { .fd = -1 }, .run_fd = -1, .stop_fd = -1,
	    .command = wish->command };
	r = store_update(p, &opts, choose, &claim, e);
	vec_id_release(&claim.busy);
	vec_str_release(&claim.full);
	if (r == -1) {
		attempt_release(a);
		return -1;
	}
	*status = claim.status;
	return a->task == 0;
}
