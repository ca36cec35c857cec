#include "work/sync_marked.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/store.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_mark.h"
#include "work/sync_pages.h"
#include "work/sync_trust.h"

#define PAGES 100			/* of closed issues that our login made */
#define CLOCKS_APART 300		/* seconds, ours from GitHub's */

struct found {
	int64_t task;
	bool by_title;
	const struct sync_remote *remote;
	char uid[SYNC_UID_LEN + 1];
};

struct marking {
	struct sync *sync;
	struct found *v;
	size_t n, cap;
};

static bool
mark_of(const struct val *json, char uid[SYNC_UID_LEN + 1])
{
	const char *body = val_text(val_get(json, "body"));

	return body != NULL && sync_mark_uid(body, uid);
}

/* ---- closed ones ---- */

static int
take_ours(struct sync *s, const struct val *item, void *arg, struct err *e)
{
	char uid[SYNC_UID_LEN + 1];
	struct err why = { 0 };

	(void)arg;
	if (mark_of(item, uid) && sync_may_be_ours(s, item) &&
	    sync_remote_add(s, val_copy(item), &why) == NULL && why.code != ERR_NONE) {
		*e = why;
		return -1;
	}
	return 0;
}

/* The list has only open ones when it is the first. */
static int
read_closed(struct sync *s, struct err *e)
{
	struct buf who = { 0 };
	int r;

	if (sync_know_login(s, e) == -1)
		return -1;
	if (s->state.login != NULL) {
		buf_puts(&who, "&creator=");
		gh_path_part(&who, s->state.login);
	}
	r = sync_pages(s, sync_path(s, "/issues?state=closed&per_page=100%s", buf_str(&who)), PAGES,
	    take_ours, NULL, e);
	buf_release(&who);
	return r == -1 || r == PAGES_REFUSED || r == PAGES_NONE ? -1 : 0;
}

/* ---- whose they are ---- */

static bool
knows_any(const struct sync *s, const struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->n; i++)
		if (sync_publishes(s, &tasks->v[i]))
			return false;
	return true;
}

static int
look_whose(struct sync *s, bool *any, struct err *e)
{
	char uid[SYNC_UID_LEN + 1];

	*any = false;
	for (size_t i = 0; i < s->n; i++) {
		struct sync_remote *r = s->remote[i];

		if (sync_state_by_number(&s->state, r->number) != NULL || !mark_of(r->json, uid))
			continue;
		if (sync_know_login(s, e) == -1)
			return -1;
		r->ours = sync_may_be_ours(s, r->json);
		*any = *any || r->ours;
	}
	return 0;
}

/*
 * It can have been made for the task: it is open, and younger.  Another one of that title may be
 * an older task's, or another project's; and one that has ended says nothing of this task.
 */
static bool
is_of_title(const struct task *t, const struct sync_remote *r)
{
	const char *made = val_text(val_get(r->json, "created_at"));
	const char *added = task_text(t, F_CREATED_AT);
	int64_t then, born;

	return strcmp(task_text(t, F_TITLE), r->view.title) == 0 && r->view.open &&
	    made != NULL && clock_parse(made, &then) == 0 &&
	    added != NULL && clock_parse(added, &born) == 0 && born <= then + CLOCKS_APART;
}

static bool
is_taken(const struct marking *m, int64_t task)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].task == task)
			return true;
	return sync_state_by_task(&m->sync->state, task) != NULL;
}

/* Whose it is: f->task, 0 if it is nobody's. */
static void
find_task(const struct marking *m, const struct tasks *tasks, struct found *f)
{

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		const char *own = task_text(t, F_UID);
		bool free = sync_task_number(m->sync, t) == 0 && !is_taken(m, t->id);

		if (own != NULL && strcmp(own, f->uid) == 0) {
			f->task = free ? t->id : 0;
			f->by_title = false;
			return;
		}
		if (free && own == NULL && f->task == 0 && sync_publishes(m->sync, t) &&
		    is_of_title(t, f->remote)) {
			f->task = t->id;
			f->by_title = true;
		}
	}
}

static void
find(struct marking *m, const struct tasks *tasks)
{
	const struct sync *s = m->sync;

	for (size_t i = 0; i < s->n; i++) {
		struct found f = { .remote = s->remote[i] };

		if (!f.remote->ours || !mark_of(f.remote->json, f.uid))
			continue;
		find_task(m, tasks, &f);
		if (f.task == 0)
			continue;
		m->v = vec_room(m->v, &m->cap, m->n, sizeof *m->v);
		m->v[m->n++] = f;
	}
}

/* ---- one commit ---- */

static int
name_issues(struct change *c, void *arg, struct err *e)
{
	const struct marking *m = arg;

	for (size_t i = 0; i < m->n; i++) {
		const struct found *f = &m->v[i];
		struct val *old = change_get(c, f->task, F_GH);
		bool set = old != NULL;

		val_free(old);
		if (set || change_status(c, f->task) == ST_NONE)
			continue;
		if (change_set(c, f->task, F_GH, sync_link_map(m->sync, f->remote->json), e) == -1 ||
		    change_set(c, f->task, F_UID, val_str(f->uid), e) == -1)
			return -1;
	}
	return 0;
}

static int
adopt(struct marking *m, struct err *e)
{
	struct sync *s = m->sync;

	if (!s->opts->dry_run && store_update(s->p, s->store, name_issues, m, e) == -1)
		return -1;
	/* If somebody was quicker, sync_link_mend() finds it out the next time. */
	for (size_t i = 0; i < m->n; i++) {
		struct val *gh = sync_link_map(s, m->v[i].remote->json);

		sync_link_know(s, m->v[i].task, m->v[i].uid, gh);
		sync_did(s, "adopt", m->v[i].task, m->v[i].remote->number, "%s",
		    m->v[i].by_title ? "by its title" : "by its mark");
		val_free(gh);
	}
	return s->opts->dry_run ? 0 : sync_state_save_issues(&s->state, e);
}

int
sync_marked(struct sync *s, struct err *e)
{
	struct marking m = { .sync = s };
	struct tasks tasks = { 0 };
	bool any, first = s->state.since == 0 && s->looks == 0;
	int r = store_read(s->p, &tasks, e);

	if (r == 0 && first && !knows_any(s, &tasks))
		r = read_closed(s, e);
	if (r == 0)
		r = look_whose(s, &any, e);
	if (r == 0 && any)
		find(&m, &tasks);
	if (r == 0 && m.n > 0)
		r = adopt(&m, e);
	tasks_release(&tasks);
	free(m.v);
	return r;
}
