#include "work/sync_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "task/uid.h"
#include "work/delegate.h"
#include "work/sync_away.h"
#include "work/sync_feedback.h"
#include "work/sync_impl.h"
#include "work/sync_list.h"
#include "work/sync_trust.h"

static void
copy(struct val *to, const char *key, const struct val *from, const char *name)
{
	const struct val *v = val_get(from, name);

	if (v != NULL && v->kind != VAL_NULL)
		val_add(to, key, val_copy(v));
}

struct val *
sync_link_map(const struct sync *s, const struct val *issue)
{
	struct val *gh = val_map();

	val_add(gh, "host", val_str(s->pin.host));
	val_add(gh, "repo_id", val_int(s->pin.id));
	copy(gh, "number", issue, "number");
	copy(gh, "id", issue, "id");
	copy(gh, "node_id", issue, "node_id");
	copy(gh, "url", issue, "html_url");
	/* What was said there before is none of ours (sync_feedback.h). */
	if (s->newest_comment != 0 && val_number(val_get(issue, "comments"), 1) != 0)
		val_add(gh, "comment", val_int(s->newest_comment));
	return gh;
}

static bool
names_it(const struct sync *s, const struct tasks *tasks, int64_t task, int64_t number)
{
	const struct task *t = tasks_find(tasks, task);

	return t != NULL && sync_task_number(s, t) == number;
}

static void
wash(const void *arg, const char *text, size_t len, struct buf *out)
{
	redact_text(arg, text, len, out);
}

/* ---- commits ---- */

struct linking {
	const struct sync *sync;
	int64_t task;
	const char *uid;
	struct val *gh;			/* borrowed */
	bool there;			/* the task is */
};

static int
link_task(struct change *c, void *arg, struct err *e)
{
	struct linking *l = arg;
	struct val *old;
	int64_t number;

	l->there = change_status(c, l->task) != ST_NONE;
	if (!l->there)
		return 0;
	old = change_get(c, l->task, F_GH);
	number = val_number(val_get(old, "number"), 0);
	val_free(old);
	if (number == val_number(val_get(l->gh, "number"), 0))
		return 0;
	if (number != 0)
		return err_set(e, ERR_INVALID, "task %lld goes with issue %lld already",
		    (long long)l->task, (long long)number);
	if (l->uid != NULL && change_set(c, l->task, F_UID, val_str(l->uid), e) == -1)
		return -1;
	return change_set(c, l->task, F_GH, val_copy(l->gh), e);
}

void
sync_link_know(struct sync *s, int64_t task, const char *uid, const struct val *gh)
{
	const char *node = val_text(val_get(gh, "node_id")), *url = val_text(val_get(gh, "url"));
	struct sync_issue *issue;
	struct sync_at at;

	sync_at_read(s, gh, &at);
	issue = sync_state_issue(&s->state, at.number);
	sync_at_put(issue, &at);
	sync_state_bind(&s->state, issue, task);
	sync_state_identify(&s->state, issue, val_number(val_get(gh, "id"), 0));
	issue->pending = false;
	free(issue->node_id);
	free(issue->url);
	free(issue->uid);
	free(issue->gone);
	issue->node_id = node != NULL ? xstrdup(node) : NULL;
	issue->url = url != NULL ? xstrdup(url) : NULL;
	issue->uid = uid != NULL ? xstrdup(uid) : NULL;
	issue->gone = NULL;
	if (issue->cursor < val_number(val_get(gh, "comment"), 0))
		issue->cursor = val_number(val_get(gh, "comment"), 0);
}

int
sync_link_made(struct sync *s, int64_t task, const char *uid, const struct val *item,
    struct err *e)
{
	struct linking l = { .sync = s, .task = task, .uid = uid };
	int r;

	l.gh = sync_link_map(s, item);
	if ((r = store_update(s->p, s->store, link_task, &l, e)) == 0) {
		/* A task that is gone leaves its issue behind: nothing is made for it again. */
		sync_link_know(s, l.there ? task : 0, uid, l.gh);
		r = sync_state_save_issues(&s->state, e);
	}
	val_free(l.gh);
	return r;
}

void
sync_link_wash(const struct sync *s, const struct task *t, struct view_links *links)
{
	const struct sync_issue *issue = sync_state_by_task(&s->state, t->id);
	const struct sync_remote *r = issue != NULL ? sync_remote_find(s, issue->number) : NULL;
	const char *by = task_text(t, F_CREATED_BY);

	links->told = issue == NULL ? NULL : issue->base != NULL ? issue->base : r != NULL ? &r->view : NULL;
	links->agent = by != NULL && strncmp(by, DELEGATE_AGENT, strlen(DELEGATE_AGENT)) == 0;
	links->outgoing = wash;
	links->arg = s->p->redact;
}

/* ---- a person says so ---- */

