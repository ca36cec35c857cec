#include "work/health.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/task.h"
#include "work/pool.h"

static void
add(const struct project *p, const char *agent, struct vec_str *agents)
{
	if (!vec_str_has(agents, agent) && config_agent_bool(&p->config, agent, "enabled"))
		vec_str_push(agents, agent);
}

void
health_agents(const struct project *p, const struct tasks *tasks, const struct pool *pool,
    struct vec_str *agents)
{
	const struct val *known = pool_agents(pool);

	for (size_t i = 0; known != NULL && i < known->n; i++)
		add(p, known->key[i], agents);
	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		const char *agent = t->status == ST_ROUTED || t->status == ST_IN_PROGRESS ?
		    task_text(t, F_AGENT) : NULL;

		if (agent != NULL)
			add(p, agent, agents);
	}
}

void
health_level(const struct project *p, const struct tasks *tasks, const struct pool *pool,
    struct pool_health *h)
{
	struct vec_str agents = { 0 };

	health_agents(p, tasks, pool, &agents);
	pool_health(pool, (const char *const *)agents.v, NULL, agents.n, h);
	vec_str_release(&agents);
}
