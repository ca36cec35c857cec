/*
 * Routing as commits.  What is wrong with one task is kept for the end and never
 * stops another; the store may call the function again with a newer file, so it
 * starts from nothing each time.
 *
 * A model is asked between two commits, with nothing locked.  Its answer is about the task
 * as it was then: if somebody has changed that meanwhile, it is not used.
 */
#include "work/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/agent.h"
#include "work/call_book.h"
#include "work/delegate.h"
#include "work/env.h"
#include "work/oneline.h"
#include "work/question.h"
#include "work/route_impl.h"
#include "work/router.h"

extern char **environ;

struct round {
	struct project *p;
	const struct vec_id *ids;
	const char *agent;
	bool dry_run;
	struct routes *out;	/* a line for each of the ids */
	bool *asks;		/* for each of the ids: its model has not been asked yet */
	struct vec_id now;	/* positions of those that this commit is about */
	unsigned turn;
	struct route_said said;
};

/* ---- what is told ---- */

static void
line_release(struct route_line *line)
{
	free(line->agent);
	free(line->reason);
	val_free(line->fields);
	*line = (struct route_line){ 0 };
}

/* Takes what a route found; the strings change hands. */
static void
note_route(struct route_line *line, struct route *route)
{
	line->agent = route->agent;
	line->reason = route->reason;
	line->fields = route->extra;
	route->agent = route->reason = NULL;
	route->extra = NULL;
}

static void
note_error(struct route_line *line, const struct err *e)
{
	line->reason = xstrdup(e->msg);
	line->code = e->code;
}

/* ---- one task ---- */

static int
set_text(struct change *c, int64_t id, enum field f, const char *s, struct err *e)
{
	return change_set(c, id, f, s ? val_str(s) : NULL, e);
}

