#include "work/agent_end.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "work/outcome.h"
#include "work/pool.h"

struct pausing {
	const struct config *config;
	uint32_t random;
};

static int64_t
pause_of(const void *arg, int n)
{
	const struct pausing *p = arg;

	return outcome_backoff(n, p->random, p->config);
}

static void
tell(struct change *c, struct project *p, int64_t task, int attempt, const char *agent,
    const char *became, const struct pool_answer *now)
{
	struct val *data = val_map();
	char *topic = xasprintf("agent.%s", became);

	val_put(data, "agent", val_str(agent));
	if (*now->why)
		val_put(data, "why", val_str(now->why));
	change_tell(c, topic, task, attempt, data);
	log_write(&p->log, LOG_WARN, task, attempt, "agent %s: %s%s%s", agent, became,
	    *now->why ? ": " : "", now->why);
	free(topic);
}

void
agent_end(struct change *c, struct project *p, struct pool *pool, int64_t task, int attempt,
    const struct pool_end *end, uint32_t random, struct pool_answer *now)
{
	const struct pausing pausing = { &p->config, random };
	const struct pool_policy policy = { config_int(&p->config, "breaker.failures"),
	    config_int(&p->config, "breaker.cooldown") / 1000, pause_of, &pausing };
	const char *became = pool_end(pool, end, &policy);

	pool_ask(pool, end->agent, true, now);
	if (became != NULL)
		tell(c, p, task, attempt, end->agent, became, now);
}
