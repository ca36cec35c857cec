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
#include "work/oneline.h"

struct routes {
	struct project *p;
	const struct vec_id *ids;
	const char *agent;
	struct vec_id done;
	struct err worst;
	unsigned turn;
};

static void
note_error(struct routes *r, int64_t id, const struct err *e)
{
	int now = err_exit(e->code), before = err_exit(r->worst.code);

	if (r->worst.code && err_worse(before, now) == before)
		return;
	r->worst = *e;
	err_prefix(&r->worst, "task %lld", (long long)id);
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
route_one(struct change *c, struct routes *r, int64_t id, struct err *e)
{
	const struct state_facts facts = { .has_agent = true };
	struct route route = { 0 };
	struct err why = { 0 };
	enum status next;
	int rc;

	if (change_status(c, id) == ST_NONE) {
		err_set(&why, ERR_USAGE, "there is no such task");
	} else if (state_next(change_status(c, id), EV_ROUTE, &facts, &next, &why) == 0) {
		if (route_choose(&route, r->p, change_tasks(c), id, r->agent, r->turn, &why) == 0) {
			r->turn += str_ends(route.reason, "round robin");
			vec_id_push(&r->done, id);
			rc = record(c, id, &route, e);
			route_release(&route);
			return rc;
		}
		note_error(r, id, &why);
		return record_failure(c, id, &why, e);
	}
	note_error(r, id, &why);
	return 0;
}

static int
route_all(struct change *c, void *arg, struct err *e)
{
	struct routes *r = arg;

	vec_id_release(&r->done);
	r->worst = (struct err){ 0 };
	r->turn = 0;
	for (size_t i = 0; i < r->ids->n; i++)
		if (route_one(c, r, r->ids->v[i], e) == -1)
			return err_prefix(e, "task %lld", (long long)r->ids->v[i]);
	return 0;
}

int
route_tasks(struct project *p, const struct vec_id *ids, const char *agent, int dry_run,
    struct vec_id *routed, struct err *e)
{
	struct routes r = { .p = p, .ids = ids, .agent = agent };
	const struct store_opts opts = { .dry_run = dry_run, .command = "orch-route" };
	int rc = store_update(p, &opts, route_all, &r, e);

	for (size_t i = 0; rc == 0 && i < r.done.n; i++)
		vec_id_push(routed, r.done.v[i]);
	if (rc == 0 && r.worst.code) {
		*e = r.worst;
		rc = -1;
	}
	vec_id_release(&r.done);
	return rc;
}
