#include "work/reroute.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "work/pool.h"
#include "work/probe.h"

static bool
has(const struct val *list, const char *text)
{
	for (size_t i = 0; list != NULL && list->kind == VAL_LIST && i < list->n; i++)
		if (val_text(list->v[i]) != NULL && strcmp(val_text(list->v[i]), text) == 0)
			return true;
	return false;
}

static void
add_if_fit(const struct project *p, const struct pool *pool, const struct val *tried, bool begun,
    const char *agent, const char *instead_of, struct vec_str *list)
{
	struct pool_answer answer;
	struct err ignored = { 0 };

	if (strcmp(agent, instead_of) == 0 || has(tried, agent))
		return;
	pool_ask(pool, agent, begun, &answer);
	if (answer.state == POOL_OPEN && probe_agent(p, agent, &ignored) == 0)
		vec_str_push(list, agent);
}

static bool
has_begun(const struct change *c, int64_t task)
{
	struct val *attempts = change_get(c, task, F_ATTEMPTS);
	bool begun = val_number(attempts, 0) > 0;

	val_free(attempts);
	return begun;
}

static void
add_fallbacks(const struct project *p, const struct pool *pool, const struct val *tried, bool begun,
    const char *agent, struct vec_str *list)
{
	const struct val *names = config_agent_val(&p->config, agent, "fallback");

	for (size_t i = 0; names != NULL && i < names->n; i++)
		if (val_text(names->v[i]) != NULL)
			add_if_fit(p, pool, tried, begun, val_text(names->v[i]), agent, list);
}

void
reroute_fallbacks(const struct change *c, const struct project *p, const struct pool *pool,
    int64_t task, const char *agent, struct vec_str *list)
{
	struct val *tried = change_get(c, task, F_TRIED_AGENTS);

	add_fallbacks(p, pool, tried, has_begun(c, task), agent, list);
	val_free(tried);
}

void
reroute_fallbacks_of(const struct task *t, const struct project *p, const struct pool *pool,
    const char *agent, struct vec_str *list)
{
	struct val *tried = task_value(t, F_TRIED_AGENTS);

	add_fallbacks(p, pool, tried, task_int(t, F_ATTEMPTS, 0) > 0, agent, list);
	val_free(tried);
}

void
reroute_thieves(const struct change *c, const struct project *p, const struct pool *pool,
    int64_t task, const char *agent, struct vec_str *list)
{
	const struct val *agents = config_val(&p->config, "agents");

	if (has_begun(c, task))
		return;
	for (size_t i = 0; agents != NULL && i < agents->n; i++)
		if (has(config_agent_val(&p->config, agents->key[i], "steal"), agent))
			add_if_fit(p, pool, NULL, false, agents->key[i], agent, list);
}

int
reroute(struct change *c, int64_t task, const char *agent, const char *why, struct err *e)
{
	struct state_facts facts = { .has_agent = true };
	char *note = xasprintf("%s: %s takes it", why, agent);
	int r = -1;

	if (change_set(c, task, F_AGENT, val_str(agent), e) == 0 &&
	    change_set(c, task, F_AGENT_MODEL, NULL, e) == 0 &&
	    change_set(c, task, F_ROUTE_REASON, val_str(why), e) == 0)
		r = change_event(c, task, EV_ROUTE, &facts, NULL, note, e);
	free(note);
	return r;
}
