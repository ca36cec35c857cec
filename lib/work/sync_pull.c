/*
 * sync_pull - what people did on GitHub: new tasks, changed ones, commands
 *
 * All questions are asked first.  What is to come in is noted (sync_state.h, `pending`).  Then
 * one commit of the task file takes in everything; it is a function of the picture it is given,
 * as it may be called again.  Then what both sides agree on is noted for each issue, and how far
 * the list was read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "task/uid.h"
#include "work/cancel.h"
#include "work/propagate.h"
#include "work/sync_apply.h"
#include "work/sync_board.h"
#include "work/sync_feedback.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_list.h"
#include "work/sync_marked.h"
#include "work/sync_merge.h"
#include "work/sync_relation.h"
#include "work/sync_set.h"
#include "work/sync_status.h"
#include "work/sync_trust.h"
#include "work/sync_twin.h"

#define LONE_MAX 50		/* issues whose base is lost, asked for in one run */

/* What is to be done about one issue, and what came of it. */
struct pulled {
	struct sync_remote *remote;
	struct sync_issue *issue;	/* NULL: no task goes with it yet */
	char *uid;			/* of the task that is to be made, or NULL */
	bool import, gated, doubted;
	int64_t task;			/* that goes with it now; 0: none */
	char *why;			/* no task can be made of it, and why; or NULL */
	int attempt;			/* it is to be brought to its end (cancel.h); 0: none is */
	bool merged;			/* `out` is there */
	struct merge_out out;
};

struct pulling {
	struct sync *s;
	struct pulled *v;
	size_t n;
	bool again;			/* only of what was imported just now */
	bool imported;
	struct sync_feedback feedback;
	struct vec_id changed;
	struct vec_id moved;		/* what follows from them is to be done */
};

/* ---- questions ---- */

/*
 * May a task be made of it?  *gated: for its label, not for its author.  1 yes, 0 no, -1 the
 * run must end.
 */
static int
may_import(struct sync *s, const struct sync_remote *r, bool *gated, struct err *e)
{
	const char *gate = config_text(&s->p->config, "gh.gate");
	const struct vec_str *labels = &r->view.labels;
	int trusted;

	if (!r->view.open || sync_set_has(labels, "no_gh") || sync_set_has(labels, "local-only") ||
	    s->opts->only != NULL || (gate != NULL && !sync_set_has(labels, gate)))
		return 0;
	if ((trusted = sync_trust(s, r->json, e)) == -1)
		return -1;
	*gated = trusted == 0;
	return trusted == 1 || gate != NULL;
}

static int
ask_about(struct sync *s, struct pulled *p, struct err *e)
{
	struct sync_remote *r = p->remote;

	if (p->issue != NULL)
		return sync_trust_issue(s, p->issue, r, e) == -1 ||
		    sync_trust_state(s, p->issue, r, &p->doubted, e) == -1 ? -1 :
		    sync_relation_read(s, r, p->issue, e);
	/* Ours that no task goes with is of one that is gone. */
	switch (r->ours ? 0 : may_import(s, r, &p->gated, e)) {
	case -1:
		return -1;
	case 0:
		if (r->view.open)
			sync_did(s, "ignore", 0, r->number, "%s", r->view.title);
		return 0;
	}
	if (sync_feedback_start(s, r->json, e) == -1 || (p->uid = uid_new(e)) == NULL)
		return -1;
	p->import = true;
	return 0;
}

static int
collect(struct pulling *p, struct err *e)
{
	struct sync *s = p->s;
	int lone = 0;

	for (size_t i = 0; i < s->state.n && lone < LONE_MAX && !p->again; i++) {
		const struct sync_issue *issue = s->state.v[i];

		if (issue->base != NULL || issue->gone != NULL || issue->task == 0 ||
		    sync_remote_find(s, issue->number) != NULL)
			continue;
		lone++;
		if (sync_list_one(s, issue->number, e) == -1)
			return -1;
	}
	if (!p->again && sync_board_pull(s, e) == -1)
		return -1;
	p->v = xcalloc(s->n + 1, sizeof *p->v);
	for (size_t i = 0; i < s->n; i++) {
		struct pulled *one = &p->v[p->n];

		*one = (struct pulled){ .remote = s->remote[i],
			.issue = sync_state_by_number(&s->state, s->remote[i]->number) };
		/* Time alone says nothing: two changes may be of one second. */
		if (one->issue != NULL && (one->issue->gone != NULL ||
		    !sync_wants(s, one->issue->task)))
			continue;
		if (p->again && !s->remote[i]->fresh)
			continue;
		p->n++;
		if (ask_about(s, one, e) == -1)
			return -1;
	}
	return p->again ? 0 : sync_feedback_read(s, &p->feedback, e);
}

