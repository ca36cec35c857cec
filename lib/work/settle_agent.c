#include "work/settle_agent.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/agent_end.h"
#include "work/attempt_impl.h"
#include "work/outcome.h"
#include "work/pool.h"
#include "work/reroute.h"
#include "work/settle.h"

/* Of one that was cut off and told nothing, what it may have used counts. */
static bool
was_cut_off(enum outcome_class class)
{
	static const enum outcome_class cut_off[] = { OUTCOME_TIMEOUT, OUTCOME_IDLE,
		OUTCOME_ORPHANED, OUTCOME_INTERRUPTED, OUTCOME_OVER_BUDGET };

	for (size_t i = 0; i < sizeof cut_off / sizeof *cut_off; i++)
		if (class == cut_off[i])
			return true;
	return false;
}

static void
used_by(const struct outcome *o, const struct settle_facts *facts, const struct pool_amount *reserved,
    struct pool_amount *used, struct pool_amount *assumed)
{
	bool cut_off = was_cut_off(o->class);
	const bool told[POOL_MEASURES] = {
		[POOL_ATTEMPTS] = true,
		[POOL_TIME] = o->class != OUTCOME_ORPHANED,
		[POOL_TOKENS] = o->tokens_in >= 0 || o->tokens_out >= 0 || !cut_off,
		[POOL_COST] = o->cost_usd >= 0 || !cut_off,
	};

	*used = (struct pool_amount){ .v = {
		[POOL_TIME] = facts->ms,
		[POOL_TOKENS] = (o->tokens_in > 0 ? o->tokens_in : 0) + (o->tokens_out > 0 ? o->tokens_out : 0),
		[POOL_COST] = pool_dollars(o->cost_usd),
	} };
	*assumed = (struct pool_amount){ 0 };
	for (int m = 0; m < POOL_MEASURES; m++)
		if (!told[m])
			used->v[m] = assumed->v[m] = reserved->v[m];
}

static bool
closes(enum outcome_class class)
{
	const struct outcome_policy *p = &outcome_policy[class];

	return class == OUTCOME_RATE_LIMITED || class == OUTCOME_OVERLOADED ||
	    (p->verdict == VERDICT_PARK && !p->counts);
}

/* Somebody else goes on at once, or the task waits as long as its agent is closed. */
static void
go_on(struct change *c, const struct attempt *a, const struct pool *pool,
    const struct pool_answer *closed, struct outcome_decision *d, char **other, char **why)
{
	struct vec_str others = { 0 };

	reroute_fallbacks(c, a->project, pool, a->task, a->agent, &others);
	if (others.n > 0) {
		*other = xstrdup(others.v[0]);
		*why = xasprintf("its agent %s is %s", a->agent, closed->why);
		d->verdict = VERDICT_RETRY;
		d->retry_at = 0;
		*d->reason = '\0';
	} else if (d->verdict == VERDICT_RETRY && closed->until > pool->now) {
		d->retry_at = closed->until;
	}
	vec_str_release(&others);
}

int
settle_agent(struct change *c, const struct attempt *a, const struct outcome *o,
    const struct settle_facts *facts, uint32_t random, struct outcome_decision *d,
    struct pool_amount *assumed, char **other, char **why, struct err *e)
{
	struct val *beside = change_beside(c, e);
	char key[ATTEMPT_KEY_MAX];
	struct pool_end end = { .agent = a->agent, .attempt = key, .class = o->class,
	    .task_fault = facts->task_fault, .reset_at = o->reset_at, .message = o->message };
	struct pool_answer closed;
	struct pool_amount reserved;
	struct pool pool;
	bool deep;

	*other = *why = NULL;
	if (beside == NULL)
		return -1;
	attempt_key(a, key);
	pool_at(&pool, beside, change_now(c));
	pool_reservation(&pool, key, &reserved, &deep);
	used_by(o, facts, &reserved, &end.used, assumed);
	agent_end(c, a->project, &pool, a->task, a->number, &end, random, &closed);
	if (closes(o->class) && closed.state != POOL_OPEN)
		go_on(c, a, &pool, &closed, d, other, why);
	return 0;
}
