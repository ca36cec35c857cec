#include "work/slot.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "sys/lock.h"
#include "task/config.h"
#include "task/project.h"

int
slot_take(struct lock *slot, struct project *p, const char *agent, struct err *e)
{
	char *key = xasprintf("agents.%s.slots", agent);
	int64_t slots = config_int(&p->config, key);
	int dir = project_dir(p, "slots", e), r = 1;

	for (int64_t k = 1; dir != -1 && k <= slots && r == 1; k++) {
		char *name = xasprintf("%s.%lld", agent, (long long)k);

		r = lock_try(slot, dir, name, e);
		free(name);
	}
	if (dir == -1)
		r = -1;
	else
		close(dir);
	free(key);
	return r;
}
