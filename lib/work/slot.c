#include "work/slot.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "sys/lock.h"
#include "task/config.h"
#include "task/project.h"

#define WORKER "WORKER"		/* no agent's id: those are in lower case */

static int
take_one(struct lock *lock, struct project *p, const char *what, int64_t n, struct err *e)
{
	int dir = project_dir(p, "slots", e), r = 1;

	for (int64_t k = 1; dir != -1 && k <= n && r == 1; k++) {
		char *name = xasprintf("%s.%lld", what, (long long)k);

		r = lock_try(lock, dir, name, e);
		free(name);
	}
	if (dir == -1)
		return -1;
	close(dir);
	return r;
}

int
slot_take(struct lock *slot, struct project *p, const char *agent, bool half, struct err *e)
{
	int64_t n = config_agent_int(&p->config, agent, "slots");

	return take_one(slot, p, agent, half && n > 1 ? n / 2 : n, e);
}

int
slot_take_worker(struct lock *worker, struct project *p, int workers, struct err *e)
{
	return take_one(worker, p, WORKER, workers, e);
}