/* A session and a model belong to the agent that had them. */
static int
drop_foreign(struct change *c, int64_t id, const char *agent, struct err *e)
{
	struct val *old = change_get(c, id, F_AGENT);
	const char *s = val_text(old);
	int rc = 0;

	if (s && strcmp(s, agent) != 0 && (change_set(c, id, F_SESSION, NULL, e) == -1 ||
	    change_set(c, id, F_AGENT_MODEL, NULL, e) == -1))
		rc = -1;
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

/* A call is told and booked once, on the task that it was made for. */
static int
book(struct change *c, struct project *p, int64_t id, const struct val *record, struct err *e)
{
	static const char *const keys[] = { "agent", "model", "class", "tries", "usage" };
	struct call_told told;

	if (!router_owes(record, id))
		return 0;
	change_tell(c, "task.router", id, 0, val_some(record, keys, sizeof keys / sizeof *keys));
	call_told_read(&told, record);
	return call_book(c, p, id, &told, e);
}

/*
 * What was said about the task as it was is of no use, and paid for all the same.  Another
 * process that had a use for it, and booked it, has left an agent or a question there.
 */
static int
book_in_vain(struct change *c, struct round *r, const struct task *t, struct err *e)
{
	if (t == NULL || task_is_set(t, F_AGENT) || task_is_set(t, F_QUESTION))
		return 0;
	for (size_t i = 0; i < r->said.n; i++) {
		struct route_word *w = &r->said.v[i];

		if (!w->asked || w->question->task != t->id)
			continue;
		w->used = true;
		if (book(c, r->p, t->id, w->record, e) == -1)
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

	if (drop_foreign(c, id, route->agent, e) == 0
	    && set_text(c, id, F_AGENT, route->agent, e) == 0
	    && set_text(c, id, F_ROUTE_REASON, route->reason, e) == 0
	    && set_text(c, id, F_ROUTE_WARNING, route->warning, e) == 0
	    && set_extra(c, id, route->extra, e) == 0
	    && (!route->plan || change_list(c, id, F_LABELS, DELEGATE_PLAN, NULL, e) == 0))
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
park(struct change *c, const struct task *t, struct route_line *line, const char *question,
    const char *why, struct err *e)
{
	struct err told = { 0 };

	err_set(&told, ERR_FAILED, "asks a person first, because %s", why);
	note_error(line, &told);
	return question_ask(c, t, question, e);
}

/* May it be routed as it stands?  ERR_USAGE: there is none. */
static int
check_state(const struct task *t, struct err *e)
{
	const struct state_facts facts = { .has_agent = true };
	enum status next;

	if (!t)
		return err_set(e, ERR_USAGE, "there is no such task");
	return state_next(t->status, EV_ROUTE, &facts, &next, e);
}

static void
set_used(struct route_said *said, int64_t id)
{
	for (size_t i = 0; i < said->n; i++)
		if (said->v[i].question->task == id)
			said->v[i].used = true;
}

/* What was chosen, or `why` nothing was. */
static int
commit_route(struct change *c, struct round *r, const struct task *t, struct route_line *line,
    struct route *route, const struct err *why, struct err *e)
{
	set_used(&r->said, t->id);
	if (book(c, r->p, t->id, route->record, e) == -1)
		return -1;
	if (why) {
		note_error(line, why);
		return record_failure(c, t->id, why, e);
	}
	if (route->question)
		return park(c, t, line, route->question, "the router is not sure", e);
	if ((t->status == ST_NEW || r->agent) && record(c, t->id, route, e) == -1)
		return -1;
	note_route(line, route);
	return 0;
}

static int
route_one(struct change *c, struct round *r, size_t at, struct err *e)
{
	const struct task *t = tasks_find(change_tasks(c), r->ids->v[at]);
	struct route_line *line = &r->out->v[at];
	struct route route = { 0 };
	struct err why = { 0 };
	int rc = 0, found;

	if (check_state(t, &why) == -1) {
		note_error(line, &why);
		return book_in_vain(c, r, t, e);
	}
	if (question_due(t))
		return park(c, t, line, QUESTION_AMBIGUOUS, "it is labelled ambiguous", e);
	found = route_choose(&route, r->p, change_tasks(c), t->id, r->agent, r->turn, &r->said, &why);
	r->turn += route.reason && str_ends(route.reason, "round robin");
	if (!route.asks) {
		rc = commit_route(c, r, t, line, &route, found == -1 ? &why : NULL, e);
	} else if (r->dry_run) {
		line->reason = xasprintf("agent %s would be asked", r->said.router->agent.id);
	} else {
		err_set(&why, ERR_BUSY, "it was changed while the router was asked: route it again");
		note_error(line, &why);
		rc = book_in_vain(c, r, t, e);
	}
	route_release(&route);
	return rc;
}

/* ---- the commits ---- */

static int
route_all(struct change *c, void *arg, struct err *e)
{
	struct round *r = arg;

	r->turn = 0;
	for (size_t i = 0; i < r->said.n; i++)
		r->said.v[i].used = false;
	for (size_t i = 0; i < r->now.n; i++) {
		size_t at = (size_t)r->now.v[i];

		line_release(&r->out->v[at]);
		r->out->v[at].id = r->ids->v[at];
		if (route_one(c, r, at, e) == -1)
			return err_prefix(e, "task %lld", (long long)r->ids->v[at]);
	}
	return 0;
}

/* What was used is no longer only for the task that it was asked for. */
static void
let_go(struct round *r)
{
	for (size_t i = 0; i < r->said.n; i++) {
		const struct route_word *w = &r->said.v[i];
		struct err e = { 0 };

		if (!w->used || (router_answered(w->record) && !router_owes(w->record, w->question->task)))
			continue;
		if (router_used(r->said.router, w->question, w->record, &e) == -1)
			log_write(&r->p->log, LOG_WARN, w->question->task, 0, "%s", e.msg);
	}
}

static int
commit(struct round *r, struct err *e)
{
	const struct store_opts opts = { .dry_run = r->dry_run, .command = "orch-route" };

	if (r->now.n == 0)
		return 0;
	if (store_update(r->p, &opts, route_all, r, e) == -1)
		return -1;
	if (!r->dry_run)
		let_go(r);
	return 0;
}

/* What a model is to be asked, and what it has been asked before. */
static int
look_ahead(struct round *r, struct err *e)
{
	struct tasks tasks = { 0 };

	if (store_read(r->p, &tasks, e) == -1)
		return -1;
	for (size_t i = 0; i < r->ids->n; i++) {
		const struct task *t = tasks_find(&tasks, r->ids->v[i]);
		struct router_question q;
		struct route route = { 0 };
		struct val *known;
		struct err ignored = { 0 };

		if (check_state(t, &ignored) == 0 && !question_due(t))
			route_choose(&route, r->p, &tasks, t->id, r->agent, 0, &r->said, &ignored);
		if (route.asks) {
			router_question(r->said.router, t, &q);
			if ((known = router_known(r->said.router, &q)) != NULL)
				route_said_add(&r->said, &q, known, false);
			else
				r->asks[i] = !r->dry_run;
			router_question_release(&q);
		}
		route_release(&route);
	}
	tasks_release(&tasks);
	return 0;
}

/* 0: there is an answer, or something that can be told instead.  1: there is none now. */
static int
ask(struct round *r, size_t at, struct err *e)
{
	struct route_line *line = &r->out->v[at];
	struct router_question q = { 0 };
	struct tasks tasks = { 0 };
	const struct task *t;
	struct val *v = NULL;
	struct err why = { 0 };
	bool asked;

	if (store_read(r->p, &tasks, e) == -1)
		return -1;
	if ((t = tasks_find(&tasks, r->ids->v[at])) != NULL)
		router_question(r->said.router, t, &q);
	tasks_release(&tasks);
	if (t == NULL)
		return 0;
	if ((v = router_ask(r->said.router, &q, &asked, &why)) != NULL) {
		route_said_add(&r->said, &q, v, asked);
	} else {
		line->id = r->ids->v[at];
		note_error(line, &why);
	}
	router_question_release(&q);
	return v == NULL;
}

/* All that can be decided now, then one after the other. */
static int
route_in_turn(struct round *r, struct err *e)
{
	bool hidden = false;
	int rc;

	for (size_t i = 0; i < r->ids->n; i++)
		if (!r->asks[i])
			vec_id_push(&r->now, (int64_t)i);
	rc = commit(r, e);
	for (size_t i = 0; i < r->ids->n && rc != -1; i++) {
		if (!r->asks[i])
			continue;
		if (!hidden)
			env_hide(environ);
		hidden = true;
		if ((rc = ask(r, i, e)) != 0)
			continue;
		r->now.n = 0;
		vec_id_push(&r->now, (int64_t)i);
		rc = commit(r, e);
	}
	return rc == -1 ? -1 : 0;
}

int
route_tasks(struct project *p, const struct vec_id *ids, const char *agent, bool dry_run,
    struct routes *out, struct err *e)
{
	struct round r = { .p = p, .ids = ids, .agent = agent, .dry_run = dry_run, .out = out };
	struct agent given = { 0 };
	int rc = 0;

	/* An agent that is no agent is misuse of the call, not a task's misfortune. */
	if (agent && agent_load(&given, p, agent, e) == -1)
		return -1;
	agent_release(&given);
	routes_release(out);
	out->v = xcalloc(ids->n + 1, sizeof *out->v);
	out->n = out->cap = ids->n;
	r.asks = xcalloc(ids->n + 1, sizeof *r.asks);
	if (!agent && route_said_open(&r.said, p) == 0)
		rc = look_ahead(&r, e);
	if (rc == 0)
		rc = route_in_turn(&r, e);
	route_said_release(&r.said);
	vec_id_release(&r.now);
	free(r.asks);
	return rc;
}

void
routes_release(struct routes *r)
{
	for (size_t i = 0; i < r->n; i++)
		line_release(&r->v[i]);
	free(r->v);
	*r = (struct routes){ 0 };
}

struct val *
route_line_value(const struct route_line *line)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "id", val_int(line->id));
	if (line->agent)
		val_add(v, "agent", val_str(line->agent));
	val_add(v, line->code == ERR_NONE ? "reason" : "error", val_str(line->reason));
	for (size_t i = 0; line->fields && i < line->fields->n; i++)
		val_put(v, line->fields->key[i], val_copy(line->fields->v[i]));
	return v;
}