int
sync_link_person(struct sync *s, int64_t task, int64_t number, struct err *e)
{
	struct sync_issue *issue = sync_state_by_number(&s->state, number);
	const struct sync_issue *other = sync_state_by_task(&s->state, task);
	const struct sync_remote *r;
	struct tasks tasks = { 0 };
	const struct task *t;
	size_t left = s->report->left;
	char *uid = NULL;
	int result = -1;

	if (store_read(s->p, &tasks, e) == -1)
		return -1;
	if ((t = tasks_find(&tasks, task)) == NULL)
		err_set(e, ERR_USAGE, "there is no task %lld", (long long)task);
	else if (other != NULL && other != issue && other->gone == NULL)
		err_set(e, ERR_USAGE, "task %lld goes with issue %lld", (long long)task,
		    (long long)other->number);
	else if (issue != NULL && issue->task != task && names_it(s, &tasks, issue->task, number))
		err_set(e, ERR_USAGE, "issue %lld goes with task %lld", (long long)number,
		    (long long)issue->task);
	else
		result = 0;
	if (result == 0 && (result = sync_list_one(s, number, e)) == 0 &&
	    (r = sync_remote_find(s, number)) == NULL)
		result = s->report->left > left ?
		    err_set(e, ERR_FAILED, "issue %lld cannot be read", (long long)number) :
		    err_set(e, ERR_USAGE, "there is no issue %lld in %s", (long long)number,
		    s->pin.repo);
	if (result == 0)
		result = sync_feedback_start(s, sync_remote_find(s, number)->json, e);
	if (result == 0) {
		uid = task_text(t, F_UID) != NULL ? xstrdup(task_text(t, F_UID)) : uid_new(e);
		result = uid == NULL ? -1 : 0;
	}
	tasks_release(&tasks);
	if (result == 0 && !s->opts->dry_run)
		result = sync_link_made(s, task, uid, sync_remote_find(s, number)->json, e);
	if (result == 0) {
		/* Without a base the issue's texts win; what was held back is let in. */
		issue = sync_state_issue(&s->state, number);
		sync_state_bind(&s->state, issue, task);
		if (issue->base != NULL)
			view_release(issue->base);
		free(issue->base);
		free(issue->refused);
		free(issue->approved);
		issue->base = NULL;
		issue->refused = NULL;
		issue->approved = sync_trust_approval(&sync_remote_find(s, number)->view);
		sync_did(s, "link", task, number, "%s", "");
		result = sync_state_save_issues(&s->state, e);
	}
	free(uid);
	return result;
}

struct unlinking {
	const struct vec_id *tasks;
	struct vec_id done, numbers;	/* the issue of each, 0: it had none */
};

static int
unlink_tasks(struct change *c, void *arg, struct err *e)
{
	struct unlinking *u = arg;

	vec_id_release(&u->done);
	vec_id_release(&u->numbers);
	for (size_t i = 0; i < u->tasks->n; i++) {
		int64_t id = u->tasks->v[i];
		struct val *gh = change_get(c, id, F_GH);
		int64_t number = val_number(val_get(gh, "number"), 0);
		const struct task *t = tasks_find(change_tasks(c), id);
		bool linked = gh != NULL;

		val_free(gh);
		if (t == NULL || (!linked && task_has(t, F_LABELS, "no_gh")))
			continue;
		if ((linked && change_set(c, id, F_GH, NULL, e) == -1) ||
		    change_list(c, id, F_LABELS, "no_gh", NULL, e) == -1)
			return -1;
		vec_id_push(&u->done, id);
		vec_id_push(&u->numbers, number);
	}
	return 0;
}

/* The files say so first: a task that names no issue is otherwise given back the one it had. */
static int
let_go(struct project *p, const struct sync_pin *pin, const struct vec_id *tasks, struct err *e)
{
	struct sync_state s;
	int r = sync_state_open(&s, p, pin, e);

	if (r == -1)
		return -1;
	for (size_t i = 0; i < tasks->n; i++) {
		struct sync_issue *issue = sync_state_by_task(&s, tasks->v[i]);

		if (issue == NULL)
			continue;
		free(issue->gone);
		issue->gone = xstrdup("unlinked");
		sync_state_bind(&s, issue, 0);
	}
	r = sync_state_save_issues(&s, e);
	sync_state_close(&s);
	return r;
}

int
sync_unlink(struct project *p, const struct store_opts *store, const struct vec_id *tasks,
    struct sync_account *report, struct err *e)
{
	struct unlinking u = { .tasks = tasks };
	struct sync_pin pin;
	int r = sync_pin_read(p, &pin, e);

	if (r == 0 && pin.id != 0 && !store->dry_run)
		r = let_go(p, &pin, tasks, e);
	if (r == 0 && (r = store_update(p, store, unlink_tasks, &u, e)) == 0)
		for (size_t i = 0; i < u.done.n; i++) {
			vec_id_push(&report->changed, u.done.v[i]);
			sync_account_add(report, "unlink", u.done.v[i], u.numbers.v[i], false, NULL);
		}
	vec_id_release(&u.done);
	vec_id_release(&u.numbers);
	sync_pin_release(&pin);
	return r;
}

