#include "work/move.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/select.h"
#include "task/project.h"
#include "task/store.h"
#include "work/budget.h"
#include "work/cancel.h"
#include "work/oneline.h"

struct moving {
	const struct select *select;
	const struct ready_rules *rules;
	const char *reason;
	struct project *project;
	bool dry_run;			/* what runs is as good as withdrawn */
	struct vec_id runs;		/* tasks that run and are to be withdrawn */
	struct moved *out;
	int (*one)(struct change *, struct moving *, int64_t id, struct err *);
};

void
moved_release(struct moved *m)
{
	vec_id_release(&m->selected);
	vec_id_release(&m->there);
	propagated_release(&m->followed);
	vec_id_release(&m->stopped);
	vec_str_release(&m->refused);
}

/* The task stays where it is; `why` as the state table has it, code and all. */
static void
refuse(struct moved *m, int64_t id, enum status from, struct err *why)
{
	if (from == ST_IN_PROGRESS)
		why->code = ERR_BUSY;
	m->status = err_worse(m->status, err_exit(why->code));
	vec_str_take(&m->refused, xasprintf("task %lld %s", (long long)id, why->msg));
}

/* All that are selected, then what follows from it; from nothing, each time. */
static int
move_all(struct change *c, void *arg, struct err *e)
{
	struct moving *m = arg;
	struct moved *out = m->out;

	moved_release(out);
	vec_id_release(&m->runs);
	out->status = 0;
	if (select_run(m->select, change_tasks(c), m->rules, &out->selected, e) == -1)
		return -1;
	for (size_t i = 0; i < out->selected.n; i++)
		if (m->one(c, m, out->selected.v[i], e) == -1)
			return -1;
	return propagate(c, m->project, &out->there, &out->followed, e);
}

/* ---- back ---- */

/* What holds a task back, or would do so sooner than a person who puts it back thinks. */
static const enum field caps[] = {
	F_RETRY_AT, F_LAST_ERROR, F_ERROR_CLASS, F_NEEDS_HELP, F_REVIEW_ROUND, F_TRIED_AGENTS,
};

#define CAPS (sizeof caps / sizeof *caps)

static bool
is_capped(const struct change *c, const struct project *p, int64_t id)
{
	char ignored[1];
	bool yes = change_int(c, id, F_ATTEMPTS) != change_int(c, id, F_RETRIED_AFTER) ||
	    budget_is_over(c, p, id, ignored, sizeof ignored);

	for (size_t i = 0; i < CAPS && !yes; i++)
		yes = change_is_set(c, id, caps[i]);
	return yes;
}

static int
uncap(struct change *c, const struct project *p, int64_t id, struct err *e)
{
	int64_t attempts = change_int(c, id, F_ATTEMPTS);

	for (size_t i = 0; i < CAPS; i++)
		if (change_set(c, id, caps[i], NULL, e) == -1)
			return -1;
	if (!change_is_set(c, id, F_ANSWER) && change_set(c, id, F_QUESTION, NULL, e) == -1)
		return -1;
	if (attempts > 0 && change_set(c, id, F_RETRIED_AFTER, val_int(attempts), e) == -1)
		return -1;
	return budget_forgive(c, p, id, e);
}

int
move_task_back(struct change *c, const struct project *p, int64_t id, const char *note,
    struct err *e)
{
	struct state_facts facts = { .has_agent = change_is_set(c, id, F_AGENT) };
	enum status from = change_status(c, id), next;
	bool ended = from == ST_DONE || from == ST_CANCELLED;
	enum state_event event = ended ? EV_REOPEN : EV_RETRY;

	if (state_next(from, event, &facts, &next, e) == -1)
		return 1;
	if (from == ST_ROUTED && !is_capped(c, p, id))
		return 0;
	if (uncap(c, p, id, e) == -1)
		return -1;
	if (note == NULL)
		note = ended ? "reopened by hand" : "put back by hand";
	return change_event(c, id, event, &facts, NULL, note, e);
}

static int
back_one(struct change *c, struct moving *m, int64_t id, struct err *e)
{
	enum status from = change_status(c, id);
	struct err why = { 0 };
	int r = move_task_back(c, m->project, id, NULL, &why);

	if (r == -1)
		*e = why;
	else if (r == 1)
		refuse(m->out, id, from, &why);
	else
		vec_id_push(&m->out->there, id);
	return r == -1 ? -1 : 0;
}

