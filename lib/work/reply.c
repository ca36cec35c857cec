#include "work/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/inbox.h"
#include "work/oneline.h"
#include "work/session.h"

struct replying {
	int64_t task;
	const char *text;
};

/* ---- the commit ---- */

static int
check_asks(const struct change *c, int64_t id, struct err *e)
{
	const struct task *t = tasks_find(change_tasks(c), id);
	const char *reason;
	enum status next;

	if (t == NULL)
		return err_set(e, ERR_USAGE, "no task %lld", (long long)id);
	if (inbox_asks(t))
		return 0;
	reason = task_text(t, F_REASON);
	if (t->status != ST_NEEDS_REVIEW)
		state_next(t->status, EV_ANSWER, NULL, &next, e);
	else
		err_set(e, ERR_NO, "asks nothing%s%s: put it back with orch-retry",
		    reason ? ", it is parked because of: " : "", reason ? reason : "");
	e->code = ERR_NO;
	return err_prefix(e, "task %lld", (long long)id);
}

/* Who was killed before the answer was acknowledged says it again. */
static bool
said_already(const struct change *c, const struct replying *r)
{
	struct val *answer = change_get(c, r->task, F_ANSWER);
	bool yes = change_status(c, r->task) == ST_ROUTED && answer != NULL &&
	    strcmp(val_text(answer), r->text) == 0;

	val_free(answer);
	return yes;
}

/* The event of the answer itself, beside the one of the status. */
static void
tell(struct change *c, int64_t id, const char *answer)
{
	struct val *data = val_map(), *question = change_get(c, id, F_QUESTION);
	char *line = oneline(val_text(question), strlen(val_text(question)));

	val_add(data, "question", val_str(line));
	val_add(data, "answer", val_str(answer));
	change_tell(c, "task.answered", id, (int)change_int(c, id, F_ATTEMPTS), data);
	val_free(question);
	free(line);
}

int
reply_record(struct change *c, int64_t task, const char *text, struct err *e)
{
	struct state_facts facts = { .has_agent = change_is_set(c, task, F_AGENT) };
	char *line = oneline(text, strlen(text)), *note = xasprintf("answered: %s", line);
	int rc = -1;

	if (change_set(c, task, F_ANSWER, val_str(text), e) == -1 ||
	    change_set(c, task, F_NEEDS_HELP, NULL, e) == -1 ||
	    change_set(c, task, F_RETRY_AT, NULL, e) == -1 ||
	    change_event(c, task, EV_ANSWER, &facts, NULL, note, e) == -1)
		goto done;
	tell(c, task, line);
	rc = 0;
done:
	free(line);
	free(note);
	return rc;
}

static int
record(struct change *c, void *arg, struct err *e)
{
	const struct replying *r = arg;

	if (said_already(c, r))
		return 0;
	return check_asks(c, r->task, e) == -1 ? -1 : reply_record(c, r->task, r->text, e);
}

int
reply_give(struct project *p, const struct store_opts *opts, int64_t task, const char *text,
    size_t len, struct err *e)
{
	struct replying r = { task, text };

	if (strlen(text) != len)
		return err_set(e, ERR_INVALID, "answer: a NUL byte cannot be part of a text");
	if (text[strspn(text, " \t\r\n")] == '\0')
		return err_set(e, ERR_USAGE, "an answer is missing");
	return store_update(p, opts, record, &r, e);
}

/* ---- the session ---- */

char *
reply_session(const struct project *p, const struct task *t)
{
	const char *session = task_text(t, F_SESSION), *name = task_text(t, F_AGENT);
	const char *folder = task_text(t, F_WORKTREE);
	struct agent agent = { 0 };
	struct err e = { 0 };
	const struct repo *repo = repo_of(p, t, &e);
	char *why, *line;

	/* What asks before its first attempt has no session to go on in. */
	if (session == NULL && task_int(t, F_ATTEMPTS, 0) == 0)
		return xasprintf("%sits first attempt gets question and answer",
		    name == NULL ? "it can be routed now (orch-route), and " : "");
	if (name == NULL)
		why = xasprintf("session '%s' has no agent any more", session ? session : "");
	else if (agent_load(&agent, p, name, &e) == -1)
		why = xasprintf("session '%s' cannot be gone on in: %s", session ? session : "", e.msg);
	else
		why = session_hindrance(p, t, (int)task_int(t, F_ATTEMPTS, 0), &agent);
	if (why != NULL)
		line = xasprintf("the next attempt begins a new session with the full context: %s",
		    why);
	else
		line = xasprintf("the next attempt goes on in session '%s' of agent %s, in '%s'",
		    session, name, folder ? folder : repo != NULL ? repo->dir : p->dir);
	agent_release(&agent);
	free(why);
	return line;
}
