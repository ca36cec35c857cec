/*
 * Routing as one commit.  What is wrong with one task is kept for the end and never
 * stops another; the store may call the function again with a newer file, so it
 * starts from nothing each time.
 */
#include "work/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/store.h"
#include "task/task.h"
#include "work/agent.h"
#include "work/oneline.h"
#include "work/question.h"

struct round {
	struct project *p;
	const struct vec_id *ids;
	const char *agent;
	struct routes *out;
	unsigned turn;
};

/* Takes what a route found; the strings change hands. */
static void
note_route(struct round *r, int64_t id, struct route *route)
{
	struct routes *out = r->out;

	out->v = vec_room(out->v, &out->cap, out->n, sizeof *out->v);
	out->v[out->n++] = (struct route_line){ id, route->agent, route->reason, ERR_NONE };
	route->agent = route->reason = NULL;
}

static void
note_error(struct round *r, int64_t id, const struct err *e)
{
	struct routes *out = r->out;

	out->v = vec_room(out->v, &out->cap, out->n, sizeof *out->v);
	out->v[out->n++] = (struct route_line){ id, NULL, xstrdup(e->msg), e->code };
}

static int
set_text(struct change *c, int64_t id, enum field f, const char *s, struct err *e)
{
	return change_set(c, id, f, s ? val_str(s) : NULL, e);
}

/* A session belongs to the agent that had it. */
static int
drop_foreign_session(struct change *c, int64_t id, const char *agent, struct err *e)
{
	struct val *old = change_get(c, id, F_AGENT);
	const char *s = val_text(old);
	int rc = 0;

	if (s && strcmp(s, agent) != 0)
		rc = change_set(c, id, F_SESSION, NULL, e);
	val_free(old);
	return rc;
}

static int
set_extra(struct change *c, int64_t id, const struct val *extra, struct err *e)
{
	int f;

	for (size_t i = 0; extra && i < extra->n; i++) {
		f = field_find(extra->key[i]);
		if (f >= 0 && change_set(c, id, (enum field)f, val_copy(extra->v[i]), e) == -1)
			return -1;
	}
	return 0;
}

static int
record(struct change *c, int64_t id, const struct route *route, struct err *e)
{
	const struct state_facts facts = { .has_agent = true };
	char *note = xasprintf("agent %s: %s", route->agent, route->reason);
	int rc = -1;

	if (drop_foreign_session(c, id, route->agent, e) == 0
	    && set_text(c, id, F_AGENT, route->agent, e) == 0
	    && set_text(c, id, F_ROUTE_REASON, route->reason, e) == 0
	    && set_text(c, id, F_ROUTE_WARNING, route->warning, e) == 0
	    && set_extra(c, id, route->extra, e) == 0)
		rc = change_event(c, id, EV_ROUTE, &facts, NULL, note, e);
	free(note);
	return rc;
}

/* It stays as it is, with the reason where a person sees it. */
static int
record_failure(struct change *c, int64_t id, const struct err *why, struct err *e)
{
	struct val *old = change_get(c, id, F_ROUTE_WARNING);
	char *line = oneline(why->msg, strlen(why->msg));
	const char *s = val_text(old);
	int rc = 0;

	/* Said once, so that a tick each minute does not write the file each minute. */
	if (!s || strcmp(s, line) != 0) {
		rc = set_text(c, id, F_ROUTE_WARNING, line, e);
		if (rc == 0)
			rc = change_event(c, id, EV_ROUTE_FAILED, NULL, NULL, line, e);
	}
	val_free(old);
	free(line);
	return rc;
}

static int
route_one(struct change *c, struct round *r, int64_t id, struct err *e)
{
	const struct state_facts facts = { .has_agent = true };
	const struct task *t = tasks_find(change_tasks(c), id);
	enum status from = change_status(c, id), next;
	struct route route = { 0 };
	struct err why = { 0 };
	int rc = 0;

	if (from == ST_NONE)
		err_set(&why, ERR_USAGE, "there is no such task");
	else
		state_next(from, EV_ROUTE, &facts, &next, &why);
	if (why.code != ERR_NONE) {
		note_error(r, id, &why);
		return 0;
	}
	if (question_due(t)) {
		err_set(&why, ERR_FAILED, "asks a person first, because it is labelled ambiguous");
		note_error(r, id, &why);
		return question_ask(c, t, QUESTION_AMBIGUOUS, e);
	}
	if (route_choose(&route, r->p, change_tasks(c), id, r->agent, r->turn, &why) == -1) {
		note_error(r, id, &why);
		return record_failure(c, id, &why, e);
	}
	r->turn += str_ends(route.reason, "round robin");
	if (from == ST_NEW || r->agent)
		rc = record(c, id, &route, e);
	note_route(r, id, &route);
	route_release(&route);
	return rc;
}

static int
route_all(struct change *c, void *arg, struct err *e)
{
	struct round *r = arg;

	routes_release(r->out);
	r->turn = 0;
	for (size_t i = 0; i < r->ids->n; i++)
		if (route_one(c, r, r->ids->v[i], e) == -1)
			return err_prefix(e, "task %lld", (long long)r->ids->v[i]);
	return 0;
}

int
route_tasks(struct project *p, const struct vec_id *ids, const char *agent, bool dry_run,
    struct routes *out, struct err *e)
{
	struct round r = { .p = p, .ids = ids, .agent = agent, .out = out };
	const struct store_opts opts = { .dry_run = dry_run, .command = "orch-route" };
	struct agent given = { 0 };

	/* An agent that is no agent is misuse of the call, not a task's misfortune. */
	if (agent && agent_load(&given, p, agent, e) == -1)
		return -1;
	agent_release(&given);
	return store_update(p, &opts, route_all, &r, e);
}

void
routes_release(struct routes *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].agent);
		free(r->v[i].reason);
	}
	free(r->v);
	*r = (struct routes){ 0 };
}
