/*
 * sync_merge_state - open or closed, and the label of the status
 *
 * Closing and reopening are a person's words and come first; a label is a request.  Either is
 * sent to the state table as a verb, and what came of it is seen by the next merge, so that
 * nothing is written to an issue before it is known.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "work/sync_merge_impl.h"
#include "work/sync_set.h"

static void
set_verb(struct merging *m, enum merge_verb verb, const char *reason)
{
	m->out->verb = verb;
	m->out->reason = xstrdup(reason);
}

static void
set_reason(struct view *v, const char *reason)
{
	char *copy = reason ? xstrdup(reason) : NULL;

	free(v->state_reason);
	v->state_reason = copy;
}

static bool
is(const char *s, const char *word)
{
	return s != NULL && strcmp(s, word) == 0;
}

/* Another reason than those that we know is a plain closing. */
static bool
is_given_up(const char *reason)
{
	return is(reason, "not_planned") || is(reason, "duplicate");
}

/* The issue stays in the state that it is in. */
static void
leave_state(struct merging *m)
{
	m->out->merged.open = m->remote.open;
	set_reason(&m->out->merged, m->remote.state_reason);
}

static void
close_task(struct merging *m)
{
	const char *reason = m->remote.state_reason;

	if (is(reason, "duplicate"))
		set_verb(m, MERGE_CANCEL, "closed as a duplicate on GitHub");
	else if (is_given_up(reason))
		set_verb(m, MERGE_CANCEL, "closed as not planned on GitHub");
	else if (m->in->doubted)
		set_verb(m, MERGE_CANCEL, "closed as completed on GitHub by somebody who is not trusted");
	else
		set_verb(m, MERGE_DONE, "closed as completed on GitHub");
}

/* Of a closed task, what a person who closed its issue too still wants of it. */
static void
close_again(struct merging *m)
{
	const char *reason = m->remote.state_reason;
	enum status s = m->in->status;

	/* Another machine has the same of it. */
	if (sync_set_same(&m->local->managed[VIEW_STATUS], &m->remote.managed[VIEW_STATUS]))
		return;
	if (s == ST_SKIPPED || (s == ST_CANCELLED && is(reason, "completed") && !m->in->doubted))
		close_task(m);
	else if (s == ST_DONE && is_given_up(reason))
		merge_note(m, "closed as %s on GitHub when it was done: it stays done", reason);
}

/* A person closed it, opened it again, or gave another reason.  Some hosts tell no reasons. */
static bool
person_moved(const struct merging *m)
{
	const char *now = m->remote.state_reason, *was = m->base.state_reason;

	if (m->remote.open != m->base.open)
		return true;
	return !m->remote.open && was != NULL && (is(now, "completed") || is_given_up(now)) &&
	    is_given_up(now) != is_given_up(was);
}

static void
follow_person(struct merging *m)
{
	bool open = m->remote.open, was = m->local->open;

	m->out->closed_by_us = false;
	if (open && !was && m->in->doubted)
		set_verb(m, MERGE_PARK, "trust: reopened on GitHub, and nobody who is trusted says so");
	else if (open && !was)
		set_verb(m, MERGE_REOPEN, "reopened on GitHub");
	else if (!open && was)
		close_task(m);
	else if (!open)
		close_again(m);
}

/* Nobody moved the issue: it follows the task, but for what a person closed. */
static void
follow_task(struct merging *m)
{
	struct merge_out *out = m->out;

	if (m->local->open == m->remote.open || (m->local->open && !out->closed_by_us))
		return;
	out->merged.open = m->local->open;
	set_reason(&out->merged, m->local->open ? "reopened" : m->local->state_reason);
	out->issue |= SIDE_STATE;
}

/* ---- the label ---- */

/* The one that was added; of several the one that stops most. */
static const char *
asked(const struct merging *m, struct vec_str *added)
{
	static const char *const order[] = { "cancelled", "done", "routed", "new" };

	sync_set_minus(added, &m->remote.managed[VIEW_STATUS], &m->base.managed[VIEW_STATUS]);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (sync_set_has(added, order[i]))
			return order[i];
	return added->n > 0 ? added->v[0] : NULL;
}

static enum merge_verb
back_verb(const struct merging *m)
{
	enum status s = m->in->status;

	/* What runs does what is asked for; it is not to be done twice for that. */
	if (s == ST_NEW || s == ST_ROUTED || m->held)
		return MERGE_KEEP;
	if (s != ST_DONE && s != ST_CANCELLED)
		return MERGE_RETRY;
	/* The word of who closed it counts for more than a label. */
	return m->remote.open || m->out->closed_by_us ? MERGE_REOPEN : MERGE_KEEP;
}

