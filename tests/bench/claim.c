/*
 * claim - the commit of a claim as a process of its own
 *
 * What orch-run does under the lock when it takes the next task, without the agent that
 * follows: the first in ready order becomes in_progress, with its attempt counted and a
 * line of history.  It links the same library and starts like any command of the suite.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/ready.h"
#include "task/store.h"

static int
claim(struct change *c, void *arg, struct err *e)
{
	struct ready_rules rules = { .now = change_now(c), .aging_hours = 24 };
	struct state_facts facts = { .has_agent = true };
	const struct task *t;
	struct vec_id ready = { 0 };
	int64_t *id = arg;
	int r;

	ready_list(change_tasks(c), &rules, &ready);
	if (ready.n == 0)
		return err_set(e, ERR_NO, "nothing is ready");
	*id = ready.v[0];
	vec_id_release(&ready);
	t = tasks_find(change_tasks(c), *id);
	r = change_set(c, *id, F_ATTEMPTS, val_int(task_int(t, F_ATTEMPTS, 0) + 1), e);
	return r == 0 ? change_event(c, *id, EV_CLAIM, &facts, NULL, "attempt, agent sh", e) : -1;
}

int
main(void)
{
	const struct store_opts opts = { .command = "claim" };
	struct project p;
	struct err e = { 0 };
	int64_t id = 0;

	if (project_find(&p, NULL, NULL, "claim", &e) == -1 ||
	    store_update(&p, &opts, claim, &id, &e) == -1) {
		fprintf(stderr, "claim: %s\n", e.msg);
		return 1;
	}
	printf("%lld\n", (long long)id);
	project_release(&p);
	return 0;
}
