#include "work/closed.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/sidecar.h"
#include "task/task.h"
#include "work/budget.h"
#include "work/reroute.h"

int
closed_open(struct closed *c, const struct project *p, int64_t now, struct err *e)
{
	*c = (struct closed){ .project = p };
	if (sidecar_read(p, &c->beside, e) == -1)
		return -1;
	pool_at(&c->pool, c->beside, now);
	return 0;
}

void
closed_release(struct closed *c)
{
	val_free(c->beside);
	*c = (struct closed){ 0 };
}

static bool
is_closed(const struct closed *c, const char *agent, bool begun, struct pool_answer *answer)
{
	pool_ask(&c->pool, agent, begun, answer);
	return answer->state != POOL_OPEN || budget_day_spent(c->project, &c->pool, agent, answer);
}

/* Has somebody of its fallback list room today?  They are open and installed. */
static bool
has_other(const struct closed *c, const struct task *t, const char *agent)
{
	struct vec_str others = { 0 };
	struct pool_answer ignored;
	bool found = false;

	reroute_fallbacks_of(t, c->project, &c->pool, agent, &others);
	for (size_t i = 0; i < others.n && !found; i++)
		found = !budget_day_spent(c->project, &c->pool, others.v[i], &ignored);
	vec_str_release(&others);
	return found;
}

char *
closed_why(const struct closed *c, const struct task *t)
{
	const char *agent = task_text(t, F_AGENT);
	struct pool_answer answer;

	if (agent == NULL)
		return NULL;
	if (is_closed(c, agent, task_int(t, F_ATTEMPTS, 0) > 0, &answer))
		return has_other(c, t, agent) ? NULL : xasprintf("its agent %s is %s", agent, answer.why);
	return budget_day_spent(c->project, &c->pool, NULL, &answer) ? xstrdup(answer.why) : NULL;
}