/* ---- the commit ---- */

/* The texts as they are: what must not reach a prompt is taken out where prompts are made. */
static struct val *
new_task(const struct sync *s, const struct pulled *p)
{
	const struct view *v = &p->remote->view;
	struct val *map = val_map(), *labels = val_list();

	for (size_t i = 0; i < v->labels.n; i++)
		val_push(labels, val_str(v->labels.v[i]));
	val_add(map, "title", val_str(*v->title != '\0' ? v->title : "(no title)"));
	if (*v->body != '\0')
		val_add(map, "body", val_str(v->body));
	if (labels->n > 0)
		val_add(map, "labels", labels);
	else
		val_free(labels);
	val_add(map, "uid", val_str(p->uid));
	val_add(map, "gh", sync_link_map(s, p->remote->json));
	return map;
}

static int
import_one(struct change *c, struct pulling *all, struct pulled *p, struct err *e)
{
	const struct tasks *tasks = change_tasks(c);
	struct err why = { 0 };
	struct val *fields;
	int r = 0;

	if (!p->import)
		return 0;
	/* Somebody else took it in meanwhile: sync_link_mend() finds it out. */
	for (size_t i = 0; i < tasks->n; i++)
		if (sync_task_number(all->s, &tasks->v[i]) == p->remote->number)
			return 0;
	fields = new_task(all->s, p);
	/* What no task can hold stops no other. */
	if (change_check_fields(fields, &why) == -1)
		p->why = xstrdup(why.msg);
	else
		r = change_add(c, fields, &p->task, e);
	val_free(fields);
	if (p->why != NULL)
		return 0;
	if (r == 0)
		vec_id_push(&all->changed, p->task);
	return r;
}

static int64_t
task_of(const void *arg, int64_t id)
{
	const struct sync *s = arg;
	const struct sync_issue *issue = sync_state_by_id(&s->state, id);

	return issue != NULL ? issue->task : 0;
}

/* A task that runs is in progress until the last of its processes is gone, as with orch-cancel. */
static int
withdraw(struct change *c, const struct sync *s, struct pulled *p, struct err *e)
{
	struct val *attempts = change_get(c, p->task, F_ATTEMPTS);

	p->attempt = (int)val_number(attempts, 0);
	val_free(attempts);
	return s->opts->dry_run ? 0 : cancel_mark(s->p, p->task, p->attempt, p->out.withdrawn, e);
}

static int
merge_one(struct change *c, struct pulling *all, struct pulled *p, struct err *e)
{
	struct sync *s = all->s;
	const struct task *t = tasks_find(change_tasks(c), p->issue->task);
	struct vec_id blocked = { 0 };
	struct view_links links;
	struct view local = { 0 };
	struct sync_apply apply;
	struct merge_in in;
	int r;

	if (t == NULL)
		return 0;
	sync_relation_links(s, t, &links, &blocked);
	view_of_task(&local, t, &links);
	in = (struct merge_in){
		.base = p->issue->base, .local = &local, .remote = &p->remote->view,
		.status = t->status, .held = t->status == ST_IN_PROGRESS,
		.closed_by_us = p->issue->closed_by_us,
		.text_trusted = sync_trust_text(p->issue, &p->remote->view),
		.doubted = p->doubted, .refused = p->issue->refused, .known = &s->known,
		.card = p->remote->card != NULL,
	};
	sync_merge(&in, &p->out);
	p->merged = true;
	p->task = t->id;
	apply = (struct sync_apply){ .task = t->id, .local = &local, .links = &links, .merge = &p->out,
		.task_of = task_of, .arg = s };
	r = sync_apply(c, s->p, &apply, &all->moved, e);
	if (r == 0 && p->out.withdrawn != NULL)
		r = withdraw(c, s, p, e);
	if (r == 0 && (p->out.task != 0 || p->out.verb != MERGE_KEEP || p->out.managed != 0))
		vec_id_push(&all->changed, t->id);
	view_release(&local);
	vec_id_release(&blocked);
	return r;
}

