#include "work/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/config.h"
#include "task/project.h"
#include "work/agent.h"

int
probe_attempt(const struct project *p, int64_t task, struct err *e)
{
	char name[48];
	int dir, r;

	if (p->orch_fd == -1)
		return 0;
	snprintf(name, sizeof name, "runs/%lld", (long long)task);
	dir = fs_open_dir(p->orch_fd, name);
	if (dir == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/%s'", p->orch, name);
	r = lock_probe(dir, "lock", e);
	close(dir);
	return r;
}

int
probe_agent(const struct project *p, const char *id, struct err *e)
{
	struct agent agent = { 0 };
	char *program = NULL;
	int r = -1;

	/* The driver comes first: only then is the id known to be a plain word. */
	if (agent_load(&agent, p, id, e) == -1)
		return -1;
	if (!config_agent_bool(&p->config, id, "enabled"))
		err_set(e, ERR_FAILED, "agent %s: it is not enabled (agents.%s.enabled)", id, id);
	else if (agent.given || (program = agent_program(&agent, p, getenv("PATH"), e)) != NULL)
		r = 0;
	free(program);
	agent_release(&agent);
	return r;
}