struct mending {
	struct sync *sync;
	struct vec_id tasks;		/* those that name no issue, and should */
};

static struct val *
issue_map(const struct sync *s, const struct sync_issue *issue)
{
	struct val *gh = sync_at_map(s, issue);

	if (issue->id != 0)
		val_add(gh, "id", val_int(issue->id));
	if (issue->node_id != NULL)
		val_add(gh, "node_id", val_str(issue->node_id));
	if (issue->url != NULL)
		val_add(gh, "url", val_str(issue->url));
	return gh;
}

static int
mend_tasks(struct change *c, void *arg, struct err *e)
{
	struct mending *m = arg;

	for (size_t i = 0; i < m->tasks.n; i++) {
		int64_t id = m->tasks.v[i];
		const struct sync_issue *issue = sync_state_by_task(&m->sync->state, id);
		struct val *old = change_get(c, id, F_GH);
		bool set = old != NULL;

		val_free(old);
		if (set || change_status(c, id) == ST_NONE)
			continue;
		if (change_set(c, id, F_GH, issue_map(m->sync, issue), e) == -1 ||
		    (issue->uid != NULL &&
		    change_set(c, id, F_UID, val_str(issue->uid), e) == -1))
			return -1;
	}
	return 0;
}

/* What a run that was killed behind its commit could not note any more. */
static void
know_again(struct sync *s, const struct task *t)
{
	struct val *gh = task_value(t, F_GH);
	struct sync_issue *issue = sync_state_by_task(&s->state, t->id);
	struct sync_at at;

	sync_at_read(s, gh, &at);
	if (issue != NULL && issue->number != at.number &&
	    sync_state_by_number(&s->state, at.number) == NULL)
		issue = sync_away_rekey(s, issue, at.number);
	else
		issue = sync_state_by_number(&s->state, at.number);
	if (issue == NULL || issue->task != t->id || !sync_at_same(issue, &at))
		sync_link_know(s, t->id, task_text(t, F_UID), gh);
	val_free(gh);
}

/* What was noted of issues before tasks were made of them, in a run that broke off. */
static void
mend_pending(struct sync *s, const struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		struct sync_issue *issue = sync_state_by_number(&s->state, sync_task_number(s, t));
		const char *uid = task_text(t, F_UID);

		if (issue == NULL || !issue->pending || uid == NULL || issue->uid == NULL ||
		    strcmp(issue->uid, uid) != 0)
			continue;
		sync_state_bind(&s->state, issue, t->id);
		issue->pending = false;
	}
	for (size_t i = s->state.n; i-- > 0;)
		if (s->state.v[i]->pending)
			sync_state_forget(&s->state, s->state.v[i]);
}

static bool
any_pending(const struct sync *s)
{
	for (size_t i = 0; i < s->state.n; i++)
		if (s->state.v[i]->pending)
			return true;
	return false;
}

int
sync_link_mend(struct sync *s, struct err *e)
{
	struct mending m = { .sync = s };
	struct tasks tasks = { 0 };
	int r = store_read(s->p, &tasks, e);

	if (r == 0 && any_pending(s))
		mend_pending(s, &tasks);
	sync_keep(s, &tasks);
	for (size_t i = 0; r == 0 && i < tasks.n; i++) {
		const struct task *t = &tasks.v[i];
		int64_t number = sync_task_number(s, t);
		const struct sync_issue *issue = number != 0 ?
		    sync_state_by_number(&s->state, number) : sync_state_by_task(&s->state, t->id);

		if (sync_at_damaged(s, t)) {
			sync_left(s, "link", t->id, issue != NULL ? issue->number : 0, ERR_INVALID,
			    "what the task remembers of its issue is damaged: gh.number is no number of one");
		} else if (number != 0 && issue != NULL && issue->task != t->id &&
		    names_it(s, &tasks, issue->task, number)) {
			sync_left(s, "link", t->id, number, ERR_INVALID, "task %lld goes with it, too",
			    (long long)issue->task);
		} else if (number != 0) {
			know_again(s, t);
		} else if (number == 0 && issue != NULL && issue->gone == NULL) {
			vec_id_push(&m.tasks, t->id);
			sync_did(s, "link", t->id, issue->number, "the task names its issue again");
		}
	}
	tasks_release(&tasks);
	if (r == 0 && !s->opts->dry_run && m.tasks.n > 0)
		r = store_update(s->p, s->store, mend_tasks, &m, e);
	if (r == 0 && !s->opts->dry_run)
		r = sync_state_save_issues(&s->state, e);
	vec_id_release(&m.tasks);
	return r;
}