static void
forget(struct pulling *all)
{
	vec_id_release(&all->changed);
	vec_id_release(&all->moved);
	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i].merged)
			merge_out_release(&all->v[i].out);
		all->v[i].merged = false;
		free(all->v[i].why);
		all->v[i].why = NULL;
		all->v[i].task = 0;
		all->v[i].attempt = 0;
	}
}

static int
take_in(struct change *c, void *arg, struct err *e)
{
	struct pulling *all = arg;

	forget(all);
	for (size_t i = 0; i < all->n; i++) {
		struct pulled *p = &all->v[i];

		if ((p->issue != NULL ? merge_one(c, all, p, e) : import_one(c, all, p, e)) == -1)
			return -1;
	}
	if (sync_feedback_apply(c, all->s, &all->feedback, &all->changed, &all->moved, e) == -1)
		return -1;
	return propagate(c, all->s->p, &all->moved, NULL, e);
}

/* ---- what is noted ---- */

/* What both sides are when the task is made: noted before it is. */
static void
expect(struct sync *s, const struct pulled *p)
{
	const struct val *json = p->remote->json;
	const char *node = val_text(val_get(json, "node_id")), *url = val_text(val_get(json, "html_url"));
	struct sync_issue *issue = sync_state_issue(&s->state, p->remote->number);
	const struct vec_str *labelled = &p->remote->view.managed[VIEW_STATUS];
	int status;

	issue->pending = true;
	sync_state_identify(&s->state, issue, p->remote->id);
	issue->node_id = node != NULL ? xstrdup(node) : NULL;
	issue->url = url != NULL ? xstrdup(url) : NULL;
	issue->gated = p->gated;
	issue->uid = xstrdup(p->uid);
	issue->comments_known = true;		/* none can have a mark that is new */
	issue->base = xcalloc(1, sizeof *issue->base);
	view_copy(issue->base, &p->remote->view);
	/* Agent, priority, complexity and relatives are taken over by a merge.  That an open issue
	 * has ended nobody asks for: such a label is left over from before. */
	for (size_t i = 0; i < VIEW_MANAGED_N; i++)
		vec_str_release(&issue->base->managed[i]);
	for (size_t i = 0; i < labelled->n; i++)
		if ((status = state_find(labelled->v[i])) != -1 && state_ended((enum status)status))
			sync_set_add(&issue->base->managed[VIEW_STATUS], labelled->v[i]);
	issue->comments = val_number(val_get(json, "comments"), 0);
	if (val_number(val_get(json, "comments"), 1) != 0)
		issue->cursor = s->newest_comment;
}

static int
expect_all(struct pulling *all, struct err *e)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].import)
			expect(all->s, &all->v[i]);
	return sync_state_save_issues(&all->s->state, e);
}

static void
know_new(struct sync *s, struct pulled *p)
{
	struct sync_issue *issue = sync_state_by_number(&s->state, p->remote->number);

	if (p->task == 0) {
		sync_state_forget(&s->state, issue);
		return;
	}
	sync_state_bind(&s->state, issue, p->task);
	issue->pending = false;
	p->remote->fresh = true;
	sync_did(s, "import", p->task, issue->number, "%s", p->remote->view.title);
}

/* Whoever settles the attempt cancels its task; this only hastens its end. */
static void
end_attempt(struct sync *s, const struct pulled *p)
{
	struct err why = { 0 };

	if (p->attempt != 0 && !s->opts->dry_run &&
	    cancel_stop(s->p, p->task, p->attempt, false, &why) == -1)
		sync_left(s, "update", p->task, p->remote->number, why.code,
		    "its attempt cannot be asked to end: %s", why.msg);
}

static void
know_merged(struct sync *s, struct pulled *p)
{
	struct sync_issue *issue = p->issue;
	struct merge_out *out = &p->out;

	sync_board_took(s, p->remote, issue, out);
	if (out->stale)
		return;
	sync_status_conflicts(&s->state, issue, out, s->now);
	if (out->verb != MERGE_KEEP)
		sync_did(s, out->verb == MERGE_PARK ? "park" : "update", p->task, issue->number,
		    "%s: %s", merge_verb_name(out->verb), out->reason != NULL ? out->reason : "");
	else if (out->task != 0 && !p->remote->fresh)
		sync_did(s, "update", p->task, issue->number, "%s", "");
	if (issue->base == NULL)
		issue->base = xcalloc(1, sizeof *issue->base);
	else
		view_release(issue->base);
	view_copy(issue->base, &out->base);
	free(issue->refused);
	issue->refused = out->refused != NULL ? xstrdup(out->refused) : NULL;
	issue->closed_by_us = out->closed_by_us;
	sync_relation_seen(issue, p->remote->json);
	issue->dirty = true;
	if (!out->queued) {
		issue->arrived = false;
		free(issue->etag);
		issue->etag = p->remote->etag != NULL ? xstrdup(p->remote->etag) : NULL;
	} else {
		/* The list must have it once more. */
		s->unsettled = true;
		sync_left(s, "update", p->task, issue->number, ERR_BUSY,
		    "waits for the end of the attempt");
		end_attempt(s, p);
	}
}

