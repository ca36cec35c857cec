#include "work/sync_apply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/move.h"
#include "work/propagate.h"
#include "work/review.h"
#include "work/set.h"
#include "work/sync_merge.h"
#include "work/sync_set.h"
#include "work/sync_text.h"

struct applying {
	struct change *c;
	struct project *p;
	const struct sync_apply *in;
	const struct merge_out *m;
	int64_t id;
	struct vec_id *moved;
};

/* ---- telling ---- */

/* Strangers wrote parts of it. */
static int
note(struct applying *a, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
note(struct applying *a, struct err *e, const char *fmt, ...)
{
	struct buf raw = { 0 }, seen = { 0 };
	char *line;
	va_list ap;
	int r;

	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	str_clean(&raw, line, strlen(line));
	str_visible(&seen, buf_str(&raw), raw.len, true);
	r = change_note(a->c, a->id, buf_str(&seen), e);
	free(line);
	buf_release(&raw);
	buf_release(&seen);
	return r;
}

/* Trouble of this machine is no matter of the task. */
static bool
is_trouble(const struct err *why)
{
	return why->code == ERR_SYSTEM || why->code == ERR_CONFIG || why->code == ERR_NONE;
}

/* What was refused is told, and stays as it was. */
static int
refused(struct applying *a, const char *what, const struct err *why, struct err *e)
{
	if (is_trouble(why)) {
		*e = *why;
		return -1;
	}
	return note(a, e, "not taken from GitHub: %s: %s", what, why->msg);
}

/* ---- texts ---- */

static int
set(struct applying *a, enum field f, const char *s, struct err *e)
{
	struct err why = { 0 };

	if (change_set(a->c, a->id, f, s && *s ? val_str(s) : NULL, &why) == 0)
		return 0;
	return refused(a, field_table[f].name, &why, e);
}

/* The issue has only a part of it, and the rest goes with what a person made of that. */
static int
note_longer(struct applying *a, enum field f, size_t max, struct err *e)
{
	struct val *old = change_get(a->c, a->id, f);
	bool longer = val_text(old) != NULL && sync_text_length(val_text(old)) > max;

	val_free(old);
	return longer ? note(a, e, "%s was longer here than an issue can hold; that of GitHub counts "
	    "now, and the former one is in the backups", field_table[f].name) : 0;
}

static int
apply_texts(struct applying *a, struct err *e)
{
	const struct view *merged = &a->m->merged;

	if ((a->m->task & SIDE_TITLE) && (note_longer(a, F_TITLE, VIEW_TITLE_MAX, e) == -1 ||
	    set(a, F_TITLE, merged->title, e) == -1))
		return -1;
	if ((a->m->task & SIDE_BODY) && (note_longer(a, F_BODY, VIEW_BODY_MAX, e) == -1 ||
	    set(a, F_BODY, merged->body, e) == -1))
		return -1;
	return 0;
}

/* ---- labels ---- */

/* Those of the task's own spelling that are one of the labels that go. */
static int
drop_labels(struct applying *a, const struct vec_str *gone, struct err *e)
{
	struct val *list = change_get(a->c, a->id, F_LABELS);
	int r = 0;

	for (size_t i = 0; list != NULL && i < list->n && r == 0; i++) {
		struct buf name = { 0 };

		view_task_label(&name, val_text(list->v[i]), a->in->links);
		if (!view_is_managed(buf_str(&name), &(enum view_managed){ 0 }, NULL) &&
		    sync_set_has(gone, buf_str(&name)))
			r = change_list(a->c, a->id, F_LABELS, NULL, val_text(list->v[i]), e);
		buf_release(&name);
	}
	val_free(list);
	return r;
}

static int
apply_labels(struct applying *a, struct err *e)
{
	struct vec_str gone = { 0 }, come = { 0 };
	int r;

	sync_set_minus(&gone, &a->in->local->labels, &a->m->merged.labels);
	sync_set_minus(&come, &a->m->merged.labels, &a->in->local->labels);
	r = drop_labels(a, &gone, e);
	for (size_t i = 0; i < come.n && r == 0; i++) {
		struct err why = { 0 };

		if (change_list(a->c, a->id, F_LABELS, come.v[i], NULL, &why) == -1)
			r = refused(a, "a label", &why, e);
	}
	vec_str_release(&gone);
	vec_str_release(&come);
	return r;
}

/* The driver of that name; caller frees.  NULL: nobody has it, or it cannot be used. */
static char *
find_agent(struct applying *a, const char *name, struct err *why)
{
	struct agent agent = { 0 };
	char *id = agent_find(a->p, name, why);

	if (why->code != ERR_NONE)
		return NULL;
	if (agent_load(&agent, a->p, id != NULL ? id : name, why) == -1) {
		if (why->code == ERR_CONFIG)
			why->code = ERR_FAILED;		/* of the label, not of the project */
		free(id);
		id = NULL;
	}
	agent_release(&agent);
	return id;
}

/* A session and a model belong to the agent that had them. */
static int
give_agent(struct applying *a, const char *agent, struct err *e)
{
	if (change_set(a->c, a->id, F_SESSION, NULL, e) == -1 ||
	    change_set(a->c, a->id, F_AGENT_MODEL, NULL, e) == -1 ||
	    set_routed(a->c, a->id, "set on GitHub", e) == -1)
		return -1;
	return change_set(a->c, a->id, F_AGENT, val_str(agent), e);
}

static int
apply_agent(struct applying *a, const struct vec_str *values, struct err *e)
{
	struct err why = { 0 };
	char *agent;
	int r;

	if (values->n == 0 && change_status(a->c, a->id) != ST_NEW)
		return note(a, e, "not taken from GitHub: the agent was taken away: only a new task has none");
	if (values->n == 0)
		return change_set(a->c, a->id, F_AGENT, NULL, e);
	if ((agent = find_agent(a, values->v[0], &why)) == NULL)
		return refused(a, "agent", &why, e);
	r = give_agent(a, agent, e);
	free(agent);
	return r;
}

static int
apply_managed(struct applying *a, struct err *e)
{
	static const enum field fields[VIEW_MANAGED_N] = {
		[VIEW_PRIORITY] = F_PRIORITY, [VIEW_COMPLEXITY] = F_COMPLEXITY };
	const struct vec_str *managed = a->m->merged.managed;

	if ((a->m->managed & 1u << VIEW_AGENT) && apply_agent(a, &managed[VIEW_AGENT], e) == -1)
		return -1;
	for (int i = VIEW_PRIORITY; i <= VIEW_COMPLEXITY; i++)
		if ((a->m->managed & 1u << i) &&
		    set(a, fields[i], managed[i].n > 0 ? managed[i].v[0] : NULL, e) == -1)
			return -1;
	return 0;
}

/* ---- relatives ---- */

static int64_t
task_of(const struct applying *a, int64_t issue)
{
	int64_t task = issue != 0 && a->in->task_of ? a->in->task_of(a->in->arg, issue) : 0;

	return change_status(a->c, task) == ST_NONE ? 0 : task;
}

static int
link_child(struct applying *a, int64_t parent, bool add, struct err *e)
{
	char number[32];

	if (change_status(a->c, parent) == ST_NONE)
		return 0;
	snprintf(number, sizeof number, "%lld", (long long)a->id);
	return change_list(a->c, parent, F_CHILDREN, add ? number : NULL, add ? NULL : number, e);
}

static int
set_parent(struct applying *a, int64_t from, int64_t to, struct err *e)
{
	if (change_set(a->c, a->id, F_PARENT_ID, to ? val_int(to) : NULL, e) == -1 ||
	    (from != 0 && link_child(a, from, false, e) == -1))
		return -1;
	return to != 0 ? link_child(a, to, true, e) : 0;
}

static int
apply_parent(struct applying *a, struct err *e)
{
	struct val *old = change_get(a->c, a->id, F_PARENT_ID);
	int64_t from = val_number(old, 0), issue = a->m->merged.parent, to = task_of(a, issue);
	struct err why = { 0 };

	val_free(old);
	/* A parent that is no task here is nothing to us. */
	if (from == to || (issue != 0 && to == 0))
		return 0;
	if (to == a->id)
		return note(a, e, "not taken from GitHub: its own issue as its parent");
	if (set_parent(a, from, to, e) == -1)
		return -1;
	if (change_check_links(a->c, &why) == -1)
		return set_parent(a, to, from, e) == -1 ? -1 : refused(a, "a parent", &why, e);
	/* It may have been the last that the former one waited for. */
	if (from != 0 && change_status(a->c, from) == ST_BLOCKED)
		vec_id_push(a->moved, from);
	return 0;
}

static int
depend(struct applying *a, int64_t on, bool add, struct err *e)
{
	struct err why = { 0 };
	char number[32];

	snprintf(number, sizeof number, "%lld", (long long)on);
	if (change_list(a->c, a->id, F_DEPENDS_ON, add ? number : NULL, add ? NULL : number, e) == -1)
		return -1;
	if (!add || change_check_links(a->c, &why) == 0)
		return 0;
	return change_list(a->c, a->id, F_DEPENDS_ON, NULL, number, e) == -1 ? -1 :
	    refused(a, "a blocker", &why, e);
}

static int
apply_blocked(struct applying *a, struct err *e)
{
	const struct vec_id *now = &a->m->merged.blocked_by, *was = &a->in->local->blocked_by;
	int64_t on;

	for (size_t i = 0; i < was->n; i++)
		if (!vec_id_has(now, was->v[i]) && (on = task_of(a, was->v[i])) != 0 &&
		    depend(a, on, false, e) == -1)
			return -1;
	for (size_t i = 0; i < now->n; i++)
		if (!vec_id_has(was, now->v[i]) && (on = task_of(a, now->v[i])) != 0 && on != a->id &&
		    depend(a, on, true, e) == -1)
			return -1;
	return 0;
}

/* ---- the verb ---- */

/* A table that refuses is asked first, so that -1 of what follows is trouble. */
static int
send(struct applying *a, enum state_event event, const char *reason, struct err *why)
{
	enum status next;

	if (state_next(change_status(a->c, a->id), event, NULL, &next, why) == -1)
		return 1;
	return change_event(a->c, a->id, event, NULL, reason, a->m->reason, why);
}

static int
approve(struct applying *a, struct err *why)
{
	enum status next;

	if (state_next(change_status(a->c, a->id), EV_REVIEW_APPROVE, NULL, &next, why) == -1)
		return 1;
	return review_speak(a->c, a->p, a->id, DECIDE_APPROVE, a->m->reason, why);
}

/* One that has ended is put back first: there is no question about what is over. */
static int
park(struct applying *a, struct err *why)
{
	enum status s = change_status(a->c, a->id);
	int r = 0;

	if (s == ST_DONE || s == ST_CANCELLED || s == ST_SKIPPED || s == ST_FAILED)
		r = move_task_back(a->c, a->p, a->id, a->m->reason, why);
	return r != 0 ? r : send(a, EV_ASK, a->m->reason, why);
}

/* 1: refused. */
static int
apply_verb(struct applying *a, struct err *why)
{
	switch (a->m->verb) {
	case MERGE_DONE:
		return send(a, EV_CLOSE, NULL, why);
	case MERGE_CANCEL:
		return move_task_away(a->c, a->id, a->m->reason, why);
	case MERGE_REOPEN:
	case MERGE_RETRY:
		return move_task_back(a->c, a->p, a->id, a->m->reason, why);
	case MERGE_APPROVE:
		return approve(a, why);
	case MERGE_PARK:
		return park(a, why);
	case MERGE_KEEP:
		break;
	}
	return 0;
}

static int
apply_state(struct applying *a, struct err *e)
{
	enum status was = change_status(a->c, a->id);
	struct err why = { 0 };
	int r = apply_verb(a, &why);

	if (r == -1)
		*e = why;
	if (r == 1)
		return note(a, e, "not taken from GitHub: %s: the task %s", a->m->reason, why.msg);
	if (change_status(a->c, a->id) != was)
		vec_id_push(a->moved, a->id);
	return r;
}

/* ---- all ---- */

static int
apply_identity(struct applying *a, struct err *e)
{
	struct val *uid = change_get(a->c, a->id, F_UID);
	bool needs = uid == NULL && a->in->uid != NULL;

	val_free(uid);
	if (needs && change_set(a->c, a->id, F_UID, val_str(a->in->uid), e) == -1)
		return -1;
	return a->in->gh ? change_set(a->c, a->id, F_GH, val_copy(a->in->gh), e) : 0;
}

static int
apply_notes(struct applying *a, struct err *e)
{
	for (size_t i = 0; i < a->m->notes.n; i++)
		if (note(a, e, "%s", a->m->notes.v[i]) == -1)
			return -1;
	return 0;
}

int
sync_apply(struct change *c, struct project *p, const struct sync_apply *in, struct vec_id *moved,
    struct err *e)
{
	struct vec_id mine = { 0 };
	struct applying a = { .c = c, .p = p, .in = in, .m = in->merge, .id = in->task,
		.moved = moved ? moved : &mine };
	int r = -1;

	if (change_status(c, in->task) == ST_NONE)
		return err_set(e, ERR_USAGE, "no task %lld", (long long)in->task);
	if (apply_identity(&a, e) == -1 || apply_texts(&a, e) == -1 ||
	    ((a.m->task & SIDE_LABELS) && apply_labels(&a, e) == -1) || apply_managed(&a, e) == -1 ||
	    ((a.m->task & SIDE_PARENT) && apply_parent(&a, e) == -1) ||
	    ((a.m->task & SIDE_BLOCKED) && apply_blocked(&a, e) == -1) ||
	    apply_notes(&a, e) == -1 || apply_state(&a, e) == -1)
		goto done;
	r = mine.n > 0 ? propagate(c, p, &mine, NULL, e) : 0;
done:
	vec_id_release(&mine);
	return r;
}
