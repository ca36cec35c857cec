#include "work/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/budget_tree.h"

/* One scope, as it stands. */
struct account {
	struct pool_amount limit, used, reserved;
};

static const struct pool_amount no_limit = {
	.v = { POOL_NO_LIMIT, POOL_NO_LIMIT, POOL_NO_LIMIT, POOL_NO_LIMIT }
};

static const char *const scope_names[BUDGET_SCOPES] = {
	[BUDGET_TASK] = "the task", [BUDGET_TREE] = "its tree", [BUDGET_AGENT] = "the day of agent",
	[BUDGET_DAY] = "the day",
};

/* ---- limits ---- */

/* A key of orch.yml in the unit of the measure; a section does not have all of them. */
static int64_t
limit_of(const struct config *config, const char *section, enum pool_measure m)
{
	static const char *const keys[] = { "attempts", "time", "tokens", "cost_usd" };
	char *path = xasprintf("%s.%s", section, keys[m]);
	int64_t n = POOL_NO_LIMIT;

	if (config_find(path) != NULL && config_val(config, path) != NULL)
		n = m == POOL_COST ? pool_dollars(config_real(config, path)) : config_int(config, path);
	free(path);
	return n;
}

static void
read_limits(const struct project *p, const char *section, struct pool_amount *limit)
{
	for (int m = 0; m < POOL_MEASURES; m++)
		limit->v[m] = limit_of(&p->config, section, (enum pool_measure)m);
}

/* A number is US dollars; a mapping has the names of pool_measure_names.  It comes before
 * orch.yml, measure by measure. */
static void
read_own(const struct val *budget, struct pool_amount *limit)
{
	struct pool_amount own;

	if (budget == NULL)
		return;
	if (budget->kind != VAL_MAP) {
		limit->v[POOL_COST] = pool_dollars(budget->kind == VAL_REAL ? budget->r :
		    (double)val_number(budget, 0));
		return;
	}
	pool_amount_read(&own, budget);
	for (int m = 0; m < POOL_MEASURES; m++)
		if (val_get(budget, pool_measure_names[m]) != NULL)
			limit->v[m] = own.v[m];
}

/* ---- the accounts ---- */

static void
open_task(const struct change *c, const struct project *p, int64_t task, struct account *a)
{
	struct val *budget = change_get(c, task, F_BUDGET);

	read_limits(p, "budget.task", &a->limit);
	read_own(budget, &a->limit);
	a->limit.v[POOL_ATTEMPTS] = POOL_NO_LIMIT;
	budget_task_used(c, task, &a->used);
	val_free(budget);
}

static bool
is_limited(const struct pool_amount *limit)
{
	return memcmp(limit, &no_limit, sizeof no_limit) != 0;
}

/* `pool` NULL: what is reserved does not matter.  -1: the archive cannot be read. */
static int
open_tree(const struct change *c, const struct project *p, const struct pool *pool, int64_t task,
    struct account *a, struct err *e)
{
	struct budget_tree tree = { 0 };
	struct pool_amount more;
	int r;

	read_limits(p, "budget.tree", &a->limit);
	if (!is_limited(&a->limit))
		return 0;
	r = budget_tree_read(&tree, c, task, e);
	a->used = tree.used;
	for (int m = 0; m < POOL_MEASURES; m++)
		if (tree.archived.v[m] > tree.given.v[m])
			a->used.v[m] += tree.archived.v[m] - tree.given.v[m];
	for (size_t i = 0; pool != NULL && i < tree.live.n; i++) {
		pool_reserved_by(pool, NULL, tree.live.v[i], &more);
		for (int m = 0; m < POOL_MEASURES; m++)
			a->reserved.v[m] += more.v[m];
	}
	budget_tree_release(&tree);
	return r;
}

void
budget_day_limits(const struct project *p, struct pool_amount *limit)
{
	read_limits(p, "budget.day", limit);
}

