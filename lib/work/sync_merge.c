#include "work/sync_merge_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "work/sync_set.h"

#define KEPT_MAX 4000		/* bytes of a text that lost; the backups have all of it */

static const char *const verbs[] = {
	[MERGE_KEEP] = "", [MERGE_DONE] = "done", [MERGE_CANCEL] = "cancel",
	[MERGE_REOPEN] = "reopen", [MERGE_RETRY] = "retry", [MERGE_APPROVE] = "approve",
	[MERGE_PARK] = "park",
};

const char *
merge_verb_name(enum merge_verb v)
{
	return verbs[v];
}

void
merge_note(struct merging *m, const char *fmt, ...)
{
	char *line;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	vec_str_take(&m->out->notes, line);
}

/* ---- the base ---- */

static void
replace(char **to, const char *from)
{
	char *copy = from ? xstrdup(from) : NULL;

	free(*to);
	*to = copy;
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

char *
merge_key(const struct vec_str *values)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < values->n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		str_fold(&b, values->v[i]);
	}
	return b.data ? buf_detach(&b) : xstrdup("");
}

/* The value of somebody else goes: that is done once for each value of our own. */
static void
remember(struct view *base, enum view_managed which)
{
	struct view_back *back = &base->back[which];
	char *local = merge_key(&base->sent->managed[which]);
	char *over = merge_key(&base->managed[which]);

	if (strcmp(local, over) != 0) {
		if (back->local == NULL || strcmp(back->local, local) != 0) {
			vec_str_release(&back->seen);
			replace(&back->local, local);
		}
		if (base->foreign & 1u << which)
			sync_set_add(&back->seen, over);
		base->foreign &= ~(1u << which);
	}
	free(local);
	free(over);
}

static void
adopt_text(char **base, const char *sent, const char *now)
{
	if (same(sent, now))
		replace(base, now);
}

/* What an unconfirmed write was to make of the issue, and did, is no edit of a person. */
static void
adopt(struct merging *m, const struct view *sent)
{
	struct view *b = &m->base;
	const struct view *now = &m->remote;

	adopt_text(&b->title, sent->title, now->title);
	adopt_text(&b->body, sent->body, now->body);
	sync_set_adopt(&b->labels, &sent->labels, &now->labels);
	for (int i = 0; i < VIEW_MANAGED_N; i++) {
		if (sync_set_same(&sent->managed[i], &now->managed[i]))
			remember(b, (enum view_managed)i);
		sync_set_adopt(&b->managed[i], &sent->managed[i], &now->managed[i]);
	}
	if (sent->open == now->open && b->open != now->open) {
		b->open = now->open;
		replace(&b->state_reason, now->state_reason);
		m->out->closed_by_us = !now->open;
	}
	if (sent->parent == now->parent)
		b->parent = now->parent;
	sync_ids_adopt(&b->blocked_by, &sent->blocked_by, &now->blocked_by);
}

/* What the answer did not say is as it was. */
static void
fill_remote(struct merging *m, const struct view *was)
{
	struct view *r = &m->remote;

	if (r->unsaid & SIDE_BODY) {
		replace(&r->body, was->body);
		r->cut = was->cut;
	}
	if (r->unsaid & SIDE_LABELS) {
		sync_set_copy(&r->labels, &was->labels);
		r->human = was->human;
	}
	for (int i = 0; (r->unsaid & SIDE_MANAGED) && i < VIEW_MANAGED_N; i++)
		sync_set_copy(&r->managed[i], &was->managed[i]);
	if (r->unsaid & SIDE_ASSIGNEES)
		sync_set_copy(&r->assignees, &was->assignees);
	if (r->unsaid & SIDE_PARENT)
		r->parent = was->parent;
	if (!r->blocked_known)
		sync_ids_copy(&r->blocked_by, &was->blocked_by);
}

static bool
says_ended(const struct vec_str *values)
{
	return sync_set_has(values, "done") || sync_set_has(values, "cancelled") ||
	    sync_set_has(values, "skipped");
}

/*
 * A base that nobody has any more is made so that each side only added: a label of one of
 * them is kept, and of two texts that of GitHub counts.  A closed issue was closed by a
 * person, and one that is open with the label of an end was opened again by one.
 */