/* -1: that is nothing that can be asked for. */
static int
label_verb(const struct merging *m, const char *word)
{
	enum status s = m->in->status;

	if (strcmp(word, state_name(s)) == 0)
		return MERGE_KEEP;
	if (strcmp(word, "new") == 0 || strcmp(word, "routed") == 0)
		return (int)back_verb(m);
	if (strcmp(word, "cancelled") == 0)
		return MERGE_CANCEL;
	if (strcmp(word, "done") == 0)
		return s == ST_IN_REVIEW ? MERGE_APPROVE : MERGE_DONE;
	return -1;
}

/* The verb waits.  The base of the label stays, so that the request is found again after the
 * attempt; that the task is withdrawn must be known to who ends that: it may be done then. */
static void
queue(struct merging *m)
{
	struct merge_out *out = m->out;

	if (out->verb == MERGE_CANCEL)
		out->withdrawn = out->reason;
	else
		free(out->reason);
	out->reason = NULL;
	out->verb = MERGE_KEEP;
	out->queued = true;
	sync_set_copy(&out->base.managed[VIEW_STATUS], &m->base.managed[VIEW_STATUS]);
	sync_set_copy(&out->merged.managed[VIEW_STATUS], &m->remote.managed[VIEW_STATUS]);
}

static void
request(struct merging *m, const char *word)
{
	int verb = label_verb(m, word);
	char *reason;

	if (verb == -1 && !merge_is_left(m, VIEW_STATUS))
		merge_note(m, "status:%s was set on GitHub: that cannot be asked for, it stays %s", word,
		    state_name(m->in->status));
	if (verb == -1 || verb == MERGE_KEEP) {
		merge_push_managed(m, VIEW_STATUS);
	} else {
		reason = m->in->card ? xasprintf("its card was moved on GitHub, to what is %s", word) :
		    xasprintf("status:%s was set on GitHub", word);
		set_verb(m, (enum merge_verb)verb, reason);
		free(reason);
		if (m->held)
			queue(m);
		else
			sync_set_copy(&m->out->merged.managed[VIEW_STATUS],
			    &m->remote.managed[VIEW_STATUS]);
	}
}

/* An issue without such a label is that of a new task: that nothing happened yet is not worth a
 * write to each issue that comes in. */
static bool
agree(const struct vec_str *local, const struct vec_str *remote)
{
	return sync_set_same(local, remote) ||
	    (remote->n == 0 && sync_set_has(local, state_name(ST_NEW)));
}

static void
merge_label(struct merging *m)
{
	const struct vec_str *l = &m->local->managed[VIEW_STATUS];
	const struct vec_str *r = &m->remote.managed[VIEW_STATUS];
	const struct vec_str *b = &m->base.managed[VIEW_STATUS];
	struct merge_out *out = m->out;
	struct vec_str added = { 0 };
	const unsigned bit = 1u << VIEW_STATUS;
	bool edited = !sync_set_same(r, b);
	const char *word;

	sync_set_copy(&out->base.managed[VIEW_STATUS], r);
	out->base.foreign |= edited ? bit : m->base.foreign & bit;
	if (agree(l, r)) {
		sync_set_copy(&out->merged.managed[VIEW_STATUS], r);
		out->base.foreign &= ~bit;
	} else if (out->verb != MERGE_KEEP) {
		sync_set_copy(&out->merged.managed[VIEW_STATUS], r);
	} else if (edited && (word = asked(m, &added)) != NULL) {
		request(m, word);
	} else {
		merge_push_managed(m, VIEW_STATUS);
	}
	vec_str_release(&added);
}

/* ---- both ---- */

void
merge_state(struct merging *m)
{
	struct merge_out *out = m->out;
	bool moved = person_moved(m);

	leave_state(m);
	out->base.open = m->remote.open;
	set_reason(&out->base, m->remote.state_reason);
	if (!moved) {
		follow_task(m);
		merge_label(m);
		return;
	}
	follow_person(m);
	if (out->verb != MERGE_KEEP && m->held) {
		out->base.open = m->base.open;
		set_reason(&out->base, m->base.state_reason);
		queue(m);
		return;
	}
	merge_label(m);
}
