/*
 * slot - how many processes of an agent, and of all agents, run at once
 *
 * A slot is a lock file, .orch/slots/AGENT.K, with K from 1 to agents.AGENT.slots.  Who
 * starts an agent takes one and shares it with the keeper, so that it is free when the
 * last of its processes has gone.  A worker is the same for the attempts of a project,
 * whatever their agents and whoever started them: .orch/slots/WORKER.K.
 */
#ifndef ORCH_WORK_SLOT_H
#define ORCH_WORK_SLOT_H

#include <stdbool.h>

struct err;
struct lock;
struct project;

/* 0: taken.  1: none is free.  `half`: of the agent's slots only half may be taken, one
 * at least (pool.h, limited). */
int	slot_take(struct lock *, struct project *, const char *agent, bool half, struct err *);
int	slot_take_worker(struct lock *, struct project *, int workers, struct err *);

#endif