static void
make_base(struct merging *m)
{
	struct view *b = &m->base;
	const struct view *l = m->local, *r = &m->remote;

	*b = (struct view){ .open = r->open, .blocked_known = r->blocked_known };
	b->title = xstrdup(l->title);
	b->body = xstrdup(l->body);
	b->state_reason = r->state_reason ? xstrdup(r->state_reason) : NULL;
	sync_set_both(&b->labels, &r->labels, &l->labels);
	for (int i = 0; i < VIEW_MANAGED_N; i++)
		if (i == VIEW_STATUS || l->managed[i].n > 0)
			sync_set_copy(&b->managed[i], &r->managed[i]);
	if (!r->open && l->open && !m->in->closed_by_us)
		b->open = true;
	if (r->open && !l->open && says_ended(&r->managed[VIEW_STATUS]))
		b->open = false;
	if (l->parent != 0 && r->parent != 0)
		b->parent = l->parent;
	sync_ids_both(&b->blocked_by, &r->blocked_by, &l->blocked_by);
}

static void
begin(struct merging *m)
{
	const struct merge_in *in = m->in;

	view_copy(&m->remote, in->remote);
	if (in->base == NULL) {
		fill_remote(m, in->local);
		if (m->remote.unsaid & SIDE_PARENT)
			m->remote.parent = 0;
		if (!m->remote.blocked_known)
			vec_id_release(&m->remote.blocked_by);
		make_base(m);
		return;
	}
	view_copy(&m->base, in->base);
	fill_remote(m, in->base);
	if (in->base->sent != NULL)
		adopt(m, in->base->sent);
}

/* ---- texts ---- */

/* What people read in the history: the text, or its beginning. */
static void
note_lost(struct merging *m, const char *what, const char *lost)
{
	size_t len = strlen(lost), n = len > 0 ? str_cut(lost, len, KEPT_MAX) : KEPT_MAX;

	merge_note(m, "%s was changed here and on GitHub, that of GitHub counts; here it was: %.*s%s",
	    what, (int)n, len > 0 ? lost : "(nothing)", n < len ? " [...]" : "");
}

/* The text that counts goes to `merged`, and the next base to `next`. */
static void
merge_text(struct merging *m, unsigned side, const char *what, const char *base, const char *local,
    const char *remote, char **merged, char **next)
{
	struct merge_out *out = m->out;
	bool edited = strcmp(remote, base) != 0;

	*next = xstrdup(remote);
	if (strcmp(local, remote) == 0) {
		*merged = xstrdup(remote);
	} else if (!edited && !m->lost) {
		*merged = xstrdup(local);
		out->issue |= side;
	} else if (!m->in->text_trusted) {
		/* It stays on either side; with this base it is found again. */
		replace(next, base);
		*merged = xstrdup(remote);
		out->held_back = true;
	} else {
		*merged = xstrdup(remote);
		out->task |= side;
		if ((m->lost && *local != '\0') || strcmp(local, base) != 0) {
			note_lost(m, what, local);
			vec_str_push(&out->lost_here, what);
		}
	}
}

static void
merge_texts(struct merging *m)
{
	const struct view *b = &m->base, *l = m->local, *r = &m->remote;
	struct merge_out *out = m->out;

	merge_text(m, SIDE_TITLE, "title", b->title, l->title, r->title, &out->merged.title,
	    &out->base.title);
	merge_text(m, SIDE_BODY, "body", b->body, l->body, r->body, &out->merged.body,
	    &out->base.body);
}

/* A text that is held back is told of once, and parks what could start with the old one. */
static void
hold_back(struct merging *m)
{
	struct merge_out *out = m->out;
	enum status s = m->in->status;
	char *text;

	if (!out->held_back)
		return;
	text = xasprintf("%s\n\n%s", m->remote.title, m->remote.body);
	if (m->in->refused != NULL && strcmp(m->in->refused, text) == 0) {
		out->refused = text;
	} else if (m->held || out->verb != MERGE_KEEP) {
		free(text);		/* another time */
	} else {
		out->refused = text;
		if (s == ST_NEW || s == ST_ROUTED) {
			out->verb = MERGE_PARK;
			out->reason = xstrdup(
			    "trust: the text of its issue was changed by somebody who is not trusted");
		} else {
			merge_note(m, "trust: the text of its issue was changed by somebody who is not "
			    "trusted; the task keeps its own");
		}
	}
}

