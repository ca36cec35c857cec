/*
 * sync_push - what GitHub is to know: new issues, changes, relations, comments
 *
 * What a task needs is what a merge of it with its issue says after all that people did was
 * taken over, so that nothing of theirs is written over.  As writes take their time, and a
 * PATCH replaces what it names, both sides are looked at again before a task is written where
 * that was done too long ago: issues that changed are pulled, the task file is read, and what
 * is left is pushed of that.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "task/uid.h"
#include "work/sync_away.h"
#include "work/sync_comment.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_mark.h"
#include "work/sync_merge.h"
#include "work/sync_outbox.h"
#include "work/sync_relation.h"
#include "work/sync_repo.h"
#include "work/sync_set.h"
#include "work/sync_trust.h"
#include "work/sync_twin.h"

#define LABELS "labels"			/* of what a token may not write */
#define IN_ISSUE (SIDE_TITLE | SIDE_BODY | SIDE_LABELS | SIDE_MANAGED | SIDE_STATE)

/* A task, its issue, and what both are. */
struct pushing {
	const struct task *task;
	struct sync_issue *issue;
	struct view local;
	struct view_links links;
	struct vec_id blocked;
	struct sync_links block;
	char *block_text;
};

static void
pushing_init(struct pushing *w, struct sync *s, const struct task *t)
{
	*w = (struct pushing){ .task = t };
	sync_relation_links(s, t, &w->links, &w->blocked);
	view_of_task(&w->local, t, &w->links);
	w->issue = sync_state_by_task(&s->state, t->id);
	sync_relation_block(s, w->issue, &w->links, &w->block);
	w->block_text = sync_relation_text(&w->block);
}

static void
pushing_release(struct pushing *w)
{
	view_release(&w->local);
	vec_id_release(&w->blocked);
	sync_links_release(&w->block);
	free(w->block_text);
}

/* ---- what is sent ---- */

static struct val *
label_list(const struct view *v)
{
	struct vec_str labels = { 0 };
	struct val *list = val_list();

	view_labels(v, &labels);
	for (size_t i = 0; i < labels.n; i++)
		val_push(list, val_str(labels.v[i]));
	vec_str_release(&labels);
	return list;
}

/* With our mark, if the issue is one that we made or has a block. */
static struct val *
body_text(const struct pushing *w, const char *person, bool marked, const char *uid)
{
	bool block = w->block.parent != 0 || w->block.blocked_by.n > 0;
	char *text = uid != NULL && (marked || block) ? sync_mark_body(person, uid, &w->block) :
	    xstrdup(person);
	struct val *body = val_str(text);

	free(text);
	return body;
}

/* The issue has it, and it is not ours to take away. */
static bool
stays_human(const struct pushing *w, const struct view *remote)
{
	return remote->human && !(w->issue->flagged && !state_parked(w->task->status));
}

static struct val *
patch_body(const struct pushing *w, const struct view *remote, const struct view *merged,
    unsigned sides)
{
	struct val *body = val_map();

	if (sides & SIDE_TITLE)
		val_add(body, "title", val_str(merged->title));
	if (sides & SIDE_BODY)
		val_add(body, "body", body_text(w, merged->body, w->issue->marked, w->issue->uid));
	if (sides & (SIDE_LABELS | SIDE_MANAGED)) {
		struct val *labels = label_list(merged);

		if (stays_human(w, remote))
			val_push(labels, val_str(VIEW_HUMAN));
		val_add(body, "labels", labels);
	}
	if (sides & SIDE_STATE) {
		val_add(body, "state", val_str(merged->open ? "open" : "closed"));
		if (merged->state_reason != NULL)
			val_add(body, "state_reason", val_str(merged->state_reason));
	}
	return body;
}

/* " +home -bug" */
static void
put_labels(struct buf *b, const struct view *from, const struct view *to)
{
	struct vec_str was = { 0 }, is = { 0 };

	view_labels(from, &was);
	view_labels(to, &is);
	for (size_t i = 0; i < is.n; i++)
		if (!sync_set_has(&was, is.v[i]))
			buf_printf(b, " +%s", is.v[i]);
	for (size_t i = 0; i < was.n; i++)
		if (!sync_set_has(&is, was.v[i]))
			buf_printf(b, " -%s", was.v[i]);
	vec_str_release(&was);
	vec_str_release(&is);
}