void
budget_agent_limits(const struct project *p, const char *agent, struct pool_amount *limit)
{
	char *section = xasprintf("agents.%s.day", agent);

	read_limits(p, section, limit);
	free(section);
}

static void
open_day(const struct project *p, const struct pool *pool, const char *agent, struct account *a)
{
	if (agent != NULL)
		budget_agent_limits(p, agent, &a->limit);
	else
		read_limits(p, "budget.day", &a->limit);
	pool_today(pool, agent, &a->used, NULL);
	pool_reserved_by(pool, agent, 0, &a->reserved);
}

/* ---- room ---- */

static void
refuse(const struct pool *pool, const struct account *a, enum budget_scope scope, const char *agent,
    enum pool_measure m, struct pool_answer *answer)
{
	char used[POOL_TEXT_MAX], limit[POOL_TEXT_MAX], until[CLOCK_MAX];
	bool daily = scope == BUDGET_AGENT || scope == BUDGET_DAY;
	bool gone = a->used.v[m] >= a->limit.v[m];

	pool_measure_text(m, a->used.v[m], used);
	pool_measure_text(m, a->limit.v[m], limit);
	*answer = (struct pool_answer){ .state = POOL_SPENT, .status = gone && !daily ? 69 : 75 };
	if (daily && a->reserved.v[m] == 0)
		answer->until = pool->day.end;
	clock_format(answer->until, until);
	snprintf(answer->why, sizeof answer->why, "%s%s%s: %s of %s of %s%s%.40s%s", pool_state_name(POOL_SPENT),
	    answer->until ? " until " : "", answer->until ? until : "", used, limit, scope_names[scope],
	    scope == BUDGET_AGENT ? " " : "", scope == BUDGET_AGENT ? agent : "",
	    a->reserved.v[m] > 0 ? " used, more is reserved" : " used");
}

/* What is left of the measure for one more. */
static int64_t
room(const struct account *a, enum pool_measure m)
{
	int64_t taken = a->used.v[m] + a->reserved.v[m];

	if (a->limit.v[m] == POOL_NO_LIMIT)
		return POOL_NO_LIMIT;
	return a->limit.v[m] > taken ? a->limit.v[m] - taken : 0;
}

static bool
can_tell(const struct agent *agent, enum pool_measure m)
{
	static const char *const fields[POOL_MEASURES] = {
		[POOL_TOKENS] = "field.tokens_in", [POOL_COST] = "field.cost_usd",
	};

	return fields[m] == NULL || val_path(agent->table, fields[m]) != NULL ||
	    (m == POOL_COST && val_get(agent->table, "price") != NULL);
}

/* The most that an attempt needs of it; POOL_NO_LIMIT: nobody knows. */
static int64_t
need(const struct project *p, const struct task *t, enum pool_measure m)
{
	switch (m) {
	case POOL_ATTEMPTS:
		return 1;
	case POOL_TIME:
		return task_span(t, F_TIMEOUT, config_int(&p->config, "timeout"));
	default:
		return limit_of(&p->config, "budget.attempt", m);
	}
}

void
budget_ask(const struct change *c, const struct project *p, const struct pool *pool,
    const struct task *t, const struct agent *agent, struct pool_amount *reserve,
    enum budget_scope *scope, struct pool_answer *answer)
{
	struct account account[BUDGET_SCOPES] = { 0 };
	struct err unknown = { 0 };