/* ---- all ---- */

/* Lists lag: what is older than what we saw is no news. */
static bool
is_stale(const struct merge_in *in)
{
	return in->base != NULL && in->remote->updated_at < in->base->updated_at;
}

static void
keep(const struct merge_in *in, struct merge_out *out)
{
	out->stale = true;
	out->refused = in->refused ? xstrdup(in->refused) : NULL;
	view_copy(&out->merged, in->local);
	view_copy(&out->base, in->base);
}

static void
keep_memory(struct merging *m)
{
	for (int i = 0; i < VIEW_MANAGED_N; i++) {
		replace(&m->out->base.back[i].local, m->base.back[i].local);
		sync_set_copy(&m->out->base.back[i].seen, &m->base.back[i].seen);
	}
}

void
sync_merge(const struct merge_in *in, struct merge_out *out)
{
	struct merging m = { .in = in, .out = out, .local = in->local, .lost = in->base == NULL,
		.held = in->held || in->status == ST_IN_PROGRESS };

	*out = (struct merge_out){ .closed_by_us = in->closed_by_us };
	if (is_stale(in)) {
		keep(in, out);
		return;
	}
	begin(&m);
	out->base.updated_at = m.remote.updated_at;
	out->base.locked = out->merged.locked = m.remote.locked;
	out->base.cut = m.remote.cut;
	out->base.human = m.remote.human;
	merge_texts(&m);
	merge_labels(&m);
	merge_relatives(&m);
	keep_memory(&m);
	merge_state(&m);
	if (out->verb != MERGE_KEEP && !m.lost && !sync_set_same(&m.local->managed[VIEW_STATUS],
	    &m.base.managed[VIEW_STATUS]))
		vec_str_push(&out->lost_here, "status");
	hold_back(&m);
	view_release(&m.remote);
	view_release(&m.base);
}

void
merge_out_release(struct merge_out *out)
{
	view_release(&out->merged);
	view_release(&out->base);
	free(out->reason);
	free(out->withdrawn);
	free(out->refused);
	vec_str_release(&out->lost_here);
	vec_str_release(&out->lost_there);
	vec_str_release(&out->notes);
	*out = (struct merge_out){ 0 };
}

/* ---- writes ---- */

static void
put_sides(struct view *to, const struct view *from, unsigned sides)
{
	if (sides & SIDE_TITLE)
		replace(&to->title, from->title);
	if (sides & SIDE_BODY) {
		replace(&to->body, from->body);
		to->cut = from->cut;
	}
	if (sides & SIDE_LABELS)
		sync_set_copy(&to->labels, &from->labels);
	for (int i = 0; (sides & SIDE_MANAGED) && i < VIEW_MANAGED_N; i++)
		sync_set_copy(&to->managed[i], &from->managed[i]);
	if (sides & SIDE_STATE) {
		to->open = from->open;
		replace(&to->state_reason, from->state_reason);
	}
	if (sides & SIDE_PARENT)
		to->parent = from->parent;
	if (sides & SIDE_BLOCKED) {
		sync_ids_copy(&to->blocked_by, &from->blocked_by);
		to->blocked_known = true;
	}
}

void
merge_sending(struct view *base, const struct view *merged, unsigned sides)
{
	struct view *sent = NULL;

	if (merged != NULL) {
		sent = xcalloc(1, sizeof *sent);
		if (base->sent != NULL)
			view_copy(sent, base->sent);
		else
			view_copy(sent, base);
		put_sides(sent, merged, sides);
	}
	if (base->sent != NULL) {
		view_release(base->sent);
		free(base->sent);
	}
	base->sent = sent;
}

void
merge_sent(struct view *base, int64_t updated_at)
{
	const unsigned all = SIDE_TITLE | SIDE_BODY | SIDE_LABELS | SIDE_MANAGED | SIDE_STATE |
	    SIDE_PARENT | SIDE_BLOCKED;

	if (base->sent != NULL) {
		for (int i = 0; i < VIEW_MANAGED_N; i++)
			remember(base, (enum view_managed)i);
		put_sides(base, base->sent, all);
		merge_sending(base, NULL, 0);
	}
	if (updated_at > base->updated_at)
		base->updated_at = updated_at;
}
