/*
 * claim.c - one winner per claim
 *
 * The choice is made under the state lock, in ready order, and takes four things
 * in this order: one of the project's workers, the run lock of the task, a slot of its
 * agent, the commit of `in_progress`.  Locks that were taken for a task that is then
 * passed over are let go before the next is looked at.
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
#include "task/ready.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/attempt.h"
#include "work/question.h"
#include "work/slot.h"

#define COMMAND_AGENT "cmd"

struct claim {
	struct attempt *attempt;
	const struct attempt_wish *wish;
	struct vec_str *why;
	int status;		/* the worst of those that were passed over */
};

static void
pass_over(struct claim *claim, int64_t id, int status, const char *why)
{
	claim->status = err_worse(claim->status, status);
	if (claim->why != NULL)
		vec_str_take(claim->why, xasprintf("task %lld: %s", (long long)id, why));
}

/* The agent's CLI must be there before anything is spent. */
static bool
preflight(struct claim *claim, const struct task *t, const char *name)
{
	int64_t id = t->id;
	const struct project *p = claim->attempt->project;
	struct agent agent = { 0 };
	struct err e = { 0 };
	char *program = NULL, *key;
	bool good = false;

	key = xasprintf("agents.%s.enabled", name);
	if (!config_bool(&p->config, key)) {
		pass_over(claim, id, 69, "its agent is not enabled in orch.yml");
		goto done;
	}
	if (agent_load(&agent, p, name, &e) == -1) {
		pass_over(claim, id, 69, e.msg);
		goto done;
	}
	if (sandbox_check(sandbox_of(&p->config, t, name), getenv("PATH"), &e) == -1) {
		pass_over(claim, id, 69, e.msg);
		goto done;
	}
	if (claim->wish->command == NULL &&
	    (program = agent_program(&agent, p, getenv("PATH"), &e)) == NULL) {
		pass_over(claim, id, 69, e.msg);
		goto done;
	}
	good = true;
done:
	agent_release(&agent);
	free(program);
	free(key);
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
	a->agent = NULL;
	a->task = 0;
}

/* Records the claim of one task: 0 claimed, 1 passed over, -1 error. */
static int
claim_one(struct change *c, struct claim *claim, const struct task *t, struct err *e)
{
	struct attempt *a = claim->attempt;
	const char *agent = claim->wish->command ? COMMAND_AGENT : task_text(t, F_AGENT);
	struct state_facts facts = { .has_agent = true };
	char note[64];
	int r;

	if (agent == NULL) {
		pass_over(claim, t->id, 69, "it has no agent");
		return 1;
	}
	if (question_due(t)) {
		pass_over(claim, t->id, 69, "it is labelled ambiguous: it asks a person first (orch-answer)");
		return question_ask(c, t, QUESTION_AMBIGUOUS, e) == -1 ? -1 : 1;
	}
	if (!preflight(claim, t, agent))
		return 1;
	if ((r = take_run_lock(claim, t->id, e)) == 0)
		r = slot_take(&a->slot, a->project, agent, e);
	if (r != 0) {
		if (r == 1) {
			pass_over(claim, t->id, 75, "its agent has no free slot");
		}
		let_go(a);
		return r;
	}
	a->task = t->id;
	a->number = (int)task_int(t, F_ATTEMPTS, 0) + 1;
	a->agent = xstrdup(agent);
	snprintf(note, sizeof note, "attempt %d, agent %.40s", a->number, agent);
	if (t->status == ST_NEW &&
	    (change_set(c, t->id, F_AGENT, val_str(agent), e) == -1 ||
	     change_set(c, t->id, F_ROUTE_REASON, val_str("command line"), e) == -1 ||
	     change_event(c, t->id, EV_ROUTE, &facts, NULL, NULL, e) == -1))
		return -1;
	if (change_set(c, t->id, F_ATTEMPTS, val_int(a->number), e) == -1 ||
	    change_set(c, t->id, F_RETRY_AT, NULL, e) == -1 ||
	    change_event(c, t->id, EV_CLAIM, &facts, NULL, note, e) == -1)
		return -1;
	return 0;
}

/* What it means to whoever named the task that it is not ready. */
static int
status_of(enum status status)
{
	switch (status) {
	case ST_DONE:
	case ST_IN_REVIEW:
		return 0;
	case ST_FAILED:
	case ST_NEEDS_REVIEW:
	case ST_SKIPPED:
	case ST_CANCELLED:
		return 69;
	default:
		return 75;
	}
}

/* What may be claimed, in order. */
static void
candidates(const struct change *c, struct claim *claim, struct vec_id *ids)
{
	const struct attempt_wish *wish = claim->wish;
	const struct tasks *tasks = change_tasks(c);
	struct ready_rules rules = {
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
	/* Who was named and is not ready is told why. */
	for (size_t i = 0; wish->only != NULL && i < wish->only->n; i++) {
		const struct task *t = tasks_find(tasks, wish->only->v[i]);

		if (t == NULL || vec_id_has(&ready, t->id) ||
		    (wish->except != NULL && vec_id_has(wish->except, t->id)))
			continue;
		buf_cut(&why, 0);
		ready_why(tasks, t, &rules, &why);
		pass_over(claim, t->id, status_of(t->status), buf_str(&why));
	}
	buf_release(&why);
	vec_id_release(&ready);
}

/* 0 claimed, 1 all were passed over, -1 error. */
static int
claim_first(struct change *c, struct claim *claim, const struct vec_id *ids, struct err *e)
{
	int r = 1;

	for (size_t i = 0; i < ids->n && r == 1; i++)
		r = claim_one(c, claim, tasks_find(change_tasks(c), ids->v[i]), e);
	return r;
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
	if (claim->why != NULL)
		vec_str_release(claim->why);
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

	*a = (struct attempt){ .project = p, .run = { .fd = -1 }, .slot = { .fd = -1 },
	    .worker = { .fd = -1 }, .ports = { .fd = -1 }, .run_fd = -1, .stop_fd = -1,
	    .command = wish->command };
	if (store_update(p, &opts, choose, &claim, e) == -1) {
		attempt_release(a);
		return -1;
	}
	*status = claim.status;
	return a->task == 0;
}
