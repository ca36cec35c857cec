#include "work/session.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/task.h"
#include "work/agent.h"
#include "work/jsonfile.h"
#include "work/outcome.h"

#define RECORD_MAX (1u << 20)

/* A text of a file of an attempt's folder, caller frees; NULL: it is not there. */
static char *
attempt_text(const struct project *p, const struct task *t, int number, const char *file,
    const char *key)
{
	char *name = xasprintf("runs/%lld/%d/%s", (long long)t->id, number, file), *found = NULL;
	struct val *v = jsonfile_peek(p->orch_fd, name, RECORD_MAX);

	if (val_text(val_get(v, key)) != NULL)
		found = xstrdup(val_text(val_get(v, key)));
	val_free(v);
	free(name);
	return found;
}

static bool
was_cut_off(const char *class)
{
	static const enum outcome_class cut_off[] = { OUTCOME_ORPHANED, OUTCOME_INTERRUPTED,
		OUTCOME_CONTINUE, OUTCOME_ASKS, OUTCOME_DELEGATED };

	for (size_t i = 0; i < sizeof cut_off / sizeof *cut_off; i++)
		if (strcmp(class, outcome_name(cut_off[i])) == 0)
			return true;
	return false;
}

char *
session_hindrance(const struct project *p, const struct task *t, int last, const struct agent *agent)
{
	const char *session = task_text(t, F_SESSION), *folder = task_text(t, F_WORKTREE);
	char *had = attempt_text(p, t, last, "attempt.json", "agent"), *why = NULL;
	char *class = attempt_text(p, t, last, "outcome.json", "class");

	if (session == NULL)
		why = xstrdup("the agent told of no session");
	else if (had == NULL || class == NULL)
		why = xasprintf("the records of the attempt before are gone, and session '%s' with "
		    "them", session);
	else if (!was_cut_off(class))
		why = xasprintf("what ended session '%s' (%s) may be in it", session, class);
	else if (strcmp(had, agent->id) != 0)
		why = xasprintf("session '%s' is one of agent %s, the task's is %s now", session, had,
		    agent->id);
	else if (folder != NULL && access(folder, F_OK) == -1)
		why = xasprintf("session '%s' is gone with its folder '%s'", session, folder);
	else if (val_path(agent->table, "argv.resume") == NULL)
		why = xasprintf("agent %s cannot go on in session '%s'", agent->id, session);
	free(had);
	free(class);
	return why;
}
