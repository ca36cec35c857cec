/*
 * agent_end - what the end of an attempt or of a call means for its agent
 *
 * Inside the commit that records that end, so that use and limits hold if the end does.
 */
#ifndef ORCH_WORK_AGENT_END_H
#define ORCH_WORK_AGENT_END_H

#include <stdint.h>

struct change;
struct pool;
struct pool_answer;
struct pool_end;
struct project;

/*
 * Enters it in the pool by the rules of orch.yml.  That an agent closes or opens by it is an
 * event of the task (attempt 0: of a call) and a line of the log for its owner.  *now is
 * what pool_ask() says of the agent from here on.
 */
void	agent_end(struct change *, struct project *, struct pool *, int64_t task, int attempt,
	    const struct pool_end *, uint32_t random, struct pool_answer *now);

#endif