/* "title 'A' -> 'B', body, labels +home, closed": for the report. */
static char *
sides_text(unsigned sides, const struct view *from, const struct view *to)
{
	struct buf b = { 0 };

	if (sides & SIDE_TITLE)
		buf_printf(&b, "title '%s' -> '%s', ", from->title, to->title);
	if (sides & SIDE_BODY)
		buf_printf(&b, "body (%zu -> %zu bytes), ", strlen(from->body), strlen(to->body));
	if (sides & (SIDE_LABELS | SIDE_MANAGED)) {
		buf_puts(&b, "labels");
		put_labels(&b, from, to);
		buf_puts(&b, ", ");
	}
	if (sides & SIDE_STATE)
		buf_printf(&b, "%s, ", to->open ? "reopened" : "closed");
	buf_cut(&b, b.len >= 2 ? b.len - 2 : 0);
	return buf_detach(&b);
}

/* ---- changes ---- */

/* Did the reply take the labels?  Without push access they are dropped in silence. */
static bool
took_labels(const struct view *reply, const struct view *merged)
{
	struct vec_str want = { 0 }, got = { 0 };
	bool yes = true;

	view_labels(merged, &want);
	view_labels(reply, &got);
	for (size_t i = 0; i < want.n && yes; i++)
		yes = sync_set_has(&got, want.v[i]);
	vec_str_release(&want);
	vec_str_release(&got);
	return yes;
}

/* The labels were written as a whole: what nobody needs any more was not among them. */
static void
unflag(const struct pushing *w)
{
	if (!w->issue->flagged || state_parked(w->task->status))
		return;
	w->issue->flagged = w->issue->base->human = false;
	w->issue->dirty = true;
}

/* What came of a PATCH, noted. */
static int
patched(struct sync *s, const struct pushing *w, const struct merge_out *out, unsigned sides,
    const struct gh_answer *answer, struct err *e)
{
	struct sync_issue *issue = w->issue;
	const unsigned labels = SIDE_LABELS | SIDE_MANAGED;
	struct err unread = { 0 };
	struct view reply = { 0 };

	int r;

	issue->dirty = true;
	if (answer->end == GH_OK) {
		bool told = view_of_issue(&reply, answer->body, &unread) == 0 &&
		    !((sides & labels) && (reply.unsaid & SIDE_LABELS));

		if (told && (sides & labels) && !took_labels(&reply, &out->merged)) {
			sync_state_learn(&s->state, LABELS, s->now);
			sync_left(s, "patch", issue->task, issue->number, ERR_FAILED,
			    "the token may not set labels here");
			merge_sending(issue->base, &out->merged, sides & ~labels);
		}
		/* What the answer does not tell of is seen in the next list. */
		if (told)
			merge_sent(issue->base, reply.updated_at);
		view_release(&reply);
		if (sides & SIDE_BODY)
			sync_relation_note(issue, w->block_text);
		if (sides & SIDE_STATE)
			issue->closed_by_us = !out->merged.open;
		if (sides & labels)
			unflag(w);
	} else if (answer->end != GH_UNSURE) {
		merge_sending(issue->base, NULL, 0);
	}
	if ((r = sync_away_look(s, issue, "patch", answer, e)) != 0)
		return r == -1 ? -1 : 0;
	if (answer->end != GH_OK)
		sync_left(s, "patch", issue->task, issue->number, answer->end == GH_UNSURE ?
		    ERR_BUSY : ERR_FAILED, "%s", answer->why);
	if (sync_state_save_issues(&s->state, e) == -1)
		return -1;
	return sync_ends(answer, e) ? -1 : 0;
}