/* Of a task that is not in the file any more nothing comes of it: who did it may want to know. */
static void
know_moved(struct sync *s, struct pulled *p)
{
	struct sync_issue *issue = p->issue;

	if (issue->base == NULL || issue->base->open == p->remote->view.open)
		return;
	issue->base->open = p->remote->view.open;
	issue->dirty = true;
	if (issue->base->open)
		vec_str_take(&s->report->notes, xasprintf("issue %lld was reopened, but its task %lld has "
		    "left the file: 'orch-sync-gh link TASK %lld' gives it to another one",
		    (long long)p->remote->number, (long long)issue->task, (long long)p->remote->number));
}

static int
know(struct pulling *all, struct err *e)
{
	struct sync *s = all->s;

	for (size_t i = 0; i < all->n; i++) {
		struct pulled *p = &all->v[i];

		if (p->merged)
			know_merged(s, p);
		else if (p->issue != NULL)
			know_moved(s, p);
		if (p->import)
			know_new(s, p);
		all->imported |= p->import && p->task != 0;
		if (p->why != NULL)
			sync_left(s, "import", 0, p->remote->number, ERR_INVALID, "%s", p->why);
	}
	if (!all->again)
		sync_feedback_done(s, &all->feedback);
	return sync_state_save_issues(&s->state, e);
}

/* One commit, and what is noted of it. */
static int
take(struct pulling *all, struct err *e)
{
	struct sync *s = all->s;
	int r = collect(all, e);

	if (r == 0 && (all->n > 0 || sync_feedback_any(&all->feedback))) {
		if ((r = expect_all(all, e)) == 0 &&
		    (r = store_update(s->p, s->store, take_in, all, e)) == 0)
			r = know(all, e);
		if (r == 0 && s->opts->way != SYNC_PULL && !all->again)
			r = sync_feedback_answer(s, &all->feedback, e);
	} else if (r == 0 && !all->again) {
		sync_feedback_done(s, &all->feedback);
		r = sync_state_save_issues(&s->state, e);
	}
	for (size_t i = 0; r == 0 && i < all->changed.n && !all->again; i++)
		if (s->looks == 0 || !vec_id_has(&s->report->changed, all->changed.v[i]))
			vec_id_push(&s->report->changed, all->changed.v[i]);
	forget(all);
	for (size_t i = 0; i < all->n; i++)
		free(all->v[i].uid);
	free(all->v);
	sync_feedback_release(&all->feedback);
	return r;
}

int
sync_pull(struct sync *s, struct err *e)
{
	struct pulling all = { .s = s }, new = { .s = s, .again = true };

	s->looked = clock_mono();
	if (sync_link_mend(s, e) == -1 || sync_list(s, e) == -1 || sync_marked(s, e) == -1 ||
	    sync_twin(s, e) == -1)
		return -1;
	sync_know(s);
	if (s->opts->way == SYNC_PUSH)
		return 0;
	if (take(&all, e) == -1)
		return -1;
	if (all.imported) {
		sync_know(s);
		if (!s->opts->dry_run && take(&new, e) == -1)
			return -1;
	}
	sync_list_done(s);
	sync_board_done(s);
	return sync_state_save(&s->state, e);
}

/* What was asked for before, as if it had not been. */
static void
drop_picture(struct sync *s)
{
	for (size_t i = 0; i < s->n; i++)
		sync_remote_free(s->remote[i]);
	s->n = 0;
	free(s->etag);
	free(s->etag_url);
	s->etag = s->etag_url = NULL;
	s->unchanged = s->unsettled = false;
	s->seen = s->newest_comment = 0;
}

int
sync_look_again(struct sync *s, struct err *e)
{
	drop_picture(s);
	s->looks++;
	s->look = LOOK_NOT;
	return sync_pull(s, e);
}
