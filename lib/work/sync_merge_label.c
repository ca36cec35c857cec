/*
 * sync_merge_label - labels, assignees and relatives
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "work/sync_merge_impl.h"
#include "work/sync_set.h"

/* ---- labels ---- */

static void
merge_peoples(struct merging *m)
{
	struct merge_out *out = m->out;

	sync_set_merge(&out->merged.labels, &m->base.labels, &m->local->labels, &m->remote.labels);
	if (!sync_set_same(&out->merged.labels, &m->local->labels))
		out->task |= SIDE_LABELS;
	if (!sync_set_same(&out->merged.labels, &m->remote.labels))
		out->issue |= SIDE_LABELS;
	sync_set_copy(&out->base.labels, &m->remote.labels);
	sync_set_copy(&out->merged.assignees, &m->remote.assignees);
	sync_set_copy(&out->base.assignees, &m->remote.assignees);
}

bool
merge_is_left(const struct merging *m, enum view_managed which)
{
	const struct view_back *back = &m->base.back[which];
	char *local, *remote;
	bool is;

	if (back->local == NULL)
		return false;
	local = merge_key(&m->local->managed[which]);
	remote = merge_key(&m->remote.managed[which]);
	is = strcmp(back->local, local) == 0 && vec_str_has(&back->seen, remote);
	free(local);
	free(remote);
	return is;
}

void
merge_push_managed(struct merging *m, enum view_managed which)
{
	struct merge_out *out = m->out;
	bool left = merge_is_left(m, which);

	sync_set_copy(&out->merged.managed[which], left ? &m->remote.managed[which] :
	    &m->local->managed[which]);
	if (!left)
		out->issue |= SIDE_MANAGED;
}

/* 0 is the strongest; a word that is none is the weakest. */
static size_t
strength(const char *priority)
{
	static const char *const words[] = { "urgent", "high", "normal", "low" };
	size_t i = 0;

	while (i < sizeof words / sizeof *words && strcmp(words[i], priority) != 0)
		i++;
	return i;
}

static const char *
strongest(const struct vec_str *values)
{
	const char *best = NULL;

	for (size_t i = 0; i < values->n; i++)
		if (best == NULL || strength(values->v[i]) < strength(best))
			best = values->v[i];
	return best;
}

/* What the person wants it to be; NULL: that it goes. */
static const char *
wanted(const struct merging *m, enum view_managed which, struct vec_str *added)
{
	const struct vec_str *b = &m->base.managed[which], *l = &m->local->managed[which];
	const struct vec_str *r = &m->remote.managed[which];
	const char *word = strongest(r), *ours = strongest(l);

	if (which == VIEW_PRIORITY) {
		if (ours == NULL || sync_set_same(l, b))
			return word;
		return word == NULL || strength(ours) < strength(word) ? ours : word;
	}
	if (r->n == 0 && !sync_set_same(l, b))
		return ours;
	sync_set_minus(added, r, b);
	return added->n > 0 ? added->v[0] : r->n > 0 ? r->v[0] : NULL;
}

/* A change by a person is a request: the task takes it, and the issue keeps that one alone. */
static void
take(struct merging *m, enum view_managed which)
{
	struct merge_out *out = m->out;
	struct vec_str added = { 0 }, *merged = &out->merged.managed[which];
	const char *word = wanted(m, which, &added);

	if (word != NULL)
		sync_set_add(merged, word);
	if (!sync_set_same(merged, &m->local->managed[which])) {
		out->managed |= 1u << which;
		out->task |= SIDE_MANAGED;
	}
	if (!sync_set_same(merged, &m->remote.managed[which]))
		out->issue |= SIDE_MANAGED;
	if (!m->lost && !sync_set_same(&m->local->managed[which], &m->base.managed[which]))
		vec_str_take(sync_set_same(merged, &m->local->managed[which]) ? &out->lost_there :
		    &out->lost_here, xstrndup(view_prefix(which), strlen(view_prefix(which)) - 1));
	vec_str_release(&added);
}

static void
merge_managed(struct merging *m, enum view_managed which)
{
	const struct vec_str *b = &m->base.managed[which], *l = &m->local->managed[which];
	const struct vec_str *r = &m->remote.managed[which];
	struct merge_out *out = m->out;
	unsigned bit = 1u << which;
	bool edited = !sync_set_same(r, b);

	sync_set_copy(&out->base.managed[which], r);
	out->base.foreign |= edited ? bit : m->base.foreign & bit;
	if (sync_set_same(l, r)) {
		sync_set_copy(&out->merged.managed[which], r);
		out->base.foreign &= ~bit;
	} else if (!edited) {
		merge_push_managed(m, which);
	} else if (which == VIEW_AGENT && m->held) {
		sync_set_copy(&out->merged.managed[which], r);
		sync_set_copy(&out->base.managed[which], b);
		out->queued = true;
	} else {
		take(m, which);
	}
}

void
merge_labels(struct merging *m)
{
	merge_peoples(m);
	for (int i = VIEW_AGENT; i < VIEW_MANAGED_N; i++)
		merge_managed(m, (enum view_managed)i);
}

/* ---- relatives ---- */

static bool
is_known(const struct merging *m, int64_t issue)
{
	return m->in->known == NULL || vec_id_has(m->in->known, issue);
}

static void
merge_parent(struct merging *m)
{
	const struct view *l = m->local;
	struct merge_out *out = m->out;
	int64_t base = m->base.parent, remote = m->remote.parent, ours = l->parent;
	bool edited = remote != base;

	if ((l->unsaid & SIDE_PARENT) || (ours == 0 && !is_known(m, base)))
		ours = base;
	out->merged.parent = edited ? remote : ours;
	if (edited && ours != base && ours != remote) {
		merge_note(m, "its parent was changed here and on GitHub, that of GitHub counts");
		vec_str_push(&out->lost_here, "parent");
	}
	if (out->merged.parent != ours)
		out->task |= SIDE_PARENT;
	if (out->merged.parent != remote)
		out->issue |= SIDE_PARENT;
	out->base.parent = remote;
}

static void
merge_blocked(struct merging *m)
{
	const struct vec_id *base = &m->base.blocked_by, *remote = &m->remote.blocked_by;
	struct merge_out *out = m->out;
	struct vec_id ours = { 0 };

	if (m->local->unsaid & SIDE_BLOCKED)
		sync_ids_copy(&ours, base);
	else
		sync_ids_copy(&ours, &m->local->blocked_by);
	for (size_t i = 0; i < base->n; i++)
		if (!is_known(m, base->v[i]))
			sync_ids_add(&ours, base->v[i]);
	sync_ids_merge(&out->merged.blocked_by, base, &ours, remote);
	if (!sync_ids_same(&out->merged.blocked_by, &ours))
		out->task |= SIDE_BLOCKED;
	if (!sync_ids_same(&out->merged.blocked_by, remote))
		out->issue |= SIDE_BLOCKED;
	sync_ids_copy(&out->base.blocked_by, remote);
	out->merged.blocked_known = out->base.blocked_known =
	    m->remote.blocked_known || m->base.blocked_known;
	out->base.blocked_count = m->remote.blocked_count;
	vec_id_release(&ours);
}

void
merge_relatives(struct merging *m)
{
	merge_parent(m);
	merge_blocked(m);
}