static int
patch(struct sync *s, struct pushing *w, const struct view *remote, const struct merge_out *out,
    unsigned sides, struct err *e)
{
	struct sync_issue *issue = w->issue;
	char *path = sync_issue_path(s, issue->number, "%s", "");
	char *detail = sides_text(sides, remote, &out->merged);
	struct gh_answer answer = { 0 };
	struct val *body = NULL;
	int r = 0;

	if (sync_may_write(s, "patch", issue->task, issue->number, detail)) {
		body = patch_body(w, remote, &out->merged, sides);
		merge_sending(issue->base, &out->merged, sides);
		issue->dirty = true;
		if ((r = sync_state_save_issues(&s->state, e)) == 0 &&
		    (r = sync_rewrite(s, "PATCH", path, body, remote, &answer, e)) == 0)
			r = patched(s, w, out, sides, &answer, e);
	} else if (s->opts->dry_run && (sides & (SIDE_LABELS | SIDE_MANAGED))) {
		unflag(w);
	}
	gh_answer_release(&answer);
	val_free(body);
	free(detail);
	free(path);
	return r;
}

/* The issue as it is now, as far as is known: where it was in no list it is as it was. */
static const struct view *
remote_view(const struct sync *s, const struct sync_issue *issue)
{
	const struct sync_remote *r = sync_remote_find(s, issue->number);

	return r != NULL ? &r->view : issue->base;
}

static int
push_linked(struct sync *s, struct pushing *w, struct err *e)
{
	struct sync_issue *issue = w->issue;
	struct merge_out out;
	struct merge_in in = {
		.base = issue->base, .local = &w->local, .remote = remote_view(s, issue),
		.status = w->task->status, .held = w->task->status == ST_IN_PROGRESS,
		.closed_by_us = issue->closed_by_us,
		.text_trusted = sync_trust_text(issue, remote_view(s, issue)),
		.refused = issue->refused, .known = &s->known,
	};
	unsigned sides;
	int r = 0;

	if (issue->gone != NULL || issue->base == NULL)
		return 0;
	sync_merge(&in, &out);
	/* In a run that only pushes, what people did comes first. */
	if (out.stale || out.task != 0 || out.verb != MERGE_KEEP) {
		if (!out.stale)
			sync_left(s, "patch", issue->task, issue->number, ERR_BUSY,
			    "it was changed on GitHub, which is taken over first");
		goto done;
	}
	sides = out.issue & IN_ISSUE;
	/* A text of a person is not cut for the sake of a block. */
	if (strcmp(w->block_text, issue->block != NULL ? issue->block : "") != 0 && !in.remote->cut)
		sides |= SIDE_BODY;
	if (sync_state_lacks(&s->state, LABELS, s->now))
		sides &= ~(unsigned)(SIDE_LABELS | SIDE_MANAGED);
	if ((sides != 0 || (out.issue & ~(unsigned)IN_ISSUE)) && sync_repo_check(s, e) == -1)
		r = -1;
	if (r == 0 && sides != 0)
		r = patch(s, w, in.remote, &out, sides, e);
	if (r == 0 && issue->gone == NULL && s->look != LOOK_NOW && (out.issue & (SIDE_PARENT | SIDE_BLOCKED)))
		r = sync_relation_write(s, issue, &out, e);
done:
	merge_out_release(&out);
	return r;
}

/* ---- new issues ---- */

/* Those that get one: without one (it may have come with a commit of this run), not ended but for
 * those that failed and wait for a person, not kept back. */
bool
sync_publishes(const struct sync *s, const struct task *t)
{
	return sync_task_number(s, t) == 0 && !sync_at_damaged(s, t) &&
	    (!state_ended(t->status) || state_parked(t->status)) && !view_is_kept(s->p, t) &&
	    strcmp(config_text(&s->p->config, "gh.publish"), "all") == 0;
}

struct naming {
	struct vec_id tasks;
	struct vec_str uids;
};

static int
name_tasks(struct change *c, void *arg, struct err *e)
{
	const struct naming *n = arg;

	for (size_t i = 0; i < n->tasks.n; i++) {
		struct val *old = change_get(c, n->tasks.v[i], F_UID);
		bool set = old != NULL;

		val_free(old);
		if (!set && change_status(c, n->tasks.v[i]) != ST_NONE &&
		    change_set(c, n->tasks.v[i], F_UID, val_str(n->uids.v[i]), e) == -1)
			return -1;
	}
	return 0;
}