	*answer = (struct pool_answer){ .state = POOL_OPEN };
	*reserve = (struct pool_amount){ 0 };
	open_task(c, p, t->id, &account[BUDGET_TASK]);
	/* What is not known may be too much. */
	if (open_tree(c, p, pool, t->id, &account[BUDGET_TREE], &unknown) == -1) {
		*scope = BUDGET_TREE;
		*answer = (struct pool_answer){ .state = POOL_SPENT, .status = err_exit(unknown.code) };
		snprintf(answer->why, sizeof answer->why, "what its tree has used is not known: %.180s",
		    unknown.msg);
		return;
	}
	open_day(p, pool, agent->id, &account[BUDGET_AGENT]);
	open_day(p, pool, NULL, &account[BUDGET_DAY]);
	for (int i = 0; i < POOL_MEASURES; i++) {
		enum pool_measure m = (enum pool_measure)i;
		int64_t wants = need(p, t, m), left = POOL_NO_LIMIT;

		if (!can_tell(agent, m))
			continue;
		for (int s = 0; s < BUDGET_SCOPES; s++) {
			int64_t here = room(&account[s], m);

			/* Time is cut short; what cannot be told beforehand takes what there is. */
			if (here == 0 || (m != POOL_TIME && wants != POOL_NO_LIMIT && here < wants)) {
				*scope = (enum budget_scope)s;
				refuse(pool, &account[s], *scope, agent->id, m, answer);
				return;
			}
			left = here < left ? here : left;
		}
		if (left != POOL_NO_LIMIT || limit_of(&p->config, "budget.attempt", m) != POOL_NO_LIMIT)
			reserve->v[m] = wants < left ? wants : left;
	}
}

bool
budget_day_spent(const struct project *p, const struct pool *pool, const char *agent,
    struct pool_answer *answer)
{
	struct account a = { 0 };

	open_day(p, pool, agent, &a);
	for (int m = 0; m < POOL_MEASURES; m++)
		if (room(&a, (enum pool_measure)m) == 0) {
			refuse(pool, &a, agent != NULL ? BUDGET_AGENT : BUDGET_DAY, agent,
			    (enum pool_measure)m, answer);
			return true;
		}
	return false;
}

bool
budget_call_spent(const struct project *p, const struct pool *pool, const struct agent *agent,
    struct pool_answer *answer)
{
	for (int s = BUDGET_AGENT; s <= BUDGET_DAY; s++) {
		struct account a = { 0 };

		open_day(p, pool, s == BUDGET_AGENT ? agent->id : NULL, &a);
		for (int m = POOL_TIME; m < POOL_MEASURES; m++)
			if (can_tell(agent, (enum pool_measure)m) && room(&a, (enum pool_measure)m) == 0) {
				refuse(pool, &a, (enum budget_scope)s, agent->id, (enum pool_measure)m, answer);
				return true;
			}
	}
	return false;
}

/* ---- after an attempt ---- */

bool
budget_is_over(const struct change *c, const struct project *p, int64_t task, char *reason, size_t size)
{
	struct account account[BUDGET_TREE + 1] = { 0 };
	struct err unknown = { 0 };
	char used[POOL_TEXT_MAX], limit[POOL_TEXT_MAX];

	open_task(c, p, task, &account[BUDGET_TASK]);
	/* What is not known here is found out when it is to be run again. */
	(void)open_tree(c, p, NULL, task, &account[BUDGET_TREE], &unknown);
	for (int s = BUDGET_TASK; s <= BUDGET_TREE; s++)
		for (int m = 0; m < POOL_MEASURES; m++) {
			const struct account *a = &account[s];

			if (room(a, (enum pool_measure)m) > 0)
				continue;
			pool_measure_text((enum pool_measure)m, a->used.v[m], used);
			pool_measure_text((enum pool_measure)m, a->limit.v[m], limit);
			snprintf(reason, size, "over budget: %s of %s of %s", used, limit, scope_names[s]);
			return true;
		}
	return false;
}

int
budget_forgive(struct change *c, const struct project *p, int64_t task, struct err *e)
{
	struct budget_tree tree = { 0 };
	struct pool_amount limit;
	int r = 0;

	read_limits(p, "budget.tree", &limit);
	if (is_limited(&limit))
		r = budget_tree_read(&tree, c, task, e);
	else
		vec_id_push(&tree.live, task);
	for (size_t i = 0; i < tree.live.n && r == 0; i++)
		r = budget_task_forgive(c, tree.live.v[i], tree.live.v[i] == task ? &tree.archived : NULL, e);
	budget_tree_release(&tree);
	return r;
}