int
move_back(struct project *p, const struct store_opts *opts, const struct select *select,
    const struct ready_rules *rules, struct moved *out, struct err *e)
{
	struct moving m = { .project = p, .select = select, .rules = rules, .out = out,
		.one = back_one };

	return store_update(p, opts, move_all, &m, e);
}

/* ---- away ---- */

int
move_task_away(struct change *c, int64_t id, const char *reason, struct err *e)
{
	enum status from = change_status(c, id), next;
	char *note;
	int r;

	/* What runs is refused with the words of a verb that may not end it either. */
	if (state_next(from, from == ST_IN_PROGRESS ? EV_SKIP : EV_CANCEL, NULL, &next, e) == -1)
		return 1;
	note = reason ? oneline(reason, strlen(reason)) : NULL;
	r = change_event(c, id, EV_CANCEL, NULL, reason, note, e);
	free(note);
	return r;
}

static int
away_one(struct change *c, struct moving *m, int64_t id, struct err *e)
{
	enum status from = change_status(c, id);
	struct err why = { 0 };
	int r;

	if (from == ST_CANCELLED)
		return 0;
	/* It is in progress until the last of its processes is gone. */
	if (from == ST_IN_PROGRESS) {
		vec_id_push(m->dry_run ? &m->out->there : &m->runs, id);
		return m->dry_run ? 0 : cancel_mark(m->project, id, (int)change_int(c, id, F_ATTEMPTS),
		    m->reason, e);
	}
	r = move_task_away(c, id, m->reason, &why);
	if (r == -1)
		*e = why;
	else if (r == 1)
		refuse(m->out, id, from, &why);
	else
		vec_id_push(&m->out->there, id);
	return r == -1 ? -1 : 0;
}

static int
check_reason(const char *reason, struct err *e)
{
	struct val *v = val_str(reason);
	int r = field_check(F_REASON, v, e);

	val_free(v);
	if (r == -1)
		e->code = ERR_USAGE;
	return r;
}

/* The tasks that are skipped and not in `known`. */
static int
skipped(struct project *p, const struct vec_id *known, struct vec_id *ids, struct err *e)
{
	struct tasks tasks = { 0 };

	if (store_read(p, &tasks, e) == -1)
		return -1;
	for (size_t i = 0; i < tasks.n; i++)
		if (tasks.v[i].status == ST_SKIPPED && !vec_id_has(known, tasks.v[i].id))
			vec_id_push(ids, tasks.v[i].id);
	tasks_release(&tasks);
	return 0;
}

/* Waits for the attempts of those that run.  What depends on them is skipped by whoever
 * settles them. */
static int
end_runs(struct moving *m, struct err *e)
{
	struct vec_id before = { 0 }, none = { 0 }, left = { 0 };
	struct moved *out = m->out;
	int r = skipped(m->project, &none, &before, e);

	if (r == 0) {
		out->status = err_worse(out->status, cancel_wait(m->project, &m->runs, &left, &out->refused));
		r = skipped(m->project, &before, &out->followed.skipped, e);
	}
	for (size_t i = 0; r == 0 && i < m->runs.n; i++)
		if (!vec_id_has(&left, m->runs.v[i])) {
			vec_id_push(&out->there, m->runs.v[i]);
			vec_id_push(&out->stopped, m->runs.v[i]);
		}
	vec_id_release(&before);
	vec_id_release(&left);
	return r;
}

int
move_away(struct project *p, const struct store_opts *opts, const struct select *select,
    const struct ready_rules *rules, const char *reason, struct moved *out, struct err *e)
{
	struct moving m = { .select = select, .rules = rules, .reason = reason, .project = p,
		.dry_run = opts->dry_run, .out = out, .one = away_one };
	int r;

	if (reason != NULL && check_reason(reason, e) == -1)
		return -1;
	if (!opts->dry_run && project_prepare(p, e) == -1)
		return -1;
	if ((r = store_update(p, opts, move_all, &m, e)) == 0 && m.runs.n > 0)
		r = end_runs(&m, e);
	vec_id_release(&m.runs);
	return r;
}