/* The mark of an issue stands in its task before it stands in the issue: `tasks` is read again
 * where one gets it now. */
static int
give_uids(struct sync *s, struct tasks *tasks, struct err *e)
{
	struct naming n = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		char *uid;

		if (task_is_set(t, F_UID) || !sync_wants(s, t->id) ||
		    (sync_task_number(s, t) == 0 && !sync_publishes(s, t)))
			continue;
		if ((uid = uid_new(e)) == NULL) {
			r = -1;
			break;
		}
		vec_id_push(&n.tasks, t->id);
		vec_str_take(&n.uids, uid);
	}
	if (r == 0 && n.tasks.n > 0 &&
	    (r = store_update(s->p, s->store, name_tasks, &n, e)) == 0) {
		tasks_release(tasks);
		r = store_read(s->p, tasks, e);
	}
	vec_id_release(&n.tasks);
	vec_str_release(&n.uids);
	return r;
}

/* What was made is what both sides are, but for what GitHub dropped. */
static int
created(struct sync *s, const struct pushing *w, const char *uid, const struct val *reply,
    struct err *e)
{
	struct sync_issue *issue;
	struct err why = { 0 };
	struct view *base;

	if (sync_link_made(s, w->task->id, uid, reply, e) == -1)
		return -1;
	issue = sync_state_issue(&s->state, val_number(val_get(reply, "number"), 0));
	issue->marked = true;
	sync_relation_note(issue, w->block_text);
	base = xcalloc(1, sizeof *base);
	if (view_of_issue(base, reply, &why) == 0)
		issue->base = base;
	else
		free(base);
	if (issue->base != NULL && !(issue->base->unsaid & SIDE_LABELS) &&
	    !took_labels(issue->base, &w->local)) {
		sync_state_learn(&s->state, LABELS, s->now);
		sync_left(s, "create", issue->task, issue->number, ERR_FAILED,
		    "the token may not set labels here");
	}
	return sync_state_save_issues(&s->state, e) == -1 ? -1 : sync_state_save(&s->state, e);
}

/* In a dry run: as if it was made, so that what follows from it is told, too. */
static void
suppose(struct sync *s, const struct pushing *w)
{
	struct sync_issue *issue = sync_state_issue(&s->state, SYNC_UNMADE + w->task->id);

	sync_state_bind(&s->state, issue, w->task->id);
	sync_state_identify(&s->state, issue, issue->number);
	issue->uid = xstrdup("00000000000000000000000000000000");
	issue->marked = issue->comments_known = true;
	sync_relation_note(issue, w->block_text);
	issue->base = xcalloc(1, sizeof *issue->base);
	view_copy(issue->base, &w->local);
	issue->base->parent = 0;
	vec_id_release(&issue->base->blocked_by);
	issue->base->unsaid = 0;
	issue->base->blocked_known = true;
}

static int
create(struct sync *s, struct pushing *w, struct err *e)
{
	const char *uid = task_text(w->task, F_UID);
	int64_t writes = s->report->writes;
	struct gh_answer answer = { 0 };
	struct val *body;
	int r;

	if (uid != NULL && sync_outbox_has_issue(s, uid))
		return 0;
	if (s->barred) {
		sync_left(s, "create", w->task->id, 0, ERR_FAILED, "%s: no issue may be made here",
		    w->local.title);
		return 0;
	}
	if (sync_repo_check(s, e) == -1)
		return -1;
	if (!sync_may_write(s, "create", w->task->id, 0, w->local.title) || uid == NULL) {
		if (s->opts->dry_run && s->report->writes > writes)
			suppose(s, w);
		return 0;
	}
	body = val_map();
	val_add(body, "title", val_str(w->local.title));
	val_add(body, "body", body_text(w, w->local.body, true, uid));
	val_add(body, "labels", label_list(&w->local));
	if ((r = sync_outbox_issue(s, w->task->id, uid, body, &answer, e)) == 0) {
		s->barred = answer.end == GH_REFUSED || answer.end == GH_MISSING ||
		    answer.end == GH_GONE;
		if (answer.end == GH_OK)
			r = created(s, w, uid, answer.body, e);
		else if (sync_ends(&answer, e))
			r = -1;
		else
			sync_left(s, "create", w->task->id, 0, answer.end == GH_UNSURE ? ERR_BUSY :
			    ERR_FAILED, "%s", answer.why);
	}
	gh_answer_release(&answer);
	val_free(body);
	return r;
}

/* ---- all of them ---- */

static int
tell_kept_labels(struct sync *s, const struct pushing *w, struct err *e)
{
	if (w->local.kept_labels == 0 || w->issue == NULL || w->issue->clipped || w->issue->kept)
		return 0;
	w->issue->clipped = w->issue->dirty = true;
	vec_str_take(&s->report->notes, xasprintf("task %lld has labels that stay here: %zu of more than %d, "
	    "or longer than %d characters", (long long)w->task->id, w->local.kept_labels, VIEW_LABELS_MAX,
	    VIEW_LABEL_MAX));
	return sync_state_save_issues(&s->state, e);
}

static int
push_task(struct sync *s, const struct task *t, struct err *e)
{
	unsigned lacking = sync_relation_lacking(s);
	struct pushing w;
	int r = 0;

	pushing_init(&w, s, t);
	if (w.issue == NULL && sync_publishes(s, t) && (r = create(s, &w, e)) == 0) {
		/* A new issue may have relations, too. */
		sync_know(s);
		pushing_release(&w);
		pushing_init(&w, s, t);
	}
	if (r == 0)
		r = tell_kept_labels(s, &w, e);
	if (r == 0 && w.issue != NULL && !w.issue->kept)
		r = push_linked(s, &w, e);
	/* What the host turned out not to have goes into the body, of what is there by now. */
	if (r == 0 && sync_relation_lacking(s) != lacking)
		s->look = LOOK_NOW;
	if (r == 0 && w.issue != NULL && !w.issue->kept && w.issue->gone == NULL && s->look != LOOK_NOW)
		r = sync_comment_push(s, w.issue, t, e);
	pushing_release(&w);
	return r;
}

/* The task file as it is now. */
static int
read_tasks(struct sync *s, struct tasks *tasks, struct err *e)
{
	int r = store_read(s->p, tasks, e);

	if (r == 0 && !s->opts->dry_run)
		r = give_uids(s, tasks, e);
	sync_know(s);
	if (r == 0)
		sync_keep(s, tasks);
	return r;
}

/* Those that are not `done` yet.  It ends early where it is to be looked first, which is done
 * once for each: *looked is the one that it was done for. */
static int
push_tasks(struct sync *s, const struct tasks *tasks, struct vec_id *done, int64_t *looked,
    struct err *e)
{
	size_t before = done->n;

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];

		if (!sync_wants(s, t->id) || sync_at_damaged(s, t) || (before > 0 && vec_id_has(done, t->id)))
			continue;
		s->look = t->id == *looked ? LOOK_NOT : LOOK_FIRST;
		if (push_task(s, t, e) == -1)
			return -1;
		if (s->look == LOOK_NOW) {
			*looked = t->id;
			return 0;
		}
		vec_id_push(done, t->id);
	}
	s->look = LOOK_NOT;
	return 0;
}

int
sync_push(struct sync *s, struct err *e)
{
	struct tasks tasks = { 0 };
	struct vec_id done = { 0 };
	int64_t looked = 0;
	int r = read_tasks(s, &tasks, e);

	if (r == 0)
		r = sync_twin_close(s, e);
	if (r == 0)
		r = push_tasks(s, &tasks, &done, &looked, e);
	while (r == 0 && s->look == LOOK_NOW) {
		tasks_release(&tasks);
		if ((r = sync_look_again(s, e)) == 0 && (r = read_tasks(s, &tasks, e)) == 0)
			r = push_tasks(s, &tasks, &done, &looked, e);
	}
	tasks_release(&tasks);
	vec_id_release(&done);
	return r;
}
